"""Every classic says what it does in many ways, and what it says is computed rightly by all its bodies."""

import ast
import copy
import math
import os
import random
import re
import subprocess
import sys
from collections import Counter

import pytest

from atlas_pocket.classics.definition import Classic, identifiers, programs, renamed
from atlas_pocket.classics.source import CLASSICS, Classics, opened, parameter_names, sentence
from atlas_pocket.problem import Problem

DRAWN = 50
NOTHING = object()
SHOW_ALL = """
import random
from atlas_pocket.classics.source import Classics
source, rng = Classics(), random.Random(1)
for key in source.keys():
    problem = source.problem(key, rng)
    calls = [problem.draw(rng) for _ in range(4)]
    print(problem.name, problem.sentence, [(call, problem.reference(*call), problem.worked(call)) for call in calls])
"""


def each(classics=CLASSICS):
    return pytest.mark.parametrize("classic", classics, ids=[classic.key for classic in classics])


def compiled(problem: Problem, body: str):
    parameters = ", ".join(parameter.name for parameter in problem.parameters)
    scope: dict = {}
    exec(f"def {problem.name}({parameters}):\n{body}", scope)
    return scope[problem.name]


def called(function, arguments):
    try:
        return function(*copy.deepcopy(arguments))
    except Exception:
        return NOTHING


def same(left, right) -> bool:
    """Equal in value and type, all the way down."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right


def problems_of(classic: Classic, count: int = 3) -> list[Problem]:
    rng = random.Random(classic.key)
    return [Classics().problem(("classic", classic.key), rng) for _ in range(count)]


def arguments_of(problem: Problem) -> list[tuple]:
    rng = random.Random(problem.key[1])
    return [problem.draw(rng) for _ in range(DRAWN)]


@each()
def test_bodies_agree_with_the_reference_and_properties_hold(classic):
    for problem in problems_of(classic):
        names = [parameter.name for parameter in problem.parameters]
        for arguments in arguments_of(problem):
            before = copy.deepcopy(arguments)
            expected = problem.reference(*arguments)
            assert same(list(arguments), list(before)), "the reference changed its arguments"
            for body in problem.bodies:
                got = compiled(problem, body)(*copy.deepcopy(arguments))
                assert same(got, expected), f"{body}\n{arguments!r}: {got!r}, not {expected!r}"
            scope = {**dict(zip(names, copy.deepcopy(arguments), strict=True)), "result": expected}
            for text in problem.properties:
                assert eval(text, {"math": math, **scope}), f"{text}: {arguments!r} -> {expected!r}"


@each()
def test_a_body_that_changes_its_arguments_is_no_answer(classic):
    problem = problems_of(classic, 1)[0]
    for body in problem.bodies:
        for arguments in arguments_of(problem)[:20]:
            passed = copy.deepcopy(arguments)
            compiled(problem, body)(*passed)
            assert same(list(passed), list(arguments)), f"changes its arguments:\n{body}"


@each()
def test_every_near_miss_differs_from_the_reference(classic):
    problem = problems_of(classic, 1)[0]
    assert problem.wrong
    for body in problem.wrong:
        wrong = compiled(problem, body)
        differing = sum(
            not same(called(wrong, arguments), problem.reference(*arguments)) for arguments in arguments_of(problem)
        )
        assert differing, f"right on all of {DRAWN} inputs:\n{body}"


@each()
def test_the_working_leads_from_the_arguments_to_the_answer(classic):
    problem = problems_of(classic, 1)[0]
    for arguments in arguments_of(problem):
        first, *between = [eval(f"({value},)") for value in problem.worked(arguments)]
        assert same(first, arguments)
        assert not between or same(between[-1], (problem.reference(*arguments),))


@each()
def test_names_are_identifiers_and_annotations_hold(classic):
    for name in (*classic.names.split(), *(name for given in classic.given for name in given.names)):
        assert name.isidentifier(), name
    for problem in problems_of(classic, 20):
        names = [problem.name, *(parameter.name for parameter in problem.parameters)]
        assert len(set(names)) == len(names)
        for parameter in problem.parameters:
            ast.parse(parameter.annotation, mode="eval")
        for body in (*problem.bodies, *problem.wrong):
            tree = ast.parse(f"def {problem.name}({', '.join(names[1:])}):\n{body}")
            assert len(body.splitlines()) <= 12
            loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert not loaded & ({given.name for given in classic.given} - set(names)), "a parameter kept its old name"


@each()
def test_phrasings_are_many_and_name_only_parameters(classic):
    phrasings = classic.phrasings()
    assert len({said.lower().rstrip(".") for said in phrasings}) == len(phrasings) >= 8
    own = {given.name for given in classic.given}
    for text in (*phrasings, *classic.notes(), classic.plan, classic.thought):
        assert set(re.findall(r"\{(\w+)\}", text)) <= own, text
    assert 1 <= len(classic.plan.split(" | ")) <= 4
    for problem in problems_of(classic, 20):
        assert not re.search(r"\{[a-z_]+\}", problem.sentence), problem.sentence


def test_no_two_classics_say_the_same():
    said = Counter(
        re.sub(r"\{\w+\}", "_", f"{phrasing} {note}".lower()).strip(" .")
        for classic in CLASSICS
        for phrasing in classic.phrasings()
        for note in classic.notes()
    )
    assert [text for text, times in said.items() if times > 1] == []


def test_no_two_classics_share_a_key():
    assert len({classic.key for classic in CLASSICS}) == len(CLASSICS)


@pytest.mark.parametrize(
    ("phrasing", "begins"),
    [
        ("whether {n} is even", r"(Return|Check|Tell|Determine|Test|Find out|Say) whether "),
        ("how many there are", r"(Return|Find out|Tell|Determine|Work out) how many "),
        ("in which year it was", r"(Return|Find out|Tell|Determine|Work out) in which "),
        ("{n} squared", r"(Return|Returns|Compute|Calculate|Find|Get|Give|Work out) \{n\} squared"),
        ("the square of {n}", r"((Return|Returns|Compute|Calculate|Find|Get|Give|Work out) the s|S)quare of"),
        ("True if {n} is even", r"True if "),
        ("Square {n}.", r"Square \{n\}\."),
    ],
)
def test_a_phrasing_is_opened_as_people_would(phrasing, begins):
    rng = random.Random(1)
    assert all(re.match(begins, opened(phrasing, rng)) for _ in range(50))


def test_a_sentence_says_the_note_and_names_the_parameters_as_they_are_called():
    (classic,) = (classic for classic in CLASSICS if classic.key == "two_sum")
    rng = random.Random(1)
    said = {sentence(classic, {"numbers": "rain", "target": "snow"}, rng) for _ in range(200)}
    assert all("rain" in text or "snow" in text for text in said)
    assert all(
        re.search(r"\. (There is never more than one such pair|At most one pair fits)\.?$", text) for text in said
    )
    assert any("`rain`" in text for text in said)


def test_a_function_is_never_called_like_something_else_its_bodies_use():
    for classic in CLASSICS:
        for problem in problems_of(classic, 10):
            if classic.key not in identifiers(classic.bodies):
                assert problem.name not in identifiers(" ".join(problem.bodies))


def test_there_are_three_hundred():
    assert len(CLASSICS) >= 300


def test_what_is_drawn_does_not_depend_on_the_hash_seed():
    shown = {
        subprocess.run(
            [sys.executable, "-c", SHOW_ALL],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(shown) == 1
    assert len(shown.pop().splitlines()) >= 300


def test_parameters_are_renamed_in_code_and_f_strings_but_not_in_strings_or_attributes():
    source = "return n + x.n + len('n') + f'n={n:{width}} {n + 1}' + \"n\".count('n')"
    assert renamed(source, {"n": "total", "width": "w"}) == (
        "return total + x.n + len('n') + f'n={total:{w}} {total + 1}' + \"n\".count('n')"
    )


def test_names_found_are_those_that_may_clash():
    assert identifiers("a.b + f'{c} d' + 'e'") == {"a", "c"}


def test_programs_are_split_and_indented():
    assert programs("\n        return 1\n        ---\n        if x:\n            return 2\n        ") == [
        "    return 1",
        "    if x:\n        return 2",
    ]


def test_a_parameter_is_never_called_like_a_variable_of_a_body():
    for classic in CLASSICS:
        rng = random.Random(classic.key)
        own = {given.name for given in classic.given}
        for _ in range(30):
            names = parameter_names(classic, rng)
            assert set(names) == own
            assert len(set(names.values())) == len(names)
            used = identifiers(classic.bodies) | identifiers(classic.wrong)
            assert not {new for old, new in names.items() if new != old} & (used | own)


def test_a_reference_without_an_answer_raises_value_error():
    (classic,) = (classic for classic in CLASSICS if classic.key == "quotient_and_remainder")
    with pytest.raises(ValueError, match="no answer for"):
        problems_of(classic, 1)[0].reference(1, 0)

"""Every composition agrees with itself: its bodies, near misses, worked values and properties with its reference.

A sample by default; all of them with ATLAS_ALL_COMPOSITIONS=1.
"""

import ast
import builtins
import os
import random

import pytest

from atlas_pocket.compositions import SOURCES, Compositions
from atlas_pocket.compositions.chains import chains
from atlas_pocket.compositions.composition import Chain, NoArgumentsError, draw_problem
from atlas_pocket.compositions.misses import agrees
from atlas_pocket.compositions.steps import fill
from atlas_pocket.corpus import Drawer, world
from atlas_pocket.problem import held_out
from atlas_pocket.rendering import source

SAMPLE = 250
CASES = 8


def problems(part):
    keys = list(SOURCES[part].keys())
    rng = random.Random(f"check {part}")
    if not os.environ.get("ATLAS_ALL_COMPOSITIONS"):
        keys = rng.sample(keys, SAMPLE)
    for key in keys:
        yield SOURCES[part].problem(key, rng), rng


def cases(problem, rng, count=CASES):
    for _ in range(count):
        arguments = problem.draw(rng)
        yield arguments, problem.reference(*arguments)


def names(problem):
    return [parameter.name for parameter in problem.parameters]


@pytest.mark.parametrize("part", SOURCES)
def test_every_body_gives_the_answer_of_the_reference(part):
    for problem, rng in problems(part):
        for arguments, answer in cases(problem, rng):
            for body in problem.bodies:
                assert agrees(body, names(problem), arguments, answer, problem.name), (problem.key, arguments, body)


@pytest.mark.parametrize("part", SOURCES)
def test_every_near_miss_differs_somewhere(part):
    for problem, rng in problems(part):
        assert problem.wrong, problem.key
        unseen = list(problem.wrong)
        for body in unseen:
            assert body not in problem.bodies
            ast.parse(f"def f({', '.join(names(problem))}):\n{body}")
        for arguments, answer in cases(problem, rng, 400):
            unseen = [text for text in unseen if agrees(text, names(problem), arguments, answer, problem.name)]
            if not unseen:
                break
        assert not unseen, (problem.key, unseen)


@pytest.mark.parametrize("part", SOURCES)
def test_properties_hold_for_every_answer(part):
    for problem, rng in problems(part):
        for arguments, answer in cases(problem, rng):
            values = {**dict(zip(names(problem), arguments, strict=True)), "result": answer}
            for text in problem.properties:
                assert eval(text, values) is True, (problem.key, text, arguments, answer)


@pytest.mark.parametrize("part", SOURCES)
def test_worked_values_begin_with_the_arguments_and_end_with_the_answer(part):
    for problem, rng in problems(part):
        for arguments, answer in cases(problem, rng):
            worked = problem.worked(arguments)
            assert worked[0] == ", ".join(map(source, arguments))
            assert (
                worked[-1] == source(answer)
                or worked[-1].split(" ")[-1] == source(answer)
                or worked[-1].endswith(f" {source(answer)}")
            ), (problem.key, worked, answer)


@pytest.mark.parametrize("part", SOURCES)
def test_the_reference_leaves_its_arguments_alone_and_refuses_by_value_error(part):
    for problem, rng in problems(part):
        arguments = problem.draw(rng)
        before = [source(argument) for argument in arguments]
        problem.reference(*arguments)
        assert [source(argument) for argument in arguments] == before
        with pytest.raises((ValueError, TypeError)):
            problem.reference(*arguments, *arguments, *arguments, 1)


@pytest.mark.parametrize("part", SOURCES)
def test_words_are_complete(part):
    for problem, _ in problems(part):
        said = " ".join((problem.sentence, *problem.plan, problem.thought, *problem.properties))
        assert "@" not in said.replace("'@'", "").replace('"@"', "").replace("`@`", ""), problem.key
        assert 1 <= len(problem.plan) <= 4
        assert all(name.isidentifier() for name in (problem.name, *names(problem)))
        assert not any(hasattr(builtins, name) for name in (problem.name, *names(problem))) or part == "select"
        assert len({problem.name, *names(problem)}) == 1 + len(problem.parameters)
        for name in names(problem):
            assert name in problem.sentence, (problem.key, problem.sentence)


def test_the_world_is_broad_and_one_in_eight_is_held_out():
    keys = Compositions().keys()
    assert len(set(keys)) == len(keys) > 6000
    share = sum(map(held_out, keys)) / len(keys)
    assert 0.10 < share < 0.15
    assert {problem.tier for problem, _ in problems("chain")} == {1, 2, 3}


def test_training_never_draws_what_is_held_out():
    rng = random.Random(2)
    drawer = Drawer(world(), held=False)
    assert not any(held_out(drawer.draw(rng).key) for _ in range(2000))


def test_no_chain_is_another_one_under_another_name():
    keys = set(chains())
    assert not {("chain", "str", "reverse", "upper"), ("chain", "str", "upper", "reverse")} <= keys
    assert ("chain", "ints", "ascending", "sum") not in keys
    assert ("chain", "int", "up_to", "sum") not in keys  # a walk has it
    assert ("chain", "ints", "sum_squares") not in keys  # v0 has it


def test_same_seed_same_problem():
    for part, source_ in SOURCES.items():
        key = source_.keys()[7]
        first, second = (source_.problem(key, random.Random(3)) for _ in range(2))
        assert (first.sentence, first.bodies, first.wrong) == (second.sentence, second.bodies, second.wrong), part


def test_compositions_by_hand():
    world_ = Compositions()
    rng = random.Random(1)
    assert world_.problem(("chain", "strs", "longest"), rng).reference(["a", "tree", "falls", "under"]) == "falls"
    assert world_.problem(("chain", "counts", "best_key"), rng).reference({"a": 1, "b": 5, "c": 5}) == "b"
    assert world_.problem(("digits", "even", "square", "sum"), rng).reference(2345) == 20
    assert world_.problem(("deep", "odd", "same", "sum"), rng).reference([1, [2, [3]], 4]) == 4
    assert world_.problem(("scan", "ints", "even", "first_index"), rng).reference([1, 4, 6]) == 1
    assert world_.problem(("select", "even", "square", "sum"), rng).reference([3, -2, 4]) == 20


def test_templates_keep_what_they_are_not_given():
    assert fill("@x[:@c] + @out", {"x": "text", "c": "2"}) == "text[:2] + @out"


def test_a_composition_without_answers_says_so():
    steps = {step.name: step for chain in chains().values() for step in chain.steps}
    impossible = Chain(("floats",), (steps["float_max"], steps["words"]), called=("none",))
    with pytest.raises(NoArgumentsError, match="no arguments found on which"):
        draw_problem(impossible, random.Random(1))

"""The rule of "Check this function", on outcomes small enough to work out by hand; declared types."""

import ast

import pytest

from atlas_pipeline.checking import FindingKind, find, voters_of
from atlas_pipeline.declared_types import conforms
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, Origin
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind, RaisedException
from atlas_pipeline.sandbox.canonical import canonical


def task(signature="def f(x: int) -> int", docstring="Doc.\n\n    >>> f(1)\n    10\n    "):
    document = Document(f'{signature}:\n    """{docstring}"""\n    return x\n')
    return make_task(document, document.functions()[0])


UNTYPED = task("def f(x)")
TYPED = task()
ALONE = task(docstring="Doc.")


def returned(value):
    return Outcome(kind=OutcomeKind.RETURNED, value=canonical(value), shown=repr(value))


def raised(name="IndexError", *, explicit=False):
    return Outcome(kind=OutcomeKind.RAISED, exception=RaisedException(type_name=name, message="", explicit=explicit))


TIMEOUT = Outcome(kind=OutcomeKind.TIMEOUT)
GOOD = {"f(1)": returned(10)}


def kinds(of, own, others, call="f(2)"):
    """Return what is found on one call, where the example passes everywhere."""
    seen = [{**GOOD, call: other} for other in others]
    return [finding.kind.value for finding in find(of, {**GOOD, call: own}, seen, ["f(1)", call])]


def test_a_failing_example_is_reported_with_its_line():
    (finding,) = find(UNTYPED, {"f(1)": returned(9)}, [], ["f(1)"])
    assert finding.kind is FindingKind.EXAMPLE
    assert finding.line == 3
    assert finding.message == "f(1): expected 10, but it gives 9"
    (finding,) = find(UNTYPED, {"f(1)": raised()}, [], ["f(1)"])
    assert finding.message == "f(1): expected 10, but it raises IndexError"
    assert find(UNTYPED, GOOD, [], ["f(1)"]) == ()


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        (returned(1), [returned(2)] * 3, ["disagreement"]),
        (returned(1), [returned(2)] * 2, []),
        (returned(1), [returned(2)] * 3 + [returned(1)], ["disagreement"]),
        (returned(1), [returned(2)] * 3 + [returned(1)] * 2, []),
        (returned(1), [returned(1)] * 3, []),
        (returned(1), [raised()] * 5, []),
        (returned(1), [raised("ValueError", explicit=True)] * 3, ["disagreement"]),
        (raised(), [returned(2)] * 3, ["disagreement"]),
        (raised(), [], []),
        (TIMEOUT, [returned(2), returned(3)], []),
    ],
)
def test_untyped_functions_are_judged_by_agreement_alone(own, others, expected):
    assert kinds(UNTYPED, own, others) == expected


@pytest.mark.parametrize(
    ("own", "others", "call", "expected"),
    [
        (raised(), [], "f(2)", ["crash"]),
        (TIMEOUT, [], "f(2)", ["timeout"]),
        (Outcome(kind=OutcomeKind.MEMORY), [], "f(2)", ["timeout"]),
        (Outcome(kind=OutcomeKind.CRASHED), [], "f(x=2)", ["crash"]),
        (Outcome(kind=OutcomeKind.NOT_RUN), [], "f(2)", []),
        (raised("ValueError", explicit=True), [], "f(2)", []),
        (raised(), [], "f('a')", []),
        (raised(), [], "f(True)", []),
        (raised(), [], "f(*[1])", []),
        (raised(), [], "f()", []),
        (raised(), [], "f(g(2))", []),
        (raised(), [raised()] * 2 + [returned(1)] * 3, "f(2)", []),
        (raised(), [raised()] + [returned(n) for n in range(9)], "f(2)", ["crash"]),
    ],
)
def test_crashes_count_on_arguments_of_the_declared_types_only(own, others, call, expected):
    assert kinds(TYPED, own, others, call) == expected


def test_what_the_docstring_excludes_or_names_is_no_fault():
    positive = task(docstring="Takes a positive integer.\n\n    >>> f(1)\n    10\n    ")
    assert kinds(positive, raised(), [], "f(-2)") == []
    assert kinds(positive, raised(), [], "f(2)") == ["crash"]
    named = task(docstring="Raises IndexError.\n\n    >>> f(1)\n    10\n    ")
    assert kinds(named, raised("IndexError"), []) == []


def test_without_examples_more_samples_have_to_agree():
    def alone(own, others):
        return [finding.kind.value for finding in find(ALONE, {"f(2)": own}, [{"f(2)": o} for o in others], ["f(2)"])]

    assert alone(returned(1), [returned(2)] * 3) == []
    assert alone(returned(1), [returned(2)] * 4) == ["disagreement"]
    assert alone(returned(1), [returned(2)] * 4 + [returned(3)]) == []
    assert alone(returned(1), [returned(2)] * 6 + [returned(3)]) == ["disagreement"]
    assert alone(raised(), []) == []
    assert alone(raised(), [returned(n) for n in range(4)]) == ["crash"]


def test_who_fails_an_example_or_is_faulty_has_no_say():
    bodies = ["return x * 10", "return x", "return undefined_name"]
    candidates = [Candidate(index=i, body=body, origin=Origin.SAMPLE) for i, body in enumerate(bodies)]
    observed = {0: GOOD, 1: {"f(1)": returned(1)}, 2: GOOD}
    assert voters_of(UNTYPED, candidates, observed) == (0,)


def test_examples_come_first_and_few_are_reported():
    calls = [f"f({n})" for n in range(2, 20)] + ["f(1)"]
    own = {call: returned(0) for call in calls}
    found = find(UNTYPED, own, [{call: returned(1) for call in calls}] * 3, calls)
    assert len(found) == 5
    assert found[0].kind is FindingKind.EXAMPLE


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (1, "int", True),
        (True, "int", False),
        (True, "bool", True),
        (1, "float", True),
        (1.0, "int", False),
        ("a", "str", True),
        (None, "None", True),
        (None, "Optional[int]", True),
        (1, "int | None", True),
        ("a", "int | None", False),
        ([1, 2], "list[int]", True),
        ([1, "a"], "List[int]", False),
        ([[1]], "typing.List[List[int]]", True),
        ((1, "a"), "tuple[int, str]", True),
        ((1, 2, 3), "Tuple[int, ...]", True),
        ((1,), "tuple[int, str]", False),
        ({"a": [1]}, "dict[str, list[int]]", True),
        ({1: 1}, "Dict[str, int]", False),
        ({1}, "set[int]", True),
        ("r", "Literal['r', 'w']", True),
        ("x", "Literal['r', 'w']", False),
        (1, "'int'", True),
        (1, "Any", True),
        (1, "Widget", False),
        ([1], "Widget[int]", False),
        ([], "list", True),
        (1, "Union[str, int]", True),
    ],
)
def test_declared_types(value, annotation, expected):
    assert conforms(value, ast.parse(annotation, mode="eval").body) is expected

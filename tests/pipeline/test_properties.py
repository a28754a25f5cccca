"""Properties are decided on the trusted side, from outcomes."""

import pytest

from atlas_pipeline.properties import holds, reference_tests
from atlas_pipeline.records import Property, Provenance
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind
from atlas_pipeline.sandbox.canonical import canonical


def returned(value):
    return Outcome(kind=OutcomeKind.RETURNED, value=canonical(value), shown=repr(value))


@pytest.mark.parametrize(
    ("predicate", "values", "expected"),
    [
        ("_0 == _1", ([1, 2], [1, 2]), True),
        ("_0 == _1", ([1, 2], [2, 1]), False),
        ("sorted(_0) == sorted(_1)", ([1, 2], [2, 1]), True),
        ("0 <= _0 <= 1", (0.5,), True),
        ("0 <= _0 <= 1", (1.5,), False),
        ("len(_0) == len([3, 1])", ([1, 3],), True),
        ("_0 == set()", (set(),), True),
        ("abs(_0 - 2.5) < 1e-06", (2.5,), True),
        ("_0 < _1", (1, "a"), None),
        ("_0 is None", (None,), True),
        ("_0 == _0", (float("nan"),), None),
        ("_0 == _0", (object(),), None),
    ],
)
def test_predicates(predicate, values, expected):
    calls = tuple(f"f({number})" for number in range(len(values)))
    law = Property(calls=calls, predicate=predicate, shown="")
    assert holds(law, dict(zip(calls, map(returned, values), strict=True))) is expected


@pytest.mark.parametrize("kind", [kind for kind in OutcomeKind if kind is not OutcomeKind.RETURNED])
def test_an_error_decides_nothing(kind):
    law = Property(calls=("f(1)", "f(2)"), predicate="True", shown="")
    assert holds(law, {"f(1)": returned(1), "f(2)": returned(1)}) is True
    assert holds(law, {"f(1)": returned(1), "f(2)": Outcome(kind=kind)}) is None


def test_what_a_reference_returned_is_expected_of_others():
    outcomes = {"f(1)": returned(2), "f(2)": Outcome(kind=OutcomeKind.TIMEOUT), "f(3)": returned([1.5])}
    tests = reference_tests(outcomes)
    assert [(t.call, t.expected.text, t.provenance) for t in tests] == [
        ("f(1)", "2", Provenance.PROPERTY),
        ("f(3)", "[1.5]", Provenance.PROPERTY),
    ]

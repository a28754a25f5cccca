"""What counts as passing, by kind of expectation."""

import pytest

from atlas_pipeline.records import Candidate, Expected, ExpectedKind, Origin, Provenance, Status, TestCase
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind, RaisedException
from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.verification import behaviour, describe, judge, passes

CANDIDATE = Candidate(index=0, body="return 1", origin=Origin.SAMPLE)


def case(kind=None, text="", shown=""):
    expected = Expected(kind=kind, text=text, shown=shown) if kind else None
    return TestCase(call="f()", expected=expected, provenance=Provenance.GIVEN)


def returned(value, stdout=""):
    return Outcome(kind=OutcomeKind.RETURNED, value=canonical(value), shown=repr(value), stdout=stdout)


def raised(name):
    exception = RaisedException(type_name=name, message="why")
    return Outcome(kind=OutcomeKind.RAISED, exception=exception)


@pytest.mark.parametrize(
    ("test", "outcome", "expected"),
    [
        (case(), returned(1), False),
        (case(ExpectedKind.VALUE, canonical(4)), returned(4.0), True),
        (case(ExpectedKind.VALUE, canonical([1, 2])), returned((1, 2)), False),
        (case(ExpectedKind.VALUE, canonical(True)), returned(1), False),
        (case(ExpectedKind.VALUE, canonical(None)), returned(None, "4"), True),
        (case(ExpectedKind.VALUE, canonical(4)), returned(None, "4\n"), False),
        (case(ExpectedKind.PRINTED, "4"), returned(None, "4\n"), True),
        (case(ExpectedKind.PRINTED, "4"), returned(4), True),
        (case(ExpectedKind.PRINTED, "4"), returned(4, "5"), False),
        (case(ExpectedKind.SHOWN, "P(x=1)"), Outcome(kind=OutcomeKind.RETURNED, value="?", shown="P(x=1)"), True),
        (case(ExpectedKind.PRINTED, "4"), returned(5, "4\n"), False),
        (case(ExpectedKind.PRINTED, "{'a': 1, 'b': 2}"), returned({"b": 2, "a": 1}), True),
        (case(ExpectedKind.PRINTED, "4"), returned("4"), False),
        (case(ExpectedKind.PRINTED, str([1] * 50_000)), returned("4"), False),
        (case(ExpectedKind.PRINTED, "  *\n ***"), returned(None, "  *\n ***\n"), True),
        (case(ExpectedKind.PRINTED, "  *\n ***"), returned(None, "*\n ***\n"), False),
        (case(ExpectedKind.SHOWN, "hello you", "hello\nyou"), returned(None, "hello\nyou\n"), True),
        (case(ExpectedKind.SHOWN, "hello you", "hello\nyou"), returned(None, "hello you\n"), False),
        (case(ExpectedKind.SHOWN, "hello 5", "hello\n5"), returned(5, "hello\n"), True),
        (case(ExpectedKind.SHOWN, "hello", "hello"), returned(5, "hello\n"), False),
        (case(ExpectedKind.RAISES, "ValueError"), raised("ValueError"), True),
        (case(ExpectedKind.RAISES, "ValueError"), raised("KeyError"), False),
        (case(ExpectedKind.RAISES, "ValueError"), returned(None), False),
        (case(ExpectedKind.VALUE, canonical(None)), Outcome(kind=OutcomeKind.TIMEOUT), False),
    ],
)
def test_passes(test, outcome, expected):
    assert passes(outcome, test) is expected


@pytest.mark.parametrize(
    ("outcome", "status", "said"),
    [
        (returned(5), Status.FAIL, "5"),
        (raised("KeyError"), Status.ERROR, "raises KeyError: why"),
        (Outcome(kind=OutcomeKind.TIMEOUT), Status.TIMEOUT, "runs out of time"),
        (Outcome(kind=OutcomeKind.MEMORY), Status.MEMORY, "runs out of memory"),
        (Outcome(kind=OutcomeKind.CRASHED), Status.ERROR, "ends the process"),
        (Outcome(kind=OutcomeKind.NOT_RUN), Status.ERROR, "not run: too many time-outs or crashes before it"),
    ],
)
def test_verdicts_and_their_words(outcome, status, said):
    verdict = judge(CANDIDATE, case(ExpectedKind.VALUE, canonical(4), "4"), outcome)
    assert verdict.status is status
    assert verdict.actual == said == describe(outcome)
    assert (behaviour(outcome, "") is None) is (status is not Status.FAIL)

"""Decides on the trusted side whether a property holds of what a candidate did.

A candidate's process sees only the calls; the predicate is evaluated here, on the values it returned. A comparison with
a slow reference version works the same way: the reference is a program of its own, and what it returned is expected.
"""

from __future__ import annotations

from collections.abc import Mapping

from atlas_pipeline.examples import literal
from atlas_pipeline.expressions import NotEvaluableError, evaluate
from atlas_pipeline.records import Expected, ExpectedKind, Property, Provenance, TestCase
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind


def holds(law: Property, outcomes: Mapping[str, Outcome]) -> bool | None:
    """Tell whether a property holds; None where that is undecided.

    It is undecided where a call ended in an error, or returned what is no plain value (an object, NaN, an iterator), or
    where the predicate fails on the values.

    Args:
        law: The property.
        outcomes: Call to outcome; each of `law.calls` is in it.
    """
    values: dict[str, object] = {}
    for number, call in enumerate(law.calls):
        outcome = outcomes[call]
        if outcome.kind is not OutcomeKind.RETURNED or outcome.value is None:
            return None
        is_plain, value = literal(outcome.value)
        if not is_plain and outcome.value == "set()":
            is_plain, value = True, set()
        if not is_plain:
            return None
        values[f"_{number}"] = value
    try:
        return bool(evaluate(law.predicate, values))
    except NotEvaluableError:
        return None


def reference_tests(outcomes: Mapping[str, Outcome]) -> tuple[TestCase, ...]:
    """Return what a reference version did as tests of the others; a call on which it fails says nothing.

    Like every test that was not given these are hypotheses, to be weighed by how many candidates agree.
    """
    return tuple(
        TestCase(
            call=call,
            expected=Expected(kind=ExpectedKind.VALUE, text=outcome.value, shown=outcome.shown),
            provenance=Provenance.PROPERTY,
        )
        for call, outcome in outcomes.items()
        if outcome.kind is OutcomeKind.RETURNED and outcome.value is not None
    )

"""Says in words what a solve found: one-line summaries, a diff, the result as JSON."""

from __future__ import annotations

import difflib
from typing import Any

import msgspec

from atlas_pipeline.edit import replacement, solved_function
from atlas_pipeline.records import (
    Cost,
    FunctionTask,
    Level,
    MutationStrength,
    Provenance,
    Repairs,
    Selection,
    Status,
    Verdict,
)

SCHEMA = 1
_TRUTH = (Provenance.GIVEN, Provenance.PROJECT)
"""Provenances of cases that a result must pass."""


def headline(selection: Selection) -> str:
    """Return the level and the reason, on one line."""
    return f"{selection.level.value}: {selection.reason}"


def describe_verdict(verdict: Verdict) -> str:
    """Return one case with what was expected and what happened."""
    expected = verdict.case.expected
    wanted = expected.shown if expected is not None else "anything"
    if verdict.status is Status.PASS:
        return f"{verdict.case.call} == {wanted}"
    return f"{verdict.case.call}: expected {wanted}, {_happened(verdict)}"


def _happened(verdict: Verdict) -> str:
    return f"got {verdict.actual}" if verdict.status is Status.FAIL else verdict.actual


def question(verdict: Verdict) -> str:
    """Return a case as the question a user can answer: `f([2, 2]) == 4?`."""
    expected = verdict.case.expected
    return f"{verdict.case.call} == {expected.shown if expected else verdict.actual}?"


def case_shown(verdict: Verdict) -> str:
    """Return a case as what it says: `f([2, 2]) == 4`."""
    return question(verdict).removesuffix("?")


def diff(task: FunctionTask, body: str) -> str:
    """Return the change to the function as a unified diff, with enough context to be read alone."""
    start = task.source.rfind("\n", 0, task.start) + 1
    kept = task.source[start : task.body.start]
    before = (kept + task.source[task.body.start : task.body.end]).replace("\r\n", "\n").split("\n")
    after = (kept + replacement(task, body)).replace("\r\n", "\n").split("\n")
    lines = list(difflib.unified_diff(before, after, "before", "after", lineterm="", n=30))
    return "\n".join(lines[2:])


def describe_strength(strength: MutationStrength) -> str:
    """Say how much of what could be broken the evidence would notice."""
    noticed = f"The calls it was tried on notice {strength.killed} of {strength.mutants} broken versions of it"
    return f"{noticed}; not noticed: {', '.join(strength.survivors)}" if strength.survivors else noticed


def describe_repairs(repairs: Repairs) -> str:
    """Say what came of a round of repairs, and of the fresh samples beside it."""
    said = {
        "repair": "the repairs got further",
        "fresh": "the fresh samples got further",
        "both": "both got equally far",
        "neither": "neither got further",
    }[repairs.winner]
    return (
        f"{repairs.tried} repairs ({repairs.tokens} tokens) and {repairs.fresh} fresh samples ({repairs.fresh_tokens}) "
        f"of a body that passes {repairs.before}/{repairs.examples} examples: at best {repairs.passed} and "
        f"{repairs.fresh_passed}; {said}"
    )


def describe_cost(cost: Cost) -> str:
    """Say what a solve used: `8 candidates, 512 tokens, 3.1 s, 140 J (RAPL package-0)`."""
    said = f"{cost.candidates} candidates, {cost.completion_tokens} tokens, {cost.seconds:.1f} s"
    if cost.energy is not None:
        said += f", {cost.energy.joules:.3g} J ({', '.join(cost.energy.sources)})"
    return said if cost.money is None else f"{said}, {cost.money:.2g} for energy"


def result_json(task: FunctionTask, selection: Selection) -> dict[str, Any]:
    """Return a result as the JSON object that `--json` prints and the solve command answers with."""
    best = selection.best
    return {
        "schema": SCHEMA,
        "function": task.qualname,
        "level": selection.level.value,
        "probability": selection.probability,
        "reason": selection.reason,
        "code": solved_function(task, best.candidate.body) if best is not None else None,
        "given": [_case(v) for v in selection.verdicts if v.case.provenance is Provenance.GIVEN],
        "project": [
            {**_case(v), "source": v.case.source} for v in selection.verdicts if v.case.provenance is Provenance.PROJECT
        ],
        "tests": [_case(v) for v in selection.verdicts if v.case.provenance not in _TRUTH],
        "unread_examples": list(task.unread_examples),
        "cases_to_confirm": [_case(v) for v in selection.cases_to_confirm],
        "candidates": selection.cost.candidates,
        "agreeing": best.cluster if best is not None else 0,
        "repairs": [{**msgspec.to_builtins(each), "winner": each.winner} for each in selection.repairs],
        "strength": msgspec.to_builtins(selection.strength),
        "cost": msgspec.to_builtins(selection.cost),
        "model": selection.model,
        "sandbox": list(selection.sandbox_layers),
    }


def _case(verdict: Verdict) -> dict[str, Any]:
    expected = verdict.case.expected
    return {
        "call": verdict.case.call,
        "expected": expected.shown if expected is not None else None,
        "actual": verdict.actual,
        "status": verdict.status.value,
    }


def status_of(level: Level) -> str:
    """Return the lower-case word that commands answer with."""
    return level.value.lower()

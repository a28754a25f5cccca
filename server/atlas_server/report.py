"""Says in words what a solve found: progress messages, one-line summaries, the preview document."""

from __future__ import annotations

import difflib
from typing import Any

import msgspec

from atlas_pipeline.edit import replacement, solved_function
from atlas_pipeline.events import (
    BestChanged,
    BudgetUsed,
    CandidateMade,
    CandidateRejected,
    CandidateTested,
    ContextGathered,
    Event,
    Finished,
    PlansMade,
    ProjectTestsRun,
    QuestionAsked,
    RepairTried,
    StageSkipped,
    Started,
    StoppedEarly,
    TestsMade,
)
from atlas_pipeline.records import FunctionTask, Level, MutationStrength, Provenance, Selection, Status, Verdict

SCHEMA = 1
_TRUTH = (Provenance.GIVEN, Provenance.PROJECT)
"""Provenances of cases that a result must pass."""


class Narrator:
    """Turns the events of one solve into short messages and an estimate of the share done."""

    def __init__(self) -> None:
        self.share = 0.0
        self._rate = ""

    def say(self, event: Event) -> str | None:
        """Return the message for an event, None where there is nothing to say."""
        match event:
            case ContextGathered():
                cases = f", {len(event.project_cases)} cases from the project's tests" if event.project_cases else ""
                return f"context of about {event.tokens} tokens in {len(event.pieces)} pieces{cases}"
            case Started():
                self.share = 0.02
                return f"{event.model}: writing candidates"
            case CandidateMade() | CandidateRejected():
                self.share = 0.05 + 0.75 * event.done / max(event.planned, 8)
                made = f"candidate {event.done} of {event.planned}"
                if isinstance(event, CandidateRejected):
                    return f"{made}: {event.reason}"
                return f"{made}, unverified{self._rate}"
            case CandidateTested() if event.verdicts:
                passed = sum(verdict.status is Status.PASS for verdict in event.verdicts)
                return f"candidate {event.candidate + 1}: {passed}/{len(event.verdicts)} examples{self._rate}"
            case TestsMade():
                self.share = max(self.share, 0.6)
                return f"{len(event.tests)} self-written tests"
            case BestChanged():
                self.share = max(self.share, 0.8)
                best = event.best
                examples = f"{best.examples_passed}/{best.examples} examples, " if best.examples else ""
                return f"best so far: {examples}{best.cluster} agree"
            case PlansMade():
                return f"{len(event.plans)} plans"
            case StageSkipped():
                return f"left out: {event.stage}: {event.reason}"
            case QuestionAsked():
                return f"which is right for {event.call}: {' or '.join(event.options)}? Asking the {event.who}"
            case StoppedEarly():
                return f"stopping with the best so far: {event.reason}"
            case ProjectTestsRun():
                return f"candidate {event.candidate + 1}: the project's tests: {event.ended}"
            case RepairTried():
                return "tried a repair"
            case BudgetUsed():
                self._rate = f", {event.tokens_per_s:.0f} tokens/s" if event.tokens_per_s else ""
                return None
            case Finished():
                self.share = 1.0
                return headline(event.selection)
            case _:
                return None


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


def diff(task: FunctionTask, body: str) -> str:
    """Return the change to the function as a unified diff, with enough context to be read alone."""
    start = task.source.rfind("\n", 0, task.start) + 1
    kept = task.source[start : task.body.start]
    before = (kept + task.source[task.body.start : task.body.end]).replace("\r\n", "\n").split("\n")
    after = (kept + replacement(task, body)).replace("\r\n", "\n").split("\n")
    lines = list(difflib.unified_diff(before, after, "before", "after", lineterm="", n=30))
    return "\n".join(lines[2:])


def preview(task: FunctionTask, selection: Selection) -> str:
    """Return a Markdown document that shows a result with its evidence."""
    parts = [f"# {task.qualname}: {selection.level.value}", "", selection.reason + ".", ""]
    if selection.cases_to_confirm:
        parts += ["It rests on these cases. Are they right?", ""]
        parts += [f"- `{question(verdict)}`" for verdict in selection.cases_to_confirm]
        parts += ["", "If so, use the code action **Apply (unconfirmed)** on the function.", ""]
    if selection.best is not None:
        parts += ["```diff", diff(task, selection.best.candidate.body), "```", ""]
    for title, provenance in (
        ("Given examples", Provenance.GIVEN),
        ("Tests of the project", Provenance.PROJECT),
        ("Self-written tests", Provenance.GENERATED),
    ):
        verdicts = [v for v in selection.verdicts if v.case.provenance is provenance]
        if verdicts:
            parts += [f"## {title}", ""]
            parts += [f"- {v.status.value}: `{describe_verdict(v)}`" for v in verdicts]
            parts.append("")
    if selection.strength is not None and selection.strength.mutants:
        parts += [f"{describe_strength(selection.strength)}.", ""]
    cost = selection.cost
    parts.append(
        f"{selection.model}; {cost.candidates} candidates, {cost.completion_tokens} tokens, {cost.seconds:.1f} s. "
        f"The code ran in a sandbox: {', '.join(selection.sandbox_layers)}."
    )
    return "\n".join(parts) + "\n"


def describe_strength(strength: MutationStrength) -> str:
    """Say how much of what could be broken the evidence would notice."""
    noticed = f"The calls it was tried on notice {strength.killed} of {strength.mutants} broken versions of it"
    return f"{noticed}; not noticed: {', '.join(strength.survivors)}" if strength.survivors else noticed


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

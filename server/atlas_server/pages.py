"""The Markdown that shows a result: hovers, the preview of a change, the full report."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterable

from pygls.uris import to_fs_path

from atlas_pipeline.records import Provenance, Selection, Status, TestCase, Verdict
from atlas_server.live import Live
from atlas_server.report import describe_cost, describe_repairs, describe_strength, describe_verdict, diff, question
from atlas_server.results import Result

_SECTIONS = (
    ("Given examples", Provenance.GIVEN),
    ("Tests of the project", Provenance.PROJECT),
    ("Self-written tests", Provenance.GENERATED),
)
_MOST_IN_HOVER = 5


def preview(result: Result) -> str:
    """Return the change, and the cases it rests on."""
    selection = result.selection
    parts = [*_head(result), ""]
    if selection.cases_to_confirm:
        parts += ["It rests on these cases. Are they right?", ""]
        parts += [f"- {code(question(verdict))}" for verdict in selection.cases_to_confirm]
        parts += ["", "If so, confirm one with its code action, or use **Apply (unconfirmed)** on the function.", ""]
    parts += [*_change(result), *_tests(selection.verdicts)]
    return "\n".join([*parts, _cost(result)]) + "\n"


def preview_of_live(live: Live) -> str:
    """Return the best so far of a command that runs."""
    parts = [f"# {live.task.qualname}: {live.text}", "", live.message + ".", ""]
    if live.best is None:
        return "\n".join([*parts, "There is no candidate yet."]) + "\n"
    parts += [f"Best so far, **unverified**: {live.standing}.", ""]
    parts += ["```diff", diff(live.task, live.best.body), "```", ""]
    return "\n".join([*parts, *_tests(live.verdicts)]) + "\n"


def full_report(result: Result, *, uri: str) -> str:
    """Return everything that is known of a result."""
    selection, best = result.selection, result.selection.best
    parts = [*_head(result), ""]
    if result.confirmed:
        parts += ["You confirmed:", "", *_cases(result.confirmed), ""]
    if result.refuted:
        parts += ["You said that this is wrong:", "", *_cases(result.refuted), ""]
    if best is not None and best.candidate.plan is not None:
        plan = best.candidate.plan
        parts += ["## Plan", "", *(f"- {said}" for said in plan.observations), "", plan.sketch, ""]
    parts += [*_change(result), *_tests(selection.verdicts)]
    if result.task.unread_examples:
        parts += ["## Examples that could not be read, and were not checked", ""]
        parts += [*(f"- {code(text)}" for text in result.task.unread_examples), ""]
    if best is not None:
        parts += [
            "## Agreement",
            "",
            f"{best.cluster} of {best.candidates} candidates behave identically on every call.",
        ]
        parts += [f"Without running it: {fault}." for fault in best.faults] + [""]
    for runner in selection.runners_up:
        parts += [
            f"Another behaviour, {runner.cluster} of {runner.candidates} candidates, "
            f"{runner.examples_passed}/{runner.examples} examples:",
            "",
            *_fenced("python", runner.candidate.body),
            "",
        ]
    if selection.strength is not None and selection.strength.mutants:
        parts += ["## Strength of the evidence", "", f"{describe_strength(selection.strength)}.", ""]
    if selection.repairs:
        parts += ["## Repairs", "", *(f"- {describe_repairs(each)}." for each in selection.repairs), ""]
    parts += ["## Cost", "", _cost(result), "", *_again(result, uri)]
    return "\n".join(parts) + "\n"


def hover_of_result(result: Result) -> str:
    """Return a result in a few lines."""
    selection, best = result.selection, result.selection.best
    parts = [f"**atlas-ls: {selection.level.value}**: {selection.reason}", ""]
    if best is not None and best.candidate.plan is not None:
        parts += [best.candidate.plan.sketch, ""]
    shown = sorted(selection.verdicts, key=lambda v: (_is_own(v), v.status is not Status.PASS))[:_MOST_IN_HOVER]
    parts += [f"- {_word(v)}: {code(describe_verdict(v))} ({v.case.provenance.value})" for v in shown]
    if len(selection.verdicts) > len(shown):
        parts.append(f"- and {len(selection.verdicts) - len(shown)} more")
    return "\n".join([*parts, "", _cost(result)])


def hover_of_live(live: Live) -> str:
    """Return the best so far of a command that runs, in a few lines."""
    parts = [f"**atlas-ls: {live.text}**: {live.message}"]
    if live.best is not None:
        parts += ["", f"Best so far, unverified: {live.standing}", "", *_fenced("python", live.best.body)]
    if live.counterexample is not None:
        parts += ["", f"fails: {code(describe_verdict(live.counterexample))}"]
    return "\n".join(parts)


def code(text: str) -> str:
    """Return text as Markdown code on one line, whatever backticks are in it."""
    line = " ".join(text.split("\n"))
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if "`" in line else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def _fenced(language: str, text: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [f"{fence}{language}", text, fence]


def _head(result: Result) -> list[str]:
    selection = result.selection
    return [f"# {result.task.qualname}: {selection.level.value}", "", f"{selection.reason}."]


def _change(result: Result) -> list[str]:
    best = result.selection.best
    return [*_fenced("diff", diff(result.task, best.candidate.body)), ""] if best is not None else []


def _tests(verdicts: Iterable[Verdict]) -> list[str]:
    parts: list[str] = []
    for title, provenance in _SECTIONS:
        own = [verdict for verdict in verdicts if verdict.case.provenance is provenance]
        if own:
            parts += [f"## {title}", ""]
            parts += [f"- {_word(v)}: {code(describe_verdict(v))}{_source(v)}" for v in own]
            parts.append("")
    return parts


def _is_own(verdict: Verdict) -> bool:
    """Tell whether the model wrote the case: a hypothesis."""
    return verdict.case.provenance not in (Provenance.GIVEN, Provenance.PROJECT)


def _word(verdict: Verdict) -> str:
    """Return what became of a case; a hypothesis that was outvoted is doubted, not failed."""
    return "doubted" if _is_own(verdict) and verdict.status is not Status.PASS else verdict.status.value


def _source(verdict: Verdict) -> str:
    return f" ({verdict.case.source})" if verdict.case.source else ""


def _cases(cases: Iterable[TestCase]) -> list[str]:
    return [f"- {code(f'{case.call} == {case.expected.shown}')}" for case in cases if case.expected is not None]


def _cost(result: Result) -> str:
    selection: Selection = result.selection
    return (
        f"{selection.model}, seed {result.seed}; {describe_cost(selection.cost)}. "
        f"The code ran in a sandbox: {', '.join(selection.sandbox_layers)}."
    )


def _again(result: Result, uri: str) -> list[str]:
    """Say how the evidence can be made again, from the text as it was."""
    path = to_fs_path(uri)
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(result.finished_at))
    if not path:
        return [f"Solved {when}. The document is in no file, so there is no command that solves it again."]
    target = shlex.quote(f"{path}::{result.task.qualname}")
    command = f"atlas-ls solve {target} --seed {result.seed} --fresh"
    return [
        f"Solved {when}. This makes the evidence again, where file, model and settings are still the same:",
        "",
        *_fenced("sh", command),
    ]

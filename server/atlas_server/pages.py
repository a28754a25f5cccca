"""The Markdown that shows a result: hovers, the preview of a change, the full report."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterable

import msgspec
from pygls.uris import to_fs_path

from atlas_pipeline.records import Provenance, Selection, Status, TestCase, Verdict
from atlas_pipeline.settings import changed
from atlas_server.live import Live
from atlas_server.report import describe_cost, describe_repairs, describe_strength, describe_verdict, diff, question
from atlas_server.results import Result

_SECTIONS = (
    ("Given examples", Provenance.GIVEN),
    ("Tests of the project", Provenance.PROJECT),
    ("Self-written tests", Provenance.GENERATED),
)
_MOST_IN_HOVER = 5
_DRAWN_BY = ("engine", "sandbox", "solve", "lens")
"""Sections of the settings that decide which candidates are drawn and how they are judged."""


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
    """Say how the evidence can be made again, from the text as it was, or why it cannot."""
    path = to_fs_path(uri)
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(result.finished_at))
    if not path:
        return [f"Solved {when}. The document is in no file, so there is no command that solves it again."]
    if reason := _why_never_again(result):
        return [f"Solved {when}. {reason}"]
    target = shlex.quote(f"{path}::{result.task.qualname}")
    command = " ".join(
        [f"atlas-ls solve {target} --seed {result.seed} --fresh", *(f"--set {each}" for each in _assignments(result))]
    )
    said = (
        f"Solved {when}. This asks for the same again, where the files and the model are as they were. Single answers may "
        "differ: what else is decoded at the time changes the last digits of a probability."
    )
    return [said, "", *_fenced("sh", command), *(f"\n{each}" for each in _left_out(result))]


def _assignments(result: Result) -> list[str]:
    """Return the settings that are not as by default, as the command line reads them, quoted for a shell."""
    found = []
    for section in _DRAWN_BY:
        for name, value in changed(getattr(result.settings, section)).items():
            if (section, name) != ("solve", "seed"):
                found.append(shlex.quote(f"{section}.{name}={msgspec.json.encode(value).decode()}"))
    return found


def _why_never_again(result: Result) -> str:
    """Return why no command makes the evidence again; empty where one does."""
    if result.kind == "repair":
        return (
            "It repaired the body that stood in the document, whose failures the model was shown: "
            "no command repeats that, `atlas-ls solve` writes the function anew."
        )
    if result.drawn_for_other_text:
        return (
            "Its candidates were written before the document was changed, and judged again after that: "
            "no command repeats that, `atlas-ls solve` draws new ones."
        )
    return ""


def _left_out(result: Result) -> list[str]:
    """Return what the command does otherwise than the editor did."""
    said = []
    if result.confirmed or result.refuted:
        said.append(
            "It knows nothing of the cases of which you said whether they are right. "
            "It asks for the same candidates while none of these stands in the docstring."
        )
    if result.settings.solve.route == "auto":
        said.append("It chooses the route anew, by what the history says by now.")
    if result.stopped in ("user", "engine"):
        said.append("The solve was ended early; the command goes on to its end.")
    return said

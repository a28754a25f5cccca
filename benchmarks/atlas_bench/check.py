"""`python -m atlas_bench check`: how many reports of "Check this function" are right, and how many faults it finds.

Subjects are correct functions and broken ones. Correct are the canonical solutions of recorded HumanEval tasks, and, where
more are wanted, recorded completions that pass the hidden tests. Broken are mutants of the canonical solutions that fail
the hidden tests. Each is checked as the product would: samples and self-written tests are the recorded outputs of a real
model, the calls are made with the product's own code, and the rule is `checking.find`. The rule sees the prompt and the
body; hidden tests only choose the subjects and label them.

A report on a correct function is wrong. One on a broken function is right if the canonical solution does something else on
the reported call.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atlas_bench.replay.data import Recorded, read_lines, read_recorded
from atlas_bench.replay.pools import draw_pool
from atlas_bench.replay.recorded_sandbox import Opened, RecordedSandbox, sandbox_version
from atlas_bench.replay.scorer import HIDDEN_TESTS
from atlas_bench.replay.selecting import LIMITS
from atlas_pipeline.checking import calls_of, find, voters_of
from atlas_pipeline.edit import present_body, solved_document
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.inputs import more_inputs
from atlas_pipeline.records import Candidate, Origin
from atlas_pipeline.sandbox import Call, Limits, OutcomeKind, Program
from atlas_pipeline.selftests import SelfTests, merge
from atlas_pipeline.settings import Settings
from atlas_pipeline.strength import mutants
from atlas_pipeline.verification import Verifier, behaviour

SCHEMA = 1
_DATA = "../shared/data/humaneval_codegen"
_TEST_LIMITS = Limits(cpu_s=3.0)
_SUBJECT = 100_000
"""Index of the body that is checked; samples have smaller ones."""
_CANONICAL = 100_001


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A body to be checked, and what is known of it."""

    recorded: Recorded
    canonical: str
    body: str
    is_correct: bool
    origin: str
    """`canonical`, `completion 12`, or what a mutant changes."""
    without: int | None = None
    """A completion that is the subject itself and may not vote."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--data", metavar="DIR", type=Path, default=Path(_DATA), help=f"recorded tasks (default {_DATA})"
    )
    parser.add_argument(
        "--count", type=int, default=100, metavar="N", help="correct ones, and broken ones (default 100)"
    )
    parser.add_argument("--samples", type=int, default=8, metavar="K", help="samples for each check (default 8)")
    parser.add_argument("--tests", type=int, default=3, metavar="K", help="test requests for each check (default 3)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-examples", action="store_true", help="take the prompts without examples: samples alone")
    parser.add_argument("--only", choices=("even", "odd"), help="every second task, by its line: to tune on one half")
    parser.add_argument("--cache", metavar="DIR", type=Path, default=Path(".cache/check"), help="outcomes of calls")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")


def run(options: argparse.Namespace) -> int:
    """Measure and print the report; return the exit status."""
    try:
        report = asyncio.run(measure(options))
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report, indent=1))
    return 0


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Check every subject; return the figures.

    Raises:
        UsageError: the data are not there.
    """
    recorded = read_recorded(options.data, examples=not options.no_examples)
    hidden = {row["task_id"]: row for row in read_lines(options.data / HIDDEN_TESTS)}
    if options.only:
        recorded = recorded[options.only == "odd" :: 2]
    opened = Opened()
    try:
        subjects = await choose(recorded, hidden, opened, count=options.count, seed=options.seed)
        rows: list[dict[str, Any]] = []
        for number, subject in enumerate(subjects):
            rows.append(await checked(subject, opened, options))
            print(f"{number + 1}/{len(subjects)} {rows[-1]['task']}: {len(rows[-1]['reports'])}", file=sys.stderr)
    finally:
        await opened.aclose()
    settings = {name: getattr(options, name) for name in ("count", "samples", "tests", "seed", "only", "no_examples")}
    return {"schema": SCHEMA, **settings, **summary(rows), "rows": rows}


async def choose(
    recorded: Sequence[Recorded], hidden: dict[str, dict[str, Any]], opened: Opened, *, count: int, seed: int
) -> list[Subject]:
    """Return the subjects: as many correct as broken ones, one of each task as far as that goes."""
    correct: list[list[Subject]] = []
    broken: list[list[Subject]] = []
    for entry in recorded:
        row = hidden[entry.task_id]
        canonical = canonical_body(entry, row)
        if canonical is None:
            continue
        correct.append(
            [Subject(recorded=entry, canonical=canonical, body=canonical, is_correct=True, origin="canonical")]
        )
        correct[-1] += [
            Subject(
                recorded=entry,
                canonical=canonical,
                body=candidate.body,
                is_correct=True,
                origin=f"completion {candidate.index}",
                without=candidate.index,
            )
            for candidate, passes in zip(entry.candidates, row["completion_passes"], strict=True)
            if passes and candidate is not None
        ][:1]
        broken.append([])
        for mutant in mutants(canonical, seed=seed, most=12):
            if len(broken[-1]) == 2:
                break
            if not await _passes(entry, mutant.body, row["test"], opened):
                broken[-1].append(
                    Subject(
                        recorded=entry, canonical=canonical, body=mutant.body, is_correct=False, origin=mutant.change
                    )
                )
    return [*_by_turns(correct, count), *_by_turns(broken, count)]


def _by_turns(groups: Sequence[Sequence[Subject]], count: int) -> list[Subject]:
    longest = max(map(len, groups), default=0)
    return [group[turn] for turn in range(longest) for group in groups if len(group) > turn][:count]


def canonical_body(entry: Recorded, row: dict[str, Any]) -> str | None:
    """Return the canonical solution in the form of a candidate's body."""
    document = Document(entry.task.source.rstrip("\n") + "\n" + row["canonical_solution"])
    try:
        return present_body(make_task(document, document.named(entry.task.qualname)))
    except UsageError:
        return None


async def _passes(entry: Recorded, body: str, test: str, opened: Opened) -> bool:
    source = f"{solved_document(entry.task, body)}\n{test}\n"
    sandbox = await opened.get()
    call = Call(expression=f"check({entry.task.name})")
    return (await sandbox.run(Program(source=source), [call], _TEST_LIMITS))[0].kind is OutcomeKind.RETURNED


async def checked(subject: Subject, opened: Opened, options: argparse.Namespace) -> dict[str, Any]:
    """Check one subject; return what was reported of it, and whether that is right."""
    entry, task = subject.recorded, subject.recorded.task
    name = entry.task_id.replace("/", "-")
    sandbox = RecordedSandbox(options.cache / f"{name}.msgpack", opened, version=sandbox_version())
    try:
        verifier = Verifier(task, sandbox, LIMITS)
        samples, tests = _drawn(subject, options)
        calls = calls_of(task, tests)
        observed = {sample.index: await verifier.observe(sample, calls) for sample in samples}
        own = Candidate(index=_SUBJECT, body=subject.body, origin=Origin.PRESENT)
        seen = await verifier.observe(own, calls)
        voters = voters_of(task, samples, observed)
        findings = find(task, seen, [observed[index] for index in voters], calls)
        canonical = Candidate(index=_CANONICAL, body=subject.canonical, origin=Origin.PRESENT)
        truth = await verifier.observe(canonical, [finding.call for finding in findings])
        reports = []
        for finding in findings:
            differs = behaviour(truth[finding.call], task.docstring) != behaviour(seen[finding.call], task.docstring)
            is_right = differs and not subject.is_correct
            reports.append({"kind": finding.kind.value, "right": is_right, "message": finding.message[:200]})
    finally:
        await sandbox.aclose()
    return {
        "task": entry.task_id,
        "correct": subject.is_correct,
        "origin": subject.origin,
        "examples": len(task.examples),
        "voters": len(voters),
        "calls": len(calls),
        "reports": reports,
    }


def _drawn(subject: Subject, options: argparse.Namespace) -> tuple[list[Candidate], SelfTests]:
    """Return the samples and the self-written tests that one check would have got."""
    entry = subject.recorded
    rng = random.Random(f"{options.seed} {entry.position}")
    usable = [i for i in range(len(entry.completions)) if i != subject.without]
    chosen = sorted(rng.sample(usable, min(options.samples, len(usable))))
    samples = [candidate for index in chosen if (candidate := entry.candidates[index]) is not None]
    pool = draw_pool(
        entry.position,
        options.seed,
        k=options.tests,
        completions=len(entry.completions),
        tests=len(entry.test_completions),
    )
    written = entry.tests(pool.tests)
    calls = [*(case.call for case in (*entry.task.examples, *written.tests)), *written.inputs]
    more = more_inputs(entry.task, calls, seed=Settings().solve.seed)
    return samples, merge([written, SelfTests(inputs=more)], known=entry.task.examples)


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how many reports are right, how many broken functions are found, and the same for each kind of report."""
    correct = [row for row in rows if row["correct"]]
    broken = [row for row in rows if not row["correct"]]
    reports = [report for row in rows for report in row["reports"]]
    kinds = Counter((report["kind"], report["right"]) for report in reports)
    return {
        "correct_functions": len(correct),
        "broken_functions": len(broken),
        "functions_reported": sum(bool(row["reports"]) for row in rows),
        "of_them_broken": sum(bool(row["reports"]) for row in broken),
        "correct_reported": sum(bool(row["reports"]) for row in correct),
        "reports": len(reports),
        "reports_right": sum(report["right"] for report in reports),
        "broken_found": sum(any(report["right"] for report in row["reports"]) for row in broken),
        "broken_found_beyond_examples": sum(
            any(report["right"] for report in row["reports"]) and not _by_example(row) for row in broken
        ),
        "kinds": {
            kind: {"reports": kinds[kind, True] + kinds[kind, False], "right": kinds[kind, True]}
            for kind in sorted({kind for kind, _ in kinds})
        },
    }


def _by_example(row: dict[str, Any]) -> bool:
    return any(report["kind"] == "example" for report in row["reports"])

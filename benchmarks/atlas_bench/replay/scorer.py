"""Scores choices against the labels: a process of its own, the only one that opens `hidden_tests.jsonl`.

    python -m atlas_bench.replay.scorer --data DIR < choices.json

Standard input is one JSON object: `choices` (see `selecting.Choice`) and `documents` (task to completion to the document
with that completion's body in place). A completion's label is `completion_passes` where the file has it; where not, or
with `--by-tests`, its document and the task's `test` are run in the sandbox and `check` has to return.
Standard output is the report.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from atlas_bench.replay.data import read_lines
from atlas_bench.replay.selecting import Choice
from atlas_pipeline.records import Level
from atlas_pipeline.sandbox import Call, Limits, OutcomeKind, Program, open_sandbox
from atlas_pipeline.settings import SandboxSettings

SCHEMA = 1
HIDDEN_TESTS = "hidden_tests.jsonl"
_LIMITS = Limits(cpu_s=3.0)
_RESAMPLES = 2000
_CURVE_POINTS = 20

Labels: TypeAlias = dict[str, dict[int, bool]]
"""Task to completion to whether it is right."""
Scored: TypeAlias = tuple[Choice, bool]


class Submission(msgspec.Struct):
    """What the scorer is given."""

    choices: list[Choice]
    documents: dict[str, dict[int, str]]
    model: str = ""


def main() -> int:
    """Score standard input; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m atlas_bench.replay.scorer")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--by-tests", action="store_true")
    parser.add_argument("--each", action="store_true", help="also say of each choice whether it is right")
    parser.add_argument("--calibration-out", type=Path)
    options = parser.parse_args()
    submission = msgspec.json.decode(sys.stdin.buffer.read(), type=Submission)
    hidden = {row["task_id"]: row for row in read_lines(options.data / HIDDEN_TESTS)}
    labels, source = asyncio.run(find_labels(submission, hidden, by_tests=options.by_tests))
    if options.calibration_out:
        write_observations(options.calibration_out, submission, labels)
    each = {"right": [is_right(choice, labels) for choice in submission.choices]} if options.each else {}
    print(json.dumps({"labels": source, **each, **report(submission.choices, labels)}))
    return 0


async def find_labels(
    submission: Submission, hidden: dict[str, dict[str, Any]], *, by_tests: bool
) -> tuple[Labels, dict[str, int]]:
    """Return the labels of all completions in the pools, and how many come from where."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for choice in submission.choices:
        wanted[choice.task_id].update(choice.pool)
    labels: Labels = {}
    to_run: list[tuple[str, int]] = []
    for task_id, completions in wanted.items():
        recorded = hidden[task_id].get("completion_passes")
        if recorded is None or by_tests:
            labels[task_id] = dict.fromkeys(completions, False)  # without a document there was no body to be right
            documents = submission.documents.get(task_id, {})
            to_run += [(task_id, index) for index in sorted(completions) if index in documents]
        else:
            labels[task_id] = {index: bool(recorded[index]) for index in completions}
    names = {choice.task_id: choice.entry_point for choice in submission.choices}
    disagree = 0
    if to_run:
        async with await open_sandbox(SandboxSettings()) as sandbox:
            for task_id, index in to_run:
                source = f"{submission.documents[task_id][index]}\n{hidden[task_id]['test']}\n"
                call = Call(expression=f"check({names[task_id]})")
                outcome = (await sandbox.run(Program(source=source), [call], _LIMITS))[0]
                labels[task_id][index] = outcome.kind is OutcomeKind.RETURNED
        for task_id, index in to_run:
            recorded = hidden[task_id].get("completion_passes")
            disagree += recorded is not None and bool(recorded[index]) is not labels[task_id][index]
    total = sum(map(len, wanted.values()))
    return labels, {"recorded": total - len(to_run), "run": len(to_run), "run_unlike_recorded": disagree}


def is_right(choice: Choice, labels: Labels) -> bool:
    """Tell whether something was chosen, and is right."""
    return choice.chosen is not None and labels[choice.task_id][choice.chosen]


def report(choices: Sequence[Choice], labels: Labels) -> dict[str, Any]:
    """Return the figures, as fractions.

    `k`: mean label of the pool, of the choice, and of the best in the pool, with a 95 % interval of the choice from a
    bootstrap over tasks. `levels`: share of all pools and share that is right, with the same interval.
    `risk_coverage`: how many of the surest choices are right when only these are given.
    """
    by_k: dict[int, list[Scored]] = defaultdict(list)
    for choice in choices:
        by_k[choice.k].append((choice, is_right(choice, labels)))
    return {
        "schema": SCHEMA,
        "tasks": len({choice.task_id for choice in choices}),
        "k": {str(k): _summary(scored, labels) for k, scored in sorted(by_k.items())},
        "levels": {str(k): _levels(scored) for k, scored in sorted(by_k.items())},
        "risk_coverage": {str(k): risk_coverage(scored) for k, scored in sorted(by_k.items())},
    }


def _summary(scored: Sequence[Scored], labels: Labels) -> dict[str, Any]:
    pools = [[labels[choice.task_id][index] for index in choice.pool] for choice, _ in scored]
    right = [right for _, right in scored]
    return {
        "random": _mean([_mean(pool) for pool in pools]),
        "selected": _mean(right),
        "oracle": _mean([any(pool) for pool in pools]),
        "ci": _interval([(choice.task_id, True, right) for choice, right in scored]),
        "pools": len(scored),
    }


def _levels(scored: Sequence[Scored]) -> dict[str, Any]:
    found = {}
    for level in Level:
        right = [right for choice, right in scored if choice.level == level.value]
        found[level.value] = {
            "share": len(right) / len(scored),
            "right": _mean(right) if right else None,
            "ci": _interval([(choice.task_id, choice.level == level.value, right) for choice, right in scored]),
        }
    return found


def risk_coverage(scored: Sequence[Scored], *, points: int = _CURVE_POINTS) -> list[dict[str, float]]:
    """Return coverage and share of right choices, surest first; choices that are equally sure count in proportion."""
    groups: dict[tuple[float, ...], list[bool]] = defaultdict(list)
    for choice, right in scored:
        groups[choice.confidence].append(right)
    ordered = sorted(groups.items(), reverse=True)
    curve = []
    for point in range(1, points + 1):
        wanted = left = len(scored) * point / points
        good = 0.0
        for _, right_ones in ordered:
            taken = min(left, len(right_ones))
            good += taken * _mean(right_ones)
            left -= taken
            if left <= 0:
                break
        curve.append({"coverage": point / points, "right": good / wanted})
    return curve


def _interval(rows: Iterable[tuple[str, bool, bool]]) -> list[float] | None:
    """Return the 95 % bootstrap interval over tasks of the share of right ones among those that count.

    Args:
        rows: task, whether it counts, whether it is right.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for task_id, counts, right in rows:
        sums[task_id][0] += counts
        sums[task_id][1] += counts and right
    totals = list(sums.values())
    rng = random.Random(0)
    found = []
    for _ in range(_RESAMPLES):
        sample = rng.choices(totals, k=len(totals))
        count = sum(row[0] for row in sample)
        if count:
            found.append(sum(row[1] for row in sample) / count)
    found.sort()
    return [found[int(len(found) * 0.025)], found[int(len(found) * 0.975)]] if found else None


def _mean(values: Sequence[bool] | Sequence[float]) -> float:
    return sum(values) / len(values)


def write_observations(path: Path, submission: Submission, labels: Labels) -> None:
    """Write what `atlas-ls calibrate` fits a table to, one line for each choice."""
    with path.open("w", encoding="utf-8") as file:
        for choice in submission.choices:
            if choice.chosen is None:
                continue
            row = {
                "model": submission.model,
                "task": choice.task_id,
                "examples": choice.examples,
                "examples_passed": choice.examples_passed,
                "candidates": choice.candidates,
                "cluster": choice.cluster,
                "right": labels[choice.task_id][choice.chosen],
            }
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    sys.exit(main())

"""`python -m atlas_bench abandon`: what giving hopeless tasks up would save on recorded outputs, and what it would lose.

Each draw is one imagined solve: samples in the rounds of the product, after each of which it ends where the evidence is
enough. The same draw is ended earlier by each rule, so every difference is paired. Selection is blind; the labels come
from the scorer's process when all choices are made.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atlas_bench.replay.command import DATA, score
from atlas_bench.replay.data import Recorded, read_recorded
from atlas_bench.replay.pools import Pool, draw_pool
from atlas_bench.replay.recorded_sandbox import Opened, RecordedSandbox, sandbox_version
from atlas_bench.replay.selecting import Choice, TaskReplay
from atlas_pipeline import selection
from atlas_pipeline.abandoning import Standing, standing_of
from atlas_pipeline.edit import solved_document
from atlas_pipeline.errors import UsageError
from atlas_pipeline.records import Level
from atlas_pipeline.settings import SolveSettings

Rule = Callable[[Standing], bool]
RULES: Mapping[str, Rule] = {
    "passes nothing": lambda s: not s.passed,
    "passes nothing, all differ": lambda s: not s.passed and s.cluster < 2,
    "not all passed, all differ": lambda s: s.passed < max(s.examples, 1) and s.cluster < 2,
    "not one is sound": lambda s: not s.sound,
    "all differ": lambda s: s.cluster < 2,
}
"""When a task is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of one imagined solve."""

    standing: Standing
    enough: bool
    choice: Choice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--data", metavar="DIR", type=Path, default=Path(DATA), help=f"recorded tasks (default {DATA})")
    parser.add_argument("--draws", type=int, default=10, metavar="N", help="imagined solves of each task (default 10)")
    parser.add_argument("--no-examples", action="store_true", help="take the prompts without examples")
    parser.add_argument("--cache", metavar="DIR", type=Path, default=Path(".cache/replay"), help="outcomes of calls")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")


def run(options: argparse.Namespace) -> int:
    """Replay and print the report; return the exit status."""
    try:
        recorded = read_recorded(options.data, examples=not options.no_examples)
        solves, documents = asyncio.run(_solve_all(recorded, draws=options.draws, cache=options.cache))
        choices = [each.choice for rounds in solves for each in rounds]
        scored = score({"choices": choices, "documents": documents}, options.data, each=True)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    right = dict(zip(map(id, choices), scored["right"], strict=True))
    of_half = {"even": {entry.task_id for entry in recorded[::2]}, "odd": {entry.task_id for entry in recorded[1::2]}}
    of_half["all"] = of_half["even"] | of_half["odd"]
    report = {
        half: table([rounds for rounds in solves if rounds[0].choice.task_id in names], lambda c: right[id(c)])
        for half, names in of_half.items()
    }
    print(json.dumps({"schema": 1, "draws": options.draws, "examples": not options.no_examples, **report}, indent=1))
    return 0


async def _solve_all(
    recorded: Sequence[Recorded], *, draws: int, cache: Path
) -> tuple[list[list[Round]], dict[str, dict[int, str]]]:
    opened, version = Opened(), sandbox_version()
    sizes = selection.round_sizes(SolveSettings(), checked=True)
    solves: list[list[Round]] = []
    documents: dict[str, dict[int, str]] = {}
    try:
        for number, entry in enumerate(recorded):
            name = entry.task_id.replace("/", "-")
            sandbox = RecordedSandbox(cache / f"{name}.msgpack", opened, version=version)
            replay = TaskReplay(entry, sandbox)
            pools = [_rounds(entry, draw, sizes) for draw in range(draws)]
            try:
                await replay.run([pool for rounds in pools for pool in rounds])
                solves += [[await _round(replay, pool) for pool in rounds] for rounds in pools]
            finally:
                await sandbox.aclose()
            documents[entry.task_id] = {
                c.index: solved_document(entry.task, c.body) for c in entry.candidates if c is not None
            }
            print(f"{number + 1}/{len(recorded)} {entry.task_id}", file=sys.stderr, flush=True)
    finally:
        await opened.aclose()
    return solves, documents


def _rounds(entry: Recorded, draw: int, sizes: Sequence[int]) -> list[Pool]:
    """Return the pools of one solve: each holds the one before it, and all have the same tests."""
    recorded = {"completions": len(entry.completions), "tests": len(entry.test_completions)}
    whole = draw_pool(entry.position, draw, k=sizes[-1], **recorded)
    tests = whole.tests[: SolveSettings().test_samples]
    return [Pool(draw=draw, k=size, completions=whole.completions[:size], tests=tests) for size in sizes]


async def _round(replay: TaskReplay, pool: Pool) -> Round:
    evidence = replay.evidence(pool)
    ranked = selection.rank(evidence)
    return Round(
        standing=standing_of(evidence.task, ranked, answers=len(pool.completions)),
        enough=selection.enough(ranked[0] if ranked else None),
        choice=await replay.choose(pool),
    )


def table(solves: Sequence[Sequence[Round]], is_right: Callable[[Choice], bool]) -> list[dict[str, Any]]:
    """Return a row for each rule, number of samples it waits for, and most samples: `unchecked_samples` and `samples`."""
    rows = []
    for most in (SolveSettings().unchecked_samples, SolveSettings().samples):
        plain = [_end(rounds, most=most) for rounds in solves]
        solved = [_is_solved(end, is_right) for end in plain]
        wasted = sum(end.standing.samples for end, was in zip(plain, solved, strict=True) if not was)
        for name, rule in RULES.items():
            for after in (each.standing.samples for each in solves[0] if each.standing.samples < most):
                ends = [_end(rounds, most=most, rule=rule, after=after) for rounds in solves]
                still = [_is_solved(end, is_right) for end in ends]
                left = sum(end.standing.samples for end, was in zip(ends, solved, strict=True) if not was)
                rows.append({
                    "most": most,
                    "rule": name,
                    "after": after,
                    "solves": len(solves),
                    "solved": sum(solved),
                    "lost": sum(was and not now for was, now in zip(solved, still, strict=True)),
                    "unsolved_given_up": sum(
                        not was and a is not b for was, a, b in zip(solved, plain, ends, strict=True)
                    ),
                    "samples_on_unsolved": wasted,
                    "samples_on_unsolved_with_it": left,
                    "samples": sum(end.standing.samples for end in plain),
                    "samples_with_it": sum(end.standing.samples for end in ends),
                })  # fmt: skip
    return rows


def _end(rounds: Sequence[Round], *, most: int, rule: Rule | None = None, after: int = 0) -> Round:
    """Return the round a solve ends with."""
    reached = [each for each in rounds if each.standing.samples <= most]
    for each in reached:
        if each.enough or (rule is not None and each.standing.samples >= after and rule(each.standing)):
            return each
    return reached[-1]


def _is_solved(end: Round, is_right: Callable[[Choice], bool]) -> bool:
    """Tell whether what was offered is right."""
    return end.choice.level != Level.UNVERIFIED.value and is_right(end.choice)

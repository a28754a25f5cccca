"""`python -m atlas_bench handwritten`: functions written by hand, solved as the command line would; answers are checked.

Two sets: ten in the wording that the pocket model was trained on, and twenty that a newcomer would try.

The references are seen by nobody before `solve` has ended: they are compared with what the chosen code returns.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any

from rich.console import Console
from rich.table import Table

from atlas_bench.newcomer import NEWCOMER
from atlas_bench.references import FunctionSet, Reference
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.engine.client import connect
from atlas_pipeline.events import Finished
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.programs import ProgramBuilder
from atlas_pipeline.records import FunctionTask, Level
from atlas_pipeline.sandbox import Call, Limits, Sandbox, canonical, open_sandbox
from atlas_pipeline.settings import Settings
from atlas_pipeline.solving import solve

SCHEMA = 1
_CHECKS = 300


def _digits(x: int) -> int:
    return sum(int(digit) for digit in str(abs(x)))


def _numbers_and_limit(rng: random.Random) -> tuple[list[int], int]:
    return [rng.randint(-20, 40) for _ in range(rng.randint(0, 7))], rng.randint(1, 6)


def _numbers(rng: random.Random) -> tuple[list[int]]:
    return _numbers_and_limit(rng)[:1]


def _of_numbers(answer: Callable[..., object]) -> Reference:
    return Reference(answer=answer, arguments=_numbers)


def _of_numbers_and_limit(answer: Callable[..., object]) -> Reference:
    return Reference(answer=answer, arguments=_numbers_and_limit)


HANDWRITTEN = FunctionSet(
    name="handwritten",
    file="handwritten_functions.py",
    references={
        "warm_days": _of_numbers_and_limit(lambda temps, limit: sum(x > limit for x in temps)),
        "debt": _of_numbers(lambda balances: sum(x for x in balances if x < 0)),
        "top_square": _of_numbers(lambda xs: max((x * x for x in xs if x % 2), default=0)),
        "doubled_down": _of_numbers(lambda points: sorted((2 * x for x in points if x), reverse=True)),
        "cube_product": _of_numbers(lambda seq: math.prod(x**3 for x in seq if x > 0)),
        "unique_halves": _of_numbers_and_limit(lambda data, k: sorted({x // 2 for x in data if x % k == 0})),
        "first_small": _of_numbers_and_limit(lambda levels, bound: next((x for x in levels if x <= bound), None)),
        "digit_total": _of_numbers(lambda codes: sum(_digits(x) for x in codes if x % 2 == 0)),
        "backwards": _of_numbers(lambda items: [abs(x) for x in items][::-1]),
        "how_many": _of_numbers(lambda values: len({x + 1 for x in values if x < 4})),
    },
)

SETS = {functions.name: functions for functions in (HANDWRITTEN, NEWCOMER)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("--set", choices=list(SETS), default=HANDWRITTEN.name, help=f"default: {HANDWRITTEN.name}")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")


def run(options: argparse.Namespace) -> int:
    """Solve a set; print the report as JSON, and for people on standard error; return the exit status."""
    report = asyncio.run(measure(SETS[options.set]))
    print(json.dumps(report, indent=1))
    show(report, Console(stderr=True))
    return 0


async def measure(functions: FunctionSet = HANDWRITTEN) -> dict[str, Any]:
    """Solve each function with default settings; return level, rightness and cost of each, and the sums."""
    document = Document(functions.text())
    settings = Settings()
    rows = []
    async with await open_sandbox(settings.sandbox) as sandbox:
        engine = await connect(settings.engine)
        try:
            for name, reference in functions.references.items():
                task = make_task(document, document.named(name))
                selection = (await finish(task, engine, sandbox, settings)).selection
                body = selection.best.candidate.body if selection.best else None
                rows.append({
                    "function": name,
                    "difficulty": reference.difficulty.value,
                    "example": bool(task.examples),
                    "level": selection.level.value,
                    "right": await is_right(task, body, sandbox, functions),
                    "candidates": selection.cost.candidates,
                    "seconds": round(selection.cost.seconds, 2),
                })  # fmt: skip
        finally:
            await engine.aclose()
    return summary(functions.name, rows)


def summary(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the rows of a set with their sums, and the sums of those with and without an example."""
    groups = {"with_example": True, "without_example": False}
    return {
        "schema": SCHEMA,
        "set": name,
        **_sums(rows),
        **{group: _sums([row for row in rows if row["example"] is example]) for group, example in groups.items()},
        "rows": list(rows),
    }


def _sums(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    verified = [row for row in rows if row["level"] == Level.VERIFIED.value]
    verified_and_right = sum(row["right"] for row in verified)
    return {
        "functions": len(rows),
        "verified": len(verified),
        "verified_and_right": verified_and_right,
        "falsely_verified": len(verified) - verified_and_right,
        "weak": sum(row["level"] == Level.WEAK.value for row in rows),
        "weak_and_right": sum(row["right"] for row in rows if row["level"] == Level.WEAK.value),
        "unverified": sum(row["level"] == Level.UNVERIFIED.value for row in rows),
        "right": sum(row["right"] for row in rows),
    }


def show(report: dict[str, Any], console: Console) -> None:
    """Print a report for people."""
    table = Table("function", "difficulty", "example", "level", "right", "tried", "s", box=None)
    for row in report["rows"]:
        example, right = ("yes" if row[key] else "no" for key in ("example", "right"))
        cost = str(row["candidates"]), f"{row['seconds']:.2f}"
        table.add_row(row["function"], row["difficulty"], example, row["level"], right, *cost)
    console.print(table)
    sums = Table(report["set"], "functions", "VERIFIED", "of them wrong", "WEAK", "UNVERIFIED", "right", box=None)
    for label, part in (
        ("all", report),
        ("with an example", report["with_example"]),
        ("without one", report["without_example"]),
    ):
        keys = ("functions", "verified", "falsely_verified", "weak", "unverified", "right")
        sums.add_row(label, *(str(part[key]) for key in keys))
    console.print(sums)


async def finish(task: FunctionTask, engine: Engine, sandbox: Sandbox, settings: Settings) -> Finished:
    """Solve a function to the end."""
    async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=settings)) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event
    raise RuntimeError("the solve ended without a result")


async def is_right(
    task: FunctionTask, body: str | None, sandbox: Sandbox, functions: FunctionSet = HANDWRITTEN
) -> bool:
    """Compare a body with the reference on edge cases and random inputs."""
    if body is None:
        return False
    rng = random.Random(1)
    reference = functions.references[task.name]
    inputs = [*reference.edges, *(reference.arguments(rng) for _ in range(_CHECKS))]
    calls = [f"{task.name}({', '.join(map(repr, arguments))})" for arguments in inputs]
    expected = [canonical(reference.answer(*arguments)) for arguments in inputs]
    program = ProgramBuilder(task).reduced(body, calls)
    outcomes = await sandbox.run(program, [Call(expression=call) for call in calls], Limits())
    return all(outcome.value == value for outcome, value in zip(outcomes, expected, strict=True))

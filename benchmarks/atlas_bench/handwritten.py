"""Ten functions written by hand, solved as the command line would; answers are checked against references, in the sandbox.

The references are seen by nobody before `solve` has ended: they are compared with what the chosen code returns.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from contextlib import aclosing
from importlib import resources
from typing import Any

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
SOURCE = resources.files("atlas_bench") / "handwritten_functions.py"
_CHECKS = 300


def _digits(x: int) -> int:
    return sum(int(digit) for digit in str(abs(x)))


REFERENCES: dict[str, Callable[..., object]] = {
    "warm_days": lambda temps, limit: sum(x > limit for x in temps),
    "debt": lambda balances: sum(x for x in balances if x < 0),
    "top_square": lambda xs: max((x * x for x in xs if x % 2), default=0),
    "doubled_down": lambda points: sorted((2 * x for x in points if x), reverse=True),
    "cube_product": lambda seq: math.prod(x**3 for x in seq if x > 0),
    "unique_halves": lambda data, k: sorted({x // 2 for x in data if x % k == 0}),
    "first_small": lambda levels, bound: next((x for x in levels if x <= bound), None),
    "digit_total": lambda codes: sum(_digits(x) for x in codes if x % 2 == 0),
    "backwards": lambda items: [abs(x) for x in items][::-1],
    "how_many": lambda values: len({x + 1 for x in values if x < 4}),
}


async def measure() -> dict[str, Any]:
    """Solve each function with default settings; return level, rightness and cost of each, and the sums."""
    document = Document(SOURCE.read_text(encoding="utf-8"))
    settings = Settings()
    rows = []
    async with await open_sandbox(settings.sandbox) as sandbox:
        engine = await connect(settings.engine)
        try:
            for name in REFERENCES:
                task = make_task(document, document.named(name))
                selection = (await finish(task, engine, sandbox, settings)).selection
                right = await is_right(task, selection.best.candidate.body if selection.best else None, sandbox)
                row = {"function": name, "level": selection.level.value, "right": right}
                cost = selection.cost
                rows.append({**row, "candidates": cost.candidates, "seconds": round(cost.seconds, 2)})
        finally:
            await engine.aclose()
    verified = [row for row in rows if row["level"] == Level.VERIFIED.value]
    return {
        "schema": SCHEMA,
        "verified": len(verified),
        "verified_and_right": sum(bool(row["right"]) for row in verified),
        "right": sum(bool(row["right"]) for row in rows),
        "rows": rows,
    }


async def finish(task: FunctionTask, engine: Engine, sandbox: Sandbox, settings: Settings) -> Finished:
    """Solve a function to the end."""
    async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=settings)) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event
    raise RuntimeError("the solve ended without a result")


async def is_right(task: FunctionTask, body: str | None, sandbox: Sandbox) -> bool:
    """Compare a body with the reference on random inputs."""
    if body is None:
        return False
    rng = random.Random(1)
    reference = REFERENCES[task.name]
    calls, expected = [], []
    for _ in range(_CHECKS):
        numbers = [rng.randint(-20, 40) for _ in range(rng.randint(0, 7))]
        arguments = (numbers, rng.randint(1, 6))[: len(task.parameters)]
        calls.append(f"{task.name}({', '.join(map(repr, arguments))})")
        expected.append(canonical(reference(*arguments)))
    program = ProgramBuilder(task).reduced(body, calls)
    outcomes = await sandbox.run(program, [Call(expression=call) for call in calls], Limits())
    return all(outcome.value == value for outcome, value in zip(outcomes, expected, strict=True))

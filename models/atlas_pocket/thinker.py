"""A toy model that thinks, for tests of thinking budgets: `python -m atlas_pocket.thinker --out DIR` or `--evaluate GGUF`.

Its world is `calculations.py`. Without thinking, a network of this size cannot add up more than a few digits, so how much
it may think decides how much it gets right.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from pathlib import Path
from typing import Any

from atlas_pipeline.engine.api import Engine, Message, Sampling, Thinking
from atlas_pipeline.engine.client import connect
from atlas_pipeline.settings import EngineSettings
from atlas_pocket.calculations import Calculation, random_calculation

SCHEMA = 1


async def measure(model: str, *, n: int, seed: int) -> dict[str, Any]:
    """Return the share of right answers, greedy, over the same `n` calculations for several budgets."""
    rng = random.Random(seed)
    asked = [random_calculation(rng) for _ in range(n)]
    engine = await connect(EngineSettings(model=model))
    budgets = {
        "free": None,
        "at most 24 tokens": Thinking(max=24),
        "at most 8 tokens": Thinking(max=8),
        "off": Thinking(max=0),
        "at least 100 tokens, one Wait": Thinking(min=100, max_waits=1),
    }
    try:
        rows = {name: await _row(engine, asked, budget) for name, budget in budgets.items()}
        name = (await engine.capabilities()).model
    finally:
        await engine.aclose()
    return {"schema": SCHEMA, "model": name, "n": n, "seed": seed, "budgets": rows}


async def _row(engine: Engine, asked: list[Calculation], budget: Thinking | None) -> dict[str, Any]:
    sampling = Sampling(temperature=0.0, max_tokens=400, thinking=budget)
    answers = [
        await engine.chat([Message(role="user", content=calculation.question())], sampling) for calculation in asked
    ]
    right = [answer.text.strip() == calculation.answer() for answer, calculation in zip(answers, asked, strict=True)]
    tokens = sorted(answer.thinking_tokens for answer in answers)
    return {
        "right": round(sum(right) / len(right), 4),
        "thinking_tokens": {"least": tokens[0], "median": tokens[len(tokens) // 2], "most": tokens[-1]},
    }


def main() -> None:
    """Parse the command line; train and export, or measure."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.thinker", description=__doc__)
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--out", type=Path, help="train; folder for the checkpoint, the log and thinker.gguf")
    task.add_argument("--evaluate", type=Path, metavar="GGUF", help="measure this model; prints one JSON object")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokens", type=int, default=8_000_000, help="length of the training")
    parser.add_argument("--threads", type=int, default=1, help="of the training")
    parser.add_argument("--n", type=int, default=200, help="calculations to measure")
    options = parser.parse_args()
    if options.evaluate:
        print(json.dumps(asyncio.run(measure(str(options.evaluate.absolute()), n=options.n, seed=options.seed))))
        return
    from atlas_pocket.thinker_training import train_thinker  # torch is there only where training happens

    path = train_thinker(options.out, tokens=options.tokens, seed=options.seed, threads=options.threads)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

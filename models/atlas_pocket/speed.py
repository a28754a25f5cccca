"""Size, load time and decode speed of a pocket model: `python -m atlas_pocket.speed [--model GGUF] [--threads 1]`.

With the product's own engine, on prompts of the corpus; each text is as long as `_TOKENS` unless it ends before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from itertools import islice
from typing import Any

from atlas_pipeline.engine.api import Engine, Sampling
from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.settings import EngineSettings
from atlas_pocket.corpus import samples

_TOKENS = 128
_TEMPERATURE = 1.0
_ROUNDS = 5
_WIDTHS = (1, 8)


async def _timed(engine: Engine, prompt: str, *, width: int) -> tuple[int, float]:
    """Return the tokens of `width` texts at once, and the seconds they took together."""
    began = time.monotonic()
    wanted = (Sampling(temperature=_TEMPERATURE, max_tokens=_TOKENS, seed=seed) for seed in range(width))
    made = await asyncio.gather(*(engine.complete(prompt, sampling) for sampling in wanted))
    return sum(each.completion_tokens for each in made), time.monotonic() - began


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return the size in bytes, the seconds from nothing to a loaded model, and tokens/s by texts at once."""
    began = time.monotonic()
    engine = await connect(EngineSettings(model=options.model, threads=options.threads, linger_s=0.0))
    try:
        facts = await engine.capabilities()
        loaded_s = time.monotonic() - began
        prompts = [sample.text()[0] for sample in islice(samples("speed"), _ROUNDS)]
        timed = {width: [await _timed(engine, prompt, width=width) for prompt in prompts] for width in _WIDTHS}
    finally:
        await engine.aclose()
    return {
        "model": facts.model,
        "bytes": model_path(options.model).stat().st_size,
        "engine_start_and_load_s": round(loaded_s, 3),
        "tokens": {width: sum(tokens for tokens, _ in found) for width, found in timed.items()},
        "tokens_per_second": {
            width: round(statistics.median(tokens / seconds for tokens, seconds in found), 1)
            for width, found in timed.items()
        },
    }


def main() -> None:
    """Parse the command line, measure and print one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m atlas_pocket.speed", description=__doc__)
    parser.add_argument("--model", default="", metavar="GGUF", help="default: the bundled model")
    parser.add_argument("--threads", type=int, default=0, help="of the engine (default: all cores but one)")
    print(json.dumps(asyncio.run(measure(parser.parse_args())), indent=1))


if __name__ == "__main__":
    main()

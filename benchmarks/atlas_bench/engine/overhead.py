"""What a scheduler step costs outside `llama_decode`, from the engine's own counters."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Callable, Mapping

from atlas_bench.engine.ours import OurEngine
from atlas_bench.engine.report import Overhead
from atlas_bench.engine.stream import Answer, BenchError, completion, stream
from atlas_bench.engine.throughput import Prompt

DECODE = "atlas_engine_decode_seconds_total"
STEP = "atlas_engine_step_seconds_total"
STEPS = "atlas_engine_steps_total"


async def measure(
    engine: OurEngine, *, k: int, rounds: int, prompt: Prompt, prompt_tokens: int, tokens: int
) -> Overhead:
    """Return the medians over the steps between the first token of the last sequence and the end.

    Raises:
        BenchError: the engine counts no steps.
    """
    found = []
    for number in range(rounds):
        started = asyncio.Event()
        text = prompt(f"overhead {number}", prompt_tokens)
        body = completion(text, tokens=tokens, seed=number, n=k, atlas={"draft": False})
        # Prefill is left out: its steps are long, and would hide what a decoding step costs.
        running = asyncio.create_task(stream(engine.client, body, until=_tells_when_all_began(started, k)))
        beginning = asyncio.create_task(started.wait())
        await asyncio.wait({running, beginning}, return_when=asyncio.FIRST_COMPLETED)
        beginning.cancel()
        before = await engine.metrics()
        await running
        found.append(difference(before, await engine.metrics()))
    steps = [steps for steps, _, _ in found]
    # Both of one round: a decoding call of one is no part of a step of another.
    count, step_s, decode_s = sorted(found, key=lambda each: each[1] / each[0])[len(found) // 2]
    return Overhead(
        k=k,
        steps=sum(steps),
        step_ms=round(1000 * step_s / count, 3),
        decode_ms=round(1000 * decode_s / count, 3),
        overhead_fraction=round(statistics.median(1 - decode / step for _, step, decode in found), 4),
    )


def _tells_when_all_began(started: asyncio.Event, k: int) -> Callable[[Answer], bool]:
    def look(answer: Answer) -> bool:
        if len(answer.firsts) == k:
            started.set()
        return False

    return look


def difference(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[int, float, float]:
    """Return steps, seconds in steps and seconds in `llama_decode` between two readings."""
    if missing := [name for name in (STEPS, STEP, DECODE) if name not in after]:
        raise BenchError(f"GET /metrics of the engine lacks {', '.join(missing)}; it needs a newer engine.")
    steps, step, decode = (after[name] - before.get(name, 0.0) for name in (STEPS, STEP, DECODE))
    if steps < 1:
        raise BenchError("The engine counted no step between the first token and the end; ask for more tokens.")
    return int(steps), step, decode

"""How soon the engine's slots are free after a client has closed its connection."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Literal

from atlas_bench.engine.ours import OurEngine
from atlas_bench.engine.overhead import STEPS
from atlas_bench.engine.report import Cancel
from atlas_bench.engine.stream import BenchError, completion, stream
from atlas_bench.engine.throughput import Prompt

POLL_S = 0.001
DECODED_TOKENS = 8
"""Sequences are cancelled after about this many tokens each."""

LONG_TOKENS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counters:
    steps: int
    prefilled: int
    decoded: int


async def measure(
    engine: OurEngine, *, k: int, rounds: int, prompt: Prompt, prompt_tokens: int, long_prompt_tokens: int
) -> list[Cancel]:
    """Return one measurement of decoding and one of prefill a round.

    Raises:
        BenchError: a request was over before it could be cancelled.
    """
    found = []
    for number in range(rounds):
        idle = await engine.until_idle()
        enough = idle.decoded_tokens + k * DECODED_TOKENS
        text = prompt(f"cancel {number}", prompt_tokens)
        body = completion(text, tokens=LONG_TOKENS, seed=number, n=k, atlas={"draft": False})
        found.append(await _cancel(engine, body, "decoding", number, decoded=enough))
        idle = await engine.until_idle()
        text = prompt(f"cancel long {number}", long_prompt_tokens)
        body = completion(text, tokens=LONG_TOKENS, seed=number)
        found.append(await _cancel(engine, body, "prefill", number, prefilled=idle.prefilled_tokens + 1))
    return found


async def _cancel(
    engine: OurEngine,
    body: dict[str, Any],
    during: Literal["decoding", "prefill"],
    number: int,
    *,
    decoded: int = 0,
    prefilled: int = 0,
) -> Cancel:
    """Start the request, close its connection when the counters have come so far, and wait until all slots are free."""
    running = asyncio.create_task(stream(engine.client, body))
    while not running.done():
        health = await engine.health()
        if health.decoded_tokens >= decoded and health.prefilled_tokens >= prefilled:
            break
        await asyncio.sleep(POLL_S)
    before = await _counters(engine)
    if running.done():
        await running
        raise BenchError(f"The request was over before it could be cancelled during {during}; use a larger model.")
    closed = time.perf_counter()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await engine.until_idle(POLL_S)
    took = time.perf_counter() - closed
    after = await _counters(engine)
    return Cancel(
        during=during,
        round=number,
        milliseconds=round(1000 * took, 2),
        steps=after.steps - before.steps,
        prompt_tokens_after=after.prefilled - before.prefilled,
        tokens_after=after.decoded - before.decoded,
    )


async def _counters(engine: OurEngine) -> _Counters:
    metrics, health = await engine.metrics(), await engine.health()
    if STEPS not in metrics:
        raise BenchError(f"GET /metrics of the engine lacks {STEPS}; it needs a newer engine.")
    return _Counters(steps=int(metrics[STEPS]), prefilled=health.prefilled_tokens, decoded=health.decoded_tokens)

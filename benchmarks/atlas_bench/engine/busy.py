"""What a second program on the same cores does to the engine, by number of threads and by how they wait for each other.

ggml built with OpenMP waits at the barriers of libgomp, which spin before they sleep: GOMP_SPINCOUNT decides how often
(300,000 times by itself, not at all where OMP_WAIT_POLICY is passive), and the polling level of ggml's own thread pool
decides nothing. libgomp reads the variables once, as it is loaded.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from atlas_bench.engine.ours import OurEngine, our_engine
from atlas_bench.engine.report import Busy, BusyRow, Configuration, Policy
from atlas_bench.engine.theirs import LlamaGenerate, llama_generate
from atlas_bench.engine.throughput import Prompt
from atlas_pipeline.engine.launcher import SPIN_COUNT

Load = Literal["none", "spinning", "second llama.cpp"]
POLICIES: dict[Policy, dict[str, str]] = {
    "default": {"GOMP_SPINCOUNT": "300000"},
    "short": {"GOMP_SPINCOUNT": SPIN_COUNT},
    "passive": {"OMP_WAIT_POLICY": "passive"},
}
"""What libgomp does by itself, what the engine sets, and no spinning at all."""
LOADS: tuple[Load, ...] = ("none", "spinning", "second llama.cpp")
SPIN = "while True: pass"


async def measure(
    model: Path,
    folder: Path,
    *,
    threads: Sequence[int],
    rounds: int,
    k: int,
    prompt: Prompt,
    prompt_tokens: int,
    tokens: int,
    configuration: Configuration,
    progress: Callable[[str], None],
) -> Busy:
    """Measure every setting under every load."""
    rows: list[BusyRow] = []
    for count in threads:
        for policy, environment in POLICIES.items():
            async with our_engine(model, threads=count, environment=environment) as engine:
                for number in range(rounds):
                    for load in LOADS:
                        async with _loaded(load, model, folder, count, configuration):
                            text = prompt(f"busy {count} {policy} {number} {load}", prompt_tokens)
                            rate = await _rate(engine, text, k=k, tokens=tokens, seed=number)
                        rows.append(
                            BusyRow(threads=count, wait_policy=policy, load=load, round=number, tokens_per_s=rate)
                        )
                        progress(f"{count} threads, waiting {policy}, load {load}: {rate:.1f} tokens/s")
    best_threads, best_policy = best(rows)
    return Busy(rows=rows, best_threads=best_threads, best_wait_policy=best_policy)


def best(rows: Sequence[BusyRow]) -> tuple[int, Policy]:
    """Return the setting whose worst median over the loads is the best."""
    groups: dict[tuple[int, Policy], dict[Load, list[float]]] = {}
    for row in rows:
        groups.setdefault((row.threads, row.wait_policy), {}).setdefault(row.load, []).append(row.tokens_per_s)
    return max(groups, key=lambda setting: min(statistics.median(rates) for rates in groups[setting].values()))


async def _rate(engine: OurEngine, text: list[int], *, k: int, tokens: int, seed: int) -> float:
    sample = await engine.sample(text, k=k, form="one request", tokens=tokens, seed=seed)
    return round(sample.tokens / sample.seconds, 2)


@asynccontextmanager
async def _loaded(
    load: Load, model: Path, folder: Path, threads: int, configuration: Configuration
) -> AsyncGenerator[None, None]:
    """Keep the cores busy in one way."""
    if load == "none":
        yield
    elif load == "spinning":
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        spinning = [
            await asyncio.create_subprocess_exec(sys.executable, "-c", SPIN, stdin=DEVNULL) for _ in range(cores)
        ]
        try:
            yield
        finally:
            for process in spinning:
                process.kill()
                await process.wait()
    else:
        async with llama_generate(model, folder, threads=threads, configuration=configuration) as other:
            working = asyncio.create_task(_for_ever(other, configuration.context // 2))
            try:
                yield
            finally:
                working.cancel()
                other.kill()


async def _for_ever(other: LlamaGenerate, tokens: int) -> None:
    while True:
        await other.ask({"prompt": [0], "k": 1, "tokens": tokens, "seed": 0})

"""Fifty clients at once through the official `openai` client, going away at random: nothing leaks, nothing is mixed up.

Ten seconds here; `ATLAS_STRESS_S=120` makes it two minutes.
"""

from __future__ import annotations

import asyncio
import os
import random
import time

import httpx
import openai
import psutil
from openai.types.completion import Completion

from atlas_pipeline.engine.address import EngineAddress
from atlas_pipeline.engine.unix_http import ConnectionPerRequest

CLIENTS = 50
SECONDS = float(os.environ.get("ATLAS_STRESS_S", "10"))


def prompt(number: int) -> str:
    task = f'def f{number}(x):\n    """Return x times {number}."""\n\nWrite the body.'
    return f"<|im_start|>user\n{task}<|im_end|>\n<|im_start|>assistant\n"


async def health(http: httpx.AsyncClient) -> dict[str, int]:
    answer: dict[str, int] = (await http.get("/health")).json()
    return answer


async def test_fifty_clients_with_random_cancels(shared_address: EngineAddress, http: httpx.AsyncClient) -> None:
    # httpx's pool loses a connection with some cancels until a request waits for one in vain (encode/httpcore#1093).
    transport = ConnectionPerRequest(shared_address.socket)
    process = psutil.Process((await health(http))["pid"])
    rng = random.Random(7)
    texts: dict[int, set[str]] = {}
    finished = cancelled = 0

    async with openai.AsyncOpenAI(
        api_key="none",
        base_url="http://engine/v1",
        max_retries=0,
        http_client=httpx.AsyncClient(transport=transport, timeout=120),
    ) as client:

        async def ask(number: int) -> None:
            nonlocal finished
            # The grammar lets each client's own number through and nothing else: a token of another one would show.
            body = {"grammar": f'root ::= "c{number}:" [a-z]{{12}} "."', "atlas": {"priority": number % 2}}
            stream = await client.completions.create(
                model="",
                prompt=prompt(number),
                temperature=3.0,
                seed=number,
                max_tokens=80,
                stream=True,
                extra_body=body,
            )
            text = ""
            async for chunk in stream:
                assert isinstance(chunk, Completion)
                text += "".join(choice.text for choice in chunk.choices)
            texts.setdefault(number, set()).add(text)
            finished += 1

        async def user(number: int) -> None:
            nonlocal cancelled
            while time.monotonic() < until:
                asking = asyncio.create_task(ask(number))
                if rng.random() < 0.4:
                    await asyncio.sleep(rng.random() * 0.5)
                    if asking.cancel():
                        cancelled += 1
                    await asyncio.gather(asking, return_exceptions=True)
                else:
                    await asking

        async def round_of(seconds: float) -> int:
            nonlocal until
            until = time.monotonic() + seconds
            await asyncio.gather(*(user(number) for number in range(CLIENTS)))
            return process.memory_info().rss

        until = 0.0
        after_warm_up = await round_of(SECONDS / 3)
        at_the_end = await round_of(2 * SECONDS / 3)

    while (now := await health(http))["active"] or now["queued"]:
        await asyncio.sleep(0.02)
    assert now["slots_busy"] == 0
    metrics = dict(line.split() for line in (await http.get("/metrics")).text.splitlines() if not line.startswith("#"))
    assert metrics["atlas_engine_cache_cells_running"] == "0"
    assert metrics["atlas_engine_requests_failed_total"] == "0"
    assert finished > CLIENTS
    assert cancelled > 10
    for number, seen in texts.items():
        for text in seen:
            assert text.startswith(f"c{number}:"), text
            assert len(text) == len(f"c{number}:") + 13
    assert at_the_end - after_warm_up < 24 << 20, f"{after_warm_up} -> {at_the_end} bytes"
    print(f"{finished} answers, {cancelled} cancelled, {(at_the_end - after_warm_up) / 2**20:.1f} MiB more at the end")

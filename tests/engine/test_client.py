"""The `Engine` that the pipeline uses, on the real process."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace

import httpx
import numpy as np
import pytest

from atlas_pipeline.engine.api import Engine, FinishReason, Message, Sampling
from atlas_pipeline.errors import UsageError


async def test_capabilities(engine: Engine) -> None:
    facts = await engine.capabilities()
    assert facts.model.startswith("Atlas Pocket")
    assert (facts.n_ctx, facts.prompt_profile, facts.embeddings) == (1024, "pocket", True)


async def test_chat_streams_what_it_returns(engine: Engine, task: list[Message]) -> None:
    pieces: list[str] = []
    answer = await engine.chat(task, Sampling(temperature=0.0), on_text=pieces.append)
    assert "".join(pieces) == answer.text
    assert answer.text.startswith("    ")
    assert answer.finish is FinishReason.STOP
    assert answer.mean_logprob is not None
    assert -5.0 < answer.mean_logprob <= 0.0
    assert await engine.chat(task, Sampling(temperature=0.0)) == answer


async def test_complete_ends_at_max_tokens_and_stop_strings(engine: Engine, rambling: Sampling) -> None:
    whole = await engine.complete("def f(", replace(rambling, max_tokens=30))
    assert (whole.finish, whole.completion_tokens) == (FinishReason.LENGTH, 30)
    stop = whole.text[20:23]
    cut = await engine.complete("def f(", replace(rambling, stop=(stop,)))
    assert cut.text == whole.text[: whole.text.index(stop)]
    assert cut.finish is FinishReason.STOP


async def test_seeds_and_concurrent_requests(engine: Engine, task: list[Message]) -> None:
    sampled = [Sampling(temperature=100.0, top_p=1.0, max_tokens=9, seed=seed) for seed in (1, 2, 3, 1)]
    answers = await asyncio.gather(*(engine.chat(task, sampling) for sampling in sampled))
    assert answers[0] == answers[3]
    assert len({answer.text for answer in answers}) == 3


async def test_embed(engine: Engine) -> None:
    texts = [f"def f{index}(x): return {index}" for index in range(70)]
    vectors = await engine.embed(texts)
    assert vectors.shape == (70, 256)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal((await engine.embed(texts[69:]))[0], vectors[69])
    assert not math.isclose(float(np.abs(vectors[0] - vectors[1]).max()), 0.0)
    assert (await engine.embed([])).shape == (0, 256)


async def test_a_prompt_that_does_not_fit_is_a_usage_error(engine: Engine) -> None:
    with pytest.raises(UsageError, match="1,024"):
        await engine.complete("x = 1\n" * 2000, Sampling())


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_client_that_goes_away_frees_the_engine(http: httpx.AsyncClient, streamed: bool) -> None:
    before = (await http.get("/health")).json()["decoded_tokens"]
    body = {"prompt": "def f(", "n": 20, "max_tokens": 900, "ignore_eos": True, "stream": streamed}
    if streamed:
        async with http.stream("POST", "/v1/completions", json=body) as response:
            async for _line in response.aiter_lines():
                break
    else:
        request = asyncio.create_task(http.post("/v1/completions", json=body))
        while not (await http.get("/health")).json()["active"]:
            await asyncio.sleep(0.005)
        request.cancel()
    while (await http.get("/health")).json()["active"]:
        await asyncio.sleep(0.005)
    decoded = (await http.get("/health")).json()["decoded_tokens"] - before
    assert 0 <= decoded < 20 * 900 / 2


async def test_queued_requests_of_gone_clients_are_dropped(http: httpx.AsyncClient) -> None:
    body = {"prompt": "def f(", "max_tokens": 900, "ignore_eos": True}
    running = asyncio.create_task(http.post("/v1/completions", json=body))
    while not (await http.get("/health")).json()["active"]:
        await asyncio.sleep(0.005)
    waiting = [asyncio.create_task(http.post("/v1/completions", json=body)) for _ in range(5)]
    while (await http.get("/health")).json()["queued"] < 5:
        await asyncio.sleep(0.005)
    for request in waiting:
        request.cancel()
    while (await http.get("/health")).json()["queued"] > 0:
        await asyncio.sleep(0.005)
    assert (await running).json()["usage"]["completion_tokens"] == 900
    before = (await http.get("/health")).json()["decoded_tokens"]
    await http.post("/v1/completions", json=body | {"max_tokens": 1})
    assert (await http.get("/health")).json()["decoded_tokens"] == before + 1


async def test_cancelling_the_task_ends_the_request(
    engine: Engine, http: httpx.AsyncClient, rambling: Sampling
) -> None:
    started = asyncio.Event()
    request = asyncio.create_task(engine.complete("def f(", rambling, on_text=lambda _text: started.set()))
    await started.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    while (await http.get("/health")).json()["active"]:
        await asyncio.sleep(0.005)


async def test_a_consumer_that_fails_ends_the_request(
    engine: Engine, http: httpx.AsyncClient, rambling: Sampling
) -> None:
    def fail(_text: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await engine.complete("def f(", rambling, on_text=fail)
    while (await http.get("/health")).json()["active"]:
        await asyncio.sleep(0.005)

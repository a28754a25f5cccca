"""The `Engine` that the pipeline uses, on the real process."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import msgspec
import numpy as np
import pytest

from atlas_pipeline.engine.address import engine_address
from atlas_pipeline.engine.answers import Health
from atlas_pipeline.engine.api import Engine, FinishReason, Message, Sampling, Thinking
from atlas_pipeline.engine.client import LocalEngine
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.engine.model_shape import read_shape
from atlas_pipeline.engine.sampling_fields import engine_fields
from atlas_pipeline.errors import EngineLostError, UsageError
from atlas_pipeline.settings import EngineSettings


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
    again = await engine.chat(task, Sampling(temperature=0.0))
    # Which steps check drafts is a matter of measured times, and their logits are rounded differently.
    assert again.mean_logprob == pytest.approx(answer.mean_logprob, abs=1e-2)
    assert (again.text, again.completion_tokens) == (answer.text, answer.completion_tokens)


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
    assert answers[0].text == answers[3].text
    assert len({answer.text for answer in answers}) == 3


async def test_embed(engine: Engine) -> None:
    texts = [f"def f{index}(x): return {index}" for index in range(70)]
    width = read_shape(read_header(model_path(""))).width
    vectors = await engine.embed(texts)
    assert vectors.shape == (70, width)
    assert vectors.dtype == np.float32
    # Alone and in a batch: the same up to the order of sums, and to the rounding of quantized weights.
    alone = (await engine.embed(texts[69:]))[0]
    similar = vectors @ alone / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(alone))
    assert similar.argmax() == 69
    assert similar[69] > 0.999
    assert not math.isclose(float(np.abs(vectors[0] - vectors[1]).max()), 0.0)
    assert (await engine.embed([])).shape == (0, width)


async def test_embed_as_another_definition_says(engine: Engine) -> None:
    facts = await engine.capabilities()
    assert facts.embedding_definitions == ("mean-final-norm/1", "last-final-norm/1")
    assert facts.embedding_definition == facts.embedding_definitions[0]
    width = facts.n_embd
    texts = [f"def f{index}(x): return {index}" for index in range(70)]
    both = await engine.embed(texts, definitions=facts.embedding_definitions)
    assert both.shape == (70, 2 * width)
    np.testing.assert_allclose(both[:, :width], await engine.embed(texts), atol=1e-2)
    last = await engine.embed(texts, definitions=("last-final-norm/1",))
    np.testing.assert_allclose(both[:, width:], last, atol=1e-2)
    assert (await engine.embed([], definitions=facts.embedding_definitions)).shape == (0, 2 * width)
    with pytest.raises(UsageError, match="no embeddings 'first/1'; it has mean-final-norm/1, last-final-norm/1"):
        await engine.embed(texts, definitions=("first/1",))


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
    slots = (await http.get("/health")).json()["slots"]
    body = {"prompt": "def f(", "max_tokens": 150, "ignore_eos": True}
    running = asyncio.create_task(http.post("/v1/completions", json=body | {"n": slots}))
    while (await http.get("/health")).json()["slots_busy"] < slots:
        await asyncio.sleep(0.005)
    waiting = [asyncio.create_task(http.post("/v1/completions", json=body)) for _ in range(5)]
    while (await http.get("/health")).json()["queued"] < 5:
        await asyncio.sleep(0.005)
    for request in waiting:
        request.cancel()
    while (await http.get("/health")).json()["queued"] > 0:
        await asyncio.sleep(0.005)
    assert (await running).json()["usage"]["completion_tokens"] == slots * 150
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


async def test_cancelled_requests_leave_no_connections(engine: Engine, http: httpx.AsyncClient) -> None:
    """At any moment: while the connection is made, before anything is sent, during the answer."""
    await engine.complete("def f(", Sampling(max_tokens=1))
    pid = (await http.get("/health")).json()["pid"]
    await asyncio.sleep(0.1)
    before = [count_files(process) for process in (pid, os.getpid())]
    for waiting in range(120):
        request = asyncio.create_task(engine.complete("def f(", Sampling(max_tokens=300, temperature=1.5)))
        for _ in range(waiting % 30):
            await asyncio.sleep(0)
        if waiting >= 90:
            await asyncio.sleep(0.0005 * (waiting - 90))
        request.cancel()
        with suppress(asyncio.CancelledError):
            await request
    while [count_files(process) for process in (pid, os.getpid())] > before:
        await asyncio.sleep(0.05)
    assert not (await http.get("/health")).json()["queued"]


def count_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def test_a_consumer_that_fails_ends_the_request(
    engine: Engine, http: httpx.AsyncClient, rambling: Sampling
) -> None:
    def fail(_text: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await engine.complete("def f(", rambling, on_text=fail)
    while (await http.get("/health")).json()["active"]:
        await asyncio.sleep(0.005)


def health(settings: EngineSettings) -> Health:
    """Ask the engine for these settings, without a lease."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(engine_address(settings).socket))
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    return msgspec.json.decode(answer.split(b"\r\n\r\n", 1)[1], type=Health)


def listens(settings: EngineSettings) -> bool:
    try:
        health(settings)
    except OSError:
        return False
    return True


async def kill_while_decoding(settings: EngineSettings, but: int = 0) -> int:
    """Kill the engine, if it is not process `but`, once it has decoded something."""
    while True:
        try:
            now = health(settings)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        if now.pid != but and now.decoded_tokens > 0:
            os.kill(now.pid, signal.SIGKILL)
            return now.pid
        await asyncio.sleep(0.005)


@asynccontextmanager
async def local_engine(settings: EngineSettings, told: list[str]) -> AsyncIterator[LocalEngine]:
    """A client of an engine of its own, which is gone afterwards."""
    client = LocalEngine(settings, on_notice=told.append)
    try:
        yield client
    finally:
        await client.aclose()
        while listens(settings):
            await asyncio.sleep(0.02)


async def test_a_request_whose_engine_is_killed_is_asked_once_more(
    own_settings: EngineSettings, rambling: Sampling
) -> None:
    told: list[str] = []
    async with local_engine(own_settings, told) as client:
        whole = await client.complete("def f(", replace(rambling, max_tokens=700))
        os.kill(health(own_settings).pid, signal.SIGKILL)
        request = asyncio.create_task(client.complete("def f(", replace(rambling, max_tokens=700)))
        killed = await kill_while_decoding(own_settings)
        assert (await request).text == whole.text
        assert health(own_settings).pid != killed
        assert client.notices == tuple(told)
        assert [text.partition(";")[0] for text in told] == ["The engine has gone"] * 2


async def test_a_request_that_loses_two_engines_fails(own_settings: EngineSettings, rambling: Sampling) -> None:
    told: list[str] = []
    async with local_engine(own_settings, told) as client:
        await client.capabilities()
        request = asyncio.create_task(client.complete("def f(", rambling))
        killed = await kill_while_decoding(own_settings)
        await kill_while_decoding(own_settings, but=killed)
        with pytest.raises(EngineLostError, match="second time during the same request"):
            await request
        assert len(told) == 1
        assert (await client.complete("def f(", Sampling(max_tokens=3))).completion_tokens > 0
        assert len(told) == 2


async def test_a_request_whose_text_was_shown_is_not_asked_again(
    own_settings: EngineSettings, rambling: Sampling
) -> None:
    told: list[str] = []
    shown: list[str] = []
    async with local_engine(own_settings, told) as client:
        await client.capabilities()
        pid = health(own_settings).pid

        def kill(text: str) -> None:
            if not shown:
                os.kill(pid, signal.SIGKILL)
            shown.append(text)

        with pytest.raises(EngineLostError, match="went away during a request"):
            await client.complete("def f(", rambling, on_text=kill)
        assert told == []


async def test_a_request_that_waits_for_its_first_token_is_asked_again(
    own_settings: EngineSettings, task: list[Message]
) -> None:
    """The one that is shown is asked again too, as long as nothing of it was: here it waits for a stopped process."""
    told: list[str] = []
    shown: list[list[str]] = [[], [], [], []]
    async with local_engine(own_settings, told) as client:
        await client.capabilities()
        pid = health(own_settings).pid
        os.kill(pid, signal.SIGSTOP)
        greedy = Sampling(temperature=0.0)
        requests = [asyncio.create_task(client.chat(task, greedy, on_text=pieces.append)) for pieces in shown]
        await asyncio.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        answers = await asyncio.gather(*requests)
        assert ["".join(pieces) for pieces in shown] == [answer.text for answer in answers]
        assert all(answer.text for answer in answers)
        assert len(told) == 1


async def test_embedding_survives_a_killed_engine(own_settings: EngineSettings) -> None:
    told: list[str] = []
    async with local_engine(own_settings, told) as client:
        before = await client.embed(["def f(x): return x"])
        os.kill(health(own_settings).pid, signal.SIGKILL)
        np.testing.assert_array_equal(await client.embed(["def f(x): return x"]), before)
        assert len(told) == 1


def test_only_what_was_asked_for_is_sent() -> None:
    plain = engine_fields(Sampling())
    assert not {"top_k", "min_p", "grammar", "json_schema", "atlas", "stop"} & set(plain)
    full = engine_fields(
        Sampling(
            top_k=40,
            min_p=0.05,
            json_schema='{"type": "integer"}',
            thinking=Thinking(min=2, max=8, max_waits=1),
            priority=3,
            deterministic=True,
            stop=("x",),
        )
    )
    assert (full["top_k"], full["min_p"], full["json_schema"], full["stop"]) == (40, 0.05, {"type": "integer"}, ["x"])
    assert full["atlas"] == {
        "thinking": {"min": 2, "max": 8, "max_waits": 1},
        "priority": 3,
        "deterministic": True,
    }
    assert engine_fields(Sampling(thinking=Thinking(min=1)))["atlas"] == {"thinking": {"min": 1, "max_waits": 0}}
    assert engine_fields(Sampling(grammar='root ::= "a"'))["grammar"] == 'root ::= "a"'
    with pytest.raises(UsageError, match="not JSON"):
        engine_fields(Sampling(json_schema="{"))

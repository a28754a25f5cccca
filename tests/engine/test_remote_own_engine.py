"""Our own engine behind a TCP forwarder and behind its socket: recognised, and asked with everything it has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import httpx
import numpy as np
import pytest

from atlas_pipeline.engine.address import EngineAddress
from atlas_pipeline.engine.api import Engine, Message, Sampling, Thinking
from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.remote.engine import RemoteEngine
from atlas_pipeline.errors import EngineLostError, UsageError
from atlas_pipeline.settings import EngineSettings


class Forwarder:
    """Copies bytes between TCP connections and the engine's socket; `cut` breaks all of them."""

    def __init__(self, address: EngineAddress) -> None:
        self.address = address
        self.url = ""
        self.writers: set[asyncio.StreamWriter] = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(str(self.address.socket))
        self.writers |= {writer, there_writer}
        with suppress(OSError):
            async with asyncio.TaskGroup() as group:
                group.create_task(self.copy(reader, there_writer))
                group.create_task(self.copy(there_reader, writer))

    async def copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


@pytest.fixture
async def forwarder(shared_address: EngineAddress) -> AsyncIterator[Forwarder]:
    forwarder = Forwarder(shared_address)
    server = await asyncio.start_server(forwarder.connected, "127.0.0.1", 0)
    forwarder.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    yield forwarder
    forwarder.cut()
    server.close()


@pytest.fixture
async def remote(forwarder: Forwarder) -> AsyncIterator[Engine]:
    client = await connect(EngineSettings(url=forwarder.url))
    yield client
    await client.aclose()


async def test_it_is_recognised_and_answers_as_it_does_nearby(
    remote: Engine, engine: Engine, task: list[Message], rambling: Sampling
) -> None:
    assert isinstance(remote, RemoteEngine)
    assert await remote.capabilities() == await engine.capabilities()
    assert (await remote.capabilities()).missing == ()
    greedy = Sampling(temperature=0.0, deterministic=True)
    pieces: list[str] = []
    assert await remote.chat(task, greedy, on_text=pieces.append) == await engine.chat(task, greedy)
    assert "".join(pieces).startswith("    ")
    exact = replace(rambling, max_tokens=20, deterministic=True, top_k=50, min_p=0.001, priority=1)
    assert await remote.complete("def f(", exact) == await engine.complete("def f(", exact)
    forced = await remote.complete("def f(", replace(rambling, grammar='root ::= "x" | "y"'))
    assert forced.text in ("x", "y")
    schema = Sampling(json_schema='{"type": "object", "properties": {"a": {"enum": [7]}}, "required": ["a"]}')
    assert "7" in (await remote.chat(task, schema)).text
    assert (await remote.chat(task, replace(greedy, thinking=Thinking(max=4)))).text
    np.testing.assert_allclose(await remote.embed(["x", "yy"]), await engine.embed(["x", "yy"]), atol=1e-2)
    assert remote.notices == ()
    with pytest.raises(UsageError, match="1,024"):
        await remote.complete("x = 1\n" * 2000, Sampling())


async def test_through_its_socket(shared_address: EngineAddress, engine: Engine) -> None:
    client = await connect(EngineSettings(url=f"unix:{shared_address.socket}"))
    assert await client.capabilities() == await engine.capabilities()
    await client.aclose()


async def test_cancelling_and_cutting_free_the_engine(
    remote: Engine, forwarder: Forwarder, http: httpx.AsyncClient, rambling: Sampling
) -> None:
    began = asyncio.Event()
    request = asyncio.create_task(remote.complete("def f(", rambling, on_text=lambda _: began.set()))
    await began.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    while (await http.get("/health")).json()["active"]:
        await asyncio.sleep(0.005)
    with pytest.raises(EngineLostError, match="broke off"):
        await remote.complete("def f(", rambling, on_text=lambda _: forwarder.cut())
    while (await http.get("/health")).json()["active"]:
        await asyncio.sleep(0.005)
    assert (await remote.complete("def f(", replace(rambling, max_tokens=5))).completion_tokens == 5

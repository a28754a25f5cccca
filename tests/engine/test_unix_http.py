"""HTTP over a Unix socket: however a request ends, its connection ends with it and nothing is logged."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from atlas_pipeline.engine.unix_http import ConnectionPerRequest

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"


class Server:
    """One connection, of which the test decides each byte and when it is sent."""

    def __init__(self, path: Path) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.setblocking(False)
        self._listener.bind(str(path))
        self._listener.listen()
        self.sock = self._listener
        self.request = b""

    async def accept(self) -> None:
        loop = asyncio.get_running_loop()
        self.sock, _ = await loop.sock_accept(self._listener)
        while b"\r\n\r\n" not in self.request:
            self.request += await loop.sock_recv(self.sock, 65536)

    async def left(self) -> bytes:
        """Return what comes until the client closes the connection."""
        found = b""
        with suppress(ConnectionResetError):  # closed with bytes of ours that it had not read
            while part := await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.sock, 65536), 10):
                found += part
        return found

    def close(self) -> None:
        self.sock.close()
        self._listener.close()


@asynccontextmanager
async def connected(tmp_path: Path, timeout_s: float | None = None) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(tmp_path / "socket")
    async with httpx.AsyncClient(
        transport=ConnectionPerRequest(tmp_path / "socket"), base_url="http://engine", timeout=timeout_s
    ) as client:
        yield server, client
    server.close()


async def test_the_request_and_the_answer_are_whole(tmp_path: Path) -> None:
    async with connected(tmp_path) as (server, client):
        asked = asyncio.create_task(client.post("/v1/x?y=%20", json={"a": 1}, headers={"x-mine": "1"}))
        await server.accept()
        await asyncio.sleep(0)
        server.sock.send(b"HTTP/1.1 418 no\r\nx-its: 1\r\ncontent-length: 4\r\n\r\ndone")
        answer = await asked
        assert (answer.status_code, answer.headers["x-its"], answer.text) == (418, "1", "done")
        head, _, body = (server.request + await server.left()).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/x?y=%20 HTTP/1.1\r\n")
    assert b"\r\nx-mine: 1\r\n" in head + b"\r\n"
    assert body == b'{"a":1}'


async def test_a_reader_cancelled_as_bytes_arrive_leaves_no_error(tmp_path: Path) -> None:
    """The socket is readable in the very step of the loop in which its reader is cancelled."""
    loop = asyncio.get_running_loop()
    errors: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: errors.append(context))
    parts: list[bytes] = []

    async with connected(tmp_path) as (server, client):

        async def read() -> None:
            async with client.stream("GET", "/") as response:
                async for part in response.aiter_raw():
                    parts.append(part)

        reading = asyncio.create_task(read())
        await server.accept()
        server.sock.send(STREAM)
        while not parts:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)  # it waits for more
        server.sock.send(b"3\r\ndef\r\n")
        loop.call_soon(reading.cancel)  # before the loop looks at the socket again
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await server.left() == b""
    assert parts == [b"abc"]
    assert errors == []


async def test_what_a_cancelled_request_has_not_sent_is_dropped(tmp_path: Path) -> None:
    async with connected(tmp_path) as (server, client):
        size = 64 << 20  # more than the socket's buffers hold
        asked = asyncio.create_task(client.post("/", content=bytes(size)))
        await server.accept()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert len(await server.left()) < size


async def test_errors_have_the_names_of_httpx(tmp_path: Path) -> None:
    async with httpx.AsyncClient(transport=ConnectionPerRequest(tmp_path / "none")) as client:
        with pytest.raises(httpx.ConnectError) as raised:
            await client.get("http://engine/")
        assert raised.value.request.url == "http://engine/"
    for number, (said, error) in enumerate(
        [
            (b"", httpx.RemoteProtocolError),
            (b"no HTTP\r\n\r\n", httpx.RemoteProtocolError),
            (STREAM, httpx.RemoteProtocolError),
        ]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with connected(folder) as (server, client):
            asked = asyncio.create_task(client.get("/"))
            await server.accept()
            server.sock.send(said)
            server.sock.close()
            with pytest.raises(error):
                await asked


async def test_silence_ends_where_a_time_is_given(tmp_path: Path) -> None:
    async with connected(tmp_path, timeout_s=0.05) as (server, client):
        asked = asyncio.create_task(client.get("/"))
        await server.accept()
        with pytest.raises(httpx.ReadTimeout):
            await asked
        assert await server.left() == b""

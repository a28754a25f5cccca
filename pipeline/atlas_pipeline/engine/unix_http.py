"""HTTP over a Unix socket, a connection for each request.

Not httpx's own transport, for two reasons that come from cancelling, and requests are cancelled all the time here:

- Of a request that is cancelled between its connection being made and used, its pool keeps the open connection for ever
  and never uses it again (encode/httpcore#1093, open as of 1.0.9); each would be a file open here and in the engine.
- Its Unix sockets are anyio's. One that becomes readable in the step of the loop in which its reader is cancelled sets
  the result of a future that is cancelled already, and asyncio logs the traceback (as of anyio 4.16.0).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpcore
import httpx


class ConnectionPerRequest(httpx.AsyncBaseTransport):
    """A transport whose connections end with their requests, however these end."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        asked = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.stream, extensions=request.extensions
        )
        connection = httpcore.AsyncHTTPConnection(url.origin, uds=self._path, network_backend=_AsyncioBackend())
        try:
            with _errors_of_httpx():
                answer = await connection.handle_async_request(asked)
        except BaseException:
            await connection.aclose()
            raise
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer, connection), extensions=answer.extensions
        )


class _Stream(httpx.AsyncByteStream):
    """A response's body, which closes its connection."""

    def __init__(self, answer: httpcore.Response, connection: httpcore.AsyncHTTPConnection) -> None:
        self._answer = answer
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            assert isinstance(self._answer.stream, AsyncIterable)
            async for part in self._answer.stream:
                yield part

    async def aclose(self) -> None:
        try:
            await self._answer.aclose()
        finally:
            await self._connection.aclose()


class _AsyncioBackend(httpcore.AsyncNetworkBackend):
    """Unix sockets as asyncio's own streams have them."""

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's interface)
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        with _errors_as(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                return _AsyncioStream(*await asyncio.open_unix_connection(path))


class _AsyncioStream(httpcore.AsyncNetworkStream):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        with _errors_as(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        with _errors_as(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        # Not `close`, which first sends what is left of a request that nobody waits for.
        self._writer.transport.abort()


@contextmanager
def _errors_as(too_late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise too_late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Name httpcore's errors as callers of httpx know them; both have the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error

"""HTTP over a Unix socket, a connection for each request.

Not httpx's own pool: of a request that is cancelled between its connection being made and used, the pool keeps the open
connection for ever and never uses it again (encode/httpcore#1093, open as of 1.0.9). Requests are cancelled all the time
here, and each such connection would be a file open in this process and in the engine.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

# Nothing is encrypted; without a context of ours httpx reads all certificates of the system, which takes 0.1 s.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class ConnectionPerRequest(httpx.AsyncBaseTransport):
    """A transport whose connections end with their requests, however these end."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        connection = httpx.AsyncHTTPTransport(uds=self._path, verify=_NO_CERTIFICATES)
        try:
            response = await connection.handle_async_request(request)
        except BaseException:
            await connection.aclose()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Stream(response.stream, connection)
        return response


class _Stream(httpx.AsyncByteStream):
    """A response's body, which closes its connection."""

    def __init__(self, stream: httpx.AsyncByteStream, connection: httpx.AsyncHTTPTransport) -> None:
        self._stream = stream
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            await self._connection.aclose()

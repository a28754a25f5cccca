"""Parts of HTTP that have nothing to do with models: bodies with a limit, errors as OpenAI objects, gone clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from atlas_pipeline.engine.answers import ErrorAnswer, ErrorBody
from atlas_pipeline.engine.requests import RequestError

MAX_BODY_BYTES = 16 << 20

Result = TypeVar("Result")


def json_response(value: object, status: int = 200) -> Response:
    """Return `value` as a JSON response."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def error_response(
    message: str, status: int, *, kind: str = "invalid_request_error", param: str | None = None, code: str | None = None
) -> Response:
    """Return OpenAI's error object."""
    body = ErrorBody(message=message, type=kind, param=param, code=code)
    return json_response(ErrorAnswer(error=body), status)


async def read_body(request: Request) -> bytes:
    """Return the request's body.

    Raises:
        RequestError: it is too large.
        ClientDisconnect: the client went away before it was complete.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise RequestError(f"The body is larger than {MAX_BODY_BYTES:,} bytes.", code="body_too_large")
    return bytes(body)


async def unless_disconnected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` returns; cancels it if the client goes away first. The body must have been read.

    Raises:
        ClientDisconnect: the client went away.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class ClosingStream(StreamingResponse):
    """A streamed response whose generator is closed the moment the response ends, however it ends."""

    def __init__(self, content: AsyncGenerator[bytes, None]) -> None:
        super().__init__(content, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        async with aclosing(self._content):
            await super().__call__(scope, receive, send)

"""HTTP to one server: time-outs that know cold loads, bounded bodies, server-sent events, errors of any shape."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from atlas_pipeline.engine.remote.api_key import ApiKey
from atlas_pipeline.engine.remote.endpoint import Endpoint
from atlas_pipeline.engine.remote.retrying import Failure, retry_after_s
from atlas_pipeline.engine.streamed import Chunk
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    import httpx

MAX_ANSWER_BYTES = 64 << 20
"""A batch of embeddings as JSON numbers takes some megabytes."""
MAX_LINE_BYTES = 4 << 20
MAX_ERROR_BYTES = 64 << 10
MAX_QUOTED = 300
"""Characters of a server's words that are quoted in a message."""
METADATA_TIMEOUT_S = 30.0
"""For what a server knows without its model."""

Result = TypeVar("Result")


class RemoteHttp:
    """One server's API. Every method raises `Failure` and nothing else of HTTP's."""

    def __init__(self, endpoint: Endpoint, key: ApiKey, settings: EngineSettings) -> None:
        import httpx

        self.endpoint = endpoint
        self.key = key
        self.has_answered = False
        self._first_byte_s = settings.first_byte_timeout_s or None
        self._silence_s = settings.timeout_s or None
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=settings.concurrency)
        transport = httpx.AsyncHTTPTransport(uds=endpoint.socket, limits=limits) if endpoint.socket else None
        # At DEBUG it logs the heads of answers, and servers repeat keys in the strangest places.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            transport=transport,
            limits=limits,
            headers=key.headers,
            # Silence is timed here, line by line; httpx knows no difference between the first byte and the others.
            timeout=httpx.Timeout(None, connect=settings.connect_timeout_s),
            # A proxy from the environment is right for other machines and wrong for this one.
            trust_env=not endpoint.is_local,
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(self, url: str) -> Any:
        """Return the JSON of what a server says about itself."""
        return await self._json("GET", url, None, METADATA_TIMEOUT_S)

    async def post(self, url: str, body: dict[str, Any]) -> Any:
        """Return the JSON of an answer that is not streamed."""
        return await self._json("POST", url, body, self._first_byte_s)

    async def chunks(self, url: str, body: dict[str, Any]) -> AsyncGenerator[Chunk, None]:
        """Give the chunks of an answer; closing the generator closes the connection, which cancels the request.

        A server that does not stream gives one chunk. The end of the stream is no error here, whether or not it was
        announced: the caller knows whether the answer is complete.
        """
        async with self._opened("POST", url, body, self._first_byte_s) as response:
            if "text/event-stream" not in response.headers.get("content-type", ""):
                content = await self._body(response, MAX_ANSWER_BYTES, self._first_byte_s)
                chunk = self._chunk(content, response.status_code)
                if chunk.choices is None:
                    raise self._failure(f"wrote what is no OpenAI answer: {self._quote(content)}", 400)
                yield chunk
                return
            async with aclosing(self._events(response)) as events:
                async for event in events:
                    yield self._chunk(event, response.status_code)

    async def _json(self, method: str, url: str, body: dict[str, Any] | None, timeout_s: float | None) -> Any:
        async with self._opened(method, url, body, timeout_s) as response:
            content = await self._body(response, MAX_ANSWER_BYTES, timeout_s)
            status = response.status_code
        try:
            value = msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            raise self._failure(f"answered no JSON: {self._quote(content)}", 400) from error
        # LM Studio answers unknown paths, vLLM some refused requests, with 200 and an error.
        if isinstance(value, dict) and (value.get("error") or value.get("object") == "error"):
            raise self._refusal(value.get("error") or value, status)
        return value

    @asynccontextmanager
    async def _opened(
        self, method: str, url: str, body: dict[str, Any] | None, timeout_s: float | None
    ) -> AsyncGenerator[httpx.Response, None]:
        """Hold the response to a request, its head read and its status good; turns HTTP's errors into `Failure`."""
        import httpx

        request = self._client.build_request(
            method,
            url,
            content=None if body is None else msgspec.json.encode(body),
            headers={} if body is None else {"Content-Type": "application/json"},
        )
        try:
            response = await _in_time(self._client.send(request, stream=True), timeout_s)
            self.has_answered = True
            try:
                if not response.is_success:
                    raise await self._status_failure(response)
                yield response
            finally:
                await response.aclose()
        except TimeoutError as error:
            raise Failure(
                f"{self.endpoint.name} did not begin to answer within {timeout_s:g} s. If it loads a large model, "
                "raise the setting `engine.first_byte_timeout_s`."
            ) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Failure(
                f"{self.endpoint.name} cannot be reached ({self._quote(str(error).encode()) or type(error).__name__}). "
                "Is the server running, and is `engine.url` right?",
                lost=True,
                connecting=True,
            ) from error
        except httpx.TransportError as error:
            raise Failure(
                f"{self.endpoint.name} closed the connection ({type(error).__name__}: "
                f"{self._quote(str(error).encode())}).",
                lost=True,
            ) from error
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            raise Failure(f"{self.endpoint.name} cannot be understood ({type(error).__name__}).") from error

    async def _events(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """Give the data of server-sent events up to `[DONE]` or the end of the stream."""
        waiting_s = self._first_byte_s
        async with aclosing(_lines(response.aiter_bytes())) as lines:
            while True:
                try:
                    line = await _in_time(anext(lines, None), waiting_s)
                except TimeoutError as error:
                    setting = "timeout_s" if waiting_s == self._silence_s else "first_byte_timeout_s"
                    raise Failure(
                        f"{self.endpoint.name} was silent for {waiting_s:g} s in an answer. "
                        f"Raise the setting `engine.{setting}` if that is usual there.",
                        lost=True,
                    ) from error
                except ValueError as error:
                    raise self._failure(str(error), response.status_code) from error
                if line is None or line in (b"data: [DONE]", b"data:[DONE]"):
                    return
                if line.startswith(b"data:"):
                    waiting_s = self._silence_s
                    yield line[5:].strip()
                elif line.startswith(b"{"):
                    # Ollama, and servers in front of others, write an error without the form of an event.
                    yield line

    def _chunk(self, content: bytes, status: int) -> Chunk:
        try:
            chunk = msgspec.json.decode(content, type=Chunk)
        except msgspec.DecodeError as error:
            raise self._failure(f"wrote what is no OpenAI answer ({error}): {self._quote(content)}", status) from error
        if chunk.error:
            raise self._refusal(chunk.error, status)
        return chunk

    async def _body(self, response: httpx.Response, limit: int, timeout_s: float | None) -> bytes:
        body = bytearray()
        stream = aiter(response.aiter_bytes())
        while (data := await _in_time(anext(stream, None), timeout_s)) is not None:
            body += data
            if len(body) > limit:
                raise self._failure(f"answered more than {limit:,} bytes", response.status_code)
        return bytes(body)

    async def _status_failure(self, response: httpx.Response) -> Failure:
        status = response.status_code
        if response.is_redirect:
            # Not followed: the user allowed this host, not another.
            to = self._quote(response.headers.get("location", "").encode())
            return self._failure(f"redirects to {to!r}; if that is right, set `engine.url` to it", status)
        try:
            body = await self._body(response, MAX_ERROR_BYTES, METADATA_TIMEOUT_S)
        except Failure:
            body = b"(a long page)"
        wait = retry_after_s(response.headers.get("retry-after"))
        try:
            value = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return self._failure(f"answered {status}: {self._quote(body) or 'nothing'}", status, retry_after_s=wait)
        error = value.get("error", value) if isinstance(value, dict) else value
        return self._refusal(error, status, retry_after_s=wait)

    def _refusal(self, error: Any, status: int, *, retry_after_s: float | None = None) -> Failure:
        """Return the failure for an error object: OpenAI's, vLLM's with a number as its code, or Ollama's bare text."""
        if isinstance(error, dict):
            said = error.get("message") or error.get("detail") or msgspec.json.encode(error).decode()
            code, number = error.get("code"), error.get("code")
            status = number if status < 400 and isinstance(number, int) else status
        else:
            said, code = error, ""
        return self._failure(
            f"answered {status if status >= 400 else 'an error'}: {self._quote(str(said).encode())}",
            status if status >= 400 else 400,
            code=str(code or ""),
            retry_after_s=retry_after_s,
        )

    def _failure(self, what: str, status: int, *, code: str = "", retry_after_s: float | None = None) -> Failure:
        return Failure(f"{self.endpoint.name} {what}", status=status, code=code, retry_after_s=retry_after_s)

    def _quote(self, content: bytes) -> str:
        """Return the beginning of a server's words on one line and without the key."""
        text = " ".join(self.key.redact(content.decode(errors="replace")).split())
        text = "".join(character if character.isprintable() else "?" for character in text)
        return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."


async def _in_time(work: Awaitable[Result], timeout_s: float | None) -> Result:
    async with asyncio.timeout(timeout_s):
        return await work


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    r"""Split a stream at \n, \r\n and \r; raises ValueError at a line that has no end."""
    rest = b""
    async for data in chunks:
        *lines, rest = (rest + data).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            yield line
        if len(rest) > MAX_LINE_BYTES:
            raise ValueError(f"wrote a line of more than {MAX_LINE_BYTES:,} bytes")
    if rest:
        yield rest

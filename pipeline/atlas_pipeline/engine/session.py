"""One client's connection to one engine process: its lease, its HTTP client, and what the loaded model can do."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from atlas_pipeline.engine.address import EngineAddress
from atlas_pipeline.engine.answers import EmbeddingAnswer, ErrorAnswer, ErrorBody, Health, ModelList
from atlas_pipeline.engine.api import Capabilities, Completion, Message, Sampling
from atlas_pipeline.engine.launcher import start_error
from atlas_pipeline.engine.lease import Lease
from atlas_pipeline.engine.sampling_fields import engine_fields
from atlas_pipeline.engine.streamed import Chunk, Gathering
from atlas_pipeline.errors import EngineError, EngineLostError, EngineStartError, ModelFileError, UsageError

if TYPE_CHECKING:
    import httpx
    import numpy as np
    from numpy.typing import NDArray

OnLoad = Callable[[float], None]
"""Takes the fraction of the model that is loaded, 0 to 1, on the event loop."""

LOAD_POLL_S = 0.05
EMBEDDING_BATCH = 64
EVENT = "data: "
LAST_EVENT = "[DONE]"


class Session:
    """A lease on a loaded engine, and the requests made under it."""

    def __init__(self, lease: Lease, address: EngineAddress, http: httpx.AsyncClient) -> None:
        self.capabilities: Capabilities
        self._lease = lease
        self._lost = False
        self._address = address
        self._http = http

    @classmethod
    async def open(cls, lease: Lease, address: EngineAddress, load_timeout_s: float, on_load: OnLoad | None) -> Session:
        """Wait until the model is loaded; takes the lease over, and gives it back if that fails.

        Raises:
            ModelFileError: llama.cpp cannot load this file.
            UsageError: the settings contradict each other or the model.
            EngineStartError: the engine died, failed or took too long.
        """
        http = engine_http(address)
        session = cls(lease, address, http)
        try:
            await wait_until_loaded(http, address, load_timeout_s, on_load)
            models = msgspec.json.decode(await _get(http, address, "/v1/models"), type=ModelList)
            assert models.data[0].atlas is not None
            session.capabilities = models.data[0].atlas.capabilities
        except BaseException:
            await session.aclose()
            raise
        return session

    def is_alive(self) -> bool:
        """Return whether the engine is still there."""
        # A killed process's connections close one by one: that of a request may be gone before that of the lease.
        return not self._lost and self._lease.is_open()

    async def complete(self, prompt: str, sampling: Sampling, answer: Gathering) -> Completion:
        """See `Engine.complete`; the answer is gathered in `answer`."""
        body = engine_fields(sampling) | {"prompt": prompt, "logprobs": 0}
        return await self._generate("/v1/completions", body, answer)

    async def chat(self, messages: Sequence[Message], sampling: Sampling, answer: Gathering) -> Completion:
        """See `Engine.chat`; the answer is gathered in `answer`."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        body = engine_fields(sampling) | {"messages": turns, "logprobs": True}
        return await self._generate("/v1/chat/completions", body, answer)

    async def embed(self, texts: Sequence[str], *, definitions: Sequence[str] = ()) -> NDArray[np.float32]:
        """See `Engine.embed`."""
        import numpy as np

        options = {"atlas": {"definitions": list(definitions)}} if definitions else {}
        rows: list[NDArray[np.float32]] = []
        for start in range(0, len(texts), EMBEDDING_BATCH):
            batch = list(texts[start : start + EMBEDDING_BATCH])
            body = {"input": batch, "encoding_format": "base64", **options}
            answer = msgspec.json.decode(await self._post("/v1/embeddings", body), type=EmbeddingAnswer)
            rows.extend(np.frombuffer(base64.b64decode(str(row.embedding)), dtype="<f4") for row in answer.data)
        return np.array(rows, dtype=np.float32).reshape(len(texts), max(1, len(definitions)) * self.capabilities.n_embd)

    async def _generate(self, path: str, body: dict[str, Any], answer: Gathering) -> Completion:
        async with aclosing(self._events(path, body)) as events:
            async for event in events:
                answer.add(msgspec.json.decode(event, type=Chunk))
        if answer.finish_reason is None:
            raise EngineLostError(f"The engine ended its answer early. Its log is {self._address.log}.")
        return answer.result()

    async def _post(self, path: str, body: dict[str, Any]) -> bytes:
        """Return the answer to a request that is not streamed; raises as `_events`."""
        import httpx

        self._check_open()
        try:
            response = await self._http.post(path, content=msgspec.json.encode(body))
        except httpx.TransportError as error:
            raise self._lose(error) from error
        if response.is_error:
            raise _refusal(response.content)
        return response.content

    async def _events(self, path: str, body: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        """Give the events of a streamed answer; closing the generator ends the request.

        Raises:
            UsageError: the engine refuses the request, for example because the prompt does not fit.
            EngineError: the engine failed.
            EngineLostError: the engine went away.
        """
        import httpx

        self._check_open()
        try:
            async with self._http.stream("POST", path, content=msgspec.json.encode(body)) as response:
                if response.is_error:
                    raise _refusal(await response.aread())
                async for line in response.aiter_lines():
                    if line == EVENT + LAST_EVENT:
                        return
                    if line.startswith(EVENT + '{"error"'):
                        raise _refusal(line[len(EVENT) :].encode())
                    if line.startswith(EVENT):
                        yield line[len(EVENT) :].encode()
        except httpx.TransportError as error:
            raise self._lose(error) from error
        raise EngineLostError(f"The engine ended its answer early. Its log is {self._address.log}.")

    async def aclose(self) -> None:
        """Give the lease back and close all connections."""
        self._lease.close()
        await self._http.aclose()

    def _check_open(self) -> None:
        # Another request may have found the engine gone, and closed this session, since this one took it.
        if self._http.is_closed:
            raise self._lose(ConnectionError("the connection was given up"))

    def _lose(self, cause: Exception) -> EngineLostError:
        self._lost = True
        return EngineLostError(
            f"The engine went away during a request ({cause!r}). "
            f"The next request starts it again; its log is {self._address.log}."
        )


def engine_http(address: EngineAddress) -> httpx.AsyncClient:
    """Return a client of the engine at `address`; no time is too long for it."""
    import httpx

    from atlas_pipeline.engine.unix_http import ConnectionPerRequest

    return httpx.AsyncClient(
        transport=ConnectionPerRequest(address.socket),
        base_url="http://engine",
        # Prompts of minutes and long queues are no errors; a dead engine closes its connections.
        timeout=httpx.Timeout(None),
        trust_env=False,
    )


async def wait_until_loaded(
    http: httpx.AsyncClient, address: EngineAddress, timeout_s: float, on_load: OnLoad | None
) -> None:
    """Return when the engine at `address` has loaded its model.

    Raises:
        ModelFileError: llama.cpp cannot load this file.
        UsageError: the settings contradict each other or the model.
        EngineStartError: the engine died, failed or took too long.
    """
    deadline = time.monotonic() + timeout_s
    while (health := await _health(http, address)).status == "loading":
        if on_load is not None:
            on_load(health.progress)
        if time.monotonic() > deadline:
            raise EngineStartError(
                f"The model was not loaded within {timeout_s:g} s ({health.progress:.0%} done). "
                "Raise the setting `engine.load_timeout_s`, or use a smaller model."
            )
        await asyncio.sleep(LOAD_POLL_S)
    if health.status == "error":
        if health.code == "settings":
            raise UsageError(health.message)
        error = start_error(address, health.message)
        raise ModelFileError(str(error)) if health.code == "model_file" else error
    if on_load is not None:
        on_load(1.0)


async def _health(http: httpx.AsyncClient, address: EngineAddress) -> Health:
    return msgspec.json.decode(await _get(http, address, "/health"), type=Health)


async def _get(http: httpx.AsyncClient, address: EngineAddress, path: str) -> bytes:
    import httpx

    try:
        response = await http.get(path)
    except httpx.TransportError as error:
        raise start_error(address, "The engine died while it loaded the model.") from error
    return response.content


def _refusal(answer: bytes) -> EngineError | UsageError:
    """Return the exception for OpenAI's error object."""
    try:
        error = msgspec.json.decode(answer, type=ErrorAnswer).error
    except msgspec.DecodeError:
        error = ErrorBody(message=f"The engine answered {answer[:200]!r}.", type="server_error")
    if error.code in ("model_file", "chat_template"):
        return ModelFileError(error.message)
    if error.code == "settings":
        return UsageError(error.message)
    return UsageError(error.message) if error.type == "invalid_request_error" else EngineError(error.message)

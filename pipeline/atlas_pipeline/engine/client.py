"""The `Engine` that talks to an engine process over its Unix socket; the first request finds or starts the process."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import msgspec

from atlas_pipeline.engine.answers import ChatChunk, ChatChunkChoice, EmbeddingAnswer, TextAnswer, TextChoice, Usage
from atlas_pipeline.engine.api import Capabilities, Completion, Engine, FinishReason, Message, OnText, Sampling
from atlas_pipeline.engine.launcher import lease_engine
from atlas_pipeline.engine.session import OnLoad, Session
from atlas_pipeline.errors import EngineLostError
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDING_BATCH = 64

log = logging.getLogger(__name__)


async def connect(settings: EngineSettings, *, on_load: OnLoad | None = None) -> Engine:
    """Return an engine for `settings`. Its process is found or started by the first request, not here."""
    return LocalEngine(settings, on_load=on_load)


class LocalEngine:
    """An `Engine` whose model runs in a process on this machine, shared with all other clients of this user."""

    def __init__(self, settings: EngineSettings, *, on_load: OnLoad | None = None) -> None:
        self._settings = settings
        self._on_load = on_load
        self._turn = asyncio.Lock()
        self._session: Session | None = None

    async def capabilities(self) -> Capabilities:
        """See `Engine.capabilities`."""
        return (await self._connected()).capabilities

    async def complete(self, prompt: str, sampling: Sampling, *, on_text: OnText | None = None) -> Completion:
        """See `Engine.complete`."""
        session = await self._connected()
        body = _sampling_fields(sampling) | {"prompt": prompt, "logprobs": 0}
        return await _gather(session.events("/v1/completions", body), TextAnswer, on_text)

    async def chat(
        self, messages: Sequence[Message], sampling: Sampling, *, on_text: OnText | None = None
    ) -> Completion:
        """See `Engine.chat`."""
        session = await self._connected()
        turns = [{"role": message.role, "content": message.content} for message in messages]
        body = _sampling_fields(sampling) | {"messages": turns, "logprobs": True}
        return await _gather(session.events("/v1/chat/completions", body), ChatChunk, on_text)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Engine.embed`."""
        import numpy as np

        session = await self._connected()
        rows: list[NDArray[np.float32]] = []
        for start in range(0, len(texts), EMBEDDING_BATCH):
            body = {"input": list(texts[start : start + EMBEDDING_BATCH]), "encoding_format": "base64"}
            answer = msgspec.json.decode(await session.post("/v1/embeddings", body), type=EmbeddingAnswer)
            rows.extend(np.frombuffer(base64.b64decode(str(row.embedding)), dtype="<f4") for row in answer.data)
        return np.array(rows, dtype=np.float32).reshape(len(texts), session.capabilities.n_embd)

    async def aclose(self) -> None:
        """See `Engine.aclose`."""
        async with self._turn:
            await self._disconnect()

    async def _connected(self) -> Session:
        async with self._turn:
            if self._session is not None and not self._session.is_alive():
                log.warning("the engine has gone; starting it again")
                await self._disconnect()
            if self._session is None:
                lease, address = await lease_engine(self._settings)
                self._session = await Session.open(lease, address, self._settings.load_timeout_s, self._on_load)
            return self._session

    async def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()


def _sampling_fields(sampling: Sampling) -> dict[str, Any]:
    return {
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
        "stop": list(sampling.stop),
    }


async def _gather(
    events: AsyncGenerator[bytes, None], kind: type[ChatChunk] | type[TextAnswer], on_text: OnText | None
) -> Completion:
    """Put the chunks of a streamed answer together."""
    pieces: list[str] = []
    logprobs: list[float] = []
    finish: str | None = None
    usage = Usage()
    async with aclosing(events):
        async for event in events:
            chunk = msgspec.json.decode(event, type=kind)
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text, drawn = _added(choice)
                logprobs.extend(drawn)
                finish = choice.finish_reason or finish
                if text:
                    pieces.append(text)
                    if on_text is not None:
                        on_text(text)
    if finish is None:
        raise EngineLostError("The engine's answer ended early. Ask again; its log may say why.")
    return Completion(
        text="".join(pieces),
        finish=FinishReason(finish),
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        mean_logprob=sum(logprobs) / len(logprobs) if logprobs else None,
    )


def _added(choice: ChatChunkChoice | TextChoice) -> tuple[str, list[float]]:
    """Return the text and the log-probabilities that a chunk adds."""
    if isinstance(choice, TextChoice):
        return choice.text, choice.logprobs.token_logprobs if choice.logprobs else []
    content = choice.logprobs.content if choice.logprobs else None
    return choice.delta.content or "", [token.logprob for token in content or ()]

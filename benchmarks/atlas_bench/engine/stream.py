"""Streamed completions over a Unix socket, timed: the same client code for our engine and for llama-server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from atlas_bench.engine.report import Form

SAMPLING = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05}
"""`Llama.generate`'s defaults, given to all sides. Top-k comes first, so nobody sorts a vocabulary of 150,000 tokens."""

EVENT = b"data: "
LAST_EVENT = b"[DONE]"


class BenchError(Exception):
    """Something could not be measured; the message says what to do."""


class _Details(msgspec.Struct, frozen=True):
    drafted: int = 0
    accepted: int = 0


class _Usage(msgspec.Struct, frozen=True):
    completion_tokens: int = 0
    atlas: _Details | None = None


class _Delta(msgspec.Struct, frozen=True):
    content: str | None = None


class _Choice(msgspec.Struct, frozen=True):
    index: int = 0
    text: str = ""
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct, frozen=True):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How long k sequences took."""

    seconds: float
    tokens: int
    first_token_s: float
    all_first_tokens_s: float


@dataclass(slots=True, kw_only=True)
class Answer:
    """One streamed answer while it arrives; times are of `time.perf_counter`."""

    firsts: dict[int, float]
    texts: dict[int, str]
    finished: dict[int, str]
    ended: float = 0.0
    completion_tokens: int = 0
    drafted: int = 0
    accepted: int = 0

    def take(self, chunk: _Chunk, now: float) -> None:
        """Add a chunk."""
        for choice in chunk.choices:
            text = choice.text or (choice.delta.content if choice.delta else "") or ""
            if text:
                self.firsts.setdefault(choice.index, now)
                self.texts[choice.index] = self.texts.get(choice.index, "") + text
            if choice.finish_reason:
                self.firsts.setdefault(choice.index, now)
                self.finished[choice.index] = choice.finish_reason
        if chunk.usage is not None:
            self.completion_tokens = chunk.usage.completion_tokens
            if chunk.usage.atlas is not None:
                self.drafted, self.accepted = chunk.usage.atlas.drafted, chunk.usage.atlas.accepted


@asynccontextmanager
async def unix_client(socket: Path) -> AsyncGenerator[httpx.AsyncClient, None]:
    """Give a client for a server on a Unix socket; a connection for each request, as the pipeline's client has it."""
    transport = httpx.AsyncHTTPTransport(
        uds=str(socket), limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
    )
    async with httpx.AsyncClient(
        transport=transport, base_url="http://engine", timeout=httpx.Timeout(None), trust_env=False
    ) as client:
        yield client


def completion(prompt: list[int], *, tokens: int, seed: int, n: int = 1, **fields: Any) -> dict[str, Any]:
    """Return the body of a streamed completion of exactly `tokens` tokens."""
    return {
        **SAMPLING,
        "prompt": prompt,
        "n": n,
        "max_tokens": tokens,
        "ignore_eos": True,
        "seed": seed,
        "cache_prompt": True,
        "stream": True,
        "stream_options": {"include_usage": True},
        **fields,
    }


async def stream(
    client: httpx.AsyncClient,
    body: dict[str, Any],
    *,
    path: str = "/v1/completions",
    until: Callable[[Answer], bool] = lambda _: False,
) -> Answer:
    """Read a streamed answer to its end, or close the connection as soon as `until` is true of it.

    Raises:
        BenchError: the server refused or failed.
    """
    answer = Answer(firsts={}, texts={}, finished={})
    rest = b""
    async with client.stream("POST", path, content=msgspec.json.encode(body)) as response:
        if response.is_error:
            said = (await response.aread())[:500]
            raise BenchError(f"The server answered {response.status_code}: {said!r}.")
        async for data in response.aiter_raw():
            now = time.perf_counter()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if line.startswith(EVENT) and not line.startswith(EVENT + LAST_EVENT):
                    chunk = msgspec.json.decode(line[len(EVENT) :], type=_Chunk)
                    if chunk.error is not None:
                        raise BenchError(f"The server failed: {chunk.error}.")
                    answer.take(chunk, now)
            if until(answer):
                break
    answer.ended = time.perf_counter()
    return answer


async def sample(
    client: httpx.AsyncClient, prompt: list[int], *, k: int, form: Form, tokens: int, seed: int, **fields: Any
) -> Sample:
    """Time k sequences of exactly `tokens` tokens.

    Raises:
        BenchError: the server refused, failed, or ended a sequence early.
    """
    if form == "one request":
        bodies = [completion(prompt, tokens=tokens, seed=seed, n=k, **fields)]
    else:
        bodies = [completion(prompt, tokens=tokens, seed=seed + number, **fields) for number in range(k)]
    began = time.perf_counter()
    answers = await asyncio.gather(*(stream(client, body) for body in bodies))
    endings = [reason for answer in answers for reason in answer.finished.values()]
    if endings != ["length"] * k:
        raise BenchError(f"{k} sequences of {tokens} tokens were asked for, but they ended so: {endings}.")
    firsts = [at - began for answer in answers for at in answer.firsts.values()]
    return Sample(
        seconds=max(answer.ended for answer in answers) - began,
        tokens=k * tokens,
        first_token_s=min(firsts),
        all_first_tokens_s=max(firsts),
    )

"""The `Engine` that is a server the user named: requests with retries, what it lacks left out and told once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from atlas_pipeline.engine.api import Capabilities, Completion, Message, OnText, Sampling
from atlas_pipeline.engine.notices import Notices, OnNotice
from atlas_pipeline.engine.remote import servers
from atlas_pipeline.engine.remote.api_key import ApiKey, find_api_key
from atlas_pipeline.engine.remote.consent import Consent, ask_once
from atlas_pipeline.engine.remote.endpoint import Endpoint, read_endpoint
from atlas_pipeline.engine.remote.http import RemoteHttp
from atlas_pipeline.engine.remote.probing import Prober, RemoteModel, limited, refused_field
from atlas_pipeline.engine.remote.retrying import MAX_RETRIES, Failure, Retries
from atlas_pipeline.engine.sampling_fields import engine_fields, openai_fields
from atlas_pipeline.engine.streamed import Gathering, without_thinking
from atlas_pipeline.errors import EngineError, EngineLostError, RemoteAccessError, RemoteEngineError, UsageError
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMBEDDING_BATCH = 64
NEEDED = frozenset({"model", "messages", "prompt", "stream", "stop"})
"""Fields that a request makes no sense without."""

COMMON_CONTEXT = 8192
"""What our own engine offers by default; prompts are written for it."""

CONSEQUENCES = {
    "seed": "the same seed may give another answer",
    "logprobs": "answers have no log-probability",
    "grammar": "answers are not forced into a grammar",
    "json_schema": "answers are not forced into a JSON schema",
    "thinking_budget": "the length of thinking is not enforced",
    "completions": "it only answers chats",
    "embeddings": "there are no embeddings of its model",
}
"""What of the missing features the user may notice; the others only change how fast or how varied it is."""


log = logging.getLogger(__name__)


class RemoteEngine:
    """An `Engine` on an OpenAI-compatible server. Nothing is sent before its host is allowed."""

    def __init__(
        self,
        settings: EngineSettings,
        *,
        endpoint: Endpoint | None = None,
        consent: Consent | None = None,
        on_notice: OnNotice | None = None,
        retries: int = MAX_RETRIES,
    ) -> None:
        """Use the server at `endpoint`, by default that of the settings.

        Raises:
            UsageError: `engine.url` or `engine.concurrency` cannot be used.
        """
        if settings.concurrency < 1:
            raise UsageError(f"`engine.concurrency` is {settings.concurrency}; it must be at least 1.")
        self._settings = settings
        self._endpoint = endpoint or read_endpoint(settings.url)
        self._consent = consent
        self._notices = Notices(on_notice)
        self._retries = retries
        self._turn = asyncio.Lock()
        # First come, first served: asyncio wakes those who wait in their order.
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._http: RemoteHttp | None = None
        self._model: RemoteModel | None = None
        self._refused: set[str] = set()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user was told: what the server lacks and refuses."""
        return self._notices.told

    async def capabilities(self) -> Capabilities:
        """See `Engine.capabilities`.

        Raises:
            RemoteAccessError: the user has not allowed the host, or the server refused the key.
            RemoteEngineError: the server cannot be used now.
            UsageError: the server has several models and none is named.
        """
        return (await self._ready()).capabilities

    async def complete(self, prompt: str, sampling: Sampling, *, on_text: OnText | None = None) -> Completion:
        """See `Engine.complete`; raises as `capabilities` too."""
        model = await self._ready()
        if "completions" in model.capabilities.missing:
            raise UsageError(
                f"{model.capabilities.server} at {self._endpoint.name} only answers chats, not raw prompts."
            )
        logprobs = {"logprobs": 0 if model.dialect is servers.ATLAS else 1}
        return (await self._ask("completions", {"prompt": prompt} | logprobs, sampling, on_text)).result()

    async def chat(
        self, messages: Sequence[Message], sampling: Sampling, *, on_text: OnText | None = None
    ) -> Completion:
        """See `Engine.chat`; raises as `capabilities` too."""
        model = await self._ready()
        turns = [{"role": message.role, "content": message.content} for message in messages]
        # llama-server counts `top_logprobs`: without it, it looks for the 20 likeliest tokens.
        logprobs = {"logprobs": True} | ({} if model.dialect is servers.ATLAS else {"top_logprobs": 1})
        answer = await self._ask("chat/completions", {"messages": turns} | logprobs, sampling, on_text)
        return without_thinking(answer.result())

    async def embed(self, texts: Sequence[str], *, definitions: Sequence[str] = ()) -> NDArray[np.float32]:
        """See `Engine.embed`.

        Raises:
            UsageError: the server gives no embeddings of the generating model, or is asked for a definition: the API
                says nothing of what its numbers mean.
        """
        import numpy as np

        model = await self._ready()
        if not model.capabilities.embeddings:
            raise UsageError(
                f"{model.capabilities.server} at {self._endpoint.name} gives no embeddings of {model.id!r}, the "
                "generating model. Use the local engine for what needs them."
            )
        if definitions:
            raise UsageError(
                f"{model.capabilities.server} at {self._endpoint.name} does not say what its embeddings are, and "
                f"{', '.join(definitions)} was asked for. Use the local engine for what needs them."
            )
        rows: list[list[float]] = []
        for start in range(0, len(texts), EMBEDDING_BATCH):
            batch = list(texts[start : start + EMBEDDING_BATCH])
            value = await self._post(f"{self._endpoint.base}/embeddings", {"model": model.id, "input": batch})
            try:
                data = sorted(value["data"], key=lambda row: int(row["index"]))
                rows.extend(row["embedding"] for row in data)
            except (LookupError, TypeError, ValueError) as error:
                raise RemoteEngineError(f"{self._endpoint.name} wrote embeddings in another form.") from error
        try:
            return np.array(rows, dtype=np.float32).reshape(len(texts), model.capabilities.n_embd)
        except ValueError as error:
            raise RemoteEngineError(f"{self._endpoint.name} gave vectors of different lengths.") from error

    async def aclose(self) -> None:
        """Close all connections."""
        async with self._turn:
            http, self._http, self._model = self._http, None, None
            if http is not None:
                await http.aclose()

    async def _ready(self) -> RemoteModel:
        async with self._turn:
            if self._model is None:
                self._model = await self._introduce()
                self._refused |= self._model.without
                self._tell_what_is_missing(self._model)
            return self._model

    async def _introduce(self) -> RemoteModel:
        key = find_api_key(self._settings.api_key_env, self._endpoint)
        await ask_once(self._endpoint, self._consent, key_source=key.source if key else "")
        if self._http is None:
            self._http = RemoteHttp(self._endpoint, key, self._settings)
        try:
            return await Prober(self._http, self._get_raw, self._post_raw, self._settings.remote_model).model()
        except Failure as failure:
            raise self._error(failure) from failure

    def _tell_what_is_missing(self, model: RemoteModel) -> None:
        facts = model.capabilities
        who = f"{facts.server} at {self._endpoint.name} ({facts.model})"
        if noticed := [CONSEQUENCES[feature] for feature in facts.missing if feature in CONSEQUENCES]:
            self._notices.tell(f"{who} lacks {', '.join(facts.missing)}: {'; '.join(noticed)}.")
        if model.dialect is servers.OLLAMA and 0 < facts.n_ctx < COMMON_CONTEXT:
            self._notices.tell(
                f"{who} has loaded its model with {facts.n_ctx:,} tokens of context and cuts longer prompts without "
                f"an error. Set OLLAMA_CONTEXT_LENGTH={COMMON_CONTEXT} where Ollama runs."
            )
        for name in sorted(model.without):
            self._tell_refused(name)

    async def _ask(self, path: str, asked: dict[str, Any], sampling: Sampling, on_text: OnText | None) -> Gathering:
        """Ask until there is an answer; not again once something of it has come.

        Raises:
            EngineLostError: the answer broke off.
            EngineError, UsageError: as `_error`.
        """
        model = await self._ready()
        full = {"model": model.id} | asked | self._fields(model, sampling)
        async with self._slots:
            retries = self._new_retries()
            while True:
                answer = Gathering(on_text)
                body = {
                    name: value for name, value in limited(full, self._refused).items() if name not in self._refused
                }
                try:
                    await self._attempt(path, body, answer)
                except Failure as failure:
                    if answer.begun:
                        raise EngineLostError(f"{failure.message} The answer broke off; ask again.") from failure
                    if (refused := refused_field(failure, body.keys() - NEEDED, self._refused)) is not None:
                        self._refused.add(refused)
                        self._tell_refused(refused)
                    else:
                        await self._pause(retries, failure)
                else:
                    self._note(answer)
                    return answer

    async def _attempt(self, path: str, body: dict[str, Any], answer: Gathering) -> None:
        assert self._http is not None
        async with aclosing(self._http.chunks(f"{self._endpoint.base}/{path}", body)) as chunks:
            async for chunk in chunks:
                answer.add(chunk)
        if answer.finish_reason is None:
            raise Failure(f"{self._endpoint.name} ended its answer early.", lost=True)

    def _fields(self, model: RemoteModel, sampling: Sampling) -> dict[str, Any]:
        if model.dialect is servers.ATLAS:
            return engine_fields(sampling)
        missing = frozenset(model.capabilities.missing)
        if lost := servers.lost_by(sampling, model.dialect, missing):
            self._notices.tell(
                f"{model.capabilities.server} at {self._endpoint.name} cannot do what a request asks for and goes on "
                f"without: {', '.join(lost)}."
            )
        fields = openai_fields(sampling)
        if "seed" in missing:
            del fields["seed"]
        return fields | servers.request_fields(sampling, model.dialect, missing)

    def _note(self, answer: Gathering) -> None:
        """Tell what the answer itself shows."""
        if not answer.counted:
            self._notices.tell(f"{self._endpoint.name} does not count tokens; they are estimated from its answers.")
        if answer.finish_reason not in ("stop", "length"):
            self._notices.tell(f"{self._endpoint.name} ended an answer for another reason: {answer.finish_reason!r}.")

    def _tell_refused(self, name: str) -> None:
        self._notices.tell(f"{self._endpoint.name} refuses the field `{name}`; requests go without it.")

    async def _post(self, url: str, body: dict[str, Any]) -> Any:
        """Return an answer that is not streamed; raises as `_error`."""
        try:
            async with self._slots:
                return await self._post_raw(url, body)
        except Failure as failure:
            raise self._error(failure) from failure

    async def _post_raw(self, url: str, body: dict[str, Any]) -> Any:
        assert self._http is not None
        retries = self._new_retries()
        while True:
            try:
                return await self._http.post(url, body)
            except Failure as failure:
                if not await self._waited(retries, failure):
                    raise

    async def _get_raw(self, url: str) -> Any:
        assert self._http is not None
        retries = self._new_retries()
        while True:
            try:
                return await self._http.get(url)
            except Failure as failure:
                if not await self._waited(retries, failure):
                    raise

    def _new_retries(self) -> Retries:
        return Retries(most=self._retries, load_timeout_s=self._settings.load_timeout_s)

    async def _pause(self, retries: Retries, failure: Failure) -> None:
        """Wait until the next attempt; raises as `_error` if there is none."""
        if not await self._waited(retries, failure):
            raise self._error(failure, retries.used) from failure

    async def _waited(self, retries: Retries, failure: Failure) -> bool:
        assert self._http is not None
        if failure.connecting and not self._http.has_answered:
            return False  # it is not running; one that restarts has answered before
        delay_s = retries.delay(failure)
        if delay_s is None:
            return False
        log.info("%s Trying again in %.1f s.", failure.message, delay_s)
        await asyncio.sleep(delay_s)
        return True

    def _error(self, failure: Failure, tried: int = 0) -> EngineError | UsageError:
        """Return what the user is told of a failure."""
        again = f" It was tried {tried + 1} times." if tried else ""
        key = self._http.key if self._http is not None else ApiKey("", "")
        match failure.status:
            case 401 | 403:
                remedy = f"The key came from {key.source}" if key else "No key was sent"
                variable = self._settings.api_key_env
                return RemoteAccessError(
                    f"{failure.message} {remedy}; set the right one in the environment variable {variable}."
                )
            case 404:
                return RemoteEngineError(
                    f"{failure.message} Check `engine.url` ({self._endpoint.name}) and `engine.remote_model`."
                )
            case 400 | 413 | 422:
                return UsageError(failure.message)
        if failure.lost and not failure.connecting:
            return EngineLostError(f"{failure.message}{again}")
        return RemoteEngineError(f"{failure.message}{again}")

"""The engine's HTTP API: reads requests, makes jobs of them, writes their events as OpenAI answers.

A client that goes away takes its job with it: the connection is watched for as long as the job waits or runs.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from atlas_pipeline.engine.answer_shapes import Answer, ChatShape, Part, TextShape, by_choice, usage
from atlas_pipeline.engine.answers import (
    AtlasModel,
    Embedding,
    EmbeddingAnswer,
    ErrorAnswer,
    ErrorBody,
    Health,
    ModelEntry,
    ModelList,
)
from atlas_pipeline.engine.api import Capabilities
from atlas_pipeline.engine.chat_template import TemplateRefusedError
from atlas_pipeline.engine.decoder import Decoder
from atlas_pipeline.engine.event_stream import EventStream
from atlas_pipeline.engine.generation import Cost, Embedded, EmbeddingJob, Ended, Event, Failed, GenerationJob, Job
from atlas_pipeline.engine.gguf_header import GgufHeader
from atlas_pipeline.engine.http_support import (
    ClosingStream,
    error_response,
    json_response,
    read_body,
    unless_disconnected,
)
from atlas_pipeline.engine.lease_book import LeaseBook
from atlas_pipeline.engine.metrics import metrics_text
from atlas_pipeline.engine.model_facts import EMBEDDING_DEFINITION, TEMPLATE_KEY, capabilities, template_variables
from atlas_pipeline.engine.requests import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    RequestError,
    SamplingRequest,
    TextOrTokens,
    parse,
    texts_or_tokens,
)
from atlas_pipeline.engine.template_process import TemplateProcess
from atlas_pipeline.engine.thinking import ThinkingBudget
from atlas_pipeline.errors import AtlasError, EngineError, ModelFileError, UsageError

if TYPE_CHECKING:
    from atlas_pipeline.engine.decoding_core import DecodingCore

MAX_LINGER_S = 7 * 24 * 3600.0
CLIENT_CLOSED_REQUEST = 499
"""nginx's status for a client that did not wait; nobody is there to read it."""

Handler = Callable[[bytes], Coroutine[Any, Any, Response]]


class EngineApi:
    """The endpoints, over one decoder."""

    def __init__(self, header: GgufHeader, decoder: Decoder, leases: LeaseBook) -> None:
        self._header = header
        self._decoder = decoder
        self._leases = leases
        self._template: TemplateProcess | None = None
        self._facts: Capabilities | None = None

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/health", self.health, methods=["GET"]),
                Route("/metrics", self.metrics, methods=["GET"]),
                Route("/atlas/lease", self.lease, methods=["GET"]),
                Route("/v1/models", self.models, methods=["GET"]),
                Route("/v1/completions", self._post(self.completions), methods=["POST"]),
                Route("/v1/chat/completions", self._post(self.chat_completions), methods=["POST"]),
                Route("/v1/embeddings", self._post(self.embeddings), methods=["POST"]),
            ],
            exception_handlers={
                RequestError: _refused,
                AtlasError: _engine_failed,
                HTTPException: _http_error,
                ClientDisconnect: _nobody_there,
            },
        )

    async def aclose(self) -> None:
        """End the process that renders templates."""
        if self._template is not None:
            await self._template.aclose()

    async def health(self, _request: Request) -> Response:
        """Say how far loading is and what has been decoded; answers at once, always."""
        decoder = self._decoder
        core, failure = decoder.core, decoder.failure
        status: Literal["loading", "ok", "error"] = "error" if failure else "loading" if decoder.is_loading else "ok"
        return json_response(
            Health(
                status=status,
                pid=os.getpid(),
                loaded=core is not None,
                progress=decoder.progress,
                message=str(failure or ""),
                code=_code(failure) or "",
                leases=self._leases.open,
                queued=core.waiting if core else 0,
                active=bool(core and (core.running or core.embedding)),
                slots=core.slots if core else 0,
                slots_busy=core.running if core else 0,
                decoded_tokens=core.counters.decoded if core else 0,
                prefilled_tokens=core.counters.prefilled if core else 0,
            )
        )

    async def metrics(self, _request: Request) -> Response:
        """Write what was done as Prometheus text; answers at once, always."""
        text = metrics_text(self._decoder, leases=self._leases.open)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def lease(self, request: Request) -> Response:
        """Keep the engine alive for as long as the client keeps the response open."""
        try:
            linger_s = float(request.query_params.get("linger_s", "nan"))
        except ValueError:
            raise RequestError("`linger_s` must be a number of seconds.", param="linger_s") from None
        asked = linger_s if 0.0 <= linger_s <= MAX_LINGER_S else None
        return ClosingStream(self._hold_lease(asked))

    async def models(self, request: Request) -> Response:
        """Name the model; waits until it is loaded."""
        facts = self._facts
        if facts is None:
            facts = await unless_disconnected(request, self._learn_facts())
        return json_response(ModelList(data=[ModelEntry(id=facts.model, atlas=AtlasModel(capabilities=facts))]))

    async def completions(self, body: bytes) -> Response:
        """Continue a prompt."""
        request = parse(CompletionRequest, body)
        request.refuse_unsupported()
        prompts = texts_or_tokens(request.prompt, "prompt")
        if len(prompts) > 1:
            raise RequestError("One prompt a request; send several requests.", param="prompt", code="unsupported")
        async with self._loaded() as (core, facts):
            tokens = await _tokens(core, prompts[0], "prompt")
            shape = TextShape(facts.model, logprobs=request.wants_logprobs)
            return await self._generate(core, request, tokens, shape, show_tags=True)

    async def chat_completions(self, body: bytes) -> Response:
        """Answer a conversation through the model's own chat template."""
        request = parse(ChatRequest, body)
        request.refuse_unsupported()
        async with self._loaded() as (core, facts):
            prompt = await self._render(core, request)
            tokens = await _tokens(core, prompt, "messages")
            shape = ChatShape(facts.model, logprobs=request.wants_logprobs)
            return await self._generate(core, request, tokens, shape, show_tags=False)

    async def embeddings(self, body: bytes) -> Response:
        """Embed texts with the generating model's own weights."""
        request = parse(EmbeddingRequest, body)
        definitions = request.atlas.definitions or (EMBEDDING_DEFINITION,)
        async with self._loaded() as (core, facts):
            unknown = [name for name in definitions if name not in facts.embedding_definitions]
            if unknown:
                raise RequestError(
                    f"This engine has no embeddings {unknown[0]!r}; it has {', '.join(facts.embedding_definitions)}.",
                    param="atlas.definitions",
                )
            if request.dimensions not in (None, core.model.n_embd):
                raise RequestError(f"Vectors of this model have {core.model.n_embd} dimensions.", param="dimensions")
            inputs = texts_or_tokens(request.input, "input")
            texts = [await _tokens(core, text, f"input[{index}]", special=False) for index, text in enumerate(inputs)]
            for index, tokens in enumerate(texts):
                _check_length(len(tokens), core.n_ctx_embedding, f"input[{index}]")
                if all(core.model.is_control(token) for token in tokens):
                    raise RequestError(f"`input[{index}]` is empty.", param=f"input[{index}]")
        events = EventStream()
        job = EmbeddingJob(emit=events.emit, priority=request.atlas.priority, texts=texts, definitions=definitions)
        collected = await self._collect(job, events)
        vectors = next(event.vectors for event in collected if isinstance(event, Embedded))
        if request.encoding_format == "base64":
            data: list[str | list[float]] = [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in vectors]
        else:
            data = [row.tolist() for row in vectors]
        return json_response(
            EmbeddingAnswer(
                model=facts.model,
                data=[Embedding(index=index, embedding=row) for index, row in enumerate(data)],
                usage=usage(_cost(collected)),
            )
        )

    def _post(self, handler: Handler) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        async def endpoint(request: Request) -> Response:
            return await unless_disconnected(request, handler(await read_body(request)))

        return endpoint

    @asynccontextmanager
    async def _loaded(self) -> AsyncIterator[tuple[DecodingCore, Capabilities]]:
        """Wait until the model is loaded, and keep it so meanwhile."""
        # A client that waits for a long load is a user too.
        with self._leases.lease(), self._decoder.hold() as loaded:
            core = await asyncio.wrap_future(loaded)
            if self._facts is None:
                self._facts = capabilities(self._header, core)
            yield core, self._facts

    async def _learn_facts(self) -> Capabilities:
        async with self._loaded() as (_core, facts):
            return facts

    async def _render(self, core: DecodingCore, request: ChatRequest) -> str:
        if self._template is None:
            template = self._header.text(TEMPLATE_KEY)
            if not template:
                raise RequestError(
                    "The model has no chat template; it was not made to chat. Use /v1/completions or another model.",
                    code="chat_template",
                )
            self._template = TemplateProcess(template, template_variables(self._header, core))
        messages = [message.for_template() for message in request.messages]
        variables = dict(request.chat_template_kwargs)
        if (thinking := request.atlas.thinking) is not None:
            # The name that Qwen's templates use, and others after them; the budget holds without it too.
            variables.setdefault("enable_thinking", thinking.max != 0)
        try:
            return await self._template.render(messages, variables)
        except TemplateRefusedError as error:
            raise RequestError(f"The model's chat template was refused: {error}.", code="chat_template") from error

    async def _generate(
        self, core: DecodingCore, request: SamplingRequest, prompt: list[int], shape: Answer, *, show_tags: bool
    ) -> Response:
        _check_length(len(prompt) + 1, core.n_ctx, "prompt")
        sampling = request.sampling()
        if unknown := [token for token in sampling.logit_bias if not core.model.is_token(token)]:
            raise RequestError(f"`logit_bias` names token {unknown[0]}, which the model lacks.", param="logit_bias")
        room = core.n_ctx - len(prompt)
        thinking = request.atlas.thinking
        if thinking is not None and core.tags is None:
            raise RequestError(
                "This model has no think tags that are single tokens, so its thinking cannot be bounded. "
                "Leave `atlas.thinking` out, or use a model that thinks.",
                param="atlas.thinking",
                code="unsupported",
            )
        grammar = await asyncio.to_thread(_grammar, core, request)
        events = EventStream()
        job = GenerationJob(
            emit=events.emit,
            priority=request.atlas.priority,
            prompt=prompt,
            sampling=sampling,
            seed=request.chosen_seed(),
            n=request.choices,
            max_tokens=min(room, request.token_limit or room),
            stops=request.stops,
            logprobs=shape.logprobs,
            top_logprobs=request.top,
            reuse_cache=request.cache_prompt and not request.atlas.deterministic,
            deterministic=request.atlas.deterministic,
            draft=request.atlas.draft,
            grammar=grammar,
            follow_thinking=not show_tags,
            thinking=ThinkingBudget(**msgspec.structs.asdict(thinking)) if thinking is not None else None,
            show_tags=show_tags,
        )
        if request.stream:
            return ClosingStream(self._stream(job, events, shape, include_usage=request.include_usage))
        collected = await self._collect(job, events)
        choices = by_choice(collected)
        finished = [choices.get(index, Part()) for index in range(job.n)]
        return json_response(shape.whole(finished, usage(_cost(collected), job.seed)))

    async def _stream(
        self, job: GenerationJob, events: EventStream, shape: Answer, *, include_usage: bool
    ) -> AsyncGenerator[bytes, None]:
        for opening in shape.opening(job.n):
            yield _sse(opening)
        try:
            async with aclosing(self._run(job, events)) as batches:
                async for batch in batches:
                    for index, part in by_choice(batch).items():
                        yield _sse(shape.chunk(index, part))
                    if include_usage and isinstance(batch[-1], Ended):
                        yield _sse(shape.usage_chunk(usage(batch[-1].cost, job.seed)))
        except EngineError as error:
            yield _sse(ErrorAnswer(error=ErrorBody(message=str(error), type="server_error")))
        else:
            yield b"data: [DONE]\n\n"

    async def _collect(self, job: Job, events: EventStream) -> list[Event]:
        async with aclosing(self._run(job, events)) as batches:
            return [event async for batch in batches for event in batch]

    async def _run(self, job: Job, events: EventStream) -> AsyncGenerator[list[Event], None]:
        """Submit a job and give its events; a consumer that stops listening cancels it.

        Raises:
            EngineError: the job failed.
        """
        with self._leases.lease():
            self._decoder.submit(job)
            try:
                async for batch in events.batches():
                    if isinstance(batch[-1], Failed):
                        raise EngineError(batch[-1].message)
                    yield batch
            finally:
                self._decoder.cancel(job)

    async def _hold_lease(self, linger_s: float | None) -> AsyncGenerator[bytes, None]:
        with self._leases.lease(linger_s):
            yield b": granted\n\n"
            await asyncio.Event().wait()


async def _tokens(core: DecodingCore, text: TextOrTokens, param: str, *, special: bool = True) -> list[int]:
    if isinstance(text, str):
        tokens = await asyncio.to_thread(core.model.tokenize, text, special=special)
    else:
        tokens = text
        if unknown := [token for token in tokens if not core.model.is_token(token)]:
            raise RequestError(f"`{param}` has token {unknown[0]}, which the model lacks.", param=param)
    if not tokens:
        raise RequestError(f"`{param}` is empty.", param=param)
    return tokens


def _grammar(core: DecodingCore, request: SamplingRequest) -> str:
    """Return the GBNF that the answer must follow, empty for none; checked."""
    from atlas_pipeline.engine.llama_sampling import GrammarError, check_grammar, schema_grammar

    param = "grammar" if request.grammar else "json_schema"
    try:
        grammar = schema_grammar(request.schema) if request.schema is not None else request.grammar or ""
        if grammar:
            check_grammar(core.model, grammar)
    except GrammarError as error:
        raise RequestError(f"`{param}` cannot be used: {error}.", param=param, code="grammar") from error
    return grammar


def _check_length(needed: int, available: int, param: str) -> None:
    if needed > available:
        raise RequestError(
            f"`{param}` needs {needed:,} tokens of context, but the engine has {available:,}. "
            "Shorten it, or raise the setting `engine.context` if the model allows.",
            param=param,
            code="context_length_exceeded",
        )


def _cost(events: list[Event]) -> Cost:
    return next(event.cost for event in events if isinstance(event, Ended))


def _sse(value: msgspec.Struct) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return error_response(str(error), 400, param=error.param, code=error.code)


async def _engine_failed(_request: Request, error: Exception) -> Response:
    return error_response(str(error), 503, kind="server_error", code=_code(error))


def _code(failure: BaseException | None) -> str | None:
    """Return whose fault it is, where that is known."""
    if isinstance(failure, ModelFileError):
        return "model_file"
    return "settings" if isinstance(failure, UsageError) else None


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = f"{error.detail}: {request.method} {request.url.path}."
    return error_response(message, error.status_code, code="unknown_url" if error.status_code == 404 else None)


async def _nobody_there(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_CLOSED_REQUEST)

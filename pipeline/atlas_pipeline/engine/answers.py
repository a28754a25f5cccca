"""The answers of the engine's API; written by the engine, read by its client.

Reading ignores unknown fields, so the same client understands llama-server and its kin.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from atlas_pipeline.engine.api import Capabilities

Finish = Literal["stop", "length"]


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """A token that could have been drawn."""

    token: str
    logprob: float
    bytes: list[int] | None = None


class TokenLogprob(msgspec.Struct, frozen=True, kw_only=True):
    """A drawn token and its natural log-probability."""

    token: str
    logprob: float
    bytes: list[int] | None = None
    top_logprobs: list[Alternative] = []


class ChatLogprobs(msgspec.Struct, frozen=True, kw_only=True):
    """The drawn tokens of a chat."""

    content: list[TokenLogprob] | None = None
    refusal: None = None


class TextLogprobs(msgspec.Struct, frozen=True, kw_only=True):
    """The drawn tokens of a completion, as parallel lists."""

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]] | None = None
    text_offset: list[int] = []


class Delta(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a chunk adds to a message."""

    role: str | None = None
    content: str | None = None
    reasoning_content: str | None = None
    """What the model thought, without its tags; llama-server's and DeepSeek's name for it."""


class ChatChunkChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What a chunk adds to one of the n answers."""

    index: int
    delta: Delta
    logprobs: ChatLogprobs | None = None
    finish_reason: Finish | None = None


class AnswerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer."""

    content: str | None
    role: str = "assistant"
    reasoning_content: str | None = None
    refusal: None = None


class ChatChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the n answers."""

    index: int
    message: AnswerMessage
    logprobs: ChatLogprobs | None = None
    finish_reason: Finish | None = None


class TextChoice(msgspec.Struct, frozen=True, kw_only=True):
    """One of the n completions, or what a chunk adds to it."""

    index: int
    text: str
    logprobs: TextLogprobs | None = None
    finish_reason: Finish | None = None


class PromptTokensDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What of the prompt was not decoded again."""

    cached_tokens: int = 0


class CompletionTokensDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the completion tokens were."""

    reasoning_tokens: int = 0
    """Tokens between the think tags, the tags not counted."""
    accepted_prediction_tokens: int = 0
    """Speculated tokens that the model agreed with."""
    rejected_prediction_tokens: int = 0
    """Speculated tokens that were thrown away; these are not completion tokens."""


class AtlasUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Where the time went, and the seed that repeats the answer."""

    seed: int | None = None
    queued_s: float = 0.0
    prefill_s: float = 0.0
    decode_s: float = 0.0
    drafted: int = 0
    """Tokens speculated."""
    accepted: int = 0
    """Speculated tokens that the model agreed with."""
    waits: int = 0
    """How often thinking was made to go on by "Wait"."""
    thinking_cut: int = 0
    """How often the end of thinking was forced."""
    preempted: int = 0
    """How often a completion had to give its place in the cache away and take it up again."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a request took. The end tokens count as completion tokens."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    atlas: AtlasUsage | None = None


class ChatChunk(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a streamed chat."""

    id: str
    created: int
    model: str
    choices: list[ChatChunkChoice]
    object: str = "chat.completion.chunk"
    usage: Usage | None = None


class ChatAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A chat that was not streamed."""

    id: str
    created: int
    model: str
    choices: list[ChatChoice]
    object: str = "chat.completion"
    usage: Usage | None = None


class TextAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A completion; chunks of a streamed one have the same shape."""

    id: str
    created: int
    model: str
    choices: list[TextChoice]
    object: str = "text_completion"
    usage: Usage | None = None


class Embedding(msgspec.Struct, frozen=True, kw_only=True):
    """One vector."""

    index: int
    embedding: list[float] | str
    """Numbers, or the base64 of little-endian float32."""
    object: str = "embedding"


class EmbeddingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The vectors of all texts of a request."""

    model: str
    data: list[Embedding]
    usage: Usage
    object: str = "list"


class AtlasModel(msgspec.Struct, frozen=True, kw_only=True):
    """What only our engine says about its model."""

    capabilities: Capabilities


class ModelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The loaded model."""

    id: str
    created: int = 0
    object: str = "model"
    owned_by: str = "atlas-ls"
    atlas: AtlasModel | None = None


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """GET /v1/models."""

    data: list[ModelEntry]
    object: str = "list"


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """GET /health."""

    status: Literal["loading", "ok", "error"]
    pid: int
    loaded: bool = True
    """False while the model is not in memory: on its way, or freed for want of work until the next request."""
    progress: float = 0.0
    """Loaded fraction, 0 to 1."""
    message: str = ""
    """What went wrong, with status `error`."""
    code: str = ""
    """`model_file` if the fault is in the model's file, `settings` if it is in the settings."""
    leases: int = 0
    queued: int = 0
    """Completions that wait for a slot."""
    active: bool = False
    slots: int = 0
    """Completions that can be decoded at a time."""
    slots_busy: int = 0
    decoded_tokens: int = 0
    prefilled_tokens: int = 0


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """OpenAI's error object."""

    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer with a status of 400 or more, or the last event of a failed stream, holds."""

    error: ErrorBody

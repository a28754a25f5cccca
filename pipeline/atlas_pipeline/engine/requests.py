"""The requests of the engine's API: OpenAI's fields, llama-server's where it has more, and ours under `atlas`.

Unknown fields are refused by name, so that a misspelt option is never silently without effect. Fields of the official
API that this engine cannot honour are known but refused when they ask for something; those that change nothing about
the text are accepted.
"""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from atlas_pipeline.engine.generation import SamplingParameters

MAX_CHOICES = 128
MAX_TOP_LOGPROBS = 20
MAX_STOPS = 64
MAX_WAITS = 100

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Penalty = Annotated[float, Meta(ge=-2.0, le=2.0)]


class RequestError(Exception):
    """The request is refused; becomes an OpenAI error object with status 400."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class ThinkingOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Enforced length of the thinking part, in tokens; see `ThinkingBudget`."""

    min: Annotated[int, Meta(ge=0)] = 0
    max: Annotated[int, Meta(ge=0)] | None = None
    max_waits: Annotated[int, Meta(ge=0, le=MAX_WAITS)] = 0


class AtlasOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What no other server has a field for."""

    priority: int = 0
    """Higher goes first."""
    thinking: ThinkingOptions | None = None
    draft: bool = True
    """Speculate where it pays; that does not change what is drawn."""
    deterministic: bool = False
    """Bit-equal text for the same request, whatever ran before it."""


class StreamOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options of a streamed answer."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class SamplingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What completions and chats have in common."""

    model: str = ""
    """Any name: an engine has one model."""
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    n: Annotated[int, Meta(ge=1, le=MAX_CHOICES)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    temperature: Annotated[float, Meta(ge=0.0, le=100.0)] | None = None
    top_p: Probability | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[str, Annotated[float, Meta(ge=-100.0, le=100.0)]] | None = None

    top_k: int = 0
    min_p: Probability = 0.0
    typical_p: Probability = 1.0
    repeat_penalty: Annotated[float, Meta(gt=0.0, le=10.0)] = 1.0
    repeat_last_n: Annotated[int, Meta(ge=0, le=1 << 16)] = 64
    n_predict: int | None = None
    n_probs: Annotated[int, Meta(ge=0, le=MAX_TOP_LOGPROBS)] = 0
    ignore_eos: bool = False
    cache_prompt: bool = True
    grammar: str | None = None
    json_schema: Any = None

    atlas: AtlasOptions = AtlasOptions()

    user: str | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Any = None
    prompt_cache_retention: str | None = None

    @property
    def choices(self) -> int:
        """How many completions."""
        return self.n or 1

    @property
    def token_limit(self) -> int | None:
        """Most tokens of one completion; None: as many as fit."""
        if self.max_tokens is None and self.n_predict is not None and self.n_predict > 0:
            return self.n_predict
        return self.max_tokens

    @property
    def stops(self) -> tuple[str, ...]:
        """The stop strings."""
        if self.stop is None:
            return ()
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)

    @property
    def top(self) -> int:
        """How many alternatives to report for each token."""
        return self.n_probs

    @property
    def schema(self) -> Any:
        """The JSON schema that the text must follow; None: no JSON is asked for."""
        return self.json_schema

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def chosen_seed(self) -> int:
        """Return the seed, a random one if none was asked for."""
        return secrets.randbits(31) if self.seed is None or self.seed < 0 else self.seed

    def sampling(self) -> SamplingParameters:
        """Return how tokens are drawn."""
        return SamplingParameters(
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            top_k=self.top_k,
            min_p=self.min_p,
            typical_p=self.typical_p,
            frequency_penalty=self.frequency_penalty or 0.0,
            presence_penalty=self.presence_penalty or 0.0,
            repeat_penalty=self.repeat_penalty,
            repeat_last_n=self.repeat_last_n,
            logit_bias=self._token_bias(),
            ignore_eos=self.ignore_eos,
        )

    def refuse_unsupported(self) -> None:
        """Refuse what this engine knows of but cannot do.

        Raises:
            RequestError: such a field asks for something.
        """
        if self.grammar is not None and self.schema is not None:
            raise RequestError("Give a `grammar` or a JSON schema, not both.", param="grammar")
        thinking = self.atlas.thinking
        if thinking is not None and thinking.max is not None and thinking.min > thinking.max:
            raise RequestError(
                f"`atlas.thinking` asks for at least {thinking.min} and at most {thinking.max} tokens.",
                param="atlas.thinking",
            )
        if len(self.stops) > MAX_STOPS:
            raise RequestError(
                f"`stop` has {len(self.stops)} strings; at most {MAX_STOPS} are looked for.", param="stop"
            )

    def _token_bias(self) -> dict[int, float]:
        try:
            return {int(token): bias for token, bias in (self.logit_bias or {}).items()}
        except ValueError as error:
            raise RequestError(f"`logit_bias` maps token numbers to biases: {error}.", param="logit_bias") from error


class CompletionRequest(SamplingRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /v1/completions."""

    prompt: str | list[Any]
    """A text, a list with one text, or a list of tokens."""
    logprobs: Annotated[int, Meta(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    best_of: int | None = None
    echo: bool | None = None
    suffix: str | None = None

    @property
    def wants_logprobs(self) -> bool:
        """Whether log-probabilities belong into the answer."""
        return self.logprobs is not None or self.n_probs > 0

    @property
    def top(self) -> int:
        """Also what OpenAI's field for completions asks for."""
        return max(self.logprobs or 0, self.n_probs)

    def refuse_unsupported(self) -> None:
        """Also refuse what only this endpoint has."""
        super().refuse_unsupported()
        if self.echo:
            raise _unsupported("echo")
        if self.suffix:
            raise _unsupported("suffix")
        if self.best_of is not None and self.best_of != self.choices:
            raise _unsupported("best_of")


class ContentPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a message; text only."""

    type: Literal["text"]
    text: str


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One turn."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    reasoning_content: str | None = None
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: list[Any] | None = None
    refusal: str | None = None

    def for_template(self) -> dict[str, Any]:
        """Return the message as chat templates expect it."""
        content = self.content
        if isinstance(content, list):
            content = "".join(part.text for part in content)
        message: dict[str, Any] = msgspec.to_builtins(self)
        role = "system" if self.role == "developer" else self.role
        return message | {"role": role, "content": content if content is not None else ""}


class ChatRequest(SamplingRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /v1/chat/completions."""

    messages: Annotated[list[ChatMessage], Meta(min_length=1)]
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    chat_template_kwargs: dict[str, Any] = {}
    response_format: dict[str, Any] | None = None

    tools: list[Any] | None = None
    tool_choice: Any = None
    functions: list[Any] | None = None
    function_call: Any = None
    audio: Any = None
    web_search_options: Any = None

    modalities: list[str] | None = None
    moderation: Any = None
    parallel_tool_calls: bool | None = None
    prediction: Any = None
    reasoning_effort: str | None = None
    verbosity: str | None = None

    @property
    def wants_logprobs(self) -> bool:
        """Whether log-probabilities belong into the answer."""
        return bool(self.logprobs) or self.n_probs > 0

    @property
    def top(self) -> int:
        """Also what OpenAI's field for chats asks for."""
        return max(self.top_logprobs or 0, self.n_probs)

    @property
    def token_limit(self) -> int | None:
        """Most tokens of one completion; None: as many as fit."""
        return self.max_completion_tokens or super().token_limit

    @property
    def schema(self) -> Any:
        """Also what `response_format` asks for, in OpenAI's and in llama-server's form."""
        if self.json_schema is not None:
            return self.json_schema
        asked = self.response_format or {}
        if self._format == "json_object":
            return asked.get("schema", {"type": "object"})
        if self._format == "json_schema":
            wrapper = asked.get("json_schema")
            return wrapper.get("schema") if isinstance(wrapper, dict) else asked.get("schema")
        return None

    @property
    def _format(self) -> str:
        return str((self.response_format or {}).get("type", "text"))

    def refuse_unsupported(self) -> None:
        """Also refuse what only this endpoint has."""
        super().refuse_unsupported()
        for name in ("tools", "functions", "audio", "web_search_options"):
            if getattr(self, name):
                raise _unsupported(name)
        if self.response_format is not None and self.schema is None and self._format != "text":
            raise RequestError(
                f"`response_format` {self._format!r} is not one of text, json_object and json_schema (with a schema).",
                param="response_format",
            )
        if set(self.modalities or ()) - {"text"}:
            raise _unsupported("modalities")
        if self.top_logprobs and not self.logprobs:
            raise RequestError("`top_logprobs` needs `logprobs: true`.", param="top_logprobs")


class EmbeddingOptions(AtlasOptions, frozen=True, forbid_unknown_fields=True):
    """Of embeddings."""

    definitions: tuple[str, ...] = ()
    """What the numbers shall mean; the vectors of several stand side by side. None: the model's first definition."""


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /v1/embeddings."""

    input: str | list[Any]
    """A text, texts, tokens, or lists of tokens."""
    model: str = ""
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: int | None = None
    user: str | None = None
    atlas: EmbeddingOptions = EmbeddingOptions()


TextOrTokens = str | list[int]


def texts_or_tokens(value: str | list[Any], param: str) -> list[TextOrTokens]:
    """Return `value` as a list of prompts, each a text or a list of tokens.

    Raises:
        RequestError: it is neither of the four forms of the official API.
    """
    if isinstance(value, str):
        return [value]
    for kind, result in ((list[str], value), (list[list[int]], value), (list[int], [value])):
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError:
            continue
        if value:
            return list(result)
    raise RequestError(f"`{param}` must be a text, a list of texts, or a list of tokens, and not empty.", param=param)


Kind = TypeVar("Kind", bound=msgspec.Struct)


def parse(kind: type[Kind], body: bytes) -> Kind:
    """Read a request.

    Raises:
        RequestError: it is no JSON, has an unknown field, or a value of the wrong type.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        message = str(error)
        field = re.search(r"field `([^`]*)`", message)
        path = re.search(r"at `\$\.?([^`]*)`", message)
        names = [match[1] for match in (path, field) if match and match[1]]
        raise RequestError(f"{message}.", param=".".join(names) or None, code="invalid_value") from error
    except msgspec.DecodeError as error:
        raise RequestError(f"The body is not valid JSON: {error}.", code="invalid_json") from error


def _unsupported(name: str) -> RequestError:
    return RequestError(f"`{name}` is not supported by this engine; leave it out.", param=name, code="unsupported")

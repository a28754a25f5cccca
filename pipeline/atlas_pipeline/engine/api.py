"""What the pipeline knows of the engine: prompts go in, completions come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OnText = Callable[[str], None]
"""Called on the event loop with each piece of text as it is decoded."""

Feature = Literal[
    "seed",
    "n",
    "logprobs",
    "top_k",
    "min_p",
    "grammar",
    "json_schema",
    "thinking_budget",
    "priority",
    "deterministic",
    "cache_prompt",
    "completions",
    "embeddings",
]
"""What our own engine can do and another server may not. Most are the fields of `Sampling` that are left out then;
`completions` is the raw `complete`, `embeddings` is `embed` with the generating model's own weights."""


class FinishReason(Enum):
    """Why a completion ended."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """Enforced length of the thinking part, in tokens, for models that think."""

    min: int = 0
    max: int | None = None
    """None: no limit but `Sampling.max_tokens`. 0: no thinking."""
    max_waits: int = 0
    """How often thinking that ends before `min` is made to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How to sample one completion. Temperature 0 is greedy."""

    max_tokens: int = 512
    temperature: float = 0.8
    top_p: float = 0.95
    seed: int = 0
    stop: tuple[str, ...] = ()
    top_k: int = 0
    """Draw from the k most likely tokens. 0: from all."""
    min_p: float = 0.0
    """Least probability relative to the most likely token. 0: any."""
    grammar: str = ""
    """GBNF that the text must follow. Empty: free text."""
    json_schema: str = ""
    """JSON schema, as JSON text, that the text must follow. Empty: free text."""
    thinking: Thinking | None = None
    priority: int = 0
    """Higher goes first."""
    deterministic: bool = False
    """Bit-equal text for the same request, whatever runs beside it; slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One sampled text."""

    text: str
    finish: FinishReason
    prompt_tokens: int
    completion_tokens: int
    mean_logprob: float | None
    """Mean natural log-probability of the sampled tokens under the unmodified distribution; None where unknown."""
    thinking: str = ""
    """What the model thought before it answered; not part of `text`."""
    thinking_tokens: int = 0
    """How many of the completion tokens were thinking; 0 where unknown."""
    drafted: int = 0
    """Tokens speculated."""
    accepted: int = 0
    """Speculated tokens that the model agreed with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the loaded model is and can do."""

    model: str
    """Name and quantisation for people, from the GGUF header."""
    model_hash: str
    """Identifies the weights: SHA-256 over the GGUF's header and size, 16 hexadecimal digits.

    Of another server's model nothing but names can be known: there it is a hash of the server's address and the
    model's name, and does not change when the weights behind the name do."""
    n_ctx: int
    """Tokens of context; 0 where another server does not say."""
    n_embd: int
    """Length of the vectors of `embed`; 0 where there are none."""
    prompt_profile: Literal["chat", "pocket"]
    """Which prompt templates the model was made for; from the GGUF key `atlas.prompt_profile`, else `chat`."""
    thinking: bool
    embeddings: bool
    roles: tuple[str, ...] | None = None
    """Prompts of its profile that the model was trained on; from the GGUF key `atlas.roles`. None: all of them."""
    embedding_definition: str = ""
    """Name and version of what the numbers of `embed` mean: pooling, norm, tokens. Empty where nobody says."""
    embedding_definitions: tuple[str, ...] = ()
    """All that `embed` can be asked for, `embedding_definition` first; empty where it cannot be asked."""
    drafts: tuple[str, ...] = ()
    """Where speculated tokens come from: prompt lookup, a draft model, the model's MTP layers. Empty where nobody says."""
    without_drafts: str = ""
    """Why there is no speculation, or none by the model's MTP layers; empty where nothing is lacking."""
    server: str = "atlas-ls"
    """What answers: `atlas-ls` for our own engine, else the server's name and, where known, its version."""
    missing: tuple[Feature, ...] = ()
    """What this server lacks; requests go without it, and the user is told once."""


class Engine(Protocol):
    """A language model. All methods can be cancelled; the engine then stops decoding within one token."""

    async def capabilities(self) -> Capabilities:
        """Return what the model can do; loads it if need be.

        Raises:
            ModelFileError: the file is missing, truncated or not a GGUF.
            EngineStartError: the engine process did not come up.
        """
        ...

    async def complete(self, prompt: str, sampling: Sampling, *, on_text: OnText | None = None) -> Completion:
        """Continue `prompt` as it is.

        Raises:
            UsageError: the request is refused, for example because the prompt does not fit the context.
            ModelFileError: as `capabilities`; for `chat` also if the model's chat template cannot be used.
            EngineStartError: as `capabilities`.
            EngineLostError: the engine went away during the request; the next one starts it again.
            EngineError: the model failed.
        """
        ...

    async def chat(
        self, messages: Sequence[Message], sampling: Sampling, *, on_text: OnText | None = None
    ) -> Completion:
        """Answer `messages` through the model's own chat template; raises as `complete`."""
        ...

    async def embed(self, texts: Sequence[str], *, definitions: Sequence[str] = ()) -> NDArray[np.float32]:
        """Return the model's own embeddings of `texts`, (n, n_embd) float32; raises as `complete`.

        Args:
            texts: each is a row.
            definitions: what the numbers shall mean, of `Capabilities.embedding_definitions`; none: as
                `Capabilities.embedding_definition` says. The vectors of several, all of one pass, stand side by side:
                (n, len(definitions) * n_embd).
        """
        ...

    async def aclose(self) -> None:
        """Give the lease back."""
        ...

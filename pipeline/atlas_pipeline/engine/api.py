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


class FinishReason(Enum):
    """Why a completion ended."""

    STOP = "stop"
    LENGTH = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How to sample one completion. Temperature 0 is greedy."""

    max_tokens: int = 512
    temperature: float = 0.8
    top_p: float = 0.95
    seed: int = 0
    stop: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the loaded model is and can do."""

    model: str
    """Name and quantisation for people, from the GGUF header."""
    model_hash: str
    """Identifies the weights: SHA-256 over the GGUF's header and size, 16 hexadecimal digits."""
    n_ctx: int
    n_embd: int
    prompt_profile: Literal["chat", "pocket"]
    """Which prompt templates the model was made for; from the GGUF key `atlas.prompt_profile`, else `chat`."""
    thinking: bool
    embeddings: bool


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

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the model's own embeddings of `texts`, (n, n_embd) float32; raises as `complete`."""
        ...

    async def aclose(self) -> None:
        """Give the lease back."""
        ...

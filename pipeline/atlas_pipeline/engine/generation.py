"""What passes between the HTTP layer and the scheduler: jobs one way, events the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from atlas_pipeline.engine.model_facts import EMBEDDING_DEFINITION
from atlas_pipeline.engine.thinking import ThinkingBudget


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParameters:
    """How tokens are drawn. The defaults draw from the model's unmodified distribution."""

    temperature: float = 1.0
    """0 is greedy."""
    top_p: float = 1.0
    top_k: int = 0
    """0: all tokens."""
    min_p: float = 0.0
    typical_p: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    logit_bias: Mapping[int, float] = field(default_factory=dict)
    """Token -> what is added to its logit."""
    ignore_eos: bool = False
    """Never draw a token that ends the generation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledToken:
    """One drawn token and the model's opinion of it, before any sampling parameter."""

    token: int
    data: bytes
    """The token's bytes; may be part of a character, and empty for control tokens."""
    logprob: float | None
    """Natural; None if the job did not ask, or if the token was put in and not drawn."""
    top: tuple[tuple[bytes, float], ...] = ()
    """The most probable tokens, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text that became certain, and the tokens drawn since the last piece. Either may be empty."""

    choice: int
    text: str
    tokens: tuple[SampledToken, ...]
    thinking: bool = False
    """Whether it belongs to the part between the think tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceEnded:
    """One of the n completions is complete."""

    choice: int
    finish: Literal["stop", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a job took."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens that were in the cache already."""
    completion_tokens: int = 0
    """Drawn tokens of all choices, the end tokens included."""
    queued_s: float = 0.0
    """Until the first of the choices got a slot."""
    prefill_s: float = 0.0
    """From then to the first token."""
    decode_s: float = 0.0
    """From the first token to the last."""
    thinking_tokens: int = 0
    waits: int = 0
    thinking_cut: int = 0
    drafted: int = 0
    accepted: int = 0
    preempted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The job is done; nothing follows."""

    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The result of an embedding job; `Ended` follows."""

    vectors: NDArray[np.float32]
    """(n, n_embd) float32, for each definition, side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The job could not be carried out; nothing follows."""

    message: str


Event = Piece | ChoiceEnded | Embedded | Ended | Failed
Emit = Callable[[Event], None]
"""Takes the events of a job, on the decoder's thread."""


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """Something for the decoder to do."""

    emit: Emit
    priority: int = 0
    """Higher goes first; among equals, who has fewer completions running."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    """Set from any thread: the job is dropped before the next token or prompt chunk."""
    submitted: float = field(default_factory=time.monotonic)


@dataclass(slots=True, kw_only=True, eq=False)
class GenerationJob(Job):
    """n completions of one prompt."""

    prompt: list[int]
    sampling: SamplingParameters
    seed: int
    """Choice i is drawn with seed + i."""
    n: int = 1
    max_tokens: int
    stops: tuple[str, ...] = ()
    """Looked for in the answer, not in the thinking."""
    logprobs: bool = False
    top_logprobs: int = 0
    reuse_cache: bool = True
    """False: decode the prompt again, once for all n."""
    deterministic: bool = False
    """Decode alone, in a memory of its own, in the same chunks each time: the same request gives the same bits."""
    draft: bool = True
    """Speculate where it pays."""
    grammar: str = ""
    """GBNF that the answer must follow, not the thinking."""
    follow_thinking: bool = False
    """Tell thinking and answer apart."""
    thinking: ThinkingBudget | None = None
    show_tags: bool = False
    """The think tags are part of the text."""


@dataclass(slots=True, kw_only=True, eq=False)
class EmbeddingJob(Job):
    """One vector for each token list."""

    texts: list[list[int]]
    definitions: tuple[str, ...] = (EMBEDDING_DEFINITION,)
    """What the numbers mean; the vectors of several stand side by side."""

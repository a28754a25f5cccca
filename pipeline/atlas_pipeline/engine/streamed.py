"""Puts the chunks of a streamed answer together, whichever OpenAI-compatible server wrote them.

Reading is lenient: servers leave fields out, name the thinking part differently (`reasoning_content`, `reasoning`) and
give log-probabilities of raw completions in either of two shapes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from atlas_pipeline.engine.api import Completion, FinishReason, OnText

THINK_TAGS = ("<think>", "</think>")


class DrawnToken(msgspec.Struct, frozen=True):
    """One token of a chat."""

    logprob: float | None = None


class Logprobs(msgspec.Struct, frozen=True):
    """Log-probabilities: `content` in chats and llama-server's completions, `token_logprobs` in other completions."""

    content: list[DrawnToken] | None = None
    token_logprobs: list[float | None] | None = None

    @property
    def values(self) -> list[float]:
        """The natural log-probabilities that are known."""
        drawn = [token.logprob for token in self.content or ()] + (self.token_logprobs or [])
        return [value for value in drawn if value is not None]


class Part(msgspec.Struct, frozen=True):
    """A message, or what a chunk adds to it."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """One answer, or what a chunk adds to it."""

    index: int = 0
    delta: Part | None = None
    message: Part | None = None
    text: str | None = None
    logprobs: Logprobs | None = None
    finish_reason: str | None = None

    @property
    def content(self) -> str:
        """The text that is added."""
        part = self.delta or self.message
        return self.text or (part.content if part is not None else None) or ""

    @property
    def thought(self) -> str:
        """The thinking that is added."""
        part = self.delta or self.message
        return (part.reasoning_content or part.reasoning or "") if part is not None else ""


class TokensDetails(msgspec.Struct, frozen=True):
    """What the completion tokens were."""

    reasoning_tokens: int | None = None


class OwnUsage(msgspec.Struct, frozen=True):
    """What only our engine counts."""

    drafted: int = 0
    accepted: int = 0


class UsageCount(msgspec.Struct, frozen=True):
    """What a request took."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    completion_tokens_details: TokensDetails | None = None
    atlas: OwnUsage | None = None


class Chunk(msgspec.Struct, frozen=True):
    """One event of a streamed answer, or a whole answer."""

    model: str | None = None
    choices: list[Choice] | None = None
    usage: UsageCount | None = None
    error: Any = None


class Gathering:
    """Collects one answer. `begun` and `shown` say whether it can still be asked for again without a trace."""

    def __init__(self, on_text: OnText | None = None) -> None:
        self.begun = False
        """Something of the answer has come."""
        self.shown = False
        """Text of it was handed to `on_text`."""
        self.finish_reason: str | None = None
        self.counted = False
        """The server reported how many tokens it took."""
        self._on_text = on_text
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self._logprobs: list[float] = []
        self._usage = UsageCount()

    def add(self, chunk: Chunk) -> None:
        """Take a chunk; only the first of several answers is read."""
        if chunk.usage is not None:
            self._usage = chunk.usage
            self.counted = True
        for choice in chunk.choices or ():
            if choice.index != 0:
                continue
            self.finish_reason = choice.finish_reason or self.finish_reason
            if choice.logprobs is not None:
                self._logprobs.extend(choice.logprobs.values)
            if thought := choice.thought:
                self.begun = True
                self._thoughts.append(thought)
            if text := choice.content:
                self.begun = True
                self._pieces.append(text)
                self.show(text)

    def show(self, text: str) -> None:
        """Hand text to the one who waits for it."""
        if self._on_text is not None:
            self.shown = True
            self._on_text(text)

    def result(self) -> Completion:
        """Return the answer. Token counts that the server did not report are taken from the number of pieces."""
        usage = self._usage
        tokens = len(self._pieces) + len(self._thoughts) if usage.completion_tokens is None else usage.completion_tokens
        details = usage.completion_tokens_details or TokensDetails()
        own = usage.atlas or OwnUsage()
        return Completion(
            text="".join(self._pieces),
            finish=FinishReason.LENGTH if self.finish_reason == "length" else FinishReason.STOP,
            prompt_tokens=usage.prompt_tokens or 0,
            completion_tokens=tokens,
            mean_logprob=sum(self._logprobs) / len(self._logprobs) if self._logprobs else None,
            thinking="".join(self._thoughts),
            thinking_tokens=details.reasoning_tokens or 0,
            drafted=own.drafted,
            accepted=own.accepted,
        )


def without_thinking(answer: Completion) -> Completion:
    """Move a leading `<think>` part out of the text: servers without a reasoning parser leave it there."""
    start, end = THINK_TAGS
    text = answer.text.lstrip()
    if answer.thinking or not text.startswith(start):
        return answer
    thinking, closed, rest = text[len(start) :].partition(end)
    return replace(answer, thinking=thinking.strip("\n"), text=rest.lstrip("\n") if closed else "")

"""A job's events as OpenAI answers: whole or in chunks, for chats and for plain completions."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from atlas_pipeline.engine.answers import (
    Alternative,
    AnswerMessage,
    AtlasUsage,
    ChatAnswer,
    ChatChoice,
    ChatChunk,
    ChatChunkChoice,
    ChatLogprobs,
    CompletionTokensDetails,
    Delta,
    Finish,
    PromptTokensDetails,
    TextAnswer,
    TextChoice,
    TextLogprobs,
    TokenLogprob,
    Usage,
)
from atlas_pipeline.engine.generation import ChoiceEnded, Cost, Event, Piece, SampledToken


class Answer(Protocol):
    """How one endpoint writes what was generated."""

    @property
    def logprobs(self) -> bool:
        """Whether the log-probabilities of tokens are written."""
        ...

    def opening(self, n: int) -> list[msgspec.Struct]:
        """Return the chunks that come before any text."""
        ...

    def chunk(self, index: int, part: Part) -> msgspec.Struct:
        """Return what was added to one of the n completions."""
        ...

    def usage_chunk(self, usage: Usage) -> msgspec.Struct:
        """Return the chunk that ends a stream whose client asked for the usage."""
        ...

    def whole(self, choices: Sequence[Part], usage: Usage) -> msgspec.Struct:
        """Return the answer of a request that was not streamed."""
        ...


class Part:
    """One of the n completions, or what was added to it, put together from its pieces."""

    def __init__(self) -> None:
        self.text = ""
        self.thinking = ""
        self.tokens: list[SampledToken] = []
        """Those of the text, not of the thinking."""
        self.finish: Finish | None = None

    def add(self, event: Piece | ChoiceEnded) -> None:
        """Take the next event of this choice."""
        if isinstance(event, Piece) and event.thinking:
            self.thinking += event.text
        elif isinstance(event, Piece):
            self.text += event.text
            self.tokens.extend(event.tokens)
        else:
            self.finish = event.finish


def by_choice(events: Iterable[Event]) -> dict[int, Part]:
    """Put the pieces of each choice together; other events are left out."""
    choices: dict[int, Part] = {}
    for event in events:
        if isinstance(event, Piece | ChoiceEnded):
            choices.setdefault(event.choice, Part()).add(event)
    return choices


def usage(cost: Cost, seed: int | None = None) -> Usage:
    """Return what a job took, in the API's terms."""
    return Usage(
        prompt_tokens=cost.prompt_tokens,
        completion_tokens=cost.completion_tokens,
        total_tokens=cost.prompt_tokens + cost.completion_tokens,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=cost.cached_tokens),
        completion_tokens_details=CompletionTokensDetails(
            reasoning_tokens=cost.thinking_tokens,
            accepted_prediction_tokens=cost.accepted,
            rejected_prediction_tokens=cost.drafted - cost.accepted,
        ),
        atlas=AtlasUsage(
            seed=seed,
            queued_s=round(cost.queued_s, 6),
            prefill_s=round(cost.prefill_s, 6),
            decode_s=round(cost.decode_s, 6),
            drafted=cost.drafted,
            accepted=cost.accepted,
            waits=cost.waits,
            thinking_cut=cost.thinking_cut,
            preempted=cost.preempted,
        ),
    )


class ChatShape:
    """Answers of /v1/chat/completions."""

    def __init__(self, model: str, *, logprobs: bool) -> None:
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())
        self._model = model
        self.logprobs = logprobs

    def opening(self, n: int) -> list[msgspec.Struct]:
        """See `Answer.opening`."""
        roles = [ChatChunkChoice(index=index, delta=Delta(role="assistant", content="")) for index in range(n)]
        return [self._chunk(roles)]

    def chunk(self, index: int, part: Part) -> msgspec.Struct:
        """See `Answer.chunk`."""
        delta = Delta(content=part.text or None, reasoning_content=part.thinking or None)
        return self._chunk(
            [ChatChunkChoice(index=index, delta=delta, logprobs=self._tokens(part.tokens), finish_reason=part.finish)]
        )

    def usage_chunk(self, usage: Usage) -> msgspec.Struct:
        """See `Answer.usage_chunk`."""
        return self._chunk([], usage)

    def whole(self, choices: Sequence[Part], usage: Usage) -> msgspec.Struct:
        """See `Answer.whole`."""
        return ChatAnswer(
            id=self._id,
            created=self._created,
            model=self._model,
            choices=[
                ChatChoice(
                    index=index,
                    message=AnswerMessage(content=choice.text, reasoning_content=choice.thinking or None),
                    logprobs=self._tokens(choice.tokens),
                    finish_reason=choice.finish,
                )
                for index, choice in enumerate(choices)
            ],
            usage=usage,
        )

    def _chunk(self, choices: list[ChatChunkChoice], usage: Usage | None = None) -> ChatChunk:
        return ChatChunk(id=self._id, created=self._created, model=self._model, choices=choices, usage=usage)

    def _tokens(self, tokens: Sequence[SampledToken]) -> ChatLogprobs | None:
        if not self.logprobs or not tokens:
            return None
        return ChatLogprobs(
            content=[
                TokenLogprob(
                    token=_readable(token.data),
                    logprob=token.logprob or 0.0,
                    bytes=list(token.data),
                    top_logprobs=[
                        Alternative(token=_readable(data), logprob=logprob, bytes=list(data))
                        for data, logprob in token.top
                    ],
                )
                for token in tokens
            ]
        )


class TextShape:
    """Answers of /v1/completions."""

    def __init__(self, model: str, *, logprobs: bool) -> None:
        self._id = f"cmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())
        self._model = model
        self.logprobs = logprobs
        self._offsets: dict[int, int] = {}

    def opening(self, n: int) -> list[msgspec.Struct]:
        """See `Answer.opening`."""
        return []

    def chunk(self, index: int, part: Part) -> msgspec.Struct:
        """See `Answer.chunk`."""
        logprobs = self._tokens(index, part.tokens)
        return self._answer([TextChoice(index=index, text=part.text, logprobs=logprobs, finish_reason=part.finish)])

    def usage_chunk(self, usage: Usage) -> msgspec.Struct:
        """See `Answer.usage_chunk`."""
        return self._answer([], usage)

    def whole(self, choices: Sequence[Part], usage: Usage) -> msgspec.Struct:
        """See `Answer.whole`."""
        return self._answer(
            [
                TextChoice(
                    index=index,
                    text=choice.text,
                    logprobs=self._tokens(index, choice.tokens),
                    finish_reason=choice.finish,
                )
                for index, choice in enumerate(choices)
            ],
            usage,
        )

    def _answer(self, choices: list[TextChoice], usage: Usage | None = None) -> TextAnswer:
        return TextAnswer(id=self._id, created=self._created, model=self._model, choices=choices, usage=usage)

    def _tokens(self, index: int, tokens: Sequence[SampledToken]) -> TextLogprobs | None:
        if not self.logprobs or not tokens:
            return None
        texts = [_readable(token.data) for token in tokens]
        offsets = []
        for text in texts:
            offsets.append(self._offsets.get(index, 0))
            self._offsets[index] = offsets[-1] + len(text)
        tops = [{_readable(data): logprob for data, logprob in token.top} for token in tokens]
        return TextLogprobs(
            tokens=texts,
            # Tokens that were put in rather than drawn have none; they were certain.
            token_logprobs=[token.logprob or 0.0 for token in tokens],
            top_logprobs=tops if any(tops) else None,
            text_offset=offsets,
        )


def _readable(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")

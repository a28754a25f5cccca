"""One completion in the making: the tokens so far, how the next one is drawn, and what of its text may be shown."""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

from atlas_pipeline.engine.generation import ChoiceEnded, GenerationJob, Piece, SampledToken
from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.llama_context import LlamaContext
from atlas_pipeline.engine.llama_sampling import GrammarEndedError, Sampler, log_softmax
from atlas_pipeline.engine.sequences import StoredSequence
from atlas_pipeline.engine.speculation import Speculation
from atlas_pipeline.engine.text_assembly import TextAssembler
from atlas_pipeline.engine.thinking import Phase, ThinkingGuard, ThinkTags


class Choice:
    """One of the n completions of a job."""

    def __init__(
        self,
        model: LlamaModel,
        job: GenerationJob,
        index: int,
        *,
        tags: ThinkTags | None = None,
        speculation: Speculation | None = None,
    ) -> None:
        self.job = job
        self.index = index
        self.tokens = list(job.prompt)
        """The prompt and what was written since."""
        self.speculation = speculation
        self.guard: ThinkingGuard | None = None
        if tags is not None and (job.follow_thinking or job.thinking is not None):
            self.guard = ThinkingGuard(tags, job.thinking, prompt=job.prompt)
        self.sequence: StoredSequence | None = None
        """Where its tokens are in the memory; None while it waits."""
        self.leader: Choice | None = None
        """The choice whose prompt this one waits for, to share it."""
        self.passed_over = 0
        """How often somebody who came later went first."""
        self.ended = False
        self.started_at: float | None = None
        self.first_token_at: float | None = None
        self._model = model
        self._sampler = Sampler(model, job.sampling, job.seed + index, grammar=job.grammar)
        self._answer = TextAssembler(job.stops)
        self._thought = TextAssembler()
        self._begun: set[bool] = set()
        """Which of answer (False) and thinking (True) have text."""

    @property
    def drawn(self) -> int:
        """Tokens written so far."""
        return len(self.tokens) - len(self.job.prompt)

    @property
    def stored(self) -> int:
        """How many of its tokens the memory holds."""
        return len(self.sequence.tokens) if self.sequence is not None else 0

    @property
    def decoding(self) -> bool:
        """Whether only its last token is yet to be decoded."""
        return self.sequence is not None and self.stored == len(self.tokens) - 1

    def next_tokens(self, room: int) -> list[int]:
        """Return the next tokens to decode, at most `room`."""
        last = len(self.job.prompt) - 1
        # The last prompt token never shares a batch with those before it: all choices of a prompt then start from
        # outputs that were computed the same way, whether the prompt was found in the cache or not.
        end = last if self.stored < last else len(self.tokens)
        return self.tokens[self.stored : min(self.stored + room, end)]

    def write_next(self, context: LlamaContext, row: int) -> int | None:
        """Write what follows the token of a row; return it, None if it was not drawn or nothing can follow.

        Raises:
            EngineError: the outputs are no numbers.
        """
        if self.first_token_at is None:
            self.first_token_at = time.monotonic()
        if self.guard is not None and (due := self.guard.due()):
            self._put_in(due)
            return None
        thinking = self.guard is not None and self.guard.phase is not Phase.ANSWERING
        try:
            token = self._sampler.draw(context, row, free=thinking)
        except GrammarEndedError:
            self._end("stop")
            return None
        is_end = self._model.is_end(token)
        if self.guard is not None and (instead := self.guard.instead_of(token, is_end=is_end)):
            self._put_in(instead)
            return None
        self._write(token, self._describe(context, row, token), is_end=is_end)
        return token

    def close(self) -> None:
        """Free what is native."""
        self._sampler.close()

    def _put_in(self, tokens: tuple[int, ...]) -> None:
        for token in tokens:
            if not self.ended:
                self._sampler.note(token)
                self._write(token, SampledToken(token=token, data=self._data(token), logprob=None), is_end=False)

    def _write(self, token: int, sampled: SampledToken, *, is_end: bool) -> None:
        self.tokens.append(token)
        if is_end:
            self._end("stop")
            return
        phase = Phase.ANSWERING
        if self.guard is not None:
            phase = self.guard.take(token, blank=not sampled.data.strip())
        thinking = phase is Phase.THINKING and not self.job.show_tags
        if phase is Phase.THINKING:
            text = self._thought.feed(sampled.data)
            if self.guard is not None and self.guard.phase is Phase.ANSWERING:
                text += self._thought.finish()
        else:
            text = self._answer.feed(sampled.data)
        if self.guard is not None and not self.job.show_tags:
            text = self._without_first_line_ends(text, thinking=thinking)
        self.job.emit(Piece(choice=self.index, text=text, tokens=(sampled,), thinking=thinking))
        if self._answer.stopped:
            self._end("stop")
        elif self.drawn >= self.job.max_tokens:
            self._end("length")

    def _end(self, finish: Literal["stop", "length"]) -> None:
        self.ended = True
        for assembler, thinking in ((self._thought, not self.job.show_tags), (self._answer, False)):
            if tail := assembler.finish():
                self.job.emit(Piece(choice=self.index, text=tail, tokens=(), thinking=thinking))
        self.job.emit(ChoiceEnded(choice=self.index, finish=finish))

    def _without_first_line_ends(self, text: str, *, thinking: bool) -> str:
        """Drop the line ends that models write after a tag."""
        if thinking in self._begun:
            return text
        text = text.lstrip("\n")
        if text:
            self._begun.add(thinking)
        return text

    def _describe(self, context: LlamaContext, row: int, token: int) -> SampledToken:
        data = self._data(token)
        if not self.job.logprobs:
            return SampledToken(token=token, data=data, logprob=None)
        logprobs = log_softmax(context.logits(row))
        top = self.job.top_logprobs
        best: list[int] = []
        if top:
            candidates = np.argpartition(-logprobs, top)[:top]
            best = candidates[np.argsort(-logprobs[candidates], kind="stable")].tolist()
        return SampledToken(
            token=token,
            data=data,
            logprob=float(logprobs[token]),
            top=tuple((self._model.piece(other), float(logprobs[other])) for other in best),
        )

    def _data(self, token: int) -> bytes:
        if self.job.show_tags and self.guard is not None and self.guard.is_tag(token):
            return self._model.text(token)
        return self._model.piece(token)

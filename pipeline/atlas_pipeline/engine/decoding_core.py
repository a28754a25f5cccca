"""Carries out one job at a time on one sequence; what the next prompt shares with the last one is not decoded again."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from atlas_pipeline.engine.generation import (
    ChoiceEnded,
    Cost,
    EmbeddingJob,
    GenerationJob,
    Job,
    JobCancelled,
    Piece,
    SampledToken,
)
from atlas_pipeline.engine.llama import EMBEDDING_CONTEXT, LlamaContext, LlamaModel, log_softmax
from atlas_pipeline.engine.text_assembly import TextAssembler


@dataclass(slots=True)
class Counters:
    """Tokens since the start."""

    decoded: int = 0
    prefilled: int = 0


class DecodingCore:
    """The model, its contexts and the loop over tokens. Not thread-safe.

    Raises:
        EngineError: the context does not fit into memory.
    """

    def __init__(self, model: LlamaModel, *, context: int, threads: int) -> None:
        self.model = model
        self.counters = Counters()
        self._threads = threads
        self._context = LlamaContext(model, context=context, threads=threads)
        self._embedding_context: LlamaContext | None = None

    @property
    def n_ctx(self) -> int:
        """Tokens that prompt and completion may have together."""
        return self._context.n_ctx

    @property
    def n_ctx_embedding(self) -> int:
        """Tokens that one text to be embedded may have."""
        return min(self.n_ctx, EMBEDDING_CONTEXT)

    def generate(self, job: GenerationJob) -> Cost:
        """Carry out a generation job; return what it took.

        Raises:
            JobCancelled: the job was cancelled.
            EngineError: llama.cpp failed.
        """
        cost = Cost(prompt_tokens=len(job.prompt))
        for choice in range(job.n):
            started = time.monotonic()
            # The second choice finds the very state the first one began from, so it is reused in either case.
            cached = self._prefill(job, reuse=job.reuse_cache or choice > 0)
            prefilled = time.monotonic()
            drawn = self._complete(job, choice)
            cost = replace(
                cost,
                cached_tokens=cached if choice == 0 else cost.cached_tokens,
                completion_tokens=cost.completion_tokens + drawn,
                prefill_s=cost.prefill_s + prefilled - started,
                decode_s=cost.decode_s + time.monotonic() - prefilled,
            )
        return cost

    def embed(self, job: EmbeddingJob) -> NDArray[np.float32]:
        """Return the mean hidden state of each text, control tokens left out: (n, n_embd) float32.

        Raises:
            JobCancelled: the job was cancelled.
            EngineError: llama.cpp failed, or the second context does not fit into memory.
        """
        if self._embedding_context is None:
            self._embedding_context = LlamaContext(
                self.model, context=self.n_ctx_embedding, threads=self._threads, embeddings=True
            )
        vectors = np.empty((len(job.texts), self.model.n_embd), dtype=np.float32)
        for row, tokens in enumerate(job.texts):
            vectors[row] = self._mean_state(self._embedding_context, tokens, job)
        return vectors

    def close(self) -> None:
        """Free all native memory."""
        if self._embedding_context is not None:
            self._embedding_context.close()
        self._context.close()
        self.model.close()

    def _prefill(self, job: GenerationJob, *, reuse: bool) -> int:
        """Decode the prompt; return how many of its tokens were there already."""
        context, prompt, last = self._context, job.prompt, len(job.prompt) - 1
        cached = context.rewind(_common_prefix(context.tokens, prompt[:last]) if reuse else 0)
        for start in range(cached, last, context.chunk_tokens):
            _check(job)
            chunk = prompt[start : min(start + context.chunk_tokens, last)]
            context.decode(chunk)
            self.counters.prefilled += len(chunk)
        _check(job)
        # Alone, always: logits depend a little on the batch they are computed in, and all samples of one prompt,
        # the one that filled the cache and those that found it filled, should start from the same ones.
        context.decode(prompt[last:])
        self.counters.prefilled += 1
        return cached

    def _complete(self, job: GenerationJob, choice: int) -> int:
        """Draw tokens until the end; return how many."""
        text = TextAssembler(job.stops)
        ended = ChoiceEnded(choice=choice, finish="length")
        drawn = 0
        with self._context.sampler(job.sampling, job.seed + choice) as draw:
            while drawn < job.max_tokens:
                token = draw()
                drawn += 1
                self.counters.decoded += 1
                if self.model.is_end(token):
                    ended = ChoiceEnded(choice=choice, finish="stop")
                    break
                sampled = self._describe(token, job.top_logprobs)
                job.emit(Piece(choice=choice, text=text.feed(sampled.data), tokens=(sampled,)))
                if text.stopped:
                    ended = ChoiceEnded(choice=choice, finish="stop")
                    break
                _check(job)
                if drawn < job.max_tokens:
                    self._context.decode([token])
        if tail := text.finish():
            job.emit(Piece(choice=choice, text=tail, tokens=()))
        job.emit(ended)
        return drawn

    def _describe(self, token: int, top: int) -> SampledToken:
        logprobs = log_softmax(self._context.logits())
        best = np.argsort(-logprobs, kind="stable")[:top].tolist() if top else []
        return SampledToken(
            token=token,
            data=self.model.piece(token),
            logprob=float(logprobs[token]),
            top=tuple((self.model.piece(other), float(logprobs[other])) for other in best),
        )

    def _mean_state(self, context: LlamaContext, tokens: list[int], job: EmbeddingJob) -> NDArray[np.float64]:
        total = np.zeros(self.model.n_embd, dtype=np.float64)  # (n_embd,)
        counted = 0
        context.rewind(0)
        for start in range(0, len(tokens), context.chunk_tokens):
            _check(job)
            chunk = tokens[start : start + context.chunk_tokens]
            context.decode(chunk)
            states = context.hidden_states(len(chunk))  # (len(chunk), n_embd)
            kept = [index for index, token in enumerate(chunk) if not self.model.is_control(token)]
            total += states[kept].sum(axis=0, dtype=np.float64)
            counted += len(kept)
        return total / max(1, counted)


def _check(job: Job) -> None:
    if job.cancelled.is_set():
        raise JobCancelled


def _common_prefix(first: list[int], second: list[int]) -> int:
    length = min(len(first), len(second))
    return next((index for index in range(length) if first[index] != second[index]), length)

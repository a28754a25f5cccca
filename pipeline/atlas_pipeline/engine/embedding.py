"""The generating model's own embeddings, computed beside running completions in a small context of their own.

Switching embeddings on in the generating context would make every prompt token an output: 300 MB of logits for each
micro-batch at a vocabulary of 152,000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from atlas_pipeline.engine.counters import Counters
from atlas_pipeline.engine.generation import Cost, Embedded, EmbeddingJob, Ended, Failed
from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.llama_context import ContextOptions, LlamaContext, Row
from atlas_pipeline.engine.model_facts import EMBEDDING_DEFINITION, LAST_STATE_DEFINITION
from atlas_pipeline.errors import EngineError

EMBEDDING_CONTEXT = 2048
"""Most tokens of one text, and of all texts that are in work."""

BATCH_LOGITS_BYTES = 64 << 20
"""llama.cpp computes logits for every token of an embedding batch; this bounds them for large vocabularies."""

BATCH_TOKENS = 256
TEXTS_AT_A_TIME = 16


@dataclass(slots=True, eq=False)
class _Text:
    """A text in work."""

    job: EmbeddingJob
    row: int
    tokens: list[int]
    total: NDArray[np.float64]
    """(n_embd,): the sum of the hidden states so far."""
    last: NDArray[np.float32]
    """(n_embd,): the newest of them."""
    sequence: int
    done: int = 0
    counted: int = 0


class Embedder:
    """The mean hidden state after the final norm of each text, and the last one, control tokens left out.

    `EMBEDDING_DEFINITION` and `LAST_STATE_DEFINITION` say it exactly. One pass gives both.

    Raises:
        EngineError: the context does not fit into memory.
    """

    def __init__(self, model: LlamaModel, counters: Counters, *, context: int, threads: int) -> None:
        self._model = model
        self._counters = counters
        affordable = BATCH_LOGITS_BYTES // (4 * model.vocabulary_size)
        self._context = LlamaContext(
            model,
            ContextOptions(
                cells=min(context, EMBEDDING_CONTEXT),
                sequences=TEXTS_AT_A_TIME,
                batch_tokens=max(16, min(BATCH_TOKENS, affordable)),
                threads=threads,
                embeddings=True,
            ),
        )
        self._jobs: list[EmbeddingJob] = []
        self._vectors: dict[EmbeddingJob, NDArray[np.float32]] = {}
        self._left: dict[EmbeddingJob, list[int]] = {}
        """The texts of a job that nobody has begun, as indices."""
        self._texts: list[_Text] = []
        self._free = list(range(TEXTS_AT_A_TIME))

    @property
    def waiting(self) -> int:
        """Jobs that are not done."""
        return len(self._jobs)

    def add(self, job: EmbeddingJob) -> None:
        """Take a job in. Its events go to `job.emit`."""
        self._jobs.append(job)
        self._jobs.sort(key=lambda job: -job.priority)
        self._vectors[job] = np.empty((len(job.texts), len(job.definitions) * self._model.n_embd), dtype=np.float32)
        self._left[job] = list(range(len(job.texts)))

    def step(self) -> bool:
        """Carry out one micro-batch; return whether anything is left to do."""
        for job in [job for job in self._jobs if job.cancelled.is_set()]:
            self._forget(job)
        self._begin()
        turns = self._plan()
        if turns:
            try:
                self._decode(turns)
            except EngineError as error:
                self.fail_all(str(error))
        return bool(self._jobs)

    def fail_all(self, message: str) -> None:
        """Fail all jobs."""
        for job in list(self._jobs):
            self._forget(job)
            job.emit(Failed(message=message))
        self._context.clear_all()

    def close(self) -> None:
        """Free the context."""
        self._context.close()

    def _begin(self) -> None:
        """Take texts into work while there is room for them."""
        room = self._context.cells - sum(len(text.tokens) for text in self._texts)
        for job in self._jobs:
            left = self._left[job]
            while left and self._free and len(job.texts[left[0]]) <= room:
                row = left.pop(0)
                tokens = job.texts[row]
                room -= len(tokens)
                total = np.zeros(self._model.n_embd, dtype=np.float64)
                last = np.zeros(self._model.n_embd, dtype=np.float32)
                self._texts.append(_Text(job, row, tokens, total, last, self._free.pop()))

    def _plan(self) -> list[tuple[_Text, list[int]]]:
        room = self._context.batch_tokens
        turns = []
        for text in self._texts:
            if chunk := text.tokens[text.done : text.done + room]:
                turns.append((text, chunk))
                room -= len(chunk)
        return turns

    def _decode(self, turns: list[tuple[_Text, list[int]]]) -> None:
        self._context.decode(
            [
                Row(token, text.done + index, text.sequence, True)
                for text, chunk in turns
                for index, token in enumerate(chunk)
            ]
        )
        row = 0
        for text, chunk in turns:
            state: NDArray[np.float32] | None = None
            for token in chunk:
                if not self._model.is_control(token):
                    state = self._context.hidden_state(row)
                    text.total += state
                    text.counted += 1
                row += 1
            if state is not None:
                text.last = state.copy()
            text.done += len(chunk)
            self._counters.embedded += len(chunk)
            if text.done == len(text.tokens):
                self._finish(text)

    def _finish(self, text: _Text) -> None:
        job = text.job
        of: dict[str, NDArray[np.floating]] = {
            EMBEDDING_DEFINITION: text.total / max(1, text.counted),
            LAST_STATE_DEFINITION: text.last,
        }
        self._vectors[job][text.row] = np.concatenate([of[definition] for definition in job.definitions])
        self._put_away(text)
        if self._left[job] or any(other.job is job for other in self._texts):
            return
        vectors = self._vectors[job]
        self._forget(job)
        if not np.isfinite(vectors).all():
            job.emit(Failed(message="The model's states are not numbers; its file is damaged."))
            return
        job.emit(Embedded(vectors=vectors))
        job.emit(Ended(cost=Cost(prompt_tokens=sum(map(len, job.texts)))))

    def _put_away(self, text: _Text) -> None:
        self._context.clear(text.sequence)
        self._free.append(text.sequence)
        self._texts.remove(text)

    def _forget(self, job: EmbeddingJob) -> None:
        for text in [text for text in self._texts if text.job is job]:
            self._put_away(text)
        self._jobs.remove(job)
        del self._vectors[job], self._left[job]

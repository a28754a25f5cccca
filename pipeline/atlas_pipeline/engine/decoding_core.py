"""The model and everything that computes with it: completions, bit-equal replays, embeddings. One step at a time.

Each step advances all three by one batch, so that none waits for another to end.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from atlas_pipeline.engine.choice import Choice
from atlas_pipeline.engine.counters import Counters
from atlas_pipeline.engine.drafting import Drafter, DraftModel
from atlas_pipeline.engine.embedding import EMBEDDING_CONTEXT, Embedder
from atlas_pipeline.engine.generation import EmbeddingJob, Failed, GenerationJob, Job
from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.llama_context import ContextOptions, KvType, LlamaContext
from atlas_pipeline.engine.llama_mtp import MtpDrafter, obstacle
from atlas_pipeline.engine.scheduler import Scheduler
from atlas_pipeline.engine.speculation import MAX_DRAFT, Records, Speculation
from atlas_pipeline.engine.thinking import TAGS, WAIT, ThinkTags
from atlas_pipeline.errors import EngineError

DEFAULT_SLOTS = 16

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreOptions:
    """The size of everything that is allocated."""

    context: int
    """Tokens that prompt and completion may have together."""
    threads: int = 1
    slots: int = DEFAULT_SLOTS
    """Completions decoded at a time."""
    cells: int = 0
    """Tokens that all sequences together may hold. 0: a context, and 1,024 more for each further slot."""
    cached_sequences: int = 8
    """Sequences kept, beyond the slots, for prefixes that later requests may share."""
    kv_type: KvType = "f16"
    batch_tokens: int = 256
    rollback: int = 0
    """Longest draft for a model with a recurrent state, which must be taken back from wrong guesses. 0: no drafts.

    Each sequence then keeps so many further copies of its state."""


class DecodingCore:
    """The model, its contexts and the loop over batches. Not thread-safe, except `cancelled`.

    Owns both models.

    Raises:
        ModelFileError: `draft` cannot draft for `model`.
        EngineError: the context does not fit into memory.
    """

    def __init__(self, model: LlamaModel, options: CoreOptions, *, draft: LlamaModel | None = None) -> None:
        self.model = model
        self.counters = Counters()
        self.tags = think_tags(model)
        self.n_ctx = options.context
        """Tokens that prompt and completion may have together."""
        self.slots = options.slots
        self._options = options
        cells = options.cells or options.context + (options.slots - 1) * min(options.context, 1024)
        self._context = LlamaContext(
            model,
            ContextOptions(
                cells=max(cells, options.context),
                sequences=options.slots + options.cached_sequences,
                batch_tokens=options.batch_tokens,
                outputs=options.slots + MAX_DRAFT + 1,
                threads=options.threads,
                kv_type=options.kv_type,
                rollback=min(options.rollback, MAX_DRAFT),
            ),
        )
        self.longest_draft = self._context.rollback if model.keeps_state else MAX_DRAFT
        """Most tokens that are speculated at a time; 0: the model cannot take wrong guesses back."""
        self.without_drafts = ""
        """Why there is no speculation, or no better than by prompt lookup; empty where nothing is lacking."""
        self.records = Records()
        """How good drafts were so far."""
        self._draft_model: DraftModel | None = None
        self._mtp: MtpDrafter | None = None
        self._set_drafter(draft)
        self.scheduler = Scheduler(
            self._context, self._make_choice, self.counters, slots=options.slots, drafter=self._drafter
        )
        self._alone_context: LlamaContext | None = None
        self._alone: Scheduler | None = None
        self._embedder: Embedder | None = None

    @property
    def drafts(self) -> tuple[str, ...]:
        """Where speculated tokens come from, in the order in which they are asked."""
        sources = (
            ("prompt lookup", self.longest_draft > 0),
            ("draft model", self._draft_model is not None and self._draft_model.longest > 0),
            ("MTP", self._mtp is not None and self._mtp.longest > 0),
        )
        return tuple(name for name, drafting in sources if drafting)

    @property
    def n_ctx_embedding(self) -> int:
        """Tokens that one text to be embedded may have."""
        return min(self.n_ctx, EMBEDDING_CONTEXT)

    @property
    def waiting(self) -> int:
        """Completions and embedding requests that nothing has been done for."""
        return self.scheduler.waiting + (self._alone.waiting if self._alone else 0)

    @property
    def running(self) -> int:
        """Completions that have a slot."""
        return self.scheduler.running + (self._alone.running if self._alone else 0)

    @property
    def embedding(self) -> int:
        """Embedding requests that are not done."""
        return self._embedder.waiting if self._embedder else 0

    def add(self, job: Job) -> None:
        """Take a job in; if it cannot be begun, its events say so."""
        try:
            if isinstance(job, EmbeddingJob):
                self._embeddings().add(job)
            elif isinstance(job, GenerationJob):
                (self._solitude() if job.deterministic else self.scheduler).add(job)
        except (EngineError, ValueError) as error:
            job.emit(Failed(message=str(error)))

    def step(self) -> bool:
        """Advance everything by one batch; return whether anything is left to do."""
        left = self.scheduler.step()
        if self._alone is not None and self._alone.step():
            left = True
        if self._embedder is not None and self._embedder.step():
            left = True
        return left

    def run(self) -> None:
        """Step until nothing is left to do."""
        while self.step():
            pass

    def cancelled(self) -> None:
        """Give up a batch that nobody waits for any more; from any thread, after a job was cancelled."""
        self.scheduler.cancelled()
        if self._alone is not None:
            self._alone.cancelled()

    def abandon(self) -> None:
        """Drop everything in the middle of whatever is computed; from any thread, before `close`."""
        self._context.abort(for_ever=True)
        if self._drafter is not None:
            self._drafter.abandon()
        if self._alone_context is not None:
            self._alone_context.abort(for_ever=True)

    def fail(self, message: str) -> None:
        """Fail all jobs."""
        self.scheduler.fail_all(message)
        if self._alone is not None:
            self._alone.fail_all(message)
        if self._embedder is not None:
            self._embedder.fail_all(message)

    def close(self) -> None:
        """Fail what is not done and free all native memory."""
        self.fail("The engine ends.")
        if self._embedder is not None:
            self._embedder.close()
        if self._alone_context is not None:
            self._alone_context.close()
        if self._drafter is not None:
            self._drafter.close()
        self._context.close()
        self.model.close()

    def _make_choice(self, job: GenerationJob, index: int) -> Choice:
        speculation = None
        if job.draft and not job.deterministic and self.longest_draft > 0:
            by_model = min(self._drafter.longest, self.longest_draft) if self._drafter is not None else 0
            speculation = Speculation(longest=self.longest_draft, longest_by_model=by_model, records=self.records)
        return Choice(self.model, job, index, tags=self.tags, speculation=speculation)

    @property
    def _drafter(self) -> Drafter | None:
        return self._draft_model or self._mtp

    def _set_drafter(self, draft: LlamaModel | None) -> None:
        options = self._options
        why_no_mtp = obstacle(self._context)
        if self.longest_draft == 0:
            self.without_drafts = (
                f"a model of the architecture {self.model.architecture} cannot take wrong guesses back"
                if options.rollback
                else "a recurrent state takes wrong guesses back only with `engine.rollback` above 0"
            )
        elif draft is None and self.model.has_mtp and why_no_mtp:
            self.without_drafts = why_no_mtp
        if draft is not None:
            self._draft_model = DraftModel(draft, self.model, context=options.context, threads=options.threads)
        elif not why_no_mtp:
            self._mtp = MtpDrafter(self._context, threads=options.threads, kv_type=options.kv_type)
        log.info("drafts come from: %s", ", ".join(self.drafts) or "nowhere")
        if self.without_drafts:
            log.warning("speculation lacks something: %s", self.without_drafts)

    def _solitude(self) -> Scheduler:
        """Return the scheduler whose batches hold one completion only.

        Logits depend a little on what else is in the batch and on where in the memory a sequence lies: bit-equal
        replays need both to be the same each time.
        """
        if self._alone is None:
            self._alone_context = LlamaContext(
                self.model,
                ContextOptions(
                    cells=self.n_ctx,
                    batch_tokens=self._options.batch_tokens,
                    threads=self._options.threads,
                    kv_type=self._options.kv_type,
                ),
            )
            self._alone = Scheduler(self._alone_context, self._make_choice, self.counters, slots=1)
        return self._alone

    def _embeddings(self) -> Embedder:
        if self._embedder is None:
            self._embedder = Embedder(
                self.model, self.counters, context=self.n_ctx_embedding, threads=self._options.threads
            )
        return self._embedder


def think_tags(model: LlamaModel) -> ThinkTags | None:
    """Return the model's think tags; None if it has none that are single tokens."""
    for start, end in TAGS:
        tags = [_lone_token(model, text) for text in (start, end)]
        if tags[0] is not None and tags[1] is not None:
            return ThinkTags(start=tags[0], end=tags[1], wait=tuple(model.tokenize(WAIT, begin=False)))
    return None


def _lone_token(model: LlamaModel, text: str) -> int | None:
    tokens = model.tokenize(text, begin=False)
    return tokens[0] if len(tokens) == 1 else None

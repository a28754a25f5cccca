"""Continuous batching: each step decodes one token of every running completion and a chunk of the prompts that wait.

One thread owns it. A full cache makes completions wait, or give up their place and take it up again later; it never makes
one fail. Completions of higher priority go first, but nobody is passed over for ever.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from atlas_pipeline.engine.choice import Choice
from atlas_pipeline.engine.drafting import Drafter, Wanted
from atlas_pipeline.engine.generation import Cost, Ended, Failed, GenerationJob
from atlas_pipeline.engine.llama_context import DecodingAbortedError, LlamaContext, Row
from atlas_pipeline.engine.pricing import RowPrices, RunningMedian, best_draft, expected_tokens
from atlas_pipeline.engine.sequences import SequenceBook, common_prefix
from atlas_pipeline.engine.speculation import FIRST_DRAFT, MAX_WIDTH, Trial
from atlas_pipeline.errors import EngineError

if TYPE_CHECKING:
    from atlas_pipeline.engine.counters import Counters

MIN_SHARED_TOKENS = 16
"""A completion waits for another one's prompt if that saves it at least so many tokens."""

BACKGROUND_CHUNK = 64
"""Prompt tokens of a completion that are decoded in one step while one of higher priority is waiting for its tokens."""

MAX_PASSED_OVER = 8
"""A completion that so many later ones have gone before is next, whatever its priority."""

IDLE_CELLS = 4096
"""Tokens that are kept for prompts to come. More of them would save prefill now and then, and slow every step down."""

WIDE = 8
"""Completions at once from which on those tokens are kept to `WIDE_IDLE_CELLS`: every one of them walks over all cells."""
WIDE_IDLE_CELLS = 512

GROWTH_TOKENS = 32
"""Room that is left for each running completion when another one is let in."""

log = logging.getLogger(__name__)

MakeChoice = Callable[[GenerationJob, int], Choice]


@dataclass(slots=True, eq=False)
class _Progress:
    """One job: its choices, and what they have taken so far."""

    job: GenerationJob
    serial: int
    choices: list[Choice] = field(default_factory=list)
    running: int = 0
    cached_tokens: int = 0
    preempted: int = 0
    admitted_at: float | None = None


@dataclass(slots=True)
class _Turn:
    """A choice's part of a batch."""

    choice: Choice
    tokens: list[int]
    """Decoded in this step; all but the first may be guesses."""
    guesses: int = 0
    first_row: int = 0

    def guess(self, tokens: list[int]) -> None:
        """Also decode tokens that may follow."""
        self.tokens.extend(tokens)
        self.guesses += len(tokens)

    @property
    def reads(self) -> bool:
        """Whether tokens will be drawn after this step."""
        return self.choice.stored + len(self.tokens) - self.guesses == len(self.choice.tokens)


class Scheduler:
    """The completions that wait and run on one context."""

    def __init__(
        self,
        context: LlamaContext,
        make: MakeChoice,
        counters: Counters,
        *,
        slots: int,
        drafter: Drafter | None = None,
    ) -> None:
        self.slots = slots
        self.book = SequenceBook(
            context, cells=context.cells, sequences=context.sequences, idle_cells=min(IDLE_CELLS, context.cells)
        )
        self.counters = counters
        self.prices = RowPrices()
        """What steps cost that only write: the price of speculation."""
        self._drafting = RunningMedian()
        """Seconds for each token of a draft by a model."""
        self._context = context
        self._make = make
        self._drafter = drafter
        self._waiting: list[Choice] = []
        self._running: list[Choice] = []
        self._progress: dict[GenerationJob, _Progress] = {}
        self._serial = 0
        self._abort_lock = threading.Lock()
        self._in_batch: frozenset[GenerationJob] = frozenset()

    @property
    def waiting(self) -> int:
        """Completions without a slot."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Completions with a slot."""
        return len(self._running)

    def add(self, job: GenerationJob) -> None:
        """Take a job in. Its events go to `job.emit`.

        Raises:
            EngineError: it cannot be begun; no event was emitted.
        """
        progress = _Progress(job, self._serial)
        self._serial += 1
        try:
            for index in range(job.n):
                progress.choices.append(self._make(job, index))
        except BaseException:
            for choice in progress.choices:
                choice.close()
            raise
        self._progress[job] = progress
        self._waiting.extend(progress.choices)

    def step(self) -> bool:
        """Decode one batch; return whether anything is left to do."""
        began = time.monotonic()
        self._drop_cancelled()
        self._admit()
        self._join_leaders()
        if self._context.partial and len(self._running) >= WIDE:
            self.book.thin_out(WIDE_IDLE_CELLS)
        turns = self._plan()
        if not turns:
            return bool(self._running or self._waiting)
        try:
            self._decode(turns)
        except DecodingAbortedError:
            log.info("a batch was given up: nobody waits for it")
            for turn in turns:
                self._withdraw(turn.choice, keep=False)
            self._drop_cancelled()
        except EngineError as error:
            self._fail({turn.choice.job for turn in turns}, str(error))
            self._reset()
        else:
            for turn in turns:
                self._advance(turn)
        self.counters.steps += 1
        self.counters.step_seconds += time.monotonic() - began
        return bool(self._running or self._waiting)

    def cancelled(self) -> None:
        """Give the running batch up if nobody waits for any of it; from any thread, after a job was cancelled."""
        with self._abort_lock:
            if self._in_batch and all(job.cancelled.is_set() for job in self._in_batch):
                self._context.abort()

    def fail_all(self, message: str) -> None:
        """Fail all jobs and forget the memory."""
        self._fail(list(self._progress), message)
        self.book.clear()
        self._context.clear_all()

    # Who runs

    def _drop_cancelled(self) -> None:
        gone = [job for job in self._progress if job.cancelled.is_set()]
        for job in gone:
            self.counters.cancelled += 1
            self._forget(job, keep=True)

    def _admit(self) -> None:
        while self._waiting:
            choice = min(self._waiting, key=self._rank)
            while self._running and (len(self._running) >= self.slots or not self._has_room(choice)):
                if not self._make_way(choice):
                    return
            self._begin(choice)

    def _rank(self, choice: Choice) -> tuple[bool, int, int, int, int]:
        progress = self._progress[choice.job]
        overdue = choice.passed_over >= MAX_PASSED_OVER
        return (not overdue, -choice.job.priority, progress.running, progress.serial, choice.index)

    def _make_way(self, choice: Choice) -> bool:
        """Take the slot of a running choice of lower priority, which becomes a cache entry; False if there is none."""
        # Who waited too long keeps what it got in the end.
        evictable = [running for running in self._running if running.passed_over < MAX_PASSED_OVER]
        lowest = min(evictable, key=lambda it: (it.job.priority, -self._progress[it.job].serial), default=None)
        if lowest is None or lowest.job.priority >= choice.job.priority:
            return False
        self._preempt(lowest, keep=True)
        return True

    def _has_room(self, choice: Choice) -> bool:
        shared = max(self._shared_with(choice, other) for other in self._running)
        growth = GROWTH_TOKENS * (len(self._running) + 1)
        promised = sum(max(0, len(other.tokens) - 1 - other.stored) for other in self._running if other.leader is None)
        return self.book.needed + promised + len(choice.tokens) - shared + growth <= self.book.cells

    def _begin(self, choice: Choice) -> None:
        progress = self._progress[choice.job]
        self._waiting.remove(choice)
        for other in self._waiting:
            if self._progress[other.job].serial < progress.serial:
                other.passed_over += 1
        self._running.append(choice)
        progress.running += 1
        if progress.admitted_at is None:
            progress.admitted_at = time.monotonic()
        if choice.started_at is None:
            choice.started_at = time.monotonic()
        last = len(choice.tokens) - 1
        here = self.book.reusable(choice.tokens, last) if choice.job.reuse_cache else 0
        leaders = [other for other in self._running if other is not choice and not other.ended and other.leader is None]
        leader = max(leaders, key=lambda other: self._shared_with(choice, other), default=None)
        if leader is not None and self._shared_with(choice, leader) >= here + MIN_SHARED_TOKENS:
            choice.leader = leader
        else:
            self._place(choice)

    def _shared_with(self, choice: Choice, other: Choice) -> int:
        """Return how much of a running choice's prompt, decoded or not, this one can use."""
        if other is choice or not (choice.job is other.job or (choice.job.reuse_cache and other.job.reuse_cache)):
            return 0
        most = len(other.job.prompt) - 1
        common = common_prefix(choice.tokens, other.tokens, min(most, len(choice.tokens) - 1))
        return common if self._context.partial or common == most else 0

    def _join_leaders(self) -> None:
        """Let those who waited for a prompt have it, or what there is of it if its owner has gone."""
        for choice in self._running:
            leader = choice.leader
            if leader is None:
                continue
            shared = self._shared_with(choice, leader)
            if leader.sequence is None or leader.ended or leader.stored >= shared:
                choice.leader = None
                self._place(choice)

    def _place(self, choice: Choice) -> None:
        job = choice.job
        siblings = [other for other in self._running if other.job is job and other.sequence is not None]
        limit = len(choice.tokens) - 1 if job.reuse_cache or siblings or choice.drawn else 0
        choice.sequence = self.book.open(choice.tokens, limit)
        progress = self._progress[job]
        reused = choice.stored
        if choice is progress.choices[0] and not choice.drawn:
            progress.cached_tokens = reused
        self.counters.prompt_tokens += len(choice.tokens)
        self.counters.cached_tokens += reused

    # What is decoded

    def _plan(self) -> list[_Turn]:
        placed = [choice for choice in self._running if choice.sequence is not None]
        decoding = [choice for choice in placed if choice.decoding]
        turns = [_Turn(choice, choice.next_tokens(1)) for choice in decoding]
        room = self._context.batch_tokens - len(turns)
        if len(placed) <= MAX_WIDTH and len(placed) == len(decoding):
            room -= self._guess(turns, room)
        top = max((choice.job.priority for choice in decoding), default=None)
        prefilling = sorted((choice for choice in placed if not choice.decoding), key=self._rank)
        for choice in prefilling:
            most = room if top is None or choice.job.priority >= top else min(room, BACKGROUND_CHUNK)
            if tokens := choice.next_tokens(most):
                turns.append(_Turn(choice, tokens))
                room -= len(tokens)
        return self._fit(turns)

    def _guess(self, turns: list[_Turn], room: int) -> int:
        """Add guesses to turns of one token; return how many."""
        added, expected = 0, float(len(turns))
        outputs = self._context.outputs - len(turns)
        asking: list[tuple[_Turn, int]] = []
        for turn in turns:
            choice = turn.choice
            if (speculation := choice.speculation) is None:
                continue
            left = choice.job.max_tokens - choice.drawn - 1
            share = (outputs - added) if turn is turns[-1] else (outputs - added) // 2
            most = min(left, room - added, share)
            rows, others = len(turns) + added, expected - 1.0
            guess = speculation.look_up(choice.tokens, most)
            source = speculation.looked_up
            if count := self._worth(source, len(guess), rows, others):
                turn.guess(guess[:count])
            else:
                speculation.watch(guess)
                if self._drafter is None:
                    continue
                source, count = speculation.by_model, speculation.ask(min(most, self._drafter.longest))
                if not speculation.tries_model:
                    count = self._worth(source, count, rows, others, drafting=self._drafting.value or 0.0)
                if count:
                    asking.append((turn, count))
            added += count
            expected += expected_tokens(source.acceptance, count) - 1.0
        return added + self._ask(asking)

    def _worth(self, source: Trial, most: int, rows: int, others: float, *, drafting: float = 0.0) -> int:
        """Return how many tokens of a draft are worth their rows in a step of `rows` and `others` expected tokens."""
        if most == 0 or self.prices.seconds(rows) is None:  # which this very step measures
            return 0
        if self.prices.seconds(rows + 1) is None:
            return min(most, FIRST_DRAFT)  # to measure it
        return best_draft(
            source.acceptance,
            most,
            seconds=lambda count: self.prices.seconds(count) or 0.0,
            rows=rows,
            others=others,
            drafting=drafting,
        )

    def _ask(self, asking: list[tuple[_Turn, int]]) -> int:
        """Let the model draft for turns; return by how much its drafts are longer than what was asked for."""
        if not asking or self._drafter is None:
            return 0
        began = time.monotonic()
        drafts = self._drafter.propose([_wanted(turn.choice, count) for turn, count in asking])
        taken = time.monotonic() - began
        self.counters.draft_seconds += taken
        if steps := max(map(len, drafts)):
            self._drafting.add(taken / steps)
        for (turn, _), draft in zip(asking, drafts, strict=True):
            turn.guess(draft)
        return sum(map(len, drafts)) - sum(count for _, count in asking)

    def _fit(self, turns: list[_Turn]) -> list[_Turn]:
        """Make room for a batch: by forgetting cache entries, then by dropping guesses, then by making somebody wait."""
        book = self.book
        while turns and book.used + sum(len(turn.tokens) for turn in turns) > book.cells:
            if book.evict():
                continue
            guessing = [turn for turn in turns if turn.guesses]
            if guessing:
                for turn in guessing:
                    del turn.tokens[1:]
                    turn.guesses = 0
                continue
            victim = min(
                (choice for choice in self._running if choice.sequence is not None),
                key=lambda choice: (choice.job.priority, -self._progress[choice.job].serial, -choice.index),
            )
            self._preempt(victim, keep=False)
            turns = [turn for turn in turns if turn.choice is not victim]
        return turns

    def _decode(self, turns: list[_Turn]) -> None:
        rows: list[Row] = []
        for turn in turns:
            sequence = turn.choice.sequence
            assert sequence is not None
            turn.first_row = len(rows)
            drawn_from = len(turn.tokens) - turn.guesses - 1 if turn.reads else len(turn.tokens)
            rows.extend(
                Row(token, turn.choice.stored + index, sequence.number, index >= drawn_from)
                for index, token in enumerate(turn.tokens)
            )
        with self._abort_lock:
            self._context.resume()
            self._in_batch = frozenset(turn.choice.job for turn in turns)
        began = time.monotonic()
        try:
            self._context.decode(rows)
        finally:
            taken = time.monotonic() - began
            self.counters.decode_seconds += taken
            with self._abort_lock:
                self._in_batch = frozenset()
                self._context.resume()
        if all(row.output for row in rows):
            self.prices.note(len(rows), taken)

    def _advance(self, turn: _Turn) -> None:
        """Note what was decoded, and write what follows from it."""
        choice, sequence = turn.choice, turn.choice.sequence
        if sequence is None:  # another choice of its job failed in this very step
            return
        reads = turn.reads
        before = len(sequence.tokens)
        self.book.append(sequence, turn.tokens)
        if choice.drawn == 0:
            self.counters.prefilled += len(turn.tokens) - turn.guesses
        if not reads:
            self._keep_prompt(choice)
            return
        row = turn.first_row + len(turn.tokens) - turn.guesses - 1
        right, drawn, refuted = 0, choice.drawn, False
        try:
            first = written = choice.write_next(self._context, row)
            while right < turn.guesses and not (refuted := written != turn.tokens[1 + right]):
                right += 1
                if choice.ended:
                    break
                written = choice.write_next(self._context, row + right)
        except EngineError as error:
            self._fail({choice.job}, str(error))
            return
        if choice.speculation is not None:
            choice.speculation.judge(turn.guesses, right, refuted=refuted and written is not None)
            choice.speculation.written(first)
            self.counters.drafted += turn.guesses
            self.counters.accepted += right
        self.counters.decoded += choice.drawn - drawn
        if right < turn.guesses and not self.book.truncate(sequence, before + 1 + right):
            # The state is past the first wrong guess: begin again from what is known to be right. Not in this step: a
            # sequence whose turn is not noted yet must not be copied.
            self._preempt(choice, keep=False)
        if choice.ended:
            self._finish(choice)

    def _keep_prompt(self, choice: Choice) -> None:
        """Where only whole sequences can be copied, keep a copy of the prompt before it grows."""
        if not self._context.partial and choice.job.reuse_cache and choice.stored == len(choice.job.prompt) - 1:
            assert choice.sequence is not None
            self.book.snapshot(choice.sequence)

    # How it ends

    def _finish(self, choice: Choice) -> None:
        job = choice.job
        self._leave_prompt(choice)
        self._withdraw(choice, keep=job.reuse_cache)
        if choice in self._waiting:
            self._waiting.remove(choice)
        if self._drafter is not None:
            self._drafter.forget(choice)
        progress = self._progress[job]
        if all(other.ended for other in progress.choices):
            self.counters.finished += 1
            job.emit(Ended(cost=self._cost(progress)))
            self._forget(job, keep=True)

    def _leave_prompt(self, choice: Choice) -> None:
        """Of one of several completions keep the prompt alone: a conversation goes on from one answer, never from eight."""
        if choice.sequence is not None and choice.job.n > 1 and self._context.partial:
            self.book.truncate(choice.sequence, len(choice.job.prompt))

    def _withdraw(self, choice: Choice, *, keep: bool) -> None:
        if choice in self._running:
            self._running.remove(choice)
            if choice.job in self._progress:
                self._progress[choice.job].running -= 1
        if choice.sequence is not None:
            self.book.release(choice.sequence, keep=keep)
            choice.sequence = None
        choice.leader = None

    def _preempt(self, choice: Choice, *, keep: bool) -> None:
        self.counters.preempted += 1
        self._progress[choice.job].preempted += 1
        self._withdraw(choice, keep=keep)
        self._waiting.append(choice)

    def _forget(self, job: GenerationJob, *, keep: bool) -> None:
        for choice in self._progress[job].choices:
            self._leave_prompt(choice)
            self._withdraw(choice, keep=keep and job.reuse_cache)
            if choice in self._waiting:
                self._waiting.remove(choice)
            if self._drafter is not None:
                self._drafter.forget(choice)
            choice.close()
        del self._progress[job]

    def _fail(self, jobs: Iterable[GenerationJob], message: str) -> None:
        for job in jobs:
            if job in self._progress:
                log.error("%s", message)
                self.counters.failed += 1
                self._forget(job, keep=False)
                job.emit(Failed(message=message))

    def _reset(self) -> None:
        """Forget the whole memory; running choices are decoded again."""
        for choice in list(self._running):
            self._preempt(choice, keep=False)
        self.book.clear()
        self._context.clear_all()

    def _cost(self, progress: _Progress) -> Cost:
        job, choices = progress.job, progress.choices
        now = time.monotonic()
        admitted = progress.admitted_at or now
        first = min((choice.first_token_at for choice in choices if choice.first_token_at is not None), default=now)
        guards = [choice.guard for choice in choices if choice.guard is not None]
        speculations = [choice.speculation for choice in choices if choice.speculation is not None]
        return Cost(
            prompt_tokens=len(job.prompt),
            cached_tokens=progress.cached_tokens,
            completion_tokens=sum(choice.drawn for choice in choices),
            queued_s=admitted - job.submitted,
            prefill_s=first - admitted,
            decode_s=now - first,
            thinking_tokens=sum(guard.tokens for guard in guards),
            waits=sum(guard.waits for guard in guards),
            thinking_cut=sum(guard.cut for guard in guards),
            drafted=sum(speculation.drafted for speculation in speculations),
            accepted=sum(speculation.accepted for speculation in speculations),
            preempted=progress.preempted,
        )


def _wanted(choice: Choice, count: int) -> Wanted:
    assert choice.sequence is not None
    return Wanted(owner=choice, tokens=choice.tokens, sequence=choice.sequence.number, count=count)

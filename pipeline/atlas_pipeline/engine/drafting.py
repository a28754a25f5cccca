"""A small model of the same vocabulary that drafts for a large one.

It drafts greedily in a context of its own, for a few completions in one batch. Its memory follows theirs when it is asked:
what both have in common stays, the rest is decoded, one chunk a step so that nobody waits for a long prompt twice.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.llama_context import ContextOptions, DecodingAbortedError, LlamaContext, Row
from atlas_pipeline.engine.sequences import SequenceBook, StoredSequence, common_prefix
from atlas_pipeline.engine.speculation import DRAFT_SEQUENCES, MAX_WIDTH, draft_context
from atlas_pipeline.errors import EngineError, ModelFileError

MODEL_DRAFT = 8
"""Most tokens of a draft: each costs a step of the small model, whether it is right or not."""

MAX_SIZE_DIFFERENCE, FIRST_COMPARED = 128, 5
"""llama.cpp's tolerance (common/speculative.cpp): vocabularies may differ by so many tokens at the end, and in the first
few."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A completion that wants a draft."""

    owner: object
    """Tells completions apart."""
    tokens: Sequence[int]
    """All of its tokens; the last is not decoded yet."""
    sequence: int
    """Where the large model's memory holds them."""
    count: int
    """Most tokens to draft."""


class Drafter(Protocol):
    """A model that drafts."""

    @property
    def longest(self) -> int:
        """Most tokens of a draft that are worth it; 0 when it has failed and drafts no more."""
        ...

    def propose(self, wanted: Sequence[Wanted]) -> list[list[int]]:
        """Return a draft for each, maybe an empty one."""
        ...

    def forget(self, owner: object) -> None:
        """A completion has ended."""
        ...

    def abandon(self) -> None:
        """Give up whatever is computed, and everything later; from any thread."""
        ...

    def close(self) -> None:
        """Free what is native."""
        ...


class DraftModel:
    """The drafter of an extra GGUF file. Owns the model.

    Raises:
        ModelFileError: it cannot draft for that model.
        EngineError: its context does not fit into memory.
    """

    def __init__(self, model: LlamaModel, target: LlamaModel, *, context: int, threads: int) -> None:
        _check_vocabulary(model, target)
        if not model.forgets_parts:
            raise ModelFileError(
                "The draft model's memory cannot forget wrong guesses (it is recurrent, hybrid or has a sliding window). "
                "Choose one with full attention as `engine.draft_model`, or leave it empty."
            )
        self._model = model
        self._target_size = target.vocabulary_size
        self._reach, cells = draft_context(context, model.trained_context)
        self._failed = False
        self._context = LlamaContext(
            model,
            ContextOptions(
                cells=cells,
                sequences=DRAFT_SEQUENCES,
                outputs=MAX_WIDTH,
                threads=threads,
            ),
        )
        self._book = SequenceBook(self._context, cells=self._context.cells, sequences=DRAFT_SEQUENCES)
        self._held: dict[object, StoredSequence] = {}
        """Owner -> its sequence; who was asked for last comes last."""

    @property
    def longest(self) -> int:
        """See `Drafter.longest`."""
        return 0 if self._failed else MODEL_DRAFT

    def propose(self, wanted: Sequence[Wanted]) -> list[list[int]]:
        """See `Drafter.propose`."""
        drafts: list[list[int]] = [[] for _ in wanted]
        if not self._failed:
            try:
                self._draft(wanted, drafts)
            except DecodingAbortedError:
                # Only `abandon` does that: a request that is cancelled gives up batches of the large model.
                self._failed = True
            except EngineError:
                log.exception("the draft model failed and is not used any more")
                self._failed = True
        return drafts

    def forget(self, owner: object) -> None:
        """See `Drafter.forget`."""
        if (sequence := self._held.pop(owner, None)) is not None:
            self._book.release(sequence)

    def abandon(self) -> None:
        """See `Drafter.abandon`."""
        self._context.abort(for_ever=True)

    def close(self) -> None:
        """See `Drafter.close`."""
        self._context.close()
        self._model.close()

    def _draft(self, wanted: Sequence[Wanted], drafts: list[list[int]]) -> None:
        going = self._catch_up(wanted, drafts)
        while going := [one for one in going if len(drafts[one]) < wanted[one].count]:
            if not self._make_room(len(going), wanted):
                return
            sequences = [self._held[wanted[one].owner] for one in going]
            tokens = [drafts[one][-1] for one in going]
            self._context.decode(
                [
                    Row(token, len(sequence.tokens), sequence.number, True)
                    for token, sequence in zip(tokens, sequences, strict=True)
                ]
            )
            for token, sequence in zip(tokens, sequences, strict=True):
                self._book.append(sequence, [token])
            going = [one for row, one in enumerate(going) if self._extend(drafts[one], row)]

    def _catch_up(self, wanted: Sequence[Wanted], drafts: list[list[int]]) -> list[int]:
        """Decode what the drafts go on from, as far as one batch reaches; return who has a first token."""
        rows: list[Row] = []
        decoded: list[tuple[StoredSequence, list[int]]] = []
        outputs: list[tuple[int, int]] = []
        for number, one in enumerate(wanted):
            sequence = self._sequence(one, wanted)
            room = self._context.batch_tokens - len(rows)
            if sequence is None or room <= 0:
                continue
            start = len(sequence.tokens)
            chunk = list(one.tokens[start : start + room])
            fits = all(map(self._model.is_token, chunk)) and self._make_room(len(rows) + len(chunk), wanted)
            if not fits:
                continue
            complete = start + len(chunk) == len(one.tokens)
            rows.extend(
                Row(token, start + at, sequence.number, complete and at == len(chunk) - 1)
                for at, token in enumerate(chunk)
            )
            decoded.append((sequence, chunk))
            if complete:
                outputs.append((number, len(rows) - 1))
        if rows:
            self._context.decode(rows)
        for sequence, chunk in decoded:
            self._book.append(sequence, chunk)
        return [number for number, row in outputs if self._extend(drafts[number], row)]

    def _sequence(self, one: Wanted, wanted: Sequence[Wanted]) -> StoredSequence | None:
        """Return the sequence of a completion, holding only what is its own; None if there is no place for it."""
        last = len(one.tokens) - 1
        if len(one.tokens) + one.count > self._reach:
            return None
        sequence = self._held.pop(one.owner, None)
        if sequence is None:
            if len(self._held) >= DRAFT_SEQUENCES and not self._drop_oldest(wanted):
                return None
            sequence = self._book.open(one.tokens, last)
        else:
            self._book.truncate(sequence, common_prefix(sequence.tokens, one.tokens, last))
        self._held[one.owner] = sequence
        return sequence

    def _make_room(self, count: int, wanted: Sequence[Wanted]) -> bool:
        while self._book.used + count > self._book.cells:
            if not (self._book.evict() or self._drop_oldest(wanted)):
                return False
        return True

    def _drop_oldest(self, wanted: Sequence[Wanted]) -> bool:
        for owner in self._held:
            if all(owner is not one.owner for one in wanted):
                self._book.release(self._held.pop(owner), keep=False)
                return True
        return False

    def _extend(self, draft: list[int], row: int) -> bool:
        """Put the best token of a row at the end of a draft; return whether more can follow."""
        token = int(self._context.logits(row).argmax())
        if token >= self._target_size:
            return False
        draft.append(token)
        return not self._model.is_end(token)


def _check_vocabulary(draft: LlamaModel, target: LlamaModel) -> None:
    """Refuse a draft model that llama.cpp's own speculation would refuse.

    Raises:
        ModelFileError: its tokens are not those of `target`.
    """
    sizes = draft.vocabulary_size, target.vocabulary_size
    what = ""
    if abs(sizes[0] - sizes[1]) > MAX_SIZE_DIFFERENCE:
        what = f"it has {sizes[0]:,} tokens, the model {sizes[1]:,}, and {MAX_SIZE_DIFFERENCE} more or fewer would do"
    elif draft.vocabulary_kind != target.vocabulary_kind:
        what = "the two tokenizers are of different kinds, or begin and end texts with different tokens"
    else:
        differing = [at for at in range(FIRST_COMPARED, min(sizes)) if draft.raw_text(at) != target.raw_text(at)]
        if differing:
            at = differing[0]
            what = (
                f"{len(differing):,} tokens have other texts, the first is {at}: "
                f"{draft.raw_text(at)!r} instead of {target.raw_text(at)!r}"
            )
    if what:
        raise ModelFileError(
            f"The draft model's vocabulary is not the model's: {what}. Choose a model of the same family as "
            "`engine.draft_model`, or leave it empty."
        )

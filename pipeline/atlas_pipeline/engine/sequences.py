"""Which tokens the model's memory holds, for whom, and how much room that takes: the prefix cache's book-keeping.

A sequence of llama.cpp's unified cache is a set of cells, one a token; copying a prefix shares cells instead of
filling new ones. A sequence that nobody decodes any more stays as a cache entry until its room is needed, least
recently used first. Nothing here calls llama.cpp except through `Memory`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Protocol

MIN_CACHED_TOKENS = 8
"""Shorter sequences are not worth an entry."""


class Memory(Protocol):
    """The native memory behind the book."""

    @property
    def partial(self) -> bool:
        """Whether a beginning of a sequence can be copied. False: only a sequence as it stands."""
        ...

    def copy(self, source: int, target: int, length: int) -> None:
        """Make `target`, which is empty, hold the first `length` tokens of `source`."""
        ...

    def truncate(self, sequence: int, length: int) -> bool:
        """Forget all but the first `length` tokens; False, with nothing changed, if the memory cannot."""
        ...

    def clear(self, sequence: int) -> None:
        """Forget the whole sequence."""
        ...


class Segment:
    """A run of cells that always belong to the same sequences."""

    __slots__ = ("holders", "running", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.holders = 1
        self.running = 1


class StoredSequence:
    """One sequence in the memory."""

    __slots__ = ("last_used", "number", "rolled_back", "running", "segments", "tokens")

    def __init__(self, number: int) -> None:
        self.number = number
        self.tokens: list[int] = []
        """The tokens whose state the memory holds."""
        self.segments: list[Segment] = []
        self.running = True
        """Whether somebody decodes it; else it is a cache entry."""
        self.rolled_back = False
        """Whether it lost tokens since it was last decoded, where only whole sequences can be copied.

        llama.cpp copies a recurrent state as if they were still there: such a sequence can only be gone on with."""
        self.last_used = 0


class SequenceBook:
    """All sequences of one memory of `cells` tokens. Not thread-safe.

    Cache entries may hold `idle_cells` together. Attention walks over all cells up to the last one in use, whoever they
    belong to, so a full cache makes every step slower.
    """

    def __init__(self, memory: Memory, *, cells: int, sequences: int, idle_cells: int | None = None) -> None:
        self.cells = cells
        self.idle_cells = cells if idle_cells is None else idle_cells
        self.used = 0
        """Cells that hold a token."""
        self.needed = 0
        """Cells among them that a running sequence holds; the others can be had by evicting."""
        self.evicted = 0
        """Cache entries given up since the start."""
        self._memory = memory
        self._free = list(range(sequences - 1, -1, -1))
        self._live: dict[int, StoredSequence] = {}
        self._clock = itertools.count(1)

    @property
    def cached(self) -> int:
        """Cache entries."""
        return sum(not sequence.running for sequence in self._live.values())

    def reusable(self, tokens: Sequence[int], limit: int) -> int:
        """Return how many of the first `limit` tokens the memory holds already, for somebody."""
        return self._best(tokens, limit)[1]

    def open(self, tokens: Sequence[int], limit: int) -> StoredSequence:
        """Return a running sequence that holds as much of `tokens[:limit]` as was there already.

        Raises:
            LookupError: all sequences are running.
        """
        source, length = self._best(tokens, limit)
        if source is not None and source.rolled_back:
            return self._take_over(source, length)
        if not self._free and not self._evict_entry(spare=source):
            if source is None or source.running:
                raise LookupError("all sequences of the memory are in use")
            return self._take_over(source, length)
        target = self._new()
        if source is not None:
            source.last_used = next(self._clock)
            self._share(source, target, length)
        return target

    def snapshot(self, sequence: StoredSequence) -> bool:
        """Keep a copy of a running sequence as a cache entry; return whether there was a place for it."""
        if len(sequence.tokens) < MIN_CACHED_TOKENS or self._held_elsewhere(sequence):
            return False
        if not self._free and not self._evict_entry():
            return False
        copy = self._new()
        self._share(sequence, copy, len(sequence.tokens))
        self._rest(copy)
        self.thin_out(self.idle_cells, spare=copy)
        return True

    def append(self, sequence: StoredSequence, tokens: Sequence[int]) -> None:
        """Note that `tokens` were decoded at the end of a running sequence."""
        sequence.tokens.extend(tokens)
        sequence.rolled_back = False
        sequence.last_used = next(self._clock)
        if not sequence.segments or sequence.segments[-1].holders > 1:
            sequence.segments.append(Segment(0))
        sequence.segments[-1].size += len(tokens)
        self.used += len(tokens)
        self.needed += len(tokens)

    def truncate(self, sequence: StoredSequence, length: int) -> bool:
        """Forget a running sequence's last tokens; False if the memory cannot."""
        if length >= len(sequence.tokens):
            return True
        if not self._memory.truncate(sequence.number, length):
            return False
        self._split(sequence, length)
        for segment in self._after(sequence, length):
            self._let_go(segment, running=sequence.running)
            sequence.segments.remove(segment)
        del sequence.tokens[length:]
        sequence.rolled_back = not self._memory.partial
        return True

    def release(self, sequence: StoredSequence, *, keep: bool = True) -> None:
        """Stop running a sequence; it becomes a cache entry unless it is short, a double, or not to be kept."""
        if keep and len(sequence.tokens) >= MIN_CACHED_TOKENS and not self._held_elsewhere(sequence):
            self._rest(sequence)
            self.thin_out(self.idle_cells, spare=sequence)  # the newest one stays, however long
        else:
            self._drop(sequence)

    def evict(self) -> bool:
        """Give up the least recently used cache entry; False if there is none."""
        return self._evict_entry()

    def thin_out(self, most: int, *, spare: StoredSequence | None = None) -> None:
        """Give up the cache entries used longest ago while they hold more than `most` cells together."""
        while self.used - self.needed > most and self._evict_entry(spare=spare):
            pass

    def clear(self) -> None:
        """Forget everything."""
        for sequence in list(self._live.values()):
            self._drop(sequence)

    def _best(self, tokens: Sequence[int], limit: int) -> tuple[StoredSequence | None, int]:
        best, length = None, 0
        for sequence in self._live.values():
            common = self._common(sequence, tokens, limit)
            if common > length:
                best, length = sequence, common
        return best, length

    def _common(self, sequence: StoredSequence, tokens: Sequence[int], limit: int) -> int:
        if self._memory.partial:
            return common_prefix(sequence.tokens, tokens, limit)
        size = len(sequence.tokens)
        if sequence.rolled_back and sequence.running:
            return 0
        return size if size <= limit and common_prefix(sequence.tokens, tokens, size) == size else 0

    def _held_elsewhere(self, sequence: StoredSequence) -> bool:
        """Return whether another sequence serves every prompt that this one could serve."""
        size = len(sequence.tokens)
        for other in self._live.values():
            if other is sequence or common_prefix(other.tokens, sequence.tokens, size) < size:
                continue
            # Of a running sequence only a part can be copied later on, where that is possible at all.
            if self._memory.partial or (len(other.tokens) == size and not other.running and not other.rolled_back):
                return True
        return False

    def _new(self) -> StoredSequence:
        sequence = StoredSequence(self._free.pop())
        sequence.last_used = next(self._clock)
        self._live[sequence.number] = sequence
        return sequence

    def _share(self, source: StoredSequence, target: StoredSequence, length: int) -> None:
        self._memory.copy(source.number, target.number, length)
        self._split(source, length)
        target.tokens = source.tokens[:length]
        before = self._before(source, length)
        for segment in before:
            segment.holders += 1
            self._run(segment)
        target.segments = before

    def _take_over(self, entry: StoredSequence, length: int) -> StoredSequence:
        entry.running = True
        entry.last_used = next(self._clock)
        for segment in entry.segments:
            self._run(segment)
        if not self.truncate(entry, length):
            self._memory.clear(entry.number)
            for segment in entry.segments:
                self._let_go(segment, running=True)
            entry.segments, entry.tokens = [], []
        return entry

    def _rest(self, sequence: StoredSequence) -> None:
        sequence.running = False
        for segment in sequence.segments:
            segment.running -= 1
            if segment.running == 0:
                self.needed -= segment.size

    def _drop(self, sequence: StoredSequence) -> None:
        self._memory.clear(sequence.number)
        for segment in sequence.segments:
            self._let_go(segment, running=sequence.running)
        del self._live[sequence.number]
        self._free.append(sequence.number)

    def _evict_entry(self, spare: StoredSequence | None = None) -> bool:
        entries = [entry for entry in self._live.values() if not entry.running and entry is not spare]
        if not entries:
            return False
        self._drop(min(entries, key=lambda entry: entry.last_used))
        self.evicted += 1
        return True

    def _run(self, segment: Segment) -> None:
        segment.running += 1
        if segment.running == 1:
            self.needed += segment.size

    def _let_go(self, segment: Segment, *, running: bool) -> None:
        segment.holders -= 1
        if running:
            segment.running -= 1
            if segment.running == 0:
                self.needed -= segment.size
        if segment.holders == 0:
            self.used -= segment.size

    def _split(self, sequence: StoredSequence, length: int) -> None:
        """Make `length` a border between segments, in all sequences that hold the one it lies in."""
        start = 0
        for segment in sequence.segments:
            if start < length < start + segment.size:
                rest = Segment(start + segment.size - length)
                rest.holders, rest.running = segment.holders, segment.running
                segment.size = length - start
                for other in self._live.values():
                    if segment in other.segments:
                        other.segments.insert(other.segments.index(segment) + 1, rest)
                return
            start += segment.size

    def _before(self, sequence: StoredSequence, length: int) -> list[Segment]:
        ends = itertools.accumulate(segment.size for segment in sequence.segments)
        return [segment for segment, end in zip(sequence.segments, ends, strict=True) if end <= length]

    def _after(self, sequence: StoredSequence, length: int) -> list[Segment]:
        return sequence.segments[len(self._before(sequence, length)) :]


def common_prefix(first: Sequence[int], second: Sequence[int], limit: int) -> int:
    """Return how many of the first `limit` tokens both begin with."""
    low, high = 0, min(len(first), len(second), limit)
    if first[:high] == second[:high]:
        return high
    # Slices are compared in C: a search over them is much faster than a loop over tokens.
    while low + 1 < high:
        middle = (low + high) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle
    return low

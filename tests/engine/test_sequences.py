"""The prefix cache's book, on a memory that only remembers what it was told; the numbers are worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas_pipeline.engine.sequences import MIN_CACHED_TOKENS, SequenceBook, StoredSequence, common_prefix


class Notebook:
    """A memory: the tokens of each sequence. `partial` as `Memory.partial`."""

    def __init__(self, *, partial: bool = True, truncates: bool = True) -> None:
        self.partial = partial
        self.truncates = truncates
        self.lengths: dict[int, int] = {}

    def copy(self, source: int, target: int, length: int) -> None:
        assert self.lengths.get(target, 0) == 0
        assert length <= self.lengths[source] if self.partial else length == self.lengths[source]
        self.lengths[target] = length

    def truncate(self, sequence: int, length: int) -> bool:
        if self.truncates:
            self.lengths[sequence] = length
        return self.truncates

    def clear(self, sequence: int) -> None:
        self.lengths[sequence] = 0


class Cache:
    """A book and its memory, in step."""

    def __init__(
        self,
        *,
        cells: int = 100,
        sequences: int = 4,
        partial: bool = True,
        truncates: bool = True,
        idle_cells: int | None = None,
    ) -> None:
        self.memory = Notebook(partial=partial, truncates=truncates)
        self.book = SequenceBook(self.memory, cells=cells, sequences=sequences, idle_cells=idle_cells)

    def decode(self, sequence: StoredSequence, tokens: list[int]) -> None:
        self.book.append(sequence, tokens)
        self.memory.lengths[sequence.number] = self.memory.lengths.get(sequence.number, 0) + len(tokens)

    def run(self, tokens: list[int], limit: int | None = None) -> StoredSequence:
        sequence = self.book.open(tokens, len(tokens) if limit is None else limit)
        self.decode(sequence, tokens[len(sequence.tokens) :])
        return sequence


A = list(range(10, 30))  # 20 tokens


def test_a_prefix_is_shared_and_counted_once() -> None:
    cache = Cache()
    first = cache.run(A)
    second = cache.run([*A[:12], 1, 2, 3])
    assert second.tokens == [*A[:12], 1, 2, 3]
    assert (cache.book.used, cache.book.needed) == (20 + 3, 20 + 3)
    cache.book.release(first)
    # What only the entry holds can be had back: its 8 tokens after the common 12.
    assert (cache.book.used, cache.book.needed, cache.book.cached) == (23, 15, 1)
    cache.book.release(second, keep=False)
    assert (cache.book.used, cache.book.needed) == (20, 0)
    assert cache.book.evict()
    assert (cache.book.used, cache.book.evicted) == (0, 1)
    assert not cache.book.evict()


def test_the_longest_prefix_wins_up_to_the_limit() -> None:
    cache = Cache()
    cache.book.release(cache.run(A[:10]))
    cache.book.release(cache.run([*A[:15], 1]))
    sequence = cache.book.open(A, 19)
    assert len(sequence.tokens) == 15
    again = cache.book.open(A, 9)
    assert len(again.tokens) == 9


def test_where_only_whole_sequences_can_be_copied_parts_are_not() -> None:
    cache = Cache(partial=False)
    running = cache.run(A)
    assert len(cache.book.open(A[:12], 12).tokens) == 0
    assert cache.book.snapshot(running)
    cache.decode(running, [1, 2])
    assert len(cache.book.open([*A, 7], 20).tokens) == 20


def test_the_least_recently_used_entry_goes_first() -> None:
    cache = Cache(sequences=3)
    for start in (100, 200, 300):
        cache.book.release(cache.run(list(range(start, start + 10))))
    cache.book.release(cache.book.open(list(range(100, 110)), 10), keep=False)  # use the oldest
    cache.run(list(range(400, 410)))
    assert cache.book.reusable(list(range(100, 110)), 10) == 10
    assert cache.book.reusable(list(range(200, 210)), 10) == 0
    assert cache.book.reusable(list(range(300, 310)), 10) == 0 or cache.book.evicted == 1


def test_entries_hold_no_more_than_they_may_together() -> None:
    cache = Cache(idle_cells=25)
    running = cache.run([9] * 30)
    for start in (100, 200, 300):
        cache.book.release(cache.run(list(range(start, start + 10))))
    assert cache.book.reusable(list(range(100, 110)), 10) == 0  # 30 cells would be 5 too many: the oldest goes
    assert (cache.book.used, cache.book.needed, cache.book.cached, cache.book.evicted) == (50, 30, 2, 1)
    cache.book.release(running)  # longer than that alone: the others go, the newest stays
    assert (cache.book.used, cache.book.needed, cache.book.cached, cache.book.evicted) == (30, 0, 1, 3)


def test_entries_can_be_thinned_out() -> None:
    cache = Cache()
    running = cache.run([9] * 30)
    for start in (100, 200, 300):
        cache.book.release(cache.run(list(range(start, start + 10))))
    cache.book.thin_out(20)
    assert (cache.book.used, cache.book.needed, cache.book.cached, cache.book.evicted) == (50, 30, 2, 1)
    cache.book.thin_out(9)
    assert (cache.book.used, cache.book.cached, cache.book.evicted) == (30, 0, 3)
    cache.book.thin_out(0)
    assert running.tokens == [9] * 30


def test_shared_cells_count_once_among_what_entries_hold() -> None:
    cache = Cache(idle_cells=25)
    first = cache.run(A)
    second = cache.book.open([*A, 1], 20)
    cache.decode(second, [1, 2, 3, 4, 5])
    cache.decode(first, [6])
    cache.book.release(first)
    cache.book.release(second)
    assert (cache.book.used, cache.book.cached) == (25, 1)  # 20 + 1 + 5 cells: the first one's is given up


def test_the_only_entry_is_taken_over_when_there_is_no_number_left() -> None:
    cache = Cache(sequences=2)
    other = cache.run([1] * 10)
    cache.book.release(cache.run(A))
    taken = cache.book.open([*A[:12], 99], 12)
    assert taken.tokens == A[:12]
    assert (cache.book.used, cache.book.needed, cache.book.cached) == (22, 22, 0)
    with pytest.raises(LookupError):
        cache.book.open([5], 1)
    assert other.running


@pytest.mark.parametrize("truncates", [True, False])
def test_taking_over_begins_anew_where_nothing_can_be_cut(truncates: bool) -> None:
    cache = Cache(sequences=1, truncates=truncates)
    cache.book.release(cache.run(A))
    taken = cache.book.open([*A[:12], 99], 12)
    kept = 12 if truncates else 0
    assert (len(taken.tokens), cache.book.used, cache.memory.lengths[taken.number]) == (kept, kept, kept)


def test_rejected_guesses_are_forgotten() -> None:
    cache = Cache()
    sequence = cache.run(A)
    cache.decode(sequence, [1, 2, 3, 4])
    assert cache.book.truncate(sequence, 22)
    assert (sequence.tokens[-2:], cache.book.used) == ([1, 2], 22)


def test_a_double_and_a_short_sequence_make_no_entry() -> None:
    cache = Cache()
    first, second = cache.run(A), cache.run(A)
    cache.book.release(first)
    cache.book.release(second)
    cache.book.release(cache.run([1] * (MIN_CACHED_TOKENS - 1)))
    assert (cache.book.cached, cache.book.used) == (1, 20)


@given(st.lists(st.integers(0, 2), max_size=20), st.lists(st.integers(0, 2), max_size=20), st.integers(0, 25))
def test_common_prefix_is_what_a_loop_finds(first: list[int], second: list[int], limit: int) -> None:
    expected = 0
    for left, right in list(zip(first, second, strict=False))[:limit]:
        if left != right:
            break
        expected += 1
    assert common_prefix(first, second, limit) == expected


@settings(max_examples=300)
@given(st.data(), st.booleans())
def test_the_counts_are_those_of_the_cells(data: st.DataObject, partial: bool) -> None:
    """Against a model that gives each decoded token a cell of its own and shares cells by copying them."""
    cache = Cache(cells=10_000, sequences=4, partial=partial)
    cells: dict[int, list[int]] = {}
    running: list[StoredSequence] = []
    serial = 0

    def check() -> None:
        live = cache.book._live
        held = {number: cells[number][: len(sequence.tokens)] for number, sequence in live.items()}
        assert cache.book.used == len({cell for row in held.values() for cell in row})
        needed = {cell for number, row in held.items() if live[number].running for cell in row}
        assert cache.book.needed == len(needed)

    for _ in range(data.draw(st.integers(1, 12))):
        action = data.draw(st.sampled_from(["open", "append", "release", "drop", "truncate", "evict", "snapshot"]))
        if action == "open" and len(running) < 4:
            tokens = data.draw(st.lists(st.integers(0, 1), min_size=1, max_size=24))
            before = {number: list(row) for number, row in cells.items()}
            source, length = cache.book._best(tokens, len(tokens))
            sequence = cache.book.open(tokens, len(tokens))
            cells[sequence.number] = before[source.number][: len(sequence.tokens)] if source and length else []
            running.append(sequence)
        elif action == "append" and running:
            sequence = data.draw(st.sampled_from(running))
            count = data.draw(st.integers(1, 5))
            cells[sequence.number] = [*cells[sequence.number], *range(serial, serial + count)]
            serial += count
            cache.decode(sequence, [data.draw(st.integers(0, 1)) for _ in range(count)])
        elif action in ("release", "drop") and running:
            sequence = running.pop(data.draw(st.integers(0, len(running) - 1)))
            cache.book.release(sequence, keep=action == "release")
        elif action == "truncate" and running:
            sequence = data.draw(st.sampled_from(running))
            length = data.draw(st.integers(0, len(sequence.tokens)))
            cache.book.truncate(sequence, length)
            del cells[sequence.number][length:]
        elif action == "evict":
            cache.book.evict()
        elif action == "snapshot" and running:
            sequence = data.draw(st.sampled_from(running))
            numbers = set(cache.book._live)
            if cache.book.snapshot(sequence):
                copies = [n for n, s in cache.book._live.items() if not s.running and s.tokens == sequence.tokens]
                assert copies
                for number in copies:
                    if number not in numbers or cells.get(number) is None or number not in cells:
                        cells[number] = list(cells[sequence.number])
                newest = max(copies, key=lambda n: cache.book._live[n].last_used)
                cells[newest] = list(cells[sequence.number])
        check()

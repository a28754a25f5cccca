"""Parameters of the classics: what they may be called, their type, and what a test would pass for them.

Every function here returns a `Given`. Its first argument names the parameter: the first name is the one that bodies and
phrasings use. A single name is joined by the usual names of its type; several are taken as they are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Draw = Callable[[random.Random], Any]

LOWER = "abcdefghijklmnopqrstuvwxyz"
WORDS = (
    "apple banana cherry kiwi lemon mango pear plum cat dog bird fish horse mouse tiger red green blue black white "
    "one two three four six ten sun moon star rain snow tree leaf book pen door key code data list radar noon "
    "hello world python java level eye mom list stop tops silent listen tea eat ate aa b a it on the and big small "
    "open house car bus train road letter bottle coffee summer happy little"
).split()

_EDGE_RATE = 0.2
"""How often an edge case is passed where there are some: often enough that a test of five calls sees one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One parameter of a classic."""

    names: tuple[str, ...]
    annotation: str
    draw: Draw

    @property
    def name(self) -> str:
        """The name that bodies and phrasings use."""
        return self.names[0]


def _given(names: str, usual: str, annotation: str, draw: Draw, edges: Sequence[Any] = ()) -> Given:
    chosen = names.split()
    if len(chosen) == 1:
        chosen += [name for name in usual.split() if name != names]

    def with_edges(rng: random.Random) -> Any:
        if edges and rng.random() < _EDGE_RATE:
            edge = rng.choice(edges)
            return edge.copy() if isinstance(edge, list | dict | set) else edge
        return draw(rng)

    return Given(names=tuple(chosen), annotation=annotation, draw=with_edges)


def whole(names: str, low: int, high: int, *edges: int) -> Given:
    """An integer from `low` to `high`."""
    return _given(names, "n number num x value k", "int", lambda rng: rng.randint(low, high), edges)


def real(names: str, low: float, high: float, *edges: float, places: int = 1) -> Given:
    """A float from `low` to `high`, of few decimal places; a third of them are whole."""

    def draw(rng: random.Random) -> float:
        return round(rng.uniform(low, high), 0 if rng.random() < 1 / 3 else places)

    return _given(names, "x value number num amount", "float", draw, edges)


def flag(names: str) -> Given:
    """A bool."""
    return _given(names, "flag", "bool", lambda rng: rng.random() < 0.5)


def one_of(names: str, annotation: str, *values: Any) -> Given:
    """One of `values`."""
    return _given(names, "", annotation, lambda rng: rng.choice(values))


def drawn(names: str, annotation: str, draw: Draw, *edges: Any) -> Given:
    """Whatever `draw` gives."""
    return _given(names, "", annotation, draw, edges)


def _integers(rng: random.Random, low: int, high: int, least: int, most: int) -> list[int]:
    """Draw integers; every second list from so narrow a range that some repeat."""
    if rng.random() < 0.5:
        low = rng.randint(low, high)
        high = min(high, low + 3)
    return [rng.randint(low, high) for _ in range(rng.randint(least, most))]


def numbers(
    names: str, low: int = -9, high: int = 20, *edges: list[int], least: int = 0, most: int = 6, ordered: bool = False
) -> Given:
    """A list of integers, at will in ascending order."""

    def draw(rng: random.Random) -> list[int]:
        items = _integers(rng, low, high, least, most)
        return sorted(items) if ordered else items

    return _given(names, "numbers nums items values lst arr xs data", "list[int]", draw, edges)


def distinct_numbers(names: str, low: int = -9, high: int = 20, *, least: int = 0, most: int = 6) -> Given:
    """A list of integers, none twice."""

    def draw(rng: random.Random) -> list[int]:
        return rng.sample(range(low, high + 1), rng.randint(least, most))

    return _given(names, "numbers nums items values lst arr xs data", "list[int]", draw)


def reals(names: str, low: float = -5, high: float = 20, *, least: int = 0, most: int = 5) -> Given:
    """A list of floats of one decimal place."""

    def draw(rng: random.Random) -> list[float]:
        return [round(rng.uniform(low, high), 1) for _ in range(rng.randint(least, most))]

    return _given(names, "numbers values nums items data", "list[float]", draw)


def number_set(names: str, low: int = 0, high: int = 7, *, least: int = 0, most: int = 5) -> Given:
    """A set of integers; from 0 to 7 they are shown in ascending order, whatever was put in first."""

    def draw(rng: random.Random) -> set[int]:
        return set(rng.sample(range(low, high + 1), rng.randint(least, most)))

    return _given(names, "items numbers values s", "set[int]", draw)


def word_of(letters: str, least: int = 0, most: int = 8) -> Draw:
    """Draw from `letters`."""
    return lambda rng: "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))


def word(names: str, *edges: str, letters: str = "", least: int = 1, most: int = 8, mixed: bool = False) -> Given:
    """One word: of `letters` where given, else a common word; `mixed` ones have some capitals."""
    of_letters = word_of(letters, least, most)

    def draw(rng: random.Random) -> str:
        text: str = of_letters(rng) if letters else rng.choice(WORDS)
        return _some_capitals(text, rng) if mixed else text

    return _given(names, "word text s string name", "str", draw, edges)


def text(names: str, *edges: str, most: int = 4, marks: bool = False) -> Given:
    """A few words with single spaces; with `marks`, also capitals, digits and punctuation."""

    def draw(rng: random.Random) -> str:
        chosen = [rng.choice(WORDS) for _ in range(rng.randint(1, most))]
        if marks:
            chosen = [_marked(item, rng) for item in chosen]
        return " ".join(chosen)

    return _given(names, "text s string sentence txt line", "str", draw, edges)


def _some_capitals(text: str, rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.4:
        return text
    if roll < 0.7:
        return text.capitalize()
    return "".join(letter.upper() if rng.random() < 0.4 else letter for letter in text)


def _marked(item: str, rng: random.Random) -> str:
    item = _some_capitals(item, rng)
    return item + rng.choice(("", "", "", "!", ",", ".", "?", "2", "42"))


def words(names: str, *edges: list[str], least: int = 0, most: int = 5, mixed: bool = False) -> Given:
    """A list of common words, some of them now and then twice."""

    def draw(rng: random.Random) -> list[str]:
        pool = rng.sample(WORDS, 4)
        chosen = [rng.choice(pool if rng.random() < 0.7 else WORDS) for _ in range(rng.randint(least, most))]
        return [_some_capitals(item, rng) for item in chosen] if mixed else chosen

    return _given(names, "words strings items names texts", "list[str]", draw, edges)


def matrix(
    names: str, low: int = 0, high: int = 9, *edges: list[list[int]], rows: int = 3, columns: int = 3, least: int = 1
) -> Given:
    """A list of rows of equal length."""

    def draw(rng: random.Random) -> list[list[int]]:
        width = rng.randint(1, columns)
        return [[rng.randint(low, high) for _ in range(width)] for _ in range(rng.randint(least, rows))]

    return _given(names, "matrix grid table rows mat m", "list[list[int]]", draw, edges)


def square(names: str, low: int = 0, high: int = 9, *edges: list[list[int]], most: int = 3) -> Given:
    """A matrix with as many rows as columns."""

    def draw(rng: random.Random) -> list[list[int]]:
        side = rng.randint(1, most)
        return [[rng.randint(low, high) for _ in range(side)] for _ in range(side)]

    return _given(names, "matrix grid square mat m", "list[list[int]]", draw, edges)


def nested(names: str, low: int = 0, high: int = 9, *edges: list[list[int]], least: int = 0, most: int = 4) -> Given:
    """A list of lists of integers, of any lengths."""

    def draw(rng: random.Random) -> list[list[int]]:
        return [[rng.randint(low, high) for _ in range(rng.randint(0, 3))] for _ in range(rng.randint(least, most))]

    return _given(names, "lists items nested groups rows", "list[list[int]]", draw, edges)


def counts(names: str, low: int = 0, high: int = 9, *edges: dict[str, int], least: int = 0, most: int = 4) -> Given:
    """A dict from words to integers."""

    def draw(rng: random.Random) -> dict[str, int]:
        return {key: rng.randint(low, high) for key in rng.sample(sorted(set(WORDS)), rng.randint(least, most))}

    return _given(names, "counts d data scores mapping prices", "dict[str, int]", draw, edges)


def pairs(names: str, low: int = 0, high: int = 9, *, least: int = 0, most: int = 4) -> Given:
    """A list of (word, integer) tuples; some words repeat."""

    def draw(rng: random.Random) -> list[tuple[str, int]]:
        pool = rng.sample(sorted(set(WORDS)), 3)
        return [(rng.choice(pool), rng.randint(low, high)) for _ in range(rng.randint(least, most))]

    return _given(names, "pairs items entries tuples rows", "list[tuple[str, int]]", draw)

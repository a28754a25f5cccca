"""Draws what a test would call a function with: small values, typical for their kind, and now and then an edge case."""

from __future__ import annotations

import random
from typing import Any

from atlas_pocket.compositions.steps import Kind

_WORDS = (
    "cat dog red blue tree apple sun moon star bird fish cold warm door lamp road rain snow leaf stone river music "
    "level noon radar hello world code line data test note plan ring boat ship ear egg ice oak under over every again "
    "small great old new one two three"
).split()
_PEOPLE = "Anna Bob Cleo Dan Eva Finn Gus Hanna Ida Otto".split()
_KEYS = "a b c x y apple pear plum milk bread tea red green anna bob total max".split()

_PARAMETERS: dict[Kind, tuple[str, ...]] = {
    "int": tuple("n num number value x m count amount size total start year i_value nb integer".split()),
    "float": tuple("x value amount price number f temperature rate weight".split()),
    "str": tuple("text s string word line sentence message phrase input_text st title name msg".split()),
    "bool": ("flag", "on"),
    "ints": tuple(
        "nums numbers values xs items data arr lst seq a elements integers ints vals entries array my_list scores points "
        "readings amounts ages levels costs steps l".split()
    ),
    "floats": tuple("values xs prices temps temperatures weights rates amounts data floats measurements lst".split()),
    "strs": tuple("words names strings strs texts items tokens tags titles lst labels lines entries my_words".split()),
    "rows": tuple("rows matrix grid table lists nested board data mat lst_of_lists".split()),
    "counts": tuple("counts d scores prices stock table mapping ages dct inventory points my_dict".split()),
    "pairs": tuple("pairs items entries results records scores lst_of_pairs data".split()),
    "intset": tuple("s values items ids members numbers group seen".split()),
    "duo": tuple("pair point t bounds both limits".split()),
    "tally": ("tally",),
    "bylength": ("groups",),
    "byfirst": ("groups",),
    "byparity": ("groups",),
    "tree": tuple("nested items tree lst data values nested_list nums".split()),
}
_SECOND: dict[Kind, tuple[str, ...]] = {
    "int": tuple("m b k other second y step".split()),
    "str": tuple("other second t b suffix last chars".split()),
    "ints": tuple("others b ys second weights more list2".split()),
    "strs": tuple("others b second more excluded list2".split()),
    "counts": tuple("other b extra more updates d2".split()),
    "intset": tuple("other b t second excluded set2".split()),
}


def parameter_names(kind: Kind, *, second: bool = False) -> tuple[str, ...]:
    """Return the names that people give to a parameter of this kind."""
    return _SECOND[kind] if second else _PARAMETERS[kind]


def draw(kind: Kind, rng: random.Random, flavour: str = "") -> Any:
    """Return a value of a kind; the flavour says what a step wants to be tried on."""
    match kind:
        case "int":
            return _int(rng, flavour)
        case "float":
            return rng.randint(-16, 64) / (8 if flavour == "eighths" else 4)
        case "str":
            return _string(rng, flavour)
        case "ints":
            return _ints(rng, flavour)
        case "floats":
            return [rng.randint(-8, 40) / 4 for _ in range(_size(rng, 3 if flavour == "few" else 4))]
        case "strs":
            return _strings(rng, flavour)
        case "rows":
            return _rows(rng, flavour)
        case "counts":
            keys = rng.sample(_KEYS, _size(rng, 4)) if flavour != "keyed" else rng.sample(_KEYS[:6] + _KEYS[-2:], 4)
            return {key: rng.randint(0, 9) for key in keys}
        case "pairs":
            names = rng.choices(_KEYS[:5] if flavour == "repeats" else _KEYS + _PEOPLE, k=_size(rng, 4))
            return [(name, rng.randint(0, 9)) for name in names]
        case "intset":
            return {rng.randint(-5, 9) for _ in range(_size(rng, 5))}
        case "tree":
            return _tree(rng, 2)
        case "duo":
            return (rng.randint(-5, 12), rng.randint(-5, 12))
        case _:
            raise ValueError(f"nothing draws a parameter of kind {kind!r}")


def draw_two(kinds: tuple[Kind, Kind], rng: random.Random, flavour: str) -> tuple[Any, Any]:
    """Return two values that belong together in the way the flavour says."""
    first, second = draw(kinds[0], rng), draw(kinds[1], rng)
    match flavour:
        case "same_length" if rng.random() < 0.85:
            size = min(len(first), len(second))
            return first[:size], second[:size] if kinds != ("strs", "ints") else [abs(v) % 4 for v in second[:size]]
        case "same_length" if kinds == ("strs", "ints"):
            return first, [abs(v) % 4 for v in second]
        case "overlap":
            return first, _overlapping(first, second, rng)
        case "ordered":
            return first % 10, first % 10 + rng.randint(0, 6)
        case "divisor":
            return abs(first), rng.randint(2, 9)
        case "anagrams":
            word = rng.choice(_WORDS)
            letters = "".join(rng.sample(word, len(word)))
            return word, letters if rng.random() < 0.5 else letters[:-1] + rng.choice("aest")
        case "same_words":
            word = rng.choice(_WORDS)
            return word.capitalize(), rng.choice((word, word.upper(), rng.choice(_WORDS)))
        case "parts":
            text = rng.choice(_WORDS)
            return text, text[rng.randint(0, 1) :][: rng.randint(1, 3)] if rng.random() < 0.6 else rng.choice("aeort")
        case "column":
            rows = _rows(rng, "full")
            return rows, rng.randint(0, min(map(len, rows)) - 1)
    return first, second


def _overlapping(first: Any, second: Any, rng: random.Random) -> Any:
    if isinstance(first, dict):
        return {key: rng.randint(0, 9) for key in [*rng.sample(list(first), len(first) // 2), *list(second)[:2]]}
    shared = rng.sample(sorted(first), len(first) // 2)
    return type(second)([*shared, *list(second)[:2]])


def _size(rng: random.Random, most: int) -> int:
    return 0 if rng.random() < 0.06 else rng.randint(1, most)


def _int(rng: random.Random, flavour: str) -> int:
    if flavour == "small":
        return rng.randint(0, 7)
    if flavour == "natural":
        return rng.choice((rng.randint(0, 12), rng.randint(10, 99), rng.randint(10, 99), rng.randint(100, 999)))
    return rng.choice((rng.randint(-9, 12), rng.randint(0, 20), rng.randint(-20, 60)))


def _ints(rng: random.Random, flavour: str) -> list[int]:
    size = _size(rng, 3 if flavour == "few" else 5)
    match flavour:
        case "repeats":
            return [rng.randint(1, 4) for _ in range(size)]
        case "digits":
            return [rng.randint(1, 9), *(rng.randint(0, 9) for _ in range(rng.randint(0, 3)))]
        case "mostly_positive" | "mostly_even" if rng.random() < 0.5:
            return [rng.randint(1, 9) * (2 if flavour == "mostly_even" else 1) for _ in range(size)]
        case "sorted" if rng.random() < 0.6:
            return sorted(rng.randint(-6, 9) for _ in range(size))
        case "equal" if rng.random() < 0.5:
            return [rng.randint(-3, 9)] * size
        case "palindrome" if rng.random() < 0.5:
            half = [rng.randint(1, 6) for _ in range(rng.randint(1, 2))]
            return half + half[::-1]
    items = [rng.randint(-6, 12) for _ in range(size)]
    if size > 2 and rng.random() < 0.3:
        items[-1] = items[0]
    return items


def _string(rng: random.Random, flavour: str) -> str:
    word = rng.choice(_WORDS)
    match flavour:
        case "sentence":
            return " ".join(rng.choices(_WORDS, k=rng.randint(1, 4))) if rng.random() < 0.95 else ""
        case "mixed":
            return rng.choice(
                (word.capitalize(), word.upper(), f"{word.capitalize()} {rng.choice(_WORDS).upper()}", word)
            )
        case "noisy":
            return rng.choice(
                (
                    f"{word}{rng.randint(1, 99)}",
                    f"{rng.randint(1, 9)}{word[:2]}-{rng.randint(1, 9)}",
                    f"{word} {rng.randint(10, 99)}!",
                    word,
                )
            )
        case "spaces":
            return rng.choice((f"  {word} ", f" {word}  {rng.choice(_WORDS)} ", f"{word}  ", word))
        case "numeral":
            return str(rng.randint(0, 999))
        case "numbers":
            return ",".join(str(rng.randint(0, 30)) for _ in range(rng.randint(1, 4)))
        case "fields":
            return rng.choice(",;-|").join(rng.choices(_WORDS, k=rng.randint(1, 4)))
        case "palindrome" if rng.random() < 0.5:
            return word[:2] + word[:2][::-1]
        case "maybe_empty" if rng.random() < 0.4:
            return ""
    roll = rng.random()
    if roll < 0.05:
        return ""
    if roll < 0.5:
        return word
    if roll < 0.65:
        return rng.choice((word.capitalize(), rng.choice(_PEOPLE), f"{word.capitalize()} {rng.choice(_WORDS)}"))
    return " ".join(rng.choices(_WORDS, k=rng.randint(2, 3)))


def _strings(rng: random.Random, flavour: str) -> list[str]:
    size = _size(rng, 4)
    match flavour:
        case "mixed" | "noisy" | "spaces" | "numeral" | "palindrome":
            return [_string(rng, flavour) for _ in range(size)]
        case "repeats":
            return rng.choices(("cat", "red", "yes", "a", "no"), k=size)
        case "some_empty":
            return [rng.choice((rng.choice(_WORDS), "")) for _ in range(size)]
    words = rng.choices(_PEOPLE if rng.random() < 0.2 else _WORDS, k=size)
    if size > 2 and rng.random() < 0.2:
        words[-1] = words[0]
    return words


def _tree(rng: random.Random, depth: int) -> list[Any]:
    parts = [
        _tree(rng, depth - 1) if depth and rng.random() < 0.35 else rng.randint(-4, 9) for _ in range(rng.randint(1, 3))
    ]
    return parts if rng.random() < 0.95 else []


def _rows(rng: random.Random, flavour: str) -> list[list[int]]:
    height, width = rng.randint(1, 3), rng.randint(1, 3)
    match flavour:
        case "square":
            return [[rng.randint(0, 9) for _ in range(height)] for _ in range(height)]
        case "grid":
            return [[rng.randint(0, 9) for _ in range(width)] for _ in range(height)]
        case "full":
            return [[rng.randint(-4, 9) for _ in range(rng.randint(1, 3))] for _ in range(height)]
        case "some_empty":
            return [[rng.randint(-4, 9) for _ in range(rng.choice((0, 1, 2)))] for _ in range(height)]
    return [[rng.randint(-4, 9) for _ in range(_size(rng, 3))] for _ in range(_size(rng, 3))]

"""More inputs for programs that read standard input, by changing given ones so that their shape still fits.

A number that counts what follows (the lines below it, or the items of the next line) is found in all given inputs, and
changed together with what it counts; other numbers and words are changed in place. Costs no tokens.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from atlas_pipeline.inputs import MOST_INPUTS

_TRIES = 4
_MOST_CHARACTERS = 4000
_MOST_HEADER_WORDS = 3
"""A line with more numbers holds values, not sizes."""

Lines = list[list[str]]
"""The words of each line."""
Counts = dict[tuple[int, int], str]
"""How a number counts, by line and word: `lines`, `words` or `characters`, `blocks` of lines of one form, or `cases`.

The last stands for a number that counts something, nobody knows what: it is kept.
"""


def mutated_inputs(texts: Sequence[str], *, seed: int, most: int = MOST_INPUTS) -> tuple[str, ...]:
    """Return at most `most` new texts for standard input, each one of `texts` changed in one place."""
    rng = random.Random(seed)  # noqa: S311 - inputs for tests, not secrets
    sources = [_lines(text) for text in texts if text.strip() and len(text) <= _MOST_CHARACTERS]
    counting = common_counts(sources)
    known = {text.strip() for text in texts}
    found: list[str] = []
    for _ in range(most * _TRIES if sources else 0):
        number = rng.randrange(len(sources))
        changed = _mutated(sources[number], counting[number], rng)
        text = "\n".join(" ".join(words) for words in changed)
        if text.strip() and text.strip() not in known:
            known.add(text.strip())
            found.append(text + "\n")
        if len(found) == most:
            break
    return tuple(found)


def _lines(text: str) -> Lines:
    return [line.split(" ") for line in text.rstrip("\n").split("\n")]


def common_counts(sources: Sequence[Lines]) -> list[Counts]:
    """Return the numbers that count in each text, without those that do so by chance.

    A place counts by chance if another text has a number there, in a line of as many words, that does not count.
    """
    found = [counts(lines) for lines in sources]
    result: list[Counts] = []
    for lines, counting in zip(sources, found, strict=True):
        kept: Counts = {}
        for (row, column), how in counting.items():
            others = [
                other.get((row, column))
                for there, other in zip(sources, found, strict=True)
                if row < len(there) and len(there[row]) == len(lines[row]) and there is not lines
            ]
            if all(others):
                kept[row, column] = how
        result.append(kept)
    return result


def counts(lines: Lines) -> Counts:
    """Return the numbers that count, with what they count."""
    found: Counts = {}
    widths = {len(words) for words in lines[1:]}
    is_table = len(lines) > 2 and len(widths) == 1 and widths != {1} and str(len(lines) - 1) in lines[0]
    for row, words in enumerate(lines):
        for column, word in enumerate(words):
            if not (word.isdigit() and word.isascii()):
                continue
            number, below = int(word), len(lines) - row - 1
            if row == 0 and number == below and below > 0:
                found[row, column] = "lines"
            elif row + 1 == len(lines) or (row and is_table):
                continue  # in a table, a number that is as large as the next line is long is so by chance
            elif number == len(lines[row + 1]) and (number > 1 or len(words) == 1):
                found[row, column] = "words"
            elif len(lines[row + 1]) == 1 and number == len(lines[row + 1][0]) > 1:
                found[row, column] = "characters"
    first = lines[0][0]
    if len(lines) > 2 and len(lines[0]) == 1 and first.isdigit() and first.isascii() and found.get((0, 0)) != "lines":
        inside = {place: how for place, how in found.items() if place[0] > 0}
        if _has_blocks(lines, int(first), inside):
            found[0, 0] = "blocks"
        found.setdefault((0, 0), "cases")
    for row, words in enumerate(lines[:-1]):
        hows = [found.get((row, column)) for column in range(len(words))]
        for column, word in enumerate(words):
            is_size = row == 0 and _is_header(words) and word in _sizes(lines) and hows[column] is None
            is_ambiguous = hows[column] is not None and hows.count(hows[column]) > 1
            if is_size or is_ambiguous:
                found[row, column] = "cases"
    return found


def _is_header(words: list[str]) -> bool:
    return len(words) <= _MOST_HEADER_WORDS and all(word.isdigit() for word in words)


def _sizes(lines: Lines) -> set[str]:
    """Return the sizes in a text, written out: of lines, of words that are no numbers, of runs of lines of one form."""
    sizes = {len(words) for words in lines if len(words) > 1}
    sizes |= {len(word) for words in lines for word in words if not word.isdigit() and len(word) > 1}
    forms = [(len(words), len(words[0]) if not words[0].isdigit() else 0) for words in lines[1:]]
    sizes |= {len(list(run)) for _, run in itertools.groupby(forms)}
    return {str(size) for size in sizes}


def _has_blocks(lines: Lines, number: int, found: Counts) -> bool:
    """Tell whether the lines below the first are `number` blocks of the same form."""
    below = len(lines) - 1
    if number < 2 or below % number:
        return False
    size = below // number

    def form(row: int) -> tuple[object, ...]:
        counted = counting_above(row, found)
        places = tuple(sorted((column, how) for (at, column), how in found.items() if at == row))
        return (counted or len(lines[row]), places)

    return all(form(row) == form(row + size) for row in range(1, len(lines) - size))


def _mutated(lines: Lines, counting: Counts, rng: random.Random) -> Lines:
    changed = [list(words) for words in lines]
    if counting and rng.random() < 0.4:
        place = rng.choice(sorted(counting))
        return _resized(changed, place, counting, rng)
    free = [
        (row, column)
        for row, words in enumerate(changed)
        for column, word in enumerate(words)
        if word and (row, column) not in counting
    ]
    if free:
        row, column = rng.choice(free)
        keep_length = counting_above(row, counting) == "characters" or _has_twin(changed, row, column)
        changed[row][column] = _other_word(
            changed[row][column], rng, keep_length=keep_length, seen=_seen(lines, row, column)
        )
    return changed


def counting_above(row: int, counting: Counts) -> str:
    """Return how a line is counted by the line above it, empty for not at all."""
    return next((how for (at, _), how in counting.items() if at == row - 1 and how in ("words", "characters")), "")


def _has_twin(lines: Lines, row: int, column: int) -> bool:
    """Tell whether the line above or below has a text as long in the same place, as the rows of a grid have."""
    word = lines[row][column]
    if len(word) == 1 and not word.isdigit():
        return True  # a letter that stands for something: it stays one
    near = [lines[at] for at in (row - 1, row + 1) if 0 <= at < len(lines)]
    return any(len(words) == len(lines[row]) and len(words[column]) == len(word) > 1 for words in near)


def _seen(lines: Lines, row: int, column: int) -> list[int]:
    """Return the whole numbers of the same line, or of the same column where lines are short: others like these fit."""
    line = lines[row]
    words = line if len(line) > 2 else [other[column] for other in lines[1:] if row and len(other) == len(line)]
    return [int(word) for word in words if word.removeprefix("-").isdigit() and word.isascii()]


def _resized(lines: Lines, place: tuple[int, int], counting: Counts, rng: random.Random) -> Lines:
    row, column = place
    how, number = counting[place], int(lines[row][column])
    if how == "cases":
        return lines
    grow = number <= 1 or rng.random() < 0.5
    if how == "lines":
        if any(at != row for at, _ in counting):
            return lines  # the lines belong together in groups: one of them cannot come or go
        at = rng.randrange(row + 1, len(lines))
        lines[at : at + 1] = [lines[at], list(lines[at])] if grow else []
    elif how == "blocks":
        size = (len(lines) - 1) // number
        at = 1 + size * rng.randrange(number)
        lines[at : at + size] = [list(words) for words in lines[at : at + size]] * 2 if grow else []
    elif how == "words":
        at = rng.randrange(number)
        for words in lines[row + 1 :] if row == 0 else [lines[row + 1]]:  # the first line's sizes are all lines'
            if len(words) == number:
                new = _other_word(words[at], rng, keep_length=False, seen=[])
                words[at : at + 1] = [words[at], new] if grow else []
    else:
        at = rng.randrange(number)
        for words in lines[row + 1 :]:
            if len(words) == 1 and len(words[0]) == number:
                words[0] = words[0][:at] + (words[0][at] * 2 if grow else "") + words[0][at + 1 :]
    for (other_row, other_column), other in counting.items():
        if other_row == row and other == how:
            lines[other_row][other_column] = str(number + (1 if grow else -1))
    return lines


def _other_word(word: str, rng: random.Random, *, keep_length: bool, seen: Sequence[int]) -> str:
    digits = word.removeprefix("-")
    if digits.isdigit() and digits.isascii():
        if (len(digits) > 1 and digits[0] == "0") or (set(digits) <= {"0", "1"} and len(digits) > 2):
            return _other_text(word, rng, keep_length=keep_length)  # digits as a text: 0110
        if len(set(seen)) > 1:
            return str(rng.choice((rng.choice(seen), rng.randint(min(seen), max(seen)))))
        size = int(digits)
        other = rng.choice((size + 1, size - 1, size * 2, size + rng.randint(2, 9), 1))
        return f"-{max(other, 1)}" if word != digits else str(max(other, 0))
    return _other_text(word, rng, keep_length=keep_length)


def _other_text(text: str, rng: random.Random, *, keep_length: bool) -> str:
    """Return a text of the same letters."""
    at, other = rng.randrange(len(text)), rng.choice(text)
    options = [text[::-1], text[:at] + other + text[at + 1 :], "".join(sorted(text))]
    if not keep_length:
        options += [text + other, text[:at] + text[at + 1 :] or text]
    return rng.choice(options)

"""Takes statements out of what a model wrote as tests: code, prose around it, and ends that were cut off.

A text that parses as a whole is parsed as a whole; any other is read piece by piece, so that one broken line costs only
itself. Nothing here knows what a test means (`selftests` does).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from atlas_pipeline import layout

MOST_CHARACTERS = 40_000
"""A longer answer is cut: parsing it would hold up everything else."""
_MOST_LINES = 12
"""Lines a simple statement may span."""
_MOST_BLOCK_ENDS = 12
"""Places at which a compound statement may end that are tried."""
_MOST_DROPPED_LINES = 3
"""A block that was cut off may lose its last lines."""
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_COMPOUND = re.compile(r"^(?:@|(?:async\s+)?(?:def|for|with)\b|class\b|while\b|if\b|try\s*:)")
_ASSERT = re.compile(r"\bassert\b")
_PROMPT = re.compile(r"^\s*(?:>>>|\.\.\.)\s?")


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement, or a line that is none."""

    statement: ast.stmt | None
    text: str
    """The line, where it is no statement."""
    comment: str = ""
    """What stands after the statement on its last line, without the `#`."""


def without_thinking(text: str) -> str:
    """Return what follows the model's thoughts; nothing where it was still thinking at the end."""
    if "</think>" in text:
        return text.rsplit("</think>", 1)[1]
    return text.split("<think>", 1)[0]


def pieces(text: str) -> Iterator[Piece]:
    """Yield the statements of an answer in order, and the lines between them."""
    text = without_thinking(text.replace("\r\n", "\n"))[:MOST_CHARACTERS]
    lines = ["" if _FENCE.match(line) else line.rstrip() for line in text.split("\n")]
    yield from _read(lines)


def _read(lines: list[str]) -> Iterator[Piece]:
    whole = _parse(lines)
    if whole is not None:
        yield from whole
        return
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        if not line or (line.startswith("#") and not _ASSERT.match(line)):
            number += 1
            continue
        if _PROMPT.match(line):
            found, used = _doctest(lines, number)
        elif _COMPOUND.match(line):
            found, used = _compound(lines, number)
        else:
            found, used = _simple(lines, number)
        yield from found
        number += used


def _parse(lines: list[str]) -> list[Piece] | None:
    source = "\n".join(lines)
    if layout.indentation(next((line for line in lines if line.strip()), "")):
        source = layout.dedent(source)
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    split = source.split("\n")
    return [Piece(statement, "", _comment(split, statement)) for statement in tree.body]


def _comment(lines: list[str], statement: ast.stmt) -> str:
    last = lines[(statement.end_lineno or 1) - 1].encode()
    after = last[statement.end_col_offset or 0 :].decode(errors="replace").strip()
    return after[1:].strip() if after.startswith("#") else ""


def _compound(lines: list[str], start: int) -> tuple[list[Piece], int]:
    """Read a compound statement: up to the first line outside it at which it parses, else its first line alone."""
    base = len(layout.indentation(lines[start]).expandtabs(4))
    ends: list[int] = []
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(layout.indentation(line).expandtabs(4)) <= base:
            ends.append(number)
            if len(ends) == _MOST_BLOCK_ENDS:
                break
    else:
        ends.append(len(lines))
    for end in ends:
        found = _parse(lines[start:end])
        if found is not None:
            return found, end - start
    for dropped in range(1, _MOST_DROPPED_LINES + 1):
        found = _parse(lines[start : ends[0] - dropped]) if ends[0] - dropped > start + 1 else None
        if found is not None:
            return [*found, *(Piece(None, line) for line in lines[ends[0] - dropped : ends[0]])], ends[0] - start
    return [], 1


def _doctest(lines: list[str], start: int) -> tuple[list[Piece], int]:
    """Leave a doctest session, up to the next empty line, as it is."""
    end = start
    while end < len(lines) and lines[end].strip():
        end += 1
    return [Piece(None, line) for line in lines[start:end]], end - start


def _simple(lines: list[str], start: int) -> tuple[list[Piece], int]:
    first = _BULLET.sub("", lines[start]).strip().strip("`")
    open_brackets = False
    for count in range(1, min(_MOST_LINES, len(lines) - start) + 1):
        taken = [first, *lines[start + 1 : start + count]]
        if count > 1 and (not open_brackets or _ASSERT.match(lines[start + count - 1].strip())):
            break
        found = _parse(taken)
        if found is not None:
            return found, count
        text = "\n".join(taken)
        opened = sum(map(text.count, "([{")) > sum(map(text.count, ")]}"))
        open_brackets = opened or text.count('"""') % 2 == 1 or text.count("'''") % 2 == 1 or text.endswith("\\")
    if len(_ASSERT.findall(first)) > 1:
        parts = [part.strip().rstrip(";,.").strip("`") for part in re.split(r"(?=\bassert\b)", first)]
        found = [piece for part in parts if part for piece in _parse([part]) or [Piece(None, part)]]
        return found, 1
    if (begin := _ASSERT.search(first)) and begin.start():
        found = _parse([first[begin.start() :].rstrip(".").rstrip("`")])
        if found is not None:
            return found, 1
    return [Piece(None, first)], 1

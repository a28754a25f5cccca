"""Finds code in model text: past the thinking, inside fences or between sentences, with typographic characters undone."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from atlas_pipeline import layout

_THINK = r"(?:seed:)?(?:think|thinking|thought|thoughts|reasoning|reflection)"
_THINKING_BEGINS = re.compile(rf"^[ \t]*(?:<{_THINK}>|\[THINK\])", re.MULTILINE | re.IGNORECASE)
_THINKING_ENDS = re.compile(rf"(?:</{_THINK}>|\[/THINK\])", re.IGNORECASE)
_OPENS = re.compile(r"^(?P<lead>.*?)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[\w+#.-]*)[^`~]*$")
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,3}[.)])?[ \t]*$")
_CLOSES = re.compile(r"^(?P<code>.*?)(?P<fence>`{3,}|~{3,})[ \t]*$")
_PYTHON = re.compile(r"(?:python|py|python3|py3|pypy3?|cpython|ipython|pycon|sage)\d*(?:\.\d+)?$", re.IGNORECASE)
_CODE_BEGINS = re.compile(
    r"(?:import |from [\w.]+ import |(?:async )?def |class |@|#|(?:for|while|with|if|try)\b.*:|"
    r"[\w.]+(?:, ?\w+)* *=[^=]|\w[\w.]*\()"
)

_MOST_ENDS = 40
"""Ends of a block that are tried: each costs a parse."""
_MOST_MENDS = 400
MOST_DROPPED_LINES = 20
"""An answer that was cut off may lose its last statement, not its second half."""

_SPACES = dict.fromkeys(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
)
_NOTHING = dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", "")
_SIGNS = {"−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
_QUOTES = {"“": ('"', "“”„"), "”": ('"', "“”„"), "„": ('"', "“”„"), "‘": ("'", "‘’"), "’": ("'", "‘’")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The text between two fences."""

    info: str
    """The word after the opening fence."""
    text: str
    is_closed: bool

    @property
    def may_be_python(self) -> bool:
        """Whether the fence says Python, or nothing."""
        return not self.info or bool(_PYTHON.fullmatch(self.info))


def without_thinking(text: str) -> str | None:
    """Return what follows the model's thinking; None where it never stopped."""
    ends = list(_THINKING_ENDS.finditer(text))
    if ends:
        return text[ends[-1].end() :]
    begins = _THINKING_BEGINS.search(text)
    if begins is None:
        return text
    return text[: begins.start()] if text[: begins.start()].strip() else None


def parsed(source: str) -> ast.Module | None:
    """Return the syntax tree of dedented code, None where it has none."""
    try:
        return _tree(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _tree(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in the model's strings are none of our output's business
        return ast.parse(source)


def mended(source: str) -> str | None:
    """Return the code with typographic characters replaced where they break it; None where it does not parse even so.

    Inside strings and comments they stay, since there they are data: only the place the parser complains of is changed.
    """
    for _ in range(_MOST_MENDS):
        try:
            _tree(source)
        except SyntaxError as error:
            changed = _mended_at(source, error)
            if changed is None:
                return None
            source = changed
        except (ValueError, RecursionError, MemoryError):
            return None
        else:
            return source
    return None


def _mended_at(source: str, error: SyntaxError) -> str | None:
    lines = source.split("\n")
    if error.lineno is None or error.offset is None or not 1 <= error.lineno <= len(lines):
        return None
    line, at = lines[error.lineno - 1], error.offset - 1
    bad = line[at : at + 1]
    if bad in _QUOTES:
        plain, closing = _QUOTES[bad]
        end = next((n for n in range(at + 1, len(line)) if line[n] in closing), None)
        if end is None:
            return None
        line = line[:at] + plain + line[at + 1 : end] + plain + line[end + 1 :]
    elif bad in _SIGNS:
        line = line[:at] + _SIGNS[bad] + line[at + 1 :]
    elif bad and bad in _SPACES | _NOTHING:
        end = at
        while end < len(line) and line[end] in _SPACES | _NOTHING:
            end += 1
        line = line[:at] + "".join((_SPACES | _NOTHING)[c] for c in line[at:end]) + line[end:]
    else:
        return None
    lines[error.lineno - 1] = line
    return "\n".join(lines)


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a text, in order, without the empty ones.

    A block ends at the first fence at which it is Python that parses, so that a fence in a docstring does not end it;
    where there is none, at the first one, or where the next block begins because the closing fence was forgotten.
    """
    lines = text.split("\n")
    found: list[Block] = []
    number = 0
    while number < len(lines):
        opening = _opening(lines[number])
        if opening is None:
            number += 1
            continue
        block, number = _block(lines, number + 1, opening["fence"], opening["info"])
        if block.text.strip():
            found.append(block)
    return found


def _opening(line: str) -> re.Match[str] | None:
    match = _OPENS.match(line)
    if match is None:
        return None
    return match if _ITEM.fullmatch(match["lead"]) or _PYTHON.fullmatch(match["info"]) else None


def _block(lines: list[str], start: int, fence: str, info: str) -> tuple[Block, int]:
    """Return the block whose text begins on line `start`, and the line to go on from."""
    ends: list[tuple[str, int]] = []
    for number in range(start, len(lines)):
        before = "\n".join(lines[start:number])
        closing, opening = _CLOSES.match(lines[number]), _opening(lines[number])
        if closing and closing["fence"][0] == fence[0] and (len(closing["fence"]) >= len(fence)):
            code = closing["code"]
            ends.append((f"{before}\n{code}" if code.strip() else before, number + 1))
        elif opening and opening["info"] and opening["fence"][0] == fence[0] and len(opening["fence"]) == len(fence):
            ends.append((before, number))
        if len(ends) == _MOST_ENDS:
            break
    if not info or _PYTHON.fullmatch(info):
        for text, after in [*ends, ("\n".join(lines[start:]), len(lines))]:
            if mended(layout.dedent(text)) is not None:
                return Block(info=info, text=text, is_closed=(text, after) in ends), after
    if not ends:
        return Block(info=info, text="\n".join(lines[start:]), is_closed=False), len(lines)
    text, after = ends[0]
    return Block(info=info, text=text, is_closed=True), after


def shortened(source: str, *, truncated: bool) -> Iterator[str]:
    """Yield the code, and where it was cut off the same with fewer and fewer of its last lines."""
    lines = source.rstrip().split("\n")
    for dropped in range(min(MOST_DROPPED_LINES, len(lines)) if truncated else 1):
        yield "\n".join(lines[: len(lines) - dropped])


def code_between_sentences(text: str) -> str | None:
    """Return the longest run of paragraphs that is code and begins like it, from text without fences."""
    lines = text.split("\n")
    stops = [n for n, line in enumerate(lines) if not line.strip()] + [len(lines)]
    starts = [
        n
        for n, line in enumerate(lines)
        if _CODE_BEGINS.match(line) and (not n or not _CODE_BEGINS.match(lines[n - 1]))
    ]
    best: str | None = None
    tried = 0
    for start in starts:
        for stop in reversed(stops):
            size = stop - start
            if size <= (best.count("\n") + 1 if best else 0) or tried > _MOST_ENDS:
                break
            tried += 1
            code = mended("\n".join(lines[start:stop]))
            if code is not None:
                best = code
                break
    return best

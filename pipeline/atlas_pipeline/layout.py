"""Indentation of code as text, with multi-line strings left as they are."""

from __future__ import annotations

import io
import tokenize

UNIT = "    "
"""One level of indentation of a `Candidate.body`."""


def string_lines(code: str) -> set[int]:
    """Return the lines (0-based) that begin inside a string: their leading white space is data, not layout."""
    inside: set[int] = set()
    opened: list[int] = []
    start_types = {getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START")}
    end_types = {getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END")}
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.STRING:
                inside.update(range(token.start[0], token.end[0]))
            elif token.type in start_types:
                opened.append(token.start[0])
            elif token.type in end_types and opened:
                inside.update(range(opened.pop(), token.end[0]))
    except (tokenize.TokenError, SyntaxError):
        pass  # what was read up to the error is still right, and the caller parses the code anyway
    return inside


def indentation(line: str) -> str:
    """Return the white space a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def dedent(code: str) -> str:
    """Remove the indentation that all lines share; lines inside strings do not count and are not moved."""
    lines = code.split("\n")
    fixed = string_lines(code)
    shared: str | None = None
    for number, line in enumerate(lines):
        if number in fixed or not line.strip():
            continue
        own = indentation(line)
        shared = own if shared is None else _common_prefix(shared, own)
    cut = len(shared or "")
    return "\n".join(
        line if number in fixed else (line[cut:] if line.strip() else "") for number, line in enumerate(lines)
    )


def _common_prefix(a: str, b: str) -> str:
    length = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        length += 1
    return a[:length]


def indent(code: str, *, by: str, unit: str = UNIT) -> str:
    """Indent dedented code by `by`, each of its own levels of four spaces turned into `unit`."""
    fixed = string_lines(code)
    result = []
    for number, line in enumerate(code.split("\n")):
        if number in fixed:
            result.append(line)
        elif not line.strip():
            result.append("")
        else:
            own = indentation(line)
            levels, rest = divmod(len(own.expandtabs(len(UNIT))), len(UNIT))
            result.append(by + unit * levels + " " * rest + line[len(own) :])
    return "\n".join(result)


def normalise_unit(code: str) -> str:
    """Return dedented code with each of its levels as four spaces, whatever unit it was written with."""
    fixed = string_lines(code)
    lines = code.split("\n")
    stack: list[str] = [""]
    result = []
    continued = _continuation_lines(code)
    for number, line in enumerate(lines):
        if number in fixed or not line.strip():
            result.append(line)
            continue
        own = indentation(line)
        if number in continued:  # alignment inside brackets is free: keep it relative to the statement
            result.append(UNIT * (len(stack) - 1) + own.removeprefix(stack[-1]) + line[len(own) :])
            continue
        while len(stack) > 1 and not (own == stack[-1] or own.startswith(stack[-1])):
            stack.pop()
        if own != stack[-1]:
            stack.append(own)
        result.append(UNIT * (len(stack) - 1) + line[len(own) :])
    return "\n".join(result)


def _continuation_lines(code: str) -> set[int]:
    """Return the lines (0-based) that continue a statement inside brackets or after a backslash, and comment lines."""
    starts: set[int] = set()
    fresh = True
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT, tokenize.ENDMARKER):
                continue
            if token.type == tokenize.NEWLINE:
                fresh = True
                continue
            if fresh:
                starts.add(token.start[0] - 1)
                fresh = False
    except (tokenize.TokenError, SyntaxError):
        return set()
    comments = {n for n, line in enumerate(code.split("\n")) if line.lstrip().startswith("#")}
    return {n for n in range(code.count("\n") + 1) if n not in starts} - comments

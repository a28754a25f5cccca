"""Small faults put into right bodies: what a small model gets wrong besides the near misses that a problem names."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

_SWAPS = (
    ("==", "!="), ("<", "<="), ("<=", "<"), (">", ">="), (">=", ">"), ("min(", "max("), ("max(", "min("),
    ("sum(", "len("), ("+", "-"), ("-", "+"), ("//", "/"), ("*", "+"), (" and ", " or "), (" or ", " and "),
    ("not ", ""), (", reverse=True", ""), ("sorted(", "list("), ("set(", "list("), ("append", "extend"),
    ("upper()", "lower()"), ("lower()", "upper()"), ("[::-1]", ""), ("[0]", "[-1]"), ("[-1]", "[0]"),
    ("startswith", "endswith"), (" + 1", ""), (" - 1", ""), (" % 2 == 0", " % 2 == 1"), ("+=", "="), ("True", "False"),
    ("False", "True"), ("range(1, ", "range("),
)  # fmt: skip
_NUMBER = re.compile(r"(?<![\w.\"'])\d+(?![\w.\"'])")


def with_fault(body: str, names: Sequence[str], rng: random.Random) -> str:
    """Return `body` with one part changed; the same where nothing fits. Whether it is wrong now has to be tried."""
    kinds = [_swapped, _swapped, _other_number, _other_name, _without_a_line]
    rng.shuffle(kinds)
    for kind in kinds:
        changed = kind(body, names, rng)
        if changed != body:
            return changed
    return body


def _swapped(body: str, names: Sequence[str], rng: random.Random) -> str:
    fitting = [swap for swap in _SWAPS if swap[0] in body]
    if not fitting:
        return body
    old, new = rng.choice(fitting)
    places = [match.start() for match in re.finditer(re.escape(old), body)]
    at = rng.choice(places)
    return body[:at] + new + body[at + len(old) :]


def _other_number(body: str, names: Sequence[str], rng: random.Random) -> str:
    places = list(_NUMBER.finditer(body))
    if not places:
        return body
    match = rng.choice(places)
    number = max(0, int(match[0]) + rng.choice((-1, 1)))
    return body[: match.start()] + str(number) + body[match.end() :]


def _other_name(body: str, names: Sequence[str], rng: random.Random) -> str:
    """Take one parameter for another, or misspell it."""
    places = [match for name in names for match in re.finditer(rf"(?<![\w.]){re.escape(name)}\b", body)]
    if not places:
        return body
    match = rng.choice(places)
    others = [name for name in names if name != match[0]]
    name = rng.choice(others) if others else match[0].rstrip("s") if match[0].endswith("s") else match[0] + "s"
    return body[: match.start()] + (name or "x") + body[match.end() :]


def _without_a_line(body: str, names: Sequence[str], rng: random.Random) -> str:
    lines = body.split("\n")
    guards = [n for n, line in enumerate(lines[:-1]) if line.lstrip().startswith("if ") and line.endswith(":")]
    if not guards:
        return body
    at = rng.choice(guards)
    depth = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > depth:
        end += 1
    return "\n".join(lines[:at] + lines[end:]) if end < len(lines) else body

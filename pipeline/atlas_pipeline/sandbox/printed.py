"""Compares what a main program printed with what was expected, on the trusted side.

The rule is that of LiveCodeBench's checker: lines without the white space around them, compared as text, else token by
token as numbers. It compares numbers exactly as decimals (`1.0` is `1.00`); here, as for values, they are the same
when they agree to 9 significant digits, unless both are written as integers.
"""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+$", re.ASCII)
_TOLERANCE = Decimal("1e-9")


def same_output(expected: str, actual: str) -> bool:
    """Tell whether two texts are the same output."""
    wanted, given = _lines(expected), _lines(actual)
    return len(wanted) == len(given) and all(map(_same_line, wanted, given))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same_line(expected: str, actual: str) -> bool:
    if expected == actual:
        return True
    wanted, given = expected.split(), actual.split()
    return len(wanted) == len(given) and all(map(_same_token, wanted, given))


def _same_token(expected: str, actual: str) -> bool:
    if expected == actual:
        return True
    if not (_NUMBER.match(expected) and _NUMBER.match(actual)):
        return False
    wanted, given = Decimal(expected), Decimal(actual)
    if _INTEGER.match(expected) and _INTEGER.match(actual):
        return wanted == given
    return abs(wanted - given) <= _TOLERANCE * max(abs(wanted), Decimal(1))

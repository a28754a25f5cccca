"""Runs bodies of the world while samples are drawn: code of our own making, so only against endless loops."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

from atlas_pocket.problem import Problem

MOST_LINES = 20_000
"""Lines one call may run; near misses may forget to end."""


class RunError(Exception):
    """The body raised an exception or did not end."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        """Of the exception: "IndexError"."""


class _EndlessError(BaseException):
    """Not an Exception: bodies that catch those must not catch this one."""


def run_body(problem: Problem, body: str, arguments: Sequence[Any]) -> Any:
    """Return what a body of `problem` gives; raises as `run`."""
    return run(problem.name, [parameter.name for parameter in problem.parameters], body, arguments)


def run(name: str, parameters: Sequence[str], body: str, arguments: Sequence[Any]) -> Any:
    """Return what the function with this indented body gives for copies of `arguments`.

    Raises:
        RunError: it raised, does not parse, or ran more than `MOST_LINES` lines.
    """
    namespace: dict[str, Any] = {}
    left = MOST_LINES

    def count(frame: FrameType, event: str, value: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise _EndlessError
        return count

    try:
        exec(compile(f"def {name}({', '.join(parameters)}):\n{body}\n", "<body>", "exec"), namespace)  # noqa: S102 - our own code
        before = sys.gettrace()
        sys.settrace(count)
        try:
            return namespace[name](*(_copy(argument) for argument in arguments))
        finally:
            sys.settrace(before)
    except _EndlessError:
        raise RunError("TimeoutError") from None
    except Exception as error:
        raise RunError(type(error).__name__) from error


def _copy(value: Any) -> Any:
    """Return a deep copy of plain data."""
    match value:
        case list():
            return [_copy(item) for item in value]
        case dict():
            return {key: _copy(item) for key, item in value.items()}
        case set():
            return set(value)
    return value

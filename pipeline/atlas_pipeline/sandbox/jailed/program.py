"""Loads a candidate's module and evaluates calls in it: untrusted code, with everything it does turned into a report.

A report is a dictionary, the first half; the second half, the text for people, comes from a function that may run the
candidate's `__repr__` and `__str__`, so that one that hangs or raises loses only that text.
"""

from __future__ import annotations

import asyncio
import linecache
import opcode
import resource
import sys
import types
from typing import TYPE_CHECKING, Any

from .canonical import MAX_ITEMS, ValueTooLargeError, canonical
from .watch import WatchedCall

if TYPE_CHECKING:
    from collections.abc import Callable

    Report = dict[str, Any]
    Reported = tuple[Report, Callable[[], str]]

_SHOWN_CHARS = 200
_MESSAGE_CHARS = 500
_RAISE = opcode.opmap["RAISE_VARARGS"]  # the instruction of both `raise` and `assert`
_RECURSION_LIMIT = sys.getrecursionlimit()


class LoadedProgram:
    """A candidate's module in this process."""

    def __init__(self, source: str, name: str, max_chars: int) -> None:
        self.source = source
        # A program named like a module that is loaded must not take its place: the standard library imports it, too.
        self.name = name + "_" if name in sys.modules else name
        self.file = self.name + ".py"
        self.max_chars = max_chars
        self.module = types.ModuleType(self.name)

    def load(self) -> Reported:
        """Run the module's top level."""
        self.module.__file__ = self.file
        linecache.cache[self.file] = (len(self.source), None, self.source.splitlines(True), self.file)
        sys.modules[self.name] = self.module
        try:
            exec(compile(self.source, self.file, "exec", dont_inherit=True), self.module.__dict__)  # noqa: S102
        except BaseException as error:  # noqa: BLE001 - SystemExit and all: the program is untrusted
            return self._exception(error, "load_failed")
        return {"kind": "returned"}, str

    def call(self, expression: str) -> Reported:
        """Evaluate an expression; run a coroutine it gives; drive an iterator it gives."""
        watched = WatchedCall(self.module.__dict__, self.max_chars)
        report: Report
        try:
            value = _settle(watched.evaluate(expression))
            with _Headroom():
                text = canonical(value, self.max_chars)
        except ValueTooLargeError as error:
            complaint = str(error)
            report, remark = {"kind": "memory", "type_name": "ValueTooLarge"}, lambda: complaint
        except BaseException as error:  # noqa: BLE001
            report, remark = self._exception(error, "raised")
        else:
            report, remark = {"kind": "returned", "value": text}, lambda: _show(value, text)
        with _Headroom():
            report["changed"] = watched.changes()
        return report, remark

    def _exception(self, error: BaseException, kind: str) -> Reported:
        with _Headroom():
            if isinstance(error, MemoryError):
                kind = "memory"
            line, explicit = self._locate(error)
            error.__traceback__ = None  # its frames keep everything alive
            name = _short(type.__dict__["__name__"].__get__(type(error)), _SHOWN_CHARS)
            report = {"kind": kind, "type_name": name, "line": line, "explicit": explicit}
        return report, lambda: _short(str(error), _MESSAGE_CHARS)

    def _locate(self, error: BaseException) -> tuple[int | None, bool]:
        """Return the innermost line of the program that was on the way, and whether a `raise` stood there."""
        if isinstance(error, SyntaxError) and error.filename == self.file:
            return error.lineno, False
        line, explicit = None, False
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            if code.co_filename == self.file:
                line = step.tb_lineno
                explicit = 0 <= step.tb_lasti < len(code.co_code) and code.co_code[step.tb_lasti] == _RAISE
            step = step.tb_next
        return line, explicit


def _settle(value: Any) -> Any:
    """Run a coroutine, collect an asynchronous generator; other values stay as they are."""
    if isinstance(value, types.CoroutineType):
        return asyncio.run(value)
    if isinstance(value, types.AsyncGeneratorType):
        return iter(asyncio.run(_collect(value)))
    return value


async def _collect(source: Any) -> list[Any]:
    items: list[Any] = []
    async for item in source:
        items.append(item)
        if len(items) == MAX_ITEMS:
            break
    return items


def _show(value: Any, text: str) -> str:
    if hasattr(type(value), "__next__"):  # it is spent, and its repr is an address
        return _short(text, _SHOWN_CHARS)
    try:
        return _short(repr(value), _SHOWN_CHARS)
    except BaseException:  # noqa: BLE001 - the candidate's own __repr__, or an int too long for decimal digits
        return _short(text, _SHOWN_CHARS)


def _short(text: str, limit: int) -> str:
    plain = str.__str__(text)
    cut = plain if len(plain) <= limit else plain[: limit - 3] + "..."
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")[:limit]  # lone surrogates are not JSON


class _Headroom:
    """Room for the runner's own work after a candidate that used up its memory or set the recursion limit to almost none.

    The memory limit is lifted to its hard part; afterwards both limits are the candidate's again.
    """

    def __enter__(self) -> None:
        self.recursion = sys.getrecursionlimit()
        sys.setrecursionlimit(max(self.recursion, _RECURSION_LIMIT))
        self.memory = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (self.memory[1], self.memory[1]))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_AS, self.memory)
        sys.setrecursionlimit(self.recursion)

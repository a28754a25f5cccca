"""Loads a candidate's module and evaluates calls in it: untrusted code, with everything it does turned into a report.

A report is a dictionary, the first half; the second half, the text for people, comes from a function that may run the
candidate's `__repr__` and `__str__`, so that one that hangs or raises loses only that text.
"""

from __future__ import annotations

import asyncio
import atexit
import builtins
import contextlib
import linecache
import opcode
import resource
import sys
import threading
import traceback
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

    def __init__(self, source: str, name: str, package: str, max_chars: int) -> None:
        self.source = source
        full = f"{package}.{name}" if package else name
        # A program named like a module that is loaded must not take its place: the standard library imports it, too.
        self.name = full + "_" if full in sys.modules else full
        self.file = self.name.rpartition(".")[2] + ".py"
        self.max_chars = max_chars
        self.module = types.ModuleType(self.name)
        if package:
            self.module.__package__ = package  # relative imports start here

    def load(self) -> Reported:
        """Run the module's top level."""
        try:
            _execute(self.module, self.source, self.file)
        except BaseException as error:  # noqa: BLE001 - SystemExit and all: the program is untrusted
            return _exception(error, "load_failed", self.file)
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
            report, remark = _exception(error, "raised", self.file)
        else:
            report, remark = {"kind": "returned", "value": text}, lambda: _show(value, text)
        with _Headroom():
            report["changed"] = watched.changes()
        return report, remark


def run_main(source: str, name: str) -> tuple[Report | None, Callable[[], str], int]:
    """Run a program as `__main__`, to its end; return the report of what it raised, its remark, and the exit status.

    As at the end of the interpreter, threads are waited for and exit handlers are run.
    """
    file = name + ".py"
    sys.argv = [file]
    reported = None
    try:
        try:
            _execute(types.ModuleType("__main__"), source, file)
        finally:
            threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter itself does at its end
            atexit._run_exitfuncs()
    except SystemExit as error:
        status = _exit_status(error.code)
        if status:
            reported = _exception(error, "raised", file)
    except BaseException as error:  # noqa: BLE001
        status = 1
        _print_exception(error)
        reported = _exception(error, "raised", file)
    else:
        status = 0
    report, remark = reported or (None, str)
    return report, remark, status


def _exit_status(code: Any) -> int:
    """Return the process's status for the argument of SystemExit, as the interpreter does."""
    if code is None:
        return 0
    if isinstance(code, int):
        return int.__and__(code, 0xFF)
    with contextlib.suppress(BaseException):  # the candidate's own __str__
        sys.stderr.write(str(code) + "\n")
    return 1


def _print_exception(error: BaseException) -> None:
    with _Headroom(), contextlib.suppress(BaseException):  # the candidate's own __str__
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_globals is globals():
            trace = trace.tb_next  # the runner's own frames are nobody's business
        traceback.print_exception(type(error), error, trace)


def _execute(module: types.ModuleType, source: str, file: str) -> None:
    module.__file__ = file
    module.__dict__["__builtins__"] = (
        builtins  # `exec` would hand over the runner's own, and what `site` adds is not there
    )
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    sys.modules[module.__name__] = module
    exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - it is what this process is for


def _exception(error: BaseException, kind: str, file: str) -> Reported:
    with _Headroom():
        if isinstance(error, MemoryError):
            kind = "memory"
        line, explicit = _locate(error, file)
        error.__traceback__ = None  # its frames keep everything alive
        name = _short(type.__dict__["__name__"].__get__(type(error)), _SHOWN_CHARS)
        report = {"kind": kind, "type_name": name, "line": line, "explicit": explicit}
    return report, lambda: _short(str(error), _MESSAGE_CHARS)


def _locate(error: BaseException, file: str) -> tuple[int | None, bool]:
    """Return the innermost line of the program that was on the way, and whether a `raise` stood there."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno, False
    line, explicit = None, False
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename == file:
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

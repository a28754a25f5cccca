"""Writes the events of a solve to a file, one JSON object a line, as they happen; and reads such files.

A trace can be read at any moment, also after the process was killed: each line is written at once and whole, so at most
the last one is cut (a disk that is full, a power cut). The first line says what the file holds. Nobody else can read it:
it contains the code that the model wrote, and calls and examples of the user's function.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from atlas_pipeline.errors import UsageError
from atlas_pipeline.events import SCHEMA, Event, Failed, Finished, to_json

HOLDS = (
    "the events of one solve, one JSON object a line: the examples of the function, the code and the tests that the model "
    "wrote, what came out when they ran, and what it cost. A line with the event Finished or Failed ends it; without one "
    "the process was killed."
)


_BEGINS = b'{"trace":"atlas-ls",'


def line(content: Mapping[str, Any]) -> str:
    """Return one line of JSON in ASCII: no character in it is a line end to any reader, and lone surrogates do no harm."""
    return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"


class Recorder:
    """Hands each event to `write` as a line of JSON, with the seconds since the start under `at_s`.

    As a context manager it adds `Failed` where the block ends with an exception and no result was recorded.

    Args:
        write: takes a whole line; what it raises reaches the caller of `record`.
        clock: seconds, for tests.
    """

    def __init__(self, write: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._began = clock()
        self._ended = False

    def record(self, event: Event) -> None:
        """Write one event."""
        self._ended = self._ended or isinstance(event, Finished | Failed)
        self._write(line({**to_json(event), "at_s": round(self._clock() - self._began, 4)}))

    def __enter__(self) -> Self:
        """Return the recorder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Say how the stream ended, if it ended without a result."""
        if kind is None or self._ended or issubclass(kind, GeneratorExit):
            return
        is_fault = issubclass(kind, Exception)  # else the task was cancelled, or the user pressed Ctrl-C
        self.record(Failed(error=kind.__name__ if is_fault else "Cancelled", message=str(error) if is_fault else ""))


class TraceFile:
    """A new file, readable by its owner only, that lines are added to.

    It appears under its name at once and complete up to its first line; a trace that was there before is replaced, any
    other file is left alone. A line that cannot be written ends the trace, not the solve: `problem` then says why.

    Args:
        about: what to say in the first line besides what the file holds, for example the function's name.

    Raises:
        UsageError: the file cannot be made, or its name is taken by something that is not a trace.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path = path
        self.problem: str | None = None
        began = datetime.now(UTC).isoformat(timespec="seconds")
        first = line({"trace": "atlas-ls", "schema": SCHEMA, "holds": HOLDS, "began": began, **about})
        try:
            self._descriptor = _create(path, first.encode())
        except OSError as error:
            raise UsageError(f"the trace {path} cannot be written: {error.strerror or error}") from error

    def write(self, text: str) -> None:
        """Add a line; it is in the operating system's hands when this returns."""
        if self.problem is not None:
            return
        try:
            _write_whole(self._descriptor, text.encode())
        except OSError as error:
            self.problem = f"the trace {self.path} is incomplete: {error.strerror or error}"

    def close(self) -> None:
        """Close the file; nothing can be added any more."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Return the file itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()


def _create(path: Path, first: bytes) -> int:
    """Make the file under a temporary name, write its first line, and give it its own name."""
    real = path.resolve()
    if real.exists() and not stat.S_ISREG(real.stat().st_mode):
        raise UsageError(f"the trace {path} cannot be written: it is not a plain file")
    if real.exists() and not _is_trace(real):
        raise UsageError(f"the trace {path} is not written: there is a file of that name that is no trace")
    descriptor, temporary = tempfile.mkstemp(dir=real.parent, prefix=f".{real.name}.")  # 0600
    try:
        _write_whole(descriptor, first)
        Path(temporary).replace(real)
    except BaseException:
        os.close(descriptor)
        Path(temporary).unlink(missing_ok=True)
        raise
    return descriptor


def _is_trace(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(len(_BEGINS))
    return not start or start == _BEGINS


def _write_whole(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def read_trace(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the first line and the events of a trace; a last line that was cut is left out.

    Raises:
        UsageError: it is not a trace, or a line other than the last is broken.
    """
    try:
        lines = path.read_text(encoding="ascii").split("\n")
        first, *events = [json.loads(text) for text in lines[:-1]]
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is not a trace: {error}") from error
    if first.get("trace") != "atlas-ls":
        raise UsageError(f"{path} is not a trace: its first line does not say so")
    return first, events

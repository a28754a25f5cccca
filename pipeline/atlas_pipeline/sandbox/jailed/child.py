"""One forked process: confines itself, loads one program and answers call after call on its channel.

A frame is four bytes of length and that much JSON. The empty frame says that the process is confined; from then on
nothing it writes is believed to be anything but an answer of this one program.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import struct
import sys
import traceback
from json import JSONDecoder
from os import dup2 as _dup2
from os import read as _read
from os import write as _write
from typing import TYPE_CHECKING, Any

from . import kernel, landlock, seccomp
from .program import LoadedProgram

if TYPE_CHECKING:
    from .program import Reported

_NULL, _STDOUT, _STDERR, _CHANNEL, _STDOUT_COPY = range(5)
_HEADROOM_BYTES = 64 * 1024 * 1024
_OPEN_FILES = 64
_FIRST_SPARE = (
    128  # descriptors are parked from here on while the first are being laid out; below the forkserver's limit
)
_LAST_DESCRIPTOR = 256
_encode = json.JSONEncoder(ensure_ascii=True).encode  # bound now: the candidate may replace what `json` holds later
_decode = JSONDecoder().decode


class Confinement:
    """What the forkserver prepared for its children while it still could."""

    def __init__(self, parent: int, memory: int, ruleset: int | None, deny_truncation: bool) -> None:
        self.parent = parent
        self.memory = memory
        """A descriptor of `/proc/self/statm`, -1 without one."""
        self.ruleset = ruleset
        self.deny_truncation = deny_truncation


def run_child(confinement: Confinement, channel: int, output: int, limits: dict[str, int]) -> None:
    """Be the child, to the end of the process."""
    try:
        _limit(confinement, limits)
        if confinement.ruleset is not None:
            landlock.restrict(confinement.ruleset)
        _lay_out_descriptors(channel, output)
        seccomp.install(confinement.deny_truncation)
        os.dup2(_NULL, _STDERR)
        _send(b"")
        _answer(limits["max_chars"])
    except BaseException:  # noqa: BLE001 - back in the forkserver's loop there would be two forkservers
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _limit(confinement: Confinement, limits: dict[str, int]) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kernel.die_with_parent()
    if os.getppid() != confinement.parent:
        os._exit(1)  # it was gone before the kernel was told
    size = limits["memory"] + _address_space(confinement.memory)
    resource.setrlimit(resource.RLIMIT_AS, (size, size + _HEADROOM_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _address_space(statm: int) -> int:
    """Return the bytes of address space in use: the interpreter and its libraries, of which the limit is free."""
    if statm < 0:
        return 256 * 1024 * 1024
    return int(os.pread(statm, 64, 0).split()[0]) * resource.getpagesize()


def _lay_out_descriptors(channel: int, output: int) -> None:
    """Leave null, output, the forkserver's error stream (for now), the channel and output again, and nothing else."""
    sources = (os.open(os.devnull, os.O_RDWR), output, _STDERR, channel, output)
    for number, source in enumerate(sources):
        os.dup2(source, _FIRST_SPARE + number)
    for number in range(len(sources)):
        os.dup2(_FIRST_SPARE + number, number)
    os.closerange(len(sources), _LAST_DESCRIPTOR)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.FileIO(_NULL, closefd=False))  # type: ignore
    sys.stdout = sys.__stdout__ = _writer(_STDOUT)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _writer(_STDERR)  # type: ignore[misc]


def _writer(descriptor: int) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")


def _answer(max_chars: int) -> None:
    stdout = sys.stdout
    request = _receive()
    program = LoadedProgram(request["source"], request["name"], max_chars)
    reported: Reported = program.load()
    while True:
        report, remark = reported
        _flush(stdout)
        _send(_encode(dict(report, seq=request["seq"])).encode())
        # What a __repr__ prints is nobody's output: the trusted side may not have read that of the call yet.
        _dup2(_NULL, _STDOUT)
        text = _remark(remark)
        _flush(stdout)
        _dup2(_STDOUT_COPY, _STDOUT)
        _send(_encode({"seq": request["seq"], "text": text}).encode())
        del reported, report, remark
        request = _receive()
        reported = program.call(request["call"])


def _remark(remark: Any) -> str:
    try:
        return str(remark())
    except BaseException:  # noqa: BLE001 - the candidate's own __str__
        return ""


def _flush(stream: Any) -> None:
    try:
        stream.flush()
    except BaseException:  # noqa: BLE001 - the candidate may have closed it
        return


def _receive() -> Any:
    (length,) = struct.unpack(">I", _read_exactly(4))
    return _decode(_read_exactly(length).decode())


def _read_exactly(count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = _read(_CHANNEL, count - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def _send(body: bytes) -> None:
    data = struct.pack(">I", len(body)) + body
    while data:
        data = data[_write(_CHANNEL, data) :]

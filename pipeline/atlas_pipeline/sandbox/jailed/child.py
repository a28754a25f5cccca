"""One forked process: confines itself, loads one program and answers call after call on its channel.

A frame is four bytes of length and that much JSON. The empty frame says that the process is confined; from then on
nothing it writes is believed to be anything but an answer of this one program. The first frame it gets brings the
program and the limits, so that a process can be made and confined before there is anything to run in it.
"""

from __future__ import annotations

import array
import io
import json
import os
import resource
import signal
import socket
import struct
import sys
import traceback
from json import JSONDecoder
from os import _exit
from os import dup2 as _dup2
from os import read as _read
from os import write as _write
from typing import TYPE_CHECKING, Any

from . import kernel, landlock, seccomp
from .imports import NamedModules
from .program import LoadedProgram, run_main

if TYPE_CHECKING:
    from .program import Reported

_STDIN, _STDOUT, _STDERR, _CHANNEL, _STDOUT_COPY, _STDERR_COPY, _NULL_COPY = range(7)
_HEADROOM_BYTES = 64 * 1024 * 1024
_OPEN_FILES = 64
_FIRST_SPARE = (
    128  # descriptors are parked from here on while the first are being laid out; below the forkserver's limit
)
_LAST_DESCRIPTOR = 256
_WAITING_SIGNALS = 128
_FRAME_HEAD = 4
_encode = json.JSONEncoder(ensure_ascii=True).encode  # bound now: the candidate may replace what `json` holds later
_decode = JSONDecoder().decode


class Confinement:
    """What the forkserver prepared for its children while it still could."""

    def __init__(self, parent: int, memory: int, ruleset: int | None, filter: seccomp.Filter | None) -> None:  # noqa: A002
        self.parent = parent
        self.memory = memory
        """A descriptor of `/proc/self/statm`, -1 without one."""
        self.ruleset = ruleset
        self.filter = filter
        self.library_folders = 0
        """How many folders at the beginning of `sys.path` are the standard library's."""
        self.streams = _streams()
        """Standard input, output and error: text streams on the descriptors of the child, whatever those will be."""


def run_child(confinement: Confinement, channel: int, output: int, errors: int) -> None:
    """Be the child, to the end of the process."""
    try:
        _leave_parent(confinement)
        base = _address_space(confinement.memory)
        if confinement.ruleset is not None:
            landlock.restrict(confinement.ruleset)
        _lay_out_descriptors(channel, output, errors)
        sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = confinement.streams  # type: ignore[misc]
        if confinement.filter is not None:
            confinement.filter.install()
        os.dup2(_STDERR_COPY, _STDERR)
        _send(b"")
        _obey(base, confinement.library_folders)
    except BaseException:  # noqa: BLE001 - back in the forkserver's loop there would be two forkservers
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        _exit(1)


def _leave_parent(confinement: Confinement) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    kernel.die_with_parent()
    if os.getppid() != confinement.parent:
        _exit(1)  # it was gone before the kernel was told
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # Timers count as waiting signals, and these are counted for all processes of the user together.
    resource.setrlimit(resource.RLIMIT_SIGPENDING, (_WAITING_SIGNALS, _WAITING_SIGNALS))


def _limit(limits: dict[str, int], base: int) -> None:
    size = limits["memory"] + base
    resource.setrlimit(resource.RLIMIT_AS, (size, size + _HEADROOM_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_s"], limits["cpu_s"]))


def _address_space(statm: int) -> int:
    """Return the bytes of address space in use: the interpreter and its libraries, of which the limit is free."""
    if statm < 0:
        return 256 * 1024 * 1024
    return int(os.pread(statm, 64, 0).split()[0]) * resource.getpagesize()


def _lay_out_descriptors(channel: int, output: int, errors: int) -> None:
    """Leave null, output, the forkserver's error stream (for now), the channel, then output, errors and null again."""
    null = os.open(os.devnull, os.O_RDWR)
    sources = (null, output, _STDERR, channel, output, errors, null)
    for number, source in enumerate(sources):
        os.dup2(source, _FIRST_SPARE + number)
    for number in range(len(sources)):
        os.dup2(_FIRST_SPARE + number, number)
    os.closerange(len(sources), _LAST_DESCRIPTOR)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))


def _streams() -> tuple[io.TextIOWrapper, io.TextIOWrapper, io.TextIOWrapper]:
    reading = io.TextIOWrapper(io.BufferedReader(io.FileIO(_STDIN, closefd=False)), encoding="utf-8")
    return reading, _writer(_STDOUT), _writer(_STDERR)


def _writer(descriptor: int) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace")


def _obey(base: int, library_folders: int) -> None:
    """Do what the first frame says: run a main program, or load a module and answer calls in it."""
    first, attached = _receive_first()
    # After the standard library, so that a `json.py` of the user's does not break it; before what is installed.
    library = sys.path[:library_folders]
    sys.path[library_folders:library_folders] = first["folders"]
    if first["modules"]:
        sys.meta_path.insert(-1, NamedModules(first["modules"], library))
    _limit(first["limits"], base)
    if attached:
        _dup2(attached[0], _STDIN)
        os.close(attached[0])
        _run_main(first)
    else:
        _answer(first)


def _run_main(request: dict[str, Any]) -> None:
    """Run the program to its end; only one that raises reports, and the process's status says how it ended."""
    stdout, stderr = sys.stdout, sys.stderr
    report, remark, status = run_main(request["source"], request["name"])
    _flush(stdout)
    _flush(stderr)
    if report is not None:
        _send(_encode(dict(report, seq=request["seq"])).encode())
        _send(_encode({"seq": request["seq"], "text": _remark(remark)}).encode())
    _exit(status)


def _answer(request: dict[str, Any]) -> None:
    stdout, stderr = sys.stdout, sys.stderr
    program = LoadedProgram(request["source"], request["name"], request["package"], request["limits"]["max_chars"])
    reported: Reported = program.load()
    while True:
        report, remark = reported
        _flush(stdout)
        _flush(stderr)
        _send(_encode(dict(report, seq=request["seq"])).encode())
        # What a __repr__ prints is nobody's output: the trusted side may not have read that of the call yet.
        _dup2(_NULL_COPY, _STDOUT)
        _dup2(_NULL_COPY, _STDERR)
        text = _remark(remark)
        _flush(stdout)
        _flush(stderr)
        _dup2(_STDOUT_COPY, _STDOUT)
        _dup2(_STDERR_COPY, _STDERR)
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
    (length,) = struct.unpack(">I", _read_exactly(_FRAME_HEAD))
    return _decode(_read_exactly(length).decode())


def _receive_first() -> tuple[dict[str, Any], list[int]]:
    """Return the first frame and the descriptors that came with it: standard input, for a main program."""
    descriptors = array.array("i")
    channel = socket.socket(fileno=_CHANNEL)
    try:
        head, ancillary, _, _ = channel.recvmsg(_FRAME_HEAD, socket.CMSG_SPACE(descriptors.itemsize))
    finally:
        channel.detach()
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data)
    if not head:
        _exit(0)
    (length,) = struct.unpack(">I", head + _read_exactly(_FRAME_HEAD - len(head)))
    return _decode(_read_exactly(length).decode()), list(descriptors)


def _read_exactly(count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = _read(_CHANNEL, count - len(data))
        if not part:
            _exit(0)
        data += part
    return data


def _send(body: bytes) -> None:
    data = struct.pack(">I", len(body)) + body
    while data:
        data = data[_write(_CHANNEL, data) :]

"""The seccomp filter of a candidate: an allow-list of system calls, a few of them only with harmless arguments.

Refused calls fail with EPERM, so that a program meets an ordinary exception. Another processor mode (i386, x32 on
x86_64) would go round the numbers and is killed. https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

from . import syscalls
from .kernel import prctl

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_JUMP = 0x05
_FARTHEST = 255  # instructions that a conditional jump can skip
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000
_PLACEHOLDER = 0x7FA71A50  # stands for the process's own id until that is known; larger than any

_CLONE_THREAD = 0x00010000
_CLONE_FILES = 0x00000400
_CLONE_NAMESPACES = 0x7E020080
_CLOSE_RANGE_UNSHARE = 2
_PRCTL_OWN = (1, 2, 36, 37, 38)  # signal at the parent's death, child subreaper, no new privileges
_AF_UNIX, _SOCK_STREAM, _SOCK_FLAGS = 1, 1, 0o2004000
_FCNTL_HARMFUL = (8, 10, 15, 1024, 1026, 1031)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: would have the kernel signal other processes; F_SETLEASE, F_NOTIFY: would hold up
others, who write to a file that may be read here; F_SETPIPE_SZ: memory that is on no account."""
_SOCKET_BUFFERS = (7, 8)  # SO_SNDBUF, SO_RCVBUF: the same
_PRCTL_HARMLESS = (3, 15, 16, 23, 39, 0x53564D41)  # queries, the thread's name, and the name that malloc gives memory
_IOCTL_HARMLESS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, window size, FIONREAD, FIONBIO, FIO(N)CLEX


def machine() -> str:
    """Return the processor's name as the tables have it."""
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())


def is_supported() -> bool:
    """Say whether there is a table for this processor."""
    return machine() in ARCHITECTURES


class Filter:
    """The filter, made ready before the fork: what a candidate's process has to do for itself costs every candidate.

    Args:
        deny_truncation: refuse O_TRUNC; Landlock before ABI 3 lets a file that may only be read be cut to nothing.
    """

    def __init__(self, deny_truncation: bool) -> None:
        text = program(machine(), _PLACEHOLDER, deny_truncation)
        self._code = ctypes.create_string_buffer(text, len(text))
        header = struct.pack("HxxxxxxQ", len(text) // 8, ctypes.addressof(self._code))
        self._header = ctypes.create_string_buffer(header, len(header))
        mark = struct.pack("<I", _PLACEHOLDER)
        self._places = [at for at in range(4, len(text), 8) if text[at : at + 4] == mark]

    def install(self) -> None:
        """Put the filter, for good, on this process."""
        own = struct.pack("<I", os.getpid())
        for at in self._places:
            ctypes.memmove(ctypes.addressof(self._code) + at, own, len(own))
        prctl(_PR_SET_SECCOMP, _MODE_FILTER, self._header)


def program(name: str, own_pid: int, deny_truncation: bool) -> bytes:
    """Return the filter's code for processor `name` and process `own_pid`."""
    return _whole(name, syscalls.ALLOWED[name], _conditions(own_pid, deny_truncation))


def process_program(may_fork: bool) -> bytes:
    """Return the filter's code for a jail with a process namespace, a network namespace and a `/tmp` of its own.

    Namespaces of their own stay refused, and so do sockets, tracing and what administers the kernel. Without `may_fork`
    there is but the one process: it may become another program, which is how it starts, and have threads.

    Raises:
        KeyError: there is no table for this processor.
    """
    conditions = _conditions(0, deny_truncation=False)
    for call in ("kill", "tgkill"):
        del conditions[call]  # there is nobody else in the process namespace
    conditions["prctl"] = _decide(0, [*_PRCTL_HARMLESS, *_PRCTL_OWN])
    numbers = dict(syscalls.ALLOWED_WITH_PROCESSES[machine()])
    if may_fork:
        refused = _when(_JUMP_ANY_BIT, _CLONE_NAMESPACES, _ERROR | errno.EPERM)
        refused += _when(_JUMP_ANY_BIT, _CLONE_FILES, _ALLOW) + _when(
            _JUMP_ANY_BIT, _CLONE_THREAD, _ERROR | errno.EPERM
        )
        conditions["clone"] = _argument(0) + refused + _return(_ALLOW)
    else:
        for call in ("fork", "vfork"):
            numbers.pop(call, None)
    return _whole(machine(), numbers, conditions)


def _whole(name: str, numbers: dict[str, int], conditions: dict[str, bytes]) -> bytes:
    decisions = {number: conditions.get(call, _return(_ALLOW)) for call, number in numbers.items()}
    decisions[numbers["clone3"]] = _return(_ERROR | errno.ENOSYS)
    code = _load(_ARCHITECTURE) + _unless(_JUMP_EQUAL, ARCHITECTURES[name], _KILL) + _load(_NUMBER)
    if name == "x86_64":
        code += _when(_JUMP_GREATER_EQUAL, _X32_BIT, _KILL)
    return code + _search(_ranges(decisions))


def _ranges(decisions: dict[int, bytes]) -> list[tuple[int, bytes]]:
    """Return where each range of numbers with the same decision begins, in order, with that decision."""
    refused, unknown = _return(_ERROR | errno.EPERM), _return(_ERROR | errno.ENOSYS)
    ranges = [(0, decisions.get(0, refused))]
    for number in range(1, syscalls.NEWEST_KNOWN + 2):
        decision = decisions.get(number, refused) if number <= syscalls.NEWEST_KNOWN else unknown
        if decision != ranges[-1][1]:
            ranges.append((number, decision))
    return ranges


def _search(ranges: list[tuple[int, bytes]]) -> bytes:
    """Return the code that finds the range of the loaded number by halving.

    When a filter is installed, the kernel tries it with every number there is: a list of comparisons costs every
    candidate most of a millisecond.
    """
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    lower, upper = _search(ranges[:middle]), _search(ranges[middle:])
    skipped = len(lower) // 8
    if skipped <= _FARTHEST:
        return _instruction(_JUMP_GREATER_EQUAL, ranges[middle][0], skipped, 0) + lower + upper
    return _instruction(_JUMP_GREATER_EQUAL, ranges[middle][0], 0, 1) + _instruction(_JUMP, skipped) + lower + upper


def _conditions(own_pid: int, deny_truncation: bool) -> dict[str, bytes]:
    """Return, by name of the call, the code that ends in a decision about its arguments."""
    own = _decide(0, [own_pid])
    conditions = {
        # clone3 has its flags in memory, out of a filter's sight: refused above, and the C library falls back to clone.
        # A thread with descriptors of its own would have as many once more: what lies in pipes and sockets is memory,
        # and on no account but that of their number.
        "clone": _argument(0)
        + _instruction(_AND, _CLONE_THREAD | _CLONE_FILES)
        + _unless(_JUMP_EQUAL, _CLONE_THREAD | _CLONE_FILES, _ERROR | errno.EPERM)
        + _return(_ALLOW),
        "close_range": _argument(2)
        + _when(_JUMP_ANY_BIT, _CLOSE_RANGE_UNSHARE, _ERROR | errno.EPERM)
        + _return(_ALLOW),
        "setsockopt": _decide(2, list(_SOCKET_BUFFERS), found=_ERROR | errno.EPERM, otherwise=_ALLOW),
        "kill": own,
        "tgkill": own,
        "prlimit64": _decide(0, [0]),
        "prctl": _decide(0, list(_PRCTL_HARMLESS)),
        "ioctl": _decide(1, list(_IOCTL_HARMLESS), otherwise=_ERROR | errno.ENOTTY),
        "fcntl": _decide(1, list(_FCNTL_HARMFUL), found=_ERROR | errno.EPERM, otherwise=_ALLOW),
        # Only streams: a datagram socket of a pair can still send to any address.
        "socketpair": _argument(0)
        + _unless(_JUMP_EQUAL, _AF_UNIX, _ERROR | errno.EPERM)
        + _argument(1)
        + _instruction(_AND, ~_SOCK_FLAGS & 0xFFFFFFFF)
        + _unless(_JUMP_EQUAL, _SOCK_STREAM, _ERROR | errno.EPERM)
        + _return(_ALLOW),
    }
    if deny_truncation:
        for call, position in (("open", 1), ("openat", 2)):
            refusal = _when(_JUMP_ANY_BIT, os.O_TRUNC, _ERROR | errno.EPERM)
            conditions[call] = _argument(position) + refusal + _return(_ALLOW)
    return conditions


def _decide(position: int, values: list[int], found: int = _ALLOW, otherwise: int = _ERROR | errno.EPERM) -> bytes:
    code = _argument(position)
    for value in values:
        code += _when(_JUMP_EQUAL, value, found)
    return code + _return(otherwise)


def _argument(position: int) -> bytes:
    # The lower half only: both processors are little-endian, and every argument looked at is an int to the kernel.
    return _load(_FIRST_ARGUMENT + 8 * position)


def _when(jump: int, value: int, action: int) -> bytes:
    return _instruction(jump, value, 0, 1) + _return(action)


def _unless(jump: int, value: int, action: int) -> bytes:
    return _instruction(jump, value, 1, 0) + _return(action)


def _load(offset: int) -> bytes:
    return _instruction(_LOAD, offset)


def _return(action: int) -> bytes:
    return _instruction(_RETURN, action)


def _instruction(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)

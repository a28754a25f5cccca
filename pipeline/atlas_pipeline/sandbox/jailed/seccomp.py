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
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_CLONE_THREAD = 0x00010000
_AF_UNIX, _SOCK_STREAM, _SOCK_FLAGS = 1, 1, 0o2004000
_FCNTL_OWNERS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: would have the kernel signal other processes
_PRCTL_HARMLESS = (3, 15, 16, 23, 39, 0x53564D41)  # queries, the thread's name, and the name that malloc gives memory
_IOCTL_HARMLESS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, window size, FIONREAD, FIONBIO, FIO(N)CLEX


def machine() -> str:
    """Return the processor's name as the tables have it."""
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())


def is_supported() -> bool:
    """Say whether there is a table for this processor."""
    return machine() in ARCHITECTURES


def install(deny_truncation: bool) -> None:
    """Put the filter, for good, on this process.

    Args:
        deny_truncation: refuse O_TRUNC; Landlock before ABI 3 lets a file that may only be read be cut to nothing.
    """
    text = program(machine(), os.getpid(), deny_truncation)
    code = ctypes.create_string_buffer(text, len(text))
    header = struct.pack("HxxxxxxQ", len(text) // 8, ctypes.addressof(code))
    prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.create_string_buffer(header, len(header)))


def program(name: str, own_pid: int, deny_truncation: bool) -> bytes:
    """Return the filter's code for processor `name` and process `own_pid`."""
    numbers = syscalls.ALLOWED[name]
    conditions = _conditions(own_pid, deny_truncation)
    code = _load(_ARCHITECTURE) + _unless(_JUMP_EQUAL, ARCHITECTURES[name], _KILL) + _load(_NUMBER)
    if name == "x86_64":
        code += _when(_JUMP_GREATER_EQUAL, _X32_BIT, _KILL)
    code += _when(_JUMP_GREATER_EQUAL, syscalls.NEWEST_KNOWN + 1, _ERROR | errno.ENOSYS)
    code += _when(_JUMP_EQUAL, numbers["clone3"], _ERROR | errno.ENOSYS)
    for call, number in numbers.items():
        if call == "clone3":
            continue
        body = conditions.get(call, _return(_ALLOW))
        code += _instruction(_JUMP_EQUAL, number, 0, len(body) // 8) + body
    return code + _return(_ERROR | errno.EPERM)


def _conditions(own_pid: int, deny_truncation: bool) -> dict[str, bytes]:
    """Return, by name of the call, the code that ends in a decision about its arguments."""
    own = _decide(0, [own_pid])
    conditions = {
        # clone3 has its flags in memory, out of a filter's sight: refused above, and the C library falls back to clone.
        "clone": _argument(0) + _when(_JUMP_ANY_BIT, _CLONE_THREAD, _ALLOW) + _return(_ERROR | errno.EPERM),
        "kill": own,
        "tgkill": own,
        "prlimit64": _decide(0, [0]),
        "prctl": _decide(0, list(_PRCTL_HARMLESS)),
        "ioctl": _decide(1, list(_IOCTL_HARMLESS), otherwise=_ERROR | errno.ENOTTY),
        "fcntl": _decide(1, list(_FCNTL_OWNERS), found=_ERROR | errno.EPERM, otherwise=_ALLOW),
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

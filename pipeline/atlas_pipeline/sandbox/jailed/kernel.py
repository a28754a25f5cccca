"""System calls and `prctl` that the standard library does not offer, through ctypes."""

from __future__ import annotations

import ctypes
import os

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.prctl.restype = ctypes.c_int


def syscall(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call.

    Raises:
        OSError: with the kernel's errno.
    """
    converted = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    result = int(_libc.syscall(ctypes.c_long(number), *converted))
    if result < 0:
        _raise(f"syscall {number}")
    return result


def prctl(option: int, argument: int = 0, pointer: ctypes.Array[ctypes.c_char] | None = None) -> None:
    """Set an attribute of this process.

    Raises:
        OSError: with the kernel's errno.
    """
    second = ctypes.c_ulong(0) if pointer is None else pointer
    zero = ctypes.c_ulong(0)
    if _libc.prctl(ctypes.c_int(option), ctypes.c_ulong(argument), second, zero, zero) != 0:
        _raise(f"prctl {option}")


def die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the thread that made this process ends."""
    prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def forbid_new_privileges() -> None:
    """Make set-user-id programs ordinary ones, for this process and all after it."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def hide_memory() -> None:
    """Keep other processes of the same user, the candidates too, from tracing this one and from its files in /proc."""
    prctl(_PR_SET_DUMPABLE, 0)


def drop_capabilities() -> None:
    """Give up every capability: root in the jail is to be nobody special."""
    for capability in range(64):
        try:
            prctl(_PR_CAPBSET_DROP, capability)
        except OSError:  # not privileged, so there is nothing to drop; or the last one
            break
    header = ctypes.create_string_buffer(_CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4), 8)
    if _libc.capset(header, ctypes.create_string_buffer(24)) != 0:
        _raise("capset")


def _raise(what: str) -> None:
    number = ctypes.get_errno()
    raise OSError(number, f"{what}: {os.strerror(number)}")

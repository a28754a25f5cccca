"""Landlock: the kernel's access control that a process without privileges puts on itself.

https://docs.kernel.org/userspace-api/landlock.html. Every later ABI version adds rights; what the running kernel does
not know is left out, and `abi` says which version that was.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from .kernel import syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: 1 << 15}
_NETWORK_ABI, _BIND_AND_CONNECT_TCP = 4, 0b11
TRUNCATE_ABI = 3
"""The first that guards against cutting a file that may only be read."""
_SCOPE_ABI, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 0b11
_MAKE_FIFO = 1 << 10


def abi() -> int:
    """Return the kernel's Landlock version, 0 where there is none."""
    try:
        return syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict_files(readable: list[str], devices: list[str]) -> None:
    """Let this process only read beneath `readable`, and read and write `devices`; no network, no signals to others."""
    version = abi()
    handled = 0
    for since, rights in _RIGHTS_BY_ABI.items():
        handled |= rights if version >= since else 0
    ruleset = _create_ruleset(version, handled)
    for path in readable:
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    for path in devices:
        _allow(ruleset, path, (_READ_FILE | _WRITE_FILE | _TRUNCATE) & handled)
    restrict(ruleset)
    os.close(ruleset)


def inner_ruleset() -> int:
    """Return a ruleset whose only purpose is a domain of its own.

    A process can neither trace nor (ABI 6) signal those outside its domain, so each candidate in a domain of its own is
    kept from the forkserver and from the other candidates.
    """
    return _create_ruleset(abi(), _MAKE_FIFO)


def restrict(ruleset: int) -> None:
    """Put this process, for good, under `ruleset`."""
    syscall(_RESTRICT_SELF, ruleset, 0)


def _create_ruleset(version: int, handled_files: int) -> int:
    attributes = struct.pack("<Q", handled_files)
    if version >= _NETWORK_ABI:
        attributes += struct.pack("<Q", _BIND_AND_CONNECT_TCP)
    if version >= _SCOPE_ABI:
        attributes += struct.pack("<Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    return syscall(_CREATE_RULESET, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # it is not there, or not for us: nothing to allow
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= ~_READ_DIR
        rule = struct.pack("<Qi", rights, handle)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.create_string_buffer(rule, len(rule)), 0)
    finally:
        os.close(handle)

"""The filter's decisions, computed by a small interpreter of its code, for both processors."""

from __future__ import annotations

import errno
import struct

import pytest

from atlas_pipeline.sandbox.jailed import seccomp, syscalls

_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_OWN = 1234
_REFUSED = _ERROR | errno.EPERM


def _decide(machine: str, number: int, *arguments: int, architecture: int | None = None, cut: bool = False) -> int:
    program = seccomp.program(machine, _OWN, deny_truncation=cut)
    arch = seccomp.ARCHITECTURES[machine] if architecture is None else architecture
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, arch, 0, *padded)
    accumulator, at = 0, 0
    while True:
        code, when_true, when_false, value = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x54:
            accumulator &= value
        elif code == 0x05:
            at += value
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            at += when_true if holds else when_false


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _number(machine: str, name: str) -> int:
    return syscalls.ALLOWED[machine][name]


@pytest.mark.parametrize(
    ("call", "arguments", "decision"),
    [
        ("read", (), _ALLOW),
        ("clone", (0x00010F00,), _ALLOW),
        ("clone", (17,), _REFUSED),
        ("clone", (0x00010B00,), _REFUSED),  # a thread with descriptors of its own
        ("close_range", (3, 9, 0), _ALLOW),
        ("close_range", (3, 9, 2), _REFUSED),
        ("close_range", (3, 9, 6), _REFUSED),
        ("setsockopt", (0, 1, 2), _ALLOW),
        ("setsockopt", (0, 1, 7), _REFUSED),
        ("clone3", (), _ERROR | errno.ENOSYS),
        ("kill", (_OWN, 9), _ALLOW),
        ("kill", (_OWN + 1, 9), _REFUSED),
        ("kill", (0, 9), _REFUSED),
        ("kill", (0xFFFFFFFF, 9), _REFUSED),
        ("tgkill", (_OWN, 7, 6), _ALLOW),
        ("tgkill", (1, 1, 6), _REFUSED),
        ("prlimit64", (0,), _ALLOW),
        ("prlimit64", (_OWN + 1,), _REFUSED),
        ("prctl", (15,), _ALLOW),
        ("prctl", (1,), _REFUSED),
        ("prctl", (4, 1), _REFUSED),
        ("ioctl", (0, 0x5401), _ALLOW),
        ("ioctl", (0, 0x5412), _ERROR | errno.ENOTTY),
        ("fcntl", (0, 3), _ALLOW),
        ("fcntl", (0, 8), _REFUSED),
        ("fcntl", (0, 1024, 0), _REFUSED),
        ("fcntl", (0, 1031, 1 << 20), _REFUSED),
        ("socketpair", (1, 1 | 0o2004000), _ALLOW),
        ("socketpair", (1, 2), _REFUSED),
        ("socketpair", (2, 1), _REFUSED),
        ("openat", (0, 0, 0o1000), _ALLOW),
    ],
)
def test_arguments(machine: str, call: str, arguments: tuple[int, ...], decision: int) -> None:
    assert _decide(machine, _number(machine, call), *arguments) == decision


def test_truncation_is_refused_where_landlock_is_old(machine: str) -> None:
    openat = _number(machine, "openat")
    assert _decide(machine, openat, 0, 0, 0o1000, cut=True) == _REFUSED
    assert _decide(machine, openat, 0, 0, 0, cut=True) == _ALLOW


def test_everything_not_named_is_refused(machine: str) -> None:
    allowed = set(syscalls.ALLOWED[machine].values())
    for number in range(syscalls.NEWEST_KNOWN + 1):
        if number not in allowed:
            assert _decide(machine, number) == _REFUSED
    assert _decide(machine, syscalls.NEWEST_KNOWN + 1) == _ERROR | errno.ENOSYS


@pytest.mark.parametrize("architecture", [0x40000003, 0x40000028, 0])
def test_other_processor_modes_are_killed(machine: str, architecture: int) -> None:
    assert _decide(machine, 0, architecture=architecture) == _KILL


def test_x32_is_killed() -> None:
    assert _decide("x86_64", 0x40000000 | 1) == _KILL


def test_what_must_never_be_allowed() -> None:
    processes = {"fork", "vfork", "execve", "execveat", "ptrace", "tkill", "pidfd_open", "unshare", "setns"}
    network = {"socket", "connect", "bind", "listen", "accept"}
    files = {"truncate", "ftruncate", "chmod", "unlinkat", "renameat2", "mkdirat", "openat2", "open_by_handle_at"}
    files |= {"getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr", "setxattr"}
    kernel = {"mount", "bpf", "io_uring_setup", "keyctl", "memfd_create", "userfaultfd", "perf_event_open"}
    for table in syscalls.ALLOWED.values():
        assert not (processes | network | files | kernel) & set(table)
        assert len(set(table.values())) == len(table)

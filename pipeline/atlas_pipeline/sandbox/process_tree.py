"""A program in a jail of its own: for runtimes that cannot be forked warm, and for test runs, which start processes.

An address-space limit would break node and is no bound on several processes, so the memory of all of them together is
polled, and so are their number and their CPU time. That needs a process namespace: everything in it ends with its first
process. Hence only under bubblewrap.

Between two looks more may be taken than allowed. Who may fork and is root outside, where the kernel counts no processes,
can start thousands before they all end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .api import Limits, OutcomeKind
from .bubblewrap import bubblewrap_command
from .interpreter import DEVICES
from .jail import Exit
from .sealed import sealed_file

SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/nix/store", "/gnu/store", "/etc/ld.so.cache", "/etc/alternatives")
TEMPORARY_BYTES = 64 * 1024 * 1024
"""Size of the only place that can be written, `/tmp`; it is new for each run."""
_MOST_PROCESSES = 64
_MOST_TASKS = 256
_MOST_DESCRIPTORS = 1024
"""Of all processes together: what lies in a socket, some 200 KiB, is memory of nobody's."""
_MOST_FILES = 20_000
"""In `/tmp`, empty ones, too: the kernel bounds only what is in them."""
_OPEN_FILES = 256
_SIGNALLED = 128  # bubblewrap's status for a program that was ended by a signal is this much more than its number
_HIGHEST_SIGNAL = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is run, and what it finds in its jail."""

    bubblewrap: str
    arguments: Sequence[str]
    readable: Sequence[str] = ()
    """Files and folders that are seen at their own place."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files that are made, by full path, read-only."""
    mounts: Mapping[str, str] = field(default_factory=dict)
    """Folders that are seen at another place, that place to the folder."""
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/tmp"  # noqa: S108 - in the jail
    may_fork: bool = False
    """Whether it may start processes, or only threads."""
    hard_cpu_s: int = 60
    """CPU seconds after which the kernel ends any one of the processes."""


class ProcessTree:
    """A running jail with all processes in it."""

    def __init__(
        self, command: Command, stdin: int | None, stdout: int, stderr: int, channel: int | None = None
    ) -> None:
        """Start it; `channel` is passed on under the number that `{channel}` stands for in arguments and environment.

        Args:
            command: what is run.
            stdin: None for an empty one. Nothing that has a name outside: its mode and times could be changed.
            stdout: where it prints.
            stderr: the same for errors.
            channel: one more descriptor.

        Raises:
            OSError: bubblewrap cannot be started.
        """
        from .jailed import seccomp  # here: other systems than Linux have no such library, and import this module too

        with contextlib.ExitStack() as stack:
            made: list[str] = []
            passed = [channel] if channel is not None else []
            stdin = _open(stack, b"") if stdin is None else stdin
            for path, content in command.files.items():
                passed.append(_open(stack, content))
                made += ["--ro-bind-data", str(passed[-1]), path]
            for place, folder in command.mounts.items():
                made += ["--ro-bind", folder, place]
            passed.append(_open(stack, seccomp.process_program(command.may_fork)))
            options = ["--size", str(TEMPORARY_BYTES), "--tmpfs", "/tmp", "--seccomp", str(passed[-1])]  # noqa: S108
            options += ["--symlink", "/tmp", "/dev/shm"]  # noqa: S108 - for semaphores and shared memory: one bound on both
            prefix = bubblewrap_command(
                command.bubblewrap, [*SYSTEM, *command.readable], list(DEVICES), [*options, *made], command.folder
            )
            number = str(channel) if channel is not None else ""
            inner = [argument.replace("{channel}", number) for argument in command.arguments]
            limits = f'ulimit -c 0; ulimit -n {_OPEN_FILES}; ulimit -t {command.hard_cpu_s}; exec "$@"'
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", limits, "sh", *_guarding_devices(), *prefix, *inner],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=passed,
                env={
                    "PATH": "/usr/bin:/bin",
                    "HOME": "/nonexistent",
                    "LANG": "C.UTF-8",
                    "TZ": "UTC",
                    **{name: value.replace("{channel}", number) for name, value in command.environment.items()},
                },
                cwd="/",
                start_new_session=True,
            )
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[Exit] = self._loop.create_future()
        self._most_cpu_s = 0.0
        self._handle = os.pidfd_open(self._process.pid)
        self._loop.add_reader(self._handle, self._on_exit)

    @property
    def pid(self) -> int:
        """Id of bubblewrap, above all of them."""
        return self._process.pid

    def kill(self) -> None:
        """End all of it."""
        if not self._exit.done():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    async def exited(self) -> Exit:
        """Wait until it has ended, and return how its first process did."""
        return await asyncio.shield(self._exit)

    def forget(self) -> None:
        """Nothing is kept."""

    def cpu_s(self, pid: int | None) -> float:
        """Return the CPU seconds of all processes in the jail, also of those that ended and were waited for."""
        del pid
        ticks = sum(sum(map(int, stat[11:15])) for stat in map(_stat, map(str, self._members())) if stat)
        self._most_cpu_s = max(self._most_cpu_s, ticks / os.sysconf("SC_CLK_TCK"))
        return self._most_cpu_s

    def excess(self, pid: int | None, limits: Limits) -> tuple[OutcomeKind, str] | None:
        """Return what they exceed together: memory, or their number, or that of what they made."""
        del pid
        members = self._members()
        if len(members) > _MOST_PROCESSES:
            return OutcomeKind.CRASHED, f"more than {_MOST_PROCESSES} processes"
        living = [_living(member) for member in members]
        if sum(map(_descriptors, living)) > _MOST_DESCRIPTORS:
            return OutcomeKind.CRASHED, f"more than {_MOST_DESCRIPTORS} open files"
        if any(_files(first) > _MOST_FILES for first in living[:1]):
            return OutcomeKind.CRASHED, f"more than {_MOST_FILES} files in /tmp"
        stats = [stat for stat in map(_stat, living) if stat]
        if sum(int(stat[17]) for stat in stats) > _MOST_TASKS:
            return OutcomeKind.CRASHED, f"more than {_MOST_TASKS} threads"
        if sum(int(stat[21]) for stat in stats) * os.sysconf("SC_PAGE_SIZE") > limits.memory_bytes:
            return (
                OutcomeKind.MEMORY,
                f"more than {limits.memory_bytes // 2**20} MiB of memory in all processes together",
            )
        return None

    def _members(self) -> list[int]:
        """Return the ids of all processes below bubblewrap; orphans stay below, for the namespace has its own init."""
        found: list[int] = []
        todo = [self._process.pid]
        while todo and len(found) <= _MOST_PROCESSES:
            children = _children(todo.pop())
            found += children
            todo += children
        return found

    def _on_exit(self) -> None:
        self._loop.remove_reader(self._handle)
        os.close(self._handle)
        code = self._process.wait()
        number = -code if code < 0 else code - _SIGNALLED if _SIGNALLED < code <= _SIGNALLED + _HIGHEST_SIGNAL else 0
        self._exit.set_result(Exit(number or code << 8, self._most_cpu_s))


def _guarding_devices() -> list[str]:
    """Return what to start bubblewrap with where we own the devices, that is, are root.

    They are those of the whole machine, and who owns one can change its mode. bubblewrap itself can mount them only so
    that they are changeable, or so that they are no devices.
    """
    if not any(Path(device).exists() and Path(device).stat().st_uid == os.geteuid() for device in DEVICES):
        return []
    mounts = 'mount --rbind /dev /dev && mount -o remount,bind,ro /dev && exec "$@"'
    return [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "--propagation",
        "private",
        "/bin/sh",
        "-c",
        mounts,
        "sh",
    ]


def _open(stack: contextlib.ExitStack, content: bytes) -> int:
    descriptor = sealed_file(content)
    stack.callback(os.close, descriptor)
    return descriptor


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _living(pid: int) -> str:
    """Return the folder in /proc that shows what a process has.

    It is that of another thread where the first one has ended: for that one, memory and descriptors are gone.
    """
    if _stat(str(pid))[:1] == ["Z"]:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - only the names are wanted
                if _stat(f"{pid}/task/{thread}")[:1] not in ([], ["Z"], ["X"]):
                    return f"{pid}/task/{thread}"
    return str(pid)


def _descriptors(process: str) -> int:
    try:
        return len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208 - only their number is wanted
    except OSError:
        return 0  # it has ended


def _files(process: str) -> int:
    """Return the number of files in the `/tmp` of the jail that a process is in; 0 while it has none of its own yet."""
    try:
        found = os.statvfs(f"/proc/{process}/root/tmp")
    except OSError:
        return 0
    return found.f_files - found.f_ffree if found.f_blocks * found.f_frsize == TEMPORARY_BYTES else 0


def _stat(process: str) -> list[str]:
    """Return the fields of `/proc/PID/stat` from the third on (proc(5)): state first, 11 to 14 are the CPU times."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run without a channel ended, and why where a limit ended it."""

    exit: Exit
    cpu_s: float
    excess: tuple[OutcomeKind, str] | None = None


async def watch(tree: ProcessTree, limits: Limits, *, wall_factor: float = 10.0, tick_s: float = 0.02) -> Ended:
    """Wait for the end and keep the limits meanwhile; cancelling ends it, too."""
    deadline = time.monotonic() + wall_factor * limits.cpu_s
    excess = None
    exiting = asyncio.ensure_future(tree.exited())
    try:
        while True:
            done, _ = await asyncio.wait({exiting}, timeout=tick_s)
            if done:
                break
            cpu_s = tree.cpu_s(None)
            if cpu_s > limits.cpu_s:
                excess = OutcomeKind.TIMEOUT, f"more than {limits.cpu_s:g} s of CPU time"
            elif time.monotonic() > deadline:
                excess = OutcomeKind.TIMEOUT, f"more than {wall_factor * limits.cpu_s:g} s"
            else:
                excess = tree.excess(None, limits)
            if excess:
                break
    finally:
        tree.kill()
        ended = await exiting
    return Ended(exit=ended, cpu_s=tree.cpu_s(None), excess=excess)

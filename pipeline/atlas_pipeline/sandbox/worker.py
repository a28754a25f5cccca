"""One child of the forkserver: loads one program, answers its calls, and is ended when it exceeds what it was given."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self

from atlas_pipeline.errors import SandboxError

from .api import Limits, Outcome, OutcomeKind, Program, RaisedException
from .channel import Channel, Output
from .jail import Exit, Jail, JailLostError
from .reply import MalformedReplyError, add_remark, max_frame_bytes, parse_report
from .workspace import Place, Workspace

_WALL_FACTOR = 10.0
"""Wall-clock back-stop, in multiples of the CPU limit."""
_LONGEST_TICK_S = 0.05
_SHORTEST_TICK_S = 0.002
_EXIT_WALL_S = 1.0
"""How long a process that closed its channel may take to end by itself; then the reason for its end is ours."""
_MOST_THREADS = 64
_CONFINE_WALL_S = 60.0  # forking and confining is our own code; only a stalled machine takes longer
_CPU_CLOCK = 2  # the kernel's CPUCLOCK_SCHED; below an inverted process id it names that process's clock


class _EndedError(Exception):
    """The child is not to be talked to any more, and why."""

    def __init__(self, kind: OutcomeKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


@dataclass(slots=True)
class _Meter:
    """What one question has cost so far, against what it may."""

    cpu_at_start: float
    deadline: float
    cpu_s: float = 0.0


class Process(Protocol):
    """What a worker needs of the process that it talks to, wherever that came from."""

    def kill(self) -> None:
        """Have it killed; one that is gone stays gone."""
        ...

    async def exited(self) -> Exit:
        """Wait until it has ended.

        Raises:
            JailLostError: the forkserver that knew it ended first.
        """
        ...

    def forget(self) -> None:
        """Drop what is kept about it after its end."""
        ...

    def cpu_s(self, pid: int | None) -> float:
        """Return the CPU seconds used so far; `pid` is who talks on the channel, in our own numbering."""
        ...

    def excess(self, pid: int | None, limits: Limits) -> tuple[OutcomeKind, str] | None:
        """Return what it exceeds besides its time, and in words."""
        ...


class _Fork:
    """A child of the forkserver."""

    def __init__(self, jail: Jail, run: int) -> None:
        self._jail = jail
        self._run = run

    def kill(self) -> None:
        self._jail.kill(self._run)

    async def exited(self) -> Exit:
        return await self._jail.exited(self._run)

    def forget(self) -> None:
        self._jail.forget(self._run)

    def cpu_s(self, pid: int | None) -> float:
        """Return the CPU seconds the process has used: from the kernel, not from the process."""
        if pid is None:
            return 0.0
        try:
            return time.clock_gettime((~pid << 3) | _CPU_CLOCK)
        except OSError:
            return 0.0  # it has ended; what it used comes with its exit

    def excess(self, pid: int | None, limits: Limits) -> tuple[OutcomeKind, str] | None:
        try:
            threads = Path(f"/proc/{pid}/task").stat().st_nlink - 2
        except OSError:
            return None
        return (OutcomeKind.CRASHED, f"more than {_MOST_THREADS} threads") if threads > _MOST_THREADS else None


class Worker:
    """A process for one program. What it says is checked for form and size, and believed to be its own answer only."""

    def __init__(self, start: Callable[[socket.socket, int, int], Process], jail: Jail | None = None) -> None:
        """Make the process: `start` is given its end of the channel, and where it is to print."""
        self.jail = jail
        self._limits = Limits()
        self._hard_cpu_s = 0
        self._seq = 0
        self._was_killed = False
        self._is_closed = False
        self.is_alive = True
        ours, theirs = socket.socketpair()
        (reading, writing), (reading_errors, writing_errors) = os.pipe(), os.pipe()
        self._channel = Channel(ours)
        self._output, self._errors = Output(reading), Output(reading_errors)
        try:
            self._process = start(theirs, writing, writing_errors)
        except BaseException:
            self._close_descriptors()
            raise
        finally:
            theirs.close()
            os.close(writing)
            os.close(writing_errors)

    @classmethod
    async def fork(cls, jail: Jail) -> Self:
        """Fork a child for one program, and wait until it is confined.

        Raises:
            JailLostError: the forkserver ended.
            SandboxError: the child could not be made or confined.
        """
        return await cls.start(lambda *ends: _Fork(jail, jail.spawn(*ends)), jail)

    @classmethod
    async def start(cls, start: Callable[[socket.socket, int, int], Process], jail: Jail | None = None) -> Self:
        """Make a process for one program, and wait until it says that it is ready.

        Raises:
            JailLostError: the forkserver ended.
            SandboxError: the process could not be made or confined.
        """
        worker = cls(start, jail)
        try:
            await worker._wait_confined()
        except BaseException:
            await worker.close()
            raise
        return worker

    @property
    def is_ready(self) -> bool:
        """Whether a program can be given to it: not when it died while it waited for one."""
        return self.is_alive and self._channel.is_open()

    async def load(self, program: Program, workspace: Workspace | None, limits: Limits, calls: int) -> Outcome:
        """Load the program, for `calls` calls; RETURNED means that it can be called."""
        return await self._ask(self._first(program, workspace, limits, calls))

    async def load_text(self, source: str, limits: Limits, calls: int, extra: Mapping[str, object]) -> Outcome:
        """Load what a language made of a program, for `calls` calls."""
        return await self._ask({"source": source, "limits": self._bounded(limits, calls), **extra})

    async def call(self, expression: str, extra: Mapping[str, object] = MappingProxyType({})) -> Outcome:
        """Evaluate one call; afterwards `is_alive` says whether another may follow."""
        return await self._ask({"call": expression, **extra})

    async def run_main(self, program: Program, workspace: Workspace | None, stdin: int, limits: Limits) -> Outcome:
        """Run the program as a main program that reads from descriptor `stdin`, to its end."""
        outcome = await self._ask(self._first(program, workspace, limits, 0), attached=stdin)
        ended = await self._exit()
        self.is_alive = False
        if (
            self._was_killed
            or not os.WIFEXITED(ended.status)
            or outcome.kind in (OutcomeKind.TIMEOUT, OutcomeKind.MEMORY)
        ):
            kind = OutcomeKind.CRASHED if outcome.kind in (OutcomeKind.RETURNED, OutcomeKind.RAISED) else outcome.kind
            return replace(outcome, kind=kind)
        # The status is the truth. A report says more about it, and there is none after `os._exit` or a quiet end.
        status = os.WEXITSTATUS(ended.status)
        if status == 0:
            return replace(outcome, kind=OutcomeKind.RETURNED, exception=None, value=None, exit_status=0)
        raised = outcome.exception if outcome.kind is OutcomeKind.RAISED else None
        raised = raised or RaisedException(type_name="SystemExit", message=str(status))
        return replace(outcome, kind=OutcomeKind.RAISED, exception=raised, value=None, exit_status=status)

    def end(self) -> None:
        """Have the process killed; `close` waits until it is gone."""
        if not self._is_closed:
            self._is_closed = True
            self.is_alive = False
            self._close_descriptors()
            self._process.kill()

    async def close(self) -> None:
        """End the process; returns when it is gone."""
        self.end()
        try:
            await self._process.exited()
        except JailLostError:
            return  # its children go with it
        finally:
            self._process.forget()

    def _close_descriptors(self) -> None:
        self._channel.close()
        self._output.close()
        self._errors.close()

    def _first(self, program: Program, workspace: Workspace | None, limits: Limits, calls: int) -> dict[str, object]:
        """Return the first request, which brings the limits, too."""
        place = workspace.place(program.path) if workspace is not None else Place()
        return {
            "source": program.source,
            "name": program.module_name,
            "package": place.package,
            "folders": place.folders,
            "modules": place.modules,
            "limits": self._bounded(limits, calls),
        }

    def _bounded(self, limits: Limits, calls: int) -> dict[str, int]:
        """Keep `limits` from now on, and return those that the process is to know."""
        self._limits = limits
        self._hard_cpu_s = math.ceil(limits.cpu_s * (calls + 1)) + 1
        self._channel.max_frame_bytes = max_frame_bytes(limits)
        self._output.max_bytes = self._errors.max_bytes = limits.output_bytes
        return {"memory": limits.memory_bytes, "cpu_s": self._hard_cpu_s, "max_chars": limits.output_bytes}

    async def _wait_confined(self) -> None:
        deadline = time.monotonic() + _CONFINE_WALL_S
        while self._channel.take() is None:
            if self._channel.is_ended or time.monotonic() > deadline:
                ended = await self._exit()
                raise SandboxError(f"no sandbox process could be made: {ended.refused or 'see the log of the sandbox'}")
            await self._channel.wait(_LONGEST_TICK_S)

    async def _ask(self, request: Mapping[str, object], attached: int | None = None) -> Outcome:
        self._seq += 1
        meter = _Meter(self._process.cpu_s(self._channel.pid), time.monotonic() + _WALL_FACTOR * self._limits.cpu_s)
        outcome = None
        try:
            # Not msgspec: it refuses a text with lone surrogates, which a model may well write.
            await self._send(json.dumps({"seq": self._seq, **request}).encode(), meter, attached)
            outcome = parse_report(await self._receive(meter), self._seq, self._limits)
            outcome = replace(outcome, cpu_s=meter.cpu_s, **self._printed())
            return add_remark(outcome, await self._receive(meter), self._seq)
        except MalformedReplyError as error:
            end = _EndedError(OutcomeKind.CRASHED, f"its answer was {error}")
        except _EndedError as error:
            end = error
        self.is_alive = False
        if outcome is not None:  # it answered; only the text for people is lost
            return outcome
        reason = RaisedException(type_name=end.kind.name.title(), message=end.reason)
        return Outcome(kind=end.kind, exception=reason, cpu_s=meter.cpu_s, **self._printed())

    def _printed(self) -> dict[str, Any]:
        """Return the fields of an outcome that say what was printed since the last time."""
        stdout, is_cut = self._output.take()
        return {"stdout": stdout, "stderr": self._errors.take()[0], "is_cut": is_cut}

    async def _send(self, body: bytes, meter: _Meter, attached: int | None) -> None:
        try:
            # Not `wait_for`: before Python 3.12 it can swallow a cancellation.
            async with asyncio.timeout(meter.deadline - time.monotonic()):
                await self._channel.send(body, attached)
        except TimeoutError as error:
            raise _EndedError(OutcomeKind.TIMEOUT, "it did not take the call") from error
        except OSError as error:
            raise await self._end(meter) from error

    async def _receive(self, meter: _Meter) -> bytes:
        """Return the next frame, and keep the limits while waiting for it.

        Raises:
            _EndedError: a limit was exceeded, or the process is gone.
        """
        while True:
            frame = self._channel.take()
            meter.cpu_s = max(meter.cpu_s, self._process.cpu_s(self._channel.pid) - meter.cpu_at_start)
            if frame is not None:
                return frame
            if self._channel.is_ended:
                raise await self._end(meter)
            cpu_left = self._limits.cpu_s - meter.cpu_s
            wall_left = meter.deadline - time.monotonic()
            if cpu_left <= 0:
                raise _EndedError(OutcomeKind.TIMEOUT, f"more than {self._limits.cpu_s:g} s of CPU time")
            if wall_left <= 0:
                raise _EndedError(OutcomeKind.TIMEOUT, f"more than {_WALL_FACTOR * self._limits.cpu_s:g} s")
            if excess := self._process.excess(self._channel.pid, self._limits):
                raise _EndedError(*excess)
            await self._channel.wait(min(max(cpu_left, _SHORTEST_TICK_S), wall_left, _LONGEST_TICK_S))

    async def _end(self, meter: _Meter) -> _EndedError:
        """Return why the process closed its channel, or sent what is no frame."""
        ended = await self._exit()
        meter.cpu_s = max(meter.cpu_s, ended.cpu_s - meter.cpu_at_start)
        if self._was_killed or not os.WIFSIGNALED(ended.status):
            return _EndedError(OutcomeKind.CRASHED, "it ended without an answer")
        name = signal.Signals(os.WTERMSIG(ended.status)).name
        if name == "SIGXCPU" or (name == "SIGKILL" and ended.cpu_s >= self._hard_cpu_s - 1):
            return _EndedError(OutcomeKind.TIMEOUT, "more CPU time than all calls together may take")
        if name == "SIGKILL":
            return _EndedError(OutcomeKind.MEMORY, "the kernel killed it, most likely for want of memory")
        return _EndedError(OutcomeKind.CRASHED, f"it was ended by {name}")

    async def _exit(self) -> Exit:
        """Wait for the process to end, and end it where it only closed its channel."""
        try:
            async with asyncio.timeout(_EXIT_WALL_S):
                return await self._process.exited()
        except TimeoutError:
            self._was_killed = True
            self._process.kill()
            return await self._process.exited()

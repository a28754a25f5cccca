"""The jail's process as the trusted side sees it: started, told to fork and kill, lost, closed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from dataclasses import dataclass
from typing import Any

import msgspec

from atlas_pipeline.errors import SandboxError, SandboxUnavailableError

from .bubblewrap import bubblewrap_command
from .bundle import BOOTSTRAP, bundle
from .interpreter import DEVICES, Interpreter, readable_paths
from .workspace import Workspace

_logger = logging.getLogger(__name__)

_START_TIMEOUT_S = 60.0
_CLOSE_TIMEOUT_S = 5.0
_MESSAGE_BYTES = 4096
_COMPLAINT_BYTES = 16 * 1024

# fmt: off
PRELOAD = (
    "abc", "ast", "asyncio", "base64", "bisect", "calendar", "collections.abc", "contextlib", "copy", "csv",
    "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "html",
    "inspect", "io", "itertools", "json", "math", "numbers", "operator", "pathlib", "random", "re", "secrets",
    "statistics", "string", "struct", "textwrap", "threading", "time", "traceback", "types", "typing",
    "unicodedata", "uuid",
)
# fmt: on
"""What candidates import most; loaded once, before the first fork."""


class JailLostError(SandboxError):
    """The jail's process is gone, and with it what ran in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JailSpec:
    """What a jail is made of."""

    interpreter: Interpreter
    bubblewrap: str | None
    """Path of bubblewrap, None for a jail of the in-process layers alone."""
    preload: tuple[str, ...]
    hash_seed: int
    workspace: Workspace | None = None
    """What candidates may read of the user's files."""
    node: str = ""
    """Node for JavaScript and TypeScript, empty for the one on PATH."""
    is_isolated: bool = True
    """False: no layer at all, because the user said so."""

    @property
    def name(self) -> str:
        """Return the name of the layer set."""
        return "none" if not self.is_isolated else "bubblewrap" if self.bubblewrap else "landlock"


class _Message(msgspec.Struct):
    layers: list[str] | None = None
    refused: int | None = None
    reason: str = ""
    exited: int | None = None
    status: int = 0
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child of the forkserver ended."""

    status: int
    """As from `os.wait`."""
    cpu_s: float
    refused: str = ""
    """Why it was never made, where it was not."""


class Jail:
    """One forkserver in isolation."""

    def __init__(self, process: asyncio.subprocess.Process, control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._loop = asyncio.get_running_loop()
        self._next_run = 0
        self._exits: dict[int, asyncio.Future[Exit]] = {}
        self._hello: asyncio.Future[list[str]] = self._loop.create_future()
        self._complaint = b""
        self._listener = asyncio.create_task(self._read_complaints())
        self.layers: tuple[str, ...] = ()
        self.is_lost = False
        self._is_closed = False
        self._loop.add_reader(control.fileno(), self._on_message)

    @classmethod
    async def start(cls, spec: JailSpec) -> Jail:
        """Start the process and wait until it is confined and warm.

        Raises:
            SandboxUnavailableError: it did not come up, or not with every layer it needs.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        readable = readable_paths(spec.interpreter)
        if spec.workspace is not None:
            readable += [str(path) for path in spec.workspace.readable]
        config = {
            "control": theirs.fileno(),
            "readable": readable,
            "devices": DEVICES,
            "is_isolated": spec.is_isolated,
            "site_folders": [spec.interpreter.user_site] if spec.interpreter.user_site else [],
            "preload": [*PRELOAD, *spec.preload],
        }
        prefix = bubblewrap_command(spec.bubblewrap, readable, list(DEVICES)) if spec.bubblewrap else []
        try:
            process = await asyncio.create_subprocess_exec(
                *prefix,
                *(spec.interpreter.executable, "-S", "-s", "-B", "-X", "utf8", "-c", BOOTSTRAP),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                env=_environment(spec),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise SandboxUnavailableError(f"{error.filename}: {error.strerror}") from error
        finally:
            theirs.close()
        jail = cls(process, ours)
        try:
            await jail._greet(bundle(config))
            jail._check_layers(spec)
        except BaseException:
            await jail.close()
            raise
        return jail

    async def _greet(self, code: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(ConnectionError):  # it ended early; its complaint says more than a broken pipe
            stdin.write(code)
            await stdin.drain()
            stdin.close()
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                self.layers = tuple(await asyncio.shield(self._hello))
        except TimeoutError as error:
            raise SandboxUnavailableError("the sandbox process did not answer in time") from error
        except JailLostError as error:
            await self._process.wait()
            await asyncio.wait({self._listener}, timeout=1)
            lines = self._complaint.decode(errors="replace").strip().splitlines()
            raise SandboxUnavailableError(lines[-1] if lines else "the sandbox process ended at once") from error

    def _check_layers(self, spec: JailSpec) -> None:
        if not spec.is_isolated:
            return
        if spec.bubblewrap:
            self.layers = ("bubblewrap", *self.layers)
        if "seccomp" not in self.layers:
            raise SandboxUnavailableError("no seccomp filter for this processor; atlas-ls knows x86_64 and aarch64")
        if not spec.bubblewrap and not any(layer.startswith("landlock") for layer in self.layers):
            raise SandboxUnavailableError("the kernel has no Landlock, or it is switched off")

    @property
    def pid(self) -> int:
        """Return the process id of what was started: bubblewrap, or the forkserver itself."""
        return self._process.pid

    def spawn(self, channel: socket.socket, output: int, errors: int) -> int:
        """Have a child forked that talks on `channel` and prints to `output` and `errors`; return its number.

        Raises:
            JailLostError: there is no forkserver any more.
        """
        self._next_run += 1
        run = self._next_run
        self._exits[run] = self._loop.create_future()
        message = msgspec.json.encode({"do": "spawn", "run": run})
        try:
            socket.send_fds(self._control, [message], [channel.fileno(), output, errors])
        except OSError as error:
            self._exits.pop(run)
            self._lose()  # the end of the control socket may not have been read yet
            raise JailLostError("the sandbox process is gone") from error
        return run

    def kill(self, run: int) -> None:
        """Have a child killed; a child that is gone stays gone."""
        with contextlib.suppress(OSError):  # the forkserver is lost, and its children with it
            self._control.send(msgspec.json.encode({"do": "kill", "run": run}))

    async def exited(self, run: int) -> Exit:
        """Wait until a child has ended.

        Raises:
            JailLostError: the forkserver ended first.
        """
        return await asyncio.shield(self._exits[run])

    def forget(self, run: int) -> None:
        """Drop what is kept about a child that has ended."""
        future = self._exits.pop(run, None)
        if future is not None and future.done() and not future.cancelled():
            future.exception()  # it was a loss that nobody waited for

    async def close(self) -> None:
        """End the forkserver and its children; a second time does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._loop.remove_reader(self._control.fileno())
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        self._lose()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            _logger.warning("the sandbox process does not end; killing it")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL) if self._process.returncode is None else None
        await self._process.wait()
        await self._listener

    def _on_message(self) -> None:
        try:
            # The socket itself blocks: a `kill` that could not be sent at once must not be dropped.
            body = self._control.recv(_MESSAGE_BYTES, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            body = b""
        if not body:
            self._loop.remove_reader(self._control.fileno())
            self._lose()
            return
        message = msgspec.json.decode(body, type=_Message)
        if message.layers is not None:
            self._hello.set_result(message.layers)
            return
        run = message.exited if message.refused is None else message.refused
        future = self._exits.get(run) if run is not None else None
        if future is not None and not future.done():
            future.set_result(Exit(message.status, message.cpu_s, message.reason))

    def _lose(self) -> None:
        self.is_lost = True
        waiting: list[asyncio.Future[Any]] = [self._hello, *self._exits.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(JailLostError("the sandbox process ended"))
                future.exception()  # seen: not every run waits for it

    async def _read_complaints(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        while part := await stream.read(_COMPLAINT_BYTES):
            _logger.debug("sandbox process: %s", part.decode(errors="replace").rstrip())
            self._complaint = (self._complaint + part)[-_COMPLAINT_BYTES:]


def _environment(spec: JailSpec) -> dict[str, str]:
    """Return the whole environment of the jail: nothing of the user's, the same everywhere.

    Numeric libraries get one thread: the processors are shared by as many programs as there are.
    """
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": str(spec.hash_seed),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }

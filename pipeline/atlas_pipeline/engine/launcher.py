"""Finds the running engine for some settings, or starts it; either way gives a lease on it.

The engine gets a session of its own: it outlives the client that started it for as long as another one holds a lease.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from atlas_pipeline.engine.address import EngineAddress, engine_address
from atlas_pipeline.engine.file_lock import file_lock
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.lease import Lease
from atlas_pipeline.errors import EngineStartError
from atlas_pipeline.settings import EngineSettings

START_TIMEOUT_S = 60.0
"""For the interpreter to start and listen, on a busy machine; loading the model is not part of it."""

POLL_S = 0.02
MAX_LOG_BYTES = 1 << 20
LOG_TAIL_LINES = 12
SPIN_COUNT = "10000"
"""How often a thread of the engine looks whether the others are ready before it sleeps (libgomp's GOMP_SPINCOUNT)."""

log = logging.getLogger(__name__)


async def lease_engine(settings: EngineSettings, *, llama_server: Path | None = None) -> tuple[Lease, EngineAddress]:
    """Return a lease on the engine that all clients with these settings share; it may still be loading.

    Args:
        settings: which model, and how it is placed.
        llama_server: the program that stands in for our own engine; None: ours.

    Raises:
        ModelFileError: the model is missing, truncated or not a GGUF.
        EngineStartError: the engine process did not come up.
    """
    if os.name != "posix":
        raise EngineStartError("The engine needs Unix sockets; run atlas-ls under Linux, macOS or WSL.")
    address = await asyncio.to_thread(_checked_address, settings)
    if llama_server is not None:
        address = stand_in_address(address)
    command = _own_command(address, settings) if llama_server is None else _stand_in(llama_server, address, settings)
    async with file_lock(address.lock):
        lease = await _try_lease(address, settings)
        if lease is None:
            # What is left there belongs to an engine that was killed: a living one would have answered.
            address.socket.unlink(missing_ok=True)
            lease = await _start(command, address, settings)
    return lease, address


def stand_in_address(address: EngineAddress) -> EngineAddress:
    """Return where llama-server's supervisor listens and logs when it stands in for the engine of `address`."""
    name = address.socket.stem
    return EngineAddress(
        model=address.model,
        socket=address.socket.with_name(f"{name}-l.sock"),
        log=address.log.with_name(f"engine-{name}-llama-server.log"),
    )


def start_error(address: EngineAddress, what: str) -> EngineStartError:
    """Return an error that ends with the last lines of the engine's log."""
    try:
        lines = address.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        lines = []
    tail = "".join(f"\n  {line}" for line in lines) or " (nothing was logged)"
    return EngineStartError(f"{what} The end of its log {address.log}:{tail}")


def _checked_address(settings: EngineSettings) -> EngineAddress:
    address = engine_address(settings)
    read_header(address.model)
    return address


async def _try_lease(address: EngineAddress, settings: EngineSettings) -> Lease | None:
    opening = asyncio.create_task(asyncio.to_thread(Lease.try_open, address.socket, linger_s=settings.linger_s))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        # The thread cannot be cancelled; what it still gets is given back.
        opening.add_done_callback(_give_back)
        raise


def _give_back(opening: asyncio.Task[Lease | None]) -> None:
    if not opening.cancelled() and opening.exception() is None and (lease := opening.result()) is not None:
        lease.close()


async def _start(command: list[str], address: EngineAddress, settings: EngineSettings) -> Lease:
    child = _spawn(command, address)
    try:
        return await _first_lease(child, address, settings)
    except BaseException:
        # Under the lock nobody else can have found it yet.
        child.kill()
        raise


async def _first_lease(child: subprocess.Popen[bytes], address: EngineAddress, settings: EngineSettings) -> Lease:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if (lease := await _try_lease(address, settings)) is not None:
            return lease
        if child.poll() is not None:
            raise start_error(address, f"The engine ended with status {child.returncode} while it started.")
        await asyncio.sleep(POLL_S)
    raise start_error(address, f"The engine did not listen within {START_TIMEOUT_S:.0f} s and was ended.")


def _own_command(address: EngineAddress, settings: EngineSettings) -> list[str]:
    return [
        # -P: a language server starts in the user's workspace, whose modules must not shadow ours.
        sys.executable, "-P", "-m", "atlas_pipeline.engine.process",
        "--model", str(address.model),
        "--socket", str(address.socket),
        "--linger", str(settings.linger_s),
        "--context", str(settings.context),
        "--threads", str(settings.threads),
        "--gpu-layers", str(settings.gpu_layers),
        "--slots", str(settings.slots),
        "--kv-tokens", str(settings.kv_tokens),
        "--kv-type", settings.kv_type,
        "--idle-unload", str(settings.idle_unload_s),
        "--draft-model", str(Path(settings.draft_model).expanduser().absolute()) if settings.draft_model else "",
        "--rollback", str(settings.rollback),
    ]  # fmt: skip


def _stand_in(program: Path, address: EngineAddress, settings: EngineSettings) -> list[str]:
    return [
        sys.executable, "-P", "-m", "atlas_pipeline.engine.llama_server_process",
        "--program", str(program),
        "--model", str(address.model),
        "--socket", str(address.socket),
        "--linger", str(settings.linger_s),
        "--context", str(settings.context),
        "--threads", str(settings.threads),
        "--gpu-layers", str(settings.gpu_layers),
        "--slots", str(settings.slots),
        "--kv-type", settings.kv_type,
    ]  # fmt: skip


def _spawn(command: list[str], address: EngineAddress) -> subprocess.Popen[bytes]:
    with _open_log(address.log) as log_file:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log_file,
            cwd="/",
            env=engine_environment(os.environ),
            start_new_session=True,
        )
    log.info("started engine %d for %s, log in %s", child.pid, address.model, address.log)
    # Reaped when it ends, so that no zombie of it stays for the rest of this client's life.
    threading.Thread(target=child.wait, name=f"engine-{child.pid}", daemon=True).start()
    return child


def engine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that an engine gets from a client's."""
    # llama.cpp's OpenMP threads wait for each other hundreds of times a token. Spinning long, as libgomp does by itself, is
    # at the cost of all other programs; sleeping at once is a sixth slower (benchmarks/RESULTS.md).
    waiting = {} if "OMP_WAIT_POLICY" in environment else {"GOMP_SPINCOUNT": SPIN_COUNT}
    return {
        **waiting,
        **environment,
        # ggml would start a debugger to print a backtrace when it aborts.
        "GGML_NO_BACKTRACE": "1",
    }


def _open_log(path: Path) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.unlink()
        return path.open("ab")
    except OSError as error:
        raise EngineStartError(f"The engine's log {path} cannot be written: {error}. Set XDG_STATE_HOME.") from error

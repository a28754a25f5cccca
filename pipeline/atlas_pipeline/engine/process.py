"""`python -m atlas_pipeline.engine.process`: one model behind an OpenAI-compatible API on a Unix socket.

Writes nothing to standard output and its log to standard error. Ends when the last lease has been given back and the
linger time has passed, on SIGTERM, or when the model cannot be loaded and everybody has been told.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import uvicorn

from atlas_pipeline.engine.address import lock_path
from atlas_pipeline.engine.decoder import Decoder, OnProgress
from atlas_pipeline.engine.file_lock import try_lock
from atlas_pipeline.engine.gguf_header import GgufHeader, read_header
from atlas_pipeline.engine.http_app import EngineApi
from atlas_pipeline.engine.lease_book import LeaseBook
from atlas_pipeline.engine.threads import default_threads
from atlas_pipeline.errors import ModelFileError
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    from atlas_pipeline.engine.decoding_core import DecodingCore

WATCH_INTERVAL_S = 0.1
SHUTDOWN_TIMEOUT_S = 1
BACKLOG = 128

log = logging.getLogger(__name__)


class Options(argparse.Namespace):
    """The command line."""

    model: Path
    socket: Path
    linger: float
    context: int
    threads: int
    gpu_layers: int
    idle_unload: float
    slots: int
    kv_tokens: int
    kv_type: Literal["auto", "f16", "q8_0"]

    def settings(self) -> EngineSettings:
        """Return what of the settings decides where the model goes."""
        return EngineSettings(
            model=str(self.model),
            context=self.context,
            gpu_layers=self.gpu_layers,
            slots=self.slots,
            kv_tokens=self.kv_tokens,
            kv_type=self.kv_type,
        )


class EngineServer(uvicorn.Server):
    """A server that leaves signals to its caller, which has a socket to remove and a model to free."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def main() -> int:
    """Run one engine; return its exit status."""
    options = _parser().parse_args(namespace=Options())
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # The memory of this process holds the user's code.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        stopped = asyncio.run(_serve(options))
    except ModelFileError as error:
        log.error("%s", error)  # noqa: TRY400
        return 1
    except OSError as error:
        log.error("cannot listen on %s: %s", options.socket, error)  # noqa: TRY400
        return 1
    if not stopped:
        # A native call is still running; destructors would pull its memory away under it.
        logging.shutdown()
        os._exit(0)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m atlas_pipeline.engine.process", description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True, help="GGUF file")
    parser.add_argument("--socket", type=Path, required=True, help="path of the Unix socket to listen on")
    parser.add_argument("--linger", type=float, default=120.0, help="seconds to stay after the last lease")
    parser.add_argument("--context", type=int, default=0, help="tokens; 0: as trained, at most 8192")
    parser.add_argument("--threads", type=int, default=0, help="0: physical cores minus one")
    parser.add_argument("--gpu-layers", type=int, default=-1, help="-1: all")
    parser.add_argument("--slots", type=int, default=0, help="completions at a time; 0: what memory allows")
    parser.add_argument("--kv-tokens", type=int, default=0, help="tokens of all sequences together; 0: chosen")
    parser.add_argument("--kv-type", choices=("auto", "f16", "q8_0"), default="auto")
    parser.add_argument("--idle-unload", type=float, default=0.0, help="seconds; 0: never")
    return parser


async def _serve(options: Options) -> bool:
    """Serve until it is time to go; return whether the model could be freed."""
    header = read_header(options.model)
    listener, inode = _listen(options.socket)
    log.info("engine %d for %s on %s", os.getpid(), options.model, options.socket)
    decoder = Decoder(lambda on_progress: _load(options, header, on_progress), idle_unload_s=options.idle_unload)
    leases = LeaseBook(options.linger)
    api = EngineApi(header, decoder, leases)
    server = EngineServer(
        uvicorn.Config(
            api.app(),
            log_config=None,
            access_log=False,
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
        )
    )
    watching = asyncio.create_task(_watch(server, leases, decoder, options.socket))
    # Whatever ends the watch ends the engine: nobody else would.
    watching.add_done_callback(lambda _: setattr(server, "should_exit", True))
    try:
        await server.serve(sockets=[listener])
    finally:
        watching.cancel()
        _remove(options.socket, inode)
        await api.aclose()
    log.info("engine %d ends", os.getpid())
    return await asyncio.to_thread(decoder.close)


def _load(options: Options, header: GgufHeader, on_progress: OnProgress) -> DecodingCore:
    # Imported here, on the decoder's thread: the socket answers while the native library is loaded.
    from atlas_pipeline.engine.decoding_core import CoreOptions, DecodingCore
    from atlas_pipeline.engine.llama import LlamaModel
    from atlas_pipeline.engine.llama_devices import gpu_devices
    from atlas_pipeline.engine.memory import host_memory
    from atlas_pipeline.engine.placement import plan

    placement = plan(header, gpu_devices(), host_memory().free_bytes, options.settings())
    for reason in placement.reasons:
        log.info("placement: %s", reason)
    model = LlamaModel(options.model, gpu_layers=placement.gpu_layers, on_progress=on_progress)
    return DecodingCore(
        model,
        CoreOptions(
            context=placement.context,
            threads=options.threads if options.threads > 0 else default_threads(),
            slots=placement.slots,
            cached_sequences=placement.sequences - placement.slots,
            cells=placement.kv_tokens,
            kv_type=placement.kv_type,
            batch_tokens=placement.micro_batch,
        ),
    )


def _listen(path: Path) -> tuple[socket.socket, int]:
    """Return a listening socket that only this user can connect to, and its inode."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    listener.listen(BACKLOG)
    return listener, path.stat().st_ino


def _remove(path: Path, inode: int) -> None:
    """Remove our socket, not one that a later engine has put there."""
    try:
        if path.stat().st_ino == inode:
            path.unlink()
    except FileNotFoundError:
        return


async def _watch(server: uvicorn.Server, leases: LeaseBook, decoder: Decoder, path: Path) -> None:
    """Tell the server when to end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    while True:
        await asyncio.sleep(WATCH_INTERVAL_S)
        if decoder.failure is not None:
            leases.give_up()
        # Clients look for an engine under this lock. It is held until this process is gone, so that none of them
        # finds a socket that is about to close, or loads a second model before this one's memory is free.
        if leases.is_over() and _nobody_is_coming(path):
            server.should_exit = True
            return


def _nobody_is_coming(path: Path) -> bool:
    """Take the start lock if no client holds it; without its folder (a runtime folder at log-out) nobody can find us."""
    try:
        return try_lock(lock_path(path)) is not None
    except OSError as error:
        log.warning("%s is out of reach (%s): no client can come", path, error)
        return True


if __name__ == "__main__":
    sys.exit(main())

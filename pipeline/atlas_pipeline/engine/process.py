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
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from atlas_pipeline.engine.decoder import Decoder, OnProgress
from atlas_pipeline.engine.gguf_header import GgufHeader, read_header
from atlas_pipeline.engine.http_app import EngineApi
from atlas_pipeline.engine.lease_book import LeaseBook
from atlas_pipeline.engine.socket_server import SocketServer, listen, nobody_is_coming, remove
from atlas_pipeline.engine.threads import default_threads
from atlas_pipeline.errors import ModelFileError
from atlas_pipeline.settings import EngineSettings

if TYPE_CHECKING:
    from atlas_pipeline.engine.decoding_core import DecodingCore

WATCH_INTERVAL_S = 0.1

FAILED_STAY_S = 5.0
"""An engine whose model could not be loaded ends after that, even if clients still hold leases: the next request of
each of them starts another one, which tries again."""

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
    draft_model: str
    rollback: int

    def settings(self) -> EngineSettings:
        """Return what of the settings decides where the model goes."""
        return EngineSettings(
            model=str(self.model),
            context=self.context,
            gpu_layers=self.gpu_layers,
            slots=self.slots,
            kv_tokens=self.kv_tokens,
            kv_type=self.kv_type,
            draft_model=self.draft_model,
            rollback=self.rollback,
        )


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
    parser.add_argument("--draft-model", default="", help="GGUF file that drafts; empty: none")
    parser.add_argument("--rollback", type=int, default=0, help="longest draft for a recurrent state, in tokens")
    parser.add_argument("--idle-unload", type=float, default=0.0, help="seconds; 0: never")
    return parser


async def _serve(options: Options) -> bool:
    """Serve until it is time to go; return whether the model could be freed."""
    header = read_header(options.model)
    listener, inode = listen(options.socket)
    log.info("engine %d for %s on %s", os.getpid(), options.model, options.socket)
    decoder = Decoder(lambda on_progress: _load(options, header, on_progress), idle_unload_s=options.idle_unload)
    leases = LeaseBook(options.linger)
    api = EngineApi(header, decoder, leases)
    server = SocketServer(api.app())
    watching = asyncio.create_task(_watch(server, leases, decoder, options.socket))
    # Whatever ends the watch ends the engine: nobody else would.
    watching.add_done_callback(lambda _: setattr(server, "should_exit", True))
    try:
        await server.serve(sockets=[listener])
    finally:
        watching.cancel()
        remove(options.socket, inode)
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

    settings = options.settings()
    draft_header = read_header(Path(options.draft_model)) if options.draft_model else None
    placement = plan(header, gpu_devices(), host_memory().free_bytes, settings, draft=draft_header)
    for reason in placement.reasons:
        log.info("placement: %s", reason)
    draft = None
    if draft_header is not None:
        # Small beside the model: its part of the load is not shown.
        draft = LlamaModel(
            draft_header.path, gpu_layers=placement.draft_gpu_layers, on_progress=lambda _fraction: on_progress(0.0)
        )
    model = LlamaModel(
        options.model, gpu_layers=placement.gpu_layers, on_progress=on_progress, mtp=options.rollback > 0
    )
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
            rollback=placement.rollback,
        ),
        draft=draft,
    )


async def _watch(server: SocketServer, leases: LeaseBook, decoder: Decoder, path: Path) -> None:
    """Tell the server when to end."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    failed_at: float | None = None
    while True:
        await asyncio.sleep(WATCH_INTERVAL_S)
        if decoder.failure is not None:
            leases.give_up()
            failed_at = failed_at or loop.time()
        is_over = leases.is_over() or (failed_at is not None and loop.time() - failed_at > FAILED_STAY_S)
        # Clients look for an engine under this lock. It is held until this process is gone, so that none of them
        # finds a socket that is about to close, or loads a second model before this one's memory is free.
        if is_over and nobody_is_coming(path):
            server.should_exit = True
            return


if __name__ == "__main__":
    sys.exit(main())

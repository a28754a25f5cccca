"""`python -m atlas_pipeline.engine.llama_server_process`: owns one llama-server and ends it with its last lease.

llama-server knows no leases. This process holds the socket for them and says how far loading is; requests go straight
to llama-server's own socket beside it, in the same folder that only this user can enter. If this process is killed,
llama-server is killed with it by the kernel (Linux; elsewhere nothing does that).
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import logging
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from atlas_pipeline.engine.address import MAX_SOCKET_PATH
from atlas_pipeline.engine.answers import Health
from atlas_pipeline.engine.gguf_header import GgufHeader, read_header
from atlas_pipeline.engine.http_support import ClosingStream, json_response
from atlas_pipeline.engine.lease_book import LeaseBook
from atlas_pipeline.engine.llama_server import requests_socket
from atlas_pipeline.engine.socket_server import SocketServer, listen, nobody_is_coming, remove
from atlas_pipeline.engine.threads import default_threads
from atlas_pipeline.errors import ModelFileError

if TYPE_CHECKING:
    import httpx

DEFAULT_CONTEXT = 8192
DEFAULT_SLOTS = 4
ALL_LAYERS = 999
MAX_LINGER_S = 7 * 24 * 3600.0
WATCH_INTERVAL_S = 0.1
END_TIMEOUT_S = 1.0
PR_SET_PDEATHSIG = 1

log = logging.getLogger(__name__)


class Options(argparse.Namespace):
    """The command line."""

    program: Path
    model: Path
    socket: Path
    linger: float
    context: int
    threads: int
    gpu_layers: int
    slots: int
    kv_type: Literal["auto", "f16", "q8_0"]


def command(options: Options, header: GgufHeader, address: Path) -> list[str]:
    """Return the command line of llama-server; only options that its older versions have too."""
    trained = header.number(f"{header.text('general.architecture')}.context_length")
    context = options.context or min(trained or DEFAULT_CONTEXT, DEFAULT_CONTEXT)
    slots = options.slots or DEFAULT_SLOTS
    cache = ["-ctk", options.kv_type, "-ctv", options.kv_type] if options.kv_type == "q8_0" else []
    return [
        str(options.program),
        "--model", str(options.model),
        "--host", str(address),
        # Divided among the slots by llama-server.
        "--ctx-size", str(context * slots),
        "--parallel", str(slots),
        "--threads", str(options.threads or default_threads()),
        "--n-gpu-layers", str(ALL_LAYERS if options.gpu_layers < 0 else options.gpu_layers),
        "--jinja",
        *cache,
    ]  # fmt: skip


class Supervisor:
    """The lease endpoint, and the state of llama-server."""

    def __init__(self, leases: LeaseBook, program: Path) -> None:
        self.ready = False
        self.failure = ""
        self._leases = leases
        self._program = program

    def app(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[Route("/health", self.health, methods=["GET"]), Route("/atlas/lease", self.lease, methods=["GET"])]
        )

    async def health(self, _request: Request) -> Response:
        """Say whether the model is loaded; answers at once, always."""
        status: Literal["loading", "ok", "error"] = "error" if self.failure else "ok" if self.ready else "loading"
        return json_response(Health(status=status, pid=os.getpid(), message=self.failure, leases=self._leases.open))

    async def lease(self, request: Request) -> Response:
        """Keep llama-server alive for as long as the client keeps the response open."""
        try:
            linger_s = float(request.query_params.get("linger_s", "nan"))
        except ValueError:
            linger_s = -1.0
        return ClosingStream(self._hold_lease(linger_s if 0.0 <= linger_s <= MAX_LINGER_S else None))

    async def watch_program(self, child: subprocess.Popen[bytes], address: Path) -> None:
        """Wait until llama-server has loaded its model, then until it ends; its end is that of this process."""
        import httpx

        transport = httpx.AsyncHTTPTransport(uds=str(address))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", trust_env=False) as client:
            while child.poll() is None:
                if not self.ready:
                    self.ready = await _is_healthy(client)
                await asyncio.sleep(WATCH_INTERVAL_S / 5)
        if self.ready:
            log.error("%s ended with status %d", self._program, child.returncode)
            return  # and with this process the leases close, so that clients start another
        self.failure = f"{self._program} ended with status {child.returncode} while it loaded the model."
        log.error("%s", self.failure)
        self._leases.give_up()
        await asyncio.Event().wait()  # until everybody has been told

    async def _hold_lease(self, linger_s: float | None) -> AsyncGenerator[bytes, None]:
        with self._leases.lease(linger_s):
            yield b": granted\n\n"
            await asyncio.Event().wait()


def main() -> int:
    """Run one llama-server; return the exit status."""
    options = _parser().parse_args(namespace=Options())
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # The memory of llama-server, which inherits this, holds the user's code.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    address = requests_socket(options.socket)
    if len(os.fsencode(address)) > MAX_SOCKET_PATH:
        log.error("the path %s is longer than %d bytes; set TMPDIR to a shorter one", address, MAX_SOCKET_PATH)
        return 1
    try:
        header = read_header(options.model)
        listener, inode = listen(options.socket)
    except (ModelFileError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400
        return 1
    address.unlink(missing_ok=True)
    try:
        child = _start(command(options, header, address))
    except OSError as error:
        log.error("%s cannot be started: %s", options.program, error)  # noqa: TRY400
        remove(options.socket, inode)
        return 1
    try:
        asyncio.run(_serve(options, child, listener))
    finally:
        remove(options.socket, inode)
        _end(child)
        address.unlink(missing_ok=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m atlas_pipeline.engine.llama_server_process", description=main.__doc__
    )
    parser.add_argument("--program", type=Path, required=True, help="llama-server")
    parser.add_argument("--model", type=Path, required=True, help="GGUF file")
    parser.add_argument("--socket", type=Path, required=True, help="path of the Unix socket for leases")
    parser.add_argument("--linger", type=float, default=120.0, help="seconds to stay after the last lease")
    parser.add_argument("--context", type=int, default=0, help="tokens of one sequence; 0: as trained, at most 8192")
    parser.add_argument("--threads", type=int, default=0, help="0: physical cores minus one")
    parser.add_argument("--gpu-layers", type=int, default=-1, help="-1: all")
    parser.add_argument("--slots", type=int, default=0, help=f"completions at a time; 0: {DEFAULT_SLOTS}")
    parser.add_argument("--kv-type", choices=("auto", "f16", "q8_0"), default="auto")
    return parser


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    log.info("starting %s", " ".join(arguments))
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    parent = os.getpid()

    def prepare() -> None:
        os.umask(0o077)  # its socket is the user's alone, whatever folder it is in
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    # preexec_fn is safe here: there is one thread yet.
    return subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr, preexec_fn=prepare
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


async def _serve(options: Options, child: subprocess.Popen[bytes], listener: socket.socket) -> None:
    """Serve until the last lease is over, llama-server ends, or a signal comes."""
    leases = LeaseBook(options.linger)
    supervisor = Supervisor(leases, options.program)
    server = SocketServer(supervisor.app())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    watching = [
        asyncio.create_task(_watch_leases(leases, options.socket)),
        asyncio.create_task(supervisor.watch_program(child, requests_socket(options.socket))),
    ]
    for watch in watching:
        # Whatever ends a watch ends this process: nobody else would.
        watch.add_done_callback(lambda _: setattr(server, "should_exit", True))
    try:
        await server.serve(sockets=[listener])
    finally:
        for watch in watching:
            watch.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def _watch_leases(leases: LeaseBook, path: Path) -> None:
    """Return when nobody uses llama-server any more and nobody is about to."""
    while not (leases.is_over() and nobody_is_coming(path)):  # noqa: ASYNC110  (leases are a matter of time)
        await asyncio.sleep(WATCH_INTERVAL_S)


async def _is_healthy(client: httpx.AsyncClient) -> bool:
    """Return whether llama-server answers 200 at /health, which it does once the model is loaded."""
    import httpx

    try:
        return (await client.get("/health", timeout=1.0)).status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    sys.exit(main())

"""A server on a Unix socket that lives as long as its leases: what both engine processes have in common."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from atlas_pipeline.engine.address import lock_path
from atlas_pipeline.engine.file_lock import try_lock

SHUTDOWN_TIMEOUT_S = 1
BACKLOG = 128

log = logging.getLogger(__name__)


class SocketServer(uvicorn.Server):
    """A server that leaves signals to its caller, which has a socket to remove and a model to free."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
        )
        super().__init__(config)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def listen(path: Path) -> tuple[socket.socket, int]:
    """Return a listening socket that only this user can connect to, and its inode."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    listener.listen(BACKLOG)
    return listener, path.stat().st_ino


def remove(path: Path, inode: int) -> None:
    """Remove our socket, not one that a later engine has put there."""
    try:
        if path.stat().st_ino == inode:
            path.unlink()
    except FileNotFoundError:
        return


def nobody_is_coming(path: Path) -> bool:
    """Take the start lock if no client holds it; without its folder (a runtime folder at log-out) nobody can find us.

    The lock is held until this process is gone, so that no client finds a socket that is about to close.
    """
    try:
        return try_lock(lock_path(path)) is not None
    except OSError as error:
        log.warning("%s is out of reach (%s): no client can come", path, error)
        return True

"""A client's lease: one open connection. The engine lives while at least one is open.

A plain socket, not one of the event loop's: it closes with the process whatever state the loop is in.
"""

from __future__ import annotations

import socket
from pathlib import Path

from atlas_pipeline.errors import EngineStartError

ANSWER_TIMEOUT_S = 20.0
"""The engine grants a lease before it loads anything; one that does not answer by then hangs."""

MAX_HEAD_BYTES = 8192


class Lease:
    """The right to use the engine behind a socket, until closed."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    @classmethod
    def try_open(cls, path: Path, *, linger_s: float) -> Lease | None:
        """Take a lease from the engine at `path`; None if nobody listens there. Blocks.

        Raises:
            EngineStartError: somebody listens but does not answer like an engine.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(ANSWER_TIMEOUT_S)
            try:
                connection.connect(str(path))
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                return None
            request = f"GET /atlas/lease?linger_s={linger_s} HTTP/1.1\r\nHost: engine\r\n\r\n"
            connection.sendall(request.encode())
            head = _read_head(connection)
        except (ConnectionError, BrokenPipeError):
            connection.close()
            return None
        except TimeoutError as error:
            connection.close()
            raise EngineStartError(
                f"The engine at {path} does not answer. End its process; the next request starts another."
            ) from error
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            connection.close()
            if not head:
                return None
            raise EngineStartError(f"{path} is not an engine's socket: it answered {head[:80]!r}. Remove it.")
        connection.setblocking(False)
        return cls(connection)

    def is_open(self) -> bool:
        """Return whether the engine is still there."""
        try:
            while data := self._connection.recv(4096):
                del data
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Give the lease back."""
        self._connection.close()


def _read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < MAX_HEAD_BYTES:
        data = connection.recv(1024)
        if not data:
            break
        head += data
    return head

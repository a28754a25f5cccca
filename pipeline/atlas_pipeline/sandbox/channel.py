"""The trusted end of a candidate's channel: frames of bounded size, and what the kernel says about the sender."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

_READ_BYTES = 64 * 1024
_CREDENTIALS = struct.Struct("=iII")
_LENGTH = struct.Struct(">I")


class Channel:
    """Reads frames from a socket whose other end is in hostile hands.

    `pid` comes from the kernel with the first bytes, in our own numbering, whatever namespace the sender is in.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket = sock
        self.max_frame_bytes = 0
        """Size of the largest honest frame. Until a program is there it is that of the empty one."""
        self._buffer = bytearray()
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._loop.add_reader(sock.fileno(), self._on_readable)
        self.pid: int | None = None
        self.is_ended = False
        """The other end is closed, or sent what no frame can be."""

    async def send(self, body: bytes, attached: int | None = None) -> None:
        """Send one frame, with a descriptor attached to its first byte.

        Raises:
            OSError: the other end is closed.
        """
        data = _LENGTH.pack(len(body)) + body
        if attached is not None:
            # Nothing was sent before, so there is room for one byte, and it goes at once.
            socket.send_fds(self._socket, [data[:1]], [attached])
            data = data[1:]
        await self._loop.sock_sendall(self._socket, data)

    def take(self) -> bytes | None:
        """Return the next frame if it is complete."""
        if len(self._buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer)
        if length > self.max_frame_bytes:
            self._end()
            return None
        if len(self._buffer) < _LENGTH.size + length:
            return None
        frame = bytes(self._buffer[_LENGTH.size : _LENGTH.size + length])
        del self._buffer[: _LENGTH.size + length]
        return frame

    def is_open(self) -> bool:
        """Say whether the other end is there and silent, also where the event loop has not looked yet."""
        if not self.is_ended:
            try:
                self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return True
            except OSError:
                return False
        return False  # it ended, or spoke without being asked

    async def wait(self, timeout_s: float) -> None:
        """Wait until something arrived, the channel ended, or `timeout_s` passed."""
        if self.is_ended:
            return
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(timeout_s, self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def close(self) -> None:
        """Close our end."""
        self._end()
        self._socket.close()

    def _on_readable(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES) if self.pid is not None else self._first_bytes()
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._buffer += data
        if not data or len(self._buffer) > 2 * (self.max_frame_bytes + _READ_BYTES):
            self._end()
        self._wake()

    def _first_bytes(self) -> bytes:
        # Only here is there room for ancillary data, and only code of ours sends before the program is there. Later the
        # kernel drops what is attached: a candidate could send us descriptors until we have none left.
        data, ancillary, _, _ = self._socket.recvmsg(_READ_BYTES, socket.CMSG_SPACE(_CREDENTIALS.size))
        for _, kind, value in ancillary:
            if kind == socket.SCM_CREDENTIALS:
                self.pid = _CREDENTIALS.unpack(value[: _CREDENTIALS.size])[0]
        return data

    def _end(self) -> None:
        if not self.is_ended:
            self.is_ended = True
            self._loop.remove_reader(self._socket.fileno())

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Output:
    """Keeps the beginning of what a candidate prints and drops the rest, so that it never blocks on a full pipe."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self.max_bytes = 0
        self._is_cut = False
        self._kept = bytearray()
        self._loop = asyncio.get_running_loop()
        self._is_reading = True
        self._loop.add_reader(descriptor, self._on_readable)

    def take(self) -> tuple[str, bool]:
        """Return what was printed since the last time, up to the limit, and whether there was more."""
        # Twice what a pipe holds: a thread that goes on printing must not keep us here.
        for _ in range(2):
            if not self._on_readable():
                break
        text, is_cut = self._kept.decode("utf-8", "replace"), self._is_cut
        self._kept.clear()
        self._is_cut = False
        return text, is_cut

    def close(self) -> None:
        """Close our end."""
        self._stop()
        os.close(self._descriptor)

    def _on_readable(self) -> bool:
        if not self._is_reading:
            return False
        try:
            data = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._stop()
        self._is_cut = self._is_cut or len(data) > self.max_bytes - len(self._kept)
        self._kept += data[: self.max_bytes - len(self._kept)]
        return bool(data)

    def _stop(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._descriptor)

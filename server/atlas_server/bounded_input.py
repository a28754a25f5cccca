"""Standard input with a limit on how long one message may be: a length is only a claim, and memory is reserved for it."""

from __future__ import annotations

from typing import BinaryIO

MOST_BYTES = 256 * 1024 * 1024
_PIECE = 1024 * 1024
_LONGEST_HEADER = 64 * 1024
_NOTHING = b"null"


class BoundedInput:
    """Reads headers and bodies of messages."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """Return the next line, or as much of it as a header may have."""
        return self._stream.readline(_LONGEST_HEADER)

    def read(self, size: int) -> bytes:
        """Return a message's body; of one that is too long it returns JSON's `null`, and skips it."""
        if size <= MOST_BYTES:
            return self._stream.read(size)
        while size > 0 and (piece := self._stream.read(min(size, _PIECE))):
            size -= len(piece)
        return _NOTHING

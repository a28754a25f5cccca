"""Bytes of tokens in, text out that may be shown: whole characters, and nothing that may yet become a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextAssembler:
    """The text of one completion while it is decoded."""

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self.stopped = False
        """Whether a stop string was met; the text ends before it and nothing more is accepted."""

    def feed(self, data: bytes) -> str:
        """Take one token's bytes; return the text that became certain."""
        return self._release(self._decoder.decode(data))

    def finish(self) -> str:
        """Return what was held back; an unfinished character becomes U+FFFD."""
        text = self._release(self._decoder.decode(b"", final=True)) + self._held
        self._held = ""
        return text

    def _release(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._held + text
        # The match that is complete first: which one that is does not depend on how the text is cut into tokens.
        met = min(((at + len(stop), at) for stop in self._stops if (at := text.find(stop)) >= 0), default=None)
        if met is not None:
            self.stopped, self._held = True, ""
            return text[: met[1]]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest end of `text` that `stop` begins with."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0

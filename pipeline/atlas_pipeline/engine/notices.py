"""What the user is told about the engine besides answers and errors: fall-backs, restarts, what a server lacks."""

from __future__ import annotations

import logging
from collections.abc import Callable

OnNotice = Callable[[str], None]
"""Takes one sentence for the user, on the event loop. Nothing is said twice."""

log = logging.getLogger(__name__)


class Notices:
    """Keeps what was told, logs it, and hands it to the one who shows it."""

    def __init__(self, on_notice: OnNotice | None = None) -> None:
        self._on_notice = on_notice
        self._told: list[str] = []

    @property
    def told(self) -> tuple[str, ...]:
        """Everything told so far, oldest first."""
        return tuple(self._told)

    def tell(self, text: str) -> None:
        """Tell the user, unless it was told before."""
        if text in self._told:
            return
        self._told.append(text)
        log.warning("%s", text)
        if self._on_notice is not None:
            self._on_notice(text)

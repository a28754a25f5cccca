"""Who uses the engine, and when it is time to go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FIRST_LEASE_S = 30.0
"""Least time for the first client to come: the one that started the engine may be slow."""


class LeaseBook:
    """Counts open leases and knows the moment after which an unused engine ends."""

    def __init__(self, linger_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.open = 0
        self._useless = False
        self._was_used = False
        self._clock = clock
        self._linger_s = linger_s
        self._ends_at = clock() + max(linger_s, FIRST_LEASE_S)

    @contextmanager
    def lease(self, linger_s: float | None = None) -> Iterator[None]:
        """Hold a lease; when the last one ends, the engine stays `linger_s` longer (None: its own default)."""
        self.open += 1
        self._was_used = True
        try:
            yield
        finally:
            self.open -= 1
            stay_s = self._linger_s if linger_s is None else linger_s
            self._ends_at = self._clock() + (0.0 if self._useless else stay_s)

    def give_up(self) -> None:
        """Linger no longer: the engine is of no use to the next client. The first one is still waited for, to be told."""
        self._useless = True
        if self._was_used:
            self._ends_at = min(self._ends_at, self._clock())

    def is_over(self) -> bool:
        """Return whether nobody uses the engine and its time has passed."""
        return self.open == 0 and self._clock() >= self._ends_at

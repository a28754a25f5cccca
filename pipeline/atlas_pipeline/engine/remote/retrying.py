"""When a failed request is sent again, and after how long."""

from __future__ import annotations

import email.utils
import random
import time

RETRIED_STATUSES = frozenset({429, 502, 503, 504})
MAX_RETRIES = 5
FIRST_DELAY_S = 0.5
MAX_DELAY_S = 20.0
MAX_RETRY_AFTER_S = 120.0
"""A server that asks for more patience gets an error: the user is better told than kept waiting."""
LOADING_DELAY_S = 1.0


class Failure(Exception):  # noqa: N818  (one attempt's outcome; callers turn it into an error or try again)
    """One attempt failed."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        retry_after_s: float | None = None,
        lost: bool = False,
        connecting: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        """HTTP status; 0 if there was no answer."""
        self.code = code
        self.retry_after_s = retry_after_s
        self.lost = lost
        """The connection broke or could not be made."""
        self.connecting = connecting
        """It could not be made."""

    @property
    def is_loading(self) -> bool:
        """Whether the server says that it is still loading its model, as llama-server does."""
        return self.status == 503 and "loading" in self.message.lower()

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed a little later."""
        if self.code == "insufficient_quota":  # OpenAI's 429 for an empty account
            return False
        return self.lost or self.status in RETRIED_STATUSES


class Retries:
    """Counts the attempts of one request."""

    def __init__(self, *, most: int = MAX_RETRIES, load_timeout_s: float = 0.0, first_s: float = FIRST_DELAY_S) -> None:
        self.used = 0
        self._most = most
        self._first_s = first_s
        self._loading_until = time.monotonic() + load_timeout_s

    def delay(self, failure: Failure) -> float | None:
        """Return after how many seconds to try again; None: not any more."""
        if failure.is_loading and time.monotonic() < self._loading_until:
            return LOADING_DELAY_S
        if not failure.is_passing or self.used >= self._most:
            return None
        asked = failure.retry_after_s or 0.0
        if asked > MAX_RETRY_AFTER_S:
            return None
        grown = min(MAX_DELAY_S, self._first_s * 2.0**self.used)
        self.used += 1
        # Jitter, so that clients that failed together do not come back together.
        return max(asked, grown * random.uniform(0.5, 1.0))  # noqa: S311


def retry_after_s(value: str | None) -> float | None:
    """Read a `Retry-After` header: seconds, or an HTTP date (RFC 9110, 10.2.3)."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None

"""Work-done progress of one command, and the cancel button that belongs to it.

Works with a token of the client's, with one the server creates, and (silently) with neither.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer


class CommandProgress:
    """Reports always carry a message and a percentage: VS Code drops message-only reports after a percentage."""

    def __init__(self, server: LanguageServer, token: types.ProgressToken | None, *, supported: bool) -> None:
        self._progress = server.work_done_progress
        self._token = token
        self._own = token is None
        self._supported = supported or token is not None
        self._percentage = 0

    async def begin(self, title: str, message: str, on_cancel: Callable[[], None]) -> None:
        """Show the progress; `on_cancel` is called when the user cancels it."""
        if not self._supported:
            return
        if self._token is None:
            token = f"atlas-{uuid.uuid4()}"
            try:
                await self._progress.create_async(token)
            except JsonRpcException:  # the client refused: nothing may be sent for this token
                self._supported = False
                return
            self._token = token
        self._progress.begin(
            self._token, types.WorkDoneProgressBegin(title=title, message=message, percentage=0, cancellable=True)
        )

        def cancelled(future: Future[None]) -> None:
            if future.cancelled():
                on_cancel()

        self._progress.tokens[self._token].add_done_callback(cancelled)

    def report(self, message: str, share: float) -> None:
        """Report the share done, in [0, 1]; it never goes back."""
        if not self._supported or self._token is None:
            return
        self._percentage = max(self._percentage, min(99, round(100 * share)))
        self._progress.report(
            self._token,
            types.WorkDoneProgressReport(message=message, percentage=self._percentage, cancellable=True),
        )

    def end(self, message: str) -> None:
        """End the progress, and forget its token, which pygls would keep for ever."""
        if not self._supported or self._token is None:
            return
        self._progress.end(self._token, types.WorkDoneProgressEnd(message=message))
        self._progress.tokens.pop(self._token, None)
        self._supported = False

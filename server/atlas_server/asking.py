"""Puts the one question of a solve to the user of the editor: which of two outputs is right?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from atlas_pipeline.ask import Ask, Nobody, Question

if TYPE_CHECKING:
    from atlas_server.server import AtlasServer

NEITHER = "Neither"
PATIENCE_S = 120.0
"""A question that nobody answers for so long is closed: other solves wait behind it."""


class EditorAsk:
    """Asks with `window/showMessageRequest`."""

    def __init__(self, server: AtlasServer, *, patience_s: float = PATIENCE_S) -> None:
        self._server = server
        self._patience_s = patience_s

    async def choose(self, question: Question) -> int | None:
        """Return the index of the option the user chose; None for neither, or where nobody answered."""
        titles = [f"{number}. {option}" for number, option in enumerate(question.options, start=1)]
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await self._server.window_show_message_request_async(
                    types.ShowMessageRequestParams(
                        type=types.MessageType.Info,
                        message=f"atlas-ls: {question.function}: which is right for {question.call}?  "
                        + "  ".join(titles),
                        actions=[types.MessageActionItem(title=title) for title in (*titles, NEITHER)],
                    )
                )
        except JsonRpcException:  # the client announced messages with answers, and does not know this one
            return None
        except TimeoutError:
            text = f"{question.function}: nobody said which is right for {question.call}; the best so far stays"
            self._server.window_log_message(types.LogMessageParams(type=types.MessageType.Info, message=text))
            return None
        return titles.index(answer.title) if answer is not None and answer.title in titles else None


def asker_of(server: AtlasServer) -> Ask:
    """Return whom a solve may ask in this editor."""
    return EditorAsk(server) if server.session.support.questions else Nobody()

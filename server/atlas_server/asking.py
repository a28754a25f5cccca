"""Puts the one question of a solve to the user of the editor: which of two outputs is right?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from atlas_pipeline.ask import Ask, Nobody, Question

if TYPE_CHECKING:
    from atlas_server.server import AtlasServer

NEITHER = "Neither"


class EditorAsk:
    """Asks with `window/showMessageRequest`, which waits as long as the user does."""

    def __init__(self, server: AtlasServer) -> None:
        self._server = server

    async def choose(self, question: Question) -> int | None:
        """Return the index of the option the user chose; None for neither, or where the question was closed."""
        titles = [f"{number}. {option}" for number, option in enumerate(question.options, start=1)]
        try:
            answer = await self._server.window_show_message_request_async(
                types.ShowMessageRequestParams(
                    type=types.MessageType.Info,
                    message=f"atlas-ls: {question.function}: which is right for {question.call}?  " + "  ".join(titles),
                    actions=[types.MessageActionItem(title=title) for title in (*titles, NEITHER)],
                )
            )
        except JsonRpcException:  # the client announced messages with answers, and does not know this one
            return None
        return titles.index(answer.title) if answer is not None and answer.title in titles else None


def asker_of(server: AtlasServer) -> Ask:
    """Return whom a solve may ask in this editor."""
    return EditorAsk(server) if server.session.support.questions else Nobody()

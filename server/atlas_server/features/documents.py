"""`didOpen`, `didChange`, `didClose`: keep what is shown true to the text."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from atlas_server.outcomes import note_outcomes
from atlas_server.server import AtlasServer
from atlas_server.showing import show
from atlas_server.status import tell_gone

REFRESH_S = 0.2
"""Diagnostics of a changing document are looked at again once typing pauses for so long."""


def register(server: AtlasServer) -> None:
    """Register the handlers."""
    refreshing: dict[str, asyncio.TimerHandle] = {}

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(ls: AtlasServer, params: types.DidChangeTextDocumentParams) -> None:
        """Loop. Only notes the change; the text is parsed when somebody asks for it."""
        uri = params.text_document.uri
        ls.session.edited(uri)
        if ls.session.shows(uri):
            if (timer := refreshing.pop(uri, None)) is not None:
                timer.cancel()
            refreshing[uri] = asyncio.get_running_loop().call_later(REFRESH_S, _look_again, ls, uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(ls: AtlasServer, params: types.DidCloseTextDocumentParams) -> None:
        """Loop. Clear what was shown."""
        uri = params.text_document.uri
        if (timer := refreshing.pop(uri, None)) is not None:
            timer.cancel()
        if ls.session.shows(uri):
            ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))
        tell_gone(ls, uri)
        ls.session.closed(uri)


def _look_again(server: AtlasServer, uri: str) -> None:
    note_outcomes(server, uri)
    show(server, uri)

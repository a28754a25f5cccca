"""`workspace/textDocumentContent`: the text of a report, as it is now."""

from __future__ import annotations

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from atlas_server.reports import text_of
from atlas_server.server import AtlasServer


def register(server: AtlasServer) -> None:
    """Register the handler."""

    @server.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)
    def content(ls: AtlasServer, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        """Loop."""
        text = text_of(ls, params.uri)
        if text is None:
            raise JsonRpcInvalidParams(message=f"there is no report {params.uri}: it was closed or dropped")
        return types.TextDocumentContentResult(text=text)

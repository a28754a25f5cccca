"""`textDocument/hover` on the head of a function: what speaks for the code that was written for it."""

from __future__ import annotations

from lsprotocol import types

from atlas_pipeline.functions import Function
from atlas_server.pages import hover_of_live, hover_of_result
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.status import standing


def register(server: AtlasServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(ls: AtlasServer, params: types.HoverParams) -> types.Hover | None:
        """Loop. One lookup in a parsed document; None away from functions that have a result."""
        snapshot = ls.snapshot(params.text_document.uri)
        if snapshot is None or not any(uri == snapshot.uri for uri, _ in _known(ls)):
            return None
        offset = snapshot.positions.offset(params.position)
        function = snapshot.document.at(offset)
        if function is None or not _is_on_name(snapshot, function, offset):
            return None
        text = _text(ls, snapshot, function)
        if text is None:
            return None
        return types.Hover(
            contents=types.MarkupContent(kind=types.MarkupKind.Markdown, value=text),
            range=snapshot.positions.range(function.name_start, function.name_end),
        )


def _known(ls: AtlasServer) -> list[tuple[str, str]]:
    return [*ls.session.live, *ls.session.results.keys()]


def _is_on_name(snapshot: Snapshot, function: Function, offset: int) -> bool:
    """Tell whether a place is on the line of the function's name, up to its end: parameters have hovers of their own."""
    start = snapshot.document.text.rfind("\n", 0, function.name_start) + 1
    return start <= offset <= function.name_end


def _text(ls: AtlasServer, snapshot: Snapshot, function: Function) -> str | None:
    live = ls.session.live.get((snapshot.uri, function.qualname))
    if live is not None:
        return hover_of_live(live)
    result = ls.session.results.get(snapshot.uri, function.qualname)
    if result is None or standing(result, snapshot) != function:
        return None
    return hover_of_result(result)

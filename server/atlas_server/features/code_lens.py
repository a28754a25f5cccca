"""`textDocument/codeLens`: the state of each function, and what can be done about it. Answers without the model."""

from __future__ import annotations

from lsprotocol import types

from atlas_pipeline.functions import Function
from atlas_server.arguments import APPLY, BEST, EXPLAIN, PREVIEW, SOLVE, FunctionArguments, command_arguments
from atlas_server.features.code_action import is_python
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.status import describe, is_in_document


def register(server: AtlasServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))
    def code_lens(ls: AtlasServer, params: types.CodeLensParams) -> list[types.CodeLens]:
        """Loop. Milliseconds: the functions of a parsed document."""
        snapshot = ls.snapshot(params.text_document.uri)
        if snapshot is None or not is_python(snapshot) or snapshot.problem is not None:
            return []
        return [
            _lens(snapshot, function, title, command)
            for function in snapshot.document.functions()
            for title, command in _titles(ls, snapshot, function)
        ]


def _titles(server: AtlasServer, snapshot: Snapshot, function: Function) -> list[tuple[str, str]]:
    session = server.session
    state, text = describe(session, snapshot, function)
    match state:
        case "queued" | "solving":
            return [(text, PREVIEW), ("Stop and use the best", BEST)]
        case "failed":
            return [(text, SOLVE)]
        case "verified":
            result = session.results.get(snapshot.uri, function.qualname)
            if result is not None and not is_in_document(result, snapshot):
                return [(text, EXPLAIN), ("Apply", APPLY)]
            return [(text, EXPLAIN)]
        case "weak":
            return [(text, PREVIEW)]
        case "unverified":
            return [(text, EXPLAIN)]
        case _:
            return [("Solve", SOLVE)] if function.is_stub and function.problem is None else []


def _lens(snapshot: Snapshot, function: Function, title: str, command: str) -> types.CodeLens:
    arguments = FunctionArguments(
        uri=snapshot.uri, qualname=function.qualname, version=snapshot.version, fingerprint=function.fingerprint
    )
    return types.CodeLens(
        range=snapshot.positions.range(function.name_start, function.name_end),
        command=types.Command(title=title, command=command, arguments=[command_arguments(arguments)]),
    )

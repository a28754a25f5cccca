"""Puts a solved body into the document: one versioned edit, only onto the text that was solved, and confirmed.

An answer `applied: true` proves nothing (Neovim gives it for edits it dropped): an edit counts when the client's own
`didChange` shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from atlas_pipeline.edit import replacement, solved_document
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, Function, make_task
from atlas_pipeline.given import insertion
from atlas_pipeline.history import Outcome
from atlas_pipeline.records import FunctionTask
from atlas_server.results import Result
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.showing import show

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""An edit that crosses with the user's typing is made again, on the newer text."""
CONFIRM_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """An edit worked out on one version, and the fingerprint its function has afterwards."""

    edit: types.WorkspaceEdit
    fingerprint: str


async def apply_body(server: AtlasServer, uri: str, result: Result, *, by: str) -> str | None:
    """Apply a result's best body; return None when it stands in the document, else why it does not.

    Args:
        server: whose client is asked to.
        uri: of the document.
        result: what is applied.
        by: who wants it, for the history.
    """
    task, best = result.task, result.selection.best
    if best is None:
        return "there is no candidate"
    body = best.candidate.body
    refused = await _apply(server, uri, result, f"Solve {task.name}", lambda: _with_body(server, uri, task, body))
    if refused is None:
        server.session.keep_outcome(result, Outcome.ACCEPTED, by)
    return refused


async def apply_examples(server: AtlasServer, uri: str, result: Result) -> str | None:
    """Add the cases the user confirmed to the docstring; return None when they stand there, else why they do not."""
    label = f"Examples of {result.task.name}"
    return await _apply(server, uri, result, label, lambda: _with_examples(server, uri, result))


async def _apply(
    server: AtlasServer, uri: str, result: Result, label: str, work_out: Callable[[], _Edit]
) -> str | None:
    support = server.session.support
    if not (support.apply_edit and support.versioned_edits):
        return "this editor does not accept versioned edits from a language server"
    for _ in range(ATTEMPTS):
        await server.session.quiet(uri)
        try:
            edit = work_out()
        except UsageError as error:
            return str(error)
        try:
            answer = await server.workspace_apply_edit_async(
                types.ApplyWorkspaceEditParams(label=label, edit=edit.edit)
            )
        except JsonRpcException as error:
            return f"the editor refused the edit: {error}"
        if await _stands(server, uri, result.task.qualname, edit.fingerprint, wait=answer.applied):
            server.session.results.put(
                uri, replace(result, applied_fingerprint=edit.fingerprint, outcome=Outcome.ACCEPTED)
            )
            show(server, uri)
            return None
        logger.info("the edit of %s did not take effect (applied: %s)", result.task.qualname, answer.applied)
    return "the editor did not take the edit"


def _with_body(server: AtlasServer, uri: str, task: FunctionTask, body: str) -> _Edit:
    """Work the edit out on the current text.

    Raises:
        UsageError: the function is not what was solved any more.
    """
    snapshot, function = _found(server, uri, task.qualname, task.fingerprint)
    current = make_task(
        snapshot.document, function, module_name=task.module_name, path=task.path, version=snapshot.version
    )
    solved = solved_document(current, body)
    new_text = replacement(current, body)
    return _edit(snapshot, function, current.body.start, current.body.end, new_text, solved)


def _with_examples(server: AtlasServer, uri: str, result: Result) -> _Edit:
    """Work out how the confirmed cases are added to the docstring, on the current text.

    Raises:
        UsageError: the function is not what was solved any more, or its docstring takes no examples.
    """
    fingerprint = result.applied_fingerprint or result.task.fingerprint
    snapshot, function = _found(server, uri, result.task.qualname, fingerprint)
    at, text = insertion(snapshot.document, function, result.confirmed)
    whole = snapshot.document.text
    return _edit(snapshot, function, at, at, text, whole[:at] + text + whole[at:])


def _found(server: AtlasServer, uri: str, qualname: str, fingerprint: str) -> tuple[Snapshot, Function]:
    snapshot = server.snapshot(uri)
    if snapshot is None:
        raise UsageError("its document was closed")
    function = snapshot.document.find(qualname, fingerprint)
    if function is None:
        raise UsageError("the function was changed meanwhile")
    return snapshot, function


def _edit(snapshot: Snapshot, function: Function, start: int, end: int, new_text: str, whole: str) -> _Edit:
    after = Document(whole).at(function.name_start)
    if after is None or after.qualname != function.qualname or after.problem is not None:
        raise UsageError("the code does not fit into the document")
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=snapshot.uri, version=snapshot.version)
    text_edit = types.TextEdit(range=snapshot.positions.range(start, end), new_text=new_text)
    change = types.TextDocumentEdit(text_document=identifier, edits=[text_edit])
    return _Edit(edit=types.WorkspaceEdit(document_changes=[change]), fingerprint=after.fingerprint)


async def _stands(server: AtlasServer, uri: str, qualname: str, fingerprint: str, *, wait: bool) -> bool:
    """Tell whether the document shows the edit; where the client says it applied it, wait for its `didChange`."""
    while True:
        snapshot = server.snapshot(uri)
        if snapshot is not None and snapshot.document.find(qualname, fingerprint) is not None:
            return True
        if not wait or snapshot is None or not await server.session.change(uri, CONFIRM_S):
            return False

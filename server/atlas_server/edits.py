"""Puts a solved body into the document: one versioned edit, only onto the text that was solved, and confirmed.

An answer `applied: true` proves nothing (Neovim gives it for edits it dropped): an edit counts when the client's own
`didChange` shows it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from atlas_pipeline.edit import replacement, solved_document
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import FunctionTask
from atlas_server.results import Result
from atlas_server.server import AtlasServer
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


async def apply_body(server: AtlasServer, uri: str, result: Result) -> str | None:
    """Apply a result's best body; return None when it stands in the document, else why it does not."""
    task, selection = result.task, result.selection
    if selection.best is None:
        return "there is no candidate"
    support = server.session.support
    if not (support.apply_edit and support.versioned_edits):
        return "this editor does not accept versioned edits from a language server"
    body = selection.best.candidate.body
    for _ in range(ATTEMPTS):
        await server.session.quiet(uri)
        try:
            edit = _work_out(server, uri, task, body)
        except UsageError as error:
            return str(error)
        try:
            answer = await server.workspace_apply_edit_async(
                types.ApplyWorkspaceEditParams(label=f"Solve {task.name}", edit=edit.edit)
            )
        except JsonRpcException as error:
            return f"the editor refused the edit: {error}"
        if await _stands(server, uri, task.qualname, edit.fingerprint, wait=answer.applied):
            server.session.results.put(uri, replace(result, applied_fingerprint=edit.fingerprint))
            show(server, uri)
            return None
        logger.info("the edit of %s did not take effect (applied: %s)", task.qualname, answer.applied)
    return "the editor did not take the edit"


def _work_out(server: AtlasServer, uri: str, task: FunctionTask, body: str) -> _Edit:
    """Work the edit out on the current text.

    Raises:
        UsageError: the function is not what was solved any more.
    """
    snapshot = server.snapshot(uri)
    if snapshot is None:
        raise UsageError("its document was closed")
    function = snapshot.document.find(task.qualname, task.fingerprint)
    if function is None:
        raise UsageError("the function was changed meanwhile")
    current = make_task(
        snapshot.document, function, module_name=task.module_name, path=task.path, version=snapshot.version
    )
    after = Document(solved_document(current, body)).at(function.name_start)
    if after is None or after.qualname != task.qualname or after.problem is not None:
        raise UsageError("the code does not fit into the document")
    text_edit = types.TextEdit(
        range=snapshot.positions.range(current.body.start, current.body.end), new_text=replacement(current, body)
    )
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=snapshot.version)
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

"""`textDocument/inlineCompletion` in a stub's body: a verified solution that is known and not in the document.

Nothing is solved for it: the answer is there at once, or there is none.
"""

from __future__ import annotations

from lsprotocol import types

from atlas_pipeline.edit import replacement
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Function
from atlas_pipeline.records import FunctionTask, Level
from atlas_server.features.code_action import is_python
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.tasks import task_of


def register(server: AtlasServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    def inline_completion(ls: AtlasServer, params: types.InlineCompletionParams) -> list[types.InlineCompletionItem]:
        """Loop. Milliseconds; parses only where the document has a result at all."""
        snapshot = ls.snapshot(params.text_document.uri)
        if snapshot is None or not is_python(snapshot) or not ls.session.results.of(snapshot.uri):
            return []
        offset = snapshot.positions.offset(params.position)
        function = snapshot.document.at(offset)
        item = _item(ls, snapshot, function, offset) if function is not None else None
        return [item] if item is not None else []


def _item(
    server: AtlasServer, snapshot: Snapshot, function: Function, offset: int
) -> types.InlineCompletionItem | None:
    result = server.session.results.get(snapshot.uri, function.qualname)
    if result is None or result.selection.level is not Level.VERIFIED or result.selection.best is None:
        return None
    if not function.is_stub or function.fingerprint != result.task.fingerprint:
        return None
    try:
        task = task_of(snapshot, function)
    except UsageError:
        return None
    place = _place(task, offset)
    if place is None:
        return None
    start, end, skip = place
    text = replacement(task, result.selection.best.candidate.body)
    if not text.startswith(skip):
        return None
    return types.InlineCompletionItem(insert_text=text[len(skip) :], range=snapshot.positions.range(start, end))


def _place(task: FunctionTask, offset: int) -> tuple[int, int, str] | None:
    """Return which part of the cursor's line is replaced, and what the solution begins with that stands before it.

    A range of an inline completion lies on one line (LSP 3.18): a stub of several lines gets none.
    """
    slot, text = task.body, task.source
    line = text.rfind("\n", 0, offset) + 1
    ends = text.find("\n", offset)
    end = len(text.rstrip("\n")) if ends == -1 else ends
    end = max(line, len(text[:end].rstrip("\r")) if text[:end].endswith("\r") else end)
    between = text[slot.start : slot.end]
    if line == slot.start + len(slot.newline) and text[slot.start : line] == slot.newline:
        # The line below the docstring: empty, or all of the stub's body.
        if not text[line:end].strip() and not between.strip():
            return line, end, slot.newline
        if slot.end <= end and between.strip():
            return line, slot.end, slot.newline
    if offset == slot.start == slot.end:
        return offset, offset, ""
    return None

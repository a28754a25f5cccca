"""`textDocument/inlineCompletion` in a stub's body: a verified solution that is not in the document yet.

One that is known is there at once. Otherwise, as `completion.solve` says, a quick solve is begun: typing goes on meanwhile,
and the client's cancellation at the next key ends it.
"""

from __future__ import annotations

from lsprotocol import types

from atlas_pipeline.edit import replacement
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Function
from atlas_pipeline.records import FunctionTask, Level
from atlas_server.arguments import FunctionArguments
from atlas_server.completion_job import CompletionJob
from atlas_server.features.code_action import is_python
from atlas_server.jobs import Answer, Job
from atlas_server.progress import CommandProgress
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.tasks import task_of


def register(server: AtlasServer) -> None:
    """Register the handler."""

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(
        ls: AtlasServer, params: types.InlineCompletionParams
    ) -> list[types.InlineCompletionItem]:
        """Loop. Milliseconds where the answer is known or nothing is solved; else as long as a quick solve."""
        uri = params.text_document.uri
        snapshot = ls.snapshot(uri)
        if snapshot is None or not is_python(snapshot) or snapshot.problem is not None:
            return []
        solves = _solves(ls, params.context.trigger_kind)
        if not solves and not ls.session.results.of(uri):
            return []  # nothing is parsed where nothing can come of it
        offset = snapshot.positions.offset(params.position)
        function = snapshot.document.at(offset)
        if function is None:
            return []
        if solves and _is_open(ls, snapshot, function, offset):
            if params.context.trigger_kind == types.InlineCompletionTriggerKind.Automatic:
                await ls.session.quiet(uri)
            await _solve(ls, snapshot, function, params.work_done_token)
            if ls.snapshot(uri) is not snapshot:  # what was asked about is no longer there
                return []
        item = _item(ls, snapshot, function, offset)
        return [item] if item is not None else []


def _solves(server: AtlasServer, kind: types.InlineCompletionTriggerKind) -> bool:
    """Tell whether a completion that was asked for in this way may begin a solve."""
    wanted = server.session.settings.completion.solve
    return wanted == "automatic" or (wanted == "invoked" and kind == types.InlineCompletionTriggerKind.Invoked)


def _is_open(server: AtlasServer, snapshot: Snapshot, function: Function, offset: int) -> bool:
    """Tell whether a solution would have a place here, and nobody has looked for one, or looks for one, in this text."""
    session, key = server.session, (snapshot.uri, function.qualname)
    result, failure = session.results.get(*key), session.failures.get(key)
    if session.jobs.find(*key) is not None or not function.is_stub:
        return False
    if result is not None and result.task.fingerprint == function.fingerprint:
        return False
    if failure is not None and failure.fingerprint == function.fingerprint:
        return False
    try:
        return _place(task_of(snapshot, function), offset) is not None
    except UsageError:
        return False


async def _solve(
    server: AtlasServer, snapshot: Snapshot, function: Function, token: types.ProgressToken | None
) -> None:
    arguments = FunctionArguments(uri=snapshot.uri, qualname=function.qualname)

    async def make(job: Job) -> Answer:
        progress = CommandProgress(server, token, supported=False)
        return await CompletionJob(server, snapshot, function, arguments, job).run(progress)

    await server.session.jobs.run((snapshot.uri, function.qualname), make)


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

"""`workspace/executeCommand`: each command takes one object, `FunctionArguments`, and answers with an object, too."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from atlas_pipeline.errors import AtlasError, UsageError
from atlas_server import arguments as names
from atlas_server import previews
from atlas_server.arguments import FunctionArguments, read_arguments
from atlas_server.confirm_job import ConfirmJob
from atlas_server.edits import apply_body
from atlas_server.function_job import FunctionJob
from atlas_server.jobs import Answer, Job
from atlas_server.progress import CommandProgress
from atlas_server.results import Result
from atlas_server.server import AtlasServer
from atlas_server.showing import show
from atlas_server.solve_job import SolveJob

_LONG: dict[str, type[FunctionJob]] = {names.SOLVE: SolveJob, names.CONFIRM: ConfirmJob, names.REPAIR: SolveJob}


def register(server: AtlasServer) -> None:
    """Register the commands."""
    for command, kind in _LONG.items():
        _register_long(server, command, kind)

    @server.command(names.CANCEL)
    async def cancel(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Cancel what runs; answers when it has ended."""
        arguments = read_arguments(argument, one=False)
        job = ls.session.jobs.find(arguments.uri, _qualname(ls, arguments))
        if job is None:
            return {"status": "idle"}
        await ls.session.jobs.end(job)
        return {"status": "cancelled"}

    @server.command(names.BEST)
    def best(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Have what runs finish with the best it has."""
        arguments = read_arguments(argument, one=False)
        job = ls.session.jobs.find(arguments.uri, _qualname(ls, arguments))
        if job is None:
            return {"status": "idle"}
        job.control.use_best()
        return {"status": "stopping"}

    @server.command(names.APPLY)
    async def apply(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Put a kept result into the document, if its function is still what was solved."""
        uri, result = _result(ls, read_arguments(argument, one=False))
        if result is None or result.selection.best is None:
            return _refuse(ls, "there is no solution to apply: solve the function first")
        outcome = await apply_body(ls, uri, result)
        if outcome is not None:
            ls.tell(types.MessageType.Warning, f"{result.task.qualname} was not changed: {outcome}")
            return {"status": "not applied", "message": outcome}
        return {"status": "applied"}

    @server.command(names.REJECT)
    def reject(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Drop a kept result, and what is shown of it."""
        uri, result = _result(ls, read_arguments(argument, one=False))
        if result is None:
            return {"status": "idle"}
        ls.session.results.drop(uri, result.task.qualname)
        show(ls, uri)
        return {"status": "rejected"}

    @server.command(names.CHECK)
    def check(ls: AtlasServer, argument: Any) -> Answer:
        """Loop."""
        return _refuse(ls, "checking is not there yet")

    @server.command(names.TESTS)
    def tests(ls: AtlasServer, argument: Any) -> Answer:
        """Loop."""
        return _refuse(ls, "writing tests is not there yet")

    @server.command(names.PREVIEW)
    async def preview(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Show a kept result as a change; answers with the document's URI."""
        return await _show(ls, read_arguments(argument, one=False))

    @server.command(names.EXPLAIN)
    async def explain(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Show everything a result rests on; answers with the report's URI."""
        return await _show(ls, read_arguments(argument, one=False))


def _register_long(server: AtlasServer, command: str, kind: type[FunctionJob]) -> None:
    async def run(ls: AtlasServer, argument: Any) -> Answer:
        """Loop, long. `$/cancelRequest`, the progress's cancel and `CANCEL` end it."""
        progress = CommandProgress(ls, ls.protocol.work_done_token, supported=ls.session.support.progress)
        arguments = read_arguments(argument, one=True)
        snapshot = ls.snapshot(arguments.uri)
        if snapshot is None:
            return _refuse(ls, f"{arguments.uri} is not open")
        try:
            function = arguments.function(snapshot)
        except UsageError as error:
            return _refuse(ls, str(error))

        async def make(job: Job) -> Answer:
            return await kind(ls, snapshot, function, arguments, job).run(progress)

        return await ls.session.jobs.run((arguments.uri, function.qualname), make)

    server.command(command)(run)


def _qualname(ls: AtlasServer, arguments: FunctionArguments) -> str:
    """Return the name of the function that is meant; empty where none is named, or none is at the position."""
    if arguments.qualname or arguments.position is None:
        return arguments.qualname
    snapshot = ls.snapshot(arguments.uri)
    try:
        return arguments.function(snapshot).qualname if snapshot is not None else ""
    except UsageError:
        return ""


def _result(ls: AtlasServer, arguments: FunctionArguments) -> tuple[str, Result | None]:
    """Return the result of the function that is named, else the newest of the document, or of all."""
    qualname = _qualname(ls, arguments)
    if qualname:
        return arguments.uri, ls.session.results.get(arguments.uri, qualname)
    return ls.session.results.newest(arguments.uri) or (arguments.uri, None)


def _refuse(ls: AtlasServer, message: str) -> Answer:
    ls.tell(types.MessageType.Warning, message)
    return {"status": "error", "message": message}


async def _show(ls: AtlasServer, arguments: FunctionArguments) -> Answer:
    _, result = _result(ls, arguments)
    if result is None:
        return _refuse(ls, "there is no result to show: solve the function first")
    try:
        uri = await previews.show(ls, result)
    except (OSError, AtlasError) as error:
        return _refuse(ls, f"the preview cannot be shown: {error}")
    return {"status": "shown", "uri": uri}

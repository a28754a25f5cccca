"""`workspace/executeCommand`: each command takes one object, `FunctionArguments`, and answers with an object, too."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from atlas_pipeline.errors import UsageError
from atlas_pipeline.history import Outcome
from atlas_server import arguments as names
from atlas_server.apply_job import ApplyJob
from atlas_server.arguments import FunctionArguments, read_arguments
from atlas_server.check_job import CheckJob
from atlas_server.confirm_job import ConfirmJob
from atlas_server.edits import apply_body, apply_examples
from atlas_server.function_job import FunctionJob
from atlas_server.jobs import Answer, Job
from atlas_server.progress import CommandProgress
from atlas_server.repair_job import RepairJob
from atlas_server.report import result_json
from atlas_server.reports import Kind, offer_change, open_report
from atlas_server.results import Key, Result
from atlas_server.server import AtlasServer
from atlas_server.showing import show
from atlas_server.solve_job import SolveJob
from atlas_server.status import standing
from atlas_server.tests_job import TestsJob
from atlas_server.trail import candidates_json

_LONG: dict[str, type[FunctionJob]] = {
    names.SOLVE: SolveJob,
    names.CONFIRM: ConfirmJob,
    names.REPAIR: RepairJob,
    names.TESTS: TestsJob,
    names.CHECK: CheckJob,
}


def register(server: AtlasServer) -> None:
    """Register the commands."""
    for command, kind in _LONG.items():
        _register_long(server, command, kind)

    @server.command(names.CANCEL)
    async def cancel(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Cancel what runs, where no function is meant all of the document, or of all; answers when it has ended."""
        arguments = read_arguments(argument, one=False)
        jobs, qualname = ls.session.jobs, _qualname(ls, arguments)
        job = jobs.find(arguments.uri, qualname)
        if job is None:
            return {"status": "idle"}
        await jobs.end_all([job] if qualname else jobs.of(arguments.uri))
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
        """Loop. Put a kept result into the document; where the function was changed, only if it is verified again."""
        progress = CommandProgress(ls, ls.protocol.work_done_token, supported=ls.session.support.progress)
        try:
            uri, result = _at_rest(ls, read_arguments(argument, one=False))
        except UsageError as error:
            return _refuse(ls, str(error))
        if result is None or result.selection.best is None:
            return _refuse(ls, "there is no solution to apply: solve the function first")
        snapshot = ls.snapshot(uri)
        if snapshot is not None and standing(result, snapshot) is None:
            return await _run(ls, ApplyJob, FunctionArguments(uri=uri, qualname=result.task.qualname), progress)
        outcome = await apply_body(ls, uri, result, by="by the user")
        if outcome is not None:
            ls.tell(types.MessageType.Warning, f"{result.task.qualname} was not changed: {outcome}")
            return {"status": "not applied", "message": outcome}
        return {"status": "applied"}

    @server.command(names.EXAMPLES)
    async def examples(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Write the confirmed cases of a result into the function's docstring."""
        try:
            uri, result = _at_rest(ls, read_arguments(argument, one=False))
        except UsageError as error:
            return _refuse(ls, str(error))
        if result is None or not result.confirmed:
            return _refuse(ls, "no case was confirmed: there is nothing to write into the docstring")
        outcome = await apply_examples(ls, uri, result)
        if outcome is not None:
            ls.tell(types.MessageType.Warning, f"the docstring of {result.task.qualname} was not changed: {outcome}")
            return {"status": "not applied", "message": outcome}
        return {"status": "applied"}

    @server.command(names.REJECT)
    def reject(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Drop a kept result, and what is shown of it."""
        try:
            uri, result = _at_rest(ls, read_arguments(argument, one=False))
        except UsageError as error:
            return _refuse(ls, str(error))
        if result is None:
            return {"status": "idle"}
        ls.session.results.drop(uri, result.task.qualname)
        ls.session.keep_outcome(result, Outcome.REJECTED, "dropped")
        show(ls, uri)
        return {"status": "rejected"}

    @server.command(names.PREVIEW)
    async def preview(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Show a kept result as a change, or answer with what the client needs to show it itself."""
        arguments = read_arguments(argument, one=False)
        return _change(ls, arguments) if arguments.options.view == "change" else await _show(ls, "preview", arguments)

    @server.command(names.EXPLAIN)
    async def explain(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Show everything a result rests on; answers with the report's URI."""
        return await _show(ls, "report", read_arguments(argument, one=False))

    @server.command(names.CANDIDATES)
    def candidates(ls: AtlasServer, argument: Any) -> Answer:
        """Loop. Answer with what a solve has tried so far, or had tried when it ended."""
        key = _key(ls, read_arguments(argument, one=False))
        found = candidates_json(ls.session, key) if key is not None else None
        return {"status": "shown", **found} if found is not None else {"status": "idle"}


def _register_long(server: AtlasServer, command: str, kind: type[FunctionJob]) -> None:
    async def run(ls: AtlasServer, argument: Any) -> Answer:
        """Loop, long. `$/cancelRequest`, the progress's cancel and `CANCEL` end it."""
        progress = CommandProgress(ls, ls.protocol.work_done_token, supported=ls.session.support.progress)
        return await _run(ls, kind, read_arguments(argument, one=True), progress)

    server.command(command)(run)


async def _run(
    ls: AtlasServer, kind: type[FunctionJob], arguments: FunctionArguments, progress: CommandProgress
) -> Answer:
    snapshot = ls.snapshot(arguments.uri)
    if snapshot is None:
        return _refuse(ls, f"{arguments.uri} is not open")
    if snapshot.problem is not None:
        return _refuse(ls, snapshot.problem)
    try:
        function = arguments.function(snapshot)
    except UsageError as error:
        return _refuse(ls, str(error))

    async def make(job: Job) -> Answer:
        return await kind(ls, snapshot, function, arguments, job).run(progress)

    return await ls.session.jobs.run((arguments.uri, function.qualname), make)


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


def _at_rest(ls: AtlasServer, arguments: FunctionArguments) -> tuple[str, Result | None]:
    """Return the result that is to be put in or dropped; `_result`, but never that of another function than is pointed at.

    Raises:
        UsageError: there is no function at the position, or it is being solved: what the user sees is not what is kept.
    """
    snapshot = ls.snapshot(arguments.uri)
    if not arguments.qualname and arguments.position is not None and snapshot is not None:
        arguments.function(snapshot)
    uri, result = _result(ls, arguments)
    if result is not None and (uri, result.task.qualname) in ls.session.live:
        raise UsageError(
            f"{result.task.qualname} is being solved: wait until it has ended, or have it stop with its best"
        )
    return uri, result


def _refuse(ls: AtlasServer, message: str) -> Answer:
    ls.tell(types.MessageType.Warning, message)
    return {"status": "error", "message": message}


def _key(ls: AtlasServer, arguments: FunctionArguments) -> Key | None:
    """Return the function that is named; else the one that is being solved, or was last."""
    job = ls.session.jobs.find(arguments.uri, _qualname(ls, arguments))
    if job is not None:
        return job.key
    uri, result = _result(ls, arguments)
    return (uri, result.task.qualname) if result is not None else None


def _change(ls: AtlasServer, arguments: FunctionArguments) -> Answer:
    key = _key(ls, arguments)
    uri = offer_change(ls, key) if key is not None else None
    if key is None or uri is None:
        return _refuse(ls, "there is no solution to show: solve the function first")
    result = ls.session.results.get(*key) if key not in ls.session.live else None
    of_result = result_json(result.task, result.selection) if result is not None else {"function": key[1]}
    return {"status": "shown", **of_result, "uri": uri, "document": key[0]}


async def _show(ls: AtlasServer, kind: Kind, arguments: FunctionArguments) -> Answer:
    key = _key(ls, arguments)
    try:
        shown = await open_report(ls, kind, key) if key is not None else None
    except OSError as error:
        return _refuse(ls, f"the report cannot be shown: {error}")
    if shown is None:
        return _refuse(ls, "there is no result to show: solve the function first")
    return {"status": "shown", "uri": shown}

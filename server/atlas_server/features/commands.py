"""`workspace/executeCommand`: solve, cancel, apply, preview. Each takes one object, `FunctionArguments`."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from atlas_pipeline.errors import AtlasError
from atlas_server import previews
from atlas_server.edits import apply_body
from atlas_server.plain_json import plain_json
from atlas_server.progress import CommandProgress
from atlas_server.server import AtlasServer
from atlas_server.solve_job import SolveJob

logger = logging.getLogger(__name__)

SOLVE = "atlas.server.solve"
CANCEL = "atlas.server.cancel"
APPLY = "atlas.server.apply"
PREVIEW = "atlas.server.preview"


class SolveOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a client may ask of one solve."""

    seed: int | None = None
    samples: int | None = None


class FunctionArguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Names a function in a version of a document, by its name and the fingerprint of its text."""

    uri: str
    qualname: str
    version: int | None = None
    fingerprint: str | None = None
    options: SolveOptions = SolveOptions()


def command_arguments(arguments: FunctionArguments) -> dict[str, Any]:
    """Return the arguments as plain JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(arguments)
    return plain


def _read(argument: object) -> FunctionArguments:
    try:
        return msgspec.convert(plain_json(argument), FunctionArguments)
    except msgspec.ValidationError as error:
        raise JsonRpcInvalidParams(message=f"the command's argument: {error}") from error


def register(server: AtlasServer) -> None:
    """Register the commands."""

    @server.command(SOLVE)
    async def solve(ls: AtlasServer, argument: Any) -> dict[str, object]:
        """Loop, long. Solve a function; `$/cancelRequest`, the progress's cancel and `CANCEL` end it."""
        progress = CommandProgress(ls, ls.protocol.work_done_token, supported=ls.session.support.progress)
        arguments = _read(argument)
        key = (arguments.uri, arguments.qualname)
        if (running := ls.session.jobs.get(key)) is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        job = SolveJob(ls, arguments.uri, arguments.qualname, arguments.fingerprint, progress)
        task = asyncio.create_task(job.run(seed=arguments.options.seed, samples=arguments.options.samples))
        ls.session.jobs[key] = task
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise  # the request itself was cancelled: the protocol layer answers
            return {"status": "cancelled"}
        finally:
            if ls.session.jobs.get(key) is task:
                del ls.session.jobs[key]

    @server.command(CANCEL)
    async def cancel(ls: AtlasServer, argument: Any) -> dict[str, object]:
        """Loop. Cancel the solve of a function; answers when it has ended."""
        arguments = _read(argument)
        running = ls.session.jobs.get((arguments.uri, arguments.qualname))
        if running is None:
            return {"status": "idle"}
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return {"status": "cancelled"}

    @server.command(APPLY)
    async def apply(ls: AtlasServer, argument: Any) -> dict[str, object]:
        """Loop. Put a kept result into the document, if its function is still what was solved."""
        arguments = _read(argument)
        result = ls.session.results.get(arguments.uri, arguments.qualname)
        if result is None or result.selection.best is None:
            message = f"there is no result for {arguments.qualname}: solve it first"
            ls.tell(types.MessageType.Warning, message)
            return {"status": "error", "message": message}
        outcome = await apply_body(ls, arguments.uri, result.task, result.selection)
        if outcome is not None:
            ls.tell(types.MessageType.Warning, f"{arguments.qualname} was not changed: {outcome}")
            return {"status": "not applied", "message": outcome}
        return {"status": "applied"}

    @server.command(PREVIEW)
    async def preview(ls: AtlasServer, argument: Any) -> dict[str, object]:
        """Loop. Show a kept result with its evidence; answers with the document's URI."""
        arguments = _read(argument)
        result = ls.session.results.get(arguments.uri, arguments.qualname)
        if result is None:
            return {"status": "error", "message": f"there is no result for {arguments.qualname}: solve it first"}
        try:
            uri = await previews.show(ls, result)
        except (OSError, AtlasError) as error:
            ls.tell(types.MessageType.Error, f"the preview cannot be shown: {error}")
            return {"status": "error", "message": str(error)}
        return {"status": "shown", "uri": uri}

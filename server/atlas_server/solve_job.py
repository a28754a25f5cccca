"""One "Solve this function": runs `solve`, narrates it, and deals with the result by its level."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from pathlib import PurePosixPath

import msgspec
from lsprotocol import types
from pygls.uris import to_fs_path

from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.events import Finished, StageSkipped
from atlas_pipeline.functions import make_task
from atlas_pipeline.records import FunctionTask, Level, Selection
from atlas_pipeline.settings import Settings
from atlas_pipeline.solving import solve
from atlas_pipeline.surroundings import Surroundings, situate
from atlas_server.diagnostics import publish
from atlas_server.edits import apply_body
from atlas_server.progress import CommandProgress
from atlas_server.report import Narrator, headline, result_json, status_of
from atlas_server.results import Result
from atlas_server.server import AtlasServer

logger = logging.getLogger(__name__)


def module_name(uri: str) -> str:
    """Return the name under which the document's code is loaded in the sandbox."""
    path = to_fs_path(uri)
    stem = PurePosixPath(path.replace("\\", "/")).stem if path else ""
    return stem if stem.isidentifier() and stem != "__main__" else "module"


def _canceller() -> Callable[[], None]:
    """Return what cancels the task that is running now."""
    task = asyncio.current_task()
    assert task is not None
    running = task

    def cancel() -> None:
        running.cancel()

    return cancel


class SolveJob:
    """Solves one function of an open document."""

    def __init__(
        self, server: AtlasServer, uri: str, qualname: str, fingerprint: str | None, progress: CommandProgress
    ) -> None:
        self.server = server
        self.uri = uri
        self.qualname = qualname
        self.fingerprint = fingerprint
        self.progress = progress

    async def run(self, *, seed: int | None = None, samples: int | None = None) -> dict[str, object]:
        """Solve and return the command's answer; errors are shown to the user and answered, not raised."""
        ending = "failed"
        try:
            function_task = self._task()
            waiting = "waiting for another solve" if self.server.session.turn.locked() else "starting"
            await self.progress.begin(f"Solve {function_task.name}", waiting, _canceller())
            async with self.server.session.turn:
                settings = self._settings(seed, samples)
                surroundings = await self._situate(function_task, settings)
                function_task = surroundings.task
                selection = await self._solve(surroundings, settings)
            answer = await self._conclude(function_task, selection)
            ending = str(answer["message"])
        except asyncio.CancelledError:
            ending = "cancelled"
            raise
        except AtlasError as error:
            logger.warning("solve of %s: %s", self.qualname, error)
            ending = str(error)
            self.server.tell(types.MessageType.Error, str(error))
            return {"status": "error", "message": str(error)}
        else:
            return answer
        finally:
            self.progress.end(ending)

    def _settings(self, seed: int | None, samples: int | None) -> Settings:
        settings = self.server.session.settings
        changed = {key: value for key, value in (("seed", seed), ("samples", samples)) if value is not None}
        return msgspec.structs.replace(settings, solve=msgspec.structs.replace(settings.solve, **changed))

    def _task(self) -> FunctionTask:
        snapshot = self.server.snapshot(self.uri)
        if snapshot is None:
            raise UsageError(f"{self.uri} is not open")
        if self.fingerprint is None:
            function = snapshot.document.named(self.qualname)
        else:
            found = snapshot.document.find(self.qualname, self.fingerprint)
            if found is None:
                raise UsageError(f"{self.qualname} changed since the menu was opened: ask again")
            function = found
        path = to_fs_path(self.uri) or ""
        return make_task(
            snapshot.document, function, module_name=module_name(self.uri), path=path, version=snapshot.version
        )

    async def _situate(self, task: FunctionTask, settings: Settings) -> Surroundings:
        """Read what the workspace says about the function, in a thread: it may be many files."""
        root = self.server.session.folder_of(self.server.workspace, task.path)
        unsaved = self.server.session.texts(self.server.workspace)
        return await asyncio.to_thread(situate, task, root=root, settings=settings.solve, unsaved=unsaved)

    async def _solve(self, surroundings: Surroundings, settings: Settings) -> Selection:
        session, task, gathered = self.server.session, surroundings.task, surroundings.event()
        for note in (*gathered.notes, *(f"not read: {test}" for test in gathered.unread_tests)):
            said = f"{task.qualname}: {note}"
            self.server.window_log_message(types.LogMessageParams(type=types.MessageType.Warning, message=said))
        sandbox = await session.sandbox()
        if session.sandbox_notice:
            warning = f"the sandbox runs with {', '.join(sandbox.layers)} only: {session.sandbox_notice}"
            self.server.window_log_message(types.LogMessageParams(type=types.MessageType.Warning, message=warning))
            session.sandbox_notice = None
        engine = await session.engine()
        self.progress.report("loading the model", 0.01)
        narrator = Narrator()
        self.progress.report(narrator.say(gathered) or "", 0.01)
        async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=settings)) as events:
            async for event in events:
                message = narrator.say(event)
                if message is not None:
                    self.progress.report(message, narrator.share)
                if isinstance(event, StageSkipped):
                    self.server.window_log_message(
                        types.LogMessageParams(type=types.MessageType.Info, message=f"{task.qualname}: {message}")
                    )
                if isinstance(event, Finished):
                    return event.selection
        raise AtlasError("the solve ended without a result")

    async def _conclude(self, task: FunctionTask, selection: Selection) -> dict[str, object]:
        """Apply what is verified; keep, show and explain what is not."""
        session = self.server.session
        session.results.put(self.uri, Result(task=task, selection=selection))
        message = headline(selection)
        applied = False
        if selection.level is Level.VERIFIED:
            refused = await apply_body(self.server, self.uri, task, selection)
            applied = refused is None
            if refused is not None:
                message = f"{task.qualname} is solved and verified, but was not changed: {refused}"
                self.server.tell(types.MessageType.Warning, message)
        else:
            self.server.tell(types.MessageType.Info, f"{task.qualname}: {message}")
        publish(self.server, self.uri)
        status = {"status": status_of(selection.level), "applied": applied, "message": message}
        return {**status, **result_json(task, selection)}

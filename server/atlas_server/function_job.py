"""What all long commands on a function have in common: their turn, their surroundings, progress, errors, what is shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from lsprotocol import types
from pygls.uris import to_fs_path

from atlas_pipeline.edit import present_body
from atlas_pipeline.errors import AtlasError, UsageError
from atlas_pipeline.events import (
    BestChanged,
    CandidateMade,
    CandidateTested,
    ContextGathered,
    Event,
    LensScored,
    RepairTried,
    StageSkipped,
    Started,
    StoppedEarly,
)
from atlas_pipeline.functions import Function
from atlas_pipeline.records import Candidate, FunctionTask, Origin, Status, Verdict
from atlas_pipeline.settings import Settings
from atlas_pipeline.surroundings import Surroundings, situate
from atlas_pipeline.verification import Verifier, limits_of
from atlas_server.arguments import FunctionArguments
from atlas_server.engine_status import status_for, tell_engine
from atlas_server.jobs import Answer, Job
from atlas_server.live import Live
from atlas_server.narrator import Narrator, passed, standing_of
from atlas_server.progress import CommandProgress
from atlas_server.results import Failure, Present
from atlas_server.server import AtlasServer
from atlas_server.session import Snapshot
from atlas_server.showing import show, show_live
from atlas_server.tasks import task_of
from atlas_server.trail import CHANGED, SCHEMA, Trail

if TYPE_CHECKING:
    from atlas_pipeline.engine.api import Engine
    from atlas_pipeline.sandbox import IsolatedSandbox

PRESENT = -1
"""Index of the body that stands in the document."""

logger = logging.getLogger(__name__)


class FunctionJob:
    """A long command on one function of an open document. Subclasses say what is done when its turn has come."""

    title = "Solve"
    doing = "Solving"

    def __init__(
        self, server: AtlasServer, snapshot: Snapshot, function: Function, arguments: FunctionArguments, job: Job
    ) -> None:
        self.server = server
        self.session = server.session
        self.snapshot = snapshot
        self.function = function
        self.options = arguments.options
        self.job = job
        self.uri = snapshot.uri
        self.candidates: dict[int, Candidate] = {}
        self.trail = Trail()
        self.live: Live | None = None
        self.narrator = Narrator()

    async def run(self, progress: CommandProgress) -> Answer:
        """Do it and return the command's answer; errors are shown to the user and answered, not raised."""
        ending = "failed"
        self.progress = progress
        try:
            task = task_of(self.snapshot, self.function)
            self.session.failures.pop(self.job.key, None)
            self.live = Live(task=task, doing=self.doing, message="starting")
            await progress.begin(f"{self.title} {task.name}", "starting", self._canceller())
            async with self.session.jobs.line.turn(self._wait_at):
                self.job.has_turn = True
                task = self._as_it_is_now()
                self._now(task=task, position=0, message="starting")
                surroundings = await self._situate(task)
                answer = await self.work(surroundings)
            self.job.has_turn = False
            show_live(self.server, self.job.key, None)
            answer = await self.conclude(answer)
            ending = str(answer.get("message", answer["status"]))
        except asyncio.CancelledError:
            ending = "cancelled"
            raise
        except AtlasError as error:
            logger.warning("%s of %s: %s", self.title, self.function.qualname, error)
            ending = str(error)
            self.session.failures[self.job.key] = Failure(fingerprint=self.function.fingerprint, message=str(error))
            self.server.tell(types.MessageType.Error, str(error))
            return {"status": "error", "message": str(error)}
        else:
            return answer
        finally:
            progress.end(ending)
            show_live(self.server, self.job.key, None)
            show(self.server, self.uri)

    def _as_it_is_now(self) -> FunctionTask:
        """Cut the function out again: it may have been changed while the command waited for its turn."""
        snapshot = self.server.snapshot(self.uri)
        if snapshot is None:
            raise UsageError(f"{self.function.qualname} was not looked at: its document was closed")
        same = snapshot.document.find(self.function.qualname, self.function.fingerprint)
        self.snapshot, self.function = snapshot, same or snapshot.document.named(self.function.qualname)
        return task_of(self.snapshot, self.function)

    async def work(self, surroundings: Surroundings) -> Answer:
        """Do what takes the model or the sandbox. The command has its turn."""
        raise NotImplementedError

    async def conclude(self, answer: Answer) -> Answer:
        """Do what may have to wait for the user; the next command already has its turn."""
        return answer

    # For subclasses

    def settings(self) -> Settings:
        """Return the settings with what the command's options change."""
        settings, options = self.session.settings, self.options
        solve = settings.solve
        if options.route == "full":
            most = max(solve.samples, solve.background_samples)
            solve = msgspec.structs.replace(solve.with_samples(most), route="full")
        if options.samples is not None:
            solve = solve.with_samples(options.samples)
        if options.seed is not None:
            solve = msgspec.structs.replace(solve, seed=options.seed)
        return msgspec.structs.replace(settings, solve=solve)

    def take(self, event: Event) -> None:
        """Show what an event says."""
        if isinstance(event, StageSkipped | StoppedEarly):
            self.log(self.narrator.say(event) or "")
        if isinstance(event, LensScored):
            self.session.recalibrator.lens_used()
        if isinstance(event, CandidateMade | RepairTried):
            self.candidates[event.candidate.index] = event.candidate
        self._keep_trail(event)
        message = self.narrator.say(event)
        if message is not None:
            self.progress.report(message, self.narrator.share)
            self._now(message=message)
        live = self.live
        if live is None:
            return
        match event:
            case CandidateMade() if live.best is None:
                self._now(best=event.candidate, standing="the first candidate, not run yet")
            case CandidateTested() | RepairTried():
                index = event.candidate if isinstance(event, CandidateTested) else event.candidate.index
                good = sum(verdict.status is Status.PASS for verdict in event.verdicts)
                before = sum(verdict.status is Status.PASS for verdict in live.verdicts)
                own = live.best is not None and live.best.index == index
                if own or good > before:
                    standing = f"{passed(event.verdicts)} examples" if event.verdicts else "no examples to run it on"
                    self._now(best=self.candidates.get(index), verdicts=event.verdicts, standing=standing)
            case BestChanged():
                verdicts = live.verdicts if live.best == event.best.candidate else ()
                self._now(best=event.best.candidate, verdicts=verdicts, standing=standing_of(event.best))
            case _:
                pass

    async def engine(self) -> Engine:
        """Return the engine with its model loaded; say so while that takes its time, and why it fails."""
        self.say("loading the model")
        session = self.session
        known = replace(status_for(session.settings.engine), state="ready")
        if session.engine_told is None or replace(session.engine_told, model=known.model) != known:
            tell_engine(self.server, replace(known, state="loading"))
        try:
            engine = await session.engine()
            capabilities = await engine.capabilities()
        except AtlasError as error:
            tell_engine(self.server, replace(known, state="failed", message=str(error)))
            raise
        tell_engine(self.server, replace(known, model=capabilities.model))
        return engine

    def _keep_trail(self, event: Event) -> None:
        """Keep what was tried, and say that there is more of it."""
        if isinstance(event, Started):
            self.trail = Trail()
        after = self.trail.after(event)
        if after is self.trail:
            return
        self.trail = after
        self.session.trails[self.job.key] = after
        if self.session.support.candidates:
            uri, qualname = self.job.key
            self.server.protocol.notify(CHANGED, {"schema": SCHEMA, "uri": uri, "qualname": qualname})

    async def open_sandbox(self, settings: Settings) -> IsolatedSandbox:
        """Return the sandbox for the document's folder; say once what isolation is missing."""
        folder = self.session.folder_of(self.server.workspace, to_fs_path(self.uri) or "")
        sandbox = await self.session.sandbox(folder)
        if self.session.sandbox_notice:
            warning = f"the sandbox runs with {', '.join(sandbox.layers)} only: {self.session.sandbox_notice}"
            self.server.window_log_message(types.LogMessageParams(type=types.MessageType.Warning, message=warning))
            self.session.sandbox_notice = None
        return sandbox

    async def judge_present(self, task: FunctionTask, sandbox: IsolatedSandbox) -> tuple[Verdict, ...]:
        """Run the body that stands in the document on the examples, and show those that it fails."""
        if task.is_stub or not task.examples:
            return ()
        body = Candidate(index=PRESENT, body=present_body(task), origin=Origin.PRESENT)
        verifier = Verifier(task, sandbox, limits_of(self.settings().sandbox))
        verdicts = await verifier.judge(body, task.examples)
        self.session.present[self.job.key] = Present(task=task, verdicts=verdicts)
        show(self.server, self.uri)
        return verdicts

    def say(self, message: str) -> None:
        """Report what no event says."""
        self.progress.report(message, self.narrator.share)
        self._now(message=message)

    def _now(self, **changes: object) -> None:
        if self.live is None:
            return
        narrator = self.narrator
        self.live = replace(
            self.live,
            done=narrator.done,
            planned=narrator.planned,
            tokens_per_s=narrator.tokens_per_s,
            percentage=min(99, round(100 * narrator.share)),
            **changes,  # type: ignore[arg-type]
        )
        show_live(self.server, self.job.key, self.live)

    def _wait_at(self, place: int) -> None:
        message = f"waiting for {'another solve' if place == 1 else f'{place} other solves'}"
        self.progress.report(message, 0.0)
        self._now(position=place, message=message)

    async def _situate(self, task: FunctionTask) -> Surroundings:
        """Read what the workspace says about the function, in a thread: it may be many files."""
        root = self.session.folder_of(self.server.workspace, task.path)
        unsaved = self.session.texts(self.server.workspace)
        settings = self.settings().solve
        surroundings = await asyncio.to_thread(situate, task, root=root, settings=settings, unsaved=unsaved)
        gathered: ContextGathered = surroundings.event()
        for note in (*gathered.notes, *(f"not read: {test}" for test in gathered.unread_tests)):
            self.log(note, types.MessageType.Warning)
        self.take(gathered)
        return surroundings

    def log(self, text: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Write a line about the function to the client's log."""
        said = f"{self.function.qualname}: {text}"
        self.server.window_log_message(types.LogMessageParams(type=kind, message=said))

    def _canceller(self) -> Callable[[], None]:
        """Return what cancels the task that is running now."""
        running = asyncio.current_task()
        assert running is not None

        def cancel() -> None:
            running.cancel()

        return cancel

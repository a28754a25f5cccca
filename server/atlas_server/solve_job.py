"""One "Solve this function": runs `solve`, and deals with the result by its level."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from lsprotocol import types

from atlas_pipeline.errors import AtlasError
from atlas_pipeline.events import Event, Finished, StoppedEarly
from atlas_pipeline.existing import Existing
from atlas_pipeline.history import Remembering, solve_with_history
from atlas_pipeline.rechecking import Found
from atlas_pipeline.records import FunctionTask, Level, Selection
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.surroundings import Surroundings
from atlas_server.asking import asker_of
from atlas_server.edits import apply_body
from atlas_server.function_job import FunctionJob
from atlas_server.jobs import Answer
from atlas_server.report import headline, result_json, status_of
from atlas_server.results import Kind, Result


class SolveJob(FunctionJob):
    """Solves one function of an open document."""

    kind: Kind = "solve"
    existing: Existing | None = None
    """A body that is to be repaired."""
    applied_by = "by itself"
    """Who wants what is verified in the document."""
    kept_as = ""
    """Identity of the solve in the history."""

    async def work(self, surroundings: Surroundings) -> Answer:
        """Solve it and keep the result."""
        settings = self.settings()
        sandbox = await self.open_sandbox(settings)
        await self.judge_present(surroundings.task, sandbox)
        events = self.events(surroundings.task, sandbox, settings)
        return await self.keep(surroundings.task, events, settings)

    async def events(self, task: FunctionTask, sandbox: Sandbox, settings: Settings) -> AsyncGenerator[Event, None]:
        """Yield what happens; the last event is `Finished`."""
        solving = solve_with_history(
            task,
            remembering=await self.remembering(self.recall(task, settings)),
            connect=self.engine,
            sandbox=sandbox,
            settings=settings,
            ask=asker_of(self.server),
            control=self.job.control,
            existing=self.existing,
            on_kept=self._kept_as,
        )
        async with aclosing(solving) as events:
            async for event in events:
                yield event

    def recall(self, task: FunctionTask, settings: Settings) -> tuple[SolveSettings, ...]:
        """Return with which settings an earlier answer may have been drawn.

        None, where the user asks for a fresh solve: by the option, or by asking a second time for the same text.
        """
        before = self.session.results.get(self.uri, task.qualname)
        is_again = before is not None and task.fingerprint in (before.task.fingerprint, before.applied_fingerprint)
        return () if self.options.fresh or is_again else (settings.solve,)

    async def remembering(self, recall: tuple[SolveSettings, ...]) -> Remembering | None:
        """Return how the history is used, None where it is switched off."""
        history = await self.session.history()
        return Remembering(history=history, kind=self.kind, recall=recall) if history is not None else None

    def _kept_as(self, solve: str) -> None:
        self.kept_as = solve

    async def keep(
        self, task: FunctionTask, happening: AsyncGenerator[Event, None], settings: Settings, found: Found | None = None
    ) -> Answer:
        """Run a solve to its end and keep its result."""
        kept = found or Found()
        selection: Selection | None = None
        stopped = ""
        async with aclosing(happening) as events:
            async for event in events:
                if found is None:
                    kept = kept.after(event)
                self.take(event)
                if isinstance(event, StoppedEarly):
                    stopped = event.by
                if isinstance(event, Finished):
                    selection = event.selection
        if selection is None:
            raise AtlasError("the solve ended without a result")
        self.result = Result(
            task=task,
            selection=selection,
            found=kept,
            kind=self.kind,
            settings=settings,
            stopped=stopped,
            finished_at=time.time(),
            solve=self.kept_as,
        )
        self.session.results.put(self.uri, self.result)
        return {"status": status_of(selection.level)}

    async def conclude(self, answer: Answer) -> Answer:
        """Apply what is verified; explain what is not."""
        if "applied" in answer:  # nothing was tried
            return answer
        task, selection = self.result.task, self.result.selection
        message = headline(selection)
        applied = False
        if selection.level is Level.VERIFIED:
            refused = await apply_body(self.server, self.uri, self.result, by=self.applied_by)
            applied = refused is None
            if refused is not None:
                message = f"{task.qualname} is solved and verified, but was not changed: {refused}"
                self.server.tell(types.MessageType.Warning, message)
        elif self.session.support.outcomes:
            self.log(message)
        else:
            self.server.tell(types.MessageType.Info, f"{task.qualname}: {message}")
        return {**answer, "applied": applied, "message": message, **result_json(task, selection)}


def judged_again(before: Result, again: Result) -> Result:
    """Return the result of judging an earlier one's candidates again: how these were drawn is as it was."""
    one, other = before.task, again.task
    is_same = (one.decorators, one.header, one.context) == (other.decorators, other.header, other.context)
    return replace(
        again,
        kind=before.kind,
        settings=before.settings,
        stopped=before.stopped,
        drawn_for_other_text=before.drawn_for_other_text or not is_same,
        confirmed=before.confirmed,
        refuted=before.refuted,
    )


def with_examples(result: Result, task: FunctionTask) -> FunctionTask:
    """Return a task with the cases that the user confirmed for its earlier result."""
    known = {case.call for case in task.examples}
    more = tuple(case for case in result.confirmed if case.call not in known)
    return replace(task, examples=(*task.examples, *more))

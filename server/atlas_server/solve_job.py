"""One "Solve this function": runs `solve`, and deals with the result by its level."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from lsprotocol import types

from atlas_pipeline.errors import AtlasError
from atlas_pipeline.events import Event, Finished
from atlas_pipeline.rechecking import Found
from atlas_pipeline.records import FunctionTask, Level, Selection
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.settings import Settings
from atlas_pipeline.solving import solve
from atlas_pipeline.surroundings import Surroundings
from atlas_server.asking import asker_of
from atlas_server.edits import apply_body
from atlas_server.function_job import FunctionJob
from atlas_server.jobs import Answer
from atlas_server.report import headline, result_json, status_of
from atlas_server.results import Result


class SolveJob(FunctionJob):
    """Solves one function of an open document."""

    async def work(self, surroundings: Surroundings) -> Answer:
        """Solve it and keep the result."""
        settings = self.settings()
        sandbox = await self.open_sandbox(settings)
        await self.judge_present(surroundings.task, sandbox)
        events = self.events(surroundings.task, sandbox, settings)
        return await self.keep(surroundings.task, events, settings)

    async def events(self, task: FunctionTask, sandbox: Sandbox, settings: Settings) -> AsyncGenerator[Event, None]:
        """Yield what happens; the last event is `Finished`."""
        engine = await self.engine()
        solving = solve(
            task,
            engine=engine,
            sandbox=sandbox,
            settings=settings,
            ask=asker_of(self.server),
            control=self.job.control,
        )
        async with aclosing(solving) as events:
            async for event in events:
                yield event

    async def keep(
        self, task: FunctionTask, happening: AsyncGenerator[Event, None], settings: Settings, found: Found | None = None
    ) -> Answer:
        """Run a solve to its end and keep its result."""
        kept = found or Found()
        selection: Selection | None = None
        async with aclosing(happening) as events:
            async for event in events:
                if found is None:
                    kept = kept.after(event)
                self.take(event)
                if isinstance(event, Finished):
                    selection = event.selection
        if selection is None:
            raise AtlasError("the solve ended without a result")
        self.result = Result(
            task=task, selection=selection, found=kept, seed=settings.solve.seed, finished_at=time.time()
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
            refused = await apply_body(self.server, self.uri, self.result)
            applied = refused is None
            if refused is not None:
                message = f"{task.qualname} is solved and verified, but was not changed: {refused}"
                self.server.tell(types.MessageType.Warning, message)
        elif self.session.support.outcomes:
            self.log(message)
        else:
            self.server.tell(types.MessageType.Info, f"{task.qualname}: {message}")
        return {**answer, "applied": applied, "message": message, **result_json(task, selection)}


def with_examples(result: Result, task: FunctionTask) -> FunctionTask:
    """Return a task with the cases that the user confirmed for its earlier result."""
    known = {case.call for case in task.examples}
    more = tuple(case for case in result.confirmed if case.call not in known)
    return replace(task, examples=(*task.examples, *more))

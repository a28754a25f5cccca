"""Judges again what a solve has found: with a case that the user confirmed, or in a changed document. No tokens are spent.

FunctionTask, what was found -> verdicts on the task as it is now -> ranking -> project tests -> confirming run -> Selection
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import msgspec

from atlas_pipeline.ask import Nobody
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.events import CandidateMade, CandidateTested, Event, RepairTried, TestsMade
from atlas_pipeline.records import Candidate, FunctionTask, Property, Status, TestCase
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.selftests import SelfTests
from atlas_pipeline.settings import Settings
from atlas_pipeline.solve_run import Control, SolveRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a solve's events say the model has written."""

    candidates: tuple[Candidate, ...] = ()
    tests: tuple[TestCase, ...] = ()
    inputs: tuple[str, ...] = ()
    properties: tuple[Property, ...] = ()

    def after(self, event: Event) -> Found:
        """Return what is found after one more event of the solve."""
        match event:
            case CandidateMade():
                return replace(self, candidates=(*self.candidates, event.candidate))
            case RepairTried():
                return replace(self, candidates=(*self.candidates, event.candidate)) if event.kept else self
            case TestsMade():
                return replace(self, tests=event.tests, inputs=event.inputs, properties=event.properties)
            case _:
                return self


async def write(
    task: FunctionTask, *, engine: Engine, sandbox: Sandbox, settings: Settings, control: Control
) -> AsyncGenerator[Event, None]:
    """Have samples and self-written tests made, yielding events; nothing is chosen. `Found.after` collects them.

    As many samples as without examples, and tests of every kind (`SolveSettings.where_tests_are_wanted`).

    Wrap the generator in `contextlib.aclosing`.

    Raises:
        EngineError: the model cannot be loaded or went away.
        SandboxError: the sandbox failed, or there is none.
    """
    settings = msgspec.structs.replace(settings, solve=settings.solve.where_tests_are_wanted())
    run = SolveRun(task, engine, sandbox, settings, Nobody(), control)
    run.tests_wanted.set()
    most = min(settings.solve.samples, settings.solve.unchecked_samples)  # nothing here ends early
    async for event in run.start():
        yield event
    tests = asyncio.create_task(run.write_tests(control.stop))
    try:
        for stage in (run.sample(most, control.stop), run.add_tests(tests)):
            async with aclosing(stage) as events:
                async for event in events:
                    yield event
        if control.stopped is not None:
            yield control.stopped
    finally:
        tests.cancel()
        await asyncio.gather(tests, return_exceptions=True)


async def recheck(
    task: FunctionTask,
    found: Found,
    *,
    engine: Engine,
    sandbox: Sandbox,
    settings: Settings,
    refuted: Sequence[TestCase] = (),
    telling: bool = False,
) -> AsyncGenerator[Event, None]:
    """Judge `found` by `task`, yielding events; the last one is `Finished` with the `Selection`.

    Wrap the generator in `contextlib.aclosing`.

    Args:
        task: as it is now: its examples, and the document around it, may be others than when `found` was made.
        found: candidates and self-written tests.
        engine: asked for its name only.
        sandbox: where candidates run.
        settings: as for `solve`.
        refuted: cases whose expected outcome is known to be wrong: candidates with that outcome are left out.
        telling: yield the candidates, what they do on the examples, and the tests, as a solve does.

    Raises:
        EngineError: the model cannot be loaded or went away.
        SandboxError: the sandbox failed, or there is none.
    """
    run = SolveRun(task, engine, sandbox, settings, Nobody(), Control())
    async for event in run.start():
        yield event
    for candidate in found.candidates:
        verdicts = await run.verifier.judge(candidate, refuted)
        if all(verdict.status is not Status.PASS for verdict in verdicts):
            run.candidates.append(candidate)
    wrong = {case.call for case in refuted}
    tests = tuple(test for test in found.tests if test.call not in wrong)
    run.tests = SelfTests(
        tests=tests, inputs=(*found.inputs, *(case.call for case in refuted)), properties=found.properties
    )
    async with aclosing(run.evaluate()) as events:
        ranked = [event async for event in events]
    if telling:
        count = len(run.candidates)
        for number, candidate in enumerate(run.candidates, start=1):
            yield CandidateMade(candidate=candidate, done=number, planned=count)
            yield CandidateTested(  # everything was observed above
                candidate=candidate.index, verdicts=await run.verifier.judge(candidate, task.examples)
            )
        yield TestsMade(tests=tests, unreadable=0, inputs=found.inputs, properties=found.properties)
    for event in ranked:
        yield event
    for stage in (run.run_project_tests(run.control.stop), run.finish()):
        async with aclosing(stage) as events:
            async for event in events:
                yield event

"""Solves one function: plan, sample, test, select, confirm.

    FunctionTask -> route -> candidates (planned and plain) -> verdicts on the given examples
                 -> self-written tests and further inputs -> ranking -> (more samples while the evidence is not enough)
                 -> repairs where all fail what is given -> S* where two behaviours are close
                 -> the project's tests -> confirming run -> Selection

`solve` is used by the server, the command line and the benchmarks alike. Nothing here knows an editor or a hidden test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from atlas_pipeline.ask import Ask, Nobody
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.errors import AtlasError, EngineError, UsageError
from atlas_pipeline.events import Event
from atlas_pipeline.existing import Existing
from atlas_pipeline.records import FunctionTask
from atlas_pipeline.routing import Router
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.selftests import SelfTests
from atlas_pipeline.settings import Settings
from atlas_pipeline.solve_run import Control, OnEmbedded, SolveRun


async def solve(
    task: FunctionTask,
    *,
    engine: Engine,
    sandbox: Sandbox,
    settings: Settings,
    ask: Ask | None = None,
    control: Control | None = None,
    existing: Existing | None = None,
    router: Router | None = None,
    in_background: bool = False,
    on_embedded: OnEmbedded | None = None,
) -> AsyncGenerator[Event, None]:
    """Solve `task`, yielding events; the last one is `Finished` with the `Selection`.

    Wrap the generator in `contextlib.aclosing`: a cancelled plain `async for` skips its clean-up.

    Args:
        task: the function, with what its project says about it (`surroundings.situate`).
        engine: the model.
        sandbox: where candidates run.
        settings: every stage has its switch there.
        ask: whom S* may ask one question; None: nobody.
        control: ends the solve early, with the best there is.
        existing: a body to be repaired: the prompts show it with what it fails.
        router: chooses the route where `solve.route` is "auto"; None: one that has learned nothing yet.
        in_background: nobody waits, so more samples may be drawn.
        on_embedded: given the vectors of all candidates so far, each time that the Lens has scored them by these.

    Raises:
        EngineError: the model cannot be loaded, or went away before anything was found that can be offered. After that,
            what was found is judged and returned, and `StoppedEarly` says why it ended.
        UsageError: the model refused the first request, or all that was found is worth nothing.
        SandboxError: the sandbox failed, or there is none.
    """
    control = control or Control()
    stop = control.stop
    task = existing.in_context(task) if existing is not None else task
    run = SolveRun(task, engine, sandbox, settings, ask or Nobody(), control, router or Router())
    run.on_embedded = on_embedded
    run.present = existing.candidate() if existing is not None else None
    async for event in run.start():
        yield event
    tests = asyncio.create_task(run.write_tests(stop))
    deadline = _deadline(run)
    try:
        failure: AtlasError | None = None
        try:
            async with aclosing(_search(run, tests, stop, in_background=in_background)) as events:
                async for event in events:
                    yield event
        except (EngineError, UsageError) as error:
            if not run.candidates:
                raise
            failure = error
        closing = (run.run_project_tests(stop), run.finish())
        for stage in (run.without_model(failure), *closing) if failure is not None else closing:
            async with aclosing(stage) as events:
                async for event in events:
                    yield event
    finally:
        deadline.cancel()
        tests.cancel()
        await asyncio.gather(tests, return_exceptions=True)


async def _search(
    run: SolveRun, tests: asyncio.Task[SelfTests], stop: asyncio.Event, *, in_background: bool
) -> AsyncGenerator[Event, None]:
    """Run the stages that ask the model."""
    async with aclosing(run.choose_route(stop)) as events:
        async for event in events:
            yield event
    sizes = run.sizes(in_background=in_background)
    for size in sizes:
        for stage in (run.sample(size, stop), run.add_tests(tests), run.evaluate()):
            async with aclosing(stage) as events:
                async for event in events:
                    yield event
        if stop.is_set() or run.enough() or (size < sizes[-1] and run.is_given_up()):
            break
        run.want_tests()  # they are written while the next round is drawn
    for stage in (run.repair(stop), run.use_tests(tests, stop), run.settle(stop)):
        async with aclosing(stage) as events:
            async for event in events:
                yield event


def _deadline(run: SolveRun) -> asyncio.Handle:
    """Count `solve.deadline_s` from now: the solve ends with its best after so many seconds; 0 is never."""
    loop, seconds = asyncio.get_running_loop(), run.settings.solve.deadline_s
    if not seconds:
        never = loop.call_soon(lambda: None)
        never.cancel()
        return never
    run.ends_at = loop.time() + seconds
    reason = f"the {seconds:g} s of solve.deadline_s are over"
    return loop.call_at(run.ends_at, run.control.use_best, "deadline", reason)


__all__ = ["Control", "solve"]

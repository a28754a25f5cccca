"""Solves one function: sample, test, select, confirm.

    FunctionTask -> candidates -> verdicts on the given examples -> self-written tests and further inputs
                 -> ranking -> (more samples while the evidence is not enough) -> confirming run -> Selection

`solve` is used by the server, the command line and the benchmarks alike. Nothing here knows an editor or a hidden test.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from atlas_pipeline import selection
from atlas_pipeline.engine.api import Engine
from atlas_pipeline.events import (
    BestChanged,
    BudgetUsed,
    CandidateMade,
    CandidateRejected,
    CandidateTested,
    Event,
    Finished,
    RouteChosen,
    Started,
    TestsMade,
)
from atlas_pipeline.generation import Rejected, Writer
from atlas_pipeline.inputs import mutated_calls
from atlas_pipeline.records import Candidate, Cost, FunctionTask, Level, RankedCandidate, Selection, TestCase
from atlas_pipeline.sandbox.api import Sandbox
from atlas_pipeline.selection import Evidence
from atlas_pipeline.settings import Settings
from atlas_pipeline.verification import Verifier, limits_of


class Control:
    """Lets a running solve be ended early with the best candidate so far. Cancelling the task is the other way out."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()

    def use_best(self) -> None:
        """Stop sampling and finish with what there is."""
        self.stop.set()


async def solve(
    task: FunctionTask, *, engine: Engine, sandbox: Sandbox, settings: Settings, control: Control | None = None
) -> AsyncGenerator[Event, None]:
    """Solve `task`, yielding events; the last one is `Finished` with the `Selection`.

    Wrap the generator in `contextlib.aclosing`: a cancelled plain `async for` skips its clean-up.

    Raises:
        EngineError: the model cannot be loaded or went away.
        SandboxError: the sandbox failed, or there is none.
    """
    control = control or Control()
    run = _Run(task, engine, sandbox, settings)
    async for event in run.start():
        yield event
    tests = asyncio.create_task(run.write_tests())
    try:
        for size in _rounds(settings):
            async with aclosing(run.sample(size, control.stop)) as events:
                async for event in events:
                    yield event
            async for event in run.add_tests(tests, control.stop):
                yield event
            if (best := await run.evaluate()) is not None:
                yield BestChanged(best=best)
            if control.stop.is_set() or selection.enough(best):
                break
        yield Finished(selection=await run.finish())
    finally:
        tests.cancel()
        await asyncio.gather(tests, return_exceptions=True)


def _rounds(settings: Settings) -> list[int]:
    """Return how many candidates there should be after each round: 3, 5, 8 by default."""
    most, first = settings.solve.samples, min(settings.solve.first_samples, settings.solve.samples)
    return sorted({first, min(first + 2, most), most})


class _Run:
    """The state of one solve."""

    def __init__(self, task: FunctionTask, engine: Engine, sandbox: Sandbox, settings: Settings) -> None:
        self.task = task
        self.engine = engine
        self.sandbox = sandbox
        self.settings = settings
        self.verifier = Verifier(task, sandbox, limits_of(settings.sandbox))
        self.candidates: list[Candidate] = []
        self.tests: tuple[TestCase, ...] | None = None
        self.inputs: tuple[str, ...] = ()
        self.asked = 0
        self.first_answer = asyncio.Event()
        self.ranked: list[RankedCandidate] = []
        self.evidence: Evidence | None = None
        self.began = time.monotonic()

    async def start(self) -> AsyncGenerator[Event, None]:
        """Load the model and say what is going to be tried."""
        capabilities = await self.engine.capabilities()
        self.model = capabilities.model
        self.writer = Writer(self.task, self.engine, capabilities, self.settings.solve)
        yield Started(
            qualname=self.task.qualname,
            model=self.model,
            examples=self.task.examples,
            unread_examples=self.task.unread_examples,
            sandbox_layers=self.sandbox.layers,
        )
        yield RouteChosen(route="samples", samples=self.settings.solve.samples, reason="the only route there is yet")

    async def sample(self, size: int, stop: asyncio.Event) -> AsyncGenerator[Event, None]:
        """Sample until `size` candidates have been asked for, and run each on the given examples at once."""
        indices, done = range(self.asked, size), self.asked
        self.asked = size
        async with aclosing(self.writer.candidates(indices, stop)) as answers:
            async for answer in answers:
                done += 1
                self.first_answer.set()
                if isinstance(answer, Rejected):
                    yield CandidateRejected(reason=answer.reason, done=done, planned=size)
                    continue
                self.candidates.append(answer)
                yield CandidateMade(candidate=answer, done=done, planned=size)
                verdicts = await self.verifier.judge(answer, self.task.examples)
                yield CandidateTested(candidate=answer.index, verdicts=verdicts)
                yield self._budget()

    async def write_tests(self) -> tuple[tuple[TestCase, ...], int]:
        """Have tests written, after the first answer: whoever waits wants to see a candidate first."""
        await self.first_answer.wait()
        return await self.writer.tests()

    async def add_tests(
        self, tests: asyncio.Task[tuple[tuple[TestCase, ...], int]], stop: asyncio.Event
    ) -> AsyncGenerator[Event, None]:
        """Take in the self-written tests, once, and derive further inputs from them and the examples."""
        if self.tests is not None:
            return
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({tests, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        self.tests, unreadable = tests.result() if tests.done() else ((), 0)
        calls = [case.call for case in (*self.task.examples, *self.tests)]
        self.inputs = mutated_calls(calls, seed=self.settings.solve.seed)
        yield TestsMade(tests=self.tests, unreadable=unreadable)

    async def evaluate(self) -> RankedCandidate | None:
        """Run every candidate on every call and rank them; return the best."""
        evidence = Evidence(
            task=self.task,
            candidates=tuple(sorted(self.candidates, key=lambda c: c.index)),
            tests=self.tests or (),
            inputs=self.inputs,
            observations={},
        )
        calls = evidence.calls()
        observed = await asyncio.gather(*(self.verifier.observe(c, calls) for c in evidence.candidates))
        observations = {c.index: seen for c, seen in zip(evidence.candidates, observed, strict=True)}
        self.evidence = Evidence(
            task=evidence.task,
            candidates=evidence.candidates,
            tests=evidence.tests,
            inputs=evidence.inputs,
            observations=observations,
        )
        self.ranked = selection.rank(self.evidence)
        return self.ranked[0] if self.ranked else None

    async def finish(self) -> Selection:
        """Settle the level, with the confirming run where it would be VERIFIED."""
        best = self.ranked[0] if self.ranked else None
        level, reason = selection.level_of(best)
        if best is None or self.evidence is None:
            return self._selection(level, None, reason)
        if level is Level.VERIFIED:
            differs_on = await self.verifier.confirm(best.candidate, self.evidence.calls())
            level, reason = selection.after_confirming(level, reason, differs_on)
        return self._selection(level, best, reason)

    def _selection(self, level: Level, best: RankedCandidate | None, reason: str) -> Selection:
        evidence = self.evidence
        known = evidence is not None and best is not None
        return Selection(
            level=level,
            best=best,
            probability=None,
            reason=reason,
            verdicts=selection.verdicts_of(evidence, best) if evidence and best else (),
            cases_to_confirm=(
                selection.cases_to_confirm(evidence, best) if evidence and best and level is Level.WEAK else ()
            ),
            runners_up=selection.runners_up(self.ranked, evidence) if known and evidence else (),
            cost=self.cost(),
            model=self.model,
            sandbox_layers=self.sandbox.layers,
        )

    def cost(self) -> Cost:
        """Return what has been used so far."""
        return Cost(
            seconds=time.monotonic() - self.began,
            prompt_tokens=self.writer.prompt_tokens,
            completion_tokens=self.writer.completion_tokens,
            candidates=len(self.candidates),
            programs_run=self.verifier.programs_run,
        )

    def _budget(self) -> BudgetUsed:
        decoding = self.writer.decoding_s
        rate = self.writer.completion_tokens / decoding if decoding > 0 else None
        return BudgetUsed(cost=self.cost(), tokens_per_s=rate)

"""A solve that is stopped keeps its best, says that it was stopped, and leaves nothing running."""

import asyncio
from contextlib import aclosing

import pytest
from scripted import ScriptedEngine

from atlas_pipeline.events import (
    CandidateMade,
    CandidateTested,
    Finished,
    QuestionAnswered,
    QuestionAsked,
    StoppedEarly,
    TestsMade,
)
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Level
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.solving import Control, solve

SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'
TESTS = "assert double(1) == 2\nassert double(5) == 10\nassert double(-3) == -6\n"
FOREVER = 3600


pytestmark = pytest.mark.asyncio(loop_scope="module")


class Paced(ScriptedEngine):
    """Answers code requests with `bodies`, in order, each when its event is set; tests are never answered if `slow_tests`."""

    def __init__(self, *bodies, slow_tests=False):
        super().__init__(lambda prompt, sampling: "")
        self.bodies = bodies
        self.slow_tests = slow_tests
        self.may_answer = [asyncio.Event() for _ in bodies]
        self.begun = 0

    async def complete(self, prompt, sampling, *, on_text=None):
        if "Write tests" in prompt:
            if self.slow_tests:
                await asyncio.sleep(FOREVER)
            self.script = lambda *_: TESTS
        else:
            number, self.begun = self.begun, self.begun + 1
            if number >= len(self.bodies):
                await asyncio.sleep(FOREVER)
            await self.may_answer[number].wait()
            self.script = lambda *_: "    " + self.bodies[number]
        return await super().complete(prompt, sampling, on_text=on_text)

    def answer(self, count):
        for event in self.may_answer[:count]:
            event.set()


async def run(sandbox, engine, control, *, on_event=None, solve_settings=None, ask=None):
    document = Document(SOURCE)
    task = make_task(document, document.named("double"))
    settings = Settings(solve=solve_settings or SolveSettings())
    events = []
    stream = solve(task, engine=engine, sandbox=sandbox, settings=settings, control=control, ask=ask)
    async with aclosing(stream):
        async for event in stream:
            events.append(event)
            if on_event is not None:
                on_event(event)
    return events


def outcome(events):
    assert isinstance(events[-1], Finished)
    return events[-1].selection


def stops(events):
    return [event.by for event in events if isinstance(event, StoppedEarly)]


async def tasks_left(sandbox, before):
    await sandbox.settle()
    return asyncio.all_tasks() - before


async def test_the_best_so_far_is_kept(sandbox):
    await sandbox.settle()
    before = asyncio.all_tasks()
    engine, control = Paced("return x + x"), Control()
    engine.answer(1)
    events = await run(
        sandbox, engine, control, on_event=lambda event: isinstance(event, CandidateTested) and control.use_best()
    )
    selection = outcome(events)
    assert selection.best.candidate.body == "return x + x"
    assert selection.best.examples_passed == 1
    assert selection.level is Level.WEAK
    assert stops(events) == ["user"]
    assert not await tasks_left(sandbox, before)


async def test_a_run_that_was_not_stopped_does_not_say_so(sandbox):
    engine = Paced("return x + x", "return x * 2", "return 2 * x")
    engine.answer(3)
    events = await run(sandbox, engine, Control())
    assert outcome(events).level is Level.VERIFIED
    assert stops(events) == []


async def test_stopped_before_the_first_candidate(sandbox):
    control = Control()
    control.use_best()
    events = await run(sandbox, Paced("return x"), control)
    selection = outcome(events)
    assert selection.best is None
    assert selection.level is Level.UNVERIFIED
    assert "stopped before" in selection.reason
    assert stops(events) == ["user"]


async def test_an_answer_that_is_complete_is_not_lost(sandbox):
    """The second and third answer come while the first is looked at, then the solve is stopped."""
    engine, control = Paced("return x + 1", "return x + x", "return x * 2"), Control()
    engine.answer(1)

    async def both_then_stop():
        engine.answer(3)
        await asyncio.sleep(0.05)
        control.use_best()

    document = Document(SOURCE)
    task = make_task(document, document.named("double"))
    events = []
    stream = solve(task, engine=engine, sandbox=sandbox, settings=Settings(), control=control)
    async with aclosing(stream):
        async for event in stream:
            events.append(event)
            if isinstance(event, CandidateMade) and event.done == 1:
                await both_then_stop()
    assert outcome(events).cost.candidates == 3
    assert outcome(events).best.examples_passed == 1


async def test_tests_that_take_long_are_not_waited_for(sandbox):
    engine, control = Paced("return x + x", "return x * 2", "return 2 * x", slow_tests=True), Control()
    engine.answer(3)
    made = []

    def stop(event):
        made.append(isinstance(event, CandidateTested))
        if sum(made) == 3:
            control.use_best()

    events = await run(sandbox, engine, control, on_event=stop)
    assert outcome(events).best.examples_passed == 1
    assert [event.tests for event in events if isinstance(event, TestsMade)] == [()]


async def test_a_question_is_not_waited_for(sandbox):
    class Slow:
        async def choose(self, question):
            control.use_best()
            await asyncio.sleep(FOREVER)

    await sandbox.settle()
    before = asyncio.all_tasks()
    control = Control()
    bodies = [f"return 4 if x == 2 else x * {n} + {n}" for n in range(20)]
    engine = Paced(*bodies)
    engine.answer(20)
    events = await run(sandbox, engine, control, ask=Slow())
    assert sum(isinstance(event, QuestionAsked) for event in events) == 1
    assert [event.choice for event in events if isinstance(event, QuestionAnswered)] == [None]
    assert outcome(events).level is Level.WEAK
    assert stops(events) == ["user"]
    assert not await tasks_left(sandbox, before)


async def test_a_deadline_ends_with_the_best(sandbox):
    engine = Paced("return x + x")
    engine.answer(1)
    events = await run(sandbox, engine, None, solve_settings=SolveSettings(deadline_s=0.5))
    assert outcome(events).best.candidate.body == "return x + x"
    assert stops(events) == ["deadline"]
    assert "0.5 s" in next(event.reason for event in events if isinstance(event, StoppedEarly))


async def test_a_deadline_that_was_not_reached_leaves_nothing_behind(sandbox):
    engine = Paced("return x + x", "return x * 2", "return 2 * x")
    engine.answer(3)
    control = Control()
    events = await run(sandbox, engine, control, solve_settings=SolveSettings(deadline_s=FOREVER))
    assert outcome(events).level is Level.VERIFIED
    assert not control.stop.is_set()
    assert stops(events) == []


@pytest.mark.parametrize("when", [CandidateMade, CandidateTested, TestsMade, QuestionAsked])
async def test_cancelling_at_any_point_leaves_nothing_running(sandbox, when):
    class Slow:
        async def choose(self, question):
            await asyncio.sleep(FOREVER)

    await sandbox.settle()
    before = asyncio.all_tasks()
    engine = Paced(*[f"return 4 if x == 2 else x * {n} + {n}" for n in range(20)])
    engine.answer(20)
    reached = asyncio.Event()
    running = asyncio.create_task(
        run(sandbox, engine, Control(), ask=Slow(), on_event=lambda event: isinstance(event, when) and reached.set())
    )
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not await tasks_left(sandbox, before)


async def test_closing_the_stream_leaves_nothing_running(sandbox):
    await sandbox.settle()
    before = asyncio.all_tasks()
    engine = Paced("return x + x")
    engine.answer(1)
    document = Document(SOURCE)
    task = make_task(document, document.named("double"))
    async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=Settings())) as stream:
        async for event in stream:
            if isinstance(event, CandidateMade):
                break
    assert not await tasks_left(sandbox, before)

"""An engine that fails late in a solve: what was found before is judged and offered; nothing found, the error is raised."""

import asyncio
from dataclasses import replace

import pytest
from scripted import ScriptedEngine

from atlas_pipeline.ask import Nobody
from atlas_pipeline.errors import EngineLostError, UsageError
from atlas_pipeline.events import (
    BestChanged,
    CandidateMade,
    Finished,
    RepairTried,
    StageSkipped,
    StoppedEarly,
    TestsMade,
)
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Level, Origin
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.solving import solve

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'
RIGHT = ("    return x * 2", "    return x + x", "    return 2 * x")
TESTS = "assert double(1) == 2\nassert double(5) == 10\nassert double(-3) == -6\n"
LOST = EngineLostError("The engine has gone twice.")
TOO_LONG = UsageError("The prompt has 9,000 tokens, more than fit the context.")


class Failing(ScriptedEngine):
    """Answers requests for code and for repairs with what is given, in order; the last body again and again."""

    def __init__(self, *bodies, tests=TESTS, repair=()):
        super().__init__(self.answer)
        self.bodies = bodies
        self.tests = tests
        self.repairs = list(repair)
        self.begun = 0

    def answer(self, prompt, sampling):
        if "Write tests" in prompt:
            return self.tests
        if "is wrong" in prompt:
            return self.repairs.pop(0)
        self.begun += 1
        return self.bodies[min(self.begun, len(self.bodies)) - 1]

    async def complete(self, prompt, sampling, *, on_text=None):
        answer = self.script(prompt, sampling)
        if isinstance(answer, UsageError):
            raise answer
        self.script, kept = (lambda *_: answer), self.script
        try:
            return await super().complete(prompt, sampling, on_text=on_text)
        finally:
            self.script = kept


async def run(sandbox, engine, events=None, source=SOURCE, **changes):
    document = Document(source)
    task = make_task(document, document.named("double"))
    settings = Settings(solve=SolveSettings(**{"mutants": 0, **changes}))
    events = [] if events is None else events
    async for event in solve(task, engine=engine, sandbox=sandbox, settings=settings, ask=Nobody()):
        events.append(event)
    return events


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


async def test_what_was_found_is_offered_and_the_reason_is_seen(sandbox):
    events = await run(sandbox, Failing(RIGHT[0], LOST))
    (stopped,) = of(events, StoppedEarly)
    assert (stopped.by, stopped.reason) == ("engine", "the engine failed: The engine has gone twice.")
    selection = events[-1].selection
    assert (selection.level, selection.best.candidate.body) == (Level.WEAK, "return x * 2")
    assert selection.reason.endswith("; the engine failed before more was tried")
    assert of(events, BestChanged)


async def test_samples_that_were_answered_at_the_same_time_count(sandbox):
    # All three of the first round are answered at once, the failed one among them.
    events = await run(sandbox, Failing(LOST, *RIGHT), test_samples=0, first_samples=4)
    assert len(of(events, CandidateMade)) == 3
    assert events[-1].selection.level is Level.VERIFIED
    assert [event.by for event in of(events, StoppedEarly)] == ["engine"]


async def test_tests_that_fail_leave_the_candidates(sandbox):
    events = await run(sandbox, Failing(RIGHT[0], "    return x + 2", *RIGHT[1:], tests=LOST))
    assert events[-1].selection.level is Level.VERIFIED
    assert [event.by for event in of(events, StoppedEarly)] == ["engine"]
    assert [event.tests for event in of(events, TestsMade)] == [()]


async def test_tests_that_were_written_before_are_used(sandbox):
    events = await run(sandbox, Failing("    return x * 2", "    return x ** 2", "    return x + 2", LOST))
    assert [len(event.tests) for event in of(events, TestsMade)] == [0, 3]
    assert events[-1].selection.best.candidate.body == "return x * 2"
    assert events[-1].selection.best.tests_passed > 0.5


@pytest.mark.parametrize("bodies", [(LOST,), ("    return x + 3", LOST)], ids=["no candidate", "no good one"])
async def test_where_nothing_can_be_offered_the_error_is_raised(sandbox, bodies):
    events = []
    with pytest.raises(EngineLostError, match="gone twice"):
        await run(sandbox, Failing(*bodies), events)
    assert not of(events, Finished)


TWO = SOURCE.replace("    4\n", "    4\n    >>> double(3)\n    6\n")


async def test_inputs_that_were_written_before_are_used(sandbox):
    class Inputs(Failing):
        async def capabilities(self):
            return replace(await super().capabilities(), roles=("code", "inputs"))

        def answer(self, prompt, sampling):
            return "double(9001)" if "Write calls" in prompt else super().answer(prompt, sampling)

    engine = Inputs("    return x * 2", "    return x ** 2", "    return x + 2", LOST)
    events = await run(sandbox, engine, test_samples=0, input_samples=1)
    assert "double(9001)" in of(events, TestsMade)[-1].inputs


async def test_a_repair_is_not_lost_with_the_engine(sandbox):
    # The first repair is right; the fresh samples to compare it with find no engine.
    engine = Failing(*["    return x + 3"] * 20, LOST, repair=["    return x + x"])
    events = await run(sandbox, engine, repair_rounds=1, test_samples=0)
    assert [event.by for event in of(events, StoppedEarly)] == ["engine"]
    assert events[-1].selection.best.candidate.origin is Origin.REPAIR
    assert events[-1].selection.level is Level.WEAK


async def test_a_prompt_for_a_repair_that_is_too_long_ends_the_repairs_alone(sandbox):
    engine = Failing("    return x - 3", repair=["    return x + 2", TOO_LONG])
    events = await run(sandbox, engine, source=TWO, repair_rounds=2, test_samples=0)
    (skipped,) = [event for event in of(events, StageSkipped) if event.stage == "repair"]
    assert "9,000 tokens" in skipped.reason
    assert len(of(events, RepairTried)) == 1
    assert not of(events, StoppedEarly)
    assert events[-1].selection.best.candidate.body == "return x + 2"
    assert events[-1].selection.best.examples_passed == 1


async def test_a_prompt_for_tests_that_is_too_long_is_left_out(sandbox):
    events = await run(sandbox, Failing(RIGHT[0], "    return x + 2", *RIGHT[1:], tests=TOO_LONG))
    (skipped,) = [event for event in of(events, StageSkipped) if "9,000" in event.reason]
    assert skipped.stage == "tests"
    assert not of(events, StoppedEarly)
    assert events[-1].selection.level is Level.VERIFIED


async def test_nothing_is_left_running(sandbox):
    await sandbox.settle()
    before = asyncio.all_tasks()
    await run(sandbox, Failing(RIGHT[0], LOST))
    await sandbox.settle()
    assert asyncio.all_tasks() == before

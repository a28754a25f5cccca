"""`solve.token_budget` holds for all stages together: once it is used up nothing more is asked. Scripted answers, counted."""

import asyncio
from contextlib import aclosing

import pytest
from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline.asking import Asker, Stage
from atlas_pipeline.errors import TokensUsedUpError
from atlas_pipeline.events import CandidateMade, Finished, QuestionAnswered, StoppedEarly, TestsMade
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.rechecking import write
from atlas_pipeline.records import Level
from atlas_pipeline.s_star import unless
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.solving import Control, solve

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'
CODE = "return 2 * x"  # four tokens: the scripted engine counts words
TEST = "assert double(3) == 6\nassert double(-1) == -2\n"
TESTS = TEST + "word " * 42  # fifty


NO_EXAMPLE = 'def double(x):\n    """Double x."""\n'
"""There tests are written from the beginning."""


def the_task(source=SOURCE):
    document = Document(source)
    return make_task(document, document.named("double"))


def role(prompt):
    """Tell which stage a prompt is of."""
    for words, name in (
        ("Write tests", "tests"),
        ("Answer: A", "judge"),
        ("observations", "plan"),
        ("12 calls", "inputs"),
        ("properties", "properties"),
    ):
        if words in prompt:
            return name
    return "code"


class Counted:
    """Counts the requests of each stage and those that are cancelled; those in `hanging` are never answered."""

    def __init__(self, script, *, hanging=()):
        super().__init__(script)
        self.begun, self.cancelled = [], []
        self.hanging = hanging

    async def complete(self, prompt, sampling, *, on_text=None):
        name = role(prompt)
        self.begun.append(name)
        try:
            if (name, self.begun.count(name)) in self.hanging:
                await asyncio.Event().wait()
            return await super().complete(prompt, sampling, on_text=on_text)
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise


class CountedPocket(Counted, ScriptedEngine):
    """Knows how to write code, tests and repairs."""


class CountedChat(Counted, ChatEngine):
    """Knows every role."""


def answers(prompt, sampling):
    return {"tests": TESTS, "code": CODE}[role(prompt)]


async def events_of(sandbox, engine, source=SOURCE, **changes):
    settings = Settings(solve=SolveSettings(**{"mutants": 0, **changes}))
    async with aclosing(solve(the_task(source), engine=engine, sandbox=sandbox, settings=settings)) as stream:
        return [event async for event in stream]


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def the_end(events):
    """Return who ended a solve, and its selection."""
    return [event.by for event in of(events, StoppedEarly)], of(events, Finished)[0].selection


async def test_tests_count_and_those_that_were_answered_are_evidence(sandbox):
    engine = CountedPocket(answers)
    events = await events_of(sandbox, engine, NO_EXAMPLE, token_budget=100, test_samples=3)
    # 3 * 4 tokens of code, then 12 + 50 + 50: the third request for tests is not made, nor are further samples drawn.
    assert engine.begun == ["code"] * 3 + ["tests"] * 2
    by, selection = the_end(events)
    assert (by, selection.cost.completion_tokens) == (["tokens"], 112)
    assert selection.level is Level.WEAK
    assert [test.call for test in of(events, TestsMade)[0].tests] == ["double(3)", "double(-1)"]
    assert "the 100 tokens of solve.token_budget are used up" in of(events, StoppedEarly)[0].reason


async def test_a_budget_that_is_not_reached_changes_nothing(sandbox):
    engine = CountedPocket(answers)
    events = await events_of(
        sandbox, engine, NO_EXAMPLE, token_budget=163, test_samples=3
    )  # one more than all of it takes
    assert engine.begun == ["code"] * 3 + ["tests"] * 3
    by, selection = the_end(events)
    assert (by, selection.cost.completion_tokens) == ([], 162)


async def test_where_code_uses_it_up_no_tests_are_asked_for(sandbox):
    engine = CountedPocket(answers)
    events = await events_of(sandbox, engine, token_budget=8)
    assert engine.begun == ["code"] * 2
    by, selection = the_end(events)
    assert (by, selection.best.candidates) == (["tokens"], 2)
    assert of(events, TestsMade)[0].tests == ()


async def test_what_other_stages_are_being_answered_ends(sandbox):
    # The third candidate and the first two requests for tests hang; the third one uses the tokens up.
    engine = CountedPocket(answers, hanging={("code", 3), ("tests", 1), ("tests", 2)})
    events = await asyncio.wait_for(events_of(sandbox, engine, NO_EXAMPLE, token_budget=40, test_samples=3), 60)
    assert engine.begun == ["code"] * 3 + ["tests"] * 3
    assert sorted(engine.cancelled) == ["code", "tests", "tests"]
    by, selection = the_end(events)
    assert (by, selection.cost.completion_tokens) == (["tokens"], 58)
    assert [test.call for test in of(events, TestsMade)[0].tests] == ["double(3)", "double(-1)"]
    assert selection.best.candidates == 2


async def test_plain_samples_end_with_those_that_used_it_up(sandbox):
    """As the ablation's condition R: many samples at once, no tests."""
    bare = {"test_samples": 0, "input_samples": 0, "property_samples": 0, "s_star": False}
    engine = CountedPocket(answers, hanging={("code", number) for number in range(4, 65)})
    events = await asyncio.wait_for(
        events_of(sandbox, engine, token_budget=12, samples=64, first_samples=64, **bare), 60
    )
    assert len(of(events, CandidateMade)) == 3
    by, selection = the_end(events)
    assert (by, selection.cost.completion_tokens, selection.level) == (["tokens"], 12, Level.VERIFIED)


async def test_plans_count_and_the_search_for_them_ends(sandbox):
    def script(prompt, sampling):
        return "1. It is linear.\n2. It is even.\n" if role(prompt) == "plan" else f"```python\n{CODE}\n```"

    engine = CountedChat(script)
    events = await events_of(sandbox, engine, token_budget=7, planned_share=1.0, plan_search="medium")
    assert engine.begun == ["plan"]  # the observations; what would be derived from them is not asked for
    by, selection = the_end(events)
    assert (by, selection.best) == (["tokens"], None)
    assert "tokens of solve.token_budget" in selection.reason


FOUR = {"samples": 4, "first_samples": 4, "test_samples": 0, "input_samples": 0, "property_samples": 0}


@pytest.mark.parametrize(("budget", "judged"), [(20, 2), (17, 1)])
async def test_judgements_count(sandbox, budget, judged):
    """Four samples of four tokens; a judgement has two. With 17 the second order of the outputs is not asked about."""
    bodies = iter([CODE, "return x * x"] * 2)
    engine = CountedChat(lambda prompt, sampling: "Answer: A" if role(prompt) == "judge" else next(bodies))
    events = await events_of(sandbox, engine, token_budget=budget, **FOUR)
    assert engine.begun == ["code"] * 4 + ["judge"] * judged
    by, selection = the_end(events)
    assert (by, selection.best is not None) == (["tokens"], True)
    assert [answer.choice for answer in of(events, QuestionAnswered)] == [None]


async def test_an_asker_refuses_once_it_is_used_up():
    engine = ScriptedEngine(lambda prompt, sampling: CODE)
    asker = Asker(the_task(), engine, await engine.capabilities(), SolveSettings(token_budget=5))
    told = []
    asker.on_used_up = lambda: told.append(asker.completion_tokens)
    for seed in (0, 1):
        await asker.ask(Stage.CODE, "code", temperature=0.8, seed=seed)
    with pytest.raises(TokensUsedUpError, match="the 5 tokens"):
        await asker.ask(Stage.TESTS, "tests", temperature=0.5, seed=500)
    assert told == [8]
    assert len(engine.asked) == 2


async def test_a_check_says_that_it_was_ended(sandbox):
    engine = CountedPocket(answers)
    settings = Settings(solve=SolveSettings(token_budget=4))
    writing = write(the_task(), engine=engine, sandbox=sandbox, settings=settings, control=Control())
    async with aclosing(writing) as stream:
        events = [event async for event in stream]
    assert engine.begun == ["code"]
    assert [event.by for event in of(events, StoppedEarly)] == ["tokens"]


async def test_work_that_may_ask_no_more_is_as_stopped_and_none_is_begun_after_that():
    stop, begun = asyncio.Event(), []

    async def work():
        begun.append(True)
        stop.set()  # the answer to one request uses the tokens up, and the next one is refused
        raise TokensUsedUpError("used up")

    assert await unless(stop, work()) is None
    assert await unless(stop, work()) is None
    assert begun == [True]

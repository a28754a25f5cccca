"""`solve` from end to end with a scripted model and the real sandbox: levels, early stop, rounds, cancellation."""

import asyncio
from contextlib import aclosing

import msgspec
import pytest
from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline.errors import EngineLostError
from atlas_pipeline.events import CandidateMade, CandidateRejected, Finished, QuestionAsked, Started, TestsMade, to_json
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Level, Status
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.solving import Control, solve

WITH_EXAMPLE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'
WITHOUT = 'def double(x):\n    """Double x."""\n'
TESTS = "# 1 > 2\nassert double(1) == 2\nassert double(5) == 10\nassert double(-3) == -6\n"


pytestmark = pytest.mark.asyncio(loop_scope="module")


def script(*bodies, tests=TESTS):
    """Answer the n-th code request with the n-th body (the last one for all further) and test requests with `tests`."""
    asked = iter(range(1000))

    def answer(prompt, sampling):
        if "Write tests" in prompt:
            return tests
        return "    " + bodies[min(next(asked), len(bodies) - 1)].replace("\n", "\n    ")

    return ScriptedEngine(answer)


async def run(source, engine, sandbox, *, settings=None, control=None, name="double"):
    document = Document(source)
    task = make_task(document, document.named(name))
    events = []
    stream = solve(task, engine=engine, sandbox=sandbox, settings=settings or Settings(), control=control)
    async with aclosing(stream) as generator:
        async for event in generator:
            events.append(event)
            msgspec.json.encode(to_json(event))
    return events


def outcome(events):
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    return events[-1].selection


async def test_agreement_with_an_example_is_verified_after_three(sandbox):
    events = await run(WITH_EXAMPLE, script("return x * 2", "return x + x", "return 2 * x"), sandbox)
    selection = outcome(events)
    assert selection.level is Level.VERIFIED, selection.reason
    assert selection.best.cluster == 3
    assert selection.cost.candidates == 3
    assert sum(isinstance(event, CandidateMade) for event in events) == 3
    assert [v.status for v in selection.verdicts] == [Status.PASS]
    assert selection.probability is None


async def test_no_example_is_weak_with_cases_to_confirm(sandbox):
    selection = outcome(await run(WITHOUT, script("return x * 2"), sandbox))
    assert selection.level is Level.WEAK
    assert selection.cost.candidates == 3
    assert 2 <= len(selection.cases_to_confirm) <= 3
    assert all(v.status is Status.PASS for v in selection.cases_to_confirm)


async def test_examples_pass_but_nobody_agrees_is_weak(sandbox):
    bodies = [f"return 4 if x == 2 else x * {n} + {n}" for n in range(20)]
    selection = outcome(await run(WITH_EXAMPLE, script(*bodies), sandbox))
    assert selection.level is Level.WEAK
    assert selection.cost.candidates == 20


async def test_without_an_example_fewer_samples_are_drawn(sandbox):
    bodies = [f"return x * {n} + {n}" for n in range(20)]
    assert outcome(await run(WITHOUT, script(*bodies), sandbox)).cost.candidates == 8


async def test_a_failed_example_is_unverified_and_all_rounds_are_tried(sandbox):
    events = await run(WITH_EXAMPLE, script("return x + 1"), sandbox)
    selection = outcome(events)
    assert selection.level is Level.UNVERIFIED
    assert selection.cost.candidates == 20
    assert "0 of 1" in selection.reason
    assert selection.verdicts[0].actual == "3"


async def test_the_right_minority_wins_by_the_example(sandbox):
    bodies = ["return x + 1", "return x + 1", "return x + 1", "return x * 2"]
    selection = outcome(await run(WITH_EXAMPLE, script(*bodies), sandbox))
    assert selection.best.candidate.body == "return x * 2"
    assert selection.level is Level.VERIFIED  # all candidates after the third are right


async def test_answers_without_code_are_rejected_visibly(sandbox):
    events = await run(WITH_EXAMPLE, script("pass", "!!!", "return x * 2"), sandbox)
    assert [event.reason for event in events if isinstance(event, CandidateRejected)]
    assert outcome(events).level is Level.VERIFIED


async def test_a_model_that_writes_no_code_at_all(sandbox):
    selection = outcome(await run(WITH_EXAMPLE, script("pass", tests="I will not."), sandbox))
    assert selection.level is Level.UNVERIFIED
    assert selection.best is None
    assert selection.reason == "the model wrote no usable body"


async def test_behaviour_that_changes_with_the_hash_seed_is_not_verified(sandbox):
    source = 'def first(names):\n    """Pick one.\n\n    >>> first(["a"])\n    \'a\'\n    """\n'
    tests = 'assert first(["a", "b", "c", "d", "e", "f", "g"]) == "a"\nassert first(["x", "y", "z", "w"]) == "x"\n'
    selection = outcome(await run(source, script("return list(set(names))[0]", tests=tests), sandbox, name="first"))
    assert selection.level is Level.WEAK
    assert "second run" in selection.reason


async def test_use_best_ends_early_with_what_there_is(sandbox):
    class OneThenSlow(ScriptedEngine):
        count = 0

        async def chat(self, messages, sampling, *, on_text=None):
            self.count += 1
            await asyncio.sleep(60 if self.count > 1 else 0)
            return await super().chat(messages, sampling, on_text=on_text)

    control = Control()
    engine = OneThenSlow(lambda prompt, sampling: "    return x * 2")
    document = Document(WITH_EXAMPLE)
    task = make_task(document, document.named("double"))
    events = []
    async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=Settings(), control=control)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, CandidateMade):
                control.use_best()
    selection = outcome(events)
    assert selection.cost.candidates == 1
    assert selection.best.examples_passed == 1
    assert selection.level is Level.WEAK


async def test_an_engine_error_reaches_the_caller_and_leaves_no_task(sandbox):
    def broken(prompt, sampling):
        return EngineLostError("gone")

    await sandbox.settle()
    before = len(asyncio.all_tasks())
    with pytest.raises(EngineLostError):
        await run(WITH_EXAMPLE, ScriptedEngine(broken), sandbox)
    await sandbox.settle()
    assert len(asyncio.all_tasks()) == before


async def test_cancelling_leaves_no_task(sandbox):
    class Slow(ScriptedEngine):
        async def chat(self, messages, sampling, *, on_text=None):
            await asyncio.sleep(60)

    await sandbox.settle()
    before = len(asyncio.all_tasks())
    running = asyncio.create_task(run(WITH_EXAMPLE, Slow(lambda p, s: ""), sandbox))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await sandbox.settle()
    assert len(asyncio.all_tasks()) == before


async def test_tests_are_asked_for_only_after_the_first_candidate(sandbox):
    answered_before_tests = []

    class Counting(ScriptedEngine):
        answered = 0

        async def chat(self, messages, sampling, *, on_text=None):
            if "Write tests" in messages[-1].content:
                answered_before_tests.append(self.answered)
            await asyncio.sleep(0.01)
            answer = await super().chat(messages, sampling, on_text=on_text)
            self.answered += 1
            return answer

    engine = Counting(lambda prompt, sampling: TESTS if "Write tests" in prompt else "    return x * 2")
    await run(WITHOUT, engine, sandbox)
    assert len(answered_before_tests) == 2
    assert min(answered_before_tests) >= 1
    assert all("return x * 2" not in prompt for prompt, _ in engine.asked)


def requests(engine):
    """Return how many candidates were asked for before each request for tests."""
    kinds = ["Write tests" in prompt for prompt, _ in engine.asked]
    return [kinds[:place].count(False) for place, is_test in enumerate(kinds) if is_test]


DIFFERING = ["return x * 2", "return x + 2", "return x ** 2"]
"""Right on the example, and different elsewhere."""


async def test_where_samples_agree_on_more_than_the_example_no_tests_are_written(sandbox):
    engine = script("return x * 2", "return x + x", "return 2 * x")
    events = await run(WITH_EXAMPLE, engine, sandbox)
    assert outcome(events).level is Level.VERIFIED
    assert requests(engine) == []
    (made,) = [event for event in events if isinstance(event, TestsMade)]
    assert made.tests == ()
    assert len(made.inputs) > 3


async def test_tests_are_written_once_those_that_pass_differ(sandbox):
    engine = script(*DIFFERING, "return x * 2")
    events = await run(WITH_EXAMPLE, engine, sandbox)
    assert len(requests(engine)) == 2
    assert min(requests(engine)) >= 3
    assert [len(event.tests) for event in events if isinstance(event, TestsMade)] == [0, 3]
    selection = outcome(events)
    assert (selection.level, selection.best.candidate.body) == (Level.VERIFIED, "return x * 2")
    assert [v.status for v in selection.verdicts] == [Status.PASS] * 4


async def test_among_those_that_fail_the_example_there_is_nothing_to_test(sandbox):
    engine = script("return x + 1", "return x - 1", "return x")
    await run(WITH_EXAMPLE, engine, sandbox)
    assert requests(engine) == []


async def test_after_the_last_round_tests_decide_between_those_that_pass(sandbox):
    engine = script(*reversed(DIFFERING))
    settings = Settings(solve=SolveSettings(samples=3, s_star=False))
    events = await run(WITH_EXAMPLE, engine, sandbox, settings=settings)
    assert requests(engine) == [3, 3]
    assert outcome(events).best.candidate.body == "return x * 2"
    assert outcome(events).best.tests_passed == 1.0


async def test_where_no_tests_can_be_written_nothing_is_done_again(sandbox):
    for settings in (SolveSettings(samples=3, test_samples=0), SolveSettings(samples=3)):
        engine = script(*DIFFERING)
        engine.roles = ("code", "tests") if settings.test_samples == 0 else ("code",)
        events = await run(WITH_EXAMPLE, engine, sandbox, settings=Settings(solve=settings))
        assert len([event for event in events if isinstance(event, TestsMade)]) == 1
        assert requests(engine) == []


async def test_where_further_inputs_are_errors_tests_bring_some(sandbox):
    source = (
        "class A:\n    def __init__(self, n):\n        self.n = n\n\n\n"
        'def double(a):\n    """Double its n.\n\n    >>> double(A(2))\n    4\n    """\n'
    )
    tests = "assert double(A(3)) == 6\nassert double(A(5)) == 10\n"
    engine = script("return a.n * 2", "return a.n + a.n", "return 2 * a.n", tests=tests)
    events = await run(source, engine, sandbox)
    selection = outcome(events)
    assert selection.level is Level.VERIFIED, selection.reason


async def test_no_tests_when_switched_off(sandbox):
    engine = script("return x * 2")
    events = await run(WITH_EXAMPLE, engine, sandbox, settings=Settings(solve=SolveSettings(test_samples=0)))
    assert all("Write tests" not in prompt for prompt, _ in engine.asked)
    assert [event.tests for event in events if isinstance(event, TestsMade)] == [()]
    assert outcome(events).level is Level.VERIFIED


async def test_methods_async_functions_and_scripts(sandbox):
    source = (
        "import sys\nsys.exit('a script that must not run')\nFACTOR = 2\n\n\nclass Box:\n    def __init__(self, n):\n"
        "        self.n = n\n\n    async def grown(self, k):\n"
        '        """Grow.\n\n        >>> Box(3).grown(1)\n        7\n        """\n'
    )
    tests = "assert Box(1).grown(0) == 2\nassert Box(2).grown(5) == 9\n"
    selection = outcome(await run(source, script("return self.n * FACTOR + k", tests=tests), sandbox, name="Box.grown"))
    assert selection.level is Level.VERIFIED, selection


async def test_a_document_that_cannot_be_cut_down_is_run_whole(sandbox):
    source = "exec('def deco(f): return f')\n\n\n" + WITH_EXAMPLE.replace("def double", "@deco\ndef double")
    assert outcome(await run(source, script("return x * 2"), sandbox)).level is Level.VERIFIED


async def test_a_call_without_expected_value_is_only_an_input(sandbox):
    selection = outcome(await run(WITHOUT, script("return x * 2", tests="double(3)\ndouble(7)"), sandbox))
    assert selection.level is Level.UNVERIFIED  # three agree, but there is no test that they pass
    assert selection.best.cluster == 8
    assert not selection.best.tests_passed


async def test_one_input_is_not_enough_for_trust(sandbox):
    """A constant passes the only example there is; nothing else was tried."""
    source = 'import datetime\n\n\ndef year(d):\n    """Year.\n\n    >>> year(datetime.date(2020, 1, 1))\n    2020\n    """\n'
    selection = outcome(await run(source, script("return 2020", tests=""), sandbox, name="year"))
    assert selection.level is Level.WEAK


async def test_very_deep_bodies_do_not_end_the_solve(sandbox):
    body = (
        "if x == 0:\n    return 0\n"
        + "".join(f"elif x == {n}:\n    return {2 * n}\n" for n in range(1, 400))
        + "return 2 * x"
    )
    selection = outcome(await run(WITH_EXAMPLE, script(body, "return x * 2"), sandbox))
    assert selection.level is Level.VERIFIED


async def test_the_model_is_asked_for_calls_that_tell_two_behaviours_apart(sandbox):
    """Their outputs on all other calls look alike as far as they are shown."""

    bodies = [f"return x + {n} if x > 9000 else 4 if x == 2 else 'x' * 999 + '{n}'" for n in (1, 2)] * 4
    asked = iter(range(1000))

    def answer(prompt, sampling):
        if "12 calls" in prompt:
            return "```python\ndouble(9001)\n```" if sampling.seed % 1000 == 650 else "```python\ndouble(7)\n```"
        if "assert" in prompt:
            return ""
        return f"```python\ndef double(x):\n    {bodies[next(asked) % 8]}\n```"

    class User:
        async def choose(self, question):
            assert question.call == "double(9001)"
            return question.options.index("9003")

    document = Document(WITH_EXAMPLE)
    task = make_task(document, document.named("double"))
    settings = Settings(solve=SolveSettings(first_samples=8))  # four behave one way, four the other
    stream = solve(task, engine=ChatEngine(answer), sandbox=sandbox, settings=settings, ask=User())
    async with aclosing(stream) as generator:
        events = [event async for event in generator]
    assert [event.call for event in events if isinstance(event, QuestionAsked) and event.who == "user"] == [
        "double(9001)"
    ]
    assert "x + 2" in outcome(events).best.candidate.body

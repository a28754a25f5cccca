"""Repairs: whom they are asked of, what is kept, what they are compared with. Scripted answers, the real sandbox."""

import pytest
from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline.events import (
    CandidateMade,
    Finished,
    RepairRejected,
    RepairsCompared,
    RepairTried,
    StageSkipped,
    StoppedEarly,
)
from atlas_pipeline.existing import Existing
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import (
    Candidate,
    Expected,
    ExpectedKind,
    Level,
    Origin,
    Provenance,
    Repairs,
    Status,
    TestCase,
    Verdict,
)
from atlas_pipeline.repairing import MOST_TRIED_CHARACTERS, Attempt, fresh_samples_for, most_telling, told
from atlas_pipeline.settings import Settings, SolveSettings
from atlas_pipeline.solving import solve

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    >>> double(5)\n    10\n    >>> double("a")\n    \'aa\'\n    """\n'
SQUARE = "return x * x"
DOUBLE = "return 2 * x"


def settings(**changes):
    quick = {"samples": 4, "first_samples": 4, "test_samples": 0, "mutants": 0, "resamples": 0, "repair_rounds": 1}
    return Settings(solve=SolveSettings(**{**quick, **changes}))


async def events_of(sandbox, script, source=SOURCE, existing=None, **changes):
    document = Document(source)
    engine = ScriptedEngine(script)
    task = make_task(document, document.named("double"))
    solving = solve(task, engine=engine, sandbox=sandbox, settings=settings(**changes), existing=existing)
    return [event async for event in solving], engine


def asked_to_repair(prompt):
    return "is wrong" in prompt


def script(*repairs, samples=SQUARE, fresh=None):
    """Answer requests for code with `samples`, after a repair with `fresh`; repairs with `repairs` in turn."""
    left = list(repairs)

    def answer(prompt, sampling):
        if asked_to_repair(prompt):
            return left.pop(0) if left else SQUARE
        return samples if len(left) == len(repairs) or fresh is None else fresh

    return answer


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


async def test_a_repair_that_passes_everything_ends_the_round(sandbox):
    events, engine = await events_of(sandbox, script("return x + 2", DOUBLE))
    tried = of(events, RepairTried)
    assert [(event.perspective, event.kept) for event in tried] == [("logic", True), ("completeness", True)]
    assert [event.candidate.origin for event in tried] == [Origin.REPAIR] * 2
    (compared,) = of(events, RepairsCompared)
    assert (compared.repairs.before, compared.repairs.passed, compared.repairs.fresh_passed) == (1, 3, 1)
    assert compared.winner == "repair"
    # Crashes come first, and the prompt names the perspective.
    prompts = [prompt for prompt, _ in engine.asked if asked_to_repair(prompt)]
    assert prompts[0].index("double('a') raises TypeError") < prompts[0].index("double(5) gives 25, expected 10")
    assert "Look at the logic" in prompts[0]
    assert "Look for what is missing" in prompts[1]
    selection = of(events, Finished)[0].selection
    assert selection.best.candidate.body == DOUBLE
    assert selection.repairs == (compared.repairs,)
    # Led to the examples and seconded by nobody: it is shown, not inserted.
    assert selection.level is Level.WEAK


async def test_fresh_samples_that_agree_with_a_repair_verify_it(sandbox):
    long = "y = x + x\nz = y\nreturn z"  # ten words: as much as three samples of four
    events, _ = await events_of(sandbox, script(long, fresh=DOUBLE), samples=2, first_samples=2)
    (compared,) = of(events, RepairsCompared)
    assert (compared.winner, compared.repairs.fresh) == ("both", 3)
    selection = of(events, Finished)[0].selection
    # Three of five samples; the repair, which behaves the same, is not counted.
    assert (selection.level, selection.best.cluster, selection.best.candidates) == (Level.VERIFIED, 3, 5)


async def test_tests_decide_between_repairs_and_fresh_samples_that_pass_and_differ(sandbox):
    source = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'
    tests = "assert double(3) == 6\nassert double(5) == 10\n"
    answers = script("return x * x", samples="return x + 1", fresh=DOUBLE)
    asked = []

    def with_tests(prompt, sampling):
        if "Write tests" in prompt:
            asked.append(prompt)
            return tests
        return answers(prompt, sampling)

    events, _ = await events_of(sandbox, with_tests, source, samples=2, first_samples=2, test_samples=1, s_star=False)
    selection = of(events, Finished)[0].selection
    assert len(asked) == 1
    assert selection.best.candidate.body == DOUBLE
    assert selection.best.tests_passed == 1.0


async def test_repairs_do_not_second_each_other(sandbox):
    """Four repairs that behave alike are as little as one: they were led to the same examples."""
    events, _ = await events_of(sandbox, script("return x + x", fresh="return x ** 2"), repair_rounds=2)
    selection = of(events, Finished)[0].selection
    assert (selection.level, selection.best.cluster) == (Level.WEAK, 1)


async def test_what_was_passed_is_an_anchor(sandbox):
    # Right for "a", wrong for what the parent was right about.
    events, _ = await events_of(sandbox, script(*["return x + x if isinstance(x, str) else 0"] * 4))
    assert [event.kept for event in of(events, RepairTried)] == [False] * 4
    (compared,) = of(events, RepairsCompared)
    assert (compared.repairs.tried, compared.repairs.kept, compared.winner) == (4, 0, "neither")
    assert of(events, Finished)[0].selection.best.candidate.body == SQUARE


async def test_a_better_repair_is_repaired_next(sandbox):
    better = "return x * x if isinstance(x, int) else x + x"
    events, engine = await events_of(sandbox, script(better, DOUBLE))
    first, second = of(events, RepairTried)
    assert second.candidate.parent == first.candidate.index
    prompts = [prompt for prompt, _ in engine.asked if asked_to_repair(prompt)]
    assert better in prompts[1]
    assert "double('a')" not in prompts[1].split("is wrong")[1]


async def test_the_same_body_again_is_dropped(sandbox):
    events, _ = await events_of(sandbox, script(SQUARE, SQUARE, "nothing at all", DOUBLE))
    assert [event.kept for event in of(events, RepairTried)] == [False, False, True]
    (rejected,) = of(events, RepairRejected)
    assert rejected.perspective == "assumptions"


async def test_as_many_tokens_go_to_fresh_samples(sandbox):
    long = "return " + " + ".join(["x"] * 30)
    events, _ = await events_of(sandbox, script(*[long] * 4, fresh=DOUBLE))
    (compared,) = of(events, RepairsCompared)
    # A sample is 4 words, a repair 60: the scripted engine counts words.
    assert compared.repairs.tokens == 4 * len(long.split())
    assert compared.repairs.fresh == compared.repairs.tokens / len(SQUARE.split())
    assert compared.winner == "fresh"
    assert compared.repairs.fresh_tokens >= compared.repairs.tokens * 0.9


@pytest.mark.parametrize(
    ("source", "changes"), [(SOURCE, {"repair_rounds": 0}), ('def double(x):\n    """Double x."""\n', {})]
)
async def test_nothing_is_repaired_without_need(sandbox, source, changes):
    events, engine = await events_of(sandbox, script(), source, **changes)
    assert not of(events, RepairTried)
    assert not any(asked_to_repair(prompt) for prompt, _ in engine.asked)
    assert not of(events, Finished)[0].selection.repairs


async def test_after_all_repairs_failed_they_are_analysed(sandbox):
    def answer(prompt, sampling):
        return (
            f"```python\ndef double(x):\n    {SQUARE}\n```"
            if "Work out what" in prompt or "is wrong" not in prompt
            else "no"
        )

    document = Document(SOURCE)
    for analysis in (False, True):
        engine = ChatEngine(answer)
        changed = settings(repair_analysis=analysis, s_star=False, input_samples=0, property_samples=0)
        task = make_task(document, document.named("double"))
        events = [event async for event in solve(task, engine=engine, sandbox=sandbox, settings=changed)]
        asked = [event.perspective for event in events if isinstance(event, RepairTried | RepairRejected)]
        assert asked == ["logic", "completeness", "assumptions", "alternatives", *(["analysis"] if analysis else [])]
        assert not of(events, StageSkipped)


async def test_the_analysis_is_shown_the_failed_attempts(sandbox):
    """Four samples square. Two of the four repairs do the same as each other; one crashes, one is not usable."""
    crash = 'return "" + x'  # right for no number, no anchor: tried, not kept, and shown all the same
    repairs = iter(["return x + 2", "return x + 1 + 1", crash, None])

    def answer(prompt, sampling):
        body = SQUARE
        if "Work out what all these attempts" in prompt:
            body = DOUBLE
        elif "is wrong" in prompt:
            body = next(repairs)
        return f"```python\ndef double(x):\n    {body}\n```" if body else "nothing at all"

    document = Document(SOURCE)
    engine = ChatEngine(answer)
    changed = settings(repair_analysis=True, s_star=False, input_samples=0, property_samples=0)
    task = make_task(document, document.named("double"))
    events = [event async for event in solve(task, engine=engine, sandbox=sandbox, settings=changed)]
    (prompt,) = [prompt for prompt, _ in engine.asked if "Work out what all these attempts" in prompt]
    shown = prompt[prompt.index("This body is wrong:") :]
    assert (
        shown[: shown.index("Work out")]
        == """This body is wrong:

```python
return x + 2
```

double('a') raises TypeError: can only concatenate str (not "int") to str, expected 'aa'
double(5) gives 7, expected 10

This was tried, and is wrong, too:

```python
return x * x
```

double('a') raises TypeError: can't multiply sequence by non-int of type 'str', expected 'aa'
double(5) gives 25, expected 10

This was tried, and is wrong, too:

```python
return "" + x
```

double(2) raises TypeError: can only concatenate str (not "int") to str, expected 4
double(5) raises TypeError: can only concatenate str (not "int") to str, expected 10
double('a') gives 'a', expected 'aa'

"""
    )
    assert of(events, RepairTried)[-1].candidate.body == DOUBLE


def attempt(body, *actual):
    """Return a body that passes where it gives `right`."""
    verdicts = tuple(
        verdict(f"f({number})", Status.PASS if given == "right" else Status.FAIL, given)
        for number, given in enumerate(actual)
    )
    return Attempt(candidate=Candidate(index=0, body=body, origin=Origin.REPAIR), verdicts=verdicts)


async def test_the_most_telling_attempts_do_different_things_and_fit():
    parent = attempt("p", "right", "1", "1")
    two, one = attempt("two", "right", "right", "1"), attempt("one", "2", "right", "1")
    longer, none = attempt("as one, longer", "2", "right", "1"), attempt("none", "3", "3", "3")
    assert most_telling([none, longer, one, two], parent) == [two, one, none]
    assert most_telling([attempt("as the parent", "right", "1", "1"), one], parent) == [one]
    assert most_telling([attempt("solved", "right", "right", "right"), one], parent) == [one]
    assert most_telling([none, one, two, attempt("fourth", "4", "4", "4")], parent) == [two, one, none]
    huge = attempt("h" * (MOST_TRIED_CHARACTERS - 3), "right", "right", "2")
    assert most_telling([huge, one], parent) == [huge, one]
    assert most_telling([huge, attempt("four", "2", "right", "1"), none], parent) == [huge]


async def test_a_model_that_cannot_analyse_is_not_asked_to(sandbox):
    events, _ = await events_of(sandbox, script(), repair_analysis=True)
    assert "repair_analysis" in [event.stage for event in of(events, StageSkipped)]
    assert len(of(events, RepairTried)) == 4


async def test_nothing_is_repaired_where_a_sample_is_right(sandbox):
    events, engine = await events_of(sandbox, script(samples=DOUBLE))
    assert not any(asked_to_repair(prompt) for prompt, _ in engine.asked)
    assert of(events, Finished)[0].selection.level is Level.VERIFIED


async def test_a_body_to_be_repaired_comes_first(sandbox):
    existing = Existing(body="return x + 2", failures=("double(5): expected 10, got 7",))
    events, engine = await events_of(sandbox, script(DOUBLE), existing=existing, repair_rounds=0)
    (tried,) = of(events, RepairTried)
    assert (tried.candidate.parent, tried.kept) == (-1, True)
    (prompt,) = [prompt for prompt, _ in engine.asked if asked_to_repair(prompt)]
    assert "return x + 2" in prompt
    assert of(events, Finished)[0].selection.best.candidate.body == DOUBLE


async def test_a_model_that_cannot_repair_is_not_asked(sandbox):
    document = Document(SOURCE)
    engine = ScriptedEngine(script(DOUBLE))
    engine.roles = ("code", "tests")
    solving = solve(make_task(document, document.named("double")), engine=engine, sandbox=sandbox, settings=settings())
    events = [event async for event in solving]
    assert not of(events, RepairTried)
    assert any(event.stage == "repair" and "not trained" in event.reason for event in of(events, StageSkipped))


async def test_a_token_budget_ends_the_solve_with_its_best(sandbox):
    events, _ = await events_of(sandbox, script(), samples=20, first_samples=2, token_budget=10, repair_rounds=2)
    (stopped,) = of(events, StoppedEarly)
    assert (stopped.by, "10 tokens" in stopped.reason) == ("tokens", True)
    assert len(of(events, CandidateMade)) < 20
    assert not of(events, RepairTried)
    assert of(events, Finished)[0].selection.best is not None


def verdict(call, status, actual="1"):
    case = TestCase(
        call=call, expected=Expected(kind=ExpectedKind.VALUE, text="i:2", shown="2"), provenance=Provenance.GIVEN
    )
    return Verdict(candidate=0, case=case, status=status, actual=actual, cpu_s=0.0)


async def test_failures_are_told_crashes_first():
    raised = "raises TypeError: no"
    attempt = Attempt(
        candidate=Candidate(index=0, body="pass", origin=Origin.SAMPLE),
        verdicts=(verdict("f(1)", Status.FAIL), verdict("f(2)", Status.PASS), verdict("f(3)", Status.ERROR, raised)),
    )
    assert [told(each, briefly=True) for each in attempt.failures] == [
        "f(3) raises TypeError, expected 2",
        "f(1) gives 1, expected 2",
    ]
    assert told(attempt.failures[0], briefly=False) == "f(3) raises TypeError: no, expected 2"
    assert attempt.passed == {"f(2)"}


@pytest.mark.parametrize(
    ("passed", "fresh_passed", "winner"),
    [
        (3, 2, "repair"),
        (2, 3, "fresh"),
        (3, 3, "both"),
        (1, 1, "neither"),
        (1, 0, "neither"),
        (1, 2, "fresh"),
        (2, 1, "repair"),
    ],
)
async def test_who_got_further(passed, fresh_passed, winner):
    counts = {"examples": 3, "before": 1, "tried": 4, "kept": 1, "tokens": 9, "fresh": 2, "fresh_tokens": 9}
    assert Repairs(passed=passed, fresh_passed=fresh_passed, **counts).winner == winner


async def test_how_many_samples_cost_as_much():
    sampled = [
        Candidate(index=i, body="pass", origin=Origin.SAMPLE, tokens=tokens) for i, tokens in enumerate((10, 20, 0))
    ]
    assert fresh_samples_for(0, sampled) == 0
    assert fresh_samples_for(1, sampled) == 1
    assert fresh_samples_for(46, sampled) == 4  # 46 / 15 = 3.07
    assert fresh_samples_for(46, []) == 1

"""S*: which races are run, which questions are asked, and what follows from the answers."""

import asyncio
import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline.ask import Nobody
from atlas_pipeline.asking import Asker, Stage
from atlas_pipeline.engine.api import FinishReason
from atlas_pipeline.errors import EngineLostError
from atlas_pipeline.events import QuestionAnswered, QuestionAsked
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, ExpectedKind, Origin, Provenance
from atlas_pipeline.s_star import (
    Answer,
    Decision,
    ModelJudge,
    SStar,
    combine,
    confirmed_case,
    contenders,
    distinguishing_calls,
    needless,
    output,
    pairs,
    read_answer,
    why_no_judge,
    winner,
)
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind, RaisedException
from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.selection import Evidence, rank
from atlas_pipeline.settings import SolveSettings

SOURCE = 'def f(x):\n    """Doc.\n\n    >>> f(1)\n    10\n    """\n'


def task():
    document = Document(SOURCE)
    return make_task(document, document.functions()[0])


def returned(value, **more):
    return Outcome(kind=OutcomeKind.RETURNED, value=canonical(value), shown=repr(value), **more)


def raised(name, *, explicit=True):
    exception = RaisedException(type_name=name, message="secret\ndetail", explicit=explicit)
    return Outcome(kind=OutcomeKind.RAISED, exception=exception)


TIMEOUT = Outcome(kind=OutcomeKind.TIMEOUT)


def evidence(*rows, calls=("f(1)", "f(2)", "f(3)")):
    """Build evidence from one row of values or outcomes per candidate, in the order of `calls`; f(1) is the example."""
    candidates = tuple(Candidate(index=i, body=f"return {i}", origin=Origin.SAMPLE) for i in range(len(rows)))
    observations = {
        i: {c: cell if isinstance(cell, Outcome) else returned(cell) for c, cell in zip(calls, row, strict=True)}
        for i, row in enumerate(rows)
    }
    return Evidence(
        task=task(),
        candidates=candidates,
        tests=(),
        inputs=tuple(c for c in calls if c != "f(1)"),
        observations=observations,
    )


def ranked(data, *scores):
    """Rank as the product does, then give the candidates these scores, in the order of their indices."""
    entries = [dataclasses.replace(entry, score=scores[entry.candidate.index]) for entry in rank(data)]
    return sorted(entries, key=lambda entry: (-entry.examples_passed, -entry.score))


def indices(entries):
    return [entry.candidate.index for entry in entries]


# Who races.


def test_contenders_are_the_leaders_of_clusters_within_the_gap():
    data = evidence([10, 1, 1], [10, 1, 1], [10, 2, 2], [10, 3, 3], [10, 4, 4])
    order = ranked(data, 2.0, 1.99, 1.9, 1.86, 1.85)
    assert indices(contenders(order, data, gap=0.15)) == [0, 2, 3]  # 1 behaves like 0; 4 is exactly 0.15 behind
    assert indices(contenders(order, data, gap=0.05)) == [0]
    assert indices(contenders(order, data, gap=9)) == [0, 2, 3]  # three at most
    assert contenders([], data, gap=0.15) == ()


def test_no_gap_means_no_race():
    data = evidence([10, 1, 1], [10, 2, 2])
    assert contenders(ranked(data, 1.0, 1.0), data, gap=0) == ()


def test_failing_an_example_the_first_passes_is_no_contender():
    data = evidence([10, 1, 1], [11, 2, 2])
    order = ranked(data, 1.0, 1.0)
    assert indices(contenders(order, data, gap=0.15)) == [0]


def test_nobody_races_where_the_first_fails_an_example():
    data = evidence([11, 1, 1], [12, 2, 2])
    assert contenders(ranked(data, 1.0, 1.0), data, gap=0.15) == ()


@pytest.mark.parametrize("bodies", [("return x", "return 5"), ("return 5", "return x")])
def test_what_the_ranking_puts_last_whatever_its_score_does_not_race(bodies):
    data = evidence([10, 1, 1], [10, 2, 2])
    candidates = tuple(dataclasses.replace(each, body=body) for each, body in zip(data.candidates, bodies, strict=True))
    data = dataclasses.replace(data, candidates=candidates)  # `return 5` never uses its parameter
    order = [dataclasses.replace(entry, score=1.0) for entry in rank(data)]
    assert order[0].candidate.body == "return x"
    assert len(contenders(order, data, gap=0.15)) == 1


# About what.


def test_the_call_whose_outcomes_most_candidates_share_comes_first():
    calls = ("f(1)", "f(2)", "f(3)", "f(44)")
    data = evidence([10, 1, 1, 1], [10, 2, 2, 2], [10, 9, 1, 1], [10, 8, 2, 2], calls=calls)
    found = distinguishing_calls(data, data.candidates[:2])
    # f(2): only the two themselves do 1 or 2; f(3) and f(44): all four do, and f(3) is shorter.
    assert [question.call for question in found] == ["f(3)", "f(44)", "f(2)"]
    assert found[0].options == ("1", "2")
    assert found[0].candidates == (0, 1)
    assert found[0].function == "f"


def test_a_call_on_which_one_fails_comes_last_and_one_on_which_both_fail_never():
    calls = ("f(1)", "f(2)", "f(3)", "f(4)")
    fails = raised("KeyError", explicit=False)
    data = evidence([10, TIMEOUT, 1, TIMEOUT], [10, 2, 2, fails], [10, 2, 8, fails], [10, 2, 9, fails], calls=calls)
    # Three candidates do what the two do on f(2), only the two themselves on f(3); but on f(2) one of them fails.
    assert [question.call for question in distinguishing_calls(data, data.candidates[:2])] == ["f(3)", "f(2)"]


def test_what_the_examples_settle_is_not_asked():
    data = evidence([10, 1, 1], [11, 1, 1])
    assert distinguishing_calls(data, data.candidates) == []


def test_outcomes_that_read_the_same_are_not_asked_about():
    long = "x" * 500
    alike = Outcome(kind=OutcomeKind.RETURNED, value=canonical([1]), shown="[...]")
    unlike = Outcome(kind=OutcomeKind.RETURNED, value=canonical([2]), shown="[...]")
    data = evidence([10, alike, long], [10, unlike, 2])
    assert distinguishing_calls(data, data.candidates) == []


def test_three_are_told_apart_by_one_call_or_not_at_all():
    data = evidence([10, 1, 1], [10, 2, 2], [10, 1, 3])
    assert [question.call for question in distinguishing_calls(data, data.candidates)] == ["f(3)"]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (returned([1, 2]), "[1, 2]"),
        (returned(None), "None"),
        (returned(None, stdout="a\nb\n"), "prints 'a\\nb\\n'"),
        (returned(3, stdout="a"), "3, prints 'a'"),
        (returned(None, changed_arguments="{0: [1]}"), "changes its arguments to {0: [1]}"),
        (raised("ValueError"), "raises ValueError"),
        (TIMEOUT, "runs out of time"),
    ],
)
def test_an_output_is_one_line(outcome, text):
    assert output(outcome) == text


def test_what_the_user_confirms_is_an_example():
    case = confirmed_case("f(2)", returned(4))
    assert case.call == "f(2)"
    assert case.provenance is Provenance.GIVEN
    assert (case.expected.kind, case.expected.text, case.expected.shown) == (ExpectedKind.VALUE, canonical(4), "4")
    assert confirmed_case("f(2)", raised("KeyError")).expected.kind is ExpectedKind.RAISES
    assert confirmed_case("f(2)", returned(None, stdout=" a \n")).expected.text == " a"
    assert confirmed_case("f(2)", returned(None, changed_arguments="{0: [1]}")) is None
    assert confirmed_case("f(2)", TIMEOUT) is None


# The tournament.


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({}, 0),
        ({(0, 1): None, (0, 2): None, (1, 2): 0}, 0),  # 1 has 1.5 wins, 0 has 1.0: but 1 did not beat 0
        ({(0, 1): 1}, 1),  # 1: 1 + .5, 0: .5
        ({(0, 1): 1, (1, 2): 1}, 1),  # 0: .5, 1: 1, 2: 1.5, but 2 did not beat 0; 1 did and is ahead of 0
        ({(0, 1): 1, (0, 2): 0, (1, 2): 1}, 0),  # a circle, one win each
        ({(0, 1): 1, (0, 2): 1, (1, 2): 1}, 2),
        ({(0, 1): 0, (0, 2): 1, (1, 2): None}, 2),
        ({(0, 1): 1, (0, 2): 1, (1, 2): None}, 1),  # equal: as ranked
    ],
)
def test_tournaments_by_hand(results, expected):
    assert winner(3, results) == expected


RESULTS = st.sampled_from([0, 1, None])


@given(st.integers(2, 3), st.tuples(RESULTS, RESULTS, RESULTS))
def test_only_who_beat_the_first_replaces_it_and_needless_comparisons_do_not_matter(count, drawn):
    results = dict(zip(pairs(count), drawn, strict=False))
    best = winner(count, results)
    assert best == 0 or results[(0, best)] == 1
    asked = {}
    for pair in pairs(count):
        if not needless(pair, asked):
            asked[pair] = results[pair]
    assert winner(count, asked) == best


def test_one_clear_answer_decides_a_race_of_two():
    assert [winner(2, {(0, 1): result}) for result in (0, None, 1)] == [0, 0, 1]


# Reading answers.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Answer: A", "a"),
        ("f(2) is 4.\n\n**Answer: B**", "b"),
        ("**Answer:** `A`.", "a"),
        ("Answer: neither", "neither"),
        ("Answer: Neither.", "neither"),
        ("Answer: Output B", "b"),
        ("So the answer is B.", "b"),
        ("Answer: \\boxed{A}", "a"),
        ("Answer: A\nWait, that is wrong.\nAnswer: B\n", "b"),
        ("The answer a caller expects is a list.", None),
        ("A", None),
        ("Answer: A or B", None),
        ("Answer: C", None),
        ("", None),
    ],
)
def test_reading_an_answer(text, expected):
    assert read_answer(text) == expected


@given(st.text(max_size=200))
def test_reading_never_fails(text):
    assert read_answer(text) in {"a", "b", "neither", None}


def test_only_an_answer_that_survives_swapping_counts():
    choices = {
        (one, other): combine(one, other).choice
        for one, other in itertools.product(["a", "b", "neither", None], repeat=2)
    }
    assert choices.pop(("a", "b")) == 0
    assert choices.pop(("b", "a")) == 1
    assert set(choices.values()) == {None}
    assert combine("neither", "neither").reason != combine("a", "a").reason


async def judge(script, *, kind=ChatEngine):
    engine = kind(script)
    asker = Asker(task(), engine, await engine.capabilities(), SolveSettings())
    return ModelJudge(asker), engine


QUESTION = distinguishing_calls(evidence([10, 1, 7], [10, 1, 8]), evidence([10, 1, 7], [10, 1, 8]).candidates)[0]


async def test_the_model_sees_specification_call_and_outputs_in_both_orders():
    asked, engine = await judge(lambda prompt, _: f"Answer: {'A' if 'Output A: 8' in prompt else 'B'}")
    assert await asked.prefer(QUESTION) == Answer(choice=1, reason="chosen in both orders")
    (one, first), (other, second) = engine.asked
    assert "Output A: 7\nOutput B: 8\n" in one
    assert "Output A: 8\nOutput B: 7\n" in other
    assert all("Doc." in prompt and "`f(3)`" in prompt and "return 0" not in prompt for prompt in (one, other))
    assert first.temperature == second.temperature == 0
    assert first.seed != second.seed
    assert asked.asker.use[Stage.JUDGE].requests == 2


async def test_a_model_that_prefers_a_position_decides_nothing():
    asked, _ = await judge(lambda prompt, _: "Answer: A")
    assert (await asked.prefer(QUESTION)).choice is None


async def test_an_answer_that_was_cut_off_counts_for_nothing():
    class Cut(ChatEngine):
        async def complete(self, prompt, sampling, *, on_text=None):
            answer = await super().complete(prompt, sampling, on_text=on_text)
            return dataclasses.replace(answer, finish=FinishReason.LENGTH)

    asked, engine = await judge(lambda prompt, _: f"Answer: {'A' if 'Output A: 8' in prompt else 'B'}", kind=Cut)
    assert await asked.prefer(QUESTION) == Answer(choice=None, reason="an answer could not be read")
    assert len(engine.asked) == 2


async def test_an_engine_error_reaches_the_caller_and_leaves_no_task():
    asked, _ = await judge(lambda prompt, _: EngineLostError("gone"))
    before = len(asyncio.all_tasks())
    with pytest.raises(EngineLostError):
        await asked.prefer(QUESTION)
    assert len(asyncio.all_tasks()) == before


def test_why_there_is_no_judge():
    engine = ScriptedEngine(lambda prompt, sampling: "")
    capabilities = asyncio.run(engine.capabilities())

    def why(roles, **settings):
        asker = Asker(task(), engine, dataclasses.replace(capabilities, roles=roles), SolveSettings(**settings))
        return why_no_judge(asker, asker.settings)

    assert why(None, s_star=True) is None
    assert why(("judge",), s_star=True) is None
    assert "solve.s_star" in why(None, s_star=False)
    assert "'pocket', was not trained to judge" in why(("code", "tests"), s_star=True)


# All of it.


class Oracle:
    """A judge that prefers the options in this order, and is undecided about others."""

    def __init__(self, *right):
        self.right = right
        self.asked = []

    async def prefer(self, question):
        self.asked.append((question.call, question.options))
        for option in self.right:
            if option in question.options:
                return Answer(choice=question.options.index(option), reason="known")
        return Answer(choice=None, reason="unknown")


class User:
    def __init__(self, choice):
        self.choice = choice
        self.asked = []

    async def choose(self, question):
        self.asked.append(question)
        return self.choice


async def settle(data, order, *, judge=None, ask=None, stop=None, rounds=1, run=None, more_calls=None, gap=0.15):
    async def observe(candidate, calls):
        known = data.observations[candidate.index]
        return {call: known[call] if call in known else run(candidate, call) for call in calls}

    async def nothing():
        return ()

    stage = SStar(
        judge=judge,
        ask=ask or Nobody(),
        observe=observe,
        more_calls=more_calls or nothing,
        gap=gap,
        rounds=rounds,
    )
    items = [item async for item in stage.settle(order, data, stop or asyncio.Event())]
    assert isinstance(items[-1], Decision)
    assert not any(isinstance(item, Decision) for item in items[:-1])
    return items[:-1], items[-1]


async def test_a_consistent_answer_moves_the_winner_to_the_front():
    data = evidence([10, 1, 1], [10, 1, 1], [10, 1, 2])
    order = ranked(data, 2.0, 2.0, 1.9)
    events, decision = await settle(data, order, judge=Oracle("2"))
    assert decision.changed
    assert indices(decision.ranked) == [2, 0, 1]
    assert [type(event) for event in events] == [QuestionAsked, QuestionAnswered]
    assert (events[0].call, events[0].options, events[0].candidates) == ("f(3)", ("1", "2"), (0, 2))
    assert (events[0].who, events[1].who, events[1].choice) == ("model", "model", 1)
    assert decision.confirmed is None


async def test_a_judge_that_agrees_with_the_ranking_changes_nothing():
    data = evidence([10, 1, 1], [10, 1, 2])
    user = User(1)
    _, decision = await settle(data, ranked(data, 2.0, 1.9), judge=Oracle("1"), ask=user)
    assert not decision.changed
    assert indices(decision.ranked) == [0, 1]
    assert not user.asked


async def test_nothing_close_nothing_asked():
    data = evidence([10, 1, 1], [10, 1, 2])
    oracle, user = Oracle("2"), User(1)
    events, decision = await settle(data, ranked(data, 2.0, 1.0), judge=oracle, ask=user)
    assert (events, oracle.asked, user.asked, decision.changed) == ([], [], [], False)


async def test_rounds_bound_the_calls_of_an_undecided_pair():
    data = evidence([10, 1, 1], [10, 2, 2])
    for rounds in (0, 1, 2, 5):
        oracle = Oracle()
        _, decision = await settle(data, ranked(data, 2.0, 1.9), judge=oracle, rounds=rounds)
        assert len(oracle.asked) == min(rounds, 2)
        assert len(set(oracle.asked)) == len(oracle.asked)
        assert not decision.changed


async def test_three_contenders_at_most_three_comparisons():
    data = evidence([10, 1, 1], [10, 2, 2], [10, 3, 3], [10, 4, 4])
    order = ranked(data, 2.0, 1.95, 1.9, 1.89)
    oracle = Oracle("3", "2", "1")
    _, decision = await settle(data, order, judge=oracle)
    assert indices(decision.ranked) == [2, 0, 1, 3]
    assert [options for _, options in oracle.asked] == [("1", "2"), ("1", "3"), ("2", "3")]
    oracle = Oracle("1")
    await settle(data, order, judge=oracle)
    assert [options for _, options in oracle.asked] == [("1", "2"), ("1", "3")]


async def test_the_user_is_asked_once_where_the_judge_left_it_open():
    data = evidence([10, 1, 1], [10, 2, 2], [10, 3, 3])
    user = User(2)
    events, decision = await settle(data, ranked(data, 2.0, 1.95, 1.9), judge=Oracle(), ask=user)
    assert len(user.asked) == 1
    assert user.asked[0].options == ("1", "2", "3")
    assert [event.who for event in events] == ["model"] * 4 + [
        "user"
    ] * 2  # nobody beat the first: the others need no comparison
    assert decision.changed
    assert indices(decision.ranked) == [2, 0, 1]
    assert (decision.confirmed.call, decision.confirmed.expected.shown) == ("f(2)", "3")
    assert "f(2) gives 3" in decision.reason


async def test_the_user_alone_and_two_contenders_that_one_call_tells_apart():
    data = evidence([10, 1, 1], [10, 2, 1], [10, 1, 3])
    user = User(0)
    events, decision = await settle(data, ranked(data, 2.0, 1.95, 1.9), ask=user)
    assert user.asked[0].options == ("1", "2")
    assert [event.who for event in events] == ["user", "user"]
    assert not decision.changed
    assert decision.confirmed.call == "f(2)"


@pytest.mark.parametrize("choice", [None, 2, -1])
async def test_no_usable_answer_of_the_user_changes_nothing(choice):
    data = evidence([10, 1, 1], [10, 2, 2])
    events, decision = await settle(data, ranked(data, 2.0, 1.95), ask=User(choice))
    assert events[-1].choice is None
    assert not decision.changed
    assert decision.confirmed is None


async def test_calls_are_made_where_the_observed_ones_do_not_tell():
    """Both run out of time or cannot be read apart on what was observed: mutated calls are tried."""
    blur = Outcome(kind=OutcomeKind.RETURNED, value=canonical("a" * 999), shown="...")
    other = Outcome(kind=OutcomeKind.RETURNED, value=canonical("b" * 999), shown="...")
    data = evidence([10, blur], [10, other], calls=("f(1)", "f(2)"))
    tried = []

    def run(candidate, call):
        tried.append(call)
        return returned(candidate.index)

    _, decision = await settle(data, ranked(data, 2.0, 1.95), judge=Oracle("1"), run=run)
    assert decision.changed
    assert tried
    assert not {"f(1)", "f(2)"} & set(tried)


async def test_the_model_is_asked_for_calls_last():
    blur = Outcome(kind=OutcomeKind.RETURNED, value=canonical("a" * 999), shown="...")
    other = Outcome(kind=OutcomeKind.RETURNED, value=canonical("b" * 999), shown="...")
    data = evidence([10, blur], [10, other], calls=("f(1)", "f(2)"))

    async def more_calls():
        return ["f(2)", "f('text')", "f('a longer text')"]

    def run(candidate, call):
        return returned(candidate.index if "text" in call else 5)

    oracle = Oracle("1")
    _, decision = await settle(data, ranked(data, 2.0, 1.95), judge=oracle, run=run, more_calls=more_calls)
    assert decision.changed
    assert oracle.asked == [("f('text')", ("0", "1"))]
    events, decision = await settle(data, ranked(data, 2.0, 1.95), judge=oracle, run=lambda *_: returned(5))
    assert events == []
    assert "no call tells" in decision.reason


async def test_a_stop_ends_the_questions_and_leaves_no_task():
    class Slow:
        async def prefer(self, question):
            await asyncio.sleep(60)

        async def choose(self, question):
            await asyncio.sleep(60)

    data = evidence([10, 1, 1], [10, 2, 2])
    for who in ({"judge": Slow()}, {"ask": Slow()}):
        stop = asyncio.Event()
        before = len(asyncio.all_tasks())
        running = asyncio.create_task(settle(data, ranked(data, 2.0, 1.95), stop=stop, rounds=2, **who))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(stop.set)
        events, decision = await running
        assert len(events) == 2  # one question, left open; no further one is asked
        assert events[-1].choice is None
        assert not decision.changed
        assert len(asyncio.all_tasks()) == before


async def test_cancelling_a_question_leaves_no_task():
    class Slow:
        async def choose(self, question):
            await asyncio.sleep(60)

    data = evidence([10, 1, 1], [10, 2, 2])
    before = len(asyncio.all_tasks())
    running = asyncio.create_task(settle(data, ranked(data, 2.0, 1.95), ask=Slow()))
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(asyncio.all_tasks()) == before

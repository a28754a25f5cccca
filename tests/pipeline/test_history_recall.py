"""Answers from the history: judged again in the real sandbox, without the model, or not given at all."""

import sqlite3
from contextlib import aclosing
from dataclasses import replace

import pytest
from scripted import ScriptedEngine
from solve_records import DOUBLE, solve_record, task_of

from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.errors import EngineLostError
from atlas_pipeline.events import (
    CandidateMade,
    EarlierAnswerJudged,
    Finished,
    RouteChosen,
    StageSkipped,
    Started,
    StoppedEarly,
    TestsMade,
)
from atlas_pipeline.examples import expect_value
from atlas_pipeline.existing import Existing
from atlas_pipeline.history import history as history_module
from atlas_pipeline.history import lessons, recall, store
from atlas_pipeline.history.history import History
from atlas_pipeline.history.reading import clear, read
from atlas_pipeline.history.recall import Remembering, solve_with_history
from atlas_pipeline.history.records import Outcome, key_of
from atlas_pipeline.records import Level, Provenance, TestCase
from atlas_pipeline.routing import Features, Lesson, Route, Router
from atlas_pipeline.settings import HistorySettings, Settings, SolveSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")

TESTS = "assert double(1) == 2\nassert double(5) == 10\nassert double(-3) == -6\n"
MODEL = read_header(model_path("")).digest
SETTINGS = Settings()


class Model:
    """A scripted model that counts how often anybody connects to it."""

    def __init__(self, *bodies, error=None):
        self.bodies = bodies
        self.error = error
        self.connected = 0
        self.asked = 0

    async def connect(self):
        self.connected += 1
        return ScriptedEngine(self.answer)

    def answer(self, prompt, sampling):
        if "Write tests" in prompt:
            return TESTS
        self.asked += 1
        if self.error is not None and self.asked > 1:
            return self.error
        return f"    {self.bodies[(self.asked - 1) % len(self.bodies)]}"


def right():
    return Model("return x * 2", "return x + x", "return 2 * x")


@pytest.fixture
def history(tmp_path):
    history = History(HistorySettings(), path=tmp_path / "history/history.sqlite3")
    yield history
    history.close()


async def run(history, model, sandbox, *, task=None, settings=SETTINGS, recall=None, kind="solve", **more):
    remembering = None
    if history is not None:
        remembering = Remembering(history=history, kind=kind, recall=(settings.solve,) if recall is None else recall)
    stream = solve_with_history(
        task or task_of(), remembering=remembering, connect=model.connect, sandbox=sandbox, settings=settings, **more
    )
    async with aclosing(stream) as events:
        return [event async for event in events]


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def kept(history):
    history.close()
    return read(history.path, store.solves) or []


async def test_the_second_time_nobody_connects_to_the_model(history, sandbox):
    uids = []
    first = await run(history, right(), sandbox, on_kept=uids.append)
    model = right()
    events = await run(history, model, sandbox, on_kept=uids.append)
    assert model.connected == 0
    judged, started = events[:2]
    assert isinstance(started, Started)
    assert of(events, EarlierAnswerJudged) == [judged]
    assert (judged.solve, judged.candidates, judged.verified) == (uids[0], 3, True)
    assert not of(events, RouteChosen)
    before, after = first[-1].selection, events[-1].selection
    assert (before.level, after.level) == (Level.VERIFIED, Level.VERIFIED)
    assert after.best.candidate == before.best.candidate
    assert after.cost.completion_tokens == after.cost.prompt_tokens == 0
    assert after.cost.programs_run > 0
    assert after.reason.startswith("from the history, solved ")
    assert [event.candidate for event in of(events, CandidateMade)] == [e.candidate for e in of(first, CandidateMade)]
    assert of(events, TestsMade)[0].tests == of(first, TestsMade)[0].tests
    answer, solve = kept(history)
    assert (answer.uid, answer.answered_from, answer.candidates, answer.level) == (uids[1], uids[0], 0, "VERIFIED")
    assert (solve.candidates, solve.ended, solve.outcomes) == (3, "finished", ("verified",))


@pytest.mark.parametrize(
    "change",
    [
        {"task": task_of(DOUBLE.replace("Double", "Twice"))},
        {"task": replace(task_of(), context="def helper(x):\n    return x\n")},
        {"settings": Settings(solve=SolveSettings(seed=3))},
        {"recall": ()},
        {"existing": Existing(body="return x", failures=("double(2): expected 4, got 2",))},
    ],
    ids=["docstring", "helper", "seed", "fresh", "repair"],
)
async def test_what_is_not_the_same_is_asked_of_the_model(history, sandbox, change):
    await run(history, right(), sandbox)
    model = right()
    events = await run(history, model, sandbox, **change)
    assert model.asked >= 3
    assert not of(events, EarlierAnswerJudged)
    assert [row.answered_from for row in kept(history)] == ["", ""]


async def test_another_model_is_asked(history, sandbox, monkeypatch):
    await run(history, right(), sandbox)
    monkeypatch.setattr(recall, "read_header", lambda path: replace(read_header(path), digest="f" * 16))
    model = right()
    events = await run(history, model, sandbox)
    assert model.asked >= 3
    assert not of(events, EarlierAnswerJudged)


async def test_the_cache_can_be_switched_off_alone(history, sandbox):
    await run(history, right(), sandbox)
    history.settings = HistorySettings(cache=False)
    model = right()
    await run(history, model, sandbox)
    assert model.asked >= 3
    assert len(kept(history)) == 2


async def test_without_a_history_it_is_the_plain_solve(sandbox, tmp_path):
    events = await run(None, right(), sandbox)
    assert events[-1].selection.level is Level.VERIFIED
    assert list(tmp_path.iterdir()) == []


async def test_an_answer_that_a_new_test_refutes_is_dropped_and_none_of_it_counts(history, sandbox):
    await run(history, right(), sandbox)
    case = TestCase(call="double('a')", expected=expect_value(None, "None"), provenance=Provenance.PROJECT)
    model = Model("return None if x == 'a' else x * 2")
    task = replace(task_of(), examples=(*task_of().examples, case))
    events = await run(history, model, sandbox, task=task)
    (judged,) = of(events, EarlierAnswerJudged)
    assert not judged.verified
    assert "1 of 2 examples" in judged.reason
    assert events.index(judged) < events.index(of(events, Started)[0])
    assert events[-1].selection.level is Level.VERIFIED
    assert events[-1].selection.cost.candidates == events[-1].selection.best.cluster == 3
    newest = kept(history)[0]
    assert (newest.candidates, newest.answered_from) == (3, "")


async def test_a_helper_outside_the_prompts_context_is_noticed_by_running(history, sandbox):
    """The key is the same; the code is not. What was VERIFIED calls a helper that does something else now."""
    source = DOUBLE + "\n\ndef helper(x):\n    return x * 2\n"
    bare = replace(task_of(source), context="")
    await run(history, Model("return helper(x)", "return helper( x )", "y = helper(x)\nreturn y"), sandbox, task=bare)
    changed = replace(task_of(source.replace("x * 2", "x * 3")), context="")
    model = right()
    events = await run(history, model, sandbox, task=changed)
    assert [event.verified for event in of(events, EarlierAnswerJudged)] == [False]
    assert model.asked >= 3


def stored(history, *bodies):
    key = key_of(task_of(), model_hash=MODEL, profile="pocket")
    record = solve_record("earlier", bodies=bodies)
    history.add(replace(record, key=key))


async def test_the_losers_of_the_draw_count(history, sandbox):
    """Three of eight that agree are not enough. They would be, had only they been kept."""
    agreeing = ["return x * 2", "return 2 * x", "return x + x"]
    alone = [f"return 4 if x == 2 else x - {n}" for n in range(5)]
    stored(history, *agreeing, *alone)
    (judged,) = of(await run(history, right(), sandbox), EarlierAnswerJudged)
    assert not judged.verified
    assert "only 3 of 8 samples agree" in judged.reason


async def test_the_choice_must_be_the_same(history, sandbox):
    """The first was chosen then, by an answer to a question say; judged again, the others lead."""
    stored(history, "return 4 if x == 2 else 0", "return x * 2", "return x + x", "return 2 * x")
    model = right()
    events = await run(history, model, sandbox)
    (judged,) = of(events, EarlierAnswerJudged)
    assert (judged.verified, judged.reason) == (False, "another candidate leads now")
    assert model.asked >= 3


async def test_draws_are_never_put_together(history, sandbox):
    """Two solves of the same seed drew the same two samples: that makes no three that agree."""
    for number in range(2):
        record = solve_record(f"{number}", bodies=("return x * 2", "return x + x"), began_at=float(number))
        history.add(replace(record, key=key_of(task_of(), model_hash=MODEL, profile="pocket")))
    (judged,) = of(await run(history, right(), sandbox), EarlierAnswerJudged)
    assert (judged.solve, judged.candidates, judged.verified) == ("1", 2, False)
    assert "fewer than 3" in judged.reason


async def test_what_the_user_undid_is_solved_anew(history, sandbox):
    uids = []
    await run(history, right(), sandbox, on_kept=uids.append)
    history.outcome(uids[0], Outcome.REVERTED)
    model = right()
    assert not of(await run(history, model, sandbox), EarlierAnswerJudged)
    assert model.asked >= 3


async def test_a_repair_answers_only_itself(history, sandbox):
    existing = Existing(body="return x", failures=("double(2): expected 4, got 2",))
    await run(history, right(), sandbox, existing=existing, kind="repair")
    model = right()
    assert not of(await run(history, model, sandbox, existing=existing), EarlierAnswerJudged)
    assert model.asked >= 3
    assert [row.kind for row in kept(history)] == ["solve", "repair"]


async def test_a_solve_that_is_cancelled_is_kept_as_far_as_it_came(history, sandbox):
    remembering = Remembering(history=history)
    stream = solve_with_history(
        task_of(), remembering=remembering, connect=right().connect, sandbox=sandbox, settings=SETTINGS
    )
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, CandidateMade) and event.done == 2:
                break
    (row,) = kept(history)
    assert (row.ended, row.level, row.candidates) == ("cancelled", "", 2)


async def test_of_an_error_only_the_kind_is_kept(history, sandbox):
    secret = EngineLostError("https://me:secret@models.example.org is gone")
    with pytest.raises(EngineLostError):
        await run(history, Model("return x + 3", error=secret), sandbox)
    # Nor where something was found before it.
    (stopped,) = of(await run(history, Model("return x * 2", error=secret), sandbox), StoppedEarly)
    assert (stopped.by, "secret" in stopped.reason) == ("engine", True)
    history.close()
    if history.path.exists():
        assert b"secret" not in history.path.read_bytes()
    assert [row.ended for row in kept(history)] == ["finished", "EngineLostError"]


async def test_a_solve_without_a_candidate_leaves_nothing(history, sandbox):
    class Silent(Model):
        async def connect(self):
            raise EngineLostError("gone")

    with pytest.raises(EngineLostError):
        await run(history, Silent(), sandbox)
    assert kept(history) == []


async def test_a_history_that_is_in_use_delays_nobody(history, sandbox, monkeypatch):
    await run(history, right(), sandbox)
    history.close()
    monkeypatch.setattr(history_module, "LOOKUP_S", 0.05)
    blocker = sqlite3.connect(history.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    model = right()
    events = await run(history, model, sandbox)
    (skipped,) = [event for event in of(events, StageSkipped) if event.stage == "history"]
    assert "did not answer" in skipped.reason
    assert model.asked >= 3
    blocker.execute("COMMIT")
    blocker.close()
    assert isinstance(events[-1], Finished)
    assert len(kept(history)) == 2


AUTO = Settings(solve=SolveSettings(route="auto", test_samples=0, mutants=0))


def routed(history):
    """Return what the router said in each solve that is kept, oldest first."""
    history.close()
    return [solve["route"] for solve in read(history.path, lambda connection: list(store.export(connection)))]


async def test_the_router_learns_from_the_solves_before(history, sandbox):
    unlike = [task_of(DOUBLE.replace("Double", word)) for word in ("Twice", "Two times", "Once and again")]
    wrong = Model("return x + 3")
    for task in unlike:
        await run(history, wrong, sandbox, task=task, settings=AUTO)
    assert [route["learned_from"] for route in routed(history)] == [0, 1, 2]
    another = History(HistorySettings(), path=history.path)
    events = await run(another, wrong, sandbox, settings=AUTO)
    (chosen,) = of(events, RouteChosen)
    assert chosen.learned_from == 3
    assert "learned from 3 earlier outcomes" in chosen.reason
    assert not [event for event in of(events, StageSkipped) if event.stage == "router"]
    router = await another.router(MODEL)
    given, route = Features(**chosen.features), Route(chosen.route)
    assert router.probability(given, route) < Router().probability(given, route)  # it failed four times
    assert (await another.router("f" * 16)).seen == 0  # another model
    another.close()
    clear(history.path)
    (chosen,) = of(await run(history, wrong, sandbox, settings=AUTO), RouteChosen)
    assert chosen.learned_from == 0


async def test_without_a_history_the_router_says_so(history, sandbox):
    events = await run(None, right(), sandbox, settings=AUTO)
    assert isinstance(events[-1], Finished)
    (skipped,) = [event for event in of(events, StageSkipped) if event.stage == "router"]
    assert skipped.reason == "history.enabled is false; the route is chosen without earlier outcomes"
    assert of(events, RouteChosen)[0].learned_from == 0
    history.path.parent.mkdir(parents=True)
    history.path.mkdir()  # no file
    events = await run(history, right(), sandbox, settings=AUTO)
    (skipped,) = [event for event in of(events, StageSkipped) if event.stage == "router"]
    assert "is not a file. Move it away; the route is chosen without" in skipped.reason
    # Where no route is to be chosen there is nothing to say.
    assert "router" not in [event.stage for event in of(await run(None, right(), sandbox), StageSkipped)]


@pytest.mark.parametrize(
    ("level", "stopped", "outcomes", "solved"),
    [
        (Level.UNVERIFIED, "", (), [False]),
        (Level.UNVERIFIED, "deadline", (), [False]),
        (Level.UNVERIFIED, "user", (), []),
        (Level.UNVERIFIED, "engine", (), []),
        (Level.VERIFIED, "", (), [True]),
        (Level.VERIFIED, "user", (), [True]),
        (Level.VERIFIED, "", (Outcome.ACCEPTED, Outcome.REVERTED), [False]),
        (Level.VERIFIED, "", (Outcome.REVERTED, Outcome.ACCEPTED), [True]),
        (Level.WEAK, "", (), []),
        (Level.WEAK, "", (Outcome.ACCEPTED,), [True]),
        (Level.WEAK, "", (Outcome.VERIFIED,), [True]),
        (Level.WEAK, "", (Outcome.REJECTED,), [False]),
        (Level.WEAK, "", (Outcome.ACCEPTED, Outcome.EDITED), []),
        (Level.VERIFIED, "", (Outcome.ACCEPTED, Outcome.EDITED), []),
        (Level.VERIFIED, "", (Outcome.ACCEPTED, Outcome.EDITED, Outcome.ACCEPTED), [True]),
        (Level.VERIFIED, "", (Outcome.ACCEPTED, Outcome.EDITED, Outcome.REVERTED), [False]),
    ],
)
async def test_what_counts_as_solved(history, level, stopped, outcomes, solved):
    keep(history, level=level, stopped=stopped)
    for outcome in outcomes:
        history.outcome("a", outcome)
    assert [lesson.solved for lesson in learned(history)] == solved


FEATURES = {"length": 0.1, "examples": 0.3, "annotated": 1.0, "context": 0.2, "logprob": -0.5}
FEATURES = {**FEATURES, "passed": 0.5, "crashed": 0.0}


def keep(history, uid="a", *, route="full", features=FEATURES, **changes):
    route = {"route": route, "samples": 8, "reason": "", "features": features, "schema": 1}
    history.add(solve_record(uid, **{"route": route, "level": Level.UNVERIFIED, **changes}))


def learned(history):
    history.close()
    return read(history.path, lambda connection: lessons.lessons(connection, "0" * 16))


async def test_lessons_are_read_as_they_were_kept(history):
    keep(history)
    assert learned(history) == [Lesson(features=Features(**FEATURES), route=Route.FULL, solved=False)]


@pytest.mark.parametrize(
    "changes",
    [
        {"features": {}},
        {"features": {"length": 0.1}},
        {"route": "a route of another version"},
        {"ended": "cancelled"},
        {"answered_from": "b"},
        {"key": replace(solve_record().key, model_hash="1" * 16)},
    ],
    ids=["set", "other features", "other route", "cancelled", "from the history", "other model"],
)
async def test_what_teaches_nothing(history, changes):
    keep(history, **changes)
    assert learned(history) == []


async def test_what_was_reverted_after_it_came_from_the_history_was_not_solved(history):
    keep(history, level=Level.VERIFIED)
    keep(history, "b", answered_from="a", level=Level.VERIFIED, began_at=2000.0)
    history.outcome("b", Outcome.REVERTED)
    assert [lesson.solved for lesson in learned(history)] == [False]


async def test_only_the_newest_are_learned_from_oldest_first(history, monkeypatch):
    monkeypatch.setattr(lessons, "MOST_LESSONS", 2)
    for number in range(3):
        keep(history, str(number), features={**FEATURES, "passed": number / 2}, began_at=1000.0 + number)
    assert [lesson.features.passed for lesson in learned(history)] == [0.5, 1.0]


async def test_judging_again_asks_nobody():
    remembered = recall._Remembered(
        store.Known(uid="a", solved_at=0.0, model="m", chosen="pass", found=solve_record().found),
        recall.ModelIdentity(model_hash="0" * 16, profile="pocket"),
    )
    assert (await remembered.capabilities()).model == "m"
    for asking in (remembered.chat([], None), remembered.complete("", None), remembered.embed([])):
        with pytest.raises(recall.EngineError, match="without the model"):
            await asking

"""The router: hand-computed numbers, and a simulation in which hard tasks have to reach the full pipeline."""

import asyncio
import math
import random
from dataclasses import replace

import numpy as np
import pytest
from scripted import ChatEngine, ScriptedEngine

from atlas_pipeline import prompts
from atlas_pipeline.events import (
    CandidateMade,
    CandidateTested,
    Finished,
    PlansMade,
    RepairTried,
    RouteChosen,
    TestsMade,
)
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Candidate, Level, Origin
from atlas_pipeline.routing import COST, PATIENCE_S, Choice, Features, Route, Router, features_of, level_says
from atlas_pipeline.settings import Settings, SolveSettings, StageThinking, ThinkingBudget, ThinkingSettings
from atlas_pipeline.solving import solve


def features(**changes):
    plain = {
        "length": 0.0,
        "examples": 1.0,
        "annotated": 1.0,
        "context": 0.0,
        "logprob": -0.2,
        "passed": 0.5,
        "crashed": 0.0,
    }
    return Features(**{**plain, **changes})


def test_the_probability_is_the_moderated_logistic():
    # w . x = .3 + .2 + .5 * -.2 + 2.5 * .5 + 1.2 * 1 - 1 = 1.85; |x|^2 = 1 + 1 + .04 + .25 + 1 + 1 = 4.29
    activation = 1.85 / math.sqrt(1 + math.pi * (4.29 / 4) / 8)
    assert Router().probability(features(), Route.SAMPLES) == pytest.approx(1 / (1 + math.exp(-activation)))


def test_one_outcome_moves_the_weights_as_computed_by_hand():
    router = Router()
    x = np.array(features().vector(Route.SAMPLES))
    p = 1 / (1 + math.exp(-1.85))
    before = np.array(router.mean)
    router.learn(features(), Route.SAMPLES, solved=False)
    # The prior's precision is 4 I, and (4 I + s x x')^-1 x = x / (4 + s |x|^2) with s = p (1 - p).
    expected = before - p * x / (4 + p * (1 - p) * 4.29)
    np.testing.assert_allclose(router.mean, expected)
    assert router.seen == 1


def test_routes_beyond_the_deadline_are_left_out():
    rng = random.Random(0)
    hard = features(passed=0.0)
    for _ in range(50):
        choice = Router().choose(hard, first_s=2.0, left_s=2.0 * COST[Route.SAMPLES], rng=rng)
        assert choice.route in (Route.FAST, Route.SAMPLES)
    assert Router().choose(hard, first_s=2.0, left_s=0.1, rng=rng).route is Route.FAST


def test_one_solve_in_twenty_explores():
    rng = random.Random(1)
    choices = [Router().choose(features(passed=1.0), first_s=1.0, rng=rng) for _ in range(4000)]
    explored = [choice for choice in choices if choice.is_exploration]
    assert 150 < len(explored) < 250
    assert {choice.route for choice in explored} == set(Route)


def test_the_features_of_a_task():
    document = Document('def f(x: int) -> int:\n    """Do.\n\n    >>> f(1)\n    2\n    """\n')
    task = make_task(document, document.named("f"))
    first = Candidate(index=0, body="return 2", origin=Origin.SAMPLE, mean_logprob=-3.0)
    found = features_of(task, first, ())
    assert (found.examples, found.annotated, found.logprob, found.passed, found.crashed) == (1 / 3, 1.0, -1.0, 0.5, 0.0)
    assert features_of(task, None, ()).crashed == 1.0


NO_EXAMPLE = 'def double(x):\n    """Double x."""\n'
SOURCE = 'def double(x):\n    """Double x.\n\n    >>> double(2)\n    4\n    """\n'


async def events_of(sandbox, body, router=None, *, source=SOURCE, engine=ScriptedEngine, **changes):
    quick = {"test_samples": 0, "mutants": 0, "resamples": 0, "first_samples": 3, "samples": 5}
    document = Document(source)
    engine = engine(body if callable(body) else lambda prompt, sampling: body)
    settings = Settings(solve=SolveSettings(**{**quick, **changes}))
    task = make_task(document, document.named("double"))
    return [event async for event in solve(task, engine=engine, sandbox=sandbox, settings=settings, router=router)]


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


class Steered(Router):
    """Says what it is told to, and remembers what it was asked."""

    def __init__(self, route):
        super().__init__()
        self.told = route

    def choose(self, features, **more):
        self.features, self.more = features, more
        return Choice(route=self.told, reason="told", probability=0.5)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("route", "made"), [("fast", 1), ("samples", 3), ("full", 3), ("full + repair", 3)])
async def test_a_route_can_be_set(sandbox, route, made):
    events = await events_of(sandbox, "return 2 * x", route=route)
    (chosen,) = of(events, RouteChosen)
    assert (chosen.route, chosen.reason) == (route, "solve.route says so")
    assert len(of(events, CandidateMade)) == made
    level = of(events, Finished)[0].selection.level
    assert level is (Level.WEAK if route == "fast" else Level.VERIFIED)  # one sample agrees with nobody


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("route", "asked"), [("fast", ["code"]), ("samples", ["code", "tests"])])
async def test_a_fast_answer_does_not_wait_for_tests(sandbox, route, asked):
    events = await events_of(sandbox, "return 2 * x", route=route, test_samples=2, source=NO_EXAMPLE)
    assert [stage.stage for stage in of(events, Finished)[0].stages] == asked
    (tests,) = of(events, TestsMade)
    assert tests.inputs  # those that cost no tokens


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("plans", [True, False])
async def test_the_router_leaves_out_plans_for_models_that_gain_nothing_by_them(sandbox, monkeypatch, plans):
    read = prompts.facts
    monkeypatch.setattr(prompts, "facts", lambda profile: replace(read(profile), plans=plans))
    router = Steered(Route.REPAIR)
    events = await events_of(sandbox, "return 2 * x", router, engine=ChatEngine, route="auto")
    assert (Route.FULL in router.more["routes"]) is plans
    assert bool(of(events, PlansMade)) is plans
    chosen = await events_of(sandbox, "return 2 * x", engine=ChatEngine, route="full")
    assert of(chosen, PlansMade)  # who asks for them gets them


class SlowAtTests(ScriptedEngine):
    """Never ends a request for tests."""

    begun = 0

    async def complete(self, prompt, sampling, **more):
        if "Write tests" in prompt:
            SlowAtTests.begun += 1
            await asyncio.Event().wait()
        return await super().complete(prompt, sampling, **more)


@pytest.mark.asyncio(loop_scope="module")
async def test_tests_are_not_begun_when_the_router_says_fast(sandbox):
    SlowAtTests.begun = 0
    async with asyncio.timeout(60.0):
        events = await events_of(
            sandbox, "return 2 * x", Steered(Route.FAST), engine=SlowAtTests, route="auto", test_samples=2
        )
    assert SlowAtTests.begun == 0
    assert of(events, Finished)[0].selection.level is Level.WEAK


class Thinker(ScriptedEngine):
    """A model that can think."""

    async def capabilities(self):
        return replace(await super().capabilities(), thinking=True)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("route", "thinks"), [("fast", False), ("samples", True)])
async def test_a_fast_answer_is_given_without_thinking(sandbox, route, thinks):
    asked = []

    def answer(prompt, sampling):
        asked.append(sampling.thinking.max > 0)
        return "return 2 * x"

    thinking = ThinkingSettings(full=StageThinking(code=ThinkingBudget(mode="capped")))
    await events_of(sandbox, answer, engine=Thinker, route=route, tier="full", thinking=thinking)
    assert set(asked) == {thinks}


@pytest.mark.parametrize(
    ("level", "examples", "said"),
    [
        (Level.VERIFIED, True, True),
        (Level.UNVERIFIED, True, False),
        (Level.WEAK, True, None),
        (Level.WEAK, False, None),
        (Level.UNVERIFIED, False, None),
    ],
)
def test_what_a_level_says_without_a_word_of_the_user(level, examples, said):
    assert level_says(level, examples=examples) is said


@pytest.mark.asyncio(loop_scope="module")
async def test_where_nothing_can_be_passed_a_single_answer_is_no_route(sandbox):
    router = Steered(Route.SAMPLES)
    await events_of(sandbox, "return 2 * x", router, source=NO_EXAMPLE, route="auto")
    assert router.more["routes"] == [Route.SAMPLES, Route.REPAIR]


@pytest.mark.asyncio(loop_scope="module")
async def test_the_route_with_repairs_repairs(sandbox):
    assert of(await events_of(sandbox, "return x + 3", route="full + repair"), RepairTried)
    assert not of(await events_of(sandbox, "return x + 3", route="full"), RepairTried)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("route", "made"), [(Route.FAST, 1), (Route.SAMPLES, 3)])
async def test_the_router_is_asked_after_the_first_candidate(sandbox, route, made):
    router = Steered(route)
    events = await events_of(sandbox, "return 2 * x", router, route="auto", deadline_s=100.0)
    kinds = [type(event) for event in events]
    assert kinds.index(CandidateTested) < kinds.index(RouteChosen)
    assert len(of(events, CandidateMade)) == made
    assert (router.features.passed, router.features.examples) == (1.0, 1 / 3)
    assert 0.0 < router.more["left_s"] <= 100.0
    # The scripted model knows the pocket's first three roles: it repairs, and does not plan.
    assert router.more["routes"] == [Route.FAST, Route.SAMPLES, Route.REPAIR]


@pytest.mark.asyncio(loop_scope="module")
async def test_loading_the_model_takes_nothing_from_the_deadline(sandbox):
    """The router and the timer of the deadline count from the same moment: when the model is loaded."""
    loop, moments = asyncio.get_running_loop(), {}

    class Loading(ScriptedEngine):
        async def capabilities(self):
            await asyncio.sleep(0.2)  # as if it were loaded
            moments["ready"] = loop.time()
            return await super().capabilities()

    class Asked(Steered):
        def choose(self, features, **more):
            moments["over"] = loop.time() + more["left_s"]
            return super().choose(features, **more)

    document = Document(SOURCE)
    settings = Settings(solve=SolveSettings(route="auto", deadline_s=100.0, test_samples=0, mutants=0))
    task = make_task(document, document.named("double"))
    engine = Loading(lambda prompt, sampling: "return 2 * x")
    solving = solve(task, engine=engine, sandbox=sandbox, settings=settings, router=Asked(Route.FAST))
    assert [event async for event in solving]
    assert moments["over"] >= moments["ready"] + 100.0


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_deadline_nothing_limits_the_route(sandbox):
    router = Steered(Route.FAST)
    await events_of(sandbox, "return 2 * x", router, route="auto")
    assert router.more["left_s"] == math.inf


# A world in which the truth is known: easy tasks are solved by anything, hopeless ones by nothing, hard ones by effort.

KINDS = {
    "easy": (
        features(passed=1.0, length=-0.5),
        {Route.FAST: 0.97, Route.SAMPLES: 0.98, Route.FULL: 0.98, Route.REPAIR: 0.98},
    ),
    "hard": (
        features(passed=0.3, length=0.4),
        {Route.FAST: 0.05, Route.SAMPLES: 0.35, Route.FULL: 0.65, Route.REPAIR: 0.7},
    ),
    "hopeless": (
        features(passed=0.0, length=1.0, crashed=1.0, logprob=-1.0),
        {Route.FAST: 0.0, Route.SAMPLES: 0.01, Route.FULL: 0.02, Route.REPAIR: 0.02},
    ),
}
FIRST_S = 2.0
"""Seconds of the first candidate: the full pipeline takes some 24."""


def utility(kind, route):
    return KINDS[kind][1][route] - COST[route] * FIRST_S / PATIENCE_S


def simulate(tasks, seed):
    rng, router = random.Random(seed), Router()
    chosen = []
    for _ in range(tasks):
        kind = rng.choices(list(KINDS), weights=(6, 3, 1))[0]
        given, solves = KINDS[kind]
        choice = router.choose(given, first_s=FIRST_S, rng=rng)
        router.learn(given, choice.route, solved=rng.random() < solves[choice.route])
        chosen.append((kind, choice.route))
    return chosen


@pytest.mark.parametrize("seed", range(5))
def test_hard_tasks_reach_the_full_pipeline_and_easy_ones_do_not(seed):
    chosen = simulate(600, seed)[300:]
    shares = {kind: [route for k, route in chosen if k == kind] for kind in KINDS}
    assert sum(route in (Route.FULL, Route.REPAIR) for route in shares["hard"]) > 0.8 * len(shares["hard"])
    assert sum(route in (Route.FULL, Route.REPAIR) for route in shares["easy"]) < 0.1 * len(shares["easy"])
    assert sum(route in (Route.FULL, Route.REPAIR) for route in shares["hopeless"]) < 0.3 * len(shares["hopeless"])


def test_it_beats_the_best_fixed_route():
    gains = []
    for seed in range(10):
        chosen = simulate(600, seed)
        own = sum(utility(kind, route) for kind, route in chosen)
        fixed = max(sum(utility(kind, route) for kind, _ in chosen) for route in Route)
        best = sum(max(utility(kind, route) for route in Route) for kind, _ in chosen)
        gains.append((best - fixed, best - own))
    regret_of_fixed = sum(a for a, _ in gains)
    regret_of_router = sum(b for _, b in gains)
    assert regret_of_router < regret_of_fixed

"""Chooses how much to try, after the first candidate: P(solved) of each route, and what trying it costs.

    task, first candidate and its verdicts -> Features -> P(solved | route) -> utility within the deadline -> route

One logistic model serves all routes: the effort of a route is one of its eight features. So the gain of more effort is
large where the odds are even, and small where the task is solved already or hopeless, which is what a rule that divides
P by cost cannot say: it never chose its expensive routes (ATLAS, `research/atlas.md`). The weights have a Gaussian prior
and are updated after each solve by one Newton step on the log posterior (assumed density filtering; Spiegelhalter and
Lauritzen 1990, section 5).
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from atlas_pipeline.records import Candidate, FunctionTask, Level, Status, Verdict

EXPLORATION = 0.05
"""Share of the solves that take a route at random: without it a route that was unlucky once is never seen again."""
PATIENCE_S = 120.0
"""Seconds of waiting that are worth as much as one solved function."""


class Route(Enum):
    """How much is tried, from least to most."""

    FAST = "fast"
    """The first candidate, without thinking, and nothing else: no tests are written for it."""
    SAMPLES = "samples"
    """Plain samples, as many as the evidence asks for."""
    FULL = "full"
    """With plans, and thinking where the model thinks."""
    REPAIR = "full + repair"
    """And repairs of what fails."""


COST: Mapping[Route, float] = {Route.FAST: 0.0, Route.SAMPLES: 8.2, Route.FULL: 11.7, Route.REPAIR: 12.0}
"""Expected further time, in times of the first candidate, self-written tests, plans and runs included; as measured with the
bundled model on one CPU core (`benchmarks/RESULTS.md`). Where many requests share a batch at little cost it is less."""
EFFORT: Mapping[Route, float] = {Route.FAST: 0.0, Route.SAMPLES: 1.0, Route.FULL: 1.5, Route.REPAIR: 1.8}

_PRIOR_MEAN = (-0.5, 0.3, 0.2, 0.0, 0.5, 2.5, -1.0, 1.2)
_PRIOR_BIAS = -1.0
_PRIOR_VARIANCE = 0.25
"""Of every weight: a standard deviation of one half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What is known of a task after its first candidate; each between about -1 and 1."""

    length: float
    """Of header and docstring: log2(characters / 256) / 4."""
    examples: float
    """Given examples, three or more are 1."""
    annotated: float
    """1 where the signature has annotations."""
    context: float
    """log2(1 + tokens of context) / 10."""
    logprob: float
    """Mean log-probability of the first candidate, at least -1; 0 where it is not known."""
    passed: float
    """Share of the given examples that it passes. Without any: P(right) by the Lens where `lens.route` asks for it, else
    one half."""
    crashed: float
    """1 where it could not be used, or raised on an example."""

    def vector(self, route: Route) -> list[float]:
        """Return the eight features and the constant 1."""
        known = (self.length, self.examples, self.annotated, self.context, self.logprob, self.passed, self.crashed)
        return [*known, EFFORT[route], 1.0]


def features_of(
    task: FunctionTask, first: Candidate | None, verdicts: Sequence[Verdict], *, likely: float | None = None
) -> Features:
    """Return the features of a task.

    Args:
        task: with its context.
        first: the first candidate; None where the answer held no code.
        verdicts: of the first candidate on the given examples.
        likely: P(right) of the first candidate by the Lens; None where it says nothing.
    """
    characters = len(task.header) + len(task.docstring)
    passed = sum(verdict.status is Status.PASS for verdict in verdicts)
    return Features(
        length=max(-1.0, min(1.0, math.log2(max(characters, 1) / 256) / 4)),
        examples=min(len(task.examples), 3) / 3,
        annotated=float("->" in task.header or ":" in task.header.partition("(")[2].rpartition(")")[0]),
        context=min(1.0, math.log2(1 + len(task.context) / 3) / 10),
        logprob=max(-1.0, first.mean_logprob) if first is not None and first.mean_logprob is not None else 0.0,
        passed=passed / len(verdicts) if verdicts else 0.5 if likely is None else likely,
        crashed=float(first is None or any(verdict.status is Status.ERROR for verdict in verdicts)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A route, and why."""

    route: Route
    reason: str
    probability: float
    """That it solves the task."""
    is_exploration: bool = False


def level_says(level: Level, *, examples: bool) -> bool | None:
    """Return whether a level says that a task was solved; None where only the user can.

    VERIFIED is right nearly always, and what is UNVERIFIED in spite of examples failed them. A single candidate that
    passes them may be right, and so may anything that has none to pass.
    """
    if level is Level.VERIFIED:
        return True
    return False if level is Level.UNVERIFIED and examples else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What became of a route that was chosen."""

    features: Features
    route: Route
    solved: bool


class Router:
    """A logistic model of "this route solves this task". Not thread-safe."""

    def __init__(self) -> None:
        self.mean = [*_PRIOR_MEAN, _PRIOR_BIAS]
        size = range(len(self.mean))
        self.covariance = [[_PRIOR_VARIANCE if i == j else 0.0 for j in size] for i in size]
        self.seen = 0
        """Outcomes learned from."""

    @classmethod
    def taught(cls, lessons: Iterable[Lesson]) -> Router:
        """Return a router that has learned from these, in their order."""
        router = cls()
        for lesson in lessons:
            router.learn(lesson.features, lesson.route, solved=lesson.solved)
        return router

    def probability(self, features: Features, route: Route) -> float:
        """Return P(solved) of a route: the logistic of the mean, moderated by its variance (MacKay 1992)."""
        x = features.vector(route)
        variance = _dot(x, _times(self.covariance, x))
        return _logistic(_dot(x, self.mean) / math.sqrt(1.0 + math.pi * variance / 8.0))

    def choose(
        self,
        features: Features,
        *,
        first_s: float,
        left_s: float = math.inf,
        routes: Sequence[Route] = tuple(Route),
        rng: random.Random,
    ) -> Choice:
        """Return the route of the largest utility, now and then one at random.

        Args:
            features: of the task.
            first_s: seconds the first candidate took.
            left_s: seconds until the user's deadline; longer routes are left out.
            routes: those that the model can take.
            rng: draws the exploration.
        """
        possible = [route for route in routes if COST[route] * first_s <= left_s] or [Route.FAST]
        solves = {route: self.probability(features, route) for route in possible}
        if len(possible) > 1 and rng.random() < EXPLORATION:
            route = rng.choice(possible)
            return Choice(route=route, reason="tried now and then", probability=solves[route], is_exploration=True)
        best = max(possible, key=lambda route: solves[route] - COST[route] * first_s / PATIENCE_S)
        said = ", ".join(f"{route.value} {solves[route]:.0%}" for route in possible)
        return Choice(
            route=best,
            reason=f"estimated to solve it: {said}; further seconds: {COST[best] * first_s:.1f}",
            probability=solves[best],
        )

    def learn(self, features: Features, route: Route, *, solved: bool) -> None:
        """Take in one outcome."""
        x = features.vector(route)
        p = _logistic(_dot(x, self.mean))
        # The precision grows by s x x': its inverse, the covariance, follows by Sherman and Morrison.
        s, spread = p * (1.0 - p), _times(self.covariance, x)
        shrink = s / (1.0 + s * _dot(x, spread))
        self.covariance = [
            [value - shrink * a * b for value, b in zip(row, spread, strict=True)]
            for row, a in zip(self.covariance, spread, strict=True)
        ]
        step = _times(self.covariance, x)
        self.mean = [weight + (float(solved) - p) * by for weight, by in zip(self.mean, step, strict=True)]
        self.seen += 1


def _dot(a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def _times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> list[float]:
    return [_dot(row, vector) for row in matrix]


def _logistic(activation: float) -> float:
    return 1.0 / (1.0 + math.exp(-activation))

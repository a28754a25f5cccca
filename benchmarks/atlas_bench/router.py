"""`python -m atlas_bench router`: the router in a world whose truth is known, with its regret against every fixed route.

The world is not the router's own model. A task has a hidden ease z; the first candidate is right with probability s(z),
a route that tries more solves it with s(z + what the route adds). What the router sees is noisy and depends on the first
candidate: a right one nearly always passes the examples, a wrong one sometimes. Nothing here is measured on a real model:
the figures say whether the router learns and chooses well, not what it is worth in an editor.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atlas_pipeline.routing import COST, PATIENCE_S, Features, Route, Router

SCHEMA = 1
EASE: Mapping[str, tuple[float, float]] = {"easy": (0.55, 2.5), "hard": (0.35, -1.5), "hopeless": (0.1, -8.0)}
"""Kind of task -> how frequent it is, and its mean ease; the standard deviation is .7."""
ADDED: Mapping[Route, float] = {Route.SAMPLES: 1.0, Route.FULL: 3.0, Route.REPAIR: 3.3}
PASSES_BY_CHANCE = 0.15
"""How often a wrong candidate passes all examples."""
THOROUGH = (Route.FULL, Route.REPAIR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task, with its first candidate."""

    kind: str
    features: Features
    solves: Mapping[Route, float]
    """P(solved) of each route."""

    def utility(self, route: Route, first_s: float) -> float:
        """Return what a route is worth: one solved function is worth `PATIENCE_S` seconds."""
        return self.solves[route] - COST[route] * first_s / PATIENCE_S


def draw(rng: random.Random) -> Task:
    """Draw a task, and its first candidate."""
    kind = rng.choices(list(EASE), weights=[share for share, _ in EASE.values()])[0]
    ease = rng.gauss(EASE[kind][1], 0.7)
    is_right = rng.random() < _logistic(ease)
    passes = is_right or rng.random() < PASSES_BY_CHANCE
    tried = {route: is_right or _logistic(ease + added) for route, added in ADDED.items()}
    return Task(
        kind=kind,
        features=Features(
            length=_bounded(rng.gauss(-0.1 * ease, 0.3), -1.0, 1.0),
            examples=rng.choice((1, 2, 3)) / 3,
            annotated=float(rng.random() < 0.6),
            context=_bounded(rng.gauss(0.3, 0.2), 0.0, 1.0),
            logprob=_bounded(rng.gauss(-0.25 + 0.03 * ease, 0.1), -1.0, 0.0),
            passed=1.0 if passes else rng.choice((0.0, 0.0, 0.5)),
            crashed=float(not passes and rng.random() < (0.6 if kind == "hopeless" else 0.15)),
        ),
        solves={Route.FAST: float(is_right), **{route: float(chance) for route, chance in tried.items()}},
    )


def simulate(
    tasks: int, seed: int, *, first_s: float, divided: bool = False, learns: bool = True
) -> list[tuple[Task, Route]]:
    """Let a router that knows nothing yet choose for one task after the other, and learn from each.

    Args:
        tasks: how many.
        seed: of the world and of the exploration.
        first_s: seconds a first candidate takes.
        divided: choose by P(solved) divided by the time, as ATLAS did, instead of by utility.
        learns: False leaves it with what it knows from the start, as a router without a history.
    """
    world, luck, router = random.Random(f"world {seed}"), random.Random(f"luck {seed}"), Router()
    chosen = []
    for _ in range(tasks):
        task = draw(world)
        if divided:
            route = max(Route, key=lambda r: router.probability(task.features, r) / (1.0 + COST[r]))
        else:
            route = router.choose(task.features, first_s=first_s, rng=luck).route
        solved = luck.random() < task.solves[route]
        if learns:
            router.learn(task.features, route, solved=solved)
        chosen.append((task, route))
    return chosen


def measure(*, tasks: int, seeds: int, first_s: float) -> dict[str, Any]:
    """Return mean utilities a task, the router's regret against the best fixed route, and what it chooses for whom."""
    runs = [simulate(tasks, seed, first_s=first_s) for seed in range(seeds)]
    divided = [simulate(tasks, seed, first_s=first_s, divided=True) for seed in range(seeds)]
    untaught = [simulate(tasks, seed, first_s=first_s, learns=False) for seed in range(seeds)]

    def mean(run: Sequence[tuple[Task, Route]], policy: Callable[[Task, Route], Route]) -> float:
        return statistics.fmean(task.utility(policy(task, route), first_s) for task, route in run)

    fixed = {route: [mean(run, lambda *_, route=route: route) for run in runs] for route in Route}
    best = max(Route, key=lambda route: statistics.fmean(fixed[route]))
    own = [mean(run, lambda _, route: route) for run in runs]
    forgetful = [mean(run, lambda _, route: route) for run in untaught]
    late = [mean(run[tasks // 2 :], lambda _, route: route) for run in runs]
    late_fixed = [mean(run[tasks // 2 :], lambda *_: best) for run in runs]
    knowing = [mean(run, lambda t, _: max(Route, key=lambda r: t.utility(r, first_s))) for run in runs]
    seen = [pair for run in runs for pair in run[tasks // 2 :]]
    return {
        "first_s": first_s,
        "utility": {
            **{route.value: round(statistics.fmean(values), 4) for route, values in fixed.items()},
            "router": round(statistics.fmean(own), 4),
            "router, second half": round(statistics.fmean(late), 4),
            "router that never learns": round(statistics.fmean(forgetful), 4),
            "P divided by time": round(statistics.fmean(mean(run, lambda _, route: route) for run in divided), 4),
            "knows the truth": round(statistics.fmean(knowing), 4),
        },
        "best_fixed": best.value,
        "regret_against_best_fixed": _interval([a - b for a, b in zip(fixed[best], own, strict=True)]),
        "regret_against_best_fixed_second_half": _interval([a - b for a, b in zip(late_fixed, late, strict=True)]),
        "gain_by_learning": _interval([a - b for a, b in zip(own, forgetful, strict=True)]),
        "regret_against_truth": _interval([a - b for a, b in zip(knowing, own, strict=True)]),
        "thorough": {kind: _share([route in THOROUGH for task, route in seen if task.kind == kind]) for kind in EASE},
        "thorough_by_division": _share([route in THOROUGH for run in divided for _, route in run]),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--tasks", type=int, default=600, metavar="N", help="tasks of each run (default 600)")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="runs (default 20)")
    parser.add_argument("--json", action="store_true", help="accepted for uniformity: the output is always JSON")


def run(options: argparse.Namespace) -> int:
    """Simulate and print the report; return the exit status."""
    if options.tasks < 2 or options.seeds < 2:
        print(f"--tasks {options.tasks}, --seeds {options.seeds}: give two or more of each", file=sys.stderr)
        return 2
    rows = [measure(tasks=options.tasks, seeds=options.seeds, first_s=seconds) for seconds in (0.1, 1.2, 3.6)]
    print(json.dumps({"schema": SCHEMA, "tasks": options.tasks, "seeds": options.seeds, "worlds": rows}, indent=1))
    return 0


def _interval(values: Sequence[float]) -> dict[str, float]:
    """Return the mean over runs and its 95 % interval (normal)."""
    mean, half = statistics.fmean(values), 1.96 * statistics.stdev(values) / math.sqrt(len(values))
    return {"mean": round(mean, 4), "low": round(mean - half, 4), "high": round(mean + half, 4)}


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 3)


def _bounded(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _logistic(activation: float) -> float:
    return 1.0 / (1.0 + math.exp(-activation))

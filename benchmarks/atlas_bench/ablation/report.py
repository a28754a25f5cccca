"""Figures from outcomes: means over seeds and tasks, differences of conditions on the same tasks, with intervals."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from atlas_bench.ablation.running import Outcome
from atlas_pipeline.records import Level
from atlas_pipeline.routing import PATIENCE_S

SCHEMA = 1
RESAMPLES = 2000

Figure = Callable[[Outcome], float]


def report(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return the report.

    `blind` is the share of tasks whose one submitted answer is right, `random` what a random candidate and `oracle` what
    the best candidate would have got; all are fractions, means over seeds and tasks, `ci` the 95 % interval of `blind`
    from a bootstrap over tasks. `levels`: how often each was given and how often it was right. `differences`: of `blind`,
    paired by task and seed, with intervals. `way`: how far selection comes from random to oracle. `utility`: what the
    router maximises, a right answer less its seconds over `PATIENCE_S`; what the best fixed condition has more is regret.
    """
    by_condition: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_condition[outcome.condition].append(outcome)
    return {
        "schema": SCHEMA,
        "conditions": {name: summary(rows) for name, rows in by_condition.items()},
        "groups": {
            label: {
                name: brief(kept)
                for name, rows in by_condition.items()
                if (kept := [row for row in rows if wanted(row)])
            }
            for label, wanted in _GROUPS.items()
        },
        "differences": {
            f"{one} - {other}": difference(by_condition[one], by_condition[other])
            for number, one in enumerate(by_condition)
            for other in list(by_condition)[:number]
        },
    }


_GROUPS: dict[str, Callable[[Outcome], bool]] = {
    "examples": lambda row: row.examples,
    "no examples": lambda row: not row.examples,
    "tier 1": lambda row: row.tier == 1,
    "tier 2": lambda row: row.tier == 2,
    "tier 3": lambda row: row.tier == 3,
}


def _blind(row: Outcome) -> float:
    return float(row.right)


def _utility(row: Outcome) -> float:
    return float(row.right) - row.seconds / PATIENCE_S


def _random(row: Outcome) -> float:
    return statistics.fmean(row.candidates) if row.candidates else 0.0


def _oracle(row: Outcome) -> float:
    return float(any(row.candidates))


def brief(rows: Sequence[Outcome]) -> dict[str, Any]:
    """Return the accuracies of some outcomes and what each level is worth there."""
    blind, by_chance, best = (statistics.fmean(map(figure, rows)) for figure in (_blind, _random, _oracle))
    return {
        "tasks": len({row.task for row in rows}),
        "blind": blind,
        "random": by_chance,
        "oracle": best,
        "way": (blind - by_chance) / (best - by_chance) if best > by_chance else None,
        "ci": interval(rows, _blind),
        "levels": _levels(rows),
    }


def _levels(rows: Sequence[Outcome]) -> dict[str, dict[str, float | None]]:
    solved = [row for row in rows if row.right]
    found: dict[str, dict[str, float | None]] = {}
    for level in Level:
        given = [row for row in rows if row.level == level.value]
        found[level.value] = {
            "share": len(given) / len(rows),
            "right": statistics.fmean(map(_blind, given)) if given else None,
            "of_right": sum(row.right for row in given) / len(solved) if solved else None,
        }
    return found


def summary(rows: Sequence[Outcome]) -> dict[str, Any]:
    """Return everything about one condition."""
    seconds = sum(row.seconds for row in rows)
    firsts = sorted(row.first_candidate_s for row in rows)
    ends = sorted(row.seconds for row in rows)
    verified = sorted(row.seconds for row in rows if row.level == Level.VERIFIED.value)
    return {
        **brief(rows),
        "outcomes": len(rows),
        "tokens": statistics.fmean(row.tokens for row in rows),
        "stage_tokens": _mean_tokens(rows),
        "seconds": seconds / len(rows),
        "utility": statistics.fmean(map(_utility, rows)),
        "seconds_median": statistics.median(ends),
        "seconds_p90": quantile(ends, 0.9),
        "first_candidate_s_median": statistics.median(firsts),
        "first_candidate_s_p90": quantile(firsts, 0.9),
        "verified_s_median": statistics.median(verified) if verified else None,
        "verified_s_p90": quantile(verified, 0.9) if verified else None,
        "time_on_unsolved": sum(row.seconds for row in rows if not row.right) / seconds if seconds else None,
        "routes": {route: sum(row.route == route for row in rows) for route in sorted({row.route for row in rows})},
        "repair_rounds_won": {
            who: sum(row.repairs.count(who) for row in rows) for who in sorted({w for row in rows for w in row.repairs})
        },
    }


def _mean_tokens(rows: Sequence[Outcome]) -> dict[str, float]:
    stages = sorted({stage for row in rows for stage in row.stage_tokens})
    return {stage: statistics.fmean(row.stage_tokens.get(stage, 0) for row in rows) for stage in stages}


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def interval(rows: Sequence[Outcome], figure: Figure) -> list[float]:
    """Return the 95 % bootstrap interval over tasks of a figure's mean."""
    by_task: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by_task[row.task].append(figure(row))
    return _bootstrap([statistics.fmean(values) for values in by_task.values()])


def difference(one: Sequence[Outcome], other: Sequence[Outcome]) -> dict[str, Any]:
    """Return mean differences on what both have solved; of `blind` and `utility` with 95 % intervals over tasks."""
    second = {(row.task, row.seed): row for row in other}
    pairs = [(row, second[row.task, row.seed]) for row in one if (row.task, row.seed) in second]
    if not pairs:
        return {"pairs": 0}
    blind, utility = (_by_task(pairs, figure) for figure in (_blind, _utility))
    return {
        "pairs": len(pairs),
        "blind": statistics.fmean(blind),
        "ci": _bootstrap(blind),
        "utility": statistics.fmean(utility),
        "utility_ci": _bootstrap(utility),
        "tokens": statistics.fmean(first.tokens - against.tokens for first, against in pairs),
    }


def _by_task(pairs: Iterable[tuple[Outcome, Outcome]], figure: Figure) -> list[float]:
    differences: dict[str, list[float]] = defaultdict(list)
    for first, against in pairs:
        differences[first.task].append(figure(first) - figure(against))
    return [statistics.fmean(values) for values in differences.values()]


def _bootstrap(values: Sequence[float]) -> list[float]:
    rng = random.Random(0)
    means = sorted(statistics.fmean(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return [means[int(RESAMPLES * 0.025)], means[int(RESAMPLES * 0.975)]]

"""How good scores are, by task: a scorer can change the order of one task's candidates, and nothing between tasks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from atlas_lens.calibration import Doubles
from atlas_lens.outcomes import Flags

BINS = 10
RESAMPLES = 2000
RANDOM_ORDER = "random order"

Rows = NDArray[np.int64]


def auroc(scores: NDArray[np.floating], right: Flags) -> float | None:
    """Return P(a right one scores above a wrong one), ties count half; None where there are not both."""
    good, bad = scores[right], scores[~right]
    if not len(good) or not len(bad):
        return None
    above = (good[:, None] > bad[None, :]).sum()
    equal = (good[:, None] == bad[None, :]).sum()
    return float((above + 0.5 * equal) / (len(good) * len(bad)))


def within_tasks(scores: NDArray[np.floating], right: Flags, tasks: Sequence[Rows]) -> Doubles:
    """Return the AUROC of each task; NaN where all of its candidates are equally right."""
    found = [auroc(scores[rows], right[rows]) for rows in tasks]
    return np.array([np.nan if each is None else each for each in found], dtype=np.float64)


def picked(scores: NDArray[np.floating], right: Flags, tasks: Sequence[Rows]) -> Doubles:
    """Return the share of right ones among each task's best-scored candidates: a tie is settled by a fair draw."""
    return np.array([right[rows][scores[rows] == scores[rows].max()].mean() for rows in tasks], dtype=np.float64)


def tries(scores: NDArray[np.floating], right: Flags, tasks: Sequence[Rows]) -> Doubles:
    """Return how many candidates each task runs, best-scored first, until one is right; NaN where none is.

    Ties are settled by a fair draw: of m equal ones of which r are right, the first right one is number (m + 1) / (r + 1)
    on average.
    """
    return np.array([_tries(scores[rows], right[rows]) for rows in tasks], dtype=np.float64)


def _tries(scores: NDArray[np.floating], right: Flags) -> float:
    if not right.any():
        return np.nan
    best = scores[right].max()
    tied = scores == best
    return float((scores > best).sum() + (tied.sum() + 1) / ((tied & right).sum() + 1))


def mixed(right: Flags, tasks: Sequence[Rows]) -> list[Rows]:
    """Return the tasks with both right and wrong candidates, the only ones where a choice matters."""
    return [rows for rows in tasks if 0 < right[rows].sum() < len(rows)]


def calibration_error(probabilities: NDArray[np.floating], right: Flags, *, bins: int = BINS) -> float:
    """Return the expected calibration error: the mean over candidates of |P - share right| of their bin of equal width."""
    places = np.minimum((np.asarray(probabilities) * bins).astype(np.int64), bins - 1)
    off = 0.0
    for place in np.unique(places):
        inside = places == place
        off += inside.sum() * abs(float(probabilities[inside].mean()) - float(right[inside].mean()))
    return off / len(right)


def calibration_interval(
    probabilities: NDArray[np.floating], right: Flags, tasks: Sequence[Rows], *, bins: int = BINS
) -> Interval | None:
    """Return the expected calibration error with its interval over tasks; None without any.

    Chance adds to every resample's error, so the interval lies higher than the truth rather than lower.
    """
    if not tasks:
        return None
    places = np.minimum((np.asarray(probabilities) * bins).astype(np.int64), bins - 1)
    apart = np.asarray(probabilities, dtype=np.float64) - right
    off = np.stack([np.bincount(places[rows], weights=apart[rows], minlength=bins) for rows in tasks])
    drawn = _resamples(len(tasks), 0, RESAMPLES).astype(np.float64)
    errors = np.abs(drawn @ off).sum(axis=1) / (drawn @ np.array([len(rows) for rows in tasks]))
    low, high = np.quantile(errors, (0.025, 0.975))
    return Interval(calibration_error(probabilities, right, bins=bins), float(low), float(high), len(tasks))


def brier(probabilities: NDArray[np.floating], right: Flags) -> float:
    """Return the mean squared error of the probabilities."""
    return float(((np.asarray(probabilities, dtype=np.float64) - right) ** 2).mean())


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over tasks with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    n: int
    """Tasks."""


def interval(values: Doubles, *, seed: int = 0, resamples: int = RESAMPLES) -> Interval | None:
    """Return the mean of what is not NaN, tasks drawn again; None where nothing is left."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    means = _resamples(len(known), seed, resamples) @ known / len(known)
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(known.mean()), float(low), float(high), len(known))


@lru_cache(maxsize=16)
def _resamples(n: int, seed: int, resamples: int) -> NDArray[np.float32]:
    """Return how often each of n tasks is drawn in each resample, (resamples, n): the same for all comparisons."""
    drawn = np.random.default_rng(seed).integers(n, size=(resamples, n))
    counts = np.zeros((resamples, n), dtype=np.float32)
    np.add.at(counts, (np.arange(resamples)[:, None], drawn), 1.0)
    return counts


def difference(ours: Doubles, theirs: Doubles, *, seed: int = 0) -> Interval | None:
    """Return the mean paired difference: both are of the same tasks."""
    return interval(ours - theirs, seed=seed)


def risk_coverage(losses: Doubles, distances: NDArray[np.floating]) -> Doubles:
    """Return the mean loss of the n nearest, for n = 1 to all."""
    order = np.argsort(distances, kind="stable")
    return np.asarray(np.cumsum(losses[order]) / np.arange(1, len(losses) + 1), dtype=np.float64)


def excess_area(losses: Doubles, distances: NDArray[np.floating]) -> float:
    """Return the area under the risk-coverage curve less that of the best possible order (E-AURC, arXiv 1805.08206)."""
    return float(risk_coverage(losses, distances).mean() - risk_coverage(losses, losses).mean())


def area_differences(
    losses: Doubles, distances: Mapping[str, NDArray[np.floating]], tasks: Sequence[Rows]
) -> dict[tuple[str, str], Interval]:
    """Return by how much the area under one risk-coverage curve is larger than under another, tasks drawn again.

    The best possible curve is the same for all, so these are the differences of their excess areas, too.

    Args:
        losses: (n,)
        distances: (n,) each, by name; `RANDOM_ORDER` is added: its risk is the mean loss at every coverage.
        tasks: the rows of each, which are all of them.

    Returns:
        The first less the second, for every two names in their order.
    """
    number = np.empty(len(losses), dtype=np.int64)
    for place, rows in enumerate(tasks):
        number[rows] = place
    orders = [np.argsort(each, kind="stable") for each in distances.values()]
    areas = []
    for drawn in (np.ones(len(tasks)), *_resamples(len(tasks), 0, RESAMPLES)):
        times = drawn.astype(np.int64)[number]
        parts = 1.0 / np.arange(1, times.sum() + 1)
        several = [np.repeat(losses[order], times[order]) for order in orders]
        areas.append([*((np.cumsum(each) * parts).mean() for each in several), losses @ times / len(parts)])
    found = {}
    for (a, ours), (b, theirs) in itertools.combinations(enumerate((*distances, RANDOM_ORDER)), 2):
        apart = np.array([each[a] - each[b] for each in areas])
        low, high = np.quantile(apart[1:], (0.025, 0.975))
        found[ours, theirs] = Interval(float(apart[0]), float(low), float(high), len(tasks))
    return found

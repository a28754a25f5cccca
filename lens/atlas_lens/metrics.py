"""How good scores are, by task: a scorer can change the order of one task's candidates, and nothing between tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from atlas_lens.calibration import Doubles
from atlas_lens.outcomes import Flags

BINS = 10
RESAMPLES = 2000

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

"""A score becomes P(right): logistic (Platt, 1999) where a line is enough, isotonic where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from atlas_lens.outcomes import Flags

Doubles: TypeAlias = NDArray[np.float64]

_STEPS = 100
_TOLERANCE = 1e-10


def sigmoid(values: NDArray[np.floating]) -> Doubles:
    """Return 1 / (1 + exp(-x)) without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(values, dtype=np.float64)))


@dataclass(frozen=True, slots=True)
class Platt:
    """P = sigmoid(slope * score + offset)."""

    slope: float
    offset: float

    def probability(self, scores: NDArray[np.floating]) -> Doubles:
        """Return P(right), (n,)."""
        return sigmoid(self.slope * np.asarray(scores, dtype=np.float64) + self.offset)


def fit_platt(scores: NDArray[np.floating], right: Flags) -> Platt:
    """Fit by Newton's method, to the targets (n+ + 1) / (n+ + 2) and 1 / (n- + 2), which keep it finite.

    After Lin, Lin and Weng, "A note on Platt's probabilistic outputs for support vector machines" (2007).
    """
    x = np.asarray(scores, dtype=np.float64)
    centre, scale = float(x.mean()), float(x.std()) or 1.0
    design = np.stack(((x - centre) / scale, np.ones_like(x)), axis=1)
    positive, negative = int(right.sum()), int((~right).sum())
    target = np.where(right, (positive + 1.0) / (positive + 2.0), 1.0 / (negative + 2.0))
    weights = newton(design, target, ridge=np.array([1e-6, 1e-6]))
    return Platt(float(weights[0] / scale), float(weights[1] - weights[0] * centre / scale))


def newton(design: Doubles, target: Doubles, *, ridge: Doubles, start: Doubles | None = None) -> Doubles:
    """Minimise the cross-entropy of sigmoid(design @ w) plus half of ridge * (w - start)^2.

    Args:
        design: (n, d).
        target: (n,), between 0 and 1.
        ridge: (d,): how firmly each weight is held.
        start: (d,): where it is held; None: at 0.

    Returns:
        (d,)
    """
    anchor = np.zeros(design.shape[1]) if start is None else start

    def loss(w: Doubles) -> float:
        z = design @ w
        return float(np.logaddexp(0.0, z).sum() - target @ z + 0.5 * (ridge * (w - anchor) ** 2).sum())

    weights = anchor.copy()
    now = loss(weights)
    for _ in range(_STEPS):
        p = sigmoid(design @ weights)
        gradient = design.T @ (p - target) + ridge * (weights - anchor)
        curvature = (design * (p * (1.0 - p))[:, None]).T @ design + np.diag(ridge + 1e-10)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-6 and loss(weights - size * step) > now:
            size /= 2.0
        weights = weights - size * step
        before, now = now, loss(weights)
        if before - now < _TOLERANCE * max(1.0, abs(before)):
            break
    return weights


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A step function that never falls."""

    starts: Doubles
    """(m,): the least score of each step, rising."""
    values: Doubles
    """(m,): P(right) on it, rising."""

    def probability(self, scores: NDArray[np.floating]) -> Doubles:
        """Return P(right), (n,); below the first step, that of the first."""
        places = np.searchsorted(self.starts, np.asarray(scores, dtype=np.float64), side="right") - 1
        return self.values[np.maximum(places, 0)]


def fit_isotonic(scores: NDArray[np.floating], right: Flags) -> Isotonic:
    """Fit by pooling adjacent violators; equal scores are one step, and each step has a half of either kind added."""
    distinct, inverse = np.unique(np.asarray(scores, dtype=np.float64), return_inverse=True)
    positive = np.bincount(inverse, weights=right.astype(np.float64))
    total = np.bincount(inverse).astype(np.float64)
    blocks: list[list[float]] = []
    for start, yes, n in zip(distinct, positive, total, strict=True):
        blocks.append([float(start), float(yes), float(n)])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            _, yes_, n_ = blocks.pop()
            blocks[-1] = [blocks[-1][0], blocks[-1][1] + yes_, blocks[-1][2] + n_]
    table = np.array(blocks)
    values = np.maximum.accumulate((table[:, 1] + 0.5) / (table[:, 2] + 1.0))
    return Isotonic(table[:, 0], values)


Calibration: TypeAlias = Platt | Isotonic

"""How far a candidate is from what a scorer was trained on; beyond a threshold the scorer abstains.

Three distances in the space of a scorer's inputs, which `evaluation` compares by risk and coverage:

    mahalanobis  one Gaussian: the main directions, and one variance for the rest
    neighbours   mean distance to the ten nearest of up to 4,000 training candidates
    local metric G(x): the metric of the nearest of some centres, its tensor the inverse of a low-rank plus diagonal
                 covariance of the training candidates around that centre
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from atlas_lens.calibration import Doubles
from atlas_lens.errors import LensError
from atlas_lens.outcomes import Floats
from atlas_lens.scorers import Arrays

RANK = 64
NEIGHBOURS = 10
MOST_STORED = 4000
CENTRES = 32
LOCAL_RANK = 8
SHRINKAGE = 0.1
"""Of a local diagonal towards that of all."""
COVERED = 0.98
"""Share of the validation side that is inside the threshold."""
_ROUNDS = 20
_CHUNK = 1024


class Familiarity(Protocol):
    """A distance from the training side."""

    kind: ClassVar[str]

    def distances(self, inputs: Floats) -> Doubles:
        """Return the distances of (n, d) inputs, (n,)."""
        ...

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is written into a weights file."""
        ...


@dataclass(frozen=True, slots=True)
class Mahalanobis:
    """Distance under one Gaussian."""

    kind: ClassVar[str] = "mahalanobis"
    mean: Floats
    directions: Floats
    """(r, d), each of length 1 over its standard deviation."""
    rest: float
    """Variance in each other direction; 0 where there is none."""

    def distances(self, inputs: Floats) -> Doubles:
        """Return the mean squared standardised deviation, a direction."""
        away = (inputs - self.mean).astype(np.float64)
        scaled = away @ self.directions.T.astype(np.float64)
        total = (scaled**2).sum(axis=1)
        if self.rest:
            lengths = np.linalg.norm(self.directions, axis=1)
            inside = ((scaled / lengths) ** 2).sum(axis=1)
            total += np.maximum((away**2).sum(axis=1) - inside, 0.0) / self.rest
        return np.asarray(total / inputs.shape[1], dtype=np.float64)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return mean, directions and the rest's variance."""
        return {"mean": self.mean, "directions": self.directions, "rest": np.array(self.rest)}


def fit_mahalanobis(inputs: Floats, *, rank: int = RANK) -> Mahalanobis:
    """Fit to (n, d) inputs (probabilistic PCA)."""
    mean = inputs.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(inputs.astype(np.float64), rowvar=False).reshape(inputs.shape[1], -1))
    values, vectors = np.maximum(values[::-1], 1e-6), vectors[:, ::-1]
    kept = min(rank, len(values))
    rest = float(values[kept:].mean()) if kept < len(values) else 0.0
    directions = (vectors[:, :kept] / np.sqrt(values[:kept])).T
    return Mahalanobis(mean.astype(np.float32), directions.astype(np.float32), rest)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Mean distance to the nearest training candidates."""

    kind: ClassVar[str] = "neighbours"
    points: Floats
    """(m, d)"""

    def distances(self, inputs: Floats) -> Doubles:
        """Return the mean Euclidean distance to the nearest, divided by the square root of d."""
        nearest = min(NEIGHBOURS, len(self.points))
        found = []
        for begin in range(0, len(inputs), _CHUNK):
            squares = _squares(inputs[begin : begin + _CHUNK], self.points)
            found.append(np.sqrt(np.partition(squares, nearest - 1, axis=1)[:, :nearest]).mean(axis=1))
        width = np.sqrt(inputs.shape[1])
        return np.concatenate(found) / width if found else np.empty(0)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the points, as float16."""
        return {"points": self.points.astype(np.float16)}


def _squares(left: Floats, right: Floats) -> Doubles:
    a, b = left.astype(np.float64), right.astype(np.float64)
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * (a @ b.T)
    return np.asarray(np.maximum(squares, 0.0), dtype=np.float64)


def fit_neighbours(inputs: Floats, *, seed: int = 0) -> Neighbours:
    """Keep up to `MOST_STORED` of (n, d) inputs, drawn at random."""
    rng = np.random.default_rng(seed)
    kept = rng.permutation(len(inputs))[:MOST_STORED]
    return Neighbours(inputs[np.sort(kept)])


@dataclass(frozen=True, slots=True)
class LocalMetric:
    """G(x): each centre has a covariance D + V V^T, and a point has the distance under the nearest of them."""

    kind: ClassVar[str] = "local metric"
    centres: Floats
    """(m, d)"""
    diagonals: Floats
    """(m, d): D."""
    factors: Floats
    """(m, d, r): V."""

    def distances(self, inputs: Floats) -> Doubles:
        """Return the least squared distance, with the volume of the metric, divided by d.

        By Woodbury: (D + V V^T)^-1 = D^-1 - D^-1 V (I + V^T D^-1 V)^-1 V^T D^-1. The log determinant makes centres
        comparable; without it the widest would be nearest to everything.
        """
        best = np.full(len(inputs), np.inf)
        for centre, diagonal, factor in zip(self.centres, self.diagonals, self.factors, strict=True):
            away = (inputs - centre).astype(np.float64)
            scaled = factor.astype(np.float64) / diagonal[:, None]
            inner = np.eye(factor.shape[1]) + factor.T.astype(np.float64) @ scaled
            projected = away @ scaled
            squares = (away**2 / diagonal).sum(axis=1) - (projected @ np.linalg.inv(inner) * projected).sum(axis=1)
            volume = float(np.log(diagonal).sum() + np.linalg.slogdet(inner)[1])
            best = np.minimum(best, squares + volume)
        return np.asarray(best / inputs.shape[1], dtype=np.float64)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return centres, diagonals and factors."""
        return {"centres": self.centres, "diagonals": self.diagonals, "factors": self.factors}


def fit_local_metric(inputs: Floats, *, seed: int = 0) -> LocalMetric:
    """Find centres by k-means, and at each the covariance of its own (n, d) inputs, its diagonal shrunk to that of all."""
    rng = np.random.default_rng(seed)
    count = max(1, min(CENTRES, len(inputs) // (4 * LOCAL_RANK)))
    centres = inputs[rng.choice(len(inputs), size=count, replace=False)]
    own = np.zeros(len(inputs), dtype=np.int64)
    for _ in range(_ROUNDS):
        own = _squares(inputs, centres).argmin(axis=1)
        centres = np.stack(
            [inputs[own == n].mean(axis=0) if (own == n).any() else centre for n, centre in enumerate(centres)]
        )
    overall = inputs.var(axis=0, dtype=np.float64) + 1e-4
    rank = min(LOCAL_RANK, inputs.shape[1])
    diagonals, factors = [], []
    for number, centre in enumerate(centres):
        away = (inputs[own == number] - centre).astype(np.float64)
        if len(away) < 2:
            diagonals.append(overall)
            factors.append(np.zeros((inputs.shape[1], rank)))
            continue
        _, values, vectors = np.linalg.svd(away, full_matrices=False)
        variances = values**2 / len(away)
        kept = min(rank, len(values))
        factor = np.zeros((inputs.shape[1], rank))
        factor[:, :kept] = vectors[:kept].T * np.sqrt(variances[:kept])
        left = np.maximum(away.var(axis=0) - (factor**2).sum(axis=1), 0.0)
        diagonals.append((1.0 - SHRINKAGE) * left + SHRINKAGE * overall)
        factors.append(factor)
    return LocalMetric(
        centres.astype(np.float32), np.stack(diagonals).astype(np.float32), np.stack(factors).astype(np.float32)
    )


FITS: dict[str, Callable[[Floats], Familiarity]] = {
    Mahalanobis.kind: fit_mahalanobis,
    Neighbours.kind: fit_neighbours,
    LocalMetric.kind: fit_local_metric,
}


def of_arrays(kind: str, arrays: Arrays) -> Familiarity:
    """Return the distance that `arrays` are of.

    Raises:
        LensError: this version knows no such kind, or something is missing.
    """
    try:
        if kind == Mahalanobis.kind:
            rest = float(np.asarray(arrays["rest"], np.float64))
            return Mahalanobis(
                np.asarray(arrays["mean"], np.float32), np.asarray(arrays["directions"], np.float32), rest
            )
        if kind == Neighbours.kind:
            return Neighbours(np.asarray(arrays["points"], np.float32))
        if kind == LocalMetric.kind:
            return LocalMetric(*(np.asarray(arrays[name], np.float32) for name in ("centres", "diagonals", "factors")))
    except KeyError as error:
        raise LensError(
            f"the distance {kind!r} lacks {error}; the file is damaged, restore it or train anew"
        ) from error
    raise LensError(f"this version knows no distance {kind!r}; get the version that wrote the file, or train anew")


def threshold(distances: Doubles) -> float:
    """Return the distance beyond which a scorer abstains."""
    return float(np.quantile(distances, COVERED))

"""How far a candidate is from what a scorer was trained on; beyond a threshold the scorer abstains.

Two distances in the space of a scorer's embeddings, which `evaluation` compares by risk and coverage:

    mahalanobis  one Gaussian: the main directions, and one variance for the rest
    neighbours   mean distance to the ten nearest of up to 4,000 training candidates

A third, a local metric G(x) of low rank plus diagonal around some centres, did not surely beat these and was removed
(benchmarks/RESULTS.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from atlas_lens.calibration import Doubles
from atlas_lens.errors import LensError
from atlas_lens.outcomes import Flags, Floats
from atlas_lens.scorers import Arrays, Batch, Space

RANK = 64
NEIGHBOURS = 10
MOST_STORED = 4000
COVERED = 0.98
"""Share of the validation side that is inside the threshold."""
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
    """Return the squared distances, (n, m), in single precision: a candidate takes .14 ms, in double 3.1."""
    a, b = (np.einsum("nd,nd->n", each, each) for each in (left, right))
    squares = a[:, None] + b[None, :] - np.float32(2.0) * (left @ right.T)
    return np.asarray(np.maximum(squares, 0.0), dtype=np.float64)


def fit_neighbours(inputs: Floats, *, seed: int = 0) -> Neighbours:
    """Keep up to `MOST_STORED` of (n, d) inputs, drawn at random."""
    rng = np.random.default_rng(seed)
    kept = rng.permutation(len(inputs))[:MOST_STORED]
    return Neighbours(inputs[np.sort(kept)])


FITS: dict[str, Callable[[Floats], Familiarity]] = {
    Mahalanobis.kind: fit_mahalanobis,
    Neighbours.kind: fit_neighbours,
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
    except KeyError as error:
        raise LensError(
            f"the distance {kind!r} lacks {error}; the file is damaged, restore it or train anew"
        ) from error
    raise LensError(f"this version knows no distance {kind!r}; get the version that wrote the file, or train anew")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What embeddings a scorer knows; outside of them it abstains. Scorers that look at none have no reach to leave."""

    space: Space
    """Where distances are measured: not centred, or a strange task would look like any other."""
    distance: Familiarity
    threshold: float
    """Distance beyond which it abstains."""

    @classmethod
    def of(cls, distance: Familiarity, space: Space, validation: Batch) -> Reach:
        """Set the threshold so that `COVERED` of the validation side are inside."""
        return cls(
            space=space,
            distance=distance,
            threshold=float(np.quantile(distance.distances(space.inputs(validation)), COVERED)),
        )

    def distances(self, batch: Batch) -> Doubles:
        """Return how far candidates are, (n,)."""
        return self.distance.distances(self.space.inputs(batch))

    def covers(self, batch: Batch) -> Flags:
        """Tell which candidates are inside, (n,)."""
        return np.asarray(self.distances(batch) <= self.threshold, dtype=np.bool_)

"""Scorers, from the trivial to the cost field C(x). A score is a number without a scale, higher is better.

The training of all but the cost field is here, in numpy, so that users need no torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from atlas_lens import views
from atlas_lens.calibration import Doubles, newton
from atlas_lens.errors import LensError
from atlas_lens.outcomes import Floats, Outcomes, Texts

RIDGES = (1.0, 10.0, 100.0, 1000.0)
"""Tried on the validation side."""

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What scorers may look at: everything of some candidates but the truth."""

    task: Texts
    features: Floats
    feature_names: tuple[str, ...]
    vectors: Mapping[str, Floats]

    @classmethod
    def of(cls, outcomes: Outcomes) -> Batch:
        """Return outcomes without what is known of their truth."""
        return cls(
            task=outcomes.task,
            features=outcomes.features,
            feature_names=outcomes.feature_names,
            vectors=outcomes.vectors,
        )


@dataclass(frozen=True, slots=True)
class Standard:
    """Makes each column of a matrix have mean 0 and variance 1."""

    mean: Doubles
    scale: Doubles

    @classmethod
    def of(cls, matrix: NDArray[np.floating]) -> Standard:
        """Take the measure of (n, d); rows with an unknown number are left out."""
        known = matrix[~np.isnan(matrix).any(axis=1)]
        scale = known.std(axis=0, dtype=np.float64)
        return cls(known.mean(axis=0, dtype=np.float64), np.where(scale > 1e-8, scale, 1.0))

    def __call__(self, matrix: NDArray[np.floating]) -> Floats:
        """Return the matrix, standardised."""
        return ((matrix - self.mean) / self.scale).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Space:
    """What of a candidate is looked at: a view's vectors, or some features."""

    view: str
    """Empty: the features."""
    names: tuple[str, ...]
    """Of the features; empty for a view."""
    standard: Standard

    @classmethod
    def of(cls, outcomes: Outcomes, *, view: str = "", names: tuple[str, ...] = ()) -> Space:
        """Take the measure of some outcomes; without a view or names, of all features."""
        names = () if view else names or outcomes.feature_names
        return cls(view, names, Standard.of(_matrix(Batch.of(outcomes), view, names)))

    def inputs(self, batch: Batch) -> Floats:
        """Return the standardised numbers, (n, d); NaN where unknown."""
        return self.standard(_matrix(batch, self.view, self.names))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is written into a weights file."""
        return {
            "view": np.array(self.view),
            "names": np.array(self.names, dtype=np.str_),
            "mean": self.standard.mean,
            "scale": self.standard.scale,
        }

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> Space:
        """Return what `arrays` were written by.

        Raises:
            KeyError: one of them is missing.
        """
        standard = Standard(np.asarray(arrays["mean"], np.float64), np.asarray(arrays["scale"], np.float64))
        return cls(str(arrays["view"]), tuple(str(name) for name in arrays["names"]), standard)


def _matrix(batch: Batch, view: str, names: tuple[str, ...]) -> Floats:
    if view:
        return views.seen(view, batch.vectors, batch.task)
    return batch.features[:, [batch.feature_names.index(name) for name in names]]


class Scorer(Protocol):
    """Gives each candidate a score; NaN where something that it needs is unknown."""

    kind: ClassVar[str]

    @property
    def space(self) -> Space:
        """What it looks at."""
        ...

    def scores(self, batch: Batch) -> Doubles:
        """Return the scores, (n,)."""
        ...

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what is written into a weights file."""
        ...


@dataclass(frozen=True, slots=True)
class OneFeature:
    """A single feature; `sign` says which end is good. A sign of 0 is chance: ties are settled by a fair draw."""

    kind: ClassVar[str] = "feature"
    space: Space
    sign: float

    def scores(self, batch: Batch) -> Doubles:
        """Return the feature with its sign."""
        return self.sign * self.space.inputs(batch)[:, 0].astype(np.float64)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the sign and the space."""
        return {**self.space.arrays(), "sign": np.array(self.sign)}


@dataclass(frozen=True, slots=True)
class Logistic:
    """Logistic regression on features or on a view's vectors."""

    kind: ClassVar[str] = "logistic"
    space: Space
    weights: Doubles
    """(d + 1,): the constant is last."""

    def scores(self, batch: Batch) -> Doubles:
        """Return the log odds."""
        odds: Doubles = self.space.inputs(batch).astype(np.float64) @ self.weights[:-1] + self.weights[-1]
        return odds

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the weights and the space."""
        return {**self.space.arrays(), "weights": self.weights}


@dataclass(frozen=True, slots=True)
class CostField:
    """C(x): an MLP n_embd -> 512 -> 128 -> 1 with SiLU between. Its output is an energy; the score is less that."""

    kind: ClassVar[str] = "cost field"
    space: Space
    layers: tuple[tuple[Floats, Floats], ...]
    """Weights (in, out) and biases (out,) of each layer."""

    def energy(self, inputs: Floats) -> Floats:
        """Return the energy of standardised vectors, (n,); low is good."""
        hidden = inputs
        for number, (weights, biases) in enumerate(self.layers):
            hidden = hidden @ weights + biases
            if number < len(self.layers) - 1:
                hidden = hidden * (0.5 * (1.0 + np.tanh(0.5 * hidden)))
        return hidden[:, 0]

    def scores(self, batch: Batch) -> Doubles:
        """Return less the energy."""
        return -self.energy(self.space.inputs(batch)).astype(np.float64)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the layers, weights as float16, and the space."""
        found = self.space.arrays()
        for number, (weights, biases) in enumerate(self.layers):
            found |= {f"weights{number}": weights.astype(np.float16), f"biases{number}": biases}
        return found


def of_arrays(kind: str, arrays: Arrays) -> Scorer:
    """Return the scorer that `arrays` are of.

    Raises:
        LensError: this version knows no such kind, or something is missing.
    """
    try:
        space = Space.of_arrays(arrays)
        if kind == OneFeature.kind:
            return OneFeature(space, float(np.asarray(arrays["sign"], np.float64)))
        if kind == Logistic.kind:
            return Logistic(space, np.asarray(arrays["weights"], np.float64))
        if kind == CostField.kind:
            numbers = range(sum(name.startswith("weights") for name in arrays))
            layers = tuple(
                (np.asarray(arrays[f"weights{n}"], np.float32), np.asarray(arrays[f"biases{n}"], np.float32))
                for n in numbers
            )
            return CostField(space, layers)
    except KeyError as error:
        raise LensError(f"the {kind} scorer lacks {error}; the file is damaged, restore it or train anew") from error
    raise LensError(f"this version knows no scorer {kind!r}; get the version that wrote the file, or train anew")


def chance(train: Outcomes) -> OneFeature:
    """Return a scorer to which all candidates are equal."""
    return OneFeature(Space.of(train, names=train.feature_names[:1]), 0.0)


def fit_feature(name: str, train: Outcomes) -> OneFeature:
    """Return a feature as a scorer; its good end is where the right candidates of a task are."""
    apart = views.centred(train.feature(name)[:, None], train.task)[:, 0]
    known = ~np.isnan(apart)
    slope = float(apart[known] @ (train.right[known] - train.right[known].mean()))
    return OneFeature(Space.of(train, names=(name,)), 1.0 if slope >= 0 else -1.0)


def fit_logistic(train: Outcomes, *, view: str = "", ridge: float = 10.0, names: tuple[str, ...] = ()) -> Logistic:
    """Fit to a view's vectors, or without one to features; candidates of which a number is unknown are left out.

    Raises:
        LensError: all candidates are right, or all wrong.
    """
    space = Space.of(train, view=view, names=names)
    inputs = space.inputs(Batch.of(train)).astype(np.float64)
    known = ~np.isnan(inputs).any(axis=1)
    right = train.right[known]
    if len(set(right.tolist())) < 2:
        raise LensError(
            f"All of the {len(right)} candidates to learn from are equally right; nothing tells them apart."
        )
    design = np.concatenate((inputs[known], np.ones((len(right), 1))), axis=1)
    firmness = np.full(design.shape[1], ridge)
    firmness[-1] = 1e-6
    return Logistic(space, newton(design, right.astype(np.float64), ridge=firmness))

"""The Lens at run time: P(right) of each candidate of a task, or None where it does not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from atlas_lens import views
from atlas_lens.features import NAMES, CandidateText, TaskText, features
from atlas_lens.outcomes import Floats
from atlas_lens.scorers import Batch
from atlas_lens.weights import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the Lens says of one candidate."""

    probability: float | None
    """P(right); None: it abstains, because something that it needs is unknown, or far from what it was trained on."""


class Lens:
    """Scores the candidates of one model. Which one that is was checked before (`weights.unfit`)."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def texts(self, task: TaskText, candidates: Sequence[CandidateText]) -> list[str]:
        """Return what has to be embedded, each text once; empty where the scorer needs no vectors."""
        return list(dict.fromkeys(text for several in self._texts(task, candidates) for text in several))

    def judge(
        self, task: TaskText, candidates: Sequence[CandidateText], vectors: Mapping[str, Floats]
    ) -> list[Judgement]:
        """Score candidates.

        Args:
            task: what is to be written.
            candidates: all that there are: votes and centred views are relative to them.
            vectors: the engine's vector of each of `texts`, (n_embd,).
        """
        if not candidates:
            return []
        named = np.array(["task"] * len(candidates), dtype=np.str_)
        of_view = self.vectors(task, candidates, vectors)
        batch = Batch(task=named, features=features(task, candidates), feature_names=NAMES, vectors=of_view)
        return self.of_batch(batch)

    def vectors(
        self, task: TaskText, candidates: Sequence[CandidateText], vectors: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """Return what is scored of some candidates, (n, n_embd), by the view's name; empty where no vectors are.

        Args:
            task: what is to be written.
            candidates: one or more of it.
            vectors: as for `judge`.
        """
        several = self._texts(task, candidates)
        if not several:
            return {}
        return {
            views.base_of(self.weights.scorer.space.view): np.stack(
                [views.combined(texts, vectors) for texts in several]
            )
        }

    def of_batch(self, batch: Batch) -> list[Judgement]:
        """Score candidates whose features and vectors are known."""
        weights = self.weights
        scores = weights.scorer.scores(batch)
        known = np.isfinite(scores)
        if weights.reach is not None:
            known &= weights.reach.covers(batch)
        probabilities = weights.calibration.probability(scores)
        return [
            Judgement(probability=float(p) if is_known else None)
            for p, is_known in zip(probabilities, known, strict=True)
        ]

    def _texts(self, task: TaskText, candidates: Sequence[CandidateText]) -> list[tuple[str, ...]]:
        view = self.weights.scorer.space.view
        if not view:
            return []
        base = next(base for base in views.BASES if base == views.base_of(view))
        return [views.texts_of(base, task, each) for each in candidates]

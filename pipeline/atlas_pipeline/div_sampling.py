"""How each sample of a solve differs from the others: temperature, perturbation, or a plan to write from.

DivSampling ("On the Effect of Sampling Diversity in Scaling LLM Inference", arXiv 2502.11027): prompts that are perturbed
in moderately relevant ways give a better best-of-n than one prompt sampled n times; the paper notes that the gain may vanish
under majority voting. Its perturbations stand in front of the task; here they stand after it by default, so that all
samples share the task's text and the engine decodes it once.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from math import floor

from atlas_pipeline.prompts import Perturbation, PerturbationKind
from atlas_pipeline.settings import SolveSettings

FIRST_TEMPERATURE = 0.2
"""The first candidate is the one shown at once: close to greedy."""

_KINDS: tuple[PerturbationKind, ...] = ("role", "instruction", "style")
_ROUNDING = 1e-9
"""100 * 0.29 is 28.999999999999996."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """How one sample is drawn."""

    temperature: float
    plan: int | None = None
    """It is the n-th sample (from 0) to be written from a plan; None: a plain sample."""
    perturbation: Perturbation | None = None

    def fields(self, settings: SolveSettings) -> dict[str, str]:
        """Return the perturbation as fields of the code prompt: at most one of the two positions is taken."""
        text = self.perturbation.text if self.perturbation is not None else ""
        in_front = settings.perturbation_position == "front"
        return {"front": text if in_front else "", "back": "" if in_front else text}


def draw(index: int, settings: SolveSettings, perturbations: Sequence[Perturbation]) -> Draw:
    """Return how sample `index` is drawn.

    Args:
        index: from 0; the same index is always drawn in the same way, however many samples follow.
        settings: the shares of planned and of perturbed samples; both are spread evenly over the samples, and start as
            late as they can: with a share of one half every second sample, not the first.
        perturbations: those the model's profile takes, in any order.
    """
    temperature = _temperature(index, settings)
    if _is_due(index, settings.planned_share):
        return Draw(temperature=temperature, plan=_due_before(index, settings.planned_share))
    plain = index - _due_before(index, settings.planned_share)
    if not perturbations or not _is_due(plain, settings.perturbed_share):
        return Draw(temperature=temperature)
    order = in_turn(perturbations, settings.seed)
    number = _due_before(plain, settings.perturbed_share)
    return Draw(temperature=temperature, perturbation=order[number % len(order)])


def planned_samples(settings: SolveSettings) -> int:
    """Return how many plans to ask for: one for each planned sample that a solve without examples draws.

    All plans are asked for at once, and most solves with examples end before they draw more; those that do share the plans.
    """
    return _due_before(min(settings.samples, settings.unchecked_samples), settings.planned_share)


def in_turn(perturbations: Sequence[Perturbation], seed: int) -> list[Perturbation]:
    """Return the perturbations in an order drawn with `seed`: the kinds take turns."""
    rng = random.Random(seed)  # noqa: S311 - reproducible, no secret
    by_kind = [[each for each in perturbations if each.kind == kind] for kind in _KINDS]
    for group in by_kind:
        rng.shuffle(group)
    return [each for each in chain.from_iterable(zip_longest(*by_kind)) if each is not None]


def _temperature(index: int, settings: SolveSettings) -> float:
    if index == 0:
        return min(FIRST_TEMPERATURE, settings.temperature)
    offset = (0.0, -1.0, 1.0)[(index - 1) % 3] * settings.temperature_spread
    return max(0.0, settings.temperature + offset)


def _due_before(index: int, share: float) -> int:
    """Return how many of the samples 0 to `index` - 1 belong to `share`."""
    return floor(index * share + _ROUNDING)


def _is_due(index: int, share: float) -> bool:
    return _due_before(index + 1, share) > _due_before(index, share)

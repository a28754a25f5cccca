"""Greedy texts that were computed in different batches: equal up to the first step at which two tokens nearly tie.

Batched arithmetic rounds differently, by about 1e-3 in a logit; from a near-tie on, two texts may rightly differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from atlas_pipeline.engine.generation import SampledToken

NEAR = 1e-2


@dataclass
class NearTies:
    """Counts what was compared."""

    compared: int = 0
    differed: list[int] = field(default_factory=list)
    """The steps at which texts parted, each at a near-tie."""

    def check(self, reference: Sequence[SampledToken], other: Sequence[SampledToken]) -> None:
        """Assert that `other` is `reference`, which must have its two best log-probabilities for each token."""
        self.compared += 1
        for step, (left, right) in enumerate(zip(reference, other, strict=False)):
            if left.token != right.token:
                (_, best), (_, second) = left.top[:2]
                assert best - second < NEAR, f"step {step}: {left} and {right} differ without a near-tie"
                self.differed.append(step)
                return
        assert len(reference) == len(other)

    def __str__(self) -> str:
        return f"{self.compared} texts compared, {len(self.differed)} parted at a near-tie (steps {self.differed})"

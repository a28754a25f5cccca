"""Tells when a task is beyond the model, so that no more is spent on it.

`python -m atlas_bench abandon` measures what a rule saves and what it loses (benchmarks/RESULTS.md). None that saves much
loses nothing, so nothing is given up unless `solve.abandon_after` or `lens.stop_below` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atlas_pipeline.records import FunctionTask, Origin, RankedCandidate
from atlas_pipeline.static_evidence import static_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a solve stands after a round of samples."""

    samples: int
    """Answers so far, without the repairs."""
    sound: int
    """Those with a body that has no decisive fault."""
    examples: int
    passed: int
    """Most given examples that one of them passes."""
    cluster: int
    """Most samples that behave identically."""
    likeliest: float | None = None
    """Largest P(right) by the Lens; None where it did not judge every sample."""


def standing_of(
    task: FunctionTask, ranked: Sequence[RankedCandidate], *, answers: int, prior: Mapping[int, float] | None = None
) -> Standing:
    """Return how a solve stands.

    Args:
        task: that is solved.
        ranked: its candidates.
        answers: of the model to requests for code.
        prior: P(right) by the Lens, by the index of the candidate.
    """
    sampled = [entry for entry in ranked if entry.candidate.origin is not Origin.REPAIR]
    bodies = [entry.candidate.body for entry in sampled]
    judged = [prior[entry.candidate.index] for entry in sampled if entry.candidate.index in prior] if prior else []
    return Standing(
        samples=answers,
        sound=sum(not any(fault.kind.is_decisive for fault in static_faults(body, task)) for body in bodies),
        examples=max((entry.examples for entry in sampled), default=len(task.examples)),
        passed=max((entry.examples_passed for entry in sampled), default=0),
        cluster=max((entry.cluster for entry in sampled), default=0),
        likeliest=max(judged) if judged and len(judged) == len(sampled) else None,
    )


def why_hopeless(standing: Standing, *, after: int, below: float = 0.0) -> str | None:
    """Return why more samples would be wasted; None while there is hope, or while there are fewer than `after`.

    Args:
        standing: after a round.
        after: `solve.abandon_after`, 0 is never.
        below: `lens.stop_below`, a probability; 0 is never.
    """
    if standing.likeliest is not None and standing.likeliest < below and not standing.passed:
        return (
            f"the Lens gives none of {standing.samples} samples more than {standing.likeliest:.0%}: more are not drawn "
            "(lens.stop_below)"
        )
    if not after or standing.samples < after or not standing.examples or standing.passed:
        return None
    given = "the given example" if standing.examples == 1 else f"any of the {standing.examples} given examples"
    return f"none of {standing.samples} samples passes {given}: more are not drawn (solve.abandon_after)"

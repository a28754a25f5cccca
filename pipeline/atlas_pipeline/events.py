"""What a solve tells while it runs: a closed union of typed events, each with `schema: 1`, extended only by addition.

The same stream drives the editor, the command line and traces. `Finished` is always the last event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import msgspec

from atlas_pipeline.records import Candidate, Cost, RankedCandidate, Selection, TestCase, Verdict

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The model is loaded and the solve begins."""

    qualname: str
    model: str
    examples: tuple[TestCase, ...]
    unread_examples: tuple[str, ...]
    sandbox_layers: tuple[str, ...]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteChosen:
    """How much is going to be tried."""

    route: str
    samples: int
    reason: str
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateMade:
    """A candidate was decoded; it is unverified until tested."""

    candidate: Candidate
    done: int
    """Candidates asked for and decoded so far, usable or not."""
    planned: int
    """Candidates of the rounds begun so far."""
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRejected:
    """The model's text held no usable body; nothing was run."""

    reason: str
    done: int
    planned: int
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsMade:
    """The model wrote tests; `unreadable` lines could not be understood as a test."""

    __test__: ClassVar[bool] = False

    tests: tuple[TestCase, ...]
    unreadable: int
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTested:
    """A candidate ran on the given examples."""

    candidate: int
    verdicts: tuple[Verdict, ...]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class BestChanged:
    """Another candidate leads, or the leader has new evidence."""

    best: RankedCandidate
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairTried:
    """A repair was written and tested."""

    candidate: Candidate
    verdicts: tuple[Verdict, ...]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked:
    """The user was asked which of several outputs is right."""

    call: str
    options: tuple[str, ...]
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetUsed:
    """What has been spent so far."""

    cost: Cost
    tokens_per_s: float | None
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The last event of every solve that was not cancelled."""

    selection: Selection
    schema: int = SCHEMA


Event: TypeAlias = (
    Started
    | RouteChosen
    | CandidateMade
    | CandidateRejected
    | TestsMade
    | CandidateTested
    | BestChanged
    | RepairTried
    | QuestionAsked
    | BudgetUsed
    | Finished
)


def to_json(event: Event) -> dict[str, Any]:
    """Return the event as plain JSON types, with its class name under `event`."""
    return {"event": type(event).__name__, **msgspec.to_builtins(event)}

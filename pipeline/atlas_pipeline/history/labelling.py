"""Which candidates of the history are known to be right or wrong, who says so, and since when.

    the chosen body, put into the file and left there     right, `accepted`
    the chosen body, rejected or reverted by the user     wrong, `rejected`, `reverted`
    any body that fails a given example                   wrong, `given example`

Of all others nothing is known: that a body was chosen, or VERIFIED, is what the Lens should help with, and no label. An
answer that the user edited afterwards may have been right or wrong. Repairs are left out: they were led to the examples.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atlas_pipeline.history.records import Outcome
from atlas_pipeline.records import Origin

SAMPLED = frozenset({Origin.SAMPLE.value, Origin.PLAN.value})
"""Origins of candidates that nobody led anywhere."""
_OF_CHOSEN = {
    Outcome.ACCEPTED.value: (True, "accepted"),
    Outcome.REJECTED.value: (False, "rejected"),
    Outcome.REVERTED.value: (False, "reverted"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What is known of one candidate."""

    candidate: Mapping[str, Any]
    right: bool
    provenance: str
    at: float
    """When it became known, in seconds since the epoch."""


def later(solves: Iterable[Mapping[str, Any]], since: float) -> Iterator[Label]:
    """Yield what became known after a moment."""
    for solve in solves:
        yield from (label for label in labels(solve) if label.at > since)


def labels(solve: Mapping[str, Any]) -> list[Label]:
    """Return what is known of a solve's candidates.

    Args:
        solve: as `store.export` or `store.judged` yields it.
    """
    if solve["answered_from"]:
        return []
    said = [each for each in solve["outcomes"] if each["what"] != Outcome.VERIFIED.value]
    found = []
    for candidate in solve["candidates"]:
        if candidate["origin"] not in SAMPLED:
            continue
        if candidate["chosen"] and said:
            known = _OF_CHOSEN.get(said[-1]["what"])
            if known is not None:
                found.append(Label(candidate=candidate, right=known[0], provenance=known[1], at=said[-1]["at"]))
        elif candidate["examples_passed"] < candidate["examples"]:
            ended = solve["began_at"] + solve["seconds"]
            found.append(Label(candidate=candidate, right=False, provenance="given example", at=ended))
    return found

"""Which candidates of the history are known to be right or wrong, who says so, and since when.

    the chosen body, put into the file and left there     right, `accepted`
    the chosen body, rejected or reverted by the user     wrong, `rejected`, `reverted`
    any body that fails a given example                   wrong, `given example`

Of all others nothing is known: that a body was chosen, or VERIFIED, is what the Lens should help with, and no label. An
answer that the user edited afterwards may have been right or wrong. Repairs are left out: they were led to the examples.

Wrong bodies are known in every solve with examples, right ones only where the user said so: by all labels together most
bodies would seem wrong, and by those of the user alone too many right, because what the user saw had passed. So each label
says for how many of its solve's bodies it stands: where the user judged the chosen one, that one stands for all that
passed, and the others for themselves; where the user did not, none for any. All may teach to tell a task's bodies apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atlas_pipeline.history.records import Outcome
from atlas_pipeline.records import Origin

SAMPLED = frozenset({Origin.SAMPLE.value, Origin.PLAN.value})
"""Origins of candidates that nobody led anywhere."""
GIVEN_EXAMPLE = "given example"
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
    stands_for: int
    """Of how many of the solve's bodies it says something."""


def later(solves: Iterable[Mapping[str, Any]], since: float) -> Iterator[Label]:
    """Yield what the user said after a moment."""
    for solve in solves:
        yield from (each for each in labels(solve) if each.provenance != GIVEN_EXAMPLE and each.at > since)


def labels(solve: Mapping[str, Any]) -> list[Label]:
    """Return what is known of a solve's candidates.

    Args:
        solve: as `store.export` or `store.judged` yields it.
    """
    if solve["answered_from"]:
        return []
    said = [each for each in solve["outcomes"] if each["what"] != Outcome.VERIFIED.value]
    sampled = [each for each in solve["candidates"] if each["origin"] in SAMPLED]
    judged = _OF_CHOSEN.get(said[-1]["what"]) if said else None
    chosen = [each for each in sampled if each["chosen"] and said]
    failed = [each for each in sampled if each not in chosen and each["examples_passed"] < each["examples"]]
    is_judged = bool(chosen) and judged is not None
    ended = solve["began_at"] + solve["seconds"]
    found = []
    for candidate in sampled:
        if candidate in failed:
            label = Label(
                candidate=candidate, right=False, provenance=GIVEN_EXAMPLE, at=ended, stands_for=int(is_judged)
            )
            found.append(label)
        elif candidate in chosen and judged is not None:
            right, provenance = judged
            passing = len(sampled) - len(failed)
            found.append(
                Label(candidate=candidate, right=right, provenance=provenance, at=said[-1]["at"], stands_for=passing)
            )
    return found

"""The samples the pocket model is trained on: every source of the world, every role of the pipeline.

No sample is ever drawn from a composition that is held out (`problem.held_out`).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from atlas_pipeline.prompts import Role
from atlas_pocket.classics.source import Classics
from atlas_pocket.compositions import SOURCES
from atlas_pocket.names import letters, made_up_name
from atlas_pocket.problem import Problem, Source, held_out
from atlas_pocket.roles import MAKERS, Maker, Sample, thought_through

log = logging.getLogger(__name__)

SHARES: dict[Role, int] = {
    "code": 44,
    "tests": 17,
    "repair": 9,
    "judge": 6,
    "code_from_plan": 5,
    "inputs": 4,
    "properties": 3,
    "plan": 3,
    "observations": 2,
    "approaches": 1,
    "combinations": 1,
}
COPYING = 5
"""Parts in a hundred that only repeat; `SHARES` are the rest."""
THINKING_SHARE = 0.1
"""Of the samples of roles that may think."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A source and how often it is drawn from."""

    name: str
    source: Source
    weight: float


WEIGHTS = {"chain": 30, "if": 12, "walk": 13, "select": 10, "classic": 35}
"""How often each part of the world is drawn from."""


def world() -> tuple[Part, ...]:
    """Return every part of the world with its weight."""
    sources: dict[str, Source] = {**SOURCES, "classic": Classics()}
    return tuple(Part(name=name, source=source, weight=WEIGHTS[name]) for name, source in sources.items())


class Drawer:
    """Draws problems of one side of the split."""

    def __init__(self, parts: Sequence[Part], *, held: bool) -> None:
        self._pools = [
            (part.source, [key for key in part.source.keys() if held_out(key) == held])  # noqa: SIM118 - no mapping
            for part in parts
        ]
        self._weights = [part.weight for part in parts]

    def draw(self, rng: random.Random) -> Problem:
        """Draw a part of the world by weight, then one of its compositions."""
        source, keys = rng.choices(self._pools, self._weights)[0]
        return source.problem(rng.choice(keys), rng)


def samples(
    seed: int | str, parts: Sequence[Part] | None = None, *, shares: Mapping[Role, int] | None = None
) -> Iterator[Sample]:
    """Yield training samples for ever; `shares` are taken instead of those of `SHARES` for the roles that it names."""
    rng = random.Random(seed)
    drawer = Drawer(world() if parts is None else parts, held=False)
    taken = {**SHARES, **(shares or {})}
    roles = list(taken)
    while True:
        if rng.random() < COPYING / 100:
            yield copy_sample(rng)
            continue
        make = MAKERS[rng.choices(roles, list(taken.values()))[0]]
        thinks = rng.random() < THINKING_SHARE
        sample = _sample(partial(thought_through, make) if thinks else make, drawer, rng)
        if sample is not None:
            yield sample


def _sample(make: Maker, drawer: Drawer, rng: random.Random) -> Sample | None:
    try:
        return make(drawer.draw(rng), rng)
    except RuntimeError as error:  # constants were drawn with which no input has an answer
        log.warning("left out: %s", error)
        return None


def copy_sample(rng: random.Random) -> Sample:
    """Repeat names and numbers that follow no pattern. No role of the product: it teaches to copy out of the prompt.

    Without it a model of this size went on guessing names: after 14 M tokens it got 25 % of unseen function names right.
    """
    kinds = [lambda: made_up_name(rng), lambda: letters(rng), lambda: str(rng.randint(-99, 999))]
    text = rng.choice((" ", ", ", "(")).join(rng.choice(kinds)() for _ in range(rng.randint(3, 14)))
    return Sample(role="copy", prompt=f"{text}\n\nCopy.", answer=text)


def held_out_samples(seed: int | str, parts: Sequence[Part] | None = None) -> Iterator[Sample]:
    """Yield samples of compositions that are never trained on, as many of each role."""
    rng = random.Random(seed)
    drawer = Drawer(world() if parts is None else parts, held=True)
    while True:
        for make in MAKERS.values():
            sample = _sample(make, drawer, rng)
            if sample is not None:
                yield sample

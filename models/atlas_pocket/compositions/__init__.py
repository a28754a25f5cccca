"""A broad world of pure functions, made of typed steps: chains, conditions, recursion, and what v0 knew."""

from __future__ import annotations

import random
from collections.abc import Sequence

from atlas_pocket.compositions.branches import Branches
from atlas_pocket.compositions.chains import Chains
from atlas_pocket.compositions.selections import Selections
from atlas_pocket.compositions.walks import Walks
from atlas_pocket.problem import Problem, Source

__all__ = ["SOURCES", "Compositions"]

SOURCES: dict[str, Source] = {"chain": Chains(), "if": Branches(), "walk": Walks(), "select": Selections()}
"""Parts of this world. Keys begin with the name of their part; those of walks with the kind of walk."""


class Compositions:
    """All parts as one source."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every composition."""
        return [key for source in SOURCES.values() for key in source.keys()]  # noqa: SIM118 - no mapping

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw the wording, names and constants of a composition."""
        return SOURCES.get(key[0], SOURCES["walk"]).problem(key, rng)

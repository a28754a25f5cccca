"""A broad world of pure functions, made of typed steps: chains, conditions, recursion, and what v0 knew."""

from __future__ import annotations

import random
from collections.abc import Sequence

from atlas_pocket.compositions.chains import Chains
from atlas_pocket.compositions.selections import Selections
from atlas_pocket.problem import Problem, Source

__all__ = ["SOURCES", "Compositions"]

SOURCES: dict[str, Source] = {"chain": Chains(), "select": Selections()}
"""Parts of this world by the first word of their keys."""


class Compositions:
    """All parts as one source."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every composition."""
        return [key for source in SOURCES.values() for key in source.keys()]

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw the wording, names and constants of a composition."""
        return SOURCES[key[0]].problem(key, rng)

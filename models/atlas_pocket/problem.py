"""What every function of the pocket model's world is, whatever part of the world it comes from.

A `Problem` is drawn with its wording, names and constants fixed, so that samples, suites and tests can ask it for
everything the roles of the pipeline need: the text a user would write, correct bodies, near misses, inputs, worked
computations, properties. Sources of problems implement `Source`; `held_out` decides, for ever the same, which of their
compositions no training sample may touch.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Tier = Literal[1, 2, 3]
"""1: one step; 2: two steps or one with a condition; 3: three steps, nested data or recursion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter as the signature names it."""

    name: str
    annotation: str
    """Python source of its type, such as `list[int]`; whether the signature shows it is up to the renderer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One function of the world with its wording and names chosen."""

    key: tuple[str, ...]
    """What identifies the composition, whatever its wording, names and constants: `("compose", "strings", "upper", …)`."""
    tier: Tier
    name: str
    parameters: tuple[Parameter, ...]
    returns: str
    sentence: str
    """What the function does, as its docstring says it; one to three sentences, no examples."""
    bodies: tuple[str, ...]
    """Correct bodies in different styles, indented by four spaces, without the docstring. At least one."""
    wrong: tuple[str, ...]
    """Near misses that a model would write: other boundary, other operator, forgotten case. At least one, none correct."""
    reference: Callable[..., Any]
    """Computes the answer, written independently of `bodies`; never changes its arguments. Raises ValueError where the
    problem has no answer on an input."""
    draw: Callable[[random.Random], tuple[Any, ...]]
    """Draws arguments that a test would use: small, typical and now and then an edge case."""
    plan: tuple[str, ...]
    """The steps in words, one to four."""
    worked: Callable[[tuple[Any, ...]], Sequence[str]]
    """From arguments, the intermediate values on the way to the answer, as Python source, first the arguments' own;
    only what a small model can follow step by step; may be just the input where there is nothing between."""
    properties: tuple[str, ...] = ()
    """Python expressions over the parameters and `result` that are true of every right answer, such as
    `len(result) <= len(items)`."""
    thought: str = ""
    """A remark on what is easily got wrong, one sentence; empty where nothing is."""


class Source(Protocol):
    """A part of the world."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every composition of this part."""
        ...

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw the wording, names and constants of a composition."""
        ...


def held_out(key: tuple[str, ...]) -> bool:
    """Tell whether a composition is kept out of every training sample (one in eight, by hash, for ever the same).

    The functions of v0 are split as they were then: its weights are where later trainings begin.
    """
    key = key[1:] if key[0] == "select" else key
    return hashlib.sha256("/".join(key).encode()).digest()[0] % 8 == 0

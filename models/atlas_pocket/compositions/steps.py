"""What a composition is made of: typed steps, each with its words, its code, its reference and its near misses.

Templates name their parts with `@`: `@x` is what the step works on, `@v` one item of it, `@c` and `@d` its constants. In
phrases `@n` is a noun for the items, `@in` a preposition before them, `@each` all items ("the numbers in nums").
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "int",
    "float",
    "str",
    "bool",
    "ints",
    "floats",
    "strs",
    "rows",
    "counts",
    "pairs",
    "intset",
    "duo",
    "tally",
    "bylength",
    "byfirst",
    "byparity",
    "tree",
]
"""The type of a value between two steps."""

ANNOTATIONS: dict[Kind, str] = {
    "int": "int",
    "float": "float",
    "str": "str",
    "bool": "bool",
    "ints": "list[int]",
    "floats": "list[float]",
    "strs": "list[str]",
    "rows": "list[list[int]]",
    "counts": "dict[str, int]",
    "pairs": "list[tuple[str, int]]",
    "intset": "set[int]",
    "duo": "tuple[int, int]",
    "tally": "dict[int, int]",
    "bylength": "dict[int, list[str]]",
    "byfirst": "dict[str, list[str]]",
    "byparity": "dict[str, list[int]]",
    "tree": "list",
}
LISTS: frozenset[Kind] = frozenset({"ints", "floats", "strs", "rows", "pairs", "intset"})
"""Kinds that items are taken from, one by one; "them", where the others are "it"."""

Form = Literal["filter", "map", "whole"]

_HOLE = re.compile(r"@(each|in|out|self|[a-z])")


def fill(template: str, parts: Mapping[str, str]) -> str:
    """Return the template with its named parts put in; parts that are not given stay as they are."""
    return _HOLE.sub(lambda found: parts.get(found[1], found[0]), template)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A value that is drawn with the problem: a number or a string in the text and the code, or a parameter."""

    draw: Callable[[random.Random], Any]
    usual: Any
    """The value by which compositions are compared with each other."""
    annotation: str = "int"
    names: tuple[str, ...] = ()
    """Names for it as a parameter; none: always a value."""
    least: int | None = None
    """Below this the composition has no answer."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One step from a value to the next."""

    name: str
    takes: Kind
    gives: Kind
    form: Form
    """filter: `code` is a condition on `@v`; map: an expression on `@v`; whole: an expression on `@x`."""
    code: tuple[str, ...]
    """Ways to write it, all right; the first is the usual one."""
    apply: Callable[..., Any]
    """The reference, on an item (filter, map) or on the value, with the constants behind it."""
    phrases: tuple[str, ...]
    """Noun phrases for what it gives; clauses where that is a bool."""
    orders: tuple[str, ...] = ()
    """Ways to ask for it with a verb; empty: "take" or "compute" with a phrase."""
    plan: str
    misses: tuple[str, ...] = ()
    """Code that a model would write by mistake."""
    loop: tuple[str, ...] = ()
    """For a whole over items: how `@out` begins, then what each `@v` does to it."""
    trace: Callable[..., str] | None = None
    """For a whole: the values that lead from its input to its answer, which they end with; ` > ` between stages."""
    constants: Mapping[str, Constant] = field(default_factory=dict)
    hint: str = ""
    """The word for it in a function's name."""
    variable: str = ""
    """The usual name of what it gives."""
    properties: tuple[str, ...] = ()
    """What is true of `result` where this is the last step; `@x` only where it is the first one too."""
    flavour: str = ""
    """What strings and numbers it wants to be tried on (`drawing`)."""
    last: bool = False
    """Nothing can follow it."""
    thought: str = ""
    decides: Callable[..., bool] | None = None
    """The condition that a branch depends on: inputs are drawn so that it holds about half of the time."""
    sentences: tuple[str, ...] = ()
    """Whole sentences that say it, where a phrase behind a verb is not the only way."""
    blocks: tuple[str, ...] = ()
    """Whole bodies, where it is the only step and no expression says it; `@self` is the function's name."""
    wrong_blocks: tuple[str, ...] = ()
    """Bodies that a model would write by mistake instead of `blocks`."""

    def __call__(self, value: Any, *constants: Any) -> Any:
        """Return the value after this step."""
        match self.form:
            case "filter":
                kept = [item for item in value if self.apply(item, *constants)]
                return set(kept) if self.gives == "intset" else "".join(kept) if self.gives == "str" else kept
            case "map":
                made = [self.apply(item, *constants) for item in value]
                return set(made) if self.gives == "intset" else "".join(made) if self.gives == "str" else made
            case "whole":
                return self.apply(value, *constants)


def number(low: int, high: int, usual: int, *names: str) -> dict[str, Constant]:
    """Return the constant `@c`, an int, which is a parameter half of the time if it has names."""
    return {
        "c": Constant(draw=lambda rng: rng.randint(low, high), usual=usual, names=names, least=1 if low >= 1 else None)
    }


def text(choices: str | tuple[str, ...], *names: str) -> dict[str, Constant]:
    """Return the constant `@c`, a string."""
    options = tuple(choices)
    return {"c": Constant(draw=lambda rng: rng.choice(options), usual=options[0], annotation="str", names=names)}

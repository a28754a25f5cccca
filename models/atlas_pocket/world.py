"""The world of v0: "<verb> the <reduction> of the <map> of the <filter> in <name>".

Every function of the world is a `Spec`: one filter, one map and one reduction over a list of integers, with one or two
parameters. A `Spec` can be computed (the reference), worked line by line (what the test role learns to write) and
written as Python in several styles. Wording lives in `wording.py`; `compositions/selections.py` makes it a source.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from atlas_pocket.problem import held_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Keeps some of the items. `code` is the condition on `{x}`, which may mention the bound `{c}`."""

    name: str
    code: str
    keeps: Callable[[int, int], bool]
    bounded: bool = False
    divides: bool = False
    """The bound is a divisor: it may not be 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Turns each kept item into another; `code` is the expression on `{x}`."""

    name: str
    code: str
    apply: Callable[[int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """Turns the mapped items into the answer."""

    name: str
    apply: Callable[[list[int]], Any]
    returns: str
    needs_items: bool = False
    """Has no answer on an empty list unless the docstring names one."""


def _digit_sum(x: int) -> int:
    return sum(int(digit) for digit in str(abs(x)))


def _product(items: Sequence[int]) -> int:
    result = 1
    for item in items:
        result *= item
    return result


FILTERS: dict[str, Filter] = {
    f.name: f
    for f in (
        Filter(name="all", code="", keeps=lambda x, c: True),
        Filter(name="positive", code="{x} > 0", keeps=lambda x, c: x > 0),
        Filter(name="negative", code="{x} < 0", keeps=lambda x, c: x < 0),
        Filter(name="nonnegative", code="{x} >= 0", keeps=lambda x, c: x >= 0),
        Filter(name="nonzero", code="{x} != 0", keeps=lambda x, c: x != 0),
        Filter(name="even", code="{x} % 2 == 0", keeps=lambda x, c: x % 2 == 0),
        Filter(name="odd", code="{x} % 2 != 0", keeps=lambda x, c: x % 2 != 0),
        Filter(name="multiple", code="{x} % {c} == 0", keeps=lambda x, c: x % c == 0, bounded=True, divides=True),
        Filter(name="nonmultiple", code="{x} % {c} != 0", keeps=lambda x, c: x % c != 0, bounded=True, divides=True),
        Filter(name="above", code="{x} > {c}", keeps=lambda x, c: x > c, bounded=True),
        Filter(name="below", code="{x} < {c}", keeps=lambda x, c: x < c, bounded=True),
        Filter(name="atleast", code="{x} >= {c}", keeps=lambda x, c: x >= c, bounded=True),
        Filter(name="atmost", code="{x} <= {c}", keeps=lambda x, c: x <= c, bounded=True),
    )
}

MAPS: dict[str, Map] = {
    m.name: m
    for m in (
        Map(name="same", code="{x}", apply=lambda x: x),
        Map(name="square", code="{x} ** 2", apply=lambda x: x**2),
        Map(name="cube", code="{x} ** 3", apply=lambda x: x**3),
        Map(name="double", code="{x} * 2", apply=lambda x: x * 2),
        Map(name="half", code="{x} // 2", apply=lambda x: x // 2),
        Map(name="absolute", code="abs({x})", apply=abs),
        Map(name="negation", code="-{x}", apply=lambda x: -x),
        Map(name="successor", code="{x} + 1", apply=lambda x: x + 1),
        Map(name="predecessor", code="{x} - 1", apply=lambda x: x - 1),
        Map(name="digitsum", code="sum(int(d) for d in str(abs({x})))", apply=_digit_sum),
    )
}

REDUCTIONS: dict[str, Reduction] = {
    r.name: r
    for r in (
        Reduction(name="sum", apply=sum, returns="int"),
        Reduction(name="product", apply=_product, returns="int"),
        Reduction(name="count", apply=len, returns="int"),
        Reduction(name="distinct", apply=lambda items: len(set(items)), returns="int"),
        Reduction(name="minimum", apply=min, returns="int", needs_items=True),
        Reduction(name="maximum", apply=max, returns="int", needs_items=True),
        Reduction(name="first", apply=lambda items: items[0], returns="int", needs_items=True),
        Reduction(name="list", apply=list, returns="list[int]"),
        Reduction(name="ascending", apply=sorted, returns="list[int]"),
        Reduction(name="descending", apply=lambda items: sorted(items, reverse=True), returns="list[int]"),
        Reduction(name="reversed", apply=lambda items: items[::-1], returns="list[int]"),
        Reduction(name="sortedset", apply=lambda items: sorted(set(items)), returns="list[int]"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One function of the world.

    `bound` is a number for a constant bound, the name of the second parameter for a variable one, None where the filter
    has no bound. `default` is what an empty selection gives where the docstring says so.
    """

    filter: Filter
    map: Map
    reduction: Reduction
    bound: int | str | None = None
    default: int | None = None
    has_default: bool = False

    @property
    def composition(self) -> tuple[str, str, str]:
        """The names that identify the composition, whatever its wording, bound and style."""
        return self.filter.name, self.map.name, self.reduction.name

    def compute(self, items: Sequence[int], bound: int = 0) -> Any:
        """Return the reference answer.

        Raises:
            ValueError, IndexError: the reduction has no answer on what was kept.
        """
        mapped = self.mapped(items, bound)
        if not mapped and self.has_default:
            return self.default
        return self.reduction.apply(mapped)

    def kept(self, items: Sequence[int], bound: int) -> list[int]:
        """Return the items the filter keeps; `bound` counts only where the spec's own is a parameter."""
        effective = self.bound if isinstance(self.bound, int) else bound
        return [x for x in items if self.filter.keeps(x, effective)]

    def mapped(self, items: Sequence[int], bound: int) -> list[int]:
        """Return the mapped items that are left after the filter."""
        return [self.map.apply(x) for x in self.kept(items, bound)]

    def worked(self, items: Sequence[int], bound: int) -> str:
        """Return the comment that leads from an input to its answer: `# input > kept > mapped > running result`."""
        stages = [repr(list(items)) + (f", {bound}" if isinstance(self.bound, str) else "")]
        mapped = self.mapped(items, bound)
        if self.filter.name != "all":
            stages.append(repr(self.kept(items, bound)))
        if self.map.name != "same":
            stages.append(repr(mapped))
        match self.reduction.name:
            case "sum":
                stages.append(" ".join(map(str, accumulate(mapped))) or "0")
            case "product":
                stages.append(" ".join(map(str, accumulate(mapped, lambda a, b: a * b))) or "1")
            case "count":
                stages.append(" ".join(str(i + 1) for i in range(len(mapped))) or "0")
            case "minimum":
                stages.append(" ".join(map(str, accumulate(mapped, min))))
            case "maximum":
                stages.append(" ".join(map(str, accumulate(mapped, max))))
            case "distinct":
                stages.append(repr(list(dict.fromkeys(mapped))))
            case "sortedset":
                stages.append(repr(list(dict.fromkeys(mapped))))
        return "# " + " > ".join(stage for stage in stages if stage)


def random_input(spec: Spec, rng: random.Random, *, most: int = 4) -> tuple[list[int], int]:
    """Draw a list of at most `most` items in -6..9 and a bound, on which the spec has an answer."""
    for _ in range(40):
        bound = rng.randint(2, 5) if spec.filter.divides else rng.randint(-3, 7)
        size = rng.choice((1, 2, 3, 3, 4, 4)) if rng.random() < 0.93 else 0
        if spec.map.name == "digitsum" and rng.random() < 0.5:
            numbers = [rng.randint(-40, 99) for _ in range(min(size, 3))]
        else:
            numbers = [rng.randint(-6, 9) for _ in range(min(size, most))]
        if spec.reduction.name == "product":
            numbers = numbers[:3]
        if rng.random() < 0.25 and len(numbers) > 1:
            numbers[-1] = numbers[0]
        # Inputs of which nothing is kept are legal, where they have an answer, but say little: keep one in four.
        if spec.mapped(numbers, bound) or (has_answer(spec, numbers, bound) and rng.random() < 0.25):
            return numbers, bound
    return [1, 2, 3, 6], 2 if spec.filter.divides else 0


def has_answer(spec: Spec, numbers: list[int], bound: int) -> bool:
    """Tell whether the reference is defined on this input."""
    return bool(spec.mapped(numbers, bound)) or not spec.reduction.needs_items or spec.has_default


def compositions(*, held: bool) -> list[tuple[str, str, str]]:
    """Return the compositions of one side of the split."""
    return [
        key
        for f in FILTERS
        for m in MAPS
        for r in REDUCTIONS
        if not (r == "count" and m != "same")  # counting mapped items is counting the items
        if held_out(key := (f, m, r)) == held
    ]

"""The world of v0 as a `Source`: "<verb> the <reduction> of the <map> of the <filter> in <name>", over integers.

Keys are v0's own, so that what was held out of its training is held out of this one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from atlas_pocket import wording
from atlas_pocket.names import function_name, made_up_name
from atlas_pocket.problem import Parameter, Problem
from atlas_pocket.styles import STYLES, body
from atlas_pocket.world import FILTERS, MAPS, REDUCTIONS, Spec, compositions

_KEEPS = {
    "positive": "keep the numbers above 0",
    "negative": "keep the numbers below 0",
    "nonnegative": "keep the numbers that are 0 or more",
    "nonzero": "drop the zeros",
    "even": "keep the even numbers",
    "odd": "keep the odd numbers",
    "multiple": "keep the multiples of {c}",
    "nonmultiple": "drop the multiples of {c}",
    "above": "keep the numbers above {c}",
    "below": "keep the numbers below {c}",
    "atleast": "keep the numbers that are {c} or more",
    "atmost": "keep the numbers that are {c} or less",
}
_TURNS = {
    "square": "square each",
    "cube": "cube each",
    "double": "double each",
    "half": "halve each, rounding down",
    "absolute": "take the absolute value of each",
    "negation": "flip the sign of each",
    "successor": "add 1 to each",
    "predecessor": "subtract 1 from each",
    "digitsum": "replace each by the sum of its digits",
}
_ENDS = {
    "sum": "add them up",
    "product": "multiply them",
    "count": "count them",
    "distinct": "count the different ones",
    "minimum": "take the smallest",
    "maximum": "take the largest",
    "first": "take the first",
    "list": "return them as a list",
    "ascending": "sort them",
    "descending": "sort them from largest to smallest",
    "reversed": "reverse their order",
    "sortedset": "drop repetitions and sort",
}
_THOUGHTS = {
    "half": "The division rounds down, also below 0.",
    "digitsum": "The sign is no digit.",
    "atleast": "The bound itself is kept.",
    "atmost": "The bound itself is kept.",
    "above": "The bound itself is not kept.",
    "below": "The bound itself is not kept.",
    "nonnegative": "0 is kept.",
    "positive": "0 is not kept.",
    "negative": "0 is not kept.",
    "product": "The product of nothing is 1.",
}


class Lists:
    """Every composition of `world.py`."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """See `Source.keys`."""
        return [*compositions(held=False), *compositions(held=True)]

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """See `Source.problem`."""
        spec = _spec(key, rng)
        items = rng.choice([name for name in wording.ITEM_NAMES if name != spec.bound])
        if rng.random() < 0.25:
            items = made_up_name(rng)
        parameters = [Parameter(name=items, annotation="list[int]")]
        if isinstance(spec.bound, str):
            parameters.append(Parameter(name=spec.bound, annotation="int"))
        returns = spec.reduction.returns + (" | None" if spec.has_default and spec.default is None else "")
        return Problem(
            key=key,
            tier=1 if [spec.filter.name, spec.map.name].count("all") + (spec.map.name == "same") else 2,
            name=function_name(rng),
            parameters=tuple(parameters),
            returns=returns,
            sentence=wording.describe(spec, items=items, rng=rng),
            bodies=tuple(body(spec, items=items, style=style) for style in STYLES),
            wrong=_wrong(spec, items, rng),
            reference=_reference(spec),
            draw=lambda drawn: _arguments(spec, drawn),
            plan=_plan(spec),
            worked=lambda arguments: spec.stages(arguments[0], arguments[1] if len(arguments) > 1 else 0),
            properties=_properties(spec, items),
            thought=next((_THOUGHTS[part] for part in key if part in _THOUGHTS), ""),
        )


def _spec(key: tuple[str, ...], rng: random.Random) -> Spec:
    f, m, r = key
    spec = Spec(filter=FILTERS[f], map=MAPS[m], reduction=REDUCTIONS[r])
    if spec.filter.bounded:
        if rng.random() < 0.5:
            name = made_up_name(rng) if rng.random() < 0.2 else rng.choice(wording.BOUND_NAMES)
            spec = replace(spec, bound=name)
        else:
            low, high = (2, 9) if spec.filter.divides else (-4, 12)
            spec = replace(spec, bound=rng.randint(low, high))
    if spec.reduction.needs_items and rng.random() < 0.5:
        spec = replace(spec, has_default=True, default=rng.choice((None, None, 0, -1)))
    return spec


def _reference(spec: Spec) -> Any:
    def reference(items: Sequence[int], bound: int = 0) -> Any:
        if not spec.mapped(items, bound) and spec.reduction.needs_items and not spec.has_default:
            raise ValueError("no item is left to answer with")
        return spec.compute(items, bound)

    return reference


def _arguments(spec: Spec, rng: random.Random) -> tuple[Any, ...]:
    """Draw a list of at most five items in -6..9 and a bound; most lists have items that are kept."""
    for _ in range(40):
        bound = rng.randint(2, 5) if spec.filter.divides else rng.randint(-3, 7)
        size = rng.choice((1, 2, 3, 3, 4, 4, 5)) if rng.random() < 0.93 else 0
        if spec.map.name == "digitsum" and rng.random() < 0.5:
            numbers = [rng.randint(-40, 99) for _ in range(min(size, 3))]
        else:
            numbers = [rng.randint(-6, 9) for _ in range(size)]
        if spec.reduction.name == "product":
            numbers = numbers[:3]
        if rng.random() < 0.25 and len(numbers) > 1:
            numbers[-1] = numbers[0]
        answers = spec.has_default or not spec.reduction.needs_items
        # Inputs of which nothing is kept are legal, where they have an answer, but say little: keep one in four.
        if spec.mapped(numbers, bound) or (answers and rng.random() < 0.25):
            break
    else:
        numbers, bound = [1, 2, 3, 6], 2 if spec.filter.divides else 0
    return (numbers, bound) if isinstance(spec.bound, str) else (numbers,)


def _wrong(spec: Spec, items: str, rng: random.Random) -> tuple[str, ...]:
    """Return bodies of compositions that differ in one part."""
    unbounded = [f for f in FILTERS.values() if f.bounded == spec.filter.bounded and f is not spec.filter]
    maps = [m for m in MAPS.values() if m is not spec.map]
    reductions = [r for r in REDUCTIONS.values() if r is not spec.reduction]
    others = [
        replace(spec, map=rng.choice(maps)),
        replace(spec, reduction=rng.choice(reductions)),
        replace(spec, filter=rng.choice(unbounded)),
    ]
    return tuple(body(other, items=items, style=rng.choice(STYLES)) for other in others)


def _plan(spec: Spec) -> tuple[str, ...]:
    steps = (_KEEPS.get(spec.filter.name), _TURNS.get(spec.map.name), _ENDS[spec.reduction.name])
    return tuple(step.format(c=spec.bound) for step in steps if step)


def _properties(spec: Spec, items: str) -> tuple[str, ...]:
    match spec.reduction.name:
        case "count" | "distinct":
            return (f"0 <= result <= len({items})",)
        case "list" | "reversed" | "sortedset":
            return (f"len(result) <= len({items})",)
        case "ascending" | "descending":
            order = "sorted(result)" if spec.reduction.name == "ascending" else "sorted(result, reverse=True)"
            return (f"len(result) <= len({items})", f"result == {order}")
    return ()

"""What v0 knew, as problems: "<verb> the <reduction> of the <map> of the <filter> in <name>", keys `("select", …)`."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from atlas_pocket import wording
from atlas_pocket.compositions.misses import near_misses
from atlas_pocket.names import function_name, made_up_name
from atlas_pocket.problem import Parameter, Problem, Tier
from atlas_pocket.styles import STYLES, body
from atlas_pocket.world import FILTERS, MAPS, REDUCTIONS, Spec, compositions, has_answer, random_input

_OPPOSITE = {
    "above": "atleast",
    "atleast": "above",
    "below": "atmost",
    "atmost": "below",
    "positive": "nonnegative",
    "nonnegative": "positive",
    "even": "odd",
    "odd": "even",
    "multiple": "nonmultiple",
    "nonmultiple": "multiple",
    "negative": "positive",
}
_INSTEAD = {
    "minimum": "maximum",
    "maximum": "minimum",
    "ascending": "descending",
    "descending": "reversed",
    "reversed": "descending",
    "sum": "count",
    "count": "distinct",
    "distinct": "count",
    "sortedset": "ascending",
    "first": "minimum",
    "product": "sum",
    "list": "reversed",
}
_FILTER_WORDS = {
    "above": "above {c}",
    "below": "below {c}",
    "atleast": "of at least {c}",
    "atmost": "of at most {c}",
    "multiple": "divisible by {c}",
    "nonmultiple": "not divisible by {c}",
}


class Selections:
    """The source of v0's functions."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every combination of filter, map and reduction."""
        return [("select", *names) for held in (False, True) for names in compositions(held=held)]

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw wording, names and the bound of a combination."""
        spec = _spec(key, rng)
        bounds = [spec.bound] if isinstance(spec.bound, str) else []
        items = made_up_name(rng) if rng.random() < 0.25 else rng.choice(wording.ITEM_NAMES)
        items = f"{items}_" if items in bounds else items
        names = [items, *bounds]

        def reference(numbers: list[int], bound: int = 0) -> Any:
            try:
                return spec.compute(numbers, bound)
            except (IndexError, ZeroDivisionError) as error:
                raise ValueError(f"no answer: {error}") from error

        def draw(rng: random.Random) -> tuple[Any, ...]:
            for _ in range(400):
                numbers, bound = random_input(spec, rng)
                if has_answer(spec, numbers, bound):
                    return (numbers, bound) if bounds else (numbers,)
            raise RuntimeError(f"no arguments found on which {key} has an answer")

        def worked(arguments: tuple[Any, ...]) -> Sequence[str]:
            bound = arguments[1] if bounds else 0
            answer = repr(reference(*arguments))
            stages = spec.worked(arguments[0], bound).removeprefix("# ").split(" > ")
            return stages if len(stages) > 1 and stages[-1].split(" ")[-1] == answer else [*stages, answer]

        bodies = tuple(dict.fromkeys(body(spec, items=items, style=style) for style in STYLES))
        wrong = [body(other, items=items, style=rng.choice(STYLES)) for other in _mistaken(spec)]
        parameters = [
            Parameter(name=items, annotation="list[int]"),
            *(Parameter(name=name, annotation="int") for name in bounds),
        ]
        needs_default = spec.has_default and spec.default is None
        return Problem(
            key=key,
            tier=_tier(spec),
            name=function_name(rng),
            parameters=tuple(parameters),
            returns=spec.reduction.returns + (" | None" if needs_default else ""),
            sentence=wording.describe(spec, items=items, rng=rng),
            bodies=bodies,
            wrong=near_misses([text for text in wrong if text not in bodies], names, reference, draw, rng),
            reference=reference,
            draw=draw,
            plan=_plan(spec),
            worked=worked,
            properties=_properties(spec, items),
        )


def _spec(key: tuple[str, ...], rng: random.Random) -> Spec:
    spec = Spec(filter=FILTERS[key[1]], map=MAPS[key[2]], reduction=REDUCTIONS[key[3]])
    if spec.filter.bounded:
        if rng.random() < 0.5:
            name = made_up_name(rng) if rng.random() < 0.2 else rng.choice(wording.BOUND_NAMES)
            spec = replace(spec, bound=name)
        else:
            low, high = (2, 6) if spec.filter.divides else (-4, 8)  # inputs are from -6 to 9
            spec = replace(spec, bound=rng.randint(low, high))
    if spec.reduction.needs_items and rng.random() < 0.5:
        spec = replace(spec, has_default=True, default=rng.choice((None, None, 0, -1)))
    return spec


def _tier(spec: Spec) -> Tier:
    """Return 1 for up to two steps: one pattern of one line, and the best known part of the world; 2 for three."""
    steps = (spec.filter.name != "all") + (spec.map.name != "same") + (spec.reduction.name != "list")
    return 2 if steps == 3 else 1


def _mistaken(spec: Spec) -> list[Spec]:
    found = [replace(spec, reduction=REDUCTIONS[_INSTEAD[spec.reduction.name]])]
    if spec.filter.name in _OPPOSITE:
        found.append(replace(spec, filter=FILTERS[_OPPOSITE[spec.filter.name]]))
    if spec.filter.name != "all":
        found.append(replace(spec, filter=FILTERS["all"]))
    found.append(replace(spec, map=MAPS["double" if spec.map.name != "double" else "square"]))
    if spec.map.name != "same":
        found.append(replace(spec, map=MAPS["same"]))
    return found


def _plan(spec: Spec) -> tuple[str, ...]:
    lines = []
    if spec.filter.name != "all":
        lines.append(
            "keep those " + _FILTER_WORDS.get(spec.filter.name, f"that are {spec.filter.name}").format(c=spec.bound)
        )
    if spec.map.name != "same":
        lines.append(f"take the {spec.map.name} of each")
    if spec.reduction.name != "list":
        lines.append(f"take the {spec.reduction.name}")
    return tuple(lines) or ("return the list",)


def _properties(spec: Spec, items: str) -> tuple[str, ...]:
    name = spec.reduction.name
    if spec.reduction.returns != "int":
        ordered = {
            "ascending": "result == sorted(result)",
            "descending": "result == sorted(result, reverse=True)",
            "sortedset": "result == sorted(set(result))",
        }
        return (f"len(result) <= len({items})", *([ordered[name]] if name in ordered else []))
    return ("result >= 0", f"result <= len({items})") if name in ("count", "distinct") else ()

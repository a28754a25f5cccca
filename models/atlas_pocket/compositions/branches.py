"""Conditions: "if <something holds>, <this>, otherwise <that>", the keys `("if", kind, condition, then, otherwise)`."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from atlas_pocket.compositions.chains import STEPS
from atlas_pocket.compositions.composition import Chain, draw_problem
from atlas_pocket.compositions.steps import Constant, Kind, Step
from atlas_pocket.problem import Problem

_MOST = 260
"""Branches kept for each kind and answer, those with the smallest hashes."""
_KINDS: tuple[Kind, ...] = ("int", "str", "ints", "strs", "counts")
_LETTER = re.compile(r"@([cde])(?![a-z])")
_LOOSE = re.compile(r"[,(]| otherwise| or ")


def _unchanged(kind: Kind) -> Step:
    return Step(
        name="unchanged",
        takes=kind,
        gives=kind,
        form="whole",
        code=("@x",),
        apply=lambda value: value,
        phrases=("@x unchanged", "@x itself", "@x as it is"),
        plan="leave it",
    )


def _lettered(step: Step, letters: str) -> Mapping[str, str]:
    """Return other letters for the constants of a step, so that two steps can be said in one breath."""
    return {old: f"@{new}" for old, new in zip(step.constants, letters, strict=False)}


def _branch(condition: Step, then: Step, otherwise: Step) -> Step:
    parts = (condition, then, otherwise)
    letters = [_lettered(step, some) for step, some in zip(parts, ("cd", "fg", "hi"), strict=True)]

    def said(number: int, template: str) -> str:
        return _LETTER.sub(lambda found: letters[number].get(found[1], found[0]), template)

    def phrases(number: int) -> list[str]:
        kept = [text for text in parts[number].phrases if not _LOOSE.search(text)]
        return [said(number, text) for text in (kept or parts[number].phrases)]

    def apply(value: Any, *constants: Any) -> Any:
        first, second = len(condition.constants), len(condition.constants) + len(then.constants)
        if condition(value, *constants[:first]):
            return then(value, *constants[first:second])
        return otherwise(value, *constants[second:])

    def decides(value: Any, *constants: Any) -> bool:
        return bool(condition(value, *constants[: len(condition.constants)]))

    def trace(value: Any, *constants: Any) -> str:
        return f"{decides(value, *constants)} > {apply(value, *constants)!r}"

    constants: dict[str, Constant] = {}
    for number, step in enumerate(parts):
        constants |= {letters[number][old][1:]: constant for old, constant in step.constants.items()}
    when, yes, no = (said(number, step.code[0]) for number, step in enumerate(parts))
    spoken = list(zip(phrases(0) * 3, phrases(1) * 3, phrases(2) * 3, strict=False))[:4]
    misses = [said(0, miss) for miss in condition.misses]
    return Step(
        name=f"{condition.name} {then.name} {otherwise.name}",
        takes=condition.takes,
        gives=then.gives,
        form="whole",
        code=(f"{yes} if {when} else {no}",),
        apply=apply,
        phrases=tuple(f"{b} if {a}, otherwise {c}" for a, b, c in spoken),
        sentences=tuple(
            text.format(a, b, c)
            for a, b, c in spoken
            for text in (
                "If {0}, return {1}, otherwise {2}.",
                "If {0}, return {1}; otherwise return {2}.",
                "Return {1} when {0}, and {2} otherwise.",
                "Return {1} if {0} and {2} if not.",
                "If {0}, give back {1}. Otherwise give back {2}.",
            )
        ),
        plan=f"check the condition; if it holds, {said(1, then.plan)}; otherwise {said(2, otherwise.plan)}",
        blocks=(
            f"if {when}:\n    return {yes}\nreturn {no}",
            f"if {when}:\n    return {yes}\nelse:\n    return {no}",
            f"if {when}:\n    result = {yes}\nelse:\n    result = {no}\nreturn result",
            *([f"return {yes} if {when} else {no}"] if len(yes) + len(when) + len(no) < 60 else []),
        ),
        wrong_blocks=(
            f"if {when}:\n    return {no}\nreturn {yes}",
            f"return {yes}",
            f"return {no}",
            *(f"if {miss}:\n    return {yes}\nreturn {no}" for miss in misses),
            *(f"if {when}:\n    return {said(1, miss)}\nreturn {no}" for miss in then.misses),
            *(f"if {when}:\n    return {yes}\nreturn {said(2, miss)}" for miss in otherwise.misses),
        ),
        trace=trace,
        decides=decides,
        constants=constants,
        hint=f"{then.hint or then.name}_or_{otherwise.hint or otherwise.name}",
        flavour=condition.flavour,
        thought=condition.thought,
    )


@lru_cache(maxsize=1)
def branches() -> dict[tuple[str, ...], Chain]:
    """Return every branch by its key."""
    found: dict[tuple[str, ...], Chain] = {}
    for kind in _KINDS:
        own = [step for step in STEPS if step.takes == kind and step.form == "whole" and step.code and not step.last]
        conditions = [step for step in own if step.gives == "bool" and step.name != "empty"]
        actions: dict[Kind, list[Step]] = {kind: [_unchanged(kind)]}
        for step in own:
            if (
                step.gives in ("int", "str", "ints", "strs", "counts")
                and len(step.constants) < 2
                and step.flavour in ("", "few", "repeats")
            ):
                actions.setdefault(step.gives, []).append(step)
        for gives, group in actions.items():
            keys = [
                ("if", kind, a.name, b.name, c.name)
                for a in conditions
                for b in group
                for c in group
                if b is not c and (b.name, c.name) != ("unchanged", "unchanged")
            ]
            by_name = {step.name: step for step in (*conditions, *group)}
            keys.sort(key=lambda key: hashlib.blake2b("/".join(key).encode(), digest_size=8, salt=b"rank").digest())
            for key in keys[: _MOST if gives in ("int", kind) else _MOST // 4]:
                found[key] = Chain((kind,), (_branch(*(by_name[name] for name in key[2:])),), called=key, level=2)
    return found


class Branches:
    """The source of all branches."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every branch."""
        return list(branches())

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw the wording, names and constants of a branch."""
        return draw_problem(branches()[key], rng)

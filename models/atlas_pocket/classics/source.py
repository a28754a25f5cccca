"""Draws problems from the classics: wording, the function's name and the parameters' names."""

from __future__ import annotations

import copy
import keyword
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from atlas_pocket.classics import (
    arithmetic,
    conversion,
    dates_and_money,
    dicts_and_sets,
    games_and_puzzles,
    geometry,
    lists,
    matrices,
    number_theory,
    strings,
    words_and_sentences,
)
from atlas_pocket.classics.definition import Classic, filled, identifiers, programs, renamed
from atlas_pocket.names import function_name as meaningless_name
from atlas_pocket.names import made_up_name
from atlas_pocket.problem import Parameter, Problem

CLASSICS: tuple[Classic, ...] = (
    *arithmetic.CLASSICS,
    *conversion.CLASSICS,
    *dates_and_money.CLASSICS,
    *dicts_and_sets.CLASSICS,
    *games_and_puzzles.CLASSICS,
    *geometry.CLASSICS,
    *lists.CLASSICS,
    *matrices.CLASSICS,
    *number_theory.CLASSICS,
    *strings.CLASSICS,
    *words_and_sentences.CLASSICS,
)

_VERBS = ("Return", "Return", "Return", "Return", "Returns", "Compute", "Calculate", "Find", "Get", "Give", "Work out")
_TRUTH_VERBS = ("Return", "Return", "Check", "Tell", "Determine", "Test", "Find out", "Say")
_QUESTION = re.compile(r"(in |at )?(how|which|what|who|where) ")
_QUESTION_VERBS = ("Return", "Return", "Find out", "Tell", "Determine", "Work out")
_MADE_UP_RATE = 0.15
_QUOTE_RATE = 0.12


class Classics:
    """The classics as a source of problems."""

    def __init__(self, classics: Sequence[Classic] = CLASSICS) -> None:
        self._classics = {("classic", classic.key): classic for classic in classics}

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every classic."""
        return list(self._classics)

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw names and wording of a classic."""
        classic = self._classics[("classic", key[1])]
        names = parameter_names(classic, rng)
        name = function_name(classic, names, rng)
        code_names = {**names, classic.key: name}
        return Problem(
            key=("classic", classic.key),
            tier=classic.tier,
            name=name,
            parameters=tuple(Parameter(name=names[given.name], annotation=given.annotation) for given in classic.given),
            returns=classic.returns,
            sentence=sentence(classic, names, rng),
            bodies=tuple(renamed(body, code_names) for body in programs(classic.bodies)),
            wrong=tuple(renamed(body, code_names) for body in programs(classic.wrong)),
            reference=_guarded(classic.reference),
            draw=classic.arguments,
            plan=tuple(filled(step, names) for step in classic.plan.split(" | ")),
            worked=lambda arguments: worked(classic, arguments),
            properties=tuple(renamed(text, code_names) for text in classic.properties),
            thought=filled(classic.thought, names),
        )


def parameter_names(classic: Classic, rng: random.Random) -> dict[str, str]:
    """Choose what the parameters are called, by their names in the definition; none is a name the bodies use."""
    own = {given.name for given in classic.given}
    used = identifiers(" ".join((classic.bodies, classic.wrong, *classic.properties))) - own
    chosen: dict[str, str] = {}
    lengths = {len(given.names) for given in classic.given}
    together = rng.randrange(min(lengths)) if len(lengths) == 1 else None  # (a, b) or (x, y), but not (a, y)
    for given in classic.given:
        wish = given.names[together] if together is not None else rng.choice(given.names)
        if rng.random() < _MADE_UP_RATE / 2:
            wish = made_up_name(rng)
        free = wish not in used and wish not in chosen.values() and (wish == given.name or wish not in own)
        chosen[given.name] = wish if free else given.name
    if len(set(chosen.values())) < len(chosen):
        return {name: name for name in chosen}
    return chosen


def sentence(classic: Classic, names: dict[str, str], rng: random.Random) -> str:
    """Draw a phrasing and complete it: verb, note, full stop."""
    text = opened(rng.choice(classic.phrasings()), rng)
    note = rng.choice(classic.notes())
    if note:
        text = f"{text.rstrip('.')}. {note}"
    if rng.random() < 0.85 and not text.endswith((".", "!", "?")):
        text += "."
    return filled(text, names, quote="`" if rng.random() < _QUOTE_RATE else "")


def opened(phrasing: str, rng: random.Random) -> str:
    """Put a verb before a phrasing that needs one; a noun phrase now and then stands alone, as people leave it."""
    if not (phrasing[0].islower() or phrasing[0] == "{"):
        return phrasing
    if phrasing.startswith("whether "):
        return f"{rng.choice(_TRUTH_VERBS)} {phrasing}"
    if _QUESTION.match(phrasing):
        return f"{rng.choice(_QUESTION_VERBS)} {phrasing}"
    if phrasing.startswith("the ") and rng.random() < 0.15:
        bare = phrasing.removeprefix("the ")
        return bare[0].upper() + bare[1:]
    return f"{rng.choice(_VERBS)} {phrasing}"


def worked(classic: Classic, arguments: tuple[Any, ...]) -> list[str]:
    """Return the arguments, the values between, and the answer, as Python source; alone where nothing is between."""
    shown = [", ".join(map(repr, arguments))]
    if classic.steps is not None:
        shown += [repr(value) for value in classic.steps(*copy.deepcopy(arguments))]
        shown.append(repr(classic.reference(*copy.deepcopy(arguments))))
    return shown


def function_name(classic: Classic, names: dict[str, str], rng: random.Random) -> str:
    """Choose what the function is called: a likely name or a made-up one, never a name its bodies use otherwise."""
    name = meaningless_name(rng) if rng.random() < _MADE_UP_RATE else rng.choice(classic.names.split())
    used = identifiers(classic.bodies) - {classic.key}
    taken = name in used or name in names.values() or keyword.iskeyword(name)
    return f"{name}_of" if taken else name


def _guarded(reference: Callable[..., Any]) -> Callable[..., Any]:
    """Let a reference work on copies, and raise ValueError whatever way it finds that there is no answer."""

    def answer(*arguments: Any) -> Any:
        try:
            return reference(*copy.deepcopy(arguments))
        except (ArithmeticError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no answer for {arguments!r}: {error}") from error

    return answer

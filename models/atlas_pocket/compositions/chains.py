"""Chains of one to three steps, from one or two parameters: the keys `("chain", kinds, step, …)`."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from atlas_pocket.compositions import lists, numbers, tables, texts
from atlas_pocket.compositions.composition import Chain, Values, draw_problem
from atlas_pocket.compositions.drawing import draw, draw_two
from atlas_pocket.compositions.steps import Kind, Step
from atlas_pocket.compositions.walks import walks
from atlas_pocket.problem import Problem
from atlas_pocket.world import FILTERS, MAPS, REDUCTIONS, Spec, compositions

STEPS: tuple[Step, ...] = numbers.STEPS + texts.STEPS + lists.STEPS + tables.STEPS
_MOST = {2: 700, 3: 420}
"""Chains of so many steps kept for each kind of parameters, those with the smallest hashes."""
_EXTENDED = 200
"""Chains of each length that longer ones are made from."""
_SAMPLE = 24
"""Inputs on which two compositions are compared."""
_MOST_CHARACTERS = 120
"""Of an answer, on average."""


@lru_cache(maxsize=1)
def chains() -> dict[tuple[str, ...], Chain]:
    """Return every chain by its key; no two of them, and none of a walk or of v0, are the same function.

    So a step of a chain always matters, and what is held out under one key is not taught under another.
    """
    seen = {_behaviour(walk) for walk in walks().values() if walk.kinds != ("tree",)}
    seen |= {_behaviour_in_v0(names) for held in (False, True) for names in compositions(held=held)}
    found = {}
    for chain in _candidates():
        mark = _behaviour(chain)
        if mark not in seen and not _says_little(chain):
            seen.add(mark)
            found[chain.key] = chain
    return found


def _candidates() -> Iterator[Chain]:
    by_kind: dict[Kind, list[Step]] = {}
    for step in STEPS:
        by_kind.setdefault(step.takes, []).append(step)
    starts = [Chain((step.takes,), (step,)) for step in STEPS if step.takes != "tally"]
    starts += [Chain((step.takes, second), (step,)) for second, step in tables.JOINTS]
    groups: dict[tuple[Kind, ...], list[Chain]] = {}
    for start in starts:
        groups.setdefault(start.kinds, []).append(start)
    for kinds, group in groups.items():
        level = group
        yield from (chain for chain in level if not _in_v0(chain))
        for most in _MOST.values():
            level = [
                Chain(kinds, (*chain.steps, step))
                for chain in level[:_EXTENDED]
                if not chain.steps[-1].last
                for step in by_kind.get(chain.steps[-1].gives, ())
                if step not in chain.steps and not _is_odd(chain.steps[-1], step)
            ]
            level.sort(key=_rank)
            kept = [chain for chain in level if not _in_v0(chain)]
            yield from kept[: most // len(kinds) ** 2]


_FREE_TEXT = frozenset({"joined", "joined_numbers", "spaced_strings", "joined_strings", "concatenated"})


def _is_odd(before: Step, step: Step) -> bool:
    """Tell whether a step wants a text of some kind that the one before never gives: words of a number, say."""
    return step.takes == "str" and step.flavour != "" and before.takes != "str" and before.name not in _FREE_TEXT


def _rank(chain: Chain) -> bytes:
    return hashlib.blake2b("/".join(chain.key).encode(), digest_size=8, salt=b"rank").digest()


def _in_v0(chain: Chain) -> bool:
    """Tell whether v0's world has it: one filter, one map, one reduction over a list."""
    names = [step.name for step in chain.steps]
    for table in (FILTERS, MAPS, REDUCTIONS):
        if names and names[0] in table:
            names.pop(0)
    return chain.kinds == ("ints",) and not names


_FLAVOURS: Mapping[tuple[Kind, ...], tuple[str, ...]] = {
    ("str", "str"): ("anagrams", "same_words", "parts", ""),
    ("int", "int"): ("ordered", "divisor", ""),
    ("rows", "int"): ("column",),
    ("ints", "ints"): ("same_length", "overlap", ""),
    ("strs", "strs"): ("same_length", "overlap", ""),
    ("intset", "intset"): ("overlap", ""),
    ("counts", "counts"): ("overlap", ""),
    ("strs", "ints"): ("same_length", ""),
}
_ANY_FLAVOURS = (
    *("", "repeats", "mostly_positive", "small", "natural", "mixed", "noisy", "spaces", "sentence", "full", "few"),
    *("numeral", "sorted", "palindrome"),
)


@lru_cache(maxsize=64)
def _inputs(kinds: tuple[Kind, ...]) -> tuple[Values, ...]:
    """Return the arguments on which compositions of these kinds are compared."""
    rng = random.Random(f"behaviour {kinds}")
    flavours = _FLAVOURS.get(kinds, _ANY_FLAVOURS)
    drawn: list[Values] = []
    for number in range(_SAMPLE):
        flavour = flavours[number % len(flavours)]
        drawn.append(
            draw_two((kinds[0], kinds[1]), rng, flavour) if len(kinds) > 1 else (draw(kinds[0], rng, flavour),)
        )
    return tuple(drawn)


def _behaviour(chain: Chain) -> str:
    """Return a mark that only the same function has."""
    constants = _usual(chain)
    answers = []
    for data in _inputs(chain.kinds):
        try:
            answers.append(repr(chain.stages(data, constants)[-1]))
        except ValueError:
            answers.append("none")
    return "\n".join([str(chain.kinds), *answers])


def _behaviour_in_v0(names: tuple[str, str, str]) -> str:
    bounds = {step.name: next(iter(step.constants.values())).usual for step in lists.STEPS if len(step.constants) == 1}
    spec = Spec(
        filter=FILTERS[names[0]], map=MAPS[names[1]], reduction=REDUCTIONS[names[2]], bound=bounds.get(names[0], 3)
    )
    answers = []
    for (items,) in _inputs(("ints",)):
        try:
            answers.append(repr(spec.compute(items)))
        except (ValueError, IndexError):
            answers.append("none")
    return "\n".join([str(("ints",)), *answers])


def _usual(chain: Chain) -> list[Values]:
    return [tuple(constant.usual for constant in step.constants.values()) for step in chain.steps]


def _says_little(chain: Chain) -> bool:
    """Tell whether the answer is nearly always the same, too long, or missing: nobody would ask for that."""
    rng, constants = random.Random("typical"), _usual(chain)
    typical: Counter[str] = Counter()
    for _ in range(_SAMPLE):
        try:
            typical[repr(chain.stages(chain.draw_data(rng), constants)[-1])] += 1
        except ValueError:
            continue
    if typical.total() < _SAMPLE // 2 or sum(map(len, typical)) > _MOST_CHARACTERS * len(typical):
        return True
    return max(typical.values()) > _SAMPLE * (0.85 if len(typical) == 2 else 0.6)


class Chains:
    """The source of all chains."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every chain."""
        return list(chains())

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw the wording, names and constants of a chain."""
        return draw_problem(chains()[key], rng)

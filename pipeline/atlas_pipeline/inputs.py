"""More inputs from those at hand, by changing literals according to their type. Costs no tokens.

Inputs without expected values still tell behaviours apart: agreement on them is evidence (MBR-exec, arXiv 2204.11454).
The changes follow the types of evalplus's mutation (arXiv 2305.01210).
"""

from __future__ import annotations

import ast
import random
from collections.abc import Sequence

from atlas_pipeline.examples import literal

MOST_INPUTS = 24
_DEPTH = 4


def mutated_calls(calls: Sequence[str], *, seed: int, most: int = MOST_INPUTS) -> tuple[str, ...]:
    """Return at most `most` new calls, each one of `calls` with one or two of its literal arguments changed."""
    rng = random.Random(seed)  # noqa: S311 - inputs for tests, not secrets
    known = set(calls)
    found: list[str] = []
    sources = [tree for call in calls if (tree := _literal_call(call)) is not None]
    for _ in range(most * 4 if sources else 0):
        tree = rng.choice(sources)
        values = [ast.literal_eval(argument) for argument in tree.args]
        position = rng.randrange(len(values))
        values[position] = mutate(values[position], rng)
        call = f"{ast.unparse(tree.func)}({', '.join(map(repr, values))})"
        if call not in known and literal(repr(values))[0]:
            known.add(call)
            found.append(call)
        if len(found) == most:
            break
    return tuple(found)


def _literal_call(call: str) -> ast.Call | None:
    try:
        tree = ast.parse(call, mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return None
    if not isinstance(tree, ast.Call) or tree.keywords or not tree.args:
        return None
    return tree if all(literal(ast.unparse(argument))[0] for argument in tree.args) else None


def mutate(value: object, rng: random.Random, depth: int = 0) -> object:
    """Return a value of the same type, near the given one."""
    match value:
        case bool():
            return not value
        case int():
            return rng.choice((value + 1, value - 1, -value, 0, value * 2, value + rng.randint(2, 9)))
        case float():
            return rng.choice((value + 1.0, -value, 0.0, value / 2, value * 10))
        case str():
            return _mutate_text(value, rng)
        case list():
            return _mutate_list(value, rng, depth)
        case tuple():
            items = list(value)
            if items:
                position = rng.randrange(len(items))
                items[position] = mutate(items[position], rng, depth + 1)
            return tuple(items)
        case dict():
            changed = dict(value)
            if changed:
                key = rng.choice(list(changed))
                if rng.random() < 0.3:
                    del changed[key]
                else:
                    changed[key] = mutate(changed[key], rng, depth + 1)
            return changed
        case set():
            return set(_mutate_list(sorted(value, key=repr), rng, depth))
        case _:
            return value


def _mutate_text(text: str, rng: random.Random) -> str:
    if not text:
        return rng.choice(("a", "A b", "1"))
    position = rng.randrange(len(text))
    return rng.choice((
        "",
        text[::-1],
        text + text[position],
        text[:position] + text[position + 1 :],
        text.swapcase(),
        text[:position] + " " + text[position:],
    ))  # fmt: skip


def _mutate_list(items: list[object], rng: random.Random, depth: int) -> list[object]:
    changed = list(items)
    if not changed or depth > _DEPTH:
        return changed
    position = rng.randrange(len(changed))
    match rng.randrange(6):
        case 0:
            del changed[position]
        case 1:
            changed.insert(position, changed[position])
        case 2:
            changed.reverse()
        case 3:
            changed.append(mutate(changed[position], rng, depth + 1))
        case 4 if rng.random() < 0.25:
            changed = []
        case _:
            changed[position] = mutate(changed[position], rng, depth + 1)
    return changed

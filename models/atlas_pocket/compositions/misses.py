"""Finds out which near misses show: they are run, because whether one does depends on the steps around it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

_TRIES = 12
_NOTHING = "    return None"
Values = tuple[Any, ...]


def near_misses(
    bodies: Sequence[str],
    parameters: Sequence[str],
    reference: Callable[..., Any],
    draw_arguments: Callable[[random.Random], Values],
    rng: random.Random,
    name: str = "f",
) -> tuple[str, ...]:
    """Return up to four of the bodies, in random order, that differ from the reference on drawn arguments."""
    samples = []
    for _ in range(_TRIES):
        arguments = draw_arguments(rng)
        samples.append((arguments, reference(*arguments)))
    shuffled = [*bodies, _NOTHING]
    rng.shuffle(shuffled)
    shuffled.sort(key=lambda text: text == _NOTHING)
    found: list[str] = []
    for text in shuffled:
        if len(found) == 4 or (found and text == _NOTHING):
            break
        if any(not agrees(text, parameters, arguments, answer, name) for arguments, answer in samples):
            found.append(text)
    return tuple(found)


def agrees(text: str, parameters: Sequence[str], arguments: Values, answer: Any, name: str = "f") -> bool:
    """Run a body of this world on arguments and tell whether it gives the answer; an error is another answer."""
    namespace: dict[str, Any] = {}
    exec(_compiled(text, tuple(parameters), name), namespace)  # noqa: S102 - the world's own text
    try:
        result = namespace[name](*arguments)
    except Exception:  # noqa: BLE001 - whatever a near miss raises, it is no answer
        return False
    numbers = {type(result), type(answer)} <= {int, float}
    return bool(result == answer and (numbers or type(result) is type(answer)))


@lru_cache(maxsize=256)
def _compiled(text: str, parameters: tuple[str, ...], name: str) -> Any:
    return compile(f"def {name}({', '.join(parameters)}):\n{text}\n", "<body>", "exec")

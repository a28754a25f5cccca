"""Draws the pools: which of a task's recorded outputs one imagined solve would have got."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Positions of the completions and test completions of one imagined solve, in the order they were sampled."""

    draw: int
    k: int
    completions: tuple[int, ...]
    tests: tuple[int, ...]


def draw_pool(task: int, draw: int, *, k: int, completions: int, tests: int) -> Pool:
    """Draw `k` of `completions` and `k` of `tests` without replacement, each with `random.Random(20 * task + draw)`.

    Both use a fresh generator with the same seed. Where there are fewer than `k`, all are taken, in a drawn order.

    Args:
        task: line of the task in the data, from 0.
        draw: number of the draw, from 0.
        k: size of the pool.
        completions: how many completions are recorded.
        tests: how many test completions are recorded.
    """

    def drawn(recorded: int) -> tuple[int, ...]:
        return tuple(random.Random(20 * task + draw).sample(range(recorded), min(k, recorded)))

    return Pool(draw=draw, k=k, completions=drawn(completions), tests=drawn(tests))

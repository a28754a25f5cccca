"""What a step costs by its width, measured while it runs, and how many guessed tokens that makes worth checking.

A draft of n tokens makes a step of one row one of n + 1. Where decoding waits for the weights, further rows cost next to
nothing; where it waits for arithmetic (a small model, a CPU), each costs nearly what the first one did, and even a good
draft loses time. The gain is that of Leviathan et al., "Fast Inference from Transformers via Speculative Decoding"
(arXiv 2211.17192), with measured prices in place of their assumption that wider steps cost nothing.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

SAMPLES = 15
"""Times that a price is the median of: the machine's other programs disturb some of them."""

LEAST_SAMPLES = 3

LIFETIME = 1000
"""Steps after which a width that did not occur any more has no price: contexts grow, and machines get busy."""

WORTHWHILE = 1.05
"""Least expected speed-up; less is within the error of the prices."""


class RunningMedian:
    """The median of the last few values."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=SAMPLES)

    def add(self, value: float) -> None:
        """Take a value in."""
        self._values.append(value)

    @property
    def value(self) -> float | None:
        """The median; None while there are too few values."""
        return statistics.median(self._values) if len(self._values) >= LEAST_SAMPLES else None


class RowPrices:
    """Seconds of a decoding step by its number of rows; between and beyond the measured widths along straight lines."""

    def __init__(self) -> None:
        self._step = 0
        self._medians: dict[int, RunningMedian] = {}
        self._last: dict[int, int] = {}
        """Width -> the step in which it occurred last."""
        self._curve: list[tuple[int, float]] | None = None

    def note(self, rows: int, seconds: float) -> None:
        """Take in what a step took, all of whose rows were decoded for their logits."""
        self._step += 1
        if self._step - self._last.get(rows, -LIFETIME) >= LIFETIME:
            self._medians[rows] = RunningMedian()
        self._medians[rows].add(seconds)
        self._last[rows] = self._step
        self._curve = None

    def seconds(self, rows: int) -> float | None:
        """Return what a step of so many rows takes; None where nothing measured tells."""
        curve = self._measured()
        at = bisect_left(curve, (rows, 0.0))
        if at < len(curve) and curve[at][0] == rows:
            return curve[at][1]
        if at == 0 or len(curve) < 2:
            return None
        # Beyond the widest: along the line from the narrowest to it, whose slope is the surest.
        (low, first), (high, last) = (curve[at - 1], curve[at]) if at < len(curve) else (curve[0], curve[-1])
        return first + (last - first) * (rows - low) / (high - low)

    def _measured(self) -> list[tuple[int, float]]:
        if self._curve is None:
            self._curve = [
                (rows, median.value)
                for rows, median in sorted(self._medians.items())
                if median.value is not None and self._step - self._last[rows] < LIFETIME
            ]
        return self._curve


def expected_tokens(acceptance: float, drafted: int) -> float:
    """Return how many tokens a step with a draft writes on average.

    The one that the model draws itself, and each guess of which all before it were right: 1 + a + a^2 + ... + a^n.
    """
    return sum(acceptance**power for power in range(drafted + 1))


def speed_up(
    acceptance: float,
    drafted: int,
    *,
    seconds: Callable[[int], float],
    rows: int = 1,
    others: float = 0.0,
    drafting: float = 0.0,
) -> float:
    """Return how many times as fast tokens come with a draft as without it.

    Args:
        acceptance: how often a guess is right if those before it were, 0 to 1.
        drafted: tokens of the draft.
        seconds: what a step of so many rows takes.
        rows: of the step without the draft.
        others: tokens that the rest of the step is expected to write, for other completions.
        drafting: seconds to draft one token.
    """
    tokens = (others + expected_tokens(acceptance, drafted)) / (others + 1.0)
    return tokens * seconds(rows) / (seconds(rows + drafted) + drafted * drafting)


def best_draft(
    acceptance: float,
    most: int,
    *,
    seconds: Callable[[int], float],
    rows: int = 1,
    others: float = 0.0,
    drafting: float = 0.0,
) -> int:
    """Return the length, at most `most`, at which a draft gains most; 0 where none is worthwhile. Args as `speed_up`."""
    gains = {
        drafted: speed_up(acceptance, drafted, seconds=seconds, rows=rows, others=others, drafting=drafting)
        for drafted in range(1, most + 1)
    }
    best = max(gains, key=lambda drafted: gains[drafted], default=0)
    return best if best and gains[best] >= WORTHWHILE else 0

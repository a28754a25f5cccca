"""The one question a solve may put to a person: which of several outputs of a call is right.

A right output is worth about as much as an example in the docstring, and costs a glance: no program has to be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Candidates that are otherwise equally good do different things for one call."""

    function: str
    """Qualified name of the function being solved."""
    call: str
    """An expression: `Cart([1, 2]).total()`."""
    options: tuple[str, ...]
    """What the call does, in words a person reads at a glance; two or three, all different."""
    candidates: tuple[int, ...]
    """For each option the index of a candidate that does this."""


class Ask(Protocol):
    """Somebody who can be asked."""

    async def choose(self, question: Question) -> int | None:
        """Return the index of the right option; None where nobody answers or no option is right.

        May take as long as a person takes; it is cancelled when the solve ends.
        """
        ...


class Nobody:
    """The answer where nobody is there: scripts, benchmarks, editors that cannot ask."""

    async def choose(self, question: Question) -> int | None:
        """Return None at once."""
        return None

"""Budget forcing for models that think: the length of the part between the think tags, enforced in tokens.

At most `max` tokens of thinking, then the end tag is put in; fewer than `min`, then "Wait" takes the end tag's place and
thinking goes on (s1: Simple test-time scaling, arXiv 2501.19393, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

TAGS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"))
"""Pairs that chat templates use; both must be single tokens of the model's vocabulary."""

WAIT = "Wait"

OPENING_TOKENS = 4
"""Qwen3's template ends a prompt whose thinking is off with the end tag and two line ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkTags:
    """A model's think tags."""

    start: int
    end: int
    wait: tuple[int, ...]
    """The tokens of "Wait"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingBudget:
    """Bounds of the thinking part, in tokens; its tags do not count, a "Wait" does."""

    min: int = 0
    max: int | None = None
    max_waits: int = 0
    """How often "Wait" may be put in."""


class Phase(Enum):
    """Where a completion is."""

    BEFORE = "before"
    """Nothing but white space was written: the start tag may still come."""
    THINKING = "thinking"
    ANSWERING = "answering"


class ThinkingGuard:
    """Follows one completion token by token, and says which tokens to write instead of the drawn ones."""

    def __init__(self, tags: ThinkTags, budget: ThinkingBudget | None, *, prompt: list[int]) -> None:
        self.tokens = 0
        """Tokens of thinking so far."""
        self.waits = 0
        self.cut = False
        """Whether the end tag was forced."""
        self._tags = tags
        self._budget = budget or ThinkingBudget()
        self.phase = self._opened_by(prompt)

    def is_tag(self, token: int) -> bool:
        """Return whether `token` is one of the two tags."""
        return token in (self._tags.start, self._tags.end)

    def due(self) -> tuple[int, ...]:
        """Return what must be written next whatever the model would draw; mostly nothing."""
        if self.phase is Phase.BEFORE and self._budget.min > 0:
            return (self._tags.start,)
        if self.phase is Phase.THINKING and self._budget.max is not None and self.tokens >= self._budget.max:
            self.cut = True
            return (self._tags.end,)
        return ()

    def instead_of(self, token: int, *, is_end: bool) -> tuple[int, ...]:
        """Return what to write instead of a drawn token; mostly nothing. `is_end`: the token ends the text."""
        if self.phase is not Phase.THINKING or not (token == self._tags.end or is_end):
            return ()
        most = self._budget.max
        wait = self._tags.wait
        too_short = self.tokens < self._budget.min and self.waits < self._budget.max_waits
        if not too_short or (most is not None and self.tokens + len(wait) > most):
            return ()
        self.waits += 1
        return wait

    def take(self, token: int, *, blank: bool) -> Phase:
        """Note a token that is written; return the phase it belongs to, a tag's being that of the thinking."""
        if self.phase is Phase.BEFORE:
            if token == self._tags.start:
                self.phase = Phase.THINKING
                return Phase.THINKING
            if not blank:
                self.phase = Phase.ANSWERING
            return self.phase
        if self.phase is Phase.THINKING:
            if token == self._tags.end:
                self.phase = Phase.ANSWERING
            else:
                self.tokens += 1
            return Phase.THINKING
        return Phase.ANSWERING

    def _opened_by(self, prompt: list[int]) -> Phase:
        """Return the phase that the prompt leaves the model in: templates may open or close the thinking themselves."""
        # Only at the very end, before white space: a tag further up is somebody's text.
        for token in reversed(prompt[-OPENING_TOKENS:]):
            if token == self._tags.start:
                return Phase.THINKING
            if token == self._tags.end:
                return Phase.ANSWERING
        return Phase.BEFORE

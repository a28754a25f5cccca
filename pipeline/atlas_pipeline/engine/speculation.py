"""Prompt lookup: the tokens that followed the same few tokens before are a guess at what follows now.

Lossless: every guessed token is compared with the one drawn from the model's own distribution at its place, and the
first that differs ends the guess. After "Prompt Lookup Decoding" (A. Saxena, 2023); repairs copy most of the old code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

NGRAMS = (4, 2)
"""Lengths of the looked-up end, longest first."""

FIRST_DRAFT, MAX_DRAFT = 4, 15
MAX_WIDTH = 3
"""With more sequences than that in the batch, its free capacity is used by them."""

TRIAL_TOKENS = 24
"""Drafted tokens after which the acceptance is judged."""

LEAST_ACCEPTANCE = 0.3


class Drafter(Protocol):
    """Guesses what comes next."""

    def propose(self, tokens: Sequence[int], count: int) -> list[int]:
        """Return at most `count` tokens that may follow `tokens`."""
        ...


class PromptLookup:
    """Finds where the last tokens stood before. One completion's; its tokens only ever grow."""

    def __init__(self) -> None:
        self._ends: dict[tuple[int, ...], int] = {}
        """n-gram -> the position after its latest occurrence, not counting the one at the very end."""
        self._indexed = 0

    def propose(self, tokens: Sequence[int], count: int) -> list[int]:
        """See `Drafter.propose`."""
        # An n-gram is entered when the token after it exists: the end itself is never found.
        for end in range(max(self._indexed, 1), len(tokens)):
            for size in NGRAMS:
                if end >= size:
                    self._ends[tuple(tokens[end - size : end])] = end
        self._indexed = max(self._indexed, len(tokens))
        for size in NGRAMS:
            if len(tokens) >= size and (at := self._ends.get(tuple(tokens[-size:]))) is not None:
                return list(tokens[at : at + count])
        return []


class Speculation:
    """One completion's drafts: how long they may be, and whether they pay."""

    def __init__(self, drafter: Drafter, *, longest: int = MAX_DRAFT) -> None:
        self.drafted = 0
        self.accepted = 0
        self._drafter = drafter
        self._longest = longest
        self._size = min(FIRST_DRAFT, longest)

    @property
    def pays(self) -> bool:
        """Whether enough of the drafts were right so far, or too few were made to tell."""
        return self.drafted < TRIAL_TOKENS or self.accepted >= LEAST_ACCEPTANCE * self.drafted

    def draft(self, tokens: Sequence[int], room: int) -> list[int]:
        """Return tokens to try, at most `room`."""
        if not self.pays or room <= 0:
            return []
        return self._drafter.propose(tokens, min(self._size, room))

    def judge(self, drafted: int, accepted: int) -> None:
        """Note how many of the drafted tokens the model agreed with."""
        if not drafted:
            return
        self.drafted += drafted
        self.accepted += accepted
        if accepted == drafted:
            self._size = min(2 * self._size, self._longest)
        elif accepted <= drafted // 2:
            self._size = max(self._size // 2, 2)

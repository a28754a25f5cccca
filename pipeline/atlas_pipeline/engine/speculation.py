"""Drafts of one completion: tokens that are guessed, checked by the model in one batch, and kept as far as they are right.

Lossless: every guessed token is compared with the one drawn from the model's own distribution at its place, and the
first that differs ends the guess. Prompt lookup comes first, because it costs nothing: the tokens that followed the same
few tokens before are a guess at what follows now (after "Prompt Lookup Decoding", A. Saxena, 2023); repairs copy most of
the old code. Where it finds nothing, a model that drafts may be asked (`drafting.py`). How long a draft may be is a
matter of what its rows cost (`pricing.py`); one that is too dear is still compared with what is written, so that it is
known when drafts would be good enough to pay.
"""

from __future__ import annotations

from collections.abc import Sequence

NGRAMS = (4, 2)
"""Lengths of the looked-up end, longest first."""

FIRST_DRAFT, MAX_DRAFT = 4, 15
MAX_WIDTH = 3
"""With more sequences than that in the batch, its free capacity is used by them."""

TRIAL_TOKENS = 24
"""Drafted tokens after which the acceptance is judged."""

LEAST_ACCEPTANCE = 0.3

FIRST_ACCEPTANCE = 0.5
"""Taken for granted until something was compared."""

OWN_MEMORY, COMMON_MEMORY = 16, 256
"""Guesses over which the acceptance of one completion and of all of them is averaged: copying comes in runs."""

TRY_EVERY = 8
"""The first and every so many-th later completion has one draft made by a model even where it did not pay before."""

DRAFT_SEQUENCES = 2 * MAX_WIDTH
DRAFT_CELLS = 1024
"""Sequences of a draft model's context, and its tokens for each completion after the first."""


def draft_context(context: int, trained: int) -> tuple[int, int]:
    """Return the longest sequence that a draft model decodes, and the tokens that its memory holds.

    Args:
        context: tokens of a sequence of the large model.
        trained: tokens that the draft model was trained with; 0: unknown.
    """
    reach = min(context, trained or context)
    return reach, reach + (MAX_WIDTH - 1) * min(reach, DRAFT_CELLS)


class PromptLookup:
    """Finds where the last tokens stood before. One completion's; its tokens only ever grow."""

    def __init__(self) -> None:
        self._ends: dict[tuple[int, ...], int] = {}
        """n-gram -> the position after its latest occurrence, not counting the one at the very end."""
        self._indexed = 0

    def propose(self, tokens: Sequence[int], count: int) -> list[int]:
        """Return at most `count` tokens that may follow `tokens`."""
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


class Acceptance:
    """How often a guess is right if those before it were: a running mean, 0 to 1.

    Not accepted over drafted tokens: what follows a wrong guess was never put to the test.
    """

    def __init__(self, memory: int, value: float = FIRST_ACCEPTANCE) -> None:
        self.value = value
        self._memory = memory

    def note(self, right: int, wrong: int) -> None:
        """Take in guesses that were compared, the right ones first."""
        for outcome in (1.0,) * right + (0.0,) * wrong:
            self.value += (outcome - self.value) / self._memory


class Records:
    """What all completions together have seen of each source of drafts: where a new one begins."""

    def __init__(self) -> None:
        self.looked_up = Acceptance(COMMON_MEMORY)
        self.by_model = Acceptance(COMMON_MEMORY)
        self._completions = 0

    def begin(self) -> bool:
        """Count a completion; return whether it is to try the model, whatever was seen before."""
        self._completions += 1
        return self._completions % TRY_EVERY == 1


class Trial:
    """How one source of drafts does: how long its drafts may be, and whether they pay."""

    def __init__(self, longest: int, record: Acceptance | None = None) -> None:
        self.drafted = 0
        self.accepted = 0
        self._record = record or Acceptance(COMMON_MEMORY)
        self._own = Acceptance(OWN_MEMORY, self._record.value)
        self._longest = longest
        self._size = min(FIRST_DRAFT, longest)

    @property
    def acceptance(self) -> float:
        """How often a guess is right if those before it were, lately."""
        return self._own.value

    @property
    def pays(self) -> bool:
        """Whether enough of the drafts were right so far, or too few were made to tell."""
        return self.drafted < TRIAL_TOKENS or self.accepted >= LEAST_ACCEPTANCE * self.drafted

    @property
    def size(self) -> int:
        """Most tokens to draft next; 0 where too few were right."""
        return self._size if self.pays else 0

    def judge(self, drafted: int, accepted: int, *, refuted: bool = True) -> None:
        """Note how many of the drafted tokens the model agreed with; `refuted`: the next one was wrong."""
        self.drafted += drafted
        self.accepted += accepted
        self.compare(accepted, int(refuted and accepted < drafted))
        if accepted == drafted:
            self._size = min(2 * self._size, self._longest)
        elif accepted <= drafted // 2:
            self._size = min(max(self._size // 2, 2), self._longest)

    def compare(self, right: int, wrong: int) -> None:
        """Note guesses that were compared with what was written."""
        self._own.note(right, wrong)
        self._record.note(right, wrong)


class Speculation:
    """One completion's drafts, and who may make them.

    Args:
        longest: most tokens of a draft that was looked up.
        longest_by_model: most tokens of a draft by a model; 0: there is none.
        records: of all completions.
    """

    def __init__(self, *, longest: int = MAX_DRAFT, longest_by_model: int = 0, records: Records | None = None) -> None:
        records = records or Records()
        self.looked_up = Trial(longest, records.looked_up)
        self.by_model = Trial(longest_by_model, records.by_model)
        self._lookup = PromptLookup()
        self._tries = records.begin()
        self._last = self.looked_up
        self._watched: int | None = None

    @property
    def drafted(self) -> int:
        """Tokens speculated so far."""
        return self.looked_up.drafted + self.by_model.drafted

    @property
    def accepted(self) -> int:
        """Speculated tokens that the model agreed with."""
        return self.looked_up.accepted + self.by_model.accepted

    @property
    def tries_model(self) -> bool:
        """Whether a model's draft is to be tried although it is not expected to pay."""
        return self._tries and self.by_model.drafted == 0

    def look_up(self, tokens: Sequence[int], room: int) -> list[int]:
        """Return tokens to try, at most `room`."""
        self._last = self.looked_up
        most = min(self.looked_up.size, room)
        return self._lookup.propose(tokens, most) if most > 0 else []

    def watch(self, guess: Sequence[int]) -> None:
        """Only compare a guess that was looked up with what will be written."""
        self._watched = guess[0] if guess else None

    def ask(self, room: int) -> int:
        """Return how many tokens a model should draft, at most `room`, where nothing that was looked up is tried."""
        self._last = self.by_model
        return max(0, min(self.by_model.size, room))

    def judge(self, drafted: int, accepted: int, *, refuted: bool = True) -> None:
        """Note how many of the tokens drafted last the model agreed with; `refuted`: the next one was wrong."""
        if drafted:
            self._last.judge(drafted, accepted, refuted=refuted)

    def written(self, token: int | None) -> None:
        """Note the token of a step that came first; None: the model had no say in it."""
        watched, self._watched = self._watched, None
        if watched is not None and token is not None:
            self.looked_up.compare(int(token == watched), int(token != watched))

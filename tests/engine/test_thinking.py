"""Budget forcing, token by token with made-up numbers: 1 is the start tag, 2 the end tag, (7, 8) is "Wait"."""

from __future__ import annotations

import pytest

from atlas_pipeline.engine.thinking import Phase, ThinkingBudget, ThinkingGuard, ThinkTags

TAGS = ThinkTags(start=1, end=2, wait=(7, 8))


def write(
    budget: ThinkingBudget | None, drawn: list[int], *, prompt: list[int] | None = None
) -> tuple[list[int], ThinkingGuard]:
    """Return what is written when the model would draw `drawn`; 0 ends the text, 5 is white space."""
    guard = ThinkingGuard(TAGS, budget, prompt=prompt or [50])
    written: list[int] = []
    queue = list(drawn)
    while True:
        tokens = guard.due()
        if not tokens:
            if not queue:
                return written, guard
            token = queue.pop(0)
            tokens = guard.instead_of(token, is_end=token == 0) or (token,)
        for token in tokens:
            written.append(token)
            if token == 0:
                return written, guard
            guard.take(token, blank=token == 5)


def test_free_thinking_is_counted_without_its_tags() -> None:
    written, guard = write(None, [1, 30, 31, 32, 2, 40, 0])
    assert written == [1, 30, 31, 32, 2, 40, 0]
    assert (guard.tokens, guard.waits, guard.cut, guard.phase) == (3, 0, False, Phase.ANSWERING)


def test_the_end_tag_is_forced_after_max_tokens() -> None:
    written, guard = write(ThinkingBudget(max=2), [1, 30, 31, 40, 0])
    assert written == [1, 30, 31, 2, 40, 0]
    assert (guard.tokens, guard.cut) == (2, True)


def test_wait_takes_the_place_of_an_early_end_tag() -> None:
    # One token, then the end: "Wait" (2 tokens) makes it 3; one more and the end: 4 of 5 again; no waits are left.
    written, guard = write(ThinkingBudget(min=5, max_waits=2), [30, 2, 31, 2, 2, 40, 0])
    assert written == [1, 30, 7, 8, 31, 7, 8, 2, 40, 0]
    assert (guard.tokens, guard.waits) == (6, 2)


def test_no_more_waits_than_allowed() -> None:
    written, guard = write(ThinkingBudget(min=100, max_waits=1), [2, 2, 40, 0])
    assert written == [1, 7, 8, 2, 40, 0]
    assert guard.waits == 1


def test_the_end_of_text_within_thinking_counts_as_an_end_tag() -> None:
    written, _ = write(ThinkingBudget(min=3, max_waits=1), [30, 0, 31, 2, 40, 0])
    assert written == [1, 30, 7, 8, 31, 2, 40, 0]


def test_a_wait_that_would_pass_max_is_not_written() -> None:
    written, guard = write(ThinkingBudget(min=3, max=3, max_waits=9), [30, 31, 2, 40, 0])
    assert written == [1, 30, 31, 2, 40, 0]
    assert guard.waits == 0


def test_thinking_off_closes_what_the_prompt_or_the_model_opened() -> None:
    off = ThinkingBudget(max=0)
    assert write(off, [40, 0], prompt=[50, 1, 5])[0] == [2, 40, 0]
    assert write(off, [1, 40, 0])[0] == [1, 2, 40, 0]
    assert write(off, [40, 0])[0] == [40, 0]


def test_a_minimum_opens_the_thinking_itself() -> None:
    assert write(ThinkingBudget(min=1), [30, 2, 40, 0])[0] == [1, 30, 2, 40, 0]


@pytest.mark.parametrize(
    ("prompt", "phase"),
    [
        ([50, 51], Phase.BEFORE),
        ([50, 1, 5], Phase.THINKING),
        ([50, 1, 5, 2, 5], Phase.ANSWERING),
        # Somebody's text further up.
        ([1, 50, 51, 52, 53, 54], Phase.BEFORE),
    ],
)
def test_what_the_prompt_leaves_open(prompt: list[int], phase: Phase) -> None:
    assert ThinkingGuard(TAGS, None, prompt=prompt).phase is phase


def test_only_white_space_may_come_before_the_start_tag() -> None:
    _, guard = write(None, [5, 5, 1, 30])
    assert guard.phase is Phase.THINKING
    _, guard = write(None, [40, 1, 30])
    assert (guard.phase, guard.tokens) == (Phase.ANSWERING, 0)

"""The batching core on the real llama.cpp: sharing, fairness, a full cache, and what it does to the text."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jobs import ENDLESS, Request
from near_ties import NearTies

from atlas_pipeline.engine.decoding_core import CoreOptions, DecodingCore
from atlas_pipeline.engine.generation import (
    Ended,
    Event,
    Failed,
    SamplingParameters,
)
from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.scheduler import WIDE, WIDE_IDLE_CELLS

RAMBLING = SamplingParameters(temperature=5.0, ignore_eos=True)


def prompt_about(subject: str) -> str:
    return (
        f'<|im_start|>user\ndef total(nums):\n    """Return the {subject} in nums."""\n\n'
        "Write the body.<|im_end|>\n<|im_start|>assistant\n"
    )


SUBJECTS = ("sum of the even numbers", "largest number", "number of zeros", "sum of the squares", "smallest number")


@pytest.fixture(scope="module")
def model(pocket: Path) -> Iterator[LlamaModel]:
    """One set of weights for all cores of this file."""
    model = LlamaModel(pocket, gpu_layers=0, on_progress=lambda _fraction: True)
    close, model.close = model.close, lambda: None  # type: ignore[method-assign]
    yield model
    close()


@pytest.fixture
def make(model: LlamaModel) -> Iterator[Callable[..., DecodingCore]]:
    cores: list[DecodingCore] = []

    def make(**options: int) -> DecodingCore:
        cores.append(DecodingCore(model, CoreOptions(**({"context": 1024} | options))))
        return cores[-1]

    yield make
    for core in cores:
        core.close()


def is_clean(core: DecodingCore) -> bool:
    return (core.running, core.waiting, core.scheduler.book.needed) == (0, 0, 0)


def test_batched_greedy_text_is_the_unbatched_one(make: Callable[..., DecodingCore]) -> None:
    core = make()
    ties = NearTies()
    references = []
    for subject in SUBJECTS:
        alone = Request(core, prompt_about(subject), deterministic=True)
        core.add(alone.job)
        core.run()
        references.append(alone.tokens())
    for n in (1, 3):
        requests = [Request(core, prompt_about(subject), n=n, draft=n == 1) for subject in SUBJECTS]
        for request in requests:
            core.add(request.job)
        core.run()
        for reference, request in zip(references, requests, strict=True):
            for choice in range(n):
                ties.check(reference, request.tokens(choice))
    print(ties)
    assert is_clean(core)


def test_a_prompt_that_is_still_being_decoded_is_shared(make: Callable[..., DecodingCore]) -> None:
    core = make()
    prompt = core.model.tokenize("x = 1\n" * 300)[:600]
    first, second = (Request(core, [*prompt, token], max_tokens=3) for token in (40, 41))
    core.add(first.job)
    core.step()  # 256 of 600 tokens
    core.add(second.job)
    core.run()
    # The common 600 once, then each one's own last token.
    assert core.counters.prefilled == 600 + 2
    assert (first.cost.cached_tokens, second.cost.cached_tokens) == (0, 600)


def test_a_leader_that_goes_away_leaves_its_part_of_the_prompt(make: Callable[..., DecodingCore]) -> None:
    core = make()
    prompt = core.model.tokenize("x = 1\n" * 300)[:600]
    first, second = Request(core, prompt), Request(core, prompt, max_tokens=3)
    core.add(first.job)
    core.add(second.job)
    core.step()
    first.job.cancelled.set()
    core.run()
    assert second.cost.cached_tokens == 256
    assert core.counters.prefilled == 600
    assert not first.tokens()


def test_of_several_completions_only_the_prompt_stays(make: Callable[..., DecodingCore]) -> None:
    core = make()
    book = core.scheduler.book
    prompt = core.model.tokenize("x = 1\n" * 300)[:200]
    core.add(Request(core, prompt, n=4, sampling=ENDLESS, max_tokens=20).job)
    core.run()
    assert (book.used, book.cached) == (200, 1)
    # A conversation may go on from a single answer.
    alone = Request(core, [*prompt, 40], sampling=ENDLESS, max_tokens=20)
    core.add(alone.job)
    core.run()
    assert (book.used, book.cached) == (200 + 1 + 19, 2)
    cancelled = Request(core, [*prompt, 41], n=4, sampling=ENDLESS, max_tokens=20)
    core.add(cancelled.job)
    for _ in range(6):
        core.step()
    cancelled.job.cancelled.set()
    core.run()
    assert (book.used, book.cached) == (220 + 1, 3)


def test_more_completions_than_slots_wait_for_one(make: Callable[..., DecodingCore]) -> None:
    core = make(slots=3)
    widest = 0

    def watch(_event: Event) -> None:
        nonlocal widest
        widest = max(widest, core.running)

    request = Request(core, prompt_about(SUBJECTS[0]), n=8, sampling=RAMBLING, max_tokens=10, then=watch)
    core.add(request.job)
    core.run()
    assert (request.ended, widest) == (8, 3)
    assert len({request.text(choice) for choice in range(8)}) == 8


def test_a_full_cache_makes_completions_wait_and_fails_none(make: Callable[..., DecodingCore]) -> None:
    # 6 completions of up to 39 + 200 tokens in 400 cells: together they never fit.
    core = make(context=300, slots=6, cells=400)
    requests = [
        Request(core, prompt_about(subject), sampling=ENDLESS, max_tokens=200, draft=False) for subject in SUBJECTS
    ]
    reference = Request(core, prompt_about(SUBJECTS[0]), sampling=ENDLESS, max_tokens=200, deterministic=True)
    core.add(reference.job)
    core.run()
    used = 0
    for request in requests:
        core.add(request.job)
    while core.step():
        used = max(used, core.scheduler.book.used)
    assert used <= 400
    assert [len(request.tokens()) for request in requests] == [200] * 5
    assert core.counters.preempted > 0
    ties = NearTies()
    ties.check(reference.tokens(), requests[0].tokens())
    assert is_clean(core)


def test_interactive_work_goes_first_and_takes_a_slot(make: Callable[..., DecodingCore]) -> None:
    core = make(slots=1)
    order: list[str] = []

    def ask(name: str, priority: int, tokens: int) -> Request:
        def then(event: Event) -> None:
            if isinstance(event, Ended):
                order.append(name)

        request = Request(
            core, prompt_about("sum"), then=then, priority=priority, sampling=ENDLESS, max_tokens=tokens, draft=False
        )
        core.add(request.job)
        return request

    background = ask("background", 0, 50)
    for _ in range(10):
        core.step()
    ask("first", 0, 5)
    ask("second", 0, 5)
    urgent = ask("urgent", 5, 5)
    core.run()
    assert order == ["urgent", "background", "first", "second"]
    assert (background.cost.preempted, urgent.cost.preempted) == (1, 0)
    # What was preempted found its tokens in the cache again: only its last one was decoded twice at most.
    assert len(background.tokens()) == 50


def test_nobody_is_passed_over_for_ever(make: Callable[..., DecodingCore]) -> None:
    core = make(slots=1)
    order: list[int] = []

    def ask(number: int, priority: int) -> None:
        def then(event: Event) -> None:
            if isinstance(event, Ended):
                order.append(number)
                if priority and number < 40:
                    ask(number + 1, priority)

        core.add(Request(core, prompt_about("sum"), then=then, priority=priority, sampling=ENDLESS, max_tokens=2).job)

    ask(1, 5)
    core.step()
    ask(0, 0)
    core.run()
    # Eight later ones go before it, then it is its turn.
    assert order.index(0) <= 10
    assert len(order) == 41


def test_two_requests_of_equal_priority_share_the_slots(make: Callable[..., DecodingCore]) -> None:
    core = make(slots=4)
    many = Request(core, prompt_about("sum"), n=16, sampling=ENDLESS, max_tokens=20, draft=False)
    few = Request(core, prompt_about("sum"), n=2, sampling=ENDLESS, max_tokens=20, draft=False)
    core.add(many.job)
    core.add(few.job)
    ended_before = -1
    while core.step():
        if few.ended == 2 and ended_before < 0:
            ended_before = many.ended
    assert 0 <= ended_before <= 4


def test_a_grammar_holds_and_does_not_disturb_others(make: Callable[..., DecodingCore]) -> None:
    core = make()
    free_before = Request(core, prompt_about(SUBJECTS[0]))
    core.add(free_before.job)
    core.run()
    free = Request(core, prompt_about(SUBJECTS[0]))
    bound = Request(
        core,
        prompt_about(SUBJECTS[0]),
        grammar='root ::= "{" [0-9]{3} "}"',
        sampling=SamplingParameters(temperature=5.0),
        n=4,
        logprobs=False,
    )
    dead = Request(core, prompt_about(SUBJECTS[0]), grammar='root ::= "ab"', sampling=ENDLESS)
    broken = Request(core, prompt_about(SUBJECTS[0]), grammar="root ::= (")
    for request in (free, bound, dead, broken):
        core.add(request.job)
    core.run()
    assert isinstance(broken.events[-1], Failed)
    assert dead.text() == "ab"
    for choice in range(4):
        text = bound.text(choice)
        assert (text[0], text[4], len(text)) == ("{", "}", 5), text
        assert text[1:4].isdigit()
    assert free.text() == free_before.text()
    assert is_clean(core)


def test_random_work_with_random_cancels_leaves_nothing(make: Callable[..., DecodingCore]) -> None:
    core = make(context=400, slots=5, cells=700)
    rng = random.Random(3)
    open_requests: list[Request] = []
    finished = cancelled = 0
    for _ in range(1500):
        if len(open_requests) < 12 and rng.random() < 0.4:
            base = core.model.tokenize(prompt_about(rng.choice(SUBJECTS)) * rng.randint(1, 3))
            request = Request(
                core, base, n=rng.randint(1, 4), sampling=RAMBLING, max_tokens=rng.randint(1, 60),
                priority=rng.randint(0, 2), seed=rng.randint(0, 99), reuse_cache=rng.random() < 0.8, draft=rng.random() < 0.5,
            )  # fmt: skip
            core.add(request.job)
            open_requests.append(request)
        core.step()
        book = core.scheduler.book
        assert book.needed <= book.used <= book.cells
        assert core.running <= 5
        for request in list(open_requests):
            if request.events and isinstance(request.events[-1], Ended):
                open_requests.remove(request)
                finished += 1
                for choice in range(request.job.n):
                    assert len(request.tokens(choice)) == request.job.max_tokens
            elif rng.random() < 0.02:
                request.job.cancelled.set()
                open_requests.remove(request)
                cancelled += 1
    core.run()
    assert finished > 20
    assert cancelled > 5
    assert is_clean(core)


def test_a_wide_batch_gives_up_prompts_that_nobody_uses(make: Callable[..., DecodingCore]) -> None:
    """Attention walks over them in every step and for every completion; a narrow batch leaves them there."""
    core = make(slots=WIDE, context=4096)
    book = core.scheduler.book
    old = [[index] * (WIDE_IDLE_CELLS // 2) for index in (40, 41, 42)]
    for prompt in old:
        core.add(Request(core, prompt, max_tokens=1).job)
        core.run()
    kept = book.used
    assert kept > WIDE_IDLE_CELLS
    core.add(Request(core, prompt_about(SUBJECTS[0]), n=WIDE - 1, max_tokens=4).job)
    core.run()
    assert book.used > kept
    core.add(Request(core, prompt_about(SUBJECTS[1]), n=WIDE, max_tokens=4).job)
    core.run()
    assert book.used <= WIDE_IDLE_CELLS + len(core.model.tokenize(prompt_about(SUBJECTS[1]))) + 4
    assert book.reusable(old[0], len(old[0])) == 0
    assert is_clean(core)

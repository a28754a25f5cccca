"""Speculation: what is drafted, that it changes no text, when it stops, and that it leaves the memory in order."""

from __future__ import annotations

import shutil
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import llama_cpp
import pytest
from jobs import ENDLESS, Request
from near_ties import NearTies
from random_models import WINDOW, write_attention, write_hybrid, write_hybrid_mtp, write_recurrent, write_sliding_window

from atlas_pipeline import prompts
from atlas_pipeline.engine import llama_mtp
from atlas_pipeline.engine.address import engine_address
from atlas_pipeline.engine.client import connect
from atlas_pipeline.engine.decoding_core import CoreOptions, DecodingCore
from atlas_pipeline.engine.generation import (
    Ended,
    Event,
    Failed,
    SamplingParameters,
)
from atlas_pipeline.engine.launcher import lease_engine
from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.pricing import LEAST_SAMPLES, RowPrices
from atlas_pipeline.engine.session import engine_http
from atlas_pipeline.engine.speculation import (
    FIRST_DRAFT,
    MAX_WIDTH,
    TRIAL_TOKENS,
    TRY_EVERY,
    Acceptance,
    PromptLookup,
    Records,
    Speculation,
    Trial,
)
from atlas_pipeline.errors import EngineError, ModelFileError
from atlas_pipeline.settings import EngineSettings

WARM = SamplingParameters(temperature=1.0)
ROLLBACK = 3

BODY = "    result = []\n    for x in {}:\n        if {}:\n            result.append(x)\n    return sum(result)"
REPAIRS = [
    prompts.render(
        "pocket",
        "repair",
        task=f'def {name}({values}):\n    """Return the sum of the {kind} numbers in {values}."""',
        body=BODY.format(values, test),
        failure=f"{name}([1, -2]) gives {wrong}, expected {right}",
        perspective="",
        name=name,
        parameters=values,
    )
    for name, values, kind, test, wrong, right in (
        ("debts", "balances", "negative", "x > 0", 1, -2),
        ("evens", "numbers", "even", "x % 2 == 1", 1, -2),
        ("gains", "items", "positive", "x < 0", -2, 1),
        ("odds", "levels", "odd", "x % 2 == 0", -2, 1),
    )
]


def chat(text: str) -> str:
    return f"<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"


def load(path: Path, *, mtp: bool = False) -> LlamaModel:
    return LlamaModel(path, gpu_layers=0, on_progress=lambda _fraction: True, mtp=mtp)


class FreeRows(RowPrices):
    """A machine on which a step takes the same time however wide it is: every draft pays."""

    def seconds(self, rows: int) -> float | None:
        return 1.0


class Proportional(RowPrices):
    """A machine on which each row takes a second: no draft pays. It has to find that out."""

    def note(self, rows: int, seconds: float) -> None:
        super().note(rows, float(rows))


def run(core: DecodingCore, *requests: Request) -> None:
    """Carry jobs out together, and see that they leave the memory in order."""
    for request in requests:
        core.add(request.job)
    core.run()
    check_book(core)


def check_book(core: DecodingCore) -> None:
    """Assert that nothing runs, and that the book says what llama.cpp's memory holds."""
    book = core.scheduler.book
    assert (core.running, core.waiting, book.needed) == (0, 0, 0)
    segments = {}
    for sequence in book._live.values():
        assert sum(segment.size for segment in sequence.segments) == len(sequence.tokens)
        segments |= {id(segment): segment.size for segment in sequence.segments}
        last = llama_cpp.llama_memory_seq_pos_max(core._context._memory, sequence.number)
        assert last == len(sequence.tokens) - 1
    assert book.used == sum(segments.values())


@pytest.fixture(scope="module")
def models(pocket: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    paths = {"pocket": pocket}
    for name, write in (
        ("attention", write_attention),
        ("window", write_sliding_window),
        ("hybrid", write_hybrid),
        ("mtp", write_hybrid_mtp),
        ("recurrent", write_recurrent),
    ):
        paths[name] = folder / f"{name}.gguf"
        write(paths[name], pocket)
    return paths


KINDS = {
    "prompt lookup": ("pocket", None),
    "the model as its own draft": ("pocket", "pocket"),
    "a draft model of random weights": ("pocket", "attention"),
    "sliding window": ("window", None),
    "MTP": ("mtp", None),
    "hybrid with a draft model": ("hybrid", "attention"),
}


@pytest.fixture(scope="module", params=KINDS)
def any_core(request: pytest.FixtureRequest, models: dict[str, Path]) -> Iterator[DecodingCore]:
    core = make_core(models, *KINDS[request.param])
    yield core
    core.close()


def make_core(
    models: dict[str, Path],
    model: str,
    draft: str | None = None,
    *,
    rollback: int = ROLLBACK,
    slots: int = 6,
    prices: RowPrices | None = None,
) -> DecodingCore:
    core = DecodingCore(
        load(models[model], mtp=rollback > 0),
        CoreOptions(context=1024, slots=slots, rollback=rollback),
        draft=load(models[draft]) if draft else None,
    )
    core.scheduler.prices = prices or FreeRows()
    return core


@pytest.fixture(scope="module")
def core(models: dict[str, Path]) -> Iterator[DecodingCore]:
    """The pocket model, with prompt lookup only."""
    core = make_core(models, "pocket")
    yield core
    core.close()


@pytest.fixture(scope="module")
def own_draft(models: dict[str, Path]) -> Iterator[DecodingCore]:
    """The pocket model as its own draft: nearly every guess is right."""
    core = make_core(models, "pocket", "pocket")
    yield core
    core.close()


@pytest.fixture
def own_draft_core(models: dict[str, Path]) -> Iterator[DecodingCore]:
    """The same, of a test's own."""
    core = make_core(models, "pocket", "pocket")
    yield core
    core.close()


@pytest.fixture
def nothing_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prompt lookup finds nothing: all drafts are the model's."""
    monkeypatch.setattr(PromptLookup, "propose", lambda *_arguments: [])


# Looking up


def test_the_tokens_after_the_latest_like_end_are_proposed() -> None:
    tokens = [1, 2, 3, 4, 5, 9, 1, 2, 3, 4, 6, 7, 8, 1, 2, 3, 4]
    assert PromptLookup().propose(tokens, 3) == [6, 7, 8]
    assert PromptLookup().propose(tokens, 99) == [6, 7, 8, 1, 2, 3, 4]


def test_a_long_match_goes_before_a_later_short_one() -> None:
    assert PromptLookup().propose([1, 2, 3, 4, 5, 0, 3, 4, 7, 0, 1, 2, 3, 4], 1) == [5]
    assert PromptLookup().propose([9, 2, 3, 4, 5, 0, 3, 4, 7, 0, 1, 2, 3, 4], 1) == [7]


@pytest.mark.parametrize("tokens", [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4, 5], [7, 1, 8, 1]])
def test_nothing_is_proposed_for_what_never_stood_before(tokens: list[int]) -> None:
    assert PromptLookup().propose(tokens, 4) == []


def test_an_end_that_repeats_itself_is_found_where_it_overlaps() -> None:
    assert PromptLookup().propose([5, 5, 5], 4) == [5]
    assert PromptLookup().propose([1, 2, 1, 2], 4) == [1, 2]


def test_what_is_written_is_looked_up_too() -> None:
    lookup, tokens = PromptLookup(), [1, 2, 3]
    assert lookup.propose(tokens, 4) == []
    tokens += [4, 1, 2]
    assert lookup.propose(tokens, 4) == [3, 4, 1, 2]
    tokens += [8, 1, 2]
    assert lookup.propose(tokens, 4) == [8, 1, 2]


# When it pays


def test_a_source_is_judged_after_24_tokens() -> None:
    trial = Trial(15)
    for drafted, accepted, size in ((4, 4, 8), (8, 2, 4), (4, 3, 4), (4, 0, 2), (2, 0, 2)):
        trial.judge(drafted, accepted)
        assert trial.size == size
    assert (trial.drafted, trial.accepted) == (22, 9)
    trial.judge(9, 0)  # 9 of 31 are 29.03 %
    assert (trial.pays, trial.size) == (False, 0)


def test_exactly_30_percent_are_enough() -> None:
    trial = Trial(15)
    trial.judge(30, 9)
    assert trial.pays
    trial.judge(1, 0)
    assert not trial.pays


def test_sizes_double_up_to_the_longest_and_fall_to_two() -> None:
    trial, sizes = Trial(15), []
    for _ in range(3):
        trial.judge(trial.size, trial.size)
        sizes.append(trial.size)
    for _ in range(4):
        trial.judge(1, 0)
        sizes.append(trial.size)
    assert sizes == [8, 15, 15, 7, 3, 2, 2]
    short = Trial(1)
    short.judge(1, 0)
    assert short.size == 1


def test_the_two_sources_are_judged_apart() -> None:
    speculation = Speculation(longest=15, longest_by_model=3)
    tokens = [1, 2, 3, 4, 1, 2]
    while guess := speculation.look_up(tokens, 15):
        speculation.judge(len(guess), 0)
    assert (speculation.drafted, speculation.accepted) == (24, 0)
    assert speculation.ask(15) == 3
    speculation.judge(3, 3)
    assert (speculation.drafted, speculation.accepted) == (27, 3)
    assert speculation.look_up(tokens, 15) == []
    assert (speculation.ask(2), speculation.ask(-1)) == (2, 0)


def test_acceptance_is_a_running_mean_of_what_was_compared() -> None:
    record = Acceptance(256)
    trial = Trial(15, record)
    assert trial.acceptance == 0.5
    trial.judge(4, 2)  # two right, one wrong, and one that nobody will know of
    own = ((0.5 + 0.5 / 16) * 15 / 16 + 1 / 16) * 15 / 16
    assert trial.acceptance == pytest.approx(own)
    assert own == pytest.approx(0.5255, abs=1e-4)
    assert record.value == pytest.approx(((0.5 + 0.5 / 256) * 255 / 256 + 1 / 256) * 255 / 256)
    trial.judge(4, 1, refuted=False)  # the text ended there
    assert trial.acceptance == pytest.approx(own + (1 - own) / 16)
    trial.judge(2, 2)
    assert trial.acceptance == pytest.approx(1 - (1 - own) * (15 / 16) ** 3)
    assert Trial(15, record).acceptance == record.value


def test_a_guess_that_is_only_watched_is_compared_and_not_counted() -> None:
    speculation = Speculation()
    speculation.watch([7, 8])
    speculation.written(7)
    assert speculation.looked_up.acceptance == pytest.approx(0.5 + 0.5 / 16)
    speculation.written(7)  # of another step
    speculation.watch([7])
    speculation.written(None)
    speculation.watch([])
    speculation.written(7)
    assert speculation.looked_up.acceptance == pytest.approx(0.5 + 0.5 / 16)
    speculation.watch([7])
    speculation.written(8)
    assert speculation.looked_up.acceptance == pytest.approx((0.5 + 0.5 / 16) * 15 / 16)
    assert (speculation.drafted, speculation.accepted) == (0, 0)


def test_one_completion_in_eight_tries_a_model_that_did_not_pay() -> None:
    records = Records()
    trying = [Speculation(longest_by_model=3, records=records) for _ in range(2 * TRY_EVERY)]
    assert [number for number, one in enumerate(trying) if one.tries_model] == [0, TRY_EVERY]
    assert trying[0].ask(15) == 3
    trying[0].judge(3, 0)
    assert not trying[0].tries_model


# That it changes no text


def test_greedy_texts_with_drafts_are_those_without(any_core: DecodingCore) -> None:
    ties = NearTies()
    drafted = accepted = 0
    for repair in REPAIRS:
        plain, drafting = Request(any_core, chat(repair), draft=False), Request(any_core, chat(repair))
        run(any_core, plain)
        run(any_core, drafting)
        assert plain.cost.drafted == 0
        ties.check(plain.tokens(), drafting.tokens())
        drafted += drafting.cost.drafted
        accepted += drafting.cost.accepted
    print(ties, f"accepted {accepted} of {drafted}, drafts by {any_core.drafts}")
    assert drafted > 0


def test_greedy_texts_drafted_side_by_side_are_those_drafted_alone(any_core: DecodingCore) -> None:
    plain = [Request(any_core, chat(repair), ENDLESS, draft=False) for repair in REPAIRS[:MAX_WIDTH]]
    together = [Request(any_core, chat(repair), ENDLESS) for repair in REPAIRS[:MAX_WIDTH]]
    for request in plain:
        run(any_core, request)
    run(any_core, *together)
    ties = NearTies()
    for one, other in zip(plain, together, strict=True):
        ties.check(one.tokens(), other.tokens())
    print(ties)
    assert all(request.cost.drafted for request in together)


def test_a_text_that_was_drafted_can_be_gone_on_with(any_core: DecodingCore) -> None:
    """What the cache keeps of it must be right, rejected guesses or not."""
    ties, reused = NearTies(), 0
    for length in range(20, 28):
        first = Request(any_core, chat(REPAIRS[0]), ENDLESS, max_tokens=length)
        run(any_core, first)
        longer = [*first.job.prompt, *first.ids(), *any_core.model.tokenize("\nreturn x", begin=False)]
        alone = Request(any_core, longer, ENDLESS, deterministic=True, max_tokens=20)
        again = Request(any_core, longer, ENDLESS, n=2, max_tokens=20)
        run(any_core, alone)
        run(any_core, again)
        reused += again.cost.cached_tokens > len(first.job.prompt)
        for choice in range(2):
            ties.check(alone.tokens(), again.tokens(choice))
    print(ties, f"{reused} of 8 found what was written in the cache")
    assert reused


def test_seeded_texts_with_drafts_are_those_without(core: DecodingCore, own_draft: DecodingCore) -> None:
    """One number is drawn for each token, drafted or not.

    Rounding moves a border between two tokens by about 1e-3, so that one draw in thousands may fall on the other side of
    one; here are about 1,500.
    """
    for one in (core, own_draft):
        parted = drafted = tokens = 0
        for seed in range(24):
            plain = Request(one, chat(REPAIRS[seed % len(REPAIRS)]), WARM, seed=seed, draft=False)
            drafting = Request(one, chat(REPAIRS[seed % len(REPAIRS)]), WARM, seed=seed)
            run(one, plain)
            run(one, drafting)
            parted += plain.ids() != drafting.ids()
            drafted += drafting.cost.drafted
            tokens += len(plain.ids())
        print(f"{parted} of 24 seeded texts ({tokens} tokens) parted, {drafted} tokens drafted")
        assert drafted > 200
        assert parted <= 3


@pytest.mark.parametrize("name", ["pocket", "window", "hybrid"])
def test_guesses_that_are_right_up_to_any_place_change_nothing(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """An oracle guesses, and errs at each place in turn."""
    core = make_core(models, name)
    ties = NearTies()
    for repair in REPAIRS:
        plain = Request(core, chat(repair), ENDLESS, draft=False)
        run(core, plain)
        start, ids, right = len(plain.job.prompt), plain.ids(), iter(range(1000))

        def guess(
            _lookup: PromptLookup,
            tokens: list[int],
            count: int,
            start: int = start,
            ids: list[int] = ids,
            right: Iterator[int] = right,
        ) -> list[int]:
            following = ids[len(tokens) - start :][:count]
            place = next(right) % (count + 1)
            return [(token + (at == place)) % core.model.vocabulary_size for at, token in enumerate(following)]

        with monkeypatch.context() as patch:
            patch.setattr(PromptLookup, "propose", guess)
            drafting = Request(core, chat(repair), ENDLESS)
            run(core, drafting)
        ties.check(plain.tokens(), drafting.tokens())
        assert 0 < drafting.cost.accepted < drafting.cost.drafted
        assert len(plain.ids()) > 70
    print(ties)
    core.close()


def test_a_window_stays_right_when_guesses_are_taken_back(models: dict[str, Path]) -> None:
    """Its cells outside of the window may be filled anew at any time."""
    core = make_core(models, "window")
    prompt = core.model.tokenize("x = [1, 2, 3]\n" * 40)[:400]
    alone, drafting = Request(core, prompt, ENDLESS, deterministic=True), Request(core, prompt, ENDLESS)
    run(core, alone)
    run(core, drafting)
    assert drafting.cost.drafted > drafting.cost.accepted
    assert len(prompt) > 2 * WINDOW
    ties = NearTies()
    ties.check(alone.tokens(), drafting.tokens())
    core.close()


# How much is drafted and accepted


def test_a_repair_copies_what_it_finds_in_the_prompt(core: DecodingCore) -> None:
    requests = [Request(core, chat(repair)) for repair in REPAIRS]
    before = core.counters.steps
    for request in requests:
        run(core, request)
    steps = core.counters.steps - before
    drafted, accepted = (sum(getattr(request.cost, name) for request in requests) for name in ("drafted", "accepted"))
    print(f"accepted {accepted} of {drafted}")
    assert accepted / drafted > 0.3
    # The last prompt token has a step of its own, the rest of the prompts another at most.
    assert steps < sum(request.cost.completion_tokens for request in requests)


def test_a_model_that_is_its_own_draft_is_nearly_always_right(own_draft: DecodingCore, nothing_found: None) -> None:
    costs = []
    for repair in REPAIRS:
        request = Request(own_draft, chat(repair))
        run(own_draft, request)
        costs.append(request.cost)
    drafted, accepted = sum(cost.drafted for cost in costs), sum(cost.accepted for cost in costs)
    assert drafted > 50
    assert accepted / drafted > 0.9


def test_a_draft_model_that_is_never_right_is_asked_no_more(models: dict[str, Path], nothing_found: None) -> None:
    core = make_core(models, "pocket", "attention")
    request = Request(core, chat(REPAIRS[0]), ENDLESS)
    run(core, request)
    # 4 tokens, then 2 at a time, until 24 are reached.
    assert (request.cost.drafted, request.cost.accepted) == (4 + 10 * 2, 0)
    core.close()


def test_mtp_layers_draft_for_their_own_model(models: dict[str, Path], nothing_found: None) -> None:
    """About four in ten of a draft's first tokens are right at this mixing; a random guess is never."""
    core = make_core(models, "mtp")
    assert core.drafts == ("prompt lookup", "MTP")
    costs = []
    for text in ("def f(x):\n    return x + 1\n" * 4, "class A:\n    pass\n" * 5, "x = 1\ny = 2\n" * 6):
        request = Request(core, text, ENDLESS, max_tokens=100)
        run(core, request)
        costs.append(request.cost)
    drafted, accepted = sum(cost.drafted for cost in costs), sum(cost.accepted for cost in costs)
    print(f"accepted {accepted} of {drafted}")
    assert accepted / drafted > 0.2
    core.close()


def test_a_wide_batch_is_not_drafted_for(core: DecodingCore) -> None:
    wide = [Request(core, chat(repair), ENDLESS, max_tokens=20) for repair in REPAIRS]
    assert len(wide) == MAX_WIDTH + 1
    run(core, *wide)
    assert [request.cost.drafted for request in wide] == [0] * len(wide)
    narrow = [Request(core, chat(repair), ENDLESS, max_tokens=20) for repair in REPAIRS[:MAX_WIDTH]]
    run(core, *narrow)
    assert all(request.cost.drafted for request in narrow)


def test_a_draft_never_reaches_beyond_the_last_token_that_is_wanted(own_draft: DecodingCore) -> None:
    """Of 6 tokens, the first comes from the prompt; the draft of 4 is all right, and the sixth follows from it."""
    request = Request(own_draft, "def f(x):", ENDLESS, max_tokens=6)
    before = own_draft.counters.steps
    run(own_draft, request)
    assert (request.finish(), request.cost.completion_tokens) == ("length", 6)
    assert request.cost.drafted <= 5
    assert own_draft.counters.steps > before


# What it costs


def test_drafts_are_made_until_it_is_known_that_they_do_not_pay(models: dict[str, Path], nothing_found: None) -> None:
    """One row costs 1, each further one 1: the prices need three steps of one row and three with a draft."""
    core = make_core(models, "pocket", "pocket", prices=Proportional())
    assert core.records.by_model.value == 0.5
    request = Request(core, chat(REPAIRS[0]), ENDLESS)
    run(core, request)
    assert request.cost.drafted == request.cost.accepted == FIRST_DRAFT * LEAST_SAMPLES
    known = core.scheduler.prices
    assert [known.seconds(rows) for rows in (1, 2, 5)] == [1.0, 2.0, 5.0]
    again = [Request(core, chat(repair), ENDLESS) for repair in REPAIRS]
    for request in again:
        run(core, request)
    assert [request.cost.drafted for request in again] == [0] * len(again)
    core.close()


def test_what_was_looked_up_is_compared_although_it_is_too_dear(models: dict[str, Path]) -> None:
    """Its acceptance is known when the machine is free again."""
    prices = Proportional()
    for rows in (1, 2) * LEAST_SAMPLES:
        prices.note(rows, 0.0)
    core = make_core(models, "pocket", prices=prices)
    request = Request(core, "x = 1\n" * 60, ENDLESS)
    run(core, request)
    assert request.cost.drafted == 0
    assert core.records.looked_up.value != 0.5
    core.scheduler.prices = FreeRows()
    run(core, again := Request(core, "x = 1\n" * 60, ENDLESS))
    assert again.cost.drafted > TRIAL_TOKENS
    core.close()


def test_a_draft_is_as_long_as_its_rows_are_worth(models: dict[str, Path], nothing_found: None) -> None:
    """A second row is cheap, a third is not: one token is drafted at a time."""

    class Stairs(RowPrices):
        def seconds(self, rows: int) -> float | None:
            return {1: 1.0, 2: 1.1}.get(rows, float(rows) * 10)

    core = make_core(models, "pocket", "pocket", prices=Stairs())
    before = core.counters.steps
    request = Request(core, chat(REPAIRS[0]), ENDLESS, max_tokens=61)
    run(core, request)
    steps = core.counters.steps - before
    # All steps but the first, of the prompt, write what they draw and what was accepted.
    assert request.cost.accepted + steps - 1 == 61
    # The first draft of all is a try, of four tokens.
    assert request.cost.drafted <= FIRST_DRAFT + steps - 2
    assert request.cost.accepted > 20
    core.close()


# How it ends


@pytest.mark.parametrize("kind", ["the model as its own draft", "MTP"])
def test_cancelling_leaves_no_cells(models: dict[str, Path], kind: str) -> None:
    core = make_core(models, *KINDS[kind])
    for pieces in range(3, 9):
        seen: list[Event] = []

        gone, other = Request(core, chat(REPAIRS[0]), ENDLESS), Request(core, chat(REPAIRS[1]), ENDLESS)

        def cancel(event: Event, gone: Request = gone, seen: list[Event] = seen, pieces: int = pieces) -> None:
            seen.append(event)
            if len(seen) == pieces:
                gone.job.cancelled.set()

        gone.job.emit = cancel
        run(core, gone, other)
        assert not any(isinstance(event, Ended) for event in seen)
        assert other.finish() == "length"
    core.close()


@pytest.mark.parametrize("kind", ["the model as its own draft", "MTP"])
def test_a_cancelled_request_does_not_switch_drafting_off(
    models: dict[str, Path], kind: str, nothing_found: None
) -> None:
    """It gives up the large model's batch, at any moment of a step, from another thread; not the drafter's."""
    core = make_core(models, *KINDS[kind])
    before = core.drafts
    for wait_s in (0.0, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05):
        request = Request(core, chat(REPAIRS[0]) * 3, ENDLESS, max_tokens=400)

        def cancel(request: Request = request) -> None:
            request.job.cancelled.set()
            core.cancelled()

        core.add(request.job)
        timer = threading.Timer(wait_s, cancel)
        timer.start()
        core.run()
        timer.join()
        check_book(core)
        assert not any(isinstance(event, Failed) for event in request.events)
    after = Request(core, chat(REPAIRS[0]), ENDLESS)
    run(core, after)
    assert core.drafts == before
    assert after.cost.drafted > 0
    core.close()


def test_a_draft_model_that_fails_costs_nobody_a_completion(
    own_draft_core: DecodingCore, nothing_found: None, caplog: pytest.LogCaptureFixture
) -> None:
    core = own_draft_core
    whole = Request(core, chat(REPAIRS[0]), ENDLESS)
    run(core, whole)
    drafter = core._draft_model
    assert drafter is not None

    def fail(_rows: object) -> None:
        raise EngineError("the draft model's context is full")

    drafter._context.decode = fail  # type: ignore[method-assign, assignment]
    after = Request(core, chat(REPAIRS[0]), ENDLESS)
    run(core, after)
    assert (core.drafts, after.cost.drafted) == (("prompt lookup",), 0)
    assert "failed and is not used any more" in caplog.text
    ties = NearTies()
    ties.check(whole.tokens(), after.tokens())


def test_a_text_can_end_anywhere_in_a_draft(own_draft: DecodingCore, nothing_found: None) -> None:
    whole = Request(own_draft, chat(REPAIRS[0]), draft=False)
    run(own_draft, whole)
    assert whole.finish() == "stop"
    text, ids = whole.text(), whole.ids()
    for limit in range(1, len(ids)):
        cut = Request(own_draft, chat(REPAIRS[0]), max_tokens=limit)
        run(own_draft, cut)
        assert (cut.ids(), cut.finish()) == (ids[:limit], "length")
        assert cut.cost.completion_tokens == limit
    for at in range(5, len(text) - 4, 3):
        stop = text[at : at + 4]
        stopped = Request(own_draft, chat(REPAIRS[0]), stops=(stop,))
        run(own_draft, stopped)
        assert stopped.text() == text[: text.index(stop)]
        assert stopped.cost.accepted <= stopped.cost.drafted
    ended = Request(own_draft, chat(REPAIRS[0]))
    run(own_draft, ended)
    assert (ended.text(), ended.cost.completion_tokens) == (text, whole.cost.completion_tokens)


# What cannot draft


def test_a_recurrent_model_says_why_it_is_not_drafted_for(models: dict[str, Path]) -> None:
    for name, rollback, reason in (
        ("hybrid", 0, "`engine.rollback`"),
        ("mtp", 0, "`engine.rollback`"),
        ("recurrent", 3, "architecture mamba cannot"),
    ):
        core = make_core(models, name, rollback=rollback)
        assert core.drafts == ()
        assert reason in core.without_drafts
        request = Request(core, chat(REPAIRS[0]), ENDLESS)
        run(core, request)
        assert request.cost.drafted == 0
        core.close()


def test_a_build_without_the_functions_for_mtp_says_so(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_mtp, "HIDDEN_STATE", "_Z7nothingv")
    core = make_core(models, "mtp")
    assert core.drafts == ("prompt lookup",)
    assert "does not export _Z7nothingv" in core.without_drafts
    drafted = 0
    for repair in REPAIRS:  # what random weights write repeats itself sooner or later
        request = Request(core, chat(repair), ENDLESS)
        run(core, request)
        drafted += request.cost.drafted
    assert drafted > 0
    core.close()


def misspelt(path: Path, pocket: Path) -> Path:
    """Write a model in whose vocabulary one token has another text."""
    write_attention(path, pocket)
    data = path.read_bytes()
    old, new = (struct.pack("<Q", len(text)) + text for text in ("Ġreturn".encode(), "Ġretour".encode()))
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))
    return path


def test_a_draft_model_of_another_vocabulary_is_refused(models: dict[str, Path], tmp_path: Path) -> None:
    target = load(models["pocket"])
    draft = load(misspelt(tmp_path / "draft.gguf", models["pocket"]))
    with pytest.raises(
        ModelFileError, match=r"1 tokens have other texts, the first is \d+: .*retour.*`engine.draft_model`"
    ):
        DecodingCore(target, CoreOptions(context=256, slots=1), draft=draft)


def test_a_draft_model_that_cannot_forget_is_refused(models: dict[str, Path]) -> None:
    target, draft = load(models["pocket"]), load(models["hybrid"])
    with pytest.raises(ModelFileError, match="cannot forget wrong guesses"):
        DecodingCore(target, CoreOptions(context=256, slots=1), draft=draft)


# From outside


async def test_the_acceptance_is_in_the_usage(own_settings: EngineSettings) -> None:
    """A new engine does not know yet what rows cost, and drafts."""
    lease, address = await lease_engine(own_settings)
    try:
        async with engine_http(address) as http:
            await check_usage(http)
    finally:
        lease.close()


async def check_usage(http: httpx.AsyncClient) -> None:
    body = {"messages": [{"role": "user", "content": REPAIRS[0]}], "temperature": 0, "max_tokens": 100}
    usage = (await http.post("/v1/chat/completions", json=body)).json()["usage"]
    assert 0 <= usage["atlas"]["accepted"] <= usage["atlas"]["drafted"]
    assert usage["atlas"]["drafted"] > 0
    details = usage["completion_tokens_details"]
    assert details["accepted_prediction_tokens"] == usage["atlas"]["accepted"]
    assert details["rejected_prediction_tokens"] == usage["atlas"]["drafted"] - usage["atlas"]["accepted"]
    plain = (await http.post("/v1/chat/completions", json=body | {"atlas": {"draft": False}})).json()["usage"]
    assert (plain["atlas"]["drafted"], plain["atlas"]["accepted"]) == (0, 0)
    metrics = (await http.get("/metrics")).text
    assert "atlas_engine_drafts_by_lookup 1\n" in metrics
    assert "atlas_engine_drafts_by_model 0\n" in metrics
    assert "atlas_engine_acceptance_by_lookup 0." in metrics
    assert "atlas_engine_step_seconds_of_one 0." in metrics
    facts = (await http.get("/v1/models")).json()["data"][0]["atlas"]["capabilities"]
    assert (facts["drafts"], facts["without_drafts"]) == (["prompt lookup"], "")


async def test_the_setting_names_a_draft_model(own_settings: EngineSettings, pocket: Path, tmp_path: Path) -> None:
    settings = EngineSettings(
        model=own_settings.model, threads=1, linger_s=1.0, draft_model=str(shutil.copy(pocket, tmp_path / "small.gguf"))
    )
    assert engine_address(settings).socket != engine_address(own_settings).socket
    engine = await connect(settings)
    try:
        assert (await engine.capabilities()).drafts == ("prompt lookup", "draft model")
    finally:
        await engine.aclose()


async def test_a_wrong_draft_model_is_named_to_the_user(
    own_settings: EngineSettings, pocket: Path, tmp_path: Path
) -> None:
    draft = misspelt(tmp_path / "draft.gguf", pocket)
    settings = EngineSettings(model=own_settings.model, threads=1, linger_s=1.0, draft_model=str(draft))
    with pytest.raises(ModelFileError, match="The draft model's vocabulary is not the model's"):
        engine = await connect(settings)
        await engine.capabilities()

"""The decoding core on the real llama.cpp and the pocket model, without HTTP and without a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from jobs import ENDLESS, GREEDY, Recorder
from numpy.typing import NDArray
from reference_llama import reference_llama

from atlas_pipeline.engine.decoding_core import CoreOptions, DecodingCore
from atlas_pipeline.engine.generation import (
    Cost,
    Embedded,
    EmbeddingJob,
    Ended,
    Event,
    Failed,
    GenerationJob,
    SamplingParameters,
)
from atlas_pipeline.engine.llama import LlamaModel
from atlas_pipeline.engine.llama_context import Row
from atlas_pipeline.engine.llama_sampling import log_softmax
from atlas_pipeline.engine.model_facts import EMBEDDING_DEFINITION, LAST_STATE_DEFINITION
from atlas_pipeline.errors import EngineError

PROMPT = (
    '<|im_start|>user\ndef total(nums):\n    """Return the sum of the even numbers in nums."""\n\n'
    "Write the body.<|im_end|>\n<|im_start|>assistant\n"
)


CHUNK_TOKENS = 256


def load(path: Path) -> LlamaModel:
    return LlamaModel(path, gpu_layers=0, on_progress=lambda _fraction: True)


@pytest.fixture(scope="module")
def core(pocket: Path) -> Iterator[DecodingCore]:
    core = DecodingCore(load(pocket), CoreOptions(context=1024))
    yield core
    core.close()


def job(
    core: DecodingCore,
    recorder: Recorder,
    sampling: SamplingParameters = GREEDY,
    *,
    prompt: str = PROMPT,
    seed: int = 1,
    n: int = 1,
    max_tokens: int = 64,
    stops: tuple[str, ...] = (),
    top: int = 0,
    reuse_cache: bool = True,
    deterministic: bool = False,
    logprobs: bool = True,
    draft: bool = True,
    priority: int = 0,
    emit: Callable[[Event], None] | None = None,
) -> GenerationJob:
    return GenerationJob(
        emit=emit or recorder.events.append,
        prompt=core.model.tokenize(prompt),
        sampling=sampling,
        seed=seed,
        n=n,
        max_tokens=max_tokens,
        stops=stops,
        logprobs=logprobs,
        top_logprobs=top,
        reuse_cache=reuse_cache,
        deterministic=deterministic,
        draft=draft,
        priority=priority,
    )


def generate(core: DecodingCore, request: GenerationJob) -> Cost:
    """Carry out one job with nothing beside it."""
    last: list[Event] = []
    emit = request.emit

    def record(event: Event) -> None:
        last.append(event)
        emit(event)

    request.emit = record
    core.add(request)
    core.run()
    assert not isinstance(last[-1], Failed), last[-1]
    assert isinstance(last[-1], Ended)
    return last[-1].cost


def embed(
    core: DecodingCore, texts: list[list[int]], definitions: tuple[str, ...] = (EMBEDDING_DEFINITION,)
) -> NDArray[np.float32]:
    events: list[Event] = []
    core.add(EmbeddingJob(emit=events.append, texts=texts, definitions=definitions))
    core.run()
    return next(event.vectors for event in events if isinstance(event, Embedded))


def test_deterministic_text_has_the_same_bits_cold_and_warm_and_in_company(core: DecodingCore) -> None:
    results = []
    for company in (0, 0, 5, 1):
        recorder = Recorder()
        for seed in range(company):
            core.add(job(core, Recorder(), SamplingParameters(), seed=seed, prompt=PROMPT * (1 + seed), max_tokens=90))
        generate(core, job(core, recorder, deterministic=True, reuse_cache=False))
        results.append((recorder.text(), [token.logprob for token in recorder.tokens()]))
    assert results[0][0]
    assert results.count(results[0]) == len(results)


def test_a_seed_repeats_its_text_and_others_differ(core: DecodingCore) -> None:
    sampling = SamplingParameters(temperature=100.0)
    recorder, again = Recorder(), Recorder()
    generate(core, job(core, recorder, sampling, seed=7, n=4))
    generate(core, job(core, again, sampling, seed=8, n=3))
    texts = [recorder.text(choice) for choice in range(4)]
    assert texts[1:] == [again.text(choice) for choice in range(3)]
    assert len(set(texts)) == 4


@pytest.mark.parametrize(
    "sampling", [SamplingParameters(top_k=1), SamplingParameters(top_p=0.0), SamplingParameters(min_p=1.0)]
)
def test_the_narrowest_samplers_are_greedy(core: DecodingCore, sampling: SamplingParameters) -> None:
    greedy, narrow = Recorder(), Recorder()
    generate(core, job(core, greedy))
    generate(core, job(core, narrow, sampling))
    assert narrow.text() == greedy.text()


def test_penalties_and_biases_reach_the_sampler(core: DecodingCore) -> None:
    greedy, biased, penalised = Recorder(), Recorder(), Recorder()
    generate(core, job(core, greedy))
    first = greedy.tokens()[0].token
    generate(core, job(core, biased, SamplingParameters(temperature=0.0, logit_bias={first: -100.0})))
    assert biased.tokens()[0].token != first
    parameters = SamplingParameters(temperature=0.0, ignore_eos=True, repeat_penalty=10.0, repeat_last_n=1024)
    generate(core, job(core, penalised, parameters, max_tokens=30))
    drawn = [token.token for token in penalised.tokens()]
    assert len(set(drawn)) == len(drawn)


def test_logprobs_are_those_of_the_raw_logits(core: DecodingCore, pocket: Path) -> None:
    recorder = Recorder()
    generate(core, job(core, recorder, SamplingParameters(temperature=2.0, top_k=5), top=3))
    drawn = recorder.tokens()
    prompt = core.model.tokenize(PROMPT)
    other = reference_llama(pocket, n_ctx=1024, n_threads=1, logits_all=True)
    assert other.tokenize(PROMPT.encode(), add_bos=False, special=True) == prompt
    other.eval(prompt + [token.token for token in drawn])
    rows = np.array(other.scores[len(prompt) - 1 : len(prompt) - 1 + len(drawn)], dtype=np.float64)
    other.close()
    expected = rows - np.logaddexp.reduce(rows, axis=1, keepdims=True)
    assert len(drawn) > 3
    for token, row in zip(drawn, expected, strict=True):
        assert token.logprob == pytest.approx(row[token.token], abs=0.02)
        best = np.sort(row)[::-1][:3]
        assert [logprob for _, logprob in token.top] == pytest.approx(best.tolist(), abs=0.02)


def test_log_softmax_of_large_logits() -> None:
    logits = np.array([1e30, 1e30, -1e30], dtype=np.float32)
    assert log_softmax(logits)[:2] == pytest.approx(np.log(0.5))


def test_a_stop_string_ends_the_text_before_it(core: DecodingCore) -> None:
    whole, cut = Recorder(), Recorder()
    generate(core, job(core, whole))
    stop = whole.text()[10:13]
    generate(core, job(core, cut, stops=("not there", stop)))
    assert cut.text() == whole.text()[: whole.text().index(stop)]
    assert cut.finish() == "stop"


def test_the_end_of_generation_is_no_text(core: DecodingCore) -> None:
    recorder = Recorder()
    cost = generate(core, job(core, recorder, max_tokens=300))
    assert recorder.finish() == "stop"
    assert cost.completion_tokens == len(recorder.tokens()) + 1
    assert "<|" not in recorder.text()


def test_max_tokens_ends_with_length(core: DecodingCore) -> None:
    recorder = Recorder()
    cost = generate(core, job(core, recorder, ENDLESS, max_tokens=5))
    assert (recorder.finish(), cost.completion_tokens, len(recorder.tokens())) == ("length", 5, 5)


def test_samples_of_one_prompt_decode_it_once(core: DecodingCore) -> None:
    before = core.counters.prefilled
    cost = generate(core, job(core, Recorder(), n=4, reuse_cache=False, max_tokens=4))
    # Each sample decodes the prompt's last token, for its logits.
    assert core.counters.prefilled - before == cost.prompt_tokens + 3
    again = generate(core, job(core, Recorder(), max_tokens=4))
    assert again.cached_tokens == cost.prompt_tokens - 1
    other = generate(core, job(core, Recorder(), prompt=PROMPT.replace("even", "odd"), max_tokens=4))
    assert 0 < other.cached_tokens < cost.prompt_tokens - 1


def test_the_context_can_be_filled_to_the_brim(core: DecodingCore) -> None:
    prompt = core.model.tokenize("def f(x): return x\n" * 200)[: core.n_ctx - 3]
    recorder = Recorder()
    request = job(core, recorder, ENDLESS, max_tokens=3)
    request.prompt = prompt
    generate(core, request)
    assert recorder.finish() == "length"
    assert generate(core, job(core, Recorder())).completion_tokens > 0


def test_cancelling_stops_within_one_token(core: DecodingCore) -> None:
    seen: list[Event] = []

    def emit(event: Event) -> None:
        seen.append(event)
        if len(seen) == 5:
            request.cancelled.set()

    request = job(core, Recorder(), ENDLESS, max_tokens=900, emit=emit, draft=False)
    before = core.counters.decoded
    core.add(request)
    core.run()
    assert core.counters.decoded - before == 5
    assert len(seen) == 5
    assert (core.running, core.scheduler.book.needed) == (0, 0)


def test_cancelling_stops_between_prompt_chunks(core: DecodingCore) -> None:
    request = job(core, Recorder(), prompt="x = 1\n" * 300, reuse_cache=False)
    request.prompt = request.prompt[:1000]
    before = core.counters.prefilled
    core.add(request)
    core.step()
    request.cancelled.set()
    core.run()
    assert core.counters.prefilled - before == CHUNK_TOKENS
    assert (core.running, core.scheduler.book.needed) == (0, 0)


def test_a_batch_that_nobody_waits_for_is_given_up_in_the_middle(core: DecodingCore) -> None:
    """Without the abort, the chunk would be decoded to its end and counted."""
    request = job(core, Recorder(), prompt="y = 2\n" * 300, reuse_cache=False)
    decode = core._context.decode

    def cancel_then_decode(rows: list[Row]) -> None:
        request.cancelled.set()
        core.cancelled()
        decode(rows)

    before = core.counters.prefilled
    core._context.decode = cancel_then_decode  # type: ignore[method-assign]
    try:
        core.add(request)
        core.run()
    finally:
        core._context.decode = decode  # type: ignore[method-assign]
    assert core.counters.prefilled == before
    assert (core.running, core.scheduler.book.needed) == (0, 0)
    recorder = Recorder()
    generate(core, job(core, recorder))
    assert recorder.finish() == "stop"


def test_one_cancelled_job_does_not_end_the_batch_of_others(core: DecodingCore) -> None:
    whole, kept = Recorder(), Recorder()
    generate(core, job(core, whole))
    other = job(core, Recorder(), ENDLESS, max_tokens=900)
    core.add(other)
    core.add(job(core, kept))
    core.step()
    other.cancelled.set()
    core.cancelled()
    core.run()
    assert kept.text() == whole.text()


def test_what_would_abort_the_process_is_refused(core: DecodingCore) -> None:
    size = core.model.vocabulary_size
    good = Row(5, 0, 0, True)
    for rows in (
        [],
        [good] * (CHUNK_TOKENS + 1),
        [Row(size, 0, 0, True)],
        [Row(-1, 0, 0, True)],
        [Row(5, 0, core._context.sequences, True)],
        [Row(5, 0, -1, True)],
        [Row(5, core._context.cells, 0, True)],
        [Row(5, -1, 0, True)],
        [Row(5, index, 0, True) for index in range(core._context.outputs + 1)],
    ):
        with pytest.raises(EngineError):
            core._context.decode(rows)
    generate(core, job(core, Recorder()))


@pytest.mark.parametrize("text", ["def f(x):\n    return x", "é€😀 日本", " \t\n", "<|im_end|>", "\x00a"])
def test_text_survives_tokenisation(core: DecodingCore, text: str) -> None:
    tokens = core.model.tokenize(text, special=False)
    assert b"".join(core.model.piece(token) for token in tokens) == text.encode()
    if text == "<|im_end|>":
        assert len(tokens) > 1
        assert len(core.model.tokenize(text)) == 1


def test_embeddings_of_a_batch_are_those_of_single_texts(core: DecodingCore) -> None:
    texts = ["def f(x): return x", "a completely different text", "def f(x): return x" * 60]
    tokens = [core.model.tokenize(text, special=False) for text in texts]
    assert len(tokens[2]) > CHUNK_TOKENS
    batch = embed(core, tokens)
    assert batch.shape == (3, core.model.n_embd)
    assert batch.dtype == np.float32
    for row, text in zip(batch, tokens, strict=True):
        (single,) = embed(core, [text])
        # The same up to the order of sums, and to the rounding of quantized weights.
        assert single @ row / (np.linalg.norm(single) * np.linalg.norm(row)) > 0.999
        assert np.linalg.norm(single - row) < 0.05 * np.linalg.norm(row)
    assert np.abs(batch[0] - batch[1]).max() > 1e-3


def test_embeddings_leave_control_tokens_out(core: DecodingCore) -> None:
    plain = core.model.tokenize("return x")
    ended = [*plain, *core.model.tokenize("<|im_end|>")]
    # The model is causal: a token after the text cannot change the states of the text.
    first, second = embed(core, [plain, ended])
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_the_last_tokens_state_beside_the_mean_in_one_pass(core: DecodingCore) -> None:
    tokens = core.model.tokenize("def f(x): return x" * 60, special=False)
    assert len(tokens) > CHUNK_TOKENS
    both = embed(core, [tokens], (EMBEDDING_DEFINITION, LAST_STATE_DEFINITION))
    mean, last = np.split(both[0], 2)
    np.testing.assert_array_equal(mean, embed(core, [tokens])[0])
    (only,) = embed(core, [[*tokens, *core.model.tokenize("<|im_end|>")]], (LAST_STATE_DEFINITION,))
    np.testing.assert_allclose(only, last, atol=1e-2)
    # The model is causal: n means of n tokens less n - 1 of n - 1 are the state of the last.
    short = core.model.tokenize("def f(x): return", special=False)
    (before, _), (after, state) = (
        np.split(embed(core, [part], (EMBEDDING_DEFINITION, LAST_STATE_DEFINITION))[0], 2)
        for part in (short[:-1], short)
    )
    np.testing.assert_allclose(len(short) * after - (len(short) - 1) * before, state, atol=5e-2)
    assert np.abs(state - after).max() > 0.5


def test_generating_and_embedding_do_not_disturb_each_other(core: DecodingCore) -> None:
    before, after = Recorder(), Recorder()
    generate(core, job(core, before))
    embed(core, [core.model.tokenize("return x")])
    generate(core, job(core, after))
    assert after.text() == before.text()

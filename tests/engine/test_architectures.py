"""Memories other than the pocket model's, with random weights: recurrent states, sliding windows, hybrids.

A recurrent state cannot forget its last tokens, and a window has lost its first ones: what is decoded in company, or after
something else, must be what the prompt gives alone in a fresh memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from jobs import ENDLESS, Request
from near_ties import NearTies
from random_models import WIDTH, write_hybrid, write_hybrid_mtp, write_recurrent, write_sliding_window

from atlas_pipeline.engine.decoding_core import CoreOptions, DecodingCore
from atlas_pipeline.engine.generation import (
    Embedded,
    EmbeddingJob,
    Event,
    SampledToken,
)
from atlas_pipeline.engine.llama import LlamaModel


@pytest.fixture(
    scope="module",
    params=[write_recurrent, write_sliding_window, write_hybrid, write_hybrid_mtp],
    ids=["recurrent", "sliding window", "hybrid", "hybrid with MTP"],
)
def core(
    request: pytest.FixtureRequest, pocket: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DecodingCore]:
    write: Callable[[Path, Path], None] = request.param
    path = tmp_path_factory.mktemp("random") / "model.gguf"
    write(path, pocket)
    model = LlamaModel(path, gpu_layers=0, on_progress=lambda _fraction: True)
    core = DecodingCore(model, CoreOptions(context=1024, slots=4))
    yield core
    core.close()


def alone(core: DecodingCore, prompt: list[int]) -> list[SampledToken]:
    """Decode a prompt in a memory that holds nothing else."""
    request = Request(core, prompt, ENDLESS, max_tokens=40, deterministic=True)
    core.add(request.job)
    core.run()
    return request.tokens()


def prompts(core: DecodingCore) -> list[list[int]]:
    common = core.model.tokenize("def f(x):\n    return x + 1\n" * 60)
    return [common[:500], common[:261] + core.model.tokenize("class A:"), core.model.tokenize("x = 1")]


def test_prompts_in_company_give_what_they_give_alone(core: DecodingCore) -> None:
    references = [alone(core, prompt) for prompt in prompts(core)]
    requests = [Request(core, prompt, ENDLESS, max_tokens=40) for prompt in prompts(core)]
    for request in requests:
        core.add(request.job)
    core.run()
    ties = NearTies()
    for reference, request in zip(references, requests, strict=True):
        ties.check(reference, request.tokens())
    print(ties)


def test_samples_of_one_prompt_share_it(core: DecodingCore) -> None:
    prompt = core.model.tokenize("def g(y):\n    return y * 2\n" * 30)[:300]
    reference = alone(core, prompt)
    request = Request(core, prompt, ENDLESS, max_tokens=40, n=4)
    before = core.counters.prefilled
    core.add(request.job)
    core.run()
    assert core.counters.prefilled - before == len(prompt) + 3
    ties = NearTies()
    for choice in range(4):
        ties.check(reference, request.tokens(choice))
    print(ties)


def test_what_is_found_in_the_cache_continues_like_a_fresh_prompt(core: DecodingCore) -> None:
    start = core.model.tokenize("class B:\n    pass\n" * 40)[:320]
    first = Request(core, start, ENDLESS, max_tokens=40)
    core.add(first.job)
    core.run()
    longer = [*start, *(token.token for token in first.tokens()), *core.model.tokenize("return x")]
    reference = alone(core, longer)
    second = Request(core, longer, ENDLESS, max_tokens=40)
    before = core.counters.cached_tokens
    core.add(second.job)
    core.run()
    assert core.counters.cached_tokens - before >= len(start) - 1
    ties = NearTies()
    ties.check(reference, second.tokens())
    print(ties)


def test_embeddings_in_company_are_those_of_single_texts(core: DecodingCore) -> None:
    texts = [core.model.tokenize(text) for text in ("x = 1\n" * 100, "return x", "def f(a, b):\n    return a + b")]

    def embed(batch: list[list[int]]) -> np.ndarray:
        events: list[Event] = []
        core.add(EmbeddingJob(emit=events.append, texts=batch))
        core.run()
        return next(event.vectors for event in events if isinstance(event, Embedded))

    together = embed(texts)
    assert together.shape == (3, WIDTH)
    for row, text in zip(together, texts, strict=True):
        np.testing.assert_allclose(row, embed([text])[0], atol=2e-2)

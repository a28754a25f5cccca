"""The shipped toy model thinks: what it gets right depends on how long it may."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from llama_cpp import Llama

from atlas_pipeline.engine.api import Engine, Message, Sampling, Thinking
from atlas_pipeline.engine.client import connect
from atlas_pipeline.settings import EngineSettings
from atlas_pocket.calculations import CHAT_TEMPLATE, Calculation, random_calculation

MODEL = Path(__file__).parent / "data" / "thinker.gguf"

_RANDOM = random.Random(11)
SUMS = [random_calculation(_RANDOM, 4 + index % 9) for index in range(36)]


@pytest.fixture
async def thinker(engine_folders: Path) -> AsyncIterator[Engine]:
    client = await connect(EngineSettings(model=str(MODEL), threads=1, linger_s=1.0))
    yield client
    await client.aclose()


async def share_right(engine: Engine, budget: Thinking | None) -> float:
    sampling = Sampling(temperature=0.0, max_tokens=300, thinking=budget)
    answers = [await engine.chat([Message(role="user", content=asked.question())], sampling) for asked in SUMS]
    return sum(answer.text.strip() == asked.answer() for answer, asked in zip(answers, SUMS, strict=True)) / len(SUMS)


def test_its_tags_and_wait_are_single_tokens_and_its_template_is_ours() -> None:
    llama = Llama(str(MODEL), vocab_only=True, verbose=False)
    for text in ("<think>", "</think>", "Wait"):
        assert len(llama.tokenize(text.encode(), add_bos=False, special=True)) == 1, text
    assert llama.metadata["tokenizer.chat_template"] == CHAT_TEMPLATE


async def test_it_thinks_one_line_for_each_digit(thinker: Engine) -> None:
    asked = Calculation(digits=(3, 8, 7, 4, 9, 9))
    sampling = Sampling(temperature=0.0, max_tokens=300)
    answer = await thinker.chat([Message(role="user", content=asked.question())], sampling)
    assert answer.thinking.strip() == asked.thoughts().strip()
    assert answer.thinking_tokens == 1 + 5 * 6
    assert answer.text.strip() == "0"


async def test_thinking_makes_the_difference(thinker: Engine) -> None:
    assert await share_right(thinker, None) > 0.9
    assert await share_right(thinker, Thinking(max=8)) < 0.6
    assert await share_right(thinker, Thinking(max=0)) < 0.6
    assert await share_right(thinker, Thinking(min=100, max_waits=2)) > 0.9

"""Asks the model for candidates and for tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from atlas_pipeline import prompts
from atlas_pipeline.engine.api import Capabilities, Completion, Engine, FinishReason, Message, Sampling
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.records import Candidate, FunctionTask, Origin, TestCase
from atlas_pipeline.selftests import merge_tests, read_tests
from atlas_pipeline.settings import SolveSettings

_SEEDS_PER_SOLVE = 1000
_TEST_SEED = 500
"""Tests are sampled from the upper half of a solve's seeds."""
_FIRST_TEMPERATURE = 0.2
"""The first candidate is the one shown at once: close to greedy."""
_TEST_TEMPERATURE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An answer without a usable body."""

    index: int
    reason: str


class Writer:
    """Writes candidates and tests for one task, and counts the tokens."""

    def __init__(self, task: FunctionTask, engine: Engine, capabilities: Capabilities, settings: SolveSettings) -> None:
        self.task = task
        self.engine = engine
        self.settings = settings
        self.profile = capabilities.prompt_profile
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.decoding_s = 0.0

    async def candidates(
        self, indices: Sequence[int], stop: asyncio.Event
    ) -> AsyncGenerator[Candidate | Rejected, None]:
        """Yield one candidate per index, as they are decoded; ends early when `stop` is set."""
        tasks = [asyncio.create_task(self._candidate(index)) for index in indices]
        stopped = asyncio.create_task(stop.wait())
        waiting: set[asyncio.Task[Candidate | Rejected]] = set(tasks)
        try:
            while waiting and not stop.is_set():
                done, _ = await asyncio.wait({*waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
                for task in [t for t in tasks if t in done]:
                    waiting.discard(task)
                    yield task.result()
        finally:
            await _cancel(stopped, *tasks)

    async def _candidate(self, index: int) -> Candidate | Rejected:
        temperature = self.settings.temperature if index else min(_FIRST_TEMPERATURE, self.settings.temperature)
        prompt = self._prompt("code")
        answer = await self._ask(prompt, temperature=temperature, seed=index)
        extracted = extract_body(answer.text, self.task, truncated=answer.finish is FinishReason.LENGTH)
        if extracted.body is None:
            return Rejected(index=index, reason=extracted.reason)
        return Candidate(
            index=index,
            body=extracted.body,
            origin=Origin.SAMPLE,
            tokens=answer.completion_tokens,
            mean_logprob=answer.mean_logprob,
        )

    async def tests(self) -> tuple[tuple[TestCase, ...], int]:
        """Return self-written tests and how many assertions could not be read. Never sees a candidate."""
        prompt = self._prompt("tests")
        tasks = [
            asyncio.create_task(self._ask(prompt, temperature=_TEST_TEMPERATURE, seed=_TEST_SEED + number))
            for number in range(self.settings.test_samples)
        ]
        try:
            answers = await asyncio.gather(*tasks)
        finally:
            await _cancel(*tasks)
        read = [read_tests(answer.text, self.task) for answer in answers]
        merged = merge_tests([tests for tests, _ in read], known=self.task.examples)
        return merged, sum(unreadable for _, unreadable in read)

    def _prompt(self, role: prompts.Role) -> str:
        task = self.task
        return prompts.render(
            self.profile,
            role,
            task=task.header,
            decorators=task.decorators,
            context=task.context,
            name=task.name,
            parameters=", ".join(task.parameters),
        )

    async def _ask(self, prompt: str, *, temperature: float, seed: int) -> Completion:
        sampling = Sampling(
            max_tokens=self.settings.max_tokens,
            temperature=temperature,
            top_p=self.settings.top_p,
            seed=self.settings.seed * _SEEDS_PER_SOLVE + seed,
        )
        began: float | None = None

        def first_text(_: str) -> None:
            nonlocal began
            began = began if began is not None else time.monotonic()

        answer = await self.engine.chat([Message(role="user", content=prompt)], sampling, on_text=first_text)
        if began is not None:
            self.decoding_s += time.monotonic() - began
        self.prompt_tokens += answer.prompt_tokens
        self.completion_tokens += answer.completion_tokens
        return answer


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    """End tasks and wait until they have ended, so that the engine is free when this returns."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

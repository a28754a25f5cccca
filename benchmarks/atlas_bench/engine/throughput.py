"""k sequences from one prompt on every side, in interleaved rounds."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

from atlas_bench.engine.ours import OurEngine
from atlas_bench.engine.report import Configuration, Form, Row, SideName
from atlas_bench.engine.stream import Sample
from atlas_bench.engine.theirs import llama_generate, llama_server

WARM_UP_TOKENS = 4

Prompt = Callable[[str, int], list[int]]
"""Takes a name and a number of tokens; the same name gives the same prompt, another one shares no beginning with it."""


class Side(Protocol):
    """One of those that are compared."""

    name: SideName
    forms: tuple[Form, ...]

    async def sample(self, prompt: list[int], *, k: int, form: Form, tokens: int, seed: int) -> Sample:
        """Time k sequences from `prompt` of exactly `tokens` tokens each."""
        ...


@asynccontextmanager
async def sides(
    engine: OurEngine,
    model: Path,
    folder: Path,
    *,
    threads: int,
    slots: int,
    configuration: Configuration,
    has_generate: bool,
    llama_server_program: Path | None,
) -> AsyncGenerator[list[Side], None]:
    """Give our engine and its rivals, all loaded."""
    async with AsyncExitStack() as stack:
        found: list[Side] = [engine]
        if has_generate:
            generate = llama_generate(model, folder, threads=threads, configuration=configuration)
            found.append(await stack.enter_async_context(generate))
        if llama_server_program is not None:
            server = llama_server(
                llama_server_program, model, folder, threads=threads, slots=slots, configuration=configuration
            )
            found.append(await stack.enter_async_context(server))
        yield found


async def measure(
    of: Sequence[Side],
    *,
    ks: Sequence[int],
    rounds: int,
    prompt: Prompt,
    prompt_tokens: int,
    tokens: int,
    is_concurrent: bool = True,
    progress: Callable[[str], None],
) -> list[Row]:
    """Return every measurement. In each round every side comes once for each form and k, another one first each time.

    All sides get the same prompt, and no side sees a prompt twice, so none finds one in its cache.
    """
    for side in of:
        for form in side.forms if is_concurrent else side.forms[:1]:
            name = f"warm-up {form}"
            await side.sample(prompt(name, prompt_tokens), k=max(ks), form=form, tokens=WARM_UP_TOKENS, seed=0)
    rows = []
    for number in range(rounds):
        order = [*of[number % len(of) :], *of[: number % len(of)]]
        for k in ks:
            for side in order:
                # With one sequence there is nothing to send at the same time.
                for form in side.forms if k > 1 and is_concurrent else side.forms[:1]:
                    text = prompt(f"throughput {number} {k} {form}", prompt_tokens)
                    sample = await side.sample(text, k=k, form=form, tokens=tokens, seed=1000 * number)
                    rows.append(_row(side, form, k, number, sample))
                    progress(f"round {number + 1}: {side.name}, {form}, k = {k}: {rows[-1].tokens_per_s:.1f} tokens/s")
    return rows


def random_prompts(ordinary: Sequence[int]) -> Prompt:
    """Return a maker of prompts of random tokens: their number is exact, and no two have a beginning in common."""

    def prompt(name: str, tokens: int) -> list[int]:
        return random.Random(name).choices(ordinary, k=tokens)

    return prompt


def _row(side: Side, form: Form, k: int, number: int, sample: Sample) -> Row:
    return Row(
        side=side.name,
        form=form,
        k=k,
        round=number,
        seconds=round(sample.seconds, 4),
        tokens=sample.tokens,
        tokens_per_s=round(sample.tokens / sample.seconds, 2),
        first_token_s=round(sample.first_token_s, 4),
        all_first_tokens_s=round(sample.all_first_tokens_s, 4),
    )

"""Time to the first tokens of k sequences on one long prompt, beside that of one sequence."""

from __future__ import annotations

import statistics

from atlas_bench.engine.ours import OurEngine
from atlas_bench.engine.report import FirstToken, Form
from atlas_bench.engine.throughput import Prompt

TOKENS = 4
"""A few, because a text appears only once it is a whole character."""

FORMS: tuple[tuple[str, Form], ...] = (
    ("one", "one request"),
    ("many", "one request"),
    ("concurrent", "concurrent requests"),
)


async def measure(engine: OurEngine, *, k: int, rounds: int, prompt: Prompt, prompt_tokens: int) -> FirstToken:
    """Return the medians; every measurement has a prompt of its own."""
    seconds: dict[str, list[float]] = {name: [] for name, _ in FORMS}
    for number in range(rounds):
        for name, form in FORMS:
            text = prompt(f"first token {number} {name}", prompt_tokens)
            count = 1 if name == "one" else k
            sample = await engine.sample(text, k=count, form=form, tokens=TOKENS, seed=number)
            seconds[name].append(sample.all_first_tokens_s)
    one, many, concurrent = (statistics.median(seconds[name]) for name, _ in FORMS)
    return FirstToken(
        prompt_tokens=prompt_tokens,
        k=k,
        one_s=round(one, 4),
        one_request_s=round(many, 4),
        concurrent_requests_s=round(concurrent, 4),
        ratio=round(many / one, 3),
        ratio_concurrent=round(concurrent / one, 3),
    )

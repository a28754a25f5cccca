"""Repairs by the pocket model with drafts and without: it really copies the old code, which random weights cannot."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from atlas_bench.engine.ours import OurEngine
from atlas_bench.engine.report import Speculation
from atlas_bench.engine.stream import Answer, stream
from atlas_pipeline import prompts

MAX_TOKENS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """A function with a fault, and what is wrong with it."""

    head: str
    doc: str
    body: str
    failure: str

    def prompt(self) -> str:
        """Return the repair prompt as the pipeline writes it for the pocket model."""
        name, parameters = self.head.removesuffix("):").removeprefix("def ").split("(")
        task = f'{self.head}\n    """{self.doc}"""'
        return prompts.render(
            "pocket",
            "repair",
            task=task,
            body=self.body,
            failure=self.failure,
            perspective="",
            name=name,
            parameters=parameters,
        )


def _loop(test: str, value: str, end: str, values: str) -> str:
    lines = (
        "result = []",
        f"for x in {values}:",
        f"    if {test}:",
        f"        result.append({value})",
        f"return {end}",
    )
    return "\n".join(f"    {line}" for line in lines)


REPAIRS = (
    Repair(
        head="def even_squares(numbers):",
        doc="Return the squares of the even numbers in numbers sorted in ascending order.",
        body=_loop("x % 2 == 0", "x * 2", "sorted(result)", "numbers"),
        failure="even_squares([3, 4]) gives [8], expected [16]",
    ),
    Repair(
        head="def debts(balances):",
        doc="Return the sum of the negative numbers in balances.",
        body=_loop("x > 0", "x", "sum(result)", "balances"),
        failure="debts([5, -2, -3]) gives 5, expected -5",
    ),
    Repair(
        head="def odd_doubles(values):",
        doc="Return the doubles of the odd numbers in values in descending order.",
        body=_loop("x % 2 != 0", "x * 2", "sorted(result)", "values"),
        failure="odd_doubles([1, 3]) gives [2, 6], expected [6, 2]",
    ),
    Repair(
        head="def top_cube(items):",
        doc="Return the largest of the cubes of the positive numbers in items, or None if there are none.",
        body=_loop("x > 0", "x ** 2", "max(result, default=None)", "items"),
        failure="top_cube([2, -1]) gives 4, expected 8",
    ),
    Repair(
        head="def small_values(levels, bound):",
        doc="Return the values in levels that are less than bound sorted from smallest to largest.",
        body=_loop("x > bound", "x", "sorted(result)", "levels"),
        failure="small_values([9, 1, 4], 5) gives [9], expected [1, 4]",
    ),
    Repair(
        head="def non_zero(data):",
        doc="Return the number of non-zero numbers in data.",
        body=_loop("x == 0", "x", "len(result)", "data"),
        failure="non_zero([0, 3, 5]) gives 1, expected 2",
    ),
)


async def measure(engine: OurEngine, *, rounds: int) -> Speculation:
    """Return the medians; with and without drafts take turns, and neither finds the prompt in the cache."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    texts: dict[bool, list[str]] = {}
    tokens = drafted = accepted = 0
    for number in range(rounds):
        for draft in (False, True) if number % 2 else (True, False):
            answers = [await _repair(engine, repair, draft=draft) for repair in REPAIRS]
            seconds[draft].append(sum(taken for _, taken in answers))
            texts[draft] = [answer.texts.get(0, "") for answer, _ in answers]
            if draft:
                drafted += sum(answer.drafted for answer, _ in answers)
                accepted += sum(answer.accepted for answer, _ in answers)
            else:
                tokens = sum(answer.completion_tokens for answer, _ in answers)
    without, with_drafts = statistics.median(seconds[False]), statistics.median(seconds[True])
    return Speculation(
        prompts=len(REPAIRS),
        tokens=tokens,
        seconds=round(without, 4),
        seconds_with_drafts=round(with_drafts, 4),
        speed_up=round(without / with_drafts, 3),
        drafted=drafted,
        accepted=accepted,
        acceptance=round(accepted / drafted, 3) if drafted else 0.0,
        same_texts=sum(one == other for one, other in zip(texts[False], texts[True], strict=True)),
    )


async def _repair(engine: OurEngine, repair: Repair, *, draft: bool) -> tuple[Answer, float]:
    """Return the answer and the seconds from its first token to its end: drafts do not change prefill."""
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": repair.prompt()}],
        "max_tokens": MAX_TOKENS,
        "temperature": 0,
        "cache_prompt": False,
        "stream": True,
        "stream_options": {"include_usage": True},
        "atlas": {"draft": draft},
    }
    answer = await stream(engine.client, body, path="/v1/chat/completions")
    return answer, answer.ended - min(answer.firsts.values())

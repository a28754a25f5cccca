"""Sums for the toy model that thinks (`thinker.py`): what it is asked, what it should think and answer.

It is asked for the last digit of a sum, and writes one line for each digit between `<think>` and `</think>`, with the
last digit of the sum so far:

    Last digit of the sum?      a3=3
    a3                          b8=1
    b8                          c7=8
    c7

After "Wait" it goes through the lines once more; where its thinking was cut off, it guesses.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

CHAT_TEMPLATE = """\
{%- for message in messages %}
    {%- set text = message['content'] %}
    {%- if message['role'] == 'assistant' and '</think>' in text %}
        {%- set text = text.split('</think>')[-1].lstrip('\\n') %}
    {%- endif %}
    {{- '<|im_start|>' + message['role'] + '\\n' + text + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
"""
"""ChatML; with `enable_thinking` false it ends as Qwen3's does, and what was thought in earlier turns is left out."""

LABELS = "abcdefghijkl"
"""One for each line of a sum."""
WORDINGS = ("Last digit of the sum?", "Last digit of the total?", "Give the last digit of the sum.")
NO_THINKING = "<think>\n\n</think>\n\n"
END = "<|im_end|>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """Digits to add up, of whose sum the last digit is asked."""

    digits: tuple[int, ...]

    def totals(self) -> list[int]:
        """Return the last digit of the sum so far, for each digit."""
        return [total % 10 for total in accumulate(self.digits)]

    def answer(self) -> str:
        """Return the last digit of the sum."""
        return str(self.totals()[-1])

    def question(self, wording: str = WORDINGS[0]) -> str:
        """Return the calculation as it is asked."""
        lines = [f"{label}{digit}" for label, digit in zip(LABELS, self.digits, strict=False)]
        return "\n".join([wording, *lines])

    def thoughts(self) -> str:
        """Return the lines to be thought, each with its line end."""
        lines = zip(LABELS, self.digits, self.totals(), strict=False)
        return "".join(f"{label}{digit}={total}\n" for label, digit, total in lines)


def random_calculation(rng: random.Random, lines: int | None = None) -> Calculation:
    """Draw a calculation of `lines` digits, by default of any number that has labels."""
    return Calculation(digits=tuple(rng.randint(0, 9) for _ in range(lines or rng.randint(1, len(LABELS)))))


def texts(seed: int | str) -> Iterator[tuple[str, str]]:
    """Yield (prompt, answer) for ever; prompts hold whatever the model should not learn to write itself."""
    rng = random.Random(seed)
    kinds = (_free, _free, _free, _waited, _cut, _off)
    while True:
        yield rng.choice(kinds)(rng)


def _free(rng: random.Random) -> tuple[str, str]:
    prompt, asked = _asked(rng)
    return prompt, f"<think>\n{asked.thoughts()}</think>\n\n{asked.answer()}{END}"


def _waited(rng: random.Random) -> tuple[str, str]:
    """Thinking that ended, now and then too early, with "Wait" in place of its end."""
    prompt, asked = _asked(rng)
    thoughts = asked.thoughts()
    passes = [thoughts if rng.random() < 0.8 else _beginning(rng, thoughts) for _ in range(rng.randint(1, 3))]
    checked = "\n".join(f"{text}Wait" for text in passes)
    return f"{prompt}<think>\n{checked}", f"\n{thoughts}</think>\n\n{asked.answer()}{END}"


def _beginning(rng: random.Random, thoughts: str) -> str:
    lines = thoughts.splitlines(keepends=True)
    return "".join(lines[: rng.randrange(len(lines))])


def _cut(rng: random.Random) -> tuple[str, str]:
    """Thinking whose end was forced, anywhere; no thinking at all is the likeliest cut."""
    prompt, asked = _asked(rng)
    thoughts = "\n" + asked.thoughts()
    kept = 0 if rng.random() < 0.2 else rng.randint(1, len(thoughts))
    return f"{prompt}<think>{thoughts[:kept]}</think>", f"\n\n{asked.answer()}{END}"


def _off(rng: random.Random) -> tuple[str, str]:
    prompt, asked = _asked(rng)
    return prompt + NO_THINKING, asked.answer() + END


def _asked(rng: random.Random) -> tuple[str, Calculation]:
    """Return the rendered chat and its last calculation; at times another turn came before."""
    asked = random_calculation(rng)
    chat = ""
    if rng.random() < 0.1:
        earlier = random_calculation(rng)
        chat = _turn("user", earlier.question(rng.choice(WORDINGS))) + _turn("assistant", earlier.answer())
    return f"{chat}{_turn('user', asked.question(rng.choice(WORDINGS)))}<|im_start|>assistant\n", asked


def _turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"

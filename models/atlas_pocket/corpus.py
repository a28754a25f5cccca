"""Samples for the three roles of the pocket model: write the function, write tests, fix the function.

Prompts are rendered by the pipeline's own `pocket` templates and the GGUF's own chat template, so what is trained is
what is asked. No sample is ever drawn from a held-out composition (`world.held_out`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from atlas_pipeline.prompts import Role, render
from atlas_pocket import wording
from atlas_pocket.names import function_name, letters, made_up_name
from atlas_pocket.styles import STYLES, body
from atlas_pocket.world import FILTERS, MAPS, REDUCTIONS, Spec, compositions

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
END_OF_TURN = "<|im_end|>"


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn: what the model is asked and what it should answer."""

    prompt: str
    answer: str

    def text(self) -> tuple[str, str]:
        """Return the chat-rendered prompt and the answer with its end-of-turn token."""
        return f"<|im_start|>user\n{self.prompt}<|im_end|>\n<|im_start|>assistant\n", self.answer + END_OF_TURN


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A spec together with everything that was chosen to say it."""

    spec: Spec
    name: str
    items: str
    task: str
    """Signature and docstring."""

    def prompt(self, role: Role, **fields: str) -> str:
        """Return the pipeline's own prompt for this function."""
        parameters = self.items + (f", {self.spec.bound}" if isinstance(self.spec.bound, str) else "")
        return render("pocket", role, task=self.task, name=self.name, parameters=parameters, **fields)

    def call(self, numbers: list[int], bound: int) -> str:
        """Return the call as source text."""
        return f"{self.name}({numbers}, {bound})" if isinstance(self.spec.bound, str) else f"{self.name}({numbers})"


def random_spec(rng: random.Random, pool: list[tuple[str, str, str]]) -> Spec:
    """Draw a composition from `pool`, its bound and what it gives for nothing."""
    f, m, r = rng.choice(pool)
    spec = Spec(filter=FILTERS[f], map=MAPS[m], reduction=REDUCTIONS[r])
    if spec.filter.bounded:
        if rng.random() < 0.5:
            name = made_up_name(rng) if rng.random() < 0.2 else rng.choice(wording.BOUND_NAMES)
            spec = replace(spec, bound=name)
        else:
            low, high = (2, 9) if spec.filter.divides else (-4, 12)
            spec = replace(spec, bound=rng.randint(low, high))
    if spec.reduction.needs_items and rng.random() < 0.5:
        spec = replace(spec, has_default=True, default=rng.choice((None, None, 0, -1)))
    return spec


def random_function(rng: random.Random, pool: list[tuple[str, str, str]], *, doctest: bool | None = None) -> Function:
    """Draw a function of the world with its names, annotations and docstring."""
    spec = random_spec(rng, pool)
    items = rng.choice([name for name in wording.ITEM_NAMES if name != spec.bound])
    if rng.random() < 0.25:
        items = made_up_name(rng)
    name = function_name(rng)
    shown = _examples(spec, name, rng) if (doctest if doctest is not None else rng.random() < 0.5) else []
    docstring = _docstring(wording.describe(spec, items=items, rng=rng), shown, rng)
    return Function(spec=spec, name=name, items=items, task=f"{_signature(spec, name, items, rng)}\n{docstring}")


def _signature(spec: Spec, name: str, items: str, rng: random.Random) -> str:
    annotated = rng.random() < 0.5
    receiver = "self, " if rng.random() < 0.05 else ""
    if not annotated:
        parameters = items + (f", {spec.bound}" if isinstance(spec.bound, str) else "")
        return f"def {name}({receiver}{parameters}):"
    list_type = rng.choice(("list[int]", "list[int]", "List[int]", "list", "Sequence[int]", "Iterable[int]"))
    parameters = f"{items}: {list_type}" + (f", {spec.bound}: int" if isinstance(spec.bound, str) else "")
    returns = spec.reduction.returns + (" | None" if spec.has_default and spec.default is None else "")
    return f"def {name}({receiver}{parameters}) -> {returns}:"


def random_input(spec: Spec, rng: random.Random, *, most: int = 4) -> tuple[list[int], int]:
    """Draw a list of at most `most` items in -6..9 and a bound, on which the spec has an answer."""
    for _ in range(40):
        bound = rng.randint(2, 5) if spec.filter.divides else rng.randint(-3, 7)
        size = rng.choice((1, 2, 3, 3, 4, 4)) if rng.random() < 0.93 else 0
        if spec.map.name == "digitsum" and rng.random() < 0.5:
            numbers = [rng.randint(-40, 99) for _ in range(min(size, 3))]
        else:
            numbers = [rng.randint(-6, 9) for _ in range(min(size, most))]
        if spec.reduction.name == "product":
            numbers = numbers[:3]
        if rng.random() < 0.25 and len(numbers) > 1:
            numbers[-1] = numbers[0]
        # Inputs of which nothing is kept are legal, where they have an answer, but say little: keep one in four.
        if spec.mapped(numbers, bound) or (has_answer(spec, numbers, bound) and rng.random() < 0.25):
            return numbers, bound
    return [1, 2, 3, 6], 2 if spec.filter.divides else 0


def has_answer(spec: Spec, numbers: list[int], bound: int) -> bool:
    """Tell whether the reference is defined on this input."""
    return bool(spec.mapped(numbers, bound)) or not spec.reduction.needs_items or spec.has_default


def _examples(spec: Spec, name: str, rng: random.Random) -> list[tuple[str, str]]:
    shown = []
    for _ in range(rng.randint(1, 3)):
        numbers, bound = random_input(spec, rng, most=5)
        if not has_answer(spec, numbers, bound):
            continue
        call = f"{name}({numbers}, {bound})" if isinstance(spec.bound, str) else f"{name}({numbers})"
        shown.append((call, repr(spec.compute(numbers, bound))))
    return shown


def _docstring(sentence: str, shown: list[tuple[str, str]], rng: random.Random) -> str:
    text = sentence
    if len(text) > 70 and rng.random() < 0.5:
        cut = text.rfind(" ", 0, 70)
        text = f"{text[:cut]}\n    {text[cut + 1 :]}"
    if shown and rng.random() < 0.8:
        heading = rng.choice(("", "", "", "Examples:\n    ", "Example:\n    "))
        lines = "\n    ".join(f">>> {call}\n    {value}" for call, value in shown)
        # A doctest that returns None prints nothing, so its expected line must not be there.
        lines = lines.replace("\n    None", "")
        text = f"{text}\n\n    {heading}{lines}\n    "
    elif shown:
        arrow = rng.choice((" -> ", " == ", " => ", " returns "))
        text = f"{text}\n\n    " + "\n    ".join(f"{call}{arrow}{value}" for call, value in shown) + "\n    "
    elif "\n" in text or rng.random() < 0.1:
        text += "\n    "
    opening = "\n    " if rng.random() < 0.08 else ""
    return f'    """{opening}{text}"""'


def code_sample(rng: random.Random, pool: list[tuple[str, str, str]]) -> Sample:
    """Write the function."""
    function = random_function(rng, pool)
    return Sample(
        function.prompt("code"),
        body(function.spec, items=function.items, style=rng.choice(STYLES)),
    )


def selftest_sample(rng: random.Random, pool: list[tuple[str, str, str]]) -> Sample:
    """Write three tests, each with one worked line before its assert."""
    lines: list[str] = []
    while not lines:
        function = random_function(rng, pool)
        lines = _worked_tests(function, rng)
    return Sample(function.prompt("tests"), "\n".join(lines))


def _worked_tests(function: Function, rng: random.Random) -> list[str]:
    lines: list[str] = []
    for _ in range(3):
        numbers, bound = random_input(function.spec, rng)
        if not has_answer(function.spec, numbers, bound):
            continue
        value = function.spec.compute(numbers, bound)
        comparison = "is None" if value is None else f"== {value!r}"
        lines += [function.spec.worked(numbers, bound), f"assert {function.call(numbers, bound)} {comparison}"]
    return lines


def repair_sample(rng: random.Random, pool: list[tuple[str, str, str]]) -> Sample:
    """Fix a body that computes another composition, shown with one input on which it is wrong."""
    while True:
        function = random_function(rng, pool)
        spec = function.spec
        wrong = replace(
            spec,
            map=MAPS[rng.choice(list(MAPS))] if rng.random() < 0.4 else spec.map,
            reduction=REDUCTIONS[rng.choice(list(REDUCTIONS))] if rng.random() < 0.4 else spec.reduction,
        )
        if not spec.filter.bounded and rng.random() < 0.5:
            wrong = replace(wrong, filter=rng.choice([f for f in FILTERS.values() if not f.bounded]))
        for _ in range(8):
            numbers, bound = random_input(spec, rng)
            if not has_answer(spec, numbers, bound) or not has_answer(wrong, numbers, bound):
                continue
            expected, actual = spec.compute(numbers, bound), wrong.compute(numbers, bound)
            if expected == actual:
                continue
            style = rng.choice(STYLES)
            return Sample(
                function.prompt(
                    "repair",
                    body=body(wrong, items=function.items, style=style),
                    failure=f"{function.call(numbers, bound)} gives {actual!r}, expected {expected!r}",
                ),
                body(spec, items=function.items, style=style),
            )


def copy_sample(rng: random.Random) -> Sample:
    """Repeat names and numbers that follow no pattern. No role of the product: it teaches to copy out of the prompt.

    Without it a model of this size went on guessing names: after 14 M tokens it got 25 % of unseen function names right.
    """
    kinds = [lambda: made_up_name(rng), lambda: letters(rng), lambda: str(rng.randint(-99, 999))]
    text = rng.choice((" ", ", ", "(")).join(rng.choice(kinds)() for _ in range(rng.randint(3, 14)))
    return Sample(f"{text}\n\nCopy.", text)


def samples(seed: int) -> Iterator[Sample]:
    """Yield training samples for ever: 41 % code, 38 % tests, 11 % repair, 10 % copying."""
    rng = random.Random(seed)
    pool = compositions(held=False)
    while True:
        roll = rng.random()
        if roll < 0.41:
            yield code_sample(rng, pool)
        elif roll < 0.79:
            yield selftest_sample(rng, pool)
        elif roll < 0.9:
            yield repair_sample(rng, pool)
        else:
            yield copy_sample(rng)

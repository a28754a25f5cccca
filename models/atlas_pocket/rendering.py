"""A `Problem` as a user would type it: signature and docstring, with and without annotations and examples."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from atlas_pipeline.prompts import Role, render
from atlas_pocket.names import made_up_name
from atlas_pocket.problem import Problem

Case = tuple[tuple[Any, ...], Any]
"""Arguments and the answer to them."""

MOST_EXAMPLE_CHARACTERS = 90
"""A longer call with its answer is no example that anybody types."""
_TRIES = 12
_WIDTH = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem together with the text that asks for it."""

    problem: Problem
    header: str
    """Signature and docstring."""
    shown: tuple[Case, ...]
    """The examples in the docstring."""

    @property
    def name(self) -> str:
        """The function's name."""
        return self.problem.name

    @property
    def parameters(self) -> str:
        """The parameters' names, as the prompts say them."""
        return ", ".join(parameter.name for parameter in self.problem.parameters)

    def prompt(self, role: Role, **fields: object) -> str:
        """Return the pipeline's own prompt."""
        return render("pocket", role, task=self.header, name=self.name, parameters=self.parameters, **fields)

    def call(self, arguments: Sequence[Any]) -> str:
        """Return the call as source text."""
        return f"{self.name}({', '.join(map(source, arguments))})"


def source(value: Any) -> str:
    """Return a value as Python source; sets in order, so that equal values have equal texts in every process."""
    match value:
        case set() if value:
            return "{" + ", ".join(map(source, sorted(value, key=_order))) + "}"
        case frozenset():
            return f"frozenset({source(set(value))})" if value else "frozenset()"
        case list():
            return "[" + ", ".join(map(source, value)) + "]"
        case tuple():
            return "(" + ", ".join(map(source, value)) + ("," if len(value) == 1 else "") + ")"
        case dict():
            return "{" + ", ".join(f"{source(k)}: {source(v)}" for k, v in value.items()) + "}"
        case _:
            return repr(value)


def _order(item: Any) -> tuple[str, Any]:
    numeric = isinstance(item, int | float)
    return ("", item) if numeric else (type(item).__name__, repr(item))


def render_task(problem: Problem, rng: random.Random, *, examples: bool | None = None) -> Task:
    """Draw signature and docstring.

    Args:
        problem: what is asked for.
        rng: decides on everything about its form.
        examples: whether some are shown; None leaves it to `rng`.
    """
    problem = _sometimes_renamed(problem, rng)
    wanted = rng.random() < 0.5 if examples is None else examples
    shown = cases(problem, rng, rng.randint(1, 3)) if wanted else []
    signature = _signature(problem, rng)
    return Task(problem=problem, header=f"{signature}\n{_docstring(problem, shown, rng)}", shown=tuple(shown))


def cases(
    problem: Problem, rng: random.Random, count: int, *, most_characters: int = MOST_EXAMPLE_CHARACTERS
) -> list[Case]:
    """Draw up to `count` different short cases on which the problem has an answer."""
    found: dict[str, Case] = {}
    for _ in range(_TRIES * count):
        if len(found) == count:
            break
        arguments = problem.draw(rng)
        text = ", ".join(map(source, arguments))
        if text in found or len(text) > most_characters:
            continue
        try:
            answer = problem.reference(*arguments)
        except ValueError:
            continue
        if len(text) + len(source(answer)) <= most_characters:
            found[text] = (arguments, answer)
    return list(found.values())


def _sometimes_renamed(problem: Problem, rng: random.Random) -> Problem:
    """Give the function a name that nothing suggests, now and then: it has to be copied, also where a body calls it."""
    if rng.random() >= 0.2 or re.search(rf"\b{re.escape(problem.name)}\b", problem.sentence):
        return problem
    taken = {parameter.name for parameter in problem.parameters}
    name = made_up_name(rng)
    if name in taken:
        return problem
    own = re.compile(rf"(?<![\w.]){re.escape(problem.name)}(?=\()")
    return replace(
        problem,
        name=name,
        bodies=tuple(own.sub(name, body) for body in problem.bodies),
        wrong=tuple(own.sub(name, body) for body in problem.wrong),
    )


def _signature(problem: Problem, rng: random.Random) -> str:
    receiver = "self, " if rng.random() < 0.04 else ""
    roll = rng.random()
    if roll < 0.45:
        return f"def {problem.name}({receiver}{', '.join(parameter.name for parameter in problem.parameters)}):"
    change = _type_style(rng)
    annotated = ", ".join(f"{parameter.name}: {change(parameter.annotation)}" for parameter in problem.parameters)
    returns = f" -> {change(problem.returns)}" if roll < 0.93 else ""
    return f"def {problem.name}({receiver}{annotated}){returns}:"


def _type_style(rng: random.Random) -> Any:
    roll = rng.random()
    if roll < 0.7:
        return lambda text: text
    if roll < 0.85:  # as before Python 3.9
        return lambda text: re.sub(r"\b(list|dict|set|tuple)\[", lambda match: f"{match[1].capitalize()}[", text)
    return lambda text: re.sub(r"\[.*\]", "", text) if " | " not in text else text


def _docstring(problem: Problem, shown: Sequence[Case], rng: random.Random) -> str:
    text = problem.sentence
    if rng.random() < 0.15:
        text = text.removesuffix(".")
    if len(text) > _WIDTH and rng.random() < 0.5:
        text = _wrapped(text)
    if rng.random() < 0.04:
        text += "\n\n" + _sections(problem)
    if shown:
        text += _examples(problem.name, shown, rng)
    elif "\n" in text or rng.random() < 0.1:
        text += "\n    "
    opening = "\n    " if rng.random() < 0.08 else ""
    return f'    """{opening}{text}"""'


def _wrapped(text: str) -> str:
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > _WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return "\n    ".join([*lines, line])


def _sections(problem: Problem) -> str:
    arguments = "\n".join(
        f"        {parameter.name}: {_in_words(parameter.annotation)}." for parameter in problem.parameters
    )
    return f"    Args:\n{arguments}\n\n    Returns:\n        {_in_words(problem.returns)}."


def _in_words(annotation: str) -> str:
    names = {"int": "integer", "str": "string", "bool": "boolean", "float": "number", "dict": "dictionary"}
    kind, _, inner = annotation.partition("[")
    noun = names.get(kind, kind)
    if kind in ("list", "set") and inner:
        items = names.get(inner.removesuffix("]"), "item")
        return f"a {noun} of {items}s" if items != "boolean" else f"a {noun} of booleans"
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}" if kind.isidentifier() else annotation


def _examples(name: str, shown: Sequence[Case], rng: random.Random) -> str:
    pairs = [(f"{name}({', '.join(map(source, arguments))})", source(answer)) for arguments, answer in shown]
    roll = rng.random()
    if roll < 0.72:
        heading = rng.choice(("", "", "", "Examples:\n    ", "Example:\n    "))
        # A doctest that gives None prints nothing, so its expected line must not be there.
        lines = "\n    ".join(f">>> {call}" + (f"\n    {value}" if value != "None" else "") for call, value in pairs)
        return f"\n\n    {heading}{lines}\n    "
    if roll < 0.92:
        arrow = rng.choice((" -> ", " == ", " => ", " returns ", " = "))
        heading = rng.choice(("", "", "Examples:\n    ", "Example: "))
        return f"\n\n    {heading}" + "\n    ".join(f"{call}{arrow}{value}" for call, value in pairs) + "\n    "
    call, value = pairs[0]
    return rng.choice((f"\n\n    For example, {call} returns {value}.\n    ", f"\n\n    e.g. {call} -> {value}\n    "))

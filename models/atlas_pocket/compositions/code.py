"""Writes a chain of steps as the body of a Python function, in the styles people use."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal

from atlas_pocket.compositions.steps import Kind, Step

Style = Literal["expression", "steps", "loop"]
STYLES: tuple[Style, ...] = ("expression", "steps", "loop")

_LONGEST = 96
"""Characters of a line; longer ones are broken up."""
_ITEMS: dict[Kind, tuple[str, ...]] = {
    "str": ("ch", "c", "letter"),
    "strs": ("w", "word", "s", "text"),
    "rows": ("row", "r", "line"),
    "pairs": ("pair", "p", "entry"),
}
_NUMBERS = ("x", "v", "n", "num", "number_")
_FROM_GENERATOR = re.compile(r"\b(?:sum|min|max|sorted|any|all)\(@x\)")
_AS_ARGUMENT = re.compile(r"[\w.]\(@x[,)]")
_IDENTIFIER = re.compile(r"(?<![@\w.])[A-Za-z_]\w*")


@dataclass(slots=True, kw_only=True)
class _Comprehension:
    """Items on their way through filters and maps, not written yet."""

    kind: Kind
    source: str
    variable: str
    item: str
    conditions: list[str] = field(default_factory=list)

    def generator(self) -> str:
        """Return what stands between the brackets."""
        condition = " and ".join(f"({c})" if " or " in c else c for c in self.conditions)
        return f"{self.item} for {self.variable} in {self.source}" + (f" if {condition}" if condition else "")

    def text(self) -> str:
        """Return the expression."""
        if self.kind == "str":
            return f'"".join({self.generator()})'
        if self.kind == "intset":
            return "{" + self.generator() + "}"
        return f"[{self.generator()}]"


@cache
def identifiers(template: str) -> frozenset[str]:
    """Return the names that a template uses beside its parts: no parameter in it may be called so."""
    return frozenset(_IDENTIFIER.findall(template))


@lru_cache(maxsize=50_000)
def _is_atom(expression: str) -> bool:
    node = ast.parse(expression, mode="eval").body
    return isinstance(
        node,
        ast.Name
        | ast.Call
        | ast.Subscript
        | ast.Attribute
        | ast.List
        | ast.ListComp
        | ast.Set
        | ast.SetComp
        | ast.Dict
        | ast.DictComp
        | ast.Tuple
        | ast.Constant,
    )


def _put(template: str, hole: str, expression: str) -> str:
    """Put an expression into a template, in brackets where it has to be."""
    marker = f"@{hole}"
    whole = template == marker or (
        bool(_AS_ARGUMENT.search(template.replace(marker, "@x"))) and template.count(marker) == 1
    )
    safe = whole or expression.isidentifier() or (template != marker and _is_atom(expression))
    return template.replace(marker, expression if safe else f"({expression})")


class _Body:
    """The lines of a body as they are written."""

    def __init__(self, parameters: Sequence[str], codes: Sequence[str]) -> None:
        self.lines: list[str] = []
        self.taken = set(parameters) | {name for code in codes for name in identifiers(code)}
        self.value = parameters[0]
        self.pending: _Comprehension | None = None

    def item_name(self, kind: Kind) -> str:
        return next(name for name in _ITEMS.get(kind, _NUMBERS) if name not in self.taken)

    def new_name(self, wanted: str) -> str:
        while wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted

    def settle(self) -> str:
        """Return the value as an expression, with the comprehension written out."""
        if self.pending is not None:
            self.value, self.pending = self.pending.text(), None
        return self.value

    def name_it(self, wanted: str) -> None:
        """Give the value a name, unless it has one."""
        if not self.settle().isidentifier():
            name = self.new_name(wanted)
            self.lines.append(f"{name} = {self.value}")
            self.value = name

    def add(self, step: Step, code: str, *, before: str) -> None:
        """Add a step to the expression; `before` names what it works on, where that needs a name."""
        if step.form == "whole":
            self._add_whole(code, before)
            return
        if self.pending is None or self.pending.item != self.pending.variable:
            if len(self.settle()) > _LONGEST // 2 or not (self.value.isidentifier() or _is_atom(self.value)):
                self.name_it(before)
            variable = self.item_name(step.takes)
            self.pending = _Comprehension(kind=step.gives, source=self.value, variable=variable, item=variable)
        if step.form == "filter":
            self.pending.conditions.append(_put(code, "v", self.pending.variable))
        else:
            self.pending.item = _put(code, "v", self.pending.variable)
            self.pending.kind = step.gives

    def _add_whole(self, code: str, before: str) -> None:
        uses = code.count("@x")
        if self.pending is not None and self.pending.kind not in ("str", "intset"):
            found = _FROM_GENERATOR.search(code)
            if uses == 1 and found and len(code) + len(self.pending.generator()) < _LONGEST:
                self.value, self.pending = code.replace("@x", self.pending.generator()), None
                return
        self.settle()
        quoted = 'f"' in code and '"' in self.value  # Python before 3.12 has no such quotes inside an f-string
        if (uses > 1 and not self.value.isidentifier()) or quoted or len(code) + len(self.value) > _LONGEST:
            self.name_it(before)
        self.value = _put(code, "x", self.value)

    def loop(self, run: Sequence[tuple[Step, str]], last: tuple[str, ...], *, kind: Kind, name: str) -> None:
        """Write filters and maps, and what is done with each item, as a loop."""
        self.settle()
        if len(self.value) > _LONGEST // 2:
            self.name_it("items")
        source, out = self.value, self.new_name(name)
        item = self.item_name(run[0][0].takes if run else kind)
        self.taken.add(item)
        self.lines += [last[0].replace("@out", out), f"for {item} in {source}:"]
        indent = "    "
        uses = sum(line.count("@v") for line in last[1:])
        for position, (step, code) in enumerate(run):
            text = _put(code, "v", item)
            if step.form == "filter":
                self.lines.append(f"{indent}if {text}:")
                indent += "    "
            elif position == len(run) - 1 and uses <= 1:
                item = text
            else:
                item = self.new_name("made")
                self.lines.append(f"{indent}{item} = {text}")
        for line in last[1:]:
            lead = line[: len(line) - len(line.lstrip())]
            self.lines.append(indent + lead + _put_statement(line.lstrip(), item).replace("@out", out))
        self.value = out

    def text(self) -> str:
        """Return the body, indented, with its `return`."""
        return "\n".join("    " + line for line in [*self.lines, f"return {self.settle()}"])


def _put_statement(line: str, item: str) -> str:
    safe = item.isidentifier() or _is_atom(item) or line.endswith((".append(@v)", ".add(@v)", "+= @v", "*= @v"))
    return line.replace("@v", item if safe else f"({item})")


_COLLECT: Mapping[str, tuple[str, str]] = {
    "str": ('@out = ""', "@out += @v"),
    "intset": ("@out = set()", "@out.add(@v)"),
}


def body(
    steps: Sequence[Step],
    codes: Sequence[str],
    *,
    parameters: Sequence[str],
    style: Style,
    loops: Callable[[Step], tuple[str, ...]],
    missed: int = -1,
) -> str | None:
    """Return the body, indented by four spaces; None where this style has nothing of its own to offer.

    Args:
        steps: the steps; the first works on `parameters[0]` (and `parameters[1]` as `@y`).
        codes: the code chosen for each, its constants put in; empty where only a loop says it.
        parameters: names of the data parameters first, then of all others.
        style: how to write it.
        loops: the loop of a step with its constants put in.
        missed: the step whose code is a near miss, so that its loop does not say the same.
    """
    codes = [
        code.replace("@y", parameters[1]) if number == 0 and len(parameters) > 1 else code
        for number, code in enumerate(codes)
    ]
    writer = _Body(parameters, [*codes, *(line for step in steps for line in step.loop)])
    span = _looped(steps, missed) if style == "loop" else None
    if style == "loop" and span is None:
        return None
    names = ["", *(step.variable or "value" for step in steps)]
    number = 0
    while number < len(steps):
        step = steps[number]
        if span is not None and number == span[0]:
            end = span[1]
            run = [(steps[k], codes[k]) for k in range(number, end) if steps[k].form != "whole"]
            closing = steps[end - 1]
            last = (
                loops(closing)
                if closing.form == "whole"
                else _COLLECT.get(closing.gives, ("@out = []", "@out.append(@v)"))
            )
            writer.loop(run, last, kind=step.takes, name="result" if end == len(steps) else names[end])
            number = end
            continue
        if not codes[number]:  # only a loop says it
            writer.loop(
                [], loops(step), kind=step.takes, name="result" if number == len(steps) - 1 else names[number + 1]
            )
        else:
            writer.add(step, codes[number], before=names[number])
            if style == "steps" and number < len(steps) - 1:
                writer.name_it(names[number + 1])
        number += 1
    return writer.text()


def _looped(steps: Sequence[Step], missed: int) -> tuple[int, int] | None:
    """Return the part of the steps that one loop can do: the last run over items, with a whole that ends it."""
    for end in range(len(steps), 0, -1):
        closing = steps[end - 1]
        start = end - 1
        if closing.form == "whole" and (not closing.loop or end - 1 == missed):
            continue
        if closing.takes not in ("str", "ints", "floats", "strs", "rows", "pairs", "intset"):
            continue
        while start > 0 and steps[start - 1].form != "whole":
            if (
                closing.form == "whole"
                and steps[start - 1].form == "map"
                and steps[start - 1].gives in ("intset", "str")
            ):
                break  # equal items of a set are one, and a character may become two: a loop would count others
            start -= 1
        return start, end
    return None

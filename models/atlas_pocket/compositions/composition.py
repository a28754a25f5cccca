"""A composition of steps, and a problem drawn from it: its names, constants, words, bodies and near misses."""

from __future__ import annotations

import builtins
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from atlas_pocket.compositions.code import STYLES, body, identifiers
from atlas_pocket.compositions.drawing import draw, draw_two, parameter_names
from atlas_pocket.compositions.misses import near_misses
from atlas_pocket.compositions.phrasing import Teller
from atlas_pocket.compositions.steps import ANNOTATIONS, LISTS, Constant, Kind, Step, fill
from atlas_pocket.names import function_name, made_up_name
from atlas_pocket.problem import Parameter, Problem, Tier
from atlas_pocket.rendering import source

_MOST_DIGITS = 6
_TRIES = 20
_MOST_DRAWS = 400
EXPANDING = frozenset({"up_to", "below", "countdown", "divisors", "stars", "numbers_between"})
"""Steps that make as much of a number as it says."""
MOST_EXPANDED = 2000
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Chain:
    """A composition: what it works on and the steps in order."""

    kinds: tuple[Kind, ...]
    steps: tuple[Step, ...]
    called: tuple[str, ...] = ()
    """Its key, where it is not named after its steps."""
    level: Tier | None = None

    @cached_property
    def key(self) -> tuple[str, ...]:
        """Return what identifies it."""
        return self.called or ("chain", "+".join(self.kinds), *(step.name for step in self.steps))

    @property
    def tier(self) -> Tier:
        """Return how hard it is."""
        if self.level is not None:
            return self.level
        nested = "rows" in self.kinds or any(step.gives == "rows" for step in self.steps)
        return 3 if len(self.steps) == 3 or (nested and len(self.steps) == 2) else 2 if len(self.steps) == 2 else 1

    def stages(self, data: Values, constants: Sequence[Values]) -> list[Any]:
        """Return the value after each step.

        Raises:
            ValueError: there is no answer.
        """
        value = data[0] if len(data) == 1 else data
        stages = []
        for step, given in zip(self.steps, constants, strict=True):
            for constant, has in zip(step.constants.values(), given, strict=True):
                if constant.least is not None and has < constant.least:
                    raise ValueError(f"{has} is below {constant.least}, the least that has an answer")
            if step.name in EXPANDING and isinstance(value, int) and value > MOST_EXPANDED:
                raise ValueError(f"{value} is too many: at most {MOST_EXPANDED} are counted out")
            try:
                value = step(value, *given)
            except (ArithmeticError, LookupError, TypeError, StopIteration, AttributeError) as error:
                raise ValueError(f"no answer: {error}") from error
            stages.append(value)
        return stages

    def draw_data(self, rng: random.Random) -> Values:
        """Return arguments for the data parameters."""
        flavour = next((step.flavour for step in self.steps if step.flavour), "")
        if len(self.kinds) == 1:
            return (draw(self.kinds[0], rng, flavour),)
        return draw_two(self.kinds, rng, self.steps[0].flavour)  # type: ignore[arg-type]


def draw_problem(chain: Chain, rng: random.Random) -> Problem:
    """Draw the wording, names and constants of a chain; constants with which there is hardly ever an answer are not taken.

    Raises:
        NoArgumentsError: none of those tried is any good.
    """
    for _ in range(_TRIES - 1):
        try:
            return Drawn(chain, rng).problem()
        except NoArgumentsError:
            continue
    return Drawn(chain, rng).problem()


class NoArgumentsError(Exception):
    """No arguments were found on which a composition has an answer."""


class Drawn:
    """A chain with its names and constants chosen."""

    def __init__(self, chain: Chain, rng: random.Random) -> None:
        """Draw names and constants; constants become parameters about half of the time."""
        self.chain, self.rng = chain, rng
        reserved = frozenset().union(*map(_reserved, chain.steps))
        self.data = self._data_names(reserved)
        taken = {*self.data}
        self.extra: list[tuple[str, Constant, int]] = []  # parameters beside the data: name, constant, step
        self.given: list[dict[str, Any]] = []  # constants of each step that are values
        self.called: list[dict[str, str]] = []  # constants of each step that are parameters, by name
        room = 3 - len(self.data)
        for number, step in enumerate(chain.steps):
            values: dict[str, Any] = {}
            names: dict[str, str] = {}
            asked = (
                bool(step.constants)
                and rng.random() < 0.5
                and len([c for c in step.constants.values() if c.names]) <= room
            )
            for letter, constant in step.constants.items():
                if asked and constant.names:
                    name = self._free(constant.names, taken | reserved, made_up_rate=0.12)
                    taken.add(name)
                    names[letter] = name
                    self.extra.append((name, constant, number))
                    room -= 1
                else:
                    values[letter] = constant.draw(rng)
            self.given.append(values)
            self.called.append(names)

    def _data_names(self, reserved: frozenset[str]) -> list[str]:
        names: list[str] = []
        for position, kind in enumerate(self.chain.kinds):
            usual = parameter_names(kind, second=position > 0)
            names.append(self._free(usual, {*names, *reserved}, made_up_rate=0.15))
        return names

    def _free(self, usual: Sequence[str], taken: set[str] | frozenset[str], *, made_up_rate: float) -> str:
        """Return a usual name or a made-up one that is not taken."""
        for _ in range(50):
            name = made_up_name(self.rng) if self.rng.random() < made_up_rate else self.rng.choice(usual)
            if name not in taken:
                return name
        return next(name for name in ("first_", "other_", "third_") if name not in taken)

    def constants(self, arguments: Values) -> list[Values]:
        """Return the constants of each step for a call."""
        extra = {
            (number, name): value
            for (name, _, number), value in zip(self.extra, arguments[len(self.data) :], strict=True)
        }
        return [
            tuple(
                extra[number, self.called[number][letter]]
                if letter in self.called[number]
                else self.given[number][letter]
                for letter in step.constants
            )
            for number, step in enumerate(self.chain.steps)
        ]

    def stages(self, arguments: Values) -> list[Any]:
        """Return the value after each step of a call."""
        if len(arguments) != len(self.data) + len(self.extra):
            raise ValueError(f"{len(arguments)} arguments for {len(self.data) + len(self.extra)} parameters")
        return self.chain.stages(arguments[: len(self.data)], self.constants(arguments))

    def reference(self, *arguments: Any) -> Any:
        """Return the answer."""
        return self.stages(arguments)[-1]

    def draw(self, rng: random.Random) -> Values:
        """Return arguments for which there is an answer.

        Both answers of a test, both sides of a branch, are about equally likely; little is left on the way to the answer
        only now and then.
        """
        wish, fallback = rng.random() < 0.5, None
        for attempt in range(_MOST_DRAWS):
            if fallback is not None and attempt > _MOST_DRAWS // 8:
                break
            arguments = (*self.chain.draw_data(rng), *(constant.draw(rng) for _, constant, _ in self.extra))
            try:
                stages = self.stages(arguments)
            except ValueError:
                continue
            fallback = arguments
            if any(isinstance(stage, int) and abs(stage) >= 10**_MOST_DIGITS for stage in stages):
                continue
            if self._decision(arguments, stages) not in (wish, None):
                continue
            if all(stage not in ([], "", {}, set()) for stage in stages) or rng.random() < 0.25:
                return arguments
        if fallback is None:
            raise NoArgumentsError(f"no arguments found on which {self.chain.key} has an answer")
        return fallback

    def _decision(self, arguments: Values, stages: Sequence[Any]) -> bool | None:
        """Return what a test or the condition of a branch gives; None where there is neither."""
        last = self.chain.steps[-1]
        if last.decides is not None:
            return last.decides(arguments[0], *self.constants(arguments)[-1])
        return stages[-1] if last.gives == "bool" else None

    def worked(self, arguments: Values) -> Sequence[str]:
        """Return the arguments, the values on the way, and the answer or the running values that end with it."""
        stages, constants = self.stages(arguments), self.constants(arguments)
        lines = [", ".join(source(argument) for argument in arguments), *(source(stage) for stage in stages)]
        last = self.chain.steps[-1]
        if last.trace is not None:
            before = stages[-2] if len(stages) > 1 else arguments[0]
            lines[-1:] = last.trace(before, *constants[-1]).split(" > ")
        return lines

    def problem(self) -> Problem:
        """Return the problem with its words and bodies."""
        chain, rng = self.chain, self.rng
        spoken = [self._parts(number, spoken=True) for number in range(len(chain.steps))]
        teller = Teller(chain.steps, self.data, spoken, chain.kinds, rng)
        sentence = teller.sentence()
        thought = next((step.thought for step in reversed(chain.steps) if step.thought), "")
        if thought and sentence.endswith(".") and rng.random() < 0.1:
            sentence = f"{sentence} {thought}"
        parameters = [
            Parameter(name=name, annotation=ANNOTATIONS[kind])
            for name, kind in zip(self.data, chain.kinds, strict=True)
        ]
        parameters += [Parameter(name=name, annotation=constant.annotation) for name, constant, _ in self.extra]
        returns = ANNOTATIONS[chain.steps[-1].gives]
        if None in self.given[-1].values():
            returns += " | None"
        name = self._name()
        if name in _reserved(chain.steps[0]) or name in self._names or hasattr(builtins, name):
            name = f"{name}_of"  # a body may call itself, or the builtin
        bodies = self._blocks(name) if self.chain.steps[0].blocks else self._bodies()
        return Problem(
            key=chain.key,
            tier=chain.tier,
            name=name,
            parameters=tuple(parameters),
            returns=returns,
            sentence=sentence,
            bodies=bodies,
            wrong=near_misses(
                self._wrong_bodies(bodies, name), [p.name for p in parameters], self.reference, self.draw, rng, name
            ),
            reference=self.reference,
            draw=self.draw,
            plan=teller.plan(),
            worked=self.worked,
            properties=self._properties(returns),
            thought=thought,
        )

    def _name(self) -> str:
        if self.rng.random() < 0.55:
            return function_name(self.rng)
        hints = [step.hint or step.name for step in self.chain.steps]
        last, *rest = reversed(hints)
        words = [last, *reversed(rest)]
        return "_".join(dict.fromkeys("_".join(words).split("_")))

    def _parts(self, number: int, *, spoken: bool) -> Mapping[str, str]:
        step, rng = self.chain.steps[number], self.rng
        parts = dict(self.called[number])
        quote = rng.choice(("'", "'", '"', "`"))
        for letter, value in self.given[number].items():
            quoted = step.constants[letter].annotation == "str"
            parts[letter] = str(value) if not quoted else f"{quote}{value}{quote}" if spoken else '"' + value + '"'
        return parts

    def _code(self, number: int, template: str) -> str:
        return fill(template, self._parts(number, spoken=False))

    def _loop(self, step: Step) -> tuple[str, ...]:
        number = self.chain.steps.index(step)
        return tuple(self._code(number, line) for line in step.loop)

    @property
    def _names(self) -> list[str]:
        return [*self.data, *(name for name, _, _ in self.extra)]

    def _blocks(self, name: str, *, wrong: bool = False) -> tuple[str, ...]:
        """Return the bodies of a step that brings its own."""
        step = self.chain.steps[0]
        parts = {**self._parts(0, spoken=False), "x": self.data[0], "self": name}
        if len(self.data) > 1:
            parts["y"] = self.data[1]
        called = f"@self(item{''.join(f', {other}' for other, _, _ in self.extra)})"
        texts_ = (
            fill(text.replace("@self(item)", called), parts) for text in (step.wrong_blocks if wrong else step.blocks)
        )
        return tuple(dict.fromkeys("\n".join("    " + line for line in text.splitlines()) for text in texts_))

    def _bodies(self) -> tuple[str, ...]:
        written: dict[str, None] = {}
        for style in STYLES:
            codes = [
                self._code(k, self.rng.choice(step.code)) if step.code else ""
                for k, step in enumerate(self.chain.steps)
            ]
            text = body(self.chain.steps, codes, parameters=self._names, style=style, loops=self._loop)
            if text is not None:
                written[text] = None
        return tuple(written)

    def _wrong_bodies(self, right: tuple[str, ...], name: str) -> list[str]:
        """Return bodies with one step mistaken, left out, or in the wrong place; some may happen to be right."""
        steps = self.chain.steps
        if steps[0].blocks:
            return [text for text in self._blocks(name, wrong=True) if text not in right]
        usual = [self._code(k, step.code[0]) if step.code else "" for k, step in enumerate(steps)]
        changed: list[tuple[tuple[Step, ...], list[str], int]] = []
        for number, step in enumerate(steps):
            grows = any(later.name in EXPANDING for later in steps[number + 1 :])
            changed += [
                (steps, [*usual[:number], self._code(number, miss), *usual[number + 1 :]], number)
                for miss in (() if grows else step.misses)
            ]
            if any(step.name in EXPANDING for step in steps[1:]):
                continue  # without the step before it, it would be asked for millions of items
            if len(steps) > 1 and step.takes == step.gives and not (number == 0 and len(self.chain.kinds) > 1):
                changed.append(((*steps[:number], *steps[number + 1 :]), [*usual[:number], *usual[number + 1 :]], -1))
            if (
                number
                and steps[number - 1].takes == step.takes == step.gives == steps[number - 1].gives
                and not (number == 1 and len(self.chain.kinds) > 1)
            ):
                order = [*range(number - 1), number, number - 1, *range(number + 1, len(steps))]
                changed.append((tuple(steps[k] for k in order), [usual[k] for k in order], -1))
        texts_ = [
            body(
                some, codes, parameters=self._names, style=self.rng.choice(STYLES[:2]), loops=self._loop, missed=missed
            )
            for some, codes, missed in changed
        ]
        return [text for text in dict.fromkeys(texts_) if text is not None and text not in right]

    def _properties(self, returns: str) -> tuple[str, ...]:
        steps, last = self.chain.steps, self.chain.steps[-1]
        parts = dict(self._parts(len(steps) - 1, spoken=False))
        if len(steps) == 1:
            parts |= {"x": self.data[0]}
        found = [fill(text, parts) for text in last.properties]
        if all(step.form == "filter" for step in steps):
            found.append(f"len(result) <= len({self.data[0]})")
        if all(step.form == "map" and step.gives in LISTS - {"intset"} for step in steps):
            found.append(f"len(result) == len({self.data[0]})")
        plain = returns.split("[")[0]
        if plain in ("int", "str", "bool", "list", "dict", "set", "tuple"):
            found.append(f"isinstance(result, {plain})")
        return tuple(text for text in found if "@" not in text.replace("'@", ""))


@cache
def _reserved(step: Step) -> frozenset[str]:
    """Return the names that the code of a step uses itself."""
    return frozenset().union(
        *(identifiers(line) for line in (*step.code, *step.misses, *step.loop, *step.blocks, *step.wrong_blocks))
    )

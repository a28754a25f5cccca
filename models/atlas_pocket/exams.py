"""What a pocket model is measured on: functions of the world with hidden tests from their reference."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from atlas_bench.suites import load
from atlas_bench.suites.hidden import load_hidden
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import FunctionTask
from atlas_pipeline.sandbox import Outcome, canonical
from atlas_pocket.corpus import Drawer, Part
from atlas_pocket.problem import Tier
from atlas_pocket.rendering import cases, render_task
from atlas_pocket.running import RunError, run

HIDDEN_TESTS = 20
_IMPORTS = "from __future__ import annotations\n\nfrom typing import *\n\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """One function to be written."""

    name: str
    task: FunctionTask
    tier: Tier
    has_examples: bool
    tests: tuple[tuple[str, str], ...]
    """Calls and the canonical text of their answers, never shown to the model."""
    reference: Callable[..., Any]

    def value(self, call: str) -> Any:
        """Return a call's answer.

        Raises:
            ValueError: the reference has none, or it is no plain call.
        """
        try:
            tree = ast.parse(call, mode="eval").body
            if not isinstance(tree, ast.Call) or tree.keywords:
                raise ValueError(f"{call} is no call with positional arguments")
            return self.reference(*(ast.literal_eval(argument) for argument in tree.args))
        except (SyntaxError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
            raise ValueError(f"the reference has no answer to {call}") from error

    def answer(self, call: str) -> str | None:
        """Return the canonical text of a call's answer; None where there is none."""
        try:
            return canonical(self.value(call))
        except ValueError:
            return None

    def is_right(self, outcomes: Sequence[Outcome]) -> bool:
        """Tell whether these are the answers to all hidden tests; no outcome at all is wrong."""
        return bool(outcomes) and all(
            found.value == value for found, (_, value) in zip(outcomes, self.tests, strict=True)
        )


def of_suite(name: str) -> list[Exam]:
    """Return the functions of a frozen suite; its solutions are what self-written tests are compared with.

    Raises:
        ValueError: there is no such suite.
    """
    hidden = load_hidden(name)
    exams = []
    for task in load(name):
        document = Document(task.source)
        answers = hidden[task.id]
        function = make_task(document, document.named(task.name))
        exams.append(
            Exam(
                name=task.id,
                task=function,
                tier=cast("Tier", task.tier),
                has_examples=task.examples,
                tests=tuple(answers.tests),
                reference=_solution(function, answers.solution),
            )
        )
    return exams


def _solution(task: FunctionTask, body: str) -> Callable[..., Any]:
    def reference(*arguments: Any) -> Any:
        try:
            return run(task.name, task.parameters, body, arguments)
        except RunError as error:
            raise ValueError(f"the solution raises {error.name}") from error

    return reference


def drawn(parts: Sequence[Part], *, n: int, seed: int, held: bool) -> list[Exam]:
    """Draw `n` functions of one side of the split, every second one with examples."""
    rng = random.Random(seed)
    drawer = Drawer(parts, held=held)
    exams: list[Exam] = []
    while len(exams) < n:
        wanted = bool(len(exams) % 2)
        shown = render_task(drawer.draw(rng), rng, examples=wanted)
        tests = cases(shown.problem, rng, HIDDEN_TESTS)
        if "(self" in shown.header or bool(shown.shown) != wanted or len(tests) < 3:
            continue
        document = Document(f"{_IMPORTS}{shown.header}\n")
        if document.named(shown.name).problem:  # a made-up name may begin with "test_", and nobody solves a test
            continue
        exams.append(
            Exam(
                name="/".join(shown.problem.key),
                task=make_task(document, document.named(shown.name)),
                tier=shown.problem.tier,
                has_examples=wanted,
                tests=tuple((shown.call(arguments), canonical(answer)) for arguments, answer in tests),
                reference=shown.problem.reference,
            )
        )
    return exams

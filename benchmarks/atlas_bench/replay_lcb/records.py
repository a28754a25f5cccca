"""What the replay hands to the scorer. Nothing in it comes from a label."""

from __future__ import annotations

from typing import Literal

import msgspec


class Output(msgspec.Struct, kw_only=True):
    """One recorded output: its code and what it did on the examples."""

    model: str
    sample: int
    code: str
    """Empty where none was extracted."""
    reason: str = ""
    """Why none was."""
    statuses: list[str] = []
    """Of each example."""
    actual: list[str] = []
    passes_every_example: bool = False
    """False where there is none."""
    example_fails: bool = False
    """One is evidence against the program: not a mere other answer where the statement accepts several."""
    mutated: list[str] = []
    """Behaviour on each mutated input, or the kind of error; only where the examples left a tie."""
    mutated_cpu_s: list[float] = []


class Choice(msgspec.Struct, kw_only=True):
    """Which output was chosen, by position, and which were equally good before the fixed order decided."""

    picked: int
    tied: list[int]


class TaskFindings(msgspec.Struct, kw_only=True):
    """One task."""

    question_id: str
    form: Literal["stdin", "class"]
    examples: int
    unread: list[str]
    any_answer: bool
    outputs: list[Output]
    by_examples: Choice
    by_agreement: Choice


class Findings(msgspec.Struct, kw_only=True):
    """Everything."""

    tasks: list[TaskFindings]
    cpu_s: float
    sandbox_layers: list[str]

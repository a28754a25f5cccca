"""Sets of functions written by hand, with what their answers are checked against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from random import Random
from typing import Any

Arguments = tuple[Any, ...]


class Difficulty(Enum):
    """What a usual solution looks like; a loop has conditions in it."""

    ONE_LINE = "one line"
    FEW_LINES = "few lines"
    LOOP = "loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A function's answers, and the inputs it is checked on."""

    answer: Callable[..., object]
    arguments: Callable[[Random], Arguments]
    """Draws the arguments of one call."""
    edges: tuple[Arguments, ...] = ()
    """Arguments of calls that are made in any case."""
    difficulty: Difficulty = Difficulty.ONE_LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSet:
    """Functions without bodies in one file, and a reference for each."""

    name: str
    file: str
    """The file in this package."""
    references: Mapping[str, Reference]

    def text(self) -> str:
        """Return the file's text."""
        return (resources.files("atlas_bench") / self.file).read_text(encoding="utf-8")

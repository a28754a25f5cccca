"""What the sandbox has to know of a language: find functions, build, run, compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


class BuildError(Exception):
    """The source cannot be made into a program; that is an outcome of the program, not a fault of ours."""

    def __init__(self, message: str, line: int, type_name: str = "SyntaxError") -> None:
        super().__init__(message)
        self.line = line
        """1-based."""
        self.type_name = type_name


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFunction:
    """A function in a document."""

    qualname: str
    """`Class.method` for methods."""
    start: int
    """Character offset of the definition, `export` and decorators included."""
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A program that the runtime takes."""

    source: str
    """Lines and columns are those of what it was built from."""
    is_module: bool = False
    """An ECMAScript module, which the runtime treats differently."""


class Language(Protocol):
    """One language. It holds no state."""

    name: str
    suffixes: tuple[str, ...]
    runtime: Literal["forkserver", "node"]
    """Where its programs are run: forked from a warm interpreter, or in a new node."""

    def functions(self, source: str) -> list[FoundFunction]:
        """Return the functions of a document, in order; of a broken document those that can be told."""
        ...

    def build(self, source: str) -> Built:
        """Return what the runtime is to load.

        Raises:
            BuildError: it is not a program of this language, or not one that can be run.
        """
        ...

    def call(self, expression: str) -> Mapping[str, object]:
        """Return what the runtime is told of a call besides its text, so that it can watch the arguments."""
        ...

    def literal(self, text: str) -> str:
        """Return the canonical text of a literal, to be compared with a returned value.

        Raises:
            ValueError: it is not a literal.
        """
        ...

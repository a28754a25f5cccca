"""What the model sees of a project around a function: records and the two Protocols."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from atlas_pipeline.context.files import WorkspaceFiles
from atlas_pipeline.records import FunctionTask

CHARACTERS_PER_TOKEN = 3.0
"""For estimating tokens before a model is loaded. It errs on the large side: the Qwen2 vocabulary has 4.2 characters a
token on this package and on the standard library, 3.7 on tests."""


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a text takes."""
    return -int(-len(text) // CHARACTERS_PER_TOKEN)


class Kind(IntEnum):
    """What a piece is, in order of importance: the budget is spent from the top."""

    IMPORTS = 1
    """Says which names the body may use."""
    CLASS = 2
    """The enclosing class: fields, `__init__`, signatures of the other methods."""
    TYPE = 3
    """A type that the signature names."""
    HELPER = 4
    """A function, class or constant that the body calls or the docstring names."""
    RELATED_TYPE = 5
    """A base of the enclosing class, or the type of a field of one of the types above."""
    SIBLING = 6
    """Another function beside this one, with a docstring."""
    PASSAGE = 7
    """Found by ranked retrieval over the workspace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of the context."""

    kind: Kind
    name: str
    path: str
    """Relative to the workspace; empty for the document itself."""
    line: int
    """Line (0-based) where it begins."""
    why: str
    """Why it is there, for the report."""
    text: str
    tokens: int
    """Estimated."""
    shortened: bool = False
    """The budget had no room for its longest form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A part for which the budget had no room, not even at its shortest."""

    kind: Kind
    name: str
    path: str
    why: str
    tokens: int
    """Estimated, at its shortest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The pieces that fit the budget, in the order in which they are shown."""

    pieces: tuple[Piece, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]
    """What was not looked at, and why."""

    def render(self) -> str:
        """Return the prompt field `context`: one block of code, pieces of other files under a comment with their path."""
        blocks: list[str] = []
        path = ""
        for piece in self.pieces:
            label = f"# {piece.path}\n" if piece.path and piece.path != path else ""
            path = piece.path
            blocks.append(label + piece.text)
        return "\n\n".join(blocks)

    @property
    def tokens(self) -> int:
        """Estimated tokens of what `render` returns."""
        return estimated_tokens(self.render())


class ContextSource(Protocol):
    """Finds what a model should see of the project around a function."""

    def gather(self, task: FunctionTask, *, tokens: int) -> Context:
        """Return the context of `task`, at most `tokens` (estimated) long. Reads files; never runs or imports code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of a file of the workspace."""

    path: str
    line: int
    text: str
    why: str


class Retriever(Protocol):
    """Ranks parts of the workspace by what they say about a task."""

    def passages(self, task: FunctionTask, files: WorkspaceFiles) -> Iterator[Passage]:
        """Yield passages, best first. It is asked for more only while the budget has room."""

"""Python: run by the warm forkserver."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Literal

from ..canonical import canonical
from .api import Built, FoundFunction


class Python:
    """CPython 3.8 and later."""

    name = "python"
    suffixes: tuple[str, ...] = (".py", ".pyw")
    runtime: Literal["forkserver", "node"] = "forkserver"

    def functions(self, source: str) -> list[FoundFunction]:
        """Return the functions of a document."""
        from atlas_pipeline.functions import Document  # which needs the canonical text of examples, so the sandbox

        document = Document(source)
        return [
            FoundFunction(qualname=function.qualname, start=function.start, end=function.end)
            for function in document.functions()
        ]

    def build(self, source: str) -> Built:
        """Return the source as it is: the interpreter in the jail is the judge of it."""
        return Built(source=source)

    def call(self, expression: str) -> Mapping[str, object]:
        """Return nothing: the runner parses Python itself."""
        del expression
        return {}

    def literal(self, text: str) -> str:
        """Return the canonical text of a literal.

        Raises:
            ValueError: it is not a literal.
        """
        try:
            return canonical(ast.literal_eval(text))
        except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
            raise ValueError(f"{text[:80]!r} is no Python literal") from error

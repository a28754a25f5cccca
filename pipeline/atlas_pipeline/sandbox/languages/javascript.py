"""JavaScript: CommonJS and ECMAScript modules, run by node under bubblewrap."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from ..canonical import canonical
from . import syntax
from .api import Built, FoundFunction


class JavaScript:
    """What node 18 and later runs. JSX is not JavaScript: it is refused by node itself."""

    name = "javascript"
    suffixes: tuple[str, ...] = (".js", ".mjs", ".cjs")
    runtime: Literal["forkserver", "node"] = "node"

    def functions(self, source: str) -> list[FoundFunction]:
        """Return the functions of a document."""
        return syntax.functions(syntax.parse(source.encode(errors="surrogatepass")))

    def build(self, source: str) -> Built:
        """Return the source as it is; whether it is a module is told by its imports and exports, not by a suffix."""
        root = syntax.parse(source.encode(errors="surrogatepass"))
        return Built(source=source, is_module=syntax.is_module(root))

    def call(self, expression: str) -> Mapping[str, object]:
        """Return the parts of a call."""
        parts = syntax.call_parts(expression)
        return {"parts": parts} if parts else {}

    def literal(self, text: str) -> str:
        """Return the canonical text of a JSON value, or of `undefined`.

        Raises:
            ValueError: it is neither.
        """
        return "<undefined>" if text.strip() == "undefined" else canonical(json.loads(text))

"""Builds the program that is run: the document with the body in place, reduced to what the function needs.

The top level is cut down to imports, definitions and constants that are reachable from the function and from the calls
that test it, so that solving a function in a script does not run the script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from atlas_pipeline.edit import replacement, solved_document
from atlas_pipeline.functions import Document
from atlas_pipeline.records import FunctionTask
from atlas_pipeline.sandbox.api import Program

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_KEYWORDS = frozenset(("import", "from", "as"))
_BINDING_STATEMENTS = {
    "import_statement",
    "import_from_statement",
    "function_definition",
    "class_definition",
    "decorated_definition",
    "if_statement",
    "try_statement",
    "with_statement",
    "for_statement",
    "type_alias_statement",
}


@dataclass(frozen=True, slots=True)
class _Part:
    """A top-level statement with the names it binds and the names it mentions."""

    text: str
    binds: frozenset[str]
    mentions: frozenset[str]
    always: bool = False


class ProgramBuilder:
    """Builds the programs of one task; what does not depend on the candidate is worked out once."""

    def __init__(self, task: FunctionTask) -> None:
        self.task = task
        document = Document(task.source)
        self._before: list[_Part] = []
        self._after: list[_Part] = []
        self._prefix, self._suffix = "", ""
        for node in document.root.children:
            start, end = document.character(node.start_byte), document.character(node.end_byte)
            if start <= task.start < end:
                self._prefix = task.source[start : task.body.start]
                self._suffix = task.source[task.body.end : max(end, task.body.end)]
            elif (part := _part(node.type, document.node_text(node))) is not None:
                (self._before if start < task.start else self._after).append(part)

    def reduced(self, body: str, calls: Iterable[str]) -> Program:
        """Return the program cut down to what the function and the calls reach."""
        function = self._prefix + replacement(self.task, body) + self._suffix
        needed = set(_IDENTIFIER.findall(function))
        for call in calls:
            needed.update(_IDENTIFIER.findall(call))
        parts = self._before + self._after
        chosen: set[int] = {i for i, part in enumerate(parts) if part.always}
        grew = True
        while grew:
            grew = False
            for i, part in enumerate(parts):
                if i not in chosen and part.binds & needed:
                    chosen.add(i)
                    needed |= part.mentions
                    grew = True
        before = [part.text for i, part in enumerate(self._before) if i in chosen]
        after = [part.text for i, part in enumerate(self._after, start=len(self._before)) if i in chosen]
        source = "\n".join([*before, function, *after]) + "\n"
        return self._program(source.replace("\r\n", "\n"))

    def whole(self, body: str) -> Program:
        """Return the whole document with the body in place, for documents that cannot be cut down."""
        return self._program(solved_document(self.task, body).replace("\r\n", "\n"))

    def _program(self, source: str) -> Program:
        return Program(source=source, module_name=self.task.module_name, path=self.task.path)


def _part(kind: str, text: str) -> _Part | None:
    mentions = frozenset(_IDENTIFIER.findall(text))
    if kind == "future_import_statement" or re.match(r"from\s+\S+\s+import\s+\*", text):
        return _Part(text, frozenset(), mentions, always=True)
    if kind == "if_statement" and "__name__" in text.split(":")[0]:
        return None
    if kind in _BINDING_STATEMENTS:
        return _Part(text, _bound_names(kind, text), mentions)
    if kind == "expression_statement":
        target = re.match(
            r"([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*(?:\.[^\W\d]\w*)*(?:\[[^\n]*?\])?\s*(?::[^=\n]+)?(?:[-+*/|&]?=)(?!=)",
            text,
        )
        if target:
            return _Part(text, frozenset(_IDENTIFIER.findall(target[1])), mentions)
    return None


def _bound_names(kind: str, text: str) -> frozenset[str]:
    if kind in ("import_statement", "import_from_statement"):
        # Over-approximates: every name in the statement counts as bound, so nothing needed is left out.
        return frozenset(_IDENTIFIER.findall(text)) - _KEYWORDS
    if kind in ("function_definition", "class_definition", "decorated_definition"):
        head = re.search(r"^[ \t]*(?:async\s+)?(?:def|class)\s+([^\W\d]\w*)", text, re.M)
        return frozenset([head[1]] if head else [])
    names = re.findall(r"^[ \t]*([^\W\d]\w*)\s*(?::[^=\n]+)?=(?!=)", text, re.M)
    names += re.findall(r"^[ \t]*(?:async\s+)?(?:def|class)\s+([^\W\d]\w*)", text, re.M)
    for line in re.findall(r"^[ \t]*(?:from\s+\S+\s+)?import\s+(.+)$", text, re.M):
        names += _IDENTIFIER.findall(line)
    names += re.findall(r"\bas\s+([^\W\d]\w*)", text)
    names += re.findall(r"^type\s+([^\W\d]\w*)", text, re.M)
    return frozenset(names) - _KEYWORDS

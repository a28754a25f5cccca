"""Writes cases that the user confirmed into the docstring, as doctests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from atlas_pipeline import layout
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, Function
from atlas_pipeline.outline import docstring_node
from atlas_pipeline.records import ExpectedKind, TestCase

_QUOTES = re.compile(r"(?P<prefix>[rRuU]?)(?P<quotes>\"\"\"|''')")


def insertion(document: Document, function: Function, cases: Sequence[TestCase]) -> tuple[int, str]:
    """Return where in the document which text has to be inserted, so that the docstring ends with `cases`.

    Raises:
        UsageError: there is no docstring that takes them.
    """
    node = docstring_node(document.node_of(function))
    if node is None:
        raise UsageError(f"{function.qualname} has no docstring to add examples to")
    source = document.node_text(node)
    opened = _QUOTES.match(source)
    if opened is None:
        raise UsageError(f"the docstring of {function.qualname} has no triple quotes, so it takes no further lines")
    newline = "\r\n" if "\r\n" in document.text else "\n"
    start = document.character(node.start_byte)
    line = document.text.rfind("\n", 0, start) + 1
    indent = layout.indentation(document.text[line:])
    if document.text[line:start].strip():  # the docstring shares the line of the signature
        indent += "\t" if "\t" in indent else layout.UNIT
    lines = [indent + text for case in cases for text in _doctest(case)]
    added = newline.join(lines)
    if opened["quotes"] in added or (opened["prefix"] in ("r", "R") and "\\" in added):
        raise UsageError("the confirmed cases contain quotes or backslashes that this docstring cannot hold")
    if not opened["prefix"]:
        added = added.replace("\\", "\\\\")
    end = document.character(node.end_byte) - len(opened["quotes"])
    last = document.text.rfind("\n", 0, end) + 1
    if last > start and not document.text[last:end].strip():
        return last, f"{newline if not _ends_with_example(source) else ''}{added}{newline}"
    return end, f"{newline}{newline}{added}{newline}{indent}"


def _doctest(case: TestCase) -> list[str]:
    expected = case.expected
    if expected is None or expected.kind is not ExpectedKind.VALUE or "\n" in case.call + expected.shown:
        raise UsageError(f"{case.call} cannot be written as an example of one line")
    return [f">>> {case.call}", expected.shown] if expected.shown != "None" else [f">>> {case.call} is None", "True"]


def _ends_with_example(source: str) -> bool:
    """Tell whether the docstring's last lines are an example already, so that no blank line is needed."""
    lines = [line.strip() for line in source.rstrip("\"'").rstrip().split("\n")]
    return any(line.startswith(">>>") for line in lines[-2:])

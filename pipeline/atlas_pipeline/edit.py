"""Puts a candidate's body into its document."""

from __future__ import annotations

from atlas_pipeline import layout
from atlas_pipeline.records import FunctionTask


def replacement(task: FunctionTask, body: str) -> str:
    """Return the text that replaces characters `task.body.start` to `task.body.end` of the document."""
    slot = task.body
    text = layout.indent(body, by=slot.indent, unit=slot.unit)
    return slot.lead.removesuffix(slot.indent) + text.replace("\n", slot.newline)


def solved_document(task: FunctionTask, body: str) -> str:
    """Return the whole document with the body in place."""
    return task.source[: task.body.start] + replacement(task, body) + task.source[task.body.end :]


def solved_function(task: FunctionTask, body: str) -> str:
    """Return the whole function as it will stand in the file, dedented, with Unix line ends."""
    line_start = task.source.rfind("\n", 0, task.start) + 1
    kept = task.source[line_start : task.body.start]
    return layout.dedent((kept + replacement(task, body)).replace("\r\n", "\n")) + "\n"

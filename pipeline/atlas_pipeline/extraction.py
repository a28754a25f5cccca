"""Takes the body of a function out of model text: the one place where code leaves model text.

Models think aloud, fence, repeat the signature or not, add helpers and imports, talk around the code, and stop in the
middle. What comes out is a body, dedented, four spaces a level, that parses; or the reason why there is none.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from tree_sitter import Node

from atlas_pipeline import layout
from atlas_pipeline.functions import Document, is_stub
from atlas_pipeline.records import FunctionTask

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*(?:```|~~~)[ \t]*$|\Z)", re.S | re.M)


MOST_CHARACTERS = 40_000
"""A longer answer is no function; parsing it would hold up everything else."""
_MOST_DROPPED_LINES = 20
"""An answer that was cut off may lose its last statement, not its second half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A body, or None and the reason."""

    body: str | None
    reason: str = ""


def extract_body(text: str, task: FunctionTask, *, truncated: bool = False) -> Extracted:
    """Return the body that `text` proposes for the task's function.

    Args:
        text: What the model wrote.
        task: The function that was asked for.
        truncated: The model was cut off, so a last incomplete statement may be dropped.
    """
    answer = _without_thinking(text.replace("\r\n", "\n"))
    if answer is None:
        return Extracted(body=None, reason="the answer ended while the model was still thinking")
    sources = [match[2] for match in _FENCE.finditer(answer)] or [answer]
    definition = re.compile(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(task.name)}[ \t]*\(", re.M)
    sources.sort(key=lambda source: definition.search(source) is None)  # stable: those with the function first
    reason = "the answer holds no code"
    for source in sources:
        body = _from_definition(source, task) if definition.search(source) else _from_body(source, truncated=truncated)
        if body is None:
            reason = "the code in the answer does not parse"
            continue
        if not _does_something(body):
            reason = "the answer is an empty body"
            continue
        return Extracted(body=body)
    return Extracted(body=None, reason=reason)


def _without_thinking(text: str) -> str | None:
    if "</think>" in text:
        return text.rsplit("</think>", 1)[1]
    return None if "<think>" in text else text


def _from_definition(source: str, task: FunctionTask) -> str | None:
    source = layout.dedent(source)
    document = Document(source)
    found = [f for f in document.functions() if f.name == task.name and "<locals>" not in f.qualname]
    for function in found:
        node = document.node_of(function)
        if node.has_error or is_stub(document, node):
            continue
        block = node.child_by_field_name("body")
        if block is None:
            continue
        body = _block_text(document, node, block)
        extra = _helpers(document, task, body)
        whole = f"{extra}\n{body}" if extra else body
        if _parses(whole):
            return whole
    return None


def _block_text(document: Document, node: Node, block: Node) -> str:
    """Return the statements of a definition without its docstring, dedented."""
    statements = list(block.named_children)
    first = statements[0]
    if first.type == "expression_statement" and first.named_children and first.named_children[0].type == "string":
        statements = statements[1:]
    if not statements:
        return ""
    start = document.character(statements[0].start_byte)
    line_start = document.text.rfind("\n", 0, start) + 1
    if not document.text[line_start:start].strip():
        start = line_start
    text = document.text[start : document.character(block.end_byte)]
    return layout.normalise_unit(layout.dedent(text)).rstrip()


def _helpers(document: Document, task: FunctionTask, body: str) -> str:
    """Return the answer's own imports and helpers that the body needs and the document does not have."""
    used = set(re.findall(r"[^\W\d]\w*", body))
    present = set(re.findall(r"[^\W\d]\w*", task.source))
    chosen: list[str] = []
    for child in reversed(document.root.named_children):
        text = document.node_text(child)
        if child.type in ("import_statement", "import_from_statement"):
            names = set(re.findall(r"[^\W\d]\w*", text)) - {"from", "import", "as"}
            wanted = bool(names & used) and f"\n{text}\n" not in f"\n{task.source}\n"
        elif child.type in ("function_definition", "class_definition", "decorated_definition", "expression_statement"):
            head = re.search(r"(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=]+)?=", text)
            name = (head[1] or head[2]) if head else None
            wanted = name is not None and name != task.name and name in used and name not in present
            wanted = wanted and name != (task.receiver or "").split(".")[-1]
        else:
            wanted = False
        if wanted:
            chosen.append(layout.normalise_unit(text))
            used |= set(re.findall(r"[^\W\d]\w*", text))
    return "\n".join(reversed(chosen))


def _from_body(source: str, *, truncated: bool) -> str | None:
    lines = _until_unindented(source.strip("\n").rstrip()).split("\n")
    if len(source) > MOST_CHARACTERS:
        return None
    for _ in range(_MOST_DROPPED_LINES if truncated else 1):
        if not lines:
            break
        text = "\n".join(lines)
        for attempt in (text, _first_line_indented(lines)):
            body = layout.normalise_unit(layout.dedent(attempt)).strip("\n")
            if _parses(body):
                return body
        lines.pop()
    return None


def _until_unindented(source: str) -> str:
    """Cut an indented continuation at its end, where the model goes on with other top-level code."""
    lines = source.split("\n")
    if not layout.indentation(lines[0]):
        return source
    fixed = layout.string_lines(source)
    for number, line in enumerate(lines):
        if line.strip() and not layout.indentation(line) and number not in fixed:
            return "\n".join(lines[:number]).rstrip()
    return source


def _first_line_indented(lines: list[str]) -> str:
    """Return the text as it is where the prompt already held the first line's indentation."""
    rest = [layout.indentation(line) for line in lines[1:] if line.strip()]
    return "\n".join([min(rest, key=len, default="") + lines[0].lstrip(), *lines[1:]])


def _parses(body: str) -> bool:
    try:
        ast.parse(f"async def _():\n{layout.indent(body, by=layout.UNIT)}\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(body.strip())


def _does_something(body: str) -> bool:
    document = Document(f"def _():\n{layout.indent(body, by=layout.UNIT)}\n")
    functions = document.functions()
    return bool(functions) and not is_stub(document, document.node_of(functions[0]))

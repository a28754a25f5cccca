"""Puts a candidate's body into its document."""

from __future__ import annotations

import ast
import re

from atlas_pipeline import layout
from atlas_pipeline.errors import UsageError
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


def present_body(task: FunctionTask) -> str:
    """Return the body that stands in the document, in the form of a `Candidate.body`; comments are lost.

    Raises:
        UsageError: it is not Python.
    """
    start = task.source.rfind("\n", 0, task.start) + 1
    return body_of(task.source[start : task.body.end], task.qualname)


def body_of(text: str, qualname: str) -> str:
    """Return the body of a function as Python prints it: without its docstring, comments and blank lines.

    Args:
        text: the function, from the start of its first line.
        qualname: for the message.

    Raises:
        UsageError: it is not Python.
    """
    try:
        parsed = ast.parse(layout.dedent(text.replace("\r\n", "\n"))).body
        function = next(n for n in parsed if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    except (SyntaxError, ValueError, RecursionError, StopIteration) as error:
        raise UsageError(f"the body of {qualname} cannot be read: {error}") from error
    statements = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return "\n".join(ast.unparse(statement) for statement in statements) or "pass"


_PROBE = "atlas_probe = 0"


def check_layout(task: FunctionTask) -> None:
    """Check that replacing the body changes this function and nothing else, as Python itself reads the text.

    tree-sitter and Python disagree about rare layouts (a backslash or a form feed before the docstring, an f-string in
    its place); there an edit could leave old statements behind or put new ones outside of the function.

    Raises:
        UsageError: it would not.
    """
    try:
        before, after = _trees(task)
        function = _function_at(before, task)
        body = function.body
        first = body[0]
        documented = (
            isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
        )
        function.body = [*(body[:1] if documented else []), *ast.parse(_PROBE).body]
        same = ast.dump(before) == ast.dump(after)
    except (SyntaxError, ValueError, RecursionError, LookupError, StopIteration):
        same = False
    if not same:
        raise UsageError(
            f"{task.qualname} is laid out in a way that cannot be edited safely: "
            "put the docstring on a line of its own, indented, without backslashes"
        )


def _trees(task: FunctionTask) -> tuple[ast.Module, ast.Module]:
    """Return the trees of the document before and after; of the function alone where the document has errors elsewhere."""
    solved = solved_document(task, _PROBE)
    try:
        return ast.parse(task.source), ast.parse(solved)
    except (SyntaxError, ValueError):
        start = task.source.rfind("\n", 0, task.start) + 1
        grown = len(solved) - len(task.source)
        cut = (task.source[start : task.body.end], solved[start : task.body.end + grown])
        one, two = (ast.parse(layout.dedent(text.replace("\r\n", "\n"))) for text in cut)
        return one, two


def _function_at(tree: ast.Module, task: FunctionTask) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """Return the definition in the tree; of several of the same name the one at the task's place."""
    named = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == task.name
    ]
    if len(named) == 1:
        return named[0]
    line = len(re.findall(r"\r\n|\n|\r", task.source[: task.start])) + 1
    return next(node for node in named if min([node.lineno, *(d.lineno for d in node.decorator_list)]) == line)

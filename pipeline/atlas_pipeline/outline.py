"""What a definition looks like from outside, at several lengths: whole, signature and docstring, signature.

Works on tree-sitter nodes, so on documents that are broken elsewhere too. Every text is dedented, line ends normalised.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from tree_sitter import Node

from atlas_pipeline import layout

IMPORTS = ("import_statement", "import_from_statement", "future_import_statement")
_MOST_CONSTANT = 400
"""Characters of an assignment that is shown; the rest of a long table says little."""


class Source(Protocol):
    """A parsed document."""

    def node_text(self, node: Node) -> str:
        """Return the source of a node."""


def with_decorators(node: Node) -> Node:
    """Return the definition with its decorators."""
    parent = node.parent
    return parent if parent is not None and parent.type == "decorated_definition" else node


def definition_of(node: Node) -> Node:
    """Return the function or class inside its decorators."""
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else None
    return inner if inner is not None else node


def statements(node: Node) -> list[Node]:
    """Return the statements of a definition's body."""
    block = node.child_by_field_name("body")
    return [child for child in block.named_children if child.type != "comment"] if block is not None else []


def docstring_node(node: Node) -> Node | None:
    """Return the statement that is the docstring of a function or class."""
    inside = statements(node)
    if not inside or inside[0].type != "expression_statement":
        return None
    strings = inside[0].named_children
    if len(strings) == 1 and strings[0].type in ("string", "concatenated_string"):
        return inside[0]
    return None


def enclosing_class(node: Node) -> Node | None:
    """Return the class that a function stands in directly."""
    parent = with_decorators(node).parent
    outer = parent.parent if parent is not None and parent.type == "block" else None
    return outer if outer is not None and outer.type == "class_definition" else None


def name_of(source: Source, node: Node) -> str:
    """Return the name a definition binds, empty where a syntax error swallowed it."""
    name = definition_of(node).child_by_field_name("name")
    return source.node_text(name) if name is not None else ""


def text_of(source: Source, node: Node) -> str:
    """Return the dedented source of a node."""
    return layout.normalise_unit(dedented(source, node))


def dedented(source: Source, node: Node) -> str:
    """Return the source of a node without the indentation it stands in; it parses alone."""
    return _dedented(source.node_text(node), node)


def function_forms(source: Source, node: Node) -> tuple[str, ...]:
    """Return a function at falling length: whole, signature with docstring, with its first line, signature."""
    outer, inner = with_decorators(definition_of(node)), definition_of(node)
    return _distinct(
        text_of(source, outer),
        _signature(source, inner, docstring=True),
        _signature(source, inner, first_line=True),
        _signature(source, inner),
    )


def signature_forms(source: Source, node: Node) -> tuple[str, ...]:
    """Return a function without its body, at falling length."""
    return function_forms(source, node)[1:] or function_forms(source, node)


def class_forms(
    source: Source, node: Node, *, without: Node | None = None, whole: Collection[str] = ()
) -> tuple[str, ...]:
    """Return a class at falling length: fields, `__init__`, signatures; the shortest has neither bodies nor docstrings.

    Args:
        source: the document.
        node: the class.
        without: a method that is left out.
        whole: names of methods that the longest form shows with their bodies.
    """
    return _distinct(
        _class(source, node, without, whole={"__init__", *whole}, docstrings=True),
        _class(source, node, without, whole={"__init__"}, docstrings=False),
        _class(source, node, without, whole=(), docstrings=False),
    )


def assignment_form(source: Source, node: Node) -> str:
    """Return an assignment, cut where it is long."""
    text = text_of(source, node)
    return text if len(text) <= _MOST_CONSTANT else text[:_MOST_CONSTANT].rstrip() + " ..."


def _dedented(text: str, node: Node) -> str:
    text = text.replace("\r\n", "\n")
    return layout.dedent(("\t" if "\n\t" in text else " ") * node.start_point.column + text)


def _distinct(*forms: str) -> tuple[str, ...]:
    """Return the forms without those that are no shorter than the one before."""
    kept: list[str] = []
    for form in forms:
        if not kept or len(form) < len(kept[-1]):
            kept.append(form)
    return tuple(kept)


def _head(source: Source, node: Node) -> str:
    """Return the decorators and the line up to the colon."""
    colon = next((child for child in node.children if child.type == ":"), node)
    outer = with_decorators(node)
    cut = colon.end_byte - outer.start_byte
    text = source.node_text(outer).encode("utf-8", "surrogatepass")[:cut].decode("utf-8", "surrogatepass")
    return layout.normalise_unit(_dedented(text, outer))


def _signature(source: Source, node: Node, *, docstring: bool = False, first_line: bool = False) -> str:
    head, described = _head(source, node), docstring_node(node)
    if described is None or not (docstring or first_line):
        return f"{head} ..."
    text = text_of(source, described)
    if first_line and "\n" in text:
        quote = text[-3:] if text.endswith(('"""', "'''")) else ""
        text = text.split("\n")[0].rstrip() + quote
    return f"{head}\n{layout.indent(text, by=layout.UNIT)}\n{layout.UNIT}..."


def _class(source: Source, node: Node, without: Node | None, whole: Collection[str], *, docstrings: bool) -> str:
    inner = definition_of(node)
    lines: list[str] = []
    described = docstring_node(inner)
    if described is not None and docstrings:
        lines.append(text_of(source, described))
    for child in statements(inner):
        definition = definition_of(child)
        if definition == without or child == described:
            continue
        if definition.type == "function_definition":
            name = name_of(source, child)
            shown = text_of(source, child) if name in whole else _signature(source, definition, first_line=docstrings)
            lines.append(shown)
        elif definition.type != "class_definition" and child.type == "expression_statement":
            lines.append(assignment_form(source, child))
    body = "\n".join(layout.indent(line, by=layout.UNIT) for line in lines) or f"{layout.UNIT}..."
    return f"{_head(source, inner)}\n{body}"

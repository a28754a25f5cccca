"""Syntax trees of JavaScript and TypeScript; the TypeScript grammars read both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import tree_sitter
import tree_sitter_typescript

from .api import BuildError, FoundFunction

_FUNCTIONS = ("function_declaration", "generator_function_declaration", "method_definition")
_FUNCTION_VALUES = ("arrow_function", "function_expression", "generator_function", "function")
_MODULE = ("import_statement", "export_statement")


@cache
def _parser(with_jsx: bool) -> tree_sitter.Parser:
    grammar = tree_sitter_typescript.language_tsx if with_jsx else tree_sitter_typescript.language_typescript
    return tree_sitter.Parser(tree_sitter.Language(grammar()))


def parse(source: bytes, *, with_jsx: bool = False) -> tree_sitter.Node:
    """Return the root of the tree; it may hold errors. Without JSX, `<T>x` is a type assertion."""
    return _parser(with_jsx).parse(source).root_node


def check(root: tree_sitter.Node) -> None:
    """Raise on a document that does not parse.

    Raises:
        BuildError: at the first error.
    """
    if root.has_error:
        for node in walk(root):
            if node.is_error or node.is_missing:
                text = (node.text or b"").decode(errors="replace")[:40]
                said = f"{node.type} expected" if node.is_missing else f"unexpected {text!r}"
                raise BuildError(said, node.start_point[0] + 1)


def walk(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """Yield every node below and with `root`, parents first."""
    todo = [root]
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(node.children)


def is_module(root: tree_sitter.Node) -> bool:
    """Say whether the document is an ECMAScript module: it imports or exports at its top level."""
    return any(node.type in _MODULE for node in root.children)


def functions(root: tree_sitter.Node) -> list[FoundFunction]:
    """Return the named functions at the top level and in classes there."""
    return [found for node in root.children for found in _functions_of(node, "")]


def _functions_of(node: tree_sitter.Node, prefix: str) -> Iterator[FoundFunction]:
    declared = node
    if node.type == "export_statement":
        declared = node.child_by_field_name("declaration") or node.child_by_field_name("value") or node
    if declared.type in _FUNCTIONS:
        if declared.child_by_field_name("body") is not None:
            yield _found(prefix + _name(declared), node)
    elif declared.type in ("lexical_declaration", "variable_declaration"):
        for child in declared.named_children:
            value = child.child_by_field_name("value")
            if child.type == "variable_declarator" and value is not None and value.type in _FUNCTION_VALUES:
                yield _found(prefix + _name(child), node)
    elif declared.type in ("class_declaration", "abstract_class_declaration", "class"):
        body = declared.child_by_field_name("body")
        for member in body.named_children if body is not None else []:
            yield from _functions_of(member, _name(declared) + ".")


def _name(node: tree_sitter.Node) -> str:
    name = node.child_by_field_name("name")
    return (name.text or b"").decode(errors="replace") if name is not None else "default"


def _found(qualname: str, node: tree_sitter.Node) -> FoundFunction:
    root = node
    while root.parent is not None:
        root = root.parent
    code = root.text or b""
    # `surrogatepass` is for lone surrogates, as on the way in.
    start, end = (len(code[:at].decode(errors="surrogatepass")) for at in (node.start_byte, node.end_byte))
    return FoundFunction(qualname=qualname, start=start, end=end)


def call_parts(expression: str) -> dict[str, object]:
    """Return receiver, function and arguments of a plain call as texts, nothing for any other expression."""
    root = parse(f"({expression}\n)".encode())
    statement = root.children[0] if len(root.children) == 1 else None
    node = statement.children[0] if statement is not None and statement.type == "expression_statement" else None
    if root.has_error or node is None or node.type != "parenthesized_expression" or node.named_child_count != 1:
        return {}
    call = node.named_children[0]
    function, given = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if call.type != "call_expression" or function is None or given is None or given.type != "arguments":
        return {}
    if any(child.type in ("spread_element", "comment") for child in given.named_children) or b"?." in (
        call.text or b""
    ):
        return {}
    parts: dict[str, object] = {"arguments": [_text(child) for child in given.named_children]}
    if function.type == "member_expression":
        holder, name = function.child_by_field_name("object"), function.child_by_field_name("property")
        if holder is None or name is None or holder.type == "super" or name.type != "property_identifier":
            return {}
        return {**parts, "receiver": _text(holder), "property": _text(name)}
    return {**parts, "function": _text(function)} if function.type == "identifier" else {}


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode(errors="replace")

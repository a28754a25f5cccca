"""TypeScript: its types are blanked out, then it is run like JavaScript.

Only what can be erased is TypeScript here, as in node's own `--experimental-strip-types` (22.6; 20 has none) and for the
same reason: every other character stays where it is, so lines in traces are right, and nothing is translated that could
be translated wrongly. Enums, namespaces with values, parameter properties, `import =`, decorators and JSX need a
compiler and are refused by name. Erasing here, by the grammar that the editor's side uses anyway, needs neither the
project's compiler nor a new node, and runs no code of the project's. Types are not checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import tree_sitter

from . import syntax
from .api import BuildError, Built
from .javascript import JavaScript

_STATEMENTS = ("interface_declaration", "type_alias_declaration", "ambient_declaration", "function_signature")
_MEMBERS = ("abstract_method_signature", "method_signature", "index_signature")
_TYPES = (
    "type_annotation",
    "type_parameters",
    "type_arguments",
    "implements_clause",
    "accessibility_modifier",
    "override_modifier",
    "asserts_annotation",
    "type_predicate_annotation",
)
_UNERASABLE = {
    "enum_declaration": "an enum",
    "internal_module": "a namespace",
    "module": "a namespace",
    "import_require_clause": "`import x = require(...)`",
    "import_alias": "`import x = y`",
    "decorator": "a decorator",
    "jsx_element": "JSX",
    "jsx_self_closing_element": "JSX",
}
_JOINS = b"([`+-/*,."  # what would be read as going on with the line before
Cut = tuple[int, int, bytes]


class TypeScript(JavaScript):
    """TypeScript whose types can be erased."""

    name = "typescript"
    suffixes: tuple[str, ...] = (".ts", ".mts", ".cts", ".tsx")
    runtime: Literal["forkserver", "node"] = "node"

    def build(self, source: str) -> Built:
        """Return the JavaScript, in the same place.

        Raises:
            BuildError: it does not parse, or holds what cannot be erased.
        """
        code = source.encode(errors="surrogatepass")
        root = syntax.parse(code)
        if root.has_error and not syntax.parse(code, with_jsx=True).has_error:
            root = syntax.parse(code, with_jsx=True)
        syntax.check(root)
        text = bytearray(code)
        for start, end, last in _cuts(root, code):
            blank = bytes(byte if byte in b"\r\n" else 0x20 for byte in code[start:end])
            text[start:end] = blank[: len(blank) - len(last)] + last if last and end > start else blank
        return Built(source=text.decode(errors="surrogatepass"), is_module=syntax.is_module(root))


def _cuts(root: tree_sitter.Node, code: bytes) -> Iterator[Cut]:
    """Yield what is to be blanked: from, to, and the text that its end is to be."""
    todo = [root]
    while todo:
        node = todo.pop()
        if node.type in _UNERASABLE and not (node.type == "module" and node.child_count == 0):
            raise BuildError(
                f"{_UNERASABLE[node.type]} needs a compiler; only types that can be erased are run here",
                node.start_point[0] + 1,
                "UnsupportedSyntax",
            )
        cuts = list(_own_cuts(node, code))
        yield from cuts
        if not any(start <= node.start_byte and node.end_byte <= end for start, end, _ in cuts):
            todo += reversed(node.children)


def _own_cuts(node: tree_sitter.Node, code: bytes) -> Iterator[Cut]:
    kind = node.type
    if kind in _STATEMENTS or (kind in ("export_statement", "import_statement") and _is_type_only(node)):
        # The semicolon keeps the lines around from being read as one statement.
        yield node.start_byte, node.end_byte, b";"
    elif kind in _MEMBERS or (kind == "public_field_definition" and _has(node, "declare", "abstract")):
        yield node.start_byte, node.end_byte, b";"
    elif kind == "type_annotation" and _is_arrows(node) and b"\n" in code[node.start_byte : node.end_byte]:
        # No line may end between `)` and `=>`: the bracket goes to the end of the type.
        before = node.prev_sibling
        assert before is not None
        yield before.end_byte - 1, node.end_byte, b")"
    elif kind in _TYPES:
        yield node.start_byte, node.end_byte, b""
    elif kind in ("as_expression", "satisfies_expression"):
        value, operator = node.children[0], node.children[1]
        if operator.type == "as" and node.children[-1].type == "const":
            operator = node.children[1]
        yield max(value.end_byte, operator.start_byte - 1), node.end_byte, _end_of_line(node, code)
    elif kind == "non_null_expression":
        yield node.end_byte - 1, node.end_byte, b""
    elif kind in ("import_specifier", "export_specifier") and node.children[0].type == "type" and node.child_count > 1:
        yield node.start_byte, _with_comma(node), b""
    elif kind in ("required_parameter", "optional_parameter"):
        yield from _parameter_cuts(node)
    elif kind in ("public_field_definition", "method_definition", "variable_declarator", "abstract_class_declaration"):
        for child in node.children:
            if child.type in ("readonly", "?", "!", "abstract"):
                yield child.start_byte, child.end_byte, b""


def _parameter_cuts(node: tree_sitter.Node) -> Iterator[Cut]:
    if _has(node, "accessibility_modifier", "readonly", "override_modifier"):
        raise BuildError(
            "a parameter property needs a compiler; only types that can be erased are run here",
            node.start_point[0] + 1,
            "UnsupportedSyntax",
        )
    if node.children[0].type == "this":
        yield node.start_byte, _with_comma(node), b""
        return
    for child in node.children:
        if child.type == "?":
            yield child.start_byte, child.end_byte, b""


def _is_type_only(node: tree_sitter.Node) -> bool:
    declared = node.child_by_field_name("declaration")
    return _has(node, "type") or (declared is not None and declared.type in _STATEMENTS)


def _is_arrows(node: tree_sitter.Node) -> bool:
    before = node.prev_sibling
    return (
        node.parent is not None
        and node.parent.type == "arrow_function"
        and before is not None
        and before.type == "formal_parameters"
    )


def _has(node: tree_sitter.Node, *kinds: str) -> bool:
    return any(child.type in kinds for child in node.children)


def _with_comma(node: tree_sitter.Node) -> int:
    after = node.next_sibling
    return after.end_byte if after is not None and after.type == "," else node.end_byte


def _end_of_line(node: tree_sitter.Node, code: bytes) -> bytes:
    """Return a semicolon where a type ends a statement and the next line would be read as going on with it."""
    rest = code[node.end_byte :]
    following = rest.lstrip()
    on_next_line = b"\n" in rest[: len(rest) - len(following)]
    return b";" if on_next_line and following[:1] and following[0] in _JOINS else b""

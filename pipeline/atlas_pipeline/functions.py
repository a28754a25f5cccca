"""Finds functions in a Python document with tree-sitter, and cuts one out as a `FunctionTask`.

Works on documents with syntax errors elsewhere. All offsets in the interface are characters; tree-sitter's bytes stay
inside this module.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from atlas_pipeline import layout, outline
from atlas_pipeline.edit import check_layout
from atlas_pipeline.errors import UsageError
from atlas_pipeline.examples import read_examples
from atlas_pipeline.outline import docstring_node as _docstring_node
from atlas_pipeline.outline import statements as _statements
from atlas_pipeline.outline import with_decorators as _with_decorators
from atlas_pipeline.records import BodySlot, FunctionTask

_CONTEXT_CHARACTERS = 4000
_NO_BODY = {"overload": "an overload has no body", "abstractmethod": "an abstract method has no body to solve"}

_HOLD_STATEMENTS = frozenset(
    """module block class_definition function_definition decorated_definition if_statement elif_clause else_clause
    for_statement while_statement with_statement try_statement except_clause except_group_clause finally_clause
    match_statement case_clause ERROR""".split()
)
"""Nodes that can have a function somewhere below them."""


@lru_cache(maxsize=1)
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function in a document. `problem` says why it cannot be solved, None where it can."""

    qualname: str
    name: str
    start: int
    """Character offset of the function with its decorators."""
    end: int
    name_start: int
    name_end: int
    is_stub: bool
    fingerprint: str
    problem: str | None


class Document:
    """A parsed text. Parsing 5,000 lines takes about 12 ms: keep one `Document` per version."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ascii = text.isascii()
        self._data = text.encode("utf-8", "surrogatepass")
        self.root = _parser().parse(self._data).root_node
        self._functions: list[Function] | None = None

    def node_text(self, node: Node) -> str:
        """Return the source of a node."""
        return self._data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")

    def character(self, byte: int) -> int:
        """Return the character offset of a byte offset."""
        return byte if self._ascii else len(self._data[:byte].decode("utf-8", "surrogatepass"))

    def _byte(self, character: int) -> int:
        return character if self._ascii else len(self.text[:character].encode("utf-8", "surrogatepass"))

    def functions(self) -> list[Function]:
        """Return every function of the document, in order; they are looked for once."""
        if self._functions is None:
            self._functions = [self._function(node) for node in self._definitions()]
        return self._functions

    def _definitions(self) -> list[Node]:
        found: list[Node] = []
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.type == "function_definition":
                found.append(node)
            if node.type in _HOLD_STATEMENTS or node.has_error:
                stack.extend(reversed(node.named_children))
        return found

    def at(self, offset: int) -> Function | None:
        """Return the innermost function around a character offset; blank lines belong to what stands above them."""
        byte = self._byte(self._anchor(offset))
        node: Node | None = self.root.descendant_for_byte_range(byte, byte)
        while node is not None:
            if node.type == "function_definition":
                return self._function(node)
            if node.type == "decorated_definition":
                definition = node.child_by_field_name("definition")
                if definition is not None and definition.type == "function_definition":
                    return self._function(definition)
            node = node.parent
        return None

    def _anchor(self, offset: int) -> int:
        """Move an offset out of white space, to where a node is."""
        offset = max(0, min(offset, len(self.text)))
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        line = self.text[start : end if end != -1 else len(self.text)]
        if line.strip():
            first = start + len(layout.indentation(line))
            last = start + len(line.rstrip()) - 1
            return min(max(offset, first), last)
        before = self.text[:start].rstrip()
        return max(0, len(before) - 1)

    def named(self, qualname: str) -> Function:
        """Return the function of that qualified name; the last one where several have it, as Python would.

        Raises:
            UsageError: there is none.
        """
        functions = self.functions()
        for function in reversed(functions):
            if function.qualname == qualname:
                return function
        known = ", ".join(dict.fromkeys(f.qualname for f in functions)) or "none"
        raise UsageError(f"no function {qualname!r} in this file; its functions are: {known}")

    def find(self, qualname: str, fingerprint: str) -> Function | None:
        """Return the function of that name whose text is still exactly what `fingerprint` was made of."""
        return next((f for f in self.functions() if (f.qualname, f.fingerprint) == (qualname, fingerprint)), None)

    def _function(self, node: Node) -> Function:
        outer = _with_decorators(node)
        name_node = node.child_by_field_name("name")
        name = self.node_text(name_node) if name_node is not None else ""
        anchor = name_node if name_node is not None else node
        parts, nested = _scope(self, node)
        return Function(
            qualname=".".join([*parts, name]),
            name=name,
            start=self.character(outer.start_byte),
            end=self.character(outer.end_byte),
            name_start=self.character(anchor.start_byte),
            name_end=self.character(anchor.end_byte),
            is_stub=is_stub(self, node),
            fingerprint=fingerprint(self.node_text(outer)),
            problem=self._problem(node, name, nested=nested),
        )

    def _problem(self, node: Node, name: str, *, nested: bool) -> str | None:
        if not name or node.has_error:
            return "the function has a syntax error"
        if nested:
            return "a nested function cannot be called from outside, so nothing about it can be tested"
        for decorator in _decorators(self, node):
            last = re.split(r"[.(]", decorator.removeprefix("@").split("(")[0])[-1]
            if last in _NO_BODY:
                return _NO_BODY[last]
            if last == "fixture":
                return "a fixture runs only inside its test framework"
        if name.startswith("test_"):
            return "a test is the evidence for other functions; it cannot be tested itself"
        if _docstring_node(node) is None and not _leading_comments(node):
            return "nothing says what it should do: add a docstring"
        return None

    def node_of(self, function: Function) -> Node:
        """Return the definition node of a function of this document."""
        byte = self._byte(function.name_start)
        node: Node | None = self.root.descendant_for_byte_range(byte, byte)
        while node is not None and node.type != "function_definition":
            node = node.parent
        if node is None:
            raise UsageError(f"{function.qualname} is not in this document")
        return node


def fingerprint(text: str) -> str:
    """Return the hash that identifies a function's text, line ends aside."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _decorators(document: Document, node: Node) -> list[str]:
    outer = _with_decorators(node)
    if outer is node:
        return []
    return [document.node_text(child) for child in outer.children if child.type == "decorator"]


def _scope(document: Document, node: Node) -> tuple[list[str], bool]:
    """Return the names of what encloses the function, outermost first, and whether a function is among them."""
    parts: list[str] = []
    nested = False
    parent = node.parent
    while parent is not None:
        if parent.type in ("class_definition", "function_definition"):
            name = parent.child_by_field_name("name")
            label = document.node_text(name) if name is not None else "?"
            if parent.type == "function_definition":
                nested = True
                label += ".<locals>"
            parts.append(label)
        parent = parent.parent
    return parts[::-1], nested


def _block(node: Node) -> Node | None:
    return node.child_by_field_name("body")


def _leading_comments(node: Node) -> list[Node]:
    """Return the comments between the signature or docstring and the first statement."""
    docstring, block = _docstring_node(node), _block(node)
    comments = [] if docstring is not None else [child for child in node.children if child.type == "comment"]
    for child in block.named_children if block is not None else []:
        if child == docstring:
            continue
        if child.type != "comment":
            break
        comments.append(child)
    return comments


def is_stub(document: Document, node: Node) -> bool:
    """Tell whether a body does nothing: empty, `pass`, `...` or `raise NotImplementedError`."""
    docstring = _docstring_node(node)
    for statement in _statements(node):
        if statement == docstring or statement.type == "pass_statement":
            continue
        text = document.node_text(statement)
        if text == "..." or re.fullmatch(r"raise\s+NotImplementedError(\(.*\))?", text, re.DOTALL):
            continue
        return False
    return True


def docstring_text(source: str) -> str:
    """Return the value of a docstring's source, dedented as `inspect.cleandoc` would."""
    try:
        value = ast.literal_eval(source.strip())
    except (ValueError, SyntaxError):
        return ""
    return inspect.cleandoc(value) if isinstance(value, str) else ""


def make_task(
    document: Document,
    function: Function,
    *,
    module_name: str = "module",
    path: str = "",
    version: int | None = None,
) -> FunctionTask:
    """Cut a function out of its document.

    Raises:
        UsageError: the function cannot be solved (`function.problem`), or not edited safely (`edit.check_layout`).
    """
    if function.problem is not None:
        raise UsageError(f"{function.qualname}: {function.problem}")
    node = document.node_of(function)
    docstring_node = _docstring_node(node)
    docstring = docstring_text(document.node_text(docstring_node)) if docstring_node is not None else ""
    parts, _ = _scope(document, node)
    slot, header_end = _slot(document, node)
    returns = node.child_by_field_name("return_type")
    returns_nothing = returns is not None and document.node_text(returns) == "None"
    first_line = document.text.count("\n", 0, document.character(docstring_node.start_byte)) if docstring_node else 0
    examples, unread = read_examples(
        docstring,
        name=function.name,
        is_method=bool(parts),
        prints=returns_nothing or bool(re.search(r"\bprints?\b", docstring, re.IGNORECASE)),
        document=document.text,
        first_line=first_line,
        parameters=_parameters(document, node, is_method=bool(parts)),
    )
    definition_start = document.character(node.start_byte)
    task = FunctionTask(
        qualname=function.qualname,
        name=function.name,
        language="python",
        source=document.text,
        module_name=module_name,
        path=path,
        decorators="\n".join(_decorators(document, node)),
        header=_for_the_model(_header(document.text, definition_start, header_end, slot), slot),
        docstring=docstring,
        context=_context(document, node),
        parameters=_parameters(document, node, is_method=bool(parts)),
        examples=examples,
        unread_examples=unread,
        start=function.start,
        body=slot,
        is_stub=function.is_stub,
        is_async=any(child.type == "async" for child in node.children),
        receiver=".".join(parts) or None,
        returns_nothing=returns_nothing,
        fingerprint=function.fingerprint,
        document_version=version,
    )
    check_layout(task)
    return task


def _header(text: str, start: int, end: int, slot: BodySlot) -> str:
    """Return signature and docstring as they will stand: a docstring beside the signature gets its own line."""
    kept = text[start : slot.start]
    return kept if slot.start >= end else kept + slot.lead.removesuffix(slot.newline + slot.indent)


def _for_the_model(header: str, slot: BodySlot) -> str:
    """Return a signature and docstring dedented, each level four spaces whatever the file's own, for prompts only."""
    lines = header.replace("\r\n", "\n").split("\n")
    unit = len(slot.unit.expandtabs(4))
    base = len(slot.indent.expandtabs(4)) - unit
    for number, line in enumerate(lines[1:], start=1):
        own = layout.indentation(line)
        levels, rest = divmod(max(len(own.expandtabs(4)) - base, 0), unit)
        lines[number] = layout.UNIT * levels + " " * rest + line[len(own) :] if line.strip() else ""
    return "\n".join(lines)


def _slot(document: Document, node: Node) -> tuple[BodySlot, int]:
    """Return the part a body replaces, and the character offset up to which the model sees the function."""
    text = document.text
    line_ends = re.search(r"\r\n|\n|\r", text[document.character(node.start_byte) :]) or re.search(r"\r\n|\n|\r", text)
    newline = line_ends[0] if line_ends else "\n"
    colon = next(child for child in node.children if child.type == ":")
    docstring, block = _docstring_node(node), _block(node)
    comments = _leading_comments(node)
    line_start = text.rfind("\n", 0, document.character(node.start_byte)) + 1
    base = layout.indentation(text[line_start:])
    first = comments[0] if comments and docstring is None else docstring
    if first is None:
        statements = _statements(node)
        first = statements[0] if statements else None
    own_line = first is not None and first.start_point[0] > colon.end_point[0]
    unit = "\t" if "\t" in base or (not base and "\n\t" in text) else layout.UNIT
    if own_line and first is not None:
        begins = text.rfind("\n", 0, document.character(first.start_byte)) + 1
        indent = layout.indentation(text[begins:])
        if indent.startswith(base) and len(indent) > len(base):
            unit = indent[len(base) :]
    else:
        indent = base + unit
    kept_byte, lead = colon.end_byte, newline + indent
    if docstring is not None and own_line:
        kept_byte = docstring.end_byte
    if comments:
        kept_byte = max(kept_byte, comments[-1].end_byte)
    header_end = document.character(kept_byte)
    if docstring is not None and not own_line:
        lead = f"{newline}{indent}{document.node_text(docstring)}{lead}"
        header_end = document.character(docstring.end_byte)
    start = document.character(kept_byte)
    end = max(start, document.character(block.end_byte) if block is not None else start)
    return BodySlot(start=start, end=end, lead=lead, indent=indent, unit=unit, newline=newline), header_end


def _parameters(document: Document, node: Node, *, is_method: bool) -> tuple[str, ...]:
    parameters = node.child_by_field_name("parameters")
    names: list[str] = []
    for child in parameters.named_children if parameters is not None else []:
        if child.type == "comment":
            continue
        identifier: Node | None = child.child_by_field_name("name") or child
        while identifier is not None and identifier.type != "identifier":
            identifier = identifier.named_children[0] if identifier.named_children else None
        if identifier is not None:
            names.append(document.node_text(identifier))
    if is_method and names and names[0] in ("self", "cls"):
        names = names[1:]
    return tuple(names)


def _context(document: Document, node: Node) -> str:
    """Return the imports, and for a method its class in outline; `context.gather` finds more."""
    parts = [
        "\n".join(document.node_text(child) for child in document.root.named_children if child.type in outline.IMPORTS)
    ]
    enclosing = outline.enclosing_class(node)
    if enclosing is not None:
        parts.append(outline.class_forms(document, enclosing, without=node)[0])
    return "\n\n".join(part for part in parts if part).replace("\r\n", "\n")[:_CONTEXT_CHARACTERS]

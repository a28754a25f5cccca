"""Gathers the context of a function: what belongs to it in its document and in the modules it imports.

The budget is spent from the most important kind of piece down (`Kind`); what does not fit whole is tried shorter, and
what does not fit at all is reported. The pieces are then shown in the order of a file: imports, other modules, the
document's own definitions, the enclosing class last. No code runs and nothing is imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from atlas_pipeline import outline
from atlas_pipeline.context.api import Context, Kind, LeftOut, Piece, Retriever, estimated_tokens
from atlas_pipeline.context.modules import Module, Modules
from atlas_pipeline.records import FunctionTask

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_SAID = re.compile(r"`([^\W\d][\w.]*)(?:\(\))?`|\b([^\W\d][\w.]*)\(")
"""How a docstring names code: in backticks, or as a call."""
_MOST_SIBLINGS = 12
_WHOLE_SIBLINGS = 600
"""Characters up to which a sibling's docstring is shown whole."""
_SEPARATOR = 2
"""Characters between two pieces."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A possible piece: its forms, longest first."""

    kind: Kind
    name: str
    module: Module
    node: Node | None
    why: str
    forms: tuple[str, ...]
    path: str
    line: int


class ProjectContext:
    """The `ContextSource` of the product."""

    def __init__(self, modules: Modules, *, retriever: Retriever | None = None, last: Kind = Kind.PASSAGE) -> None:
        """Start.

        Args:
            modules: of the task that is going to be asked for.
            retriever: fills what is left of the budget from the rest of the workspace; None leaves it.
            last: the least important kind of piece that is looked for.
        """
        self.modules = modules
        self.retriever = retriever
        self.last = last

    def gather(self, task: FunctionTask, *, tokens: int) -> Context:
        """Return the context of `task`, at most `tokens` (estimated) long."""
        finder = _Finder(task, self.modules)
        budget = _Budget(tokens)
        for kind, find in finder.in_order():
            if kind <= self.last:
                for wanted in find():
                    budget.take(wanted)
        files = self.modules.files
        if self.last >= Kind.PASSAGE and self.retriever is not None and files is not None:
            for passage in self.retriever.passages(task, files):
                module = self.modules.document
                forms = (passage.text,)
                taken = budget.take(
                    _Wanted(Kind.PASSAGE, "", module, None, passage.why, forms, passage.path, passage.line)
                )
                if not taken:
                    break
        return Context(pieces=budget.pieces(), left_out=tuple(budget.left_out), notes=self._notes())

    def _notes(self) -> tuple[str, ...]:
        files = self.modules.files
        if files is None:
            return ()
        notes = [f"{name} was not read: {refusal.value}" for name, refusal in sorted(files.refused.items())]
        return (*notes, files.incomplete) if files.incomplete else tuple(notes)


class _Budget:
    """Takes pieces while there is room. Counts characters, so that many small pieces are not each rounded up."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.left_out: list[LeftOut] = []
        self._taken: list[tuple[_Wanted, Piece]] = []
        self._text = 0
        self._labelled: set[str] = set()

    def take(self, wanted: _Wanted) -> bool:
        """Take the longest form that fits; return whether one did."""
        label = f"# {wanted.path}\n" if wanted.path else ""
        for position, form in enumerate(wanted.forms):
            added = len(label) + len(form) + _SEPARATOR
            if estimated_tokens("x" * (self._text + added)) <= self.tokens:
                self._text += added
                piece = Piece(
                    kind=wanted.kind,
                    name=wanted.name,
                    path=wanted.path,
                    line=wanted.line,
                    why=wanted.why,
                    text=form,
                    tokens=estimated_tokens(label + form),
                    shortened=position > 0,
                )
                self._taken.append((wanted, piece))
                return True
        shortest = estimated_tokens(wanted.forms[-1])
        self.left_out.append(
            LeftOut(kind=wanted.kind, name=wanted.name, path=wanted.path, why=wanted.why, tokens=shortest)
        )
        return False

    def pieces(self) -> tuple[Piece, ...]:
        """Return what was taken in the order of a file."""
        order = {Kind.IMPORTS: 0, Kind.PASSAGE: 1, Kind.CLASS: 4}
        ranked = sorted(
            (piece for _, piece in self._taken),
            key=lambda piece: (order.get(piece.kind, 2 if piece.path else 3), piece.path, piece.line),
        )
        return tuple(ranked)


class _Finder:
    """Finds the pieces of one task, each definition once, for the most important reason."""

    def __init__(self, task: FunctionTask, modules: Modules) -> None:
        self.task = task
        self.modules = modules
        self.module = modules.document
        document = self.module.document
        self.function = document.node_of(document.named(task.qualname))
        self.enclosing = outline.enclosing_class(self.function)
        self._seen: set[tuple[str, int]] = set()
        self._types: list[tuple[Module, Node, str]] = []

    def in_order(self) -> list[tuple[Kind, Callable[[], Iterator[_Wanted]]]]:
        """Return how each kind is found, most important first."""
        return [
            (Kind.IMPORTS, self.imports),
            (Kind.CLASS, self.enclosing_class),
            (Kind.TYPE, self.types),
            (Kind.HELPER, self.helpers),
            (Kind.RELATED_TYPE, self.related_types),
            (Kind.SIBLING, self.siblings),
        ]

    def imports(self) -> Iterator[_Wanted]:
        """Yield the document's imports; where they are too long, those that the function's text names."""
        nodes = [node for node in self.module.top_level if node.type in outline.IMPORTS]
        texts = [outline.text_of(self.module.document, node) for node in nodes]
        if not texts:
            return
        named = set(_DOTTED.findall(self.task.header.replace(".", " ")))
        fewer = [text for text in texts if named & set(_DOTTED.findall(text.replace(".", " ")))]
        forms = tuple(dict.fromkeys(("\n".join(texts), "\n".join(fewer)))) if fewer else ("\n".join(texts),)
        yield self._wanted(Kind.IMPORTS, "imports", self.module, nodes[0], "imports of the document", forms)

    def enclosing_class(self) -> Iterator[_Wanted]:
        """Yield the class around a method, with the bodies of the methods it calls or its docstring names."""
        if self.enclosing is None:
            return
        document = self.module.document
        whole = {name.rpartition(".")[2] for name in (*self._called(), *self._said())}
        forms = outline.class_forms(document, self.enclosing, without=self.function, whole=whole)
        name = outline.name_of(document, self.enclosing)
        self._seen.add((self.module.key, self.enclosing.start_byte))
        yield self._wanted(Kind.CLASS, name, self.module, self.enclosing, f"{self.task.name} is a method of it", forms)

    def types(self) -> Iterator[_Wanted]:
        """Yield the definitions of the types in the signature."""
        document = self.module.document
        for annotation in _annotations(self.function):
            for name in _DOTTED.findall(document.node_text(annotation)):
                for wanted in self._definition(Kind.TYPE, self.module, name, f"{name} is in the signature"):
                    self._remember_type(wanted)
                    yield wanted

    def helpers(self) -> Iterator[_Wanted]:
        """Yield what the body calls and what the docstring names."""
        for name in self._called():
            yield from self._definition(Kind.HELPER, self.module, name, f"{self.task.name} calls {name}")
        for name in self._said():
            yield from self._definition(Kind.HELPER, self.module, name, f"the docstring names {name}")
        for name in self._defaults():
            yield from self._definition(Kind.HELPER, self.module, name, f"{name} is a default value")

    def related_types(self) -> Iterator[_Wanted]:
        """Yield base classes of the enclosing class, and the types of the fields of the signature's types."""
        if self.enclosing is not None:
            document = self.module.document
            bases = self.enclosing.child_by_field_name("superclasses")
            owner = outline.name_of(document, self.enclosing)
            for name in _DOTTED.findall(document.node_text(bases)) if bases is not None else []:
                yield from self._definition(Kind.RELATED_TYPE, self.module, name, f"{owner} derives from {name}")
            for name in (*_field_types(self.module, self.enclosing), *self._types_of_init()):
                yield from self._definition(Kind.RELATED_TYPE, self.module, name, f"{owner} holds {name}")
        for module, node, owner in list(self._types):
            for name in _field_types(module, node):
                yield from self._definition(Kind.RELATED_TYPE, module, name, f"{owner} refers to {name}")

    def siblings(self) -> Iterator[_Wanted]:
        """Yield the document's other functions that have a docstring: those that name this one first, then the nearest."""
        document = self.module.document
        own = outline.with_decorators(self.function).start_byte
        found: list[tuple[tuple[bool, int], Node]] = []
        for name, node in self.module.definitions.items():
            inner = outline.definition_of(node)
            if inner.type != "function_definition" or name.startswith("test_") or node.start_byte == own:
                continue
            if outline.docstring_node(inner) is not None:
                uses = re.search(rf"\b{re.escape(self.task.name)}\b", document.node_text(node))
                found.append(((uses is None, abs(node.start_byte - own)), node))
        for (unused, _), node in sorted(found, key=lambda item: item[0])[:_MOST_SIBLINGS]:
            if self._is_new(self.module, node):
                forms = outline.signature_forms(document, node)
                forms = tuple(form for form in forms if len(form) <= _WHOLE_SIBLINGS) or forms[-1:]
                name = outline.name_of(document, node)
                why = "stands beside it" if unused else f"uses {self.task.name}"
                yield self._wanted(Kind.SIBLING, name, self.module, node, why, forms)

    def _definition(self, kind: Kind, module: Module, name: str, why: str) -> Iterator[_Wanted]:
        """Yield the definition that a dotted name of a module stands for, if it is in the workspace and not shown yet."""
        resolved = self.modules.attribute(module, name.split("."))
        if resolved is None:
            return
        origin, _ = resolved
        source = self.modules.module(origin) if origin.name else None
        node = source.definitions.get(origin.name) if source is not None else None
        if source is None or node is None or not self._is_new(source, node):
            return
        yield self._wanted(kind, origin.name, source, node, why, _forms(source, node))

    def _is_new(self, module: Module, node: Node) -> bool:
        inside = outline.with_decorators(self.function)
        if module is self.module and node.start_byte <= inside.start_byte < node.end_byte:
            return False  # the function itself, or the class around it
        key = (module.key, outline.definition_of(node).start_byte)
        known = key in self._seen
        self._seen.add(key)
        return not known

    def _wanted(self, kind: Kind, name: str, module: Module, node: Node, why: str, forms: tuple[str, ...]) -> _Wanted:
        path = module.label if module is not self.module else ""
        return _Wanted(kind, name, module, node, why, forms, path, node.start_point.row)

    def _types_of_init(self) -> list[str]:
        """Return the names in the annotations of `__init__`: what its parameters are, the fields usually are."""
        names: list[str] = []
        document = self.module.document
        for statement in outline.statements(self.enclosing) if self.enclosing is not None else []:
            if outline.name_of(document, statement) == "__init__":
                for annotation in _annotations(outline.definition_of(statement)):
                    names += _DOTTED.findall(document.node_text(annotation))
        return names

    def _remember_type(self, wanted: _Wanted) -> None:
        if wanted.node is not None:
            self._types.append((wanted.module, wanted.node, wanted.name))

    def _called(self) -> list[str]:
        """Return what the present body names, in order; a stub names nothing."""
        if self.task.is_stub:
            return []
        body = self.function.child_by_field_name("body")
        described = outline.docstring_node(self.function)
        texts = [child for child in body.named_children if child != described] if body is not None else []
        names: list[str] = []
        for child in texts:
            names += _names_in(self.module, child)
        return list(dict.fromkeys(names))

    def _said(self) -> list[str]:
        """Return the names that the docstring marks as code, or that can be nothing else."""
        names = [first or second for first, second in _SAID.findall(self.task.docstring)]
        names += [word for word in _DOTTED.findall(self.task.docstring) if _is_code(word)]
        return [name for name in dict.fromkeys(names) if name != self.task.name]

    def _defaults(self) -> list[str]:
        parameters = self.function.child_by_field_name("parameters")
        names: list[str] = []
        for child in parameters.named_children if parameters is not None else []:
            value = child.child_by_field_name("value")
            if value is not None:
                names += _names_in(self.module, value)
        return list(dict.fromkeys(names))


def _forms(module: Module, node: Node) -> tuple[str, ...]:
    """Return a definition at falling length."""
    inner = outline.definition_of(node)
    if inner.type == "function_definition":
        return outline.function_forms(module.document, node)
    if inner.type == "class_definition":
        whole = outline.text_of(module.document, outline.with_decorators(inner))
        shorter = outline.class_forms(module.document, inner)
        return (whole, *(form for form in shorter if len(form) < len(whole)))
    return (outline.assignment_form(module.document, node),)


def _annotations(function: Node) -> list[Node]:
    parameters = function.child_by_field_name("parameters")
    nodes = [child.child_by_field_name("type") for child in parameters.named_children] if parameters is not None else []
    nodes.append(function.child_by_field_name("return_type"))
    return [node for node in nodes if node is not None]


def _field_types(module: Module, node: Node) -> list[str]:
    """Return the names in the annotations of a class's fields and in its bases, or in the value of an alias."""
    inner = outline.definition_of(node)
    if inner.type != "class_definition":
        return _names_in(module, inner)
    bases = inner.child_by_field_name("superclasses")
    names = _names_in(module, bases) if bases is not None else []
    for statement in outline.statements(inner):
        assignment = statement.named_children[0] if statement.named_children else None
        kind = assignment.child_by_field_name("type") if assignment is not None else None
        if kind is not None:
            names += _DOTTED.findall(module.document.node_text(kind))
    return list(dict.fromkeys(names))


def _names_in(module: Module, node: Node) -> list[str]:
    """Return the dotted names in an expression or statement, in order."""
    names: list[str] = []
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type in ("identifier", "attribute"):
            text = module.document.node_text(current)
            if _DOTTED.fullmatch(text):
                names.append(text)
                continue
        stack.extend(reversed(current.named_children))
    return names


def _is_code(word: str) -> bool:
    """Tell whether a word of a docstring can only be a name: it has an underscore, a dot, or a capital inside."""
    inner = word.strip("_")
    return "_" in inner or bool(re.search(r"[a-z][A-Z]", word)) or "." in word or (len(word) > 1 and word.istitle())

"""The modules of a workspace as text: what they define, what they import, and which file a name comes from.

Everything is resolved from the files alone; nothing is imported and no code runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tree_sitter import Node

from atlas_pipeline import outline
from atlas_pipeline.context.files import WorkspaceFiles, is_test_file
from atlas_pipeline.functions import Document
from atlas_pipeline.records import FunctionTask

_TRANSPARENT = frozenset(
    ("if_statement", "else_clause", "elif_clause", "try_statement", "except_clause", "finally_clause", "block", "ERROR")
)
"""What top-level definitions may stand in; tree-sitter puts the surroundings of a syntax error into an ERROR node."""
_MOST_HOPS = 8
"""Re-exports followed until a name is defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a local name is bound to by an import."""

    module: str
    """Dotted, without the leading dots."""
    level: int = 0
    """Leading dots."""
    name: str | None = None
    """What is taken from the module; None for the module itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something is defined: `name` in a module; `name` is empty for the module itself.

    `module` is the file's path for modules of the workspace, a dotted name for others.
    """

    module: str
    name: str = ""


class Module:
    """A parsed module."""

    def __init__(self, document: Document, path: Path | None, label: str) -> None:
        self.document = document
        self.path = path
        self.key = str(path) if path is not None else "<document>"
        self.deep = is_test_file(label)
        """Imports inside functions count: tests often import what they test where they test it."""
        self.label = label
        """Path relative to the workspace, for people."""

    @cached_property
    def top_level(self) -> tuple[Node, ...]:
        """The statements of the module, those under `if` and `try` included, in order."""
        return tuple(_top_level(self.document.root))

    @cached_property
    def definitions(self) -> dict[str, Node]:
        """What the module defines itself: functions and classes with their decorators, assignments, `type` statements."""
        found: dict[str, Node] = {}
        for node in self.top_level:
            for name in _defined_names(self.document, node):
                found[name] = node
        return found

    @cached_property
    def imported(self) -> dict[str, Imported]:
        """What the module imports by name."""
        return {name: what for name, what in self._imports if name != "*"}

    @cached_property
    def stars(self) -> tuple[Imported, ...]:
        """The modules from which it imports everything."""
        return tuple(what for name, what in self._imports if name == "*")

    @cached_property
    def _imports(self) -> list[tuple[str, Imported]]:
        found: list[tuple[str, Imported]] = []
        for node in self.top_level:
            if node.type in outline.IMPORTS:
                found += imports_of(self.document.node_text(node))
        if self.deep:
            known = dict(found)
            inner = [
                pair for node in _inner_imports(self.top_level) for pair in imports_of(self.document.node_text(node))
            ]
            for name, what in inner:  # a name that is two things in two functions is neither
                if all(what == other for again, other in inner if again == name) and name not in known:
                    found.append((name, what))
        return found


def imports_of(statement: str) -> list[tuple[str, Imported]]:
    """Return the names an import statement binds; `*` for a star import, nothing where it is broken."""
    try:
        tree = ast.parse(statement)
    except (SyntaxError, ValueError):
        return []
    found: list[tuple[str, Imported]] = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound, _, _ = alias.name.partition(".")
                target = alias.name if alias.asname else bound
                found.append((alias.asname or bound, Imported(module=target)))
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                what = Imported(module=node.module or "", level=node.level, name=alias.name)
                found.append((alias.asname or alias.name, what))
    return found


def _top_level(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        if child.type in _TRANSPARENT:
            yield from _top_level(child)
        else:
            yield child


def _inner_imports(top_level: tuple[Node, ...]) -> Iterator[Node]:
    """Yield the import statements inside definitions."""
    stack = [node for node in reversed(top_level) if node.type not in outline.IMPORTS]
    while stack:
        node = stack.pop()
        if node.type in outline.IMPORTS:
            yield node
        else:
            stack.extend(reversed(node.named_children))


def _defined_names(document: Document, node: Node) -> list[str]:
    inner = outline.definition_of(node)
    if inner.type in ("function_definition", "class_definition"):
        name = outline.name_of(document, node)
        return [name] if name else []
    if node.type == "type_alias_statement":
        left = node.child_by_field_name("left")
        return [document.node_text(left).split("[")[0].strip()] if left is not None else []
    if node.type != "expression_statement":
        return []
    names: list[str] = []
    target: Node | None = node.named_children[0] if node.named_children else None
    while target is not None and target.type == "assignment":
        left = target.child_by_field_name("left")
        if left is not None:
            parts = [left] if left.type == "identifier" else left.named_children
            names += [document.node_text(part) for part in parts if part.type == "identifier"]
        target = target.child_by_field_name("right")
    return names


class Modules:
    """Finds and parses modules, each once. Without a workspace it knows the document alone."""

    def __init__(self, task: FunctionTask, files: WorkspaceFiles | None) -> None:
        self.task = task
        self.files = files
        path = Path(task.path) if task.path else None
        label = ""
        if files is not None and path is not None:
            name = files.relative(path)
            path, label = (files.root / name, name) if name is not None else (path, "")
        self.document = Module(Document(task.source), path, label)
        self._loaded: dict[str, Module | None] = {self.document.key: self.document}
        self._located: dict[tuple[str, str], Path | None] = {}

    def load(self, path: Path) -> Module | None:
        """Return a module of the workspace, None where it may not be read or there is no workspace."""
        key = str(path)
        if key not in self._loaded:
            text = self.files.read(path) if self.files is not None else None
            label = self.files.relative(path) if self.files is not None else None
            self._loaded[key] = Module(Document(text), path, label or "") if text is not None else None
        return self._loaded[key]

    def module(self, origin: Origin) -> Module | None:
        """Return the module that defines something, None for what is not in the workspace."""
        known = self._loaded.get(origin.module)
        if known is not None:
            return known
        path = Path(origin.module)
        return self.load(path) if path.is_absolute() and path.suffix == ".py" else None

    def origin(self, module: Module, name: str, hops: int = _MOST_HOPS) -> Origin | None:
        """Return where a top-level name of a module comes from, following re-exports; None where it has none."""
        if name in module.definitions:
            return Origin(module.key, name)
        what = module.imported.get(name)
        if what is not None:
            return self.origin_of(what, module, hops)
        for star in module.stars if hops and not name.startswith("_") else ():
            source = self._module_of(star, module)
            other = self.module(source)
            found = self.origin(other, name, hops - 1) if other is not None and other is not module else None
            if found is not None:
                return found
        return None

    def origin_of(self, what: Imported, importer: Module, hops: int = _MOST_HOPS) -> Origin:
        """Return where an imported name comes from."""
        source = self._module_of(what, importer)
        return source if what.name is None else self.member(source, what.name, hops)

    def member(self, origin: Origin, name: str, hops: int = _MOST_HOPS) -> Origin:
        """Return where an attribute of a module comes from: its own, a re-export, or a module below it."""
        if origin.name:
            return Origin(f"{origin.module}.{origin.name}", name)
        module = self.module(origin)
        if module is not None and hops:
            found = self.origin(module, name, hops - 1)
            if found is not None:
                return found
        folder = Path(origin.module)
        if folder.is_absolute():
            below = _module_file(folder.parent if folder.suffix == ".py" else folder, [name])
            if below is not None and (folder.name == "__init__.py" or folder.suffix != ".py"):
                return Origin(str(below))
        return Origin(origin.module, name)

    def attribute(self, module: Module, parts: list[str]) -> tuple[Origin, int] | None:
        """Return where a dotted name of a module comes from and how many of its parts that took."""
        origin = self.origin(module, parts[0])
        if origin is None:
            return None
        used = 1
        dotted = self._dotted_import(module, parts)
        if dotted is not None:
            origin, used = dotted
        while used < len(parts) and not origin.name:
            origin = self.member(origin, parts[used])
            used += 1
        return origin, used

    def _dotted_import(self, module: Module, parts: list[str]) -> tuple[Origin, int] | None:
        """Resolve `import a.b` where the name bound is `a` alone and `a` is no package with an own `b`."""
        what = module.imported.get(parts[0])
        if what is None or what.name is not None or what.level or what.module != parts[0]:
            return None
        for count in range(len(parts), 1, -1):
            path = self._locate(".".join(parts[:count]), module)
            if path is not None:
                return Origin(str(path)), count
        return None

    def _module_of(self, what: Imported, importer: Module) -> Origin:
        if not what.level:
            path = self._locate(what.module, importer)
            return Origin(str(path) if path is not None else what.module)
        if importer.path is None:
            return Origin("." * what.level + what.module)
        folder = importer.path.parent
        for _ in range(what.level - 1):
            folder = folder.parent
        path = _module_file(folder, what.module.split(".") if what.module else [])
        return Origin(str(path) if path is not None else "." * what.level + what.module)

    def _locate(self, dotted: str, importer: Module) -> Path | None:
        """Return the file (or the folder, for a package without `__init__.py`) of a module of the workspace."""
        if self.files is None:
            return None
        key = (dotted, str(importer.path.parent) if importer.path else "")
        if key not in self._located:
            parts = dotted.split(".")
            found = [path for folder in self._folders(importer) if (path := _module_file(folder, parts)) is not None]
            files = [path for path in found if path.suffix == ".py"]  # before folders, as Python's finder has it
            self._located[key] = next(iter([*files, *found]), None)
        return self._located[key]

    def _folders(self, importer: Module) -> list[Path]:
        """Return where imports are looked up: beside the importer's outermost package, the workspace, its `src`."""
        if self.files is None:
            return []
        root = self.files.root
        folders = []
        if importer.path is not None and importer.path.is_relative_to(root):
            folder = importer.path.parent
            while folder != root and (folder / "__init__.py").exists():
                folder = folder.parent
            folders.append(folder)
        return list(dict.fromkeys([*folders, root, root / "src"]))


def _module_file(folder: Path, parts: list[str]) -> Path | None:
    base = folder.joinpath(*parts)
    for path in (base / "__init__.py", base.parent / f"{base.name}.py" if parts else base / "__init__.py"):
        if path.is_file():
            return path
    return base if base.is_dir() else None

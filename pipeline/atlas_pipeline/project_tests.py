"""Finds the workspace's tests of a function and reads them as test cases (`Provenance.PROJECT`). Nothing is run.

A test file counts only if what it imports is this function: imports are followed through re-exports to the file that
defines the name. Tests in the document itself are read too. The cases stand beside the docstring's examples: what
`assertions.py` reads is a call and a literal, so candidates are judged outside the process that runs them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from atlas_pipeline import outline
from atlas_pipeline.assertions import Reader, Resolve, Unread, unusual_world
from atlas_pipeline.context.files import distance, is_test_file
from atlas_pipeline.context.modules import Module, Modules, Origin
from atlas_pipeline.records import FunctionTask, TestCase

MOST_CASES = 48
"""Cases of one function: each is a call in the sandbox for every candidate."""
MOST_FILES = 200
"""Test files that name the function and are parsed."""
MOST_NODES = 50
_MOST_UNREAD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectTests:
    """What the project's tests say about a function."""

    cases: tuple[TestCase, ...]
    unread: tuple[Unread, ...]
    """Assertions about the function that could not be read, and why; at most twenty."""
    files: tuple[str, ...]
    """The test files that import it."""
    nodes: tuple[str, ...]
    """Pytest's node ids of the tests in other files that name it, at most fifty: those to run on a candidate."""
    notes: tuple[str, ...]
    """What was not looked at, and why; what contradicts the docstring."""


NOTHING = ProjectTests(cases=(), unread=(), files=(), nodes=(), notes=())


def read_project_tests(task: FunctionTask, modules: Modules) -> ProjectTests:
    """Return the cases that the tests of the workspace and of the document give."""
    cases: dict[tuple[str, str], TestCase] = {}
    unread: list[Unread] = []
    files: list[str] = []
    notes: list[str] = []
    nodes: list[str] = []
    names = _Names(task, modules)
    for module in _test_modules(task, modules, notes):
        if module is not modules.document and not names.reaches(module):
            continue
        reader = Reader(
            task, names.resolver(module), source=_label(module, modules), other_stubs=_other_stubs(task, modules)
        )
        try:
            notes += _read(module, reader)
            nodes += _nodes(module, task.name) if module is not modules.document else ()
        except RecursionError:
            notes.append(f"{module.label}: an expression is nested too deeply; the rest of its tests is not read")
        if reader.found.cases or reader.found.unread:
            files.append(module.label or "this file")
        for case in reader.found.cases:
            if case.expected is not None:
                cases.setdefault((case.call, case.expected.text), case)
        unread += reader.found.unread
    new = _beside_examples(task, list(cases.values()), notes)
    if len(nodes) > MOST_NODES:
        notes.append(f"{len(nodes)} tests of the project name {task.name}; the first {MOST_NODES} are run")
    if len(new) > MOST_CASES:
        notes.append(f"the project's tests give {len(new)} cases; the first {MOST_CASES} are used")
    return ProjectTests(
        cases=tuple(new[:MOST_CASES]),
        unread=tuple(unread[:_MOST_UNREAD]),
        files=tuple(files),
        nodes=tuple(nodes[:MOST_NODES]),
        notes=tuple(notes),
    )


def _beside_examples(task: FunctionTask, cases: list[TestCase], notes: list[str]) -> list[TestCase]:
    """Leave out what the docstring says already, and note what contradicts it or another test."""
    said = {case.call: case for case in task.examples}
    new: list[TestCase] = []
    for case in cases:
        other = said.get(case.call)
        if other is not None and other.expected is not None and case.expected is not None:
            if other.expected.text == case.expected.text:
                continue
            where = other.source or "the docstring"
            notes.append(
                f"{case.source or 'a test in this file'} says {case.call} gives {case.expected.shown}, "
                f"{where} says {other.expected.shown}: nothing can satisfy both, so correct one of them"
            )
        said.setdefault(case.call, case)
        new.append(case)
    return new


def _label(module: Module, modules: Modules) -> str:
    return module.label if module is not modules.document else ""


def _test_modules(task: FunctionTask, modules: Modules, notes: list[str]) -> Iterator[Module]:
    """Yield the document, then the test files that name the function, likeliest first."""
    yield modules.document
    files = modules.files
    if files is None:
        return
    own = modules.document.label
    stem = PurePosixPath(own).stem
    paths = [name for name in files.python_files() if name != own and is_test_file(name)]
    if files.incomplete:
        notes.append(files.incomplete)
    paths.sort(key=lambda name: (stem not in PurePosixPath(name).stem, distance(own, name), name))
    word = re.compile(rf"\b{re.escape(task.name)}\b")
    parsed = 0
    for name in paths:
        text = files.text(name)
        if text is None or task.name not in text or not word.search(text):
            continue
        parsed += 1
        if parsed > MOST_FILES:
            notes.append(f"more than {MOST_FILES} test files name {task.name}; {name} and those after it are not read")
            return
        module = modules.load(files.root / name)
        if module is not None:
            yield module


def _other_stubs(task: FunctionTask, modules: Modules) -> frozenset[str]:
    functions = modules.document.document.functions()
    return frozenset(f.name for f in functions if f.is_stub and f.qualname != task.qualname and f.name != task.name)


class _Names:
    """What things of a test file are called in the document."""

    def __init__(self, task: FunctionTask, modules: Modules) -> None:
        self.task = task
        self.modules = modules
        self._own: dict[Origin, str] | None = None
        self._target = Origin(modules.document.key, (task.receiver or task.name).split(".")[0])

    def reaches(self, module: Module) -> bool:
        """Tell whether something the test file imports is the function, its class or its module."""
        origins = [self.modules.origin_of(what, module) for what in module.imported.values()]
        if any(o in (self._target, Origin(self._target.module)) or self._package_of_document(o) for o in origins):
            return True
        return bool(module.stars) and self.modules.origin(module, self._target.name) == self._target

    def _package_of_document(self, origin: Origin) -> bool:
        """Tell whether a module is a package through which the document is reached: `import shop; shop.cart.total(1)`."""
        if origin.name:
            return False
        return self._target.module.startswith(origin.module.removesuffix("/__init__.py") + "/")

    def resolver(self, module: Module) -> Resolve:
        """Return the `Resolve` of a test file."""

        def resolve(parts: list[str]) -> tuple[ast.expr, int] | None:
            found = self.modules.attribute(module, parts)
            if found is None:
                return None
            origin, used = found
            name = self._in_document(origin)
            return (ast.parse(name, mode="eval").body, used) if name is not None else None

        return resolve

    def _in_document(self, origin: Origin) -> str | None:
        document = self.modules.document
        if origin.module == document.key:
            return origin.name if origin.name in document.definitions else None
        if self._own is None:
            self._own = {}
            for name in document.imported:
                source = self.modules.origin(document, name)
                if source is not None:
                    self._own[source] = name
        if origin in self._own:
            return self._own[origin]
        through = self._own.get(Origin(origin.module))
        return f"{through}.{origin.name}" if through is not None and origin.name else None


def _read(module: Module, reader: Reader) -> list[str]:
    """Read the tests of a module statement by statement, so that a syntax error spoils only its own."""
    notes: list[str] = []
    top: list[ast.stmt] = []
    for node in module.top_level:
        try:
            tree = ast.parse(outline.dedented(module.document, node))
        except (SyntaxError, ValueError, MemoryError) as error:
            text = module.document.node_text(node)
            if reader.task.name in text and "assert" in text:
                where = f"{module.label or 'this file'}:{node.start_point.row + 1}"
                notes.append(f"{where}: {getattr(error, 'msg', error)}; the tests in it are not read")
            continue
        ast.increment_lineno(tree, node.start_point.row)
        top += tree.body
    constants = reader.constants(top)
    world = unusual_world(top)
    for statement in top:
        here = world or (unusual_world(statement.body) if isinstance(statement, ast.ClassDef) else "")
        for function, decorators in _tests(statement):
            function.decorator_list = [*function.decorator_list, *decorators]
            reader.test(function, constants, here)
    return notes


def _tests(statement: ast.stmt) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, Sequence[ast.expr]]]:
    """Yield the test functions of a statement, each with the decorators of its class."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        if statement.name.startswith("test"):
            yield statement, ()
    elif isinstance(statement, ast.ClassDef):
        bases = " ".join(ast.unparse(base) for base in statement.bases)
        if statement.name.startswith("Test") or statement.name.endswith(("Test", "Tests")) or "TestCase" in bases:
            for inner in statement.body:
                for function, _ in _tests(inner):
                    yield function, statement.decorator_list


def _nodes(module: Module, name: str) -> Iterator[str]:
    """Yield the node ids of a module's tests that use `name`; a class of tests with fixtures that do is run whole."""
    for node in module.top_level:
        try:
            (*_, statement) = ast.parse(outline.dedented(module.document, node)).body
        except (SyntaxError, ValueError, MemoryError):
            continue
        if isinstance(statement, ast.ClassDef):
            inner = {test.name: _uses(test, name) for test, _ in _tests(statement)}
            if inner and any(_uses(part, name) for part in statement.body if getattr(part, "name", "") not in inner):
                yield f"{module.label}::{statement.name}"
                continue
            yield from (f"{module.label}::{statement.name}::{test}" for test, uses in inner.items() if uses)
        else:
            yield from (f"{module.label}::{test.name}" for test, _ in _tests(statement) if _uses(test, name))


def _uses(tree: ast.AST, name: str) -> bool:
    return any(name in (getattr(node, "id", ""), getattr(node, "attr", "")) for node in ast.walk(tree))

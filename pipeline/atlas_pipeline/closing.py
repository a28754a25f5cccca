"""Makes an expression of a test say everything by itself, so that it can be evaluated in the module of the function.

`x = [3, 1]`, `s = Stack()`, `s.push(1)`, `assert s.pop() == 1` becomes `(lambda s: (s.push(1), s.pop())[-1])(Stack())`.
"""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from atlas_pipeline.examples import literal
from atlas_pipeline.expressions import NotEvaluableError, bind, evaluate, is_known, plain_source
from atlas_pipeline.records import FunctionTask

_MOST_FOLDED_CHARACTERS = 500
_MOST_HISTORY = 20
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) - {
    "breakpoint", "compile", "delattr", "eval", "exec", "exit", "globals", "help", "id", "input", "locals", "memoryview",
    "open", "quit", "setattr", "vars", "copyright", "credits", "license",
}  # fmt: skip


class NotClosedError(Exception):
    """An expression needs something that is not known where it would be evaluated."""

    def __init__(self, message: str, names: frozenset[str] = frozenset()) -> None:
        super().__init__(message)
        self.names = names
        """The names that stand for nothing."""


class Target:
    """The function under test, as it appears in expressions."""

    def __init__(self, task: FunctionTask) -> None:
        self.name = task.name
        self.is_method = task.receiver is not None
        self.is_property = bool(re.search(r"@(?:functools\.)?(?:cached_)?property\b", task.decorators))

    def is_observed(self, node: ast.AST) -> bool:
        """Tell whether an expression is a call of the function."""
        if self.is_method and self.is_property:
            return isinstance(node, ast.Attribute) and node.attr == self.name
        if isinstance(node, ast.Call):
            if self.is_method:
                return isinstance(node.func, ast.Attribute) and node.func.attr == self.name
            return isinstance(node.func, ast.Name) and node.func.id == self.name
        return False

    def is_in(self, node: ast.AST) -> bool:
        """Tell whether an expression calls the function."""
        return any(self.is_observed(part) for part in ast.walk(node))

    def split(self, test: ast.expr, calls: list[ast.expr]) -> ast.expr:
        """Return `test` with its calls of the function, and what only the module can evaluate around them, as `_0`, `_1`.

        The calls are appended to `calls`, each once.
        """
        sources = [ast.unparse(call) for call in calls]

        def replaced(node: ast.AST) -> ast.AST:
            if isinstance(node, ast.expr) and self._module_evaluates(node):
                source = ast.unparse(node)
                if source not in sources:
                    sources.append(source)
                    calls.append(node)
                return ast.Name(f"_{sources.index(source)}")
            for name, value in ast.iter_fields(node):
                if isinstance(value, ast.AST):
                    setattr(node, name, replaced(value))
                elif isinstance(value, list):
                    setattr(node, name, [replaced(item) if isinstance(item, ast.AST) else item for item in value])
            return node

        result = replaced(copy.deepcopy(test))
        return result if isinstance(result, ast.expr) else test

    def _module_evaluates(self, node: ast.expr) -> bool:
        if self.is_observed(node):
            return True
        if not (isinstance(node, ast.Call) and self.is_in(node)):
            return False
        if isinstance(node.func, ast.Name):
            return not is_known(node.func.id)
        return isinstance(node.func, ast.Lambda)

    def sources(self, calls: Iterable[ast.expr]) -> tuple[str, ...]:
        """Return the source of each call."""
        return tuple(ast.unparse(call) for call in calls)


@dataclass(slots=True)
class _Bound:
    """What a name was bound to, and what has been done to it since."""

    expression: ast.expr
    is_object: bool
    """It is no literal, so each call of a method may change it."""
    history: list[ast.expr] = field(default_factory=list)


class Bindings:
    """The names a test has bound so far."""

    def __init__(self, bound: dict[str, _Bound] | None = None) -> None:
        self._bound = bound if bound is not None else {}

    def copy(self) -> Bindings:
        """Return bindings that begin with these."""
        return Bindings({k: _Bound(b.expression, b.is_object, list(b.history)) for k, b in self._bound.items()})

    def get(self, name: str) -> _Bound | None:
        """Return what a name is bound to."""
        return self._bound.get(name)

    def put(self, name: str, expression: ast.expr) -> None:
        """Bind a name to an expression that is closed."""
        plain = literal(ast.unparse(expression))[0] or isinstance(expression, ast.Name | ast.Lambda)
        self._bound[name] = _Bound(expression, is_object=not plain)

    def forget(self, node: ast.AST) -> None:
        """Drop every name that occurs in a statement nobody can follow."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self._bound.pop(part.id, None)

    def assign(self, target: ast.expr, value: ast.expr, names: ClosedNames) -> None:
        """Follow an assignment; a target that cannot be followed is forgotten."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, part in zip(target.elts, value.elts, strict=True):
                self.assign(one, part, names)
            return
        key = _key(target)
        try:
            closed = names.close(value.value if isinstance(value, ast.Await) else value, self)
        except NotClosedError:
            self.forget(target)
            return
        self.happens(value, only_objects=True)
        if key is None:
            self.forget(target)
            return
        self.put(key, closed)
        if names.target.is_in(closed):
            self._bound[key].is_object = False  # a result: it is evaluated again wherever it is used

    def happens(self, node: ast.expr, *, only_objects: bool = False) -> bool:
        """Note that `node` was evaluated, for every bound object in it that it may have changed; tell if there was one.

        Args:
            node: An expression.
            only_objects: Leave out names bound to literals: a call in an assertion is no preparation.
        """
        changed = False
        for action in _actions(node):
            for key in {key for part in ast.walk(action) if (key := _key(part)) is not None}:
                bound = self._bound.get(key)
                if bound is None or len(bound.history) >= _MOST_HISTORY:
                    continue
                is_plain = isinstance(bound.expression, ast.List | ast.Dict | ast.Set) and not only_objects
                if bound.is_object or is_plain:
                    bound.history.append(action)
                    changed = True
        return changed

    def rounds(self, target: ast.expr, items: ast.expr, names: ClosedNames, *, most: int) -> Iterator[Bindings]:
        """Yield the bindings of each round of a loop whose items are known; nothing where they are not."""
        try:
            closed = names.close(items, self)
        except NotClosedError:
            return
        elements: list[ast.expr] = []
        if isinstance(closed, ast.List | ast.Tuple):
            elements = closed.elts
        else:
            try:
                values = list(evaluate(closed))
            except (NotEvaluableError, TypeError):
                return
            sources = [plain_source(value) for value in values[:most]]
            elements = [ast.parse(source, mode="eval").body for source in sources if source is not None]
        for element in elements[:most]:
            scope = self.copy()
            if scope.bind(target, element):
                yield scope

    def bind(self, target: ast.expr, element: ast.expr) -> bool:
        """Bind a loop target to an element; tell whether it fits."""
        if isinstance(target, ast.Name):
            self.put(target.id, element)
            return True
        if not isinstance(target, ast.Tuple | ast.List):
            return False
        if isinstance(element, ast.Tuple | ast.List) and len(element.elts) == len(target.elts):
            return all(self.bind(one, part) for one, part in zip(target.elts, element.elts, strict=True))
        try:
            values = bind(target, evaluate(element))
        except NotEvaluableError:
            return False
        for name, value in values.items():
            source = plain_source(value)
            if source is None:
                return False
            self.put(name, ast.parse(source, mode="eval").body)
        return True


def _actions(node: ast.AST) -> list[ast.expr]:
    """Return the outermost calls in an expression, without comparisons around them."""
    is_trusted = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and is_known(node.func.id)
    if isinstance(node, ast.Call) and not is_trusted:
        return [node]
    return [action for child in ast.iter_child_nodes(node) for action in _actions(child)]


def _key(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"self.{node.attr}"
    return None


class ClosedNames:
    """Which names an expression may have where it is evaluated, and how it is made to have no others."""

    def __init__(self, task: FunctionTask, target: Target) -> None:
        self.target = target
        self._known = top_level_names(task.source) | {task.name} | _BUILTINS

    def free(self, node: ast.expr) -> set[str]:
        """Return the names an expression does not bind itself."""
        bound = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
        loops = [part.target for part in ast.walk(node) if isinstance(part, ast.comprehension)]
        bound |= {part.id for loop in loops for part in ast.walk(loop) if isinstance(part, ast.Name)}
        return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - bound

    def close(self, node: ast.expr, bindings: Bindings) -> ast.expr:
        """Return the expression with every bound name replaced by what it stands for.

        Raises:
            NotClosedError: a name stands for nothing, or two objects with a history of their own meet.
        """
        local = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - self.free(node)
        inliner = _Inliner(bindings, self.target, local)
        tree = inliner.visit(copy.deepcopy(node))
        if len(inliner.objects) > 1:
            raise NotClosedError("two objects with a history of their own")
        if inliner.objects:
            ((key, bound),) = inliner.objects.items()
            tree = _WithHistory(key.replace("self.", ""), bound, self._steps(key, bound, bindings, local)).visit(tree)
        free = self.free(tree)
        imported = {
            part.value.id
            for part in ast.walk(tree)
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)
        }
        unknown = free - self._known - ({"math", "collections"} & imported)
        unknown -= {name for name in unknown if is_known(name)}
        if unknown:
            raise NotClosedError(f"{', '.join(sorted(unknown))} stands for nothing", frozenset(unknown))
        folded = _Folder(self.target).visit(tree)
        return ast.fix_missing_locations(folded) if isinstance(folded, ast.expr) else node

    def _steps(self, key: str, bound: _Bound, bindings: Bindings, local: set[str]) -> list[ast.expr]:
        """Return what has been done to an object, with every other name replaced."""
        steps: list[ast.expr] = []
        for step in bound.history:
            inliner = _Inliner(bindings, self.target, local)
            steps.append(inliner.visit(copy.deepcopy(step)))
            if set(inliner.objects) - {key}:
                raise NotClosedError("two objects with a history of their own")
        return steps


class _WithHistory(ast.NodeTransformer):
    """Wraps what is asked of an object: `s.pop()` becomes `(lambda s: (s.push(1), s.pop())[-1])(S())`.

    Comparisons, and functions that the trusted side can evaluate, stay outside.
    """

    def __init__(self, name: str, bound: _Bound, steps: list[ast.expr]) -> None:
        self.name = name
        self.bound = bound
        self.steps = steps

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Name):
            return self._wrapped(node) if node.id == self.name else node
        is_trusted = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and is_known(node.func.id)
        if isinstance(node, ast.Call | ast.Attribute | ast.Subscript) and not is_trusted:
            used = any(isinstance(part, ast.Name) and part.id == self.name for part in ast.walk(node))
            return self._wrapped(node) if used else node
        return self.generic_visit(node)

    def _wrapped(self, node: ast.expr) -> ast.expr:
        arguments = ast.arguments([], [ast.arg(self.name)], None, [], [], None, [])
        last = ast.Subscript(ast.Tuple([*self.steps, node]), ast.UnaryOp(ast.USub(), ast.Constant(1)))
        return ast.Call(ast.Lambda(arguments, last), [self.bound.expression], [])


class _Inliner(ast.NodeTransformer):
    """Replaces bound names; objects with a history stay names and are collected."""

    def __init__(self, bindings: Bindings, target: Target, local: set[str]) -> None:
        self.bindings = bindings
        self.target = target
        self.local = local
        self.objects: dict[str, _Bound] = {}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return node if node.id in self.local else self._stands_for(node.id, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        key = _key(node)
        if key is not None and self.bindings.get(key) is not None:
            return self._stands_for(key, node)
        is_module = isinstance(node.value, ast.Name) and self.bindings.get(node.value.id) is None
        if is_module and not self.target.is_method and node.attr == self.target.name:
            return ast.Name(node.attr)  # `module.f(1)`
        self.generic_visit(node)
        return node

    def visit_Await(self, node: ast.Await) -> ast.expr:
        inner = self.visit(node.value)
        return inner if isinstance(inner, ast.expr) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        is_run = (
            isinstance(node.func, ast.Attribute) and node.func.attr == "run" and ast.unparse(node.func) == "asyncio.run"
        )
        if is_run and len(node.args) == 1:
            inner = self.visit(node.args[0])
            return inner if isinstance(inner, ast.expr) else node
        self.generic_visit(node)
        return node

    def _stands_for(self, key: str, node: ast.expr) -> ast.expr:
        bound = self.bindings.get(key)
        if bound is None:
            return node
        if bound.history:
            self.objects[key] = bound
            return ast.Name(key.replace("self.", ""))
        return copy.deepcopy(bound.expression)


class _Folder(ast.NodeTransformer):
    """Replaces arguments of the function that can be worked out, `8 ** 2`, by their value."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if self.target.is_observed(node):
            node.args = [self._folded(argument) for argument in node.args]
            for keyword in node.keywords:
                keyword.value = self._folded(keyword.value)
        return node

    def _folded(self, argument: ast.expr) -> ast.expr:
        if isinstance(argument, ast.Starred | ast.Lambda | ast.Name) or literal(ast.unparse(argument))[0]:
            return argument
        try:
            source = plain_source(evaluate(argument))
        except NotEvaluableError:
            return argument
        if source is None or len(source) > _MOST_FOLDED_CHARACTERS:
            return argument
        return ast.parse(source, mode="eval").body


def top_level_names(source: str) -> frozenset[str]:
    """Return the names a module binds at its top level, of text that need not parse."""
    names = set(re.findall(r"^(?:async\s+)?(?:def|class)\s+(\w+)", source, re.M))
    names.update(re.findall(r"^(\w+)\s*(?::[^=\n]+)?=(?!=)", source, re.M))
    for line in re.findall(r"^(?:from\s+\S+\s+)?import\s+\(?([^\n#]+)", source, re.M):
        for part in line.rstrip(" )\\").split(","):
            words = part.split()
            if words:
                names.add(words[-1].split(".")[0])
    return frozenset(names)

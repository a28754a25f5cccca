"""What can be told about a body without running it: signs that it is unfinished or beside the point.

Measured on 8,200 recorded bodies of CodeGen-16B (82 HumanEval tasks, 23.5 % of the bodies right): with any of the first
five faults below a body was right in less than 0.3 % of the cases; one that prints or reads, in about 2 %.
`benchmarks/RESULTS.md` has the figures for these very rules.

A fault is no fault where the task asks for it: a function that is to print, to change its argument or to return nothing
says so in its annotation or its docstring, and a parameter that an interface demands may go unused.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from atlas_pipeline import layout
from atlas_pipeline.records import ExpectedKind, FunctionTask
from atlas_pipeline.sandbox.canonical import canonical


class FaultKind(Enum):
    """What is wrong with a body."""

    UNUSED_PARAMETER = "a parameter is never used"
    NO_VALUE = "no value is returned"
    UNDEFINED_NAME = "a name is defined nowhere"
    ENDS_IN_PASS = "it ends in `pass`"  # noqa: S105 - not a password
    ONE_CONSTANT = "the same constant is always returned"
    PRINTS_OR_READS = "it prints or reads input"

    @property
    def is_decisive(self) -> bool:
        """Whether hardly any body with it is right; those that print were right about half as often as others."""
        return self is not FaultKind.PRINTS_OR_READS


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a body."""

    kind: FaultKind
    detail: str
    """The name concerned, or the constant; empty where there is none."""

    def __str__(self) -> str:
        """Return it as a person would say it."""
        return f"{self.kind.value}: {self.detail}" if self.detail else self.kind.value


_UNUSED_ON_PURPOSE = re.compile(
    r"\b(?:unused|ignor\w*|callback|handler|hook|interface|compatib\w*|overrid\w*|reserved|placeholder)\b",
    re.IGNORECASE,
)
_PRINTS = re.compile(
    r"\b(?:print\w*|output\w*|display\w*|show\w*|log|logs|logging|read\w*|input|prompt\w*|ask\w*|stdin|stdout|console)\b",
    re.IGNORECASE,
)
_SAYS_RETURN = re.compile(r"\b(?:returns?|returned|yields?)\b(?!\s+(?:nothing|none)\b)", re.IGNORECASE)
_ALWAYS = re.compile(r"\b(?:always|constant|fixed|regardless|whatever)\b", re.IGNORECASE)
_NONE_ALLOWED = re.compile(r"\bNone\b|\bnull\b|\bOptional\b|\bnothing\b", re.IGNORECASE)
_INTERFACE_METHOD = re.compile(r"__\w+__")
_SEES_EVERYTHING = frozenset(("locals", "vars", "eval", "exec", "globals"))
_ALWAYS_THERE = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__class__", "__spec__", "__package__"}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@lru_cache(maxsize=256)
def static_faults(body: str, task: FunctionTask) -> tuple[Fault, ...]:
    """Return the faults of a complete body, those that say most first; none where it does not parse."""
    tree = _parse(body)
    if tree is None:
        return ()
    faults = [*_unused_parameters(tree, task), *_no_value(tree, task), *_undefined(tree, task)]
    return (*faults, *_ends_in_pass(tree, task), *_one_constant(tree, task), *_prints(tree, task))


def _parse(body: str) -> ast.AsyncFunctionDef | None:
    try:
        tree = ast.parse(f"async def _():\n{layout.indent(body, by=layout.UNIT)}\n").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assert isinstance(tree, ast.AsyncFunctionDef)
    return tree


def _unused_parameters(tree: ast.AST, task: FunctionTask) -> list[Fault]:
    last = task.qualname.rsplit(".", 1)[-1]
    if _INTERFACE_METHOD.fullmatch(last) or "override" in task.decorators or _UNUSED_ON_PURPOSE.search(task.docstring):
        return []
    if not _can_end(tree):
        return []  # it only raises
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}
    used |= {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    if used & _SEES_EVERYTHING:
        return []
    return [
        Fault(kind=FaultKind.UNUSED_PARAMETER, detail=name)
        for name in task.parameters
        if name not in used and not name.startswith("_") and not _is_starred(name, task)
    ]


def _is_starred(name: str, task: FunctionTask) -> bool:
    return re.search(rf"\*\s*{re.escape(name)}\b", _signature(task)) is not None


def _no_value(tree: ast.AST, task: FunctionTask) -> list[Fault]:
    if _gives_values(tree) or not _can_end(tree):
        return []
    asked = _asks_for_value(task)
    return [Fault(kind=FaultKind.NO_VALUE, detail="")] if asked or (asked is None and not _has_effect(tree)) else []


def _undefined(tree: ast.AST, task: FunctionTask) -> list[Fault]:
    known = _document_names(task.source)
    if known is None:
        return []
    bound = set(_bound_names(tree)) | known | _ALWAYS_THERE | set(task.parameters) | {task.name, "self", "cls"}
    missing: dict[str, None] = {}
    for node in _evaluated(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in bound:
            missing[node.id] = None
    return [Fault(kind=FaultKind.UNDEFINED_NAME, detail=name) for name in missing]


def _evaluated(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk everything but the annotations of local variables, which Python does not evaluate."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        skipped = node.annotation if isinstance(node, ast.AnnAssign) else None
        stack.extend(child for child in ast.iter_child_nodes(node) if child is not skipped)


@lru_cache(maxsize=16)
def _document_names(source: str) -> frozenset[str] | None:
    """Return every name the document binds anywhere, None where a star import may bind more."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"[^\W\d]\w*", source)) if not re.search(r"import\s+\*", source) else None
    names = frozenset(_bound_names(tree))
    return None if "*" in names else names


def _bound_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del()):
                yield node.id
            case ast.arg():
                yield node.arg
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.alias():
                yield (node.asname or node.name).split(".")[0]
            case ast.ExceptHandler(name=str()) | ast.MatchAs(name=str()) | ast.MatchStar(name=str()):
                yield node.name or ""
            case ast.MatchMapping(rest=str()):
                yield node.rest or ""
            case ast.Global() | ast.Nonlocal():
                yield from node.names
            case _ if hasattr(ast, "TypeVar") and isinstance(node, ast.TypeVar):
                yield node.name


def _ends_in_pass(tree: ast.AsyncFunctionDef, task: FunctionTask) -> list[Fault]:
    if _asks_for_value(task) is False:
        return []
    if len(tree.body) > 1 and isinstance(tree.body[-2], ast.Return | ast.Raise):
        return []  # never reached
    statement = tree.body[-1]
    while isinstance(statement, ast.If | ast.For | ast.AsyncFor | ast.With | ast.AsyncWith):
        statement = (
            (statement.orelse if not isinstance(statement, ast.With | ast.AsyncWith) else []) or statement.body
        )[-1]
    if isinstance(statement, ast.Pass) and not any(isinstance(n, ast.Yield | ast.YieldFrom) for n in _own(tree)):
        return [Fault(kind=FaultKind.ENDS_IN_PASS, detail="")]
    return []


def _one_constant(tree: ast.AsyncFunctionDef, task: FunctionTask) -> list[Fault]:
    if not (task.parameters or task.receiver) or _ALWAYS.search(task.docstring) or _has_effect(tree):
        return []
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own(tree)):
        return []
    returned = {ast.dump(node.value) for node in _own(tree) if isinstance(node, ast.Return) and node.value is not None}
    values = [node.value for node in _own(tree) if isinstance(node, ast.Return) and node.value is not None]
    if len(returned) != 1 or not _is_constant(values[0]):
        return []
    if not isinstance(tree.body[-1], ast.Return) and _NONE_ALLOWED.search(task.docstring + _signature(task)):
        return []
    return [Fault(kind=FaultKind.ONE_CONSTANT, detail=ast.unparse(values[0]))]


def _is_constant(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return not (isinstance(value, ast.Constant) and value.value is None)


def _prints(tree: ast.AST, task: FunctionTask) -> list[Fault]:
    if _PRINTS.search(task.docstring) or _asks_for_value(task) is False:
        return []
    names = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [Fault(kind=FaultKind.PRINTS_OR_READS, detail=name) for name in ("print", "input") if name in names]


def _asks_for_value(task: FunctionTask) -> bool | None:
    """Tell whether the task wants a value returned; None where it does not say."""
    if task.returns_nothing or task.name in ("__init__", "__post_init__", "__setitem__", "__delitem__", "__setattr__"):
        return False
    if ".setter" in task.decorators or ".deleter" in task.decorators:
        return False
    if "->" in _signature(task) or _SAYS_RETURN.search(task.docstring):
        return True
    values = [case.expected for case in task.examples if case.expected is not None]
    if any(value.kind in (ExpectedKind.VALUE, ExpectedKind.SHOWN) and value.text != _NONE for value in values):
        return True
    return None


_NONE = canonical(None)


def _signature(task: FunctionTask) -> str:
    """Return the header up to the docstring."""
    return re.split(r":\s*(?:#[^\n]*)?\n", task.header, maxsplit=1)[0]


def _own(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a function without the functions and classes in it."""
    stack = list(ast.iter_child_nodes(tree))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _SCOPES):
            stack.extend(ast.iter_child_nodes(node))


def _gives_values(tree: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Yield | ast.YieldFrom)
        or (isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value))
        for node in _own(tree)
    )


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _can_end(tree: ast.AST) -> bool:
    """Tell whether the body may do something else than raise: its last statement is no `raise`, or it returns before."""
    body = getattr(tree, "body", [])
    return not (body and isinstance(body[-1], ast.Raise)) or any(isinstance(node, ast.Return) for node in _own(tree))


def _has_effect(tree: ast.AST) -> bool:
    """Tell whether the body may change something that outlives the call: an attribute, an item, a global, an object."""
    for node in _own(tree):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                return True
            case ast.Global() | ast.Nonlocal():
                return True
            case ast.Expr(value=ast.Call() | ast.Await()):
                return True
    return False

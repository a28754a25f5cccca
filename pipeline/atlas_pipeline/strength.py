"""Measures how strong the evidence for a candidate is: breaks the candidate in small ways and counts what is noticed.

Mutation testing with the usual operators (operators, comparisons and their boundaries, constants, negated conditions,
removed statements). The mutants run on the calls the candidate was chosen by; a mutant is killed where it behaves
differently on one of them. Equivalent mutants cannot be told from survivors, so the share killed is a lower bound.
"""

from __future__ import annotations

import ast
import asyncio
import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from atlas_pipeline import layout
from atlas_pipeline.records import Candidate, FunctionTask, MutationStrength, Origin
from atlas_pipeline.sandbox.api import Limits, Outcome, Sandbox
from atlas_pipeline.verification import Verifier

MOST_MUTANTS = 24
_FIRST_INDEX = 10_000
"""Mutants are numbered from here on, so that none is taken for a candidate."""
_SLOWER = 20
"""A mutant may take this many times the candidate's longest call."""
_LEAST_CPU_S = 0.1

_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}


_REMOVABLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.For, ast.While, ast.Break, ast.Continue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A body with one change."""

    body: str
    change: str
    """`a < b -> a <= b`, for people."""


def mutants(body: str, *, seed: int, most: int = MOST_MUTANTS) -> tuple[Mutant, ...]:
    """Return at most `most` different mutants of a body, the same for the same seed.

    Where there are more, they are taken in turn from the kinds of change, each kind in random order.
    """
    tree = _parsed(body)
    if tree is None:
        return ()
    known = {ast.dump(tree)}
    kinds: dict[str, list[Mutant]] = {}
    for number, node in enumerate(_nodes(tree)):
        for kind, change in _changes(node):
            twin = copy.deepcopy(tree)
            there = _nodes(twin)[number]
            before, after = change(there)
            if (key := ast.dump(twin)) in known:
                continue
            known.add(key)
            kinds.setdefault(kind, []).append(Mutant(body=_source(twin), change=f"{before} -> {after}"))
    rng = random.Random(seed)  # noqa: S311 - a sample of mutants, not a secret
    for found in kinds.values():
        rng.shuffle(found)
    taken: list[Mutant] = []
    while len(taken) < most and any(kinds.values()):
        taken += [found.pop() for found in kinds.values() if found][: most - len(taken)]
    return tuple(taken)


async def measure(
    task: FunctionTask,
    candidate: Candidate,
    observed: Mapping[str, Outcome],
    *,
    sandbox: Sandbox,
    limits: Limits,
    seed: int,
    most: int = MOST_MUTANTS,
) -> MutationStrength:
    """Run mutants of `candidate` on the calls it was observed on, and count those that are noticed.

    Args:
        task: The function.
        candidate: The chosen candidate.
        observed: What it did on each call.
        sandbox: Where the mutants run.
        limits: Of the candidate; a mutant gets less time and is given up at its first time-out.
        seed: Chooses the mutants, where there are more than `most`.
        most: Mutants to run.

    Raises:
        SandboxError: the sandbox itself failed.
    """
    made = mutants(candidate.body, seed=seed, most=most)
    longest = max((outcome.cpu_s for outcome in observed.values()), default=0.0)
    short = replace(limits, cpu_s=min(limits.cpu_s, max(_LEAST_CPU_S, _SLOWER * longest)), restarts=0)
    verifier = Verifier(task, sandbox, short)

    async def run(number: int, mutant: Mutant) -> Mapping[str, Outcome]:
        broken = Candidate(index=_FIRST_INDEX + number, body=mutant.body, origin=Origin.MUTANT)
        return await verifier.observe(broken, observed)

    outcomes = await asyncio.gather(*(run(number, mutant) for number, mutant in enumerate(made)))
    return count_killed(made, outcomes, observed, examples=[case.call for case in task.examples])


def count_killed(
    made: Sequence[Mutant],
    outcomes: Sequence[Mapping[str, Outcome]],
    observed: Mapping[str, Outcome],
    *,
    examples: Sequence[str],
) -> MutationStrength:
    """Return how many mutants behave differently from what was observed of the candidate."""

    def differs(found: Mapping[str, Outcome], calls: Sequence[str]) -> bool:
        return any(found[call].behaviour() != observed[call].behaviour() for call in calls if call in observed)

    killed = [differs(found, list(observed)) for found in outcomes]
    return MutationStrength(
        mutants=len(made),
        killed=sum(killed),
        killed_by_examples=sum(differs(found, examples) for found in outcomes),
        survivors=tuple(mutant.change for mutant, dead in zip(made, killed, strict=True) if not dead),
    )


def _parsed(body: str) -> ast.AsyncFunctionDef | None:
    try:
        tree = ast.parse(f"async def _():\n{layout.indent(body, by=layout.UNIT)}\n").body[0]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if isinstance(tree, ast.AsyncFunctionDef) else None


def _source(tree: ast.AsyncFunctionDef) -> str:
    return "\n".join(ast.unparse(ast.fix_missing_locations(statement)) for statement in tree.body)


def _is_docstring(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _nodes(tree: ast.AST) -> list[ast.AST]:
    """Return what may be changed, in source order: annotations, docstrings and formatting of text are left out."""
    found: list[ast.AST] = []
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        found.append(node)
        children: list[ast.AST] = []
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "format_spec"):
                continue
            items = value if isinstance(value, list) else [value]
            children += [item for item in items if isinstance(item, ast.AST) and not _is_docstring(item)]
        todo.extend(reversed(children))
    return found


Change = Callable[[ast.AST], tuple[str, str]]
"""Changes a node in place and returns its source before and after."""


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.BinOp(op=op) if type(op) in _BINARY:
            yield "operator", _setting(node, "op", _BINARY[type(op)]())
        case ast.AugAssign(op=op) if type(op) in _BINARY:
            yield "operator", _setting(node, "op", _BINARY[type(op)]())
        case ast.BoolOp(op=op):
            yield "operator", _setting(node, "op", ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.Compare(ops=[op, *rest]) if type(op) in _COMPARISONS:
            for comparison in _COMPARISONS[type(op)]:
                yield "comparison", _setting(node, "ops", [comparison(), *rest])
        case ast.Constant(value=value):
            for other in _other_constants(value):
                yield "constant", _setting(node, "value", other)
        case ast.If() | ast.While() | ast.IfExp():
            yield "condition", _setting(node, "test", ast.UnaryOp(ast.Not(), node.test))
        case ast.UnaryOp(op=ast.USub()):
            yield "operator", _setting(node, "op", ast.UAdd())
    for name in ("body", "orelse"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            for position, statement in enumerate(block):
                if isinstance(statement, _REMOVABLE) and not _is_docstring(statement):
                    yield "removed", _removing(name, position)


def _other_constants(value: object) -> tuple[object, ...]:
    match value:
        case bool():
            return (not value,)
        case int() | float():
            return (value + 1, value - 1)
        case str():
            return ("",) if value else ("x",)
        case _:
            return ()


def _setting(node: ast.AST, field: str, value: object) -> Change:
    def change(there: ast.AST) -> tuple[str, str]:
        before = _first_line(there)
        setattr(there, field, copy.deepcopy(value))
        return before, _first_line(ast.fix_missing_locations(there))

    return change


def _removing(field: str, position: int) -> Change:
    def change(there: ast.AST) -> tuple[str, str]:
        block = getattr(there, field)
        before = _first_line(block[position])
        block[position] = ast.Pass()
        return before, "(removed)"

    return change


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0]

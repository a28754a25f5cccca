"""What can be read off a candidate without asking the model again: about twenty numbers. No code is run."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from atlas_lens.outcomes import Floats

NAMES = (
    "mean_logprob",
    "total_logprob",
    "tokens",
    "characters",
    "lines",
    "nodes",
    "depth",
    "branches",
    "loops",
    "comprehensions",
    "returns",
    "calls",
    "operators",
    "comparisons",
    "constants",
    "distinct_names",
    "unused_parameters",
    "parameter_uses",
    "calls_itself",
    "words_shared",
    "votes",
    "task_characters",
)
_WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskText:
    """A function to be written, as the prompt shows it."""

    header: str
    """Signature and docstring."""
    name: str
    parameters: tuple[str, ...]
    prompt: str
    """What the model was asked, from its first to its last character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateText:
    """One body for it."""

    body: str
    """Dedented."""
    tokens: int
    mean_logprob: float | None
    """None where the server does not say."""


def features(task: TaskText, candidates: Sequence[CandidateText]) -> Floats:
    """Return the features of all candidates of one task, (n, len(NAMES)).

    Sizes and counts as log(1 + x). `votes` is the share of these candidates with the same syntax tree.
    """
    trees = [_tree(each.body) for each in candidates]
    dumps = [ast.dump(tree) if tree is not None else each.body for tree, each in zip(trees, candidates, strict=True)]
    votes = Counter(dumps)
    rows = [
        (*_of_one(task, each, tree), votes[dump] / len(candidates), math.log1p(len(task.header)))
        for each, tree, dump in zip(candidates, trees, dumps, strict=True)
    ]
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(NAMES))


def _tree(body: str) -> ast.AST | None:
    lines = "\n".join(f" {line}" for line in body.split("\n"))
    try:
        return ast.parse(f"async def _():\n{lines}\n")
    except (SyntaxError, ValueError, RecursionError):
        return None


def _of_one(task: TaskText, candidate: CandidateText, tree: ast.AST | None) -> tuple[float, ...]:
    nodes = list(ast.walk(tree)) if tree is not None else []
    names = [node.id for node in nodes if isinstance(node, ast.Name)]
    parameters = set(task.parameters)
    words, said = _words(candidate.body), _words(task.header)
    counted = (
        candidate.tokens,
        len(candidate.body),
        candidate.body.count("\n") + 1,
        len(nodes),
        _depth(tree) if tree is not None else 0,
        _count(nodes, ast.If, ast.IfExp, ast.Match),
        _count(nodes, ast.For, ast.While, ast.AsyncFor),
        _count(nodes, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
        _count(nodes, ast.Return, ast.Yield),
        _count(nodes, ast.Call),
        _count(nodes, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.AugAssign),
        _count(nodes, ast.Compare),
        _count(nodes, ast.Constant),
        len(set(names)),
        len(parameters - set(names)),
        sum(name in parameters for name in names),
    )
    logprob = math.nan if candidate.mean_logprob is None else candidate.mean_logprob
    return (
        logprob,
        logprob * candidate.tokens,
        *(math.log1p(count) for count in counted),
        float(task.name in names),
        len(words & said) / len(words) if words else 0.0,
    )


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def _count(nodes: Sequence[ast.AST], *kinds: type[ast.AST]) -> int:
    return sum(isinstance(node, kinds) for node in nodes)


def _depth(tree: ast.AST) -> int:
    """Return how deep statements and expressions nest; a loop, because thousands of levels are possible."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return deepest

"""What is embedded of a task and a candidate, and what is made of the vectors.

The engine gives the mean of a text's last hidden states, or that of its last token alone. In a causal model the states
of a prompt do not depend on what follows, so of the means of `prompt` and of `prompt + body` one gets the mean over the
body in its context. Tokens are counted as characters for that: the engine does not say how many tokens a text had.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np

from atlas_lens.features import CandidateText, TaskText
from atlas_lens.outcomes import Floats, Source, Texts, rows_of

Base: TypeAlias = Literal[
    "body", "function", "answer", "in function", "in answer", "last of function", "last of answer"
]
BASES: tuple[Base, ...] = get_args(Base)
_OF_LAST_TOKEN = ("last of function", "last of answer")
CENTRED = ", centred"
"""Added to a view's name: less the mean of the task's candidates."""


def texts_of(base: Base, task: TaskText, candidate: CandidateText) -> tuple[str, ...]:
    """Return the texts to embed for a view: the candidate's own, then what is to be taken away."""
    match base:
        case "body":
            return (candidate.body,)
        case "function" | "last of function":
            return (_function(task, candidate),)
        case "answer" | "last of answer":
            return (_answer(task, candidate),)
        case "in function":
            return (_function(task, candidate), task.header)
        case "in answer":
            return (_answer(task, candidate), task.prompt)


def _function(task: TaskText, candidate: CandidateText) -> str:
    return f"{task.header}\n{textwrap.indent(candidate.body, '    ')}\n"


def _answer(task: TaskText, candidate: CandidateText) -> str:
    return f"{task.prompt}\n{textwrap.indent(candidate.body, '    ')}\n"


def combined(texts: Sequence[str], vectors: Mapping[str, Floats]) -> Floats:
    """Return a view's vector, (n_embd,), from those of its texts."""
    whole = vectors[texts[0]]
    if len(texts) == 1:
        return whole
    share = min(len(texts[1]) / len(texts[0]), 0.99)
    return ((whole - share * vectors[texts[1]]) / (1.0 - share)).astype(np.float32)


def base_of(view: str) -> str:
    """Return the view without its centring."""
    return view.removesuffix(CENTRED)


def definition_of(view: str, source: Source) -> str:
    """Return which of a source's embeddings a view is of; empty where it has none."""
    return source.last_token_definition if base_of(view) in _OF_LAST_TOKEN else source.embedding_definition


def centred(vectors: Floats, task: Texts) -> Floats:
    """Return (n, d) vectors less the mean of their task's."""
    result = np.array(vectors, dtype=np.float32)
    for rows in rows_of(task):
        result[rows] -= result[rows].mean(axis=0)
    return result


def all_of(vectors: Mapping[str, Floats]) -> list[str]:
    """Return every view that can be had from some vectors."""
    return [f"{base}{centring}" for base in dict.fromkeys(map(base_of, vectors)) for centring in ("", CENTRED)]


def seen(view: str, vectors: Mapping[str, Floats], task: Texts) -> Floats:
    """Return a view's vectors, (n, d).

    Centred ones may be there by themselves: where not all of a task's candidates are, their mean is not to be had.
    """
    if view in vectors:
        return vectors[view]
    base = vectors[base_of(view)]
    return centred(base, task) if view.endswith(CENTRED) else base

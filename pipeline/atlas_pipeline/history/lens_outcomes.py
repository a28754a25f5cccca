"""What the history knows to be right or wrong (`labels`), as outcomes that the Lens can learn from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from atlas_lens import views
from atlas_lens.features import NAMES, CandidateText, TaskText, features
from atlas_lens.outcomes import STANDS_FOR, Floats, Outcomes, Source
from atlas_pipeline.history.labels import SAMPLED, labels

_MADE_BY = "the history of solves"


def outcomes_of(
    solves: Iterable[Mapping[str, Any]], model_hash: str, *, view: str = "", source: Source | None = None
) -> Outcomes | None:
    """Return the labelled candidates of a model, None where there are none.

    Args:
        solves: as `store.export` yields them.
        model_hash: of which model.
        view: only candidates whose vectors of this view are kept, and these with them: as they are, and less the mean
            of all of the solve's candidates. Empty: all, without vectors.
        source: says what the numbers of the view have to be; vectors of another definition are left out.
    """
    columns: dict[str, list[Any]] = {"task": [], "right": [], "provenance": [], "group": [], STANDS_FOR: []}
    rows: list[Floats] = []
    vectors: list[Floats] = []
    centred: list[Floats] = []
    model = ""
    base = views.base_of(view)
    definition = views.definition_of(view, source) if source is not None else ""
    for solve in solves:
        known = labels(solve)
        if solve["task"]["model_hash"] != model_hash or not known:
            continue
        model = solve["model"]
        candidates = [each for each in solve["candidates"] if each["origin"] in SAMPLED]
        numbers = features(_task(solve["task"]), [_candidate(each) for each in candidates])
        described = {each["number"]: row for each, row in zip(candidates, numbers, strict=True)}
        embedded = _vectors(candidates, base, definition)
        apart = _less_their_mean(embedded)
        for label in known:
            number = label.candidate["number"]
            if base:
                if number not in embedded:
                    continue
                vectors.append(embedded[number])
                centred.append(apart[number])
            rows.append(described[number])
            columns["right"].append(label.right)
            columns["provenance"].append(label.provenance)
            columns[STANDS_FOR].append(label.stands_for)
            columns["task"].append(solve["uid"])
            columns["group"].append(solve["task"]["task_hash"])
    if not rows:
        return None
    plain = Source(model=model, model_hash=model_hash, embedding_definition="", made_by=_MADE_BY)
    return Outcomes(
        source=replace(source, model=model, made_by=_MADE_BY) if source is not None else plain,
        task=np.array(columns["task"], dtype=np.str_),
        group=np.array(columns["group"], dtype=np.str_),
        domain=np.array(["history"] * len(rows), dtype=np.str_),
        right=np.array(columns["right"], dtype=np.bool_),
        provenance=np.array(columns["provenance"], dtype=np.str_),
        features=np.stack(rows),
        feature_names=NAMES,
        vectors={base: np.stack(vectors), f"{base}{views.CENTRED}": np.stack(centred)} if base else {},
        evidence={STANDS_FOR: np.array(columns[STANDS_FOR], dtype=np.float32)},
    )


def _vectors(candidates: Sequence[Mapping[str, Any]], base: str, definition: str) -> dict[int, Floats]:
    """Return the vectors of a view, (n_embd,) each, by the candidate's number."""
    return {
        each["number"]: np.frombuffer(bytes.fromhex(each["embedding"]), dtype="<f2").astype(np.float32)
        for each in candidates
        if base and is_of(each, base, definition)
    }


def _less_their_mean(vectors: Mapping[int, Floats]) -> dict[int, Floats]:
    if not vectors:
        return {}
    mean = np.stack(list(vectors.values())).mean(axis=0)
    return {number: vector - mean for number, vector in vectors.items()}


def is_of(candidate: Mapping[str, Any], base: str, definition: str) -> bool:
    """Tell whether a candidate's vector is kept, and is what a scorer of this view looks at."""
    return (candidate["embedding_view"], candidate["embedding_definition"]) == (base, definition)


def _candidate(row: Mapping[str, Any]) -> CandidateText:
    return CandidateText(body=row["body"], tokens=row["tokens"], mean_logprob=row["mean_logprob"])


def _task(task: Mapping[str, Any]) -> TaskText:
    """Return a task as the features see it; of a header that cannot be read any more, the parameters are unknown."""
    parameters: tuple[str, ...] = ()
    try:
        function = ast.parse(f"{task['header']}\n    pass\n").body[0]
    except SyntaxError:
        function = None
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = function.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        parameters = tuple(each.arg for each in named if each.arg not in ("self", "cls"))
    name = task["qualname"].rpartition(".")[2]
    return TaskText(header=task["header"], name=name, parameters=parameters, prompt="")

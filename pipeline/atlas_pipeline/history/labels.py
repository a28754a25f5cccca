"""What the history knows to be right or wrong, as outcomes that the Lens can learn from.

    the chosen body, put into the file and left there     right, `accepted`
    the chosen body, rejected or reverted by the user     wrong, `rejected`, `reverted`
    any body that fails a given example                   wrong, `given example`

Of all others nothing is known: that a body was chosen, or VERIFIED, is what the Lens should help with, and no label. An
answer that the user edited afterwards may have been right or wrong. Repairs are left out: they were led to the examples.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from atlas_lens.features import NAMES, CandidateText, TaskText, features
from atlas_lens.outcomes import Outcomes, Source
from atlas_pipeline.history.records import Outcome
from atlas_pipeline.records import Origin

_SAMPLED = {Origin.SAMPLE.value, Origin.PLAN.value}
_OF_CHOSEN = {
    Outcome.ACCEPTED.value: (True, "accepted"),
    Outcome.REJECTED.value: (False, "rejected"),
    Outcome.REVERTED.value: (False, "reverted"),
}


def outcomes_of(solves: Iterable[Mapping[str, Any]], model_hash: str) -> Outcomes | None:
    """Return the labelled candidates of a model, None where there are none.

    Args:
        solves: as `store.export` yields them.
        model_hash: of which model.
    """
    columns: dict[str, list[Any]] = {"task": [], "right": [], "provenance": [], "group": []}
    rows, model = [], ""
    for solve in solves:
        if solve["task"]["model_hash"] != model_hash or solve["answered_from"]:
            continue
        model = solve["model"]
        candidates = [each for each in solve["candidates"] if each["origin"] in _SAMPLED]
        if not candidates:
            continue
        described = features(_task(solve["task"]), [_candidate(each) for each in candidates])
        for each, numbers in zip(candidates, described, strict=True):
            label = _label(each, solve["outcomes"])
            if label is None:
                continue
            rows.append(numbers)
            columns["right"].append(label[0])
            columns["provenance"].append(label[1])
            columns["task"].append(solve["uid"])
            columns["group"].append(solve["task"]["task_hash"])
    if not rows:
        return None
    return Outcomes(
        source=Source(model=model, model_hash=model_hash, embedding_definition="", made_by="the history of solves"),
        task=np.array(columns["task"], dtype=np.str_),
        group=np.array(columns["group"], dtype=np.str_),
        domain=np.array(["history"] * len(rows), dtype=np.str_),
        right=np.array(columns["right"], dtype=np.bool_),
        provenance=np.array(columns["provenance"], dtype=np.str_),
        features=np.stack(rows),
        feature_names=NAMES,
    )


def _label(candidate: Mapping[str, Any], outcomes: Iterable[Mapping[str, Any]]) -> tuple[bool, str] | None:
    said = [each["what"] for each in outcomes if each["what"] != Outcome.VERIFIED.value]
    if candidate["chosen"] and said:
        return _OF_CHOSEN.get(said[-1])
    if candidate["examples_passed"] < candidate["examples"]:
        return False, "given example"
    return None


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

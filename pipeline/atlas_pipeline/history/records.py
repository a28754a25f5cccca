"""What the history keeps, and what it gives back. All are frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from atlas_pipeline import prompts
from atlas_pipeline.rechecking import Found
from atlas_pipeline.records import Candidate, Embedded, FunctionTask, RankedCandidate, Selection, Verdict
from atlas_pipeline.settings import SolveSettings, changed

_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskKey:
    """What an answer depends on besides chance and settings. The parts are kept apart, so that each can be asked for."""

    task_hash: str
    """Of the name, the decorators, and the signature with its docstring."""
    context_hash: str
    """Of what the prompts show of the project: another helper, another key."""
    model_hash: str
    """As in `Capabilities`."""
    prompt_version: str
    """Number and digest of the prompt templates, `2/0123456789abcdef`."""


def key_of(task: FunctionTask, *, model_hash: str, profile: prompts.Profile) -> TaskKey:
    """Return the key of a task that is in its project already (`surroundings.situate`)."""
    return TaskKey(
        task_hash=_hash(json.dumps([task.language, task.qualname, task.decorators, task.header])),
        context_hash=_hash(task.context),
        model_hash=model_hash,
        prompt_version=f"{prompts.VERSION}/{prompts.digest(profile)}",
    )


def settings_hash(settings: SolveSettings) -> str:
    """Return a hash of the settings that are not as by default, the seed among them.

    Another seed is another draw, so an answer holds for the seed it was drawn with. A setting that a later version adds
    changes no hash while it has its default.
    """
    return _hash(json.dumps(changed(settings), sort_keys=True))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


class Outcome(Enum):
    """What became of a solve's result."""

    VERIFIED = "verified"
    """The level was VERIFIED: at the end of the solve, or later, with a case that the user confirmed."""
    ACCEPTED = "accepted"
    """The code was put into the file: by itself where it was VERIFIED, else by the user."""
    EDITED = "edited"
    """Its body was changed after that, other than in comments and blank lines."""
    REVERTED = "reverted"
    """The function is again what it was before."""
    REJECTED = "rejected"
    """The user dropped the result, or said that a case it rests on is wrong."""


AGAINST = frozenset({Outcome.EDITED, Outcome.REVERTED, Outcome.REJECTED})
"""Outcomes after which the user does not want this answer again: while one of them is the last, it is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveRecord:
    """One solve, as `HistoryRecorder` took it down from its events."""

    uid: str
    key: TaskKey
    task: FunctionTask
    kind: str
    """solve, repair or completion."""
    model: str
    """Name and quantisation."""
    began_at: float
    """Seconds since the epoch."""
    seconds: float
    ended: str
    """finished, cancelled, or the name of an error's class."""
    stopped: str = ""
    """Who ended it early: user, deadline or tokens; empty for nobody."""
    settings: SolveSettings
    selection: Selection | None
    """None where it did not come to an end."""
    ranked: tuple[RankedCandidate, ...]
    """The evidence for the best and the runners-up."""
    candidates: tuple[Candidate, ...]
    verdicts: tuple[Verdict, ...]
    found: Found
    """What the model wrote besides candidates."""
    stages: tuple[Mapping[str, Any], ...]
    route: Mapping[str, Any] | None
    """What `RouteChosen` said, with whatever features a router adds to it."""
    answered_from: str = ""
    """Identity of the earlier solve this one was answered from; empty where the model was asked."""
    embedded: Embedded | None = None
    """The candidates' vectors, where the Lens was in use and embedded them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An earlier answer to the same task: all that was drawn for it, the losers too."""

    uid: str
    solved_at: float
    """When it ended, in seconds since the epoch."""
    model: str
    chosen: str
    """The body that was VERIFIED."""
    found: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveRow:
    """A solve as `atlas-ls history list` shows it."""

    id: int
    uid: str
    qualname: str
    path: str
    kind: str
    model: str
    began_at: float
    seconds: float
    ended: str
    level: str
    """Empty where it did not come to an end."""
    candidates: int
    completion_tokens: int
    answered_from: str
    outcomes: tuple[str, ...]
    """In the order in which they happened."""

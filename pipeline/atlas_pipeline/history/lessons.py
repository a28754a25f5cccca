"""What the router learns from the history: the routes it chose for a model, and what became of each.

A lesson is a solve that came to an end and whose route the router chose, with the features it looked at. Whether it was
solved is what happened last: the user put the code into the file, or it was VERIFIED, at the end or later; against that,
the user undid or rejected it. One that the user rewrote may have been a good start or a bad one, and teaches nothing.
Without any of these the level decides where it can (`routing.level_says`); else the solve teaches nothing either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from atlas_pipeline.history.records import AGAINST, Outcome
from atlas_pipeline.records import Level
from atlas_pipeline.routing import Features, Lesson, Route, level_says

MOST_LESSONS = 500
"""Newest solves that are learned from: enough for nine weights, and read in milliseconds."""
_UNTRIED = frozenset({"user", "engine"})
"""Who ends a solve before its route was tried; the others end it because of what the route costs or finds."""

_ROUTED = """
SELECT route, level, stopped, (
    SELECT what FROM outcomes JOIN solves AS same ON same.id = outcomes.solve
    WHERE same.uid = solves.uid OR same.answered_from = solves.uid
    ORDER BY at DESC, outcomes.id DESC LIMIT 1
) FROM solves JOIN tasks ON tasks.id = solves.task
WHERE model_hash = ? AND ended = 'finished' AND answered_from = '' AND route LIKE '%"features":{"%'
ORDER BY began_at DESC, solves.id DESC LIMIT ?
"""


class _Chosen(msgspec.Struct):
    """What is needed of a `RouteChosen` that was kept."""

    route: Route
    features: Features


def lessons(connection: sqlite3.Connection, model_hash: str) -> Sequence[Lesson]:
    """Return the newest lessons of a model, oldest first; rows of another version that cannot be read are left out."""
    rows = connection.execute(_ROUTED, [model_hash, MOST_LESSONS]).fetchall()
    return [lesson for row in reversed(rows) if (lesson := _lesson(*row)) is not None]


def _lesson(route: str, level: str, stopped: str, last: str | None) -> Lesson | None:
    try:
        chosen = msgspec.json.decode(route, type=_Chosen)
    except msgspec.DecodeError:
        return None
    solved = _was_solved(Level(level), stopped, last, examples=chosen.features.examples > 0.0)
    return Lesson(features=chosen.features, route=chosen.route, solved=solved) if solved is not None else None


def _was_solved(level: Level, stopped: str, last: str | None, *, examples: bool) -> bool | None:
    if last is not None:
        return None if Outcome(last) is Outcome.EDITED else Outcome(last) not in AGAINST
    return level_says(level, examples=examples) if stopped not in _UNTRIED else None

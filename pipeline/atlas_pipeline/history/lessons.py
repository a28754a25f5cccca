"""What the router learns from the history: the routes it chose for a model, and what became of each.

A lesson is a solve that came to an end and whose route the router chose, with the features it looked at. Whether it was
solved is what happened last: the user put the code into the file, or it was VERIFIED, at the end or later; against that,
the user undid, rejected or rewrote it. Without any of these an UNVERIFIED solve was not solved, and a WEAK one, which
nobody judged, teaches nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from atlas_pipeline.history.records import AGAINST, Outcome
from atlas_pipeline.records import Level
from atlas_pipeline.routing import Features, Lesson, Route

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
    solved = _was_solved(level, stopped, last)
    if solved is None:
        return None
    try:
        chosen = msgspec.json.decode(route, type=_Chosen)
    except msgspec.DecodeError:
        return None
    return Lesson(features=chosen.features, route=chosen.route, solved=solved)


def _was_solved(level: str, stopped: str, last: Any) -> bool | None:
    if last is not None:
        return Outcome(last) not in AGAINST
    if stopped in _UNTRIED or level == Level.WEAK.value:
        return None
    return False

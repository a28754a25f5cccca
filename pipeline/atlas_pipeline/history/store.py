"""Reads and writes the tables of an open history. Plain functions of a connection; transactions are the caller's."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from atlas_pipeline.history.records import AGAINST, Known, Outcome, SolveRecord, SolveRow, TaskKey, settings_hash
from atlas_pipeline.rechecking import Found
from atlas_pipeline.records import Candidate, Level, Origin, Plan, Property, RankedCandidate, Status, TestCase, Verdict
from atlas_pipeline.settings import SolveSettings

Row = dict[str, Any]


def add_solve(connection: sqlite3.Connection, record: SolveRecord) -> None:
    """Write a solve with all that belongs to it."""
    key, task, selection = record.key, record.task, record.selection
    parts = {
        "task_hash": key.task_hash,
        "context_hash": key.context_hash,
        "model_hash": key.model_hash,
        "prompt_version": key.prompt_version,
    }
    _insert(
        connection,
        "tasks",
        {
            **parts,
            "language": task.language,
            "qualname": task.qualname,
            "decorators": task.decorators,
            "header": task.header,
            "context": task.context,
        },
        ignoring=True,
    )
    (task_id,) = connection.execute(
        "SELECT id FROM tasks WHERE task_hash = :task_hash AND context_hash = :context_hash"
        " AND model_hash = :model_hash AND prompt_version = :prompt_version",
        parts,
    ).fetchone()
    cost = selection.cost if selection is not None else None
    solve_id = _insert(
        connection,
        "solves",
        {
            "uid": record.uid,
            "task": task_id,
            "kind": record.kind,
            "path": task.path,
            "model": record.model,
            "began_at": record.began_at,
            "seconds": record.seconds,
            "ended": record.ended,
            "stopped": record.stopped,
            "settings_hash": settings_hash(record.settings),
            "settings": _json(record.settings),
            "seed": record.settings.seed,
            "level": selection.level.value if selection is not None else None,
            "reason": selection.reason if selection is not None else None,
            "probability": selection.probability if selection is not None else None,
            "prompt_tokens": cost.prompt_tokens if cost is not None else None,
            "completion_tokens": cost.completion_tokens if cost is not None else None,
            "cost": _json(cost) if cost is not None else None,
            "stages": _json(record.stages),
            "route": _json(record.route) if record.route is not None else None,
            "examples": _json(task.examples),
            "written": _json(
                {"tests": record.found.tests, "inputs": record.found.inputs, "properties": record.found.properties}
            ),
            "answered_from": record.answered_from,
        },
    )
    _add_candidates(connection, solve_id, record)
    if (embedded := record.embedded) is not None:
        for number, vector in embedded.vectors.items():
            add_embedding(connection, record.uid, number, vector, embedded.definition, embedded.view)
    if selection is not None and selection.level is Level.VERIFIED:
        _insert(
            connection,
            "outcomes",
            {
                "solve": solve_id,
                "at": record.began_at + record.seconds,
                "what": Outcome.VERIFIED.value,
                "detail": "",
            },
        )


def _add_candidates(connection: sqlite3.Connection, solve_id: int, record: SolveRecord) -> None:
    best = record.selection.best if record.selection is not None else None
    evidence = {ranked.candidate.index: ranked for ranked in record.ranked}
    of: dict[int, list[Verdict]] = {}
    for verdict in record.verdicts:
        of.setdefault(verdict.candidate, []).append(verdict)
    given = {case.call for case in record.task.examples}
    for candidate in record.candidates:
        verdicts = of.get(candidate.index, [])
        judged = [verdict for verdict in verdicts if verdict.case.call in given]
        ranked = evidence.get(candidate.index)
        row = _insert(
            connection,
            "candidates",
            {
                "solve": solve_id,
                "number": candidate.index,
                "body": candidate.body,
                "origin": candidate.origin.value,
                "plan": _json(candidate.plan) if candidate.plan is not None else None,
                "parent": candidate.parent,
                "tokens": candidate.tokens,
                "mean_logprob": candidate.mean_logprob,
                "examples_passed": sum(verdict.status is Status.PASS for verdict in judged),
                "examples": len(judged),
                "evidence": _evidence(ranked) if ranked is not None else None,
                "chosen": int(best is not None and best.candidate.index == candidate.index),
            },
        )
        for verdict in verdicts:
            case = verdict.case
            _insert(
                connection,
                "verdicts",
                {
                    "candidate": row,
                    "provenance": case.provenance.value,
                    "call": case.call,
                    "expected": _json(case.expected) if case.expected is not None else None,
                    "source": case.source,
                    "status": verdict.status.value,
                    "actual": verdict.actual,
                    "cpu_s": verdict.cpu_s,
                },
            )


def _evidence(ranked: RankedCandidate) -> str:
    return _json({name: value for name, value in _plain(ranked).items() if name != "candidate"})


def add_outcome(connection: sqlite3.Connection, uid: str, outcome: Outcome, detail: str, at: float) -> None:
    """Write what became of a solve; one that is no longer kept is left alone."""
    found = connection.execute("SELECT id FROM solves WHERE uid = ?", [uid]).fetchone()
    if found is not None:
        _insert(connection, "outcomes", {"solve": found[0], "at": at, "what": outcome.value, "detail": detail})


def known(connection: sqlite3.Connection, key: TaskKey, settings: Sequence[SolveSettings]) -> Known | None:
    """Return the newest answer that was VERIFIED under this key and one of these settings, and that the user kept."""
    hashes = list(dict.fromkeys(settings_hash(each) for each in settings))
    rows = _rows(
        connection,
        "SELECT solves.* FROM solves JOIN tasks ON tasks.id = solves.task"  # noqa: S608 - only question marks are put in
        " WHERE task_hash = ? AND context_hash = ? AND model_hash = ? AND prompt_version = ?"
        " AND kind != 'repair' AND answered_from = '' AND level = ?"
        f" AND settings_hash IN ({','.join('?' * len(hashes))}) ORDER BY began_at DESC, solves.id DESC LIMIT 1",
        [key.task_hash, key.context_hash, key.model_hash, key.prompt_version, Level.VERIFIED.value, *hashes],
    )
    if not rows or _last_outcome(connection, rows[0]["uid"]) in AGAINST:
        return None  # an older answer that agrees with what the user did not want is no better
    return _found(connection, rows[0])


def _last_outcome(connection: sqlite3.Connection, uid: str) -> Outcome | None:
    """Return what became last of a solve, or of one that was answered from it."""
    row = connection.execute(
        "SELECT what FROM outcomes JOIN solves ON solves.id = outcomes.solve WHERE uid = ? OR answered_from = ?"
        " ORDER BY at DESC, outcomes.id DESC LIMIT 1",
        [uid, uid],
    ).fetchone()
    return Outcome(row[0]) if row is not None else None


def _found(connection: sqlite3.Connection, solve: Row) -> Known | None:
    """Return what a solve drew; None where it cannot be read as the records are now."""
    bodies = _rows(connection, "SELECT * FROM candidates WHERE solve = ? ORDER BY number", [solve["id"]])
    chosen = [row["body"] for row in bodies if row["chosen"]]
    if not chosen:
        return None
    try:
        written = json.loads(solve["written"])
        found = Found(
            candidates=tuple(_candidate(row) for row in bodies),
            tests=msgspec.convert(written["tests"], tuple[TestCase, ...]),
            inputs=msgspec.convert(written["inputs"], tuple[str, ...]),
            properties=msgspec.convert(written["properties"], tuple[Property, ...]),
        )
    except (ValueError, KeyError, TypeError):  # msgspec's errors are ValueErrors
        return None
    return Known(
        uid=solve["uid"],
        solved_at=solve["began_at"] + solve["seconds"],
        model=solve["model"],
        chosen=chosen[0],
        found=found,
    )


def _candidate(row: Row) -> Candidate:
    return Candidate(
        index=row["number"],
        body=row["body"],
        origin=Origin(row["origin"]),
        plan=msgspec.convert(json.loads(row["plan"]), Plan) if row["plan"] is not None else None,
        parent=row["parent"],
        tokens=row["tokens"],
        mean_logprob=row["mean_logprob"],
    )


def add_embedding(
    connection: sqlite3.Connection, uid: str, number: int, vector: bytes, definition: str, view: str
) -> None:
    """Write a candidate's embedding, little-endian float16, with what its numbers mean and what they are of."""
    connection.execute(
        "UPDATE candidates SET embedding = ?, embedding_definition = ?, embedding_view = ?"
        " WHERE number = ? AND solve = (SELECT id FROM solves WHERE uid = ?)",
        [vector, definition, view, number, uid],
    )


def solves(connection: sqlite3.Connection, *, most: int = 0, like: str = "") -> list[SolveRow]:
    """Return the solves that are kept, newest first.

    Args:
        connection: of the history.
        most: how many; 0: all.
        like: part of the function's name or the file's path; empty for all.
    """
    rows = _rows(
        connection,
        "SELECT solves.*, qualname, (SELECT count(*) FROM candidates WHERE solve = solves.id) AS candidates"
        " FROM solves JOIN tasks ON tasks.id = solves.task"
        " WHERE :like = '' OR instr(qualname, :like) OR instr(path, :like)"
        " ORDER BY began_at DESC, solves.id DESC LIMIT :most",
        {"like": like, "most": most or -1},
    )
    return [
        SolveRow(
            id=row["id"],
            uid=row["uid"],
            qualname=row["qualname"],
            path=row["path"],
            kind=row["kind"],
            model=row["model"],
            began_at=row["began_at"],
            seconds=row["seconds"],
            ended=row["ended"],
            level=row["level"] or "",
            candidates=row["candidates"],
            completion_tokens=row["completion_tokens"] or 0,
            answered_from=row["answered_from"],
            outcomes=tuple(outcome["what"] for outcome in _outcomes(connection, row["id"])),
        )
        for row in rows
    ]


def _outcomes(connection: sqlite3.Connection, solve_id: int) -> list[Row]:
    return _rows(connection, "SELECT at, what, detail FROM outcomes WHERE solve = ? ORDER BY at, id", [solve_id])


def export(connection: sqlite3.Connection, *, uid: str = "") -> Iterator[Row]:
    """Yield every solve, or the one named, as plain JSON types, oldest first. `docs/history.md` documents the form."""
    ids = _rows(connection, "SELECT id FROM solves WHERE :uid = '' OR uid = :uid ORDER BY began_at, id", {"uid": uid})
    for row in ids:
        yield whole(connection, row["id"])


def whole(connection: sqlite3.Connection, solve_id: int) -> Row:
    """Return one solve with all that belongs to it, as plain JSON types."""
    (solve,) = _rows(connection, "SELECT * FROM solves WHERE id = ?", [solve_id])
    (task,) = _rows(connection, "SELECT * FROM tasks WHERE id = ?", [solve.pop("task")])
    task.pop("id")
    candidates = _rows(connection, "SELECT * FROM candidates WHERE solve = ? ORDER BY number", [solve.pop("id")])
    for candidate in candidates:
        candidate.pop("solve")
        verdicts = _rows(connection, "SELECT * FROM verdicts WHERE candidate = ? ORDER BY id", [candidate.pop("id")])
        for verdict in verdicts:
            verdict.pop("id")
            verdict.pop("candidate")
            verdict["expected"] = _read(verdict["expected"])
        vector = candidate["embedding"]
        candidate.update(
            plan=_read(candidate["plan"]),
            evidence=_read(candidate["evidence"]),
            chosen=bool(candidate["chosen"]),
            embedding=vector.hex() if vector is not None else None,
            verdicts=verdicts,
        )
    for name in ("settings", "cost", "stages", "route", "examples", "written"):
        solve[name] = _read(solve[name])
    return {**solve, "task": task, "candidates": candidates, "outcomes": _outcomes(connection, solve_id)}


def judged(connection: sqlite3.Connection, model_hash: str, since: float) -> Iterator[Row]:
    """Yield the solves with a model that ended later, or of which something became later, oldest first.

    Of each only what `labels.labels` looks at, and what its candidates' vectors are.
    """
    found = _rows(
        connection,
        "SELECT solves.id, answered_from, began_at, seconds FROM solves JOIN tasks ON tasks.id = solves.task"
        " WHERE model_hash = :model AND (began_at + seconds > :since"
        " OR EXISTS (SELECT 1 FROM outcomes WHERE solve = solves.id AND at > :since)) ORDER BY began_at, solves.id",
        {"model": model_hash, "since": since},
    )
    for row in found:
        candidates = _rows(
            connection,
            "SELECT number, origin, chosen, examples_passed, examples, embedding_view, embedding_definition"
            " FROM candidates WHERE solve = ? ORDER BY number",
            [row["id"]],
        )
        yield {**row, "candidates": candidates, "outcomes": _outcomes(connection, row["id"])}


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return the bytes of all pages that hold something."""
    return file_bytes(connection) - _number(connection, "freelist_count") * _number(connection, "page_size")


def file_bytes(connection: sqlite3.Connection) -> int:
    """Return the bytes of all pages."""
    return _number(connection, "page_count") * _number(connection, "page_size")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def prune(connection: sqlite3.Connection, most_bytes: int) -> int:
    """Drop the oldest solves until no more than nine tenths of `most_bytes` are used; return how many went.

    Their embeddings go first, of all solves, oldest first: they can be computed again, answers cannot. Nine tenths, or
    each further solve would drop one.
    """
    if used_bytes(connection) <= most_bytes:
        return 0
    goal = most_bytes * 9 // 10
    embedded = "SELECT DISTINCT solve FROM candidates WHERE embedding IS NOT NULL ORDER BY solve"
    for row in _rows(connection, embedded, []):
        if used_bytes(connection) <= goal:
            return 0
        connection.execute(
            "UPDATE candidates SET embedding = NULL, embedding_definition = NULL, embedding_view = NULL WHERE solve = ?",
            [row["solve"]],
        )
    gone = 0
    for row in _rows(connection, "SELECT id, task FROM solves ORDER BY began_at, id", []):
        if used_bytes(connection) <= goal:
            break
        connection.execute("DELETE FROM solves WHERE id = ?", [row["id"]])
        connection.execute(
            "DELETE FROM tasks WHERE id = :task AND NOT EXISTS (SELECT 1 FROM solves WHERE task = :task)", row
        )
        gone += 1
    return gone


def _insert(connection: sqlite3.Connection, table: str, values: Mapping[str, Any], *, ignoring: bool = False) -> int:
    """Insert a row and return its id; `ignoring` leaves alone one that is there."""
    verb = "INSERT OR IGNORE" if ignoring else "INSERT"
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(
        f"{verb} INTO {table} ({names}) VALUES ({marks})",
        [_storable(value) for value in values.values()],
    )
    return cursor.lastrowid or 0


def _storable(value: Any) -> Any:
    """Return a value that SQLite takes: a lone surrogate, which is no text, as its escape."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Row]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=True, separators=(",", ":"))


def _read(text: str | None) -> Any:
    return json.loads(text) if text is not None else None


def now() -> float:
    """Return the time as the tables keep it: seconds since the epoch."""
    return time.time()

"""The tables of the history, and the steps from each version of them to the next.

`PRAGMA user_version` holds the version, 0 for a new file; `PRAGMA application_id` says that the file is ours. A step is
never changed once it was released: a later version adds one, and a file of the version before it to
`tests/pipeline/data`. Text is SQLite 3.24, the oldest with `ON CONFLICT`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from atlas_pipeline.errors import HistoryError

APPLICATION_ID = 0x41544C53
"""ATLS in ASCII."""

_FIRST = """
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    task_hash TEXT NOT NULL,
    context_hash TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    language TEXT NOT NULL,
    qualname TEXT NOT NULL,
    decorators TEXT NOT NULL,
    header TEXT NOT NULL,
    context TEXT NOT NULL,
    UNIQUE (task_hash, context_hash, model_hash, prompt_version)
);
CREATE TABLE solves (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,
    task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    model TEXT NOT NULL,
    began_at REAL NOT NULL,
    seconds REAL NOT NULL,
    ended TEXT NOT NULL,
    stopped TEXT NOT NULL,
    settings_hash TEXT NOT NULL,
    settings TEXT NOT NULL,
    seed INTEGER NOT NULL,
    level TEXT,
    reason TEXT,
    probability REAL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    cost TEXT,
    stages TEXT NOT NULL,
    route TEXT,
    examples TEXT NOT NULL,
    written TEXT NOT NULL,
    answered_from TEXT NOT NULL
);
CREATE INDEX solves_of_task ON solves (task);
CREATE INDEX solves_answered_from ON solves (answered_from);
CREATE TABLE candidates (
    id INTEGER PRIMARY KEY,
    solve INTEGER NOT NULL REFERENCES solves (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    origin TEXT NOT NULL,
    plan TEXT,
    parent INTEGER,
    tokens INTEGER NOT NULL,
    mean_logprob REAL,
    examples_passed INTEGER NOT NULL,
    examples INTEGER NOT NULL,
    evidence TEXT,
    chosen INTEGER NOT NULL CHECK (chosen IN (0, 1)),
    embedding BLOB,
    embedding_definition TEXT,
    CHECK ((embedding IS NULL) = (embedding_definition IS NULL)),
    UNIQUE (solve, number)
);
CREATE TABLE verdicts (
    id INTEGER PRIMARY KEY,
    candidate INTEGER NOT NULL REFERENCES candidates (id) ON DELETE CASCADE,
    provenance TEXT NOT NULL,
    call TEXT NOT NULL,
    expected TEXT,
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    actual TEXT NOT NULL,
    cpu_s REAL NOT NULL
);
CREATE INDEX verdicts_of_candidate ON verdicts (candidate);
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY,
    solve INTEGER NOT NULL REFERENCES solves (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX outcomes_of_solve ON outcomes (solve);
"""

_VIEW_OF_EMBEDDING = "ALTER TABLE candidates ADD COLUMN embedding_view TEXT;"

STEPS: Sequence[str] = (_FIRST, _VIEW_OF_EMBEDDING)
"""`STEPS[n]` makes version n + 1 of version n."""


class DamagedError(sqlite3.DatabaseError):
    """The contents of the file are not as SQLite, or as we, left them, though SQLite itself has not said so."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open file, 0 for an empty one.

    Raises:
        DamagedError: it was not written by atlas-ls.
        sqlite3.DatabaseError: it cannot be read.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise DamagedError("the file holds tables of another program")
    return int(version)


def is_current(connection: sqlite3.Connection, steps: Sequence[str] = STEPS) -> bool:
    """Tell whether an open file has the newest version. Changes nothing.

    Raises:
        HistoryError: a newer program wrote it.
        DamagedError: another program wrote it.
        sqlite3.DatabaseError: it cannot be read.
    """
    version = version_of(connection)
    if version > len(steps):
        raise HistoryError(
            f"it has schema {version}, this version of atlas-ls knows {len(steps)}. A newer one wrote it, so it was left "
            "alone. Get the newer one, or set history.enabled to false"
        )
    return version == len(steps)


def migrate(connection: sqlite3.Connection, steps: Sequence[str] = STEPS) -> None:
    """Bring an open file to the newest version, in one transaction: all of it or nothing.

    Raises:
        HistoryError: a newer program wrote it.
        DamagedError: another program wrote it.
        sqlite3.Error: it cannot be read or written.
    """
    if is_current(connection, steps):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in steps[version_of(connection) :]:  # another process may have been here first
            for statement in _statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    """Split a script; `executescript` would commit the transaction it is in."""
    found, pending = [], ""
    for part in script.split(";")[:-1]:
        pending += f"{part};"
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    assert not pending, "a step ends with a semicolon"
    return found

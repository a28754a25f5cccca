"""Reads and removes the history from the command line: every problem is one `HistoryError` to be shown."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from atlas_pipeline.errors import HistoryError
from atlas_pipeline.history.files import BusyError, is_damage, opened, remove
from atlas_pipeline.history.writer import Work

Result = TypeVar("Result")


def read(path: Path, work: Work[Result]) -> Result | None:
    """Return what `work` finds in the history; None where there is none. Makes no file. Blocks.

    Raises:
        HistoryError: it cannot be read.
    """
    if not path.exists():
        return None
    with _told(path), opened(path) as connection:
        connection.execute("BEGIN")  # one state of the tables, whoever writes meanwhile
        return work(connection)


def clear(path: Path) -> int:
    """Remove the history and what was set aside; return how many bytes that were. Blocks.

    Raises:
        HistoryError: it cannot be removed.
    """
    with _told(path):
        return remove(path)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except BusyError as error:
        raise HistoryError(f"{error}. Try again.") from error
    except sqlite3.Error as error:
        remedy = (
            "the next solve sets it aside, `atlas-ls history clear` removes it" if is_damage(error) else "try again"
        )
        raise HistoryError(f"The history {path} cannot be read: {error}; {remedy}.") from error

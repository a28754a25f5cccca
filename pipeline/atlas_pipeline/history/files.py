"""The file of the history: where it is, who may read it, and what happens to one that is damaged.

The file is open only while something is read or written, under a shared `flock` on the file beside it; SQLite's own locks
order the writers. Whoever sets the file aside or removes it holds the lock alone: SQLite's write-ahead log goes by the
file's name, and a process with the old file still open would take the new one's log away.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import platformdirs

from atlas_pipeline.errors import HistoryError
from atlas_pipeline.history.schema import DamagedError, is_current, migrate

NAME = "history.sqlite3"
_LOCK = "history.lock"
_DAMAGED = "history-damaged-"
_BESIDE = ("", "-wal", "-shm")
"""Endings of the files that belong together."""
BUSY_S = 5.0
"""How long SQLite waits for another writer before it says so."""
LOCK_S = 10.0
"""How long to wait until no other process has the file open; they have it for milliseconds at a time."""
_POLL_S = 0.02

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_IN_USE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def history_path() -> Path:
    """Return where the user's history is, whether or not there is one."""
    return platformdirs.user_data_path("atlas-ls", appauthor=False) / "history" / NAME


class BusyError(Exception):
    """Others keep the file to themselves; it can be tried again."""


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error says that the file's contents are not as SQLite, or as we, left them."""
    return isinstance(error, DamagedError) or _code(error) in _DAMAGE


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether an error goes away when others have finished."""
    return _code(error) in _IN_USE


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more of the same


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the history, making or migrating it where needed; closed at the end. Blocks.

    Raises:
        HistoryError: it cannot be used; the message says why.
        BusyError: others keep it to themselves.
        sqlite3.Error: what SQLite says, see `is_damage` and `is_busy`.
    """
    with _locked(path):
        _make_private(path)
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            try:
                is_new = not is_current(connection)
            except HistoryError as error:
                raise HistoryError(f"The history {path} is not used: {error}.") from error
            if is_new:  # only now is it known that the file is ours to change
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # heeded in an empty file only
                connection.execute("PRAGMA journal_mode = WAL")
                migrate(connection)
            yield connection
        finally:
            connection.close()


def set_aside(path: Path) -> Path | None:
    """Give a damaged history another name, so that a new one can begin; return it.

    Returns:
        None where the file is sound after all: another process was faster.

    Raises:
        HistoryError: it cannot be renamed.
        BusyError: others have it open.
    """
    with _locked(path, alone=True):
        if _damage(path, "integrity_check") is None:
            return None
        moment = time.strftime("%Y%m%d-%H%M%S")
        names = (path.with_name(f"{_DAMAGED}{moment}{(n and f'-{n}') or ''}.sqlite3") for n in range(1000))
        new = next(name for name in names if not name.exists())
        try:
            for ending in _BESIDE:
                with contextlib.suppress(FileNotFoundError):
                    renamed = path.with_name(path.name + ending).rename(new.with_name(new.name + ending))
                    renamed.chmod(0o600)
        except OSError as error:
            raise HistoryError(
                f"The history {path} is damaged and cannot be renamed: {error.strerror or error}."
            ) from error
        return new


def remove(path: Path) -> int:
    """Remove the history, and what was set aside; return how many bytes that were.

    Raises:
        HistoryError: it cannot be removed.
        BusyError: others have it open.
    """
    removed = 0
    if not path.parent.is_dir():
        return removed
    ours = {path.name + ending for ending in _BESIDE}
    with _locked(path, alone=True):
        try:
            for file in sorted(path.parent.iterdir()):
                if file.name in ours or file.name.startswith(_DAMAGED):
                    removed += file.stat().st_size
                    file.unlink()
        except OSError as error:
            raise HistoryError(f"The history {path} cannot be removed: {error.strerror or error}.") from error
    return removed


def size_on_disk(path: Path) -> int:
    """Return the bytes of the history and what belongs to it, without what was set aside."""
    total = 0
    for ending in _BESIDE:
        with contextlib.suppress(OSError):
            total += path.with_name(path.name + ending).stat().st_size
    return total


def _damage(path: Path, how: Literal["quick_check", "integrity_check"]) -> str | None:
    """Return what is wrong with the file; None where it is sound, newer than this program, or not there."""
    if not path.is_file():
        return None
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        is_current(connection)
        said = str(connection.execute(f"PRAGMA {how}(1)").fetchone()[0])
    except HistoryError:
        return None
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    else:
        return None if said == "ok" else " ".join(said.removeprefix("*** in database main ***").split())
    finally:
        connection.close()


def damage(path: Path) -> str | None:
    """Read the whole file, indices aside; return what is wrong with it, None where it is sound or not there."""
    with _locked(path):
        return _damage(path, "quick_check")


@contextlib.contextmanager
def _locked(path: Path, *, alone: bool = False) -> Iterator[None]:
    try:
        import fcntl  # here, because servers also start where there is none
    except ImportError as error:
        raise HistoryError(f"The history {path} cannot be locked on this system.") from error
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    lock = path.with_name(_LOCK)
    with _told(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_mode & 0o077:
            path.parent.chmod(0o700)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + LOCK_S
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise BusyError(f"other processes kept the history {path} open for {LOCK_S:g} s") from None
            except OSError as error:
                raise HistoryError(f"The history {path} cannot be locked: {error.strerror or error}.") from error
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


def _make_private(path: Path) -> None:
    """Make the file, empty, if there is none; let nobody but its owner read it. SQLite's own files get the same mode."""
    with _told(path):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise HistoryError(f"The history cannot be kept: {path} is not a file. Move it away.")
        if facts.st_mode & 0o077:
            path.chmod(0o600)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HistoryError(f"The history {path} cannot be written: {error.strerror or error}.") from error

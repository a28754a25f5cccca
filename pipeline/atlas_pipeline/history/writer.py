"""The one thread of a process that reads and writes the history, so that the event loop never waits for a disk.

What is asked of it while it works is done together, in one transaction. Each piece has a savepoint of its own: one that
fails takes nothing else with it.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from atlas_pipeline.errors import HistoryError
from atlas_pipeline.history import store
from atlas_pipeline.history.files import BusyError, damage, is_busy, is_damage, opened, set_aside, size_on_disk

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]
OnNotice = Callable[[str], None]

GIVE_UP_S = 30.0
"""How long a batch is tried while other programs keep the file to themselves."""
CLOSE_S = 10.0
"""How long whoever ends waits for what is not written yet; an editor waits no longer for its server."""
_MOST_WAITING = 1000
"""Pieces of work that may wait; a disk that hangs must not fill the memory."""
_OF_THE_PIECE = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError, sqlite3.DataError)
"""What SQLite says of one statement, not of the file."""
_CHECKED_BYTES = 64 * 1024 * 1024
"""A file up to this size is read once by each process, to find damage before it spreads."""


class Writer:
    """Does work on the history in its thread, which begins with the first piece.

    Args:
        path: of the file.
        max_bytes: what the file may take; 0: no limit.
        on_notice: told what the user should know, in the writer's thread.
        give_up_s: how long a batch is tried while the file is in use.
    """

    def __init__(
        self, path: Path, *, max_bytes: int, on_notice: OnNotice | None = None, give_up_s: float = GIVE_UP_S
    ) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.off: str | None = None
        """Why nothing is kept any more; None while things are well."""
        self._on_notice = on_notice
        self._give_up_s = give_up_s
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._checked = False
        self._overflowed = False

    def submit(self, work: Work[Result]) -> Future[Result | None]:
        """Have `work` done; the future has None where it was not, because the history is off or in use. Does not block."""
        future: Future[Result | None] = Future()
        if self.off is not None or self._queue.qsize() >= _MOST_WAITING:
            if self.off is None and not self._overflowed:
                self._overflowed = True
                self._tell(f"The history {self.path} is written too slowly: something was not kept.")
            future.set_result(None)
            return future
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="atlas-history", daemon=True)
            self._thread.start()
        self._queue.put((work, future))
        return future

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Do what is waiting, then end the thread. Blocks, at most `timeout_s`."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join(timeout_s)

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch = [self._queue.get()]
            while not self._queue.empty():
                batch.append(self._queue.get())
            is_open = None not in batch
            self._do([item for item in batch if item is not None])
            if is_open and self.off is None and not self._checked:
                self._check()

    def _do(self, batch: list[tuple[Work[Any], Future[Any]]]) -> None:
        results: list[Any] = []
        if self.off is None and batch:
            try:
                results = self._tried([work for work, _ in batch])
            except HistoryError as error:
                self._switch_off(str(error))
            except sqlite3.Error as error:
                self._switch_off(f"The history {self.path} cannot be used: {error}.")
            except BusyError as error:
                self._tell(f"Something was not kept in the history: {error}.")
            except Exception as error:  # whoever waits for a result has to get one
                logger.exception("the history failed")
                self._switch_off(f"The history {self.path} failed because of a fault in atlas-ls: {error!r}.")
        for number, (_, future) in enumerate(batch):
            if future.set_running_or_notify_cancel():
                future.set_result(results[number] if results else None)

    def _tried(self, work: list[Work[Any]]) -> list[Any]:
        """Do a batch; as often as needed where others are in the way, and once more with a new file where it is damaged."""
        end = time.monotonic() + self._give_up_s
        replaced = False
        while True:
            try:
                return self._transaction(work)
            except sqlite3.DatabaseError as error:
                if is_damage(error) and not replaced:
                    replaced = True
                    self._replace(str(error))
                elif not is_busy(error):
                    raise
                elif time.monotonic() >= end:
                    raise BusyError(f"another program kept {self.path} locked for {self._give_up_s:g} s") from error

    def _check(self) -> None:
        """Read the whole file once, after the first work on it: damage that nothing has met yet would spread."""
        self._checked = True
        if size_on_disk(self.path) > _CHECKED_BYTES:
            return
        try:
            wrong = damage(self.path)
            if wrong is not None:
                self._replace(wrong)
        except HistoryError as error:
            self._switch_off(str(error))
        except (sqlite3.Error, BusyError) as error:
            logger.info("the history was not checked: %s", error)

    def _transaction(self, work: list[Work[Any]]) -> list[Any]:
        with opened(self.path) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                results = [self._piece(connection, each) for each in work]
                if self.max_bytes:
                    store.prune(connection, self.max_bytes)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            if self.max_bytes and store.file_bytes(connection) > self.max_bytes:
                connection.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page and stop
        return results

    def _piece(self, connection: sqlite3.Connection, work: Work[Any]) -> Any:
        connection.execute("SAVEPOINT piece")
        try:
            result = work(connection)
        except Exception as error:  # the boundary of the thread: a fault of ours in one record must not end the history
            if isinstance(error, sqlite3.Error) and not isinstance(error, _OF_THE_PIECE):
                raise  # about the file
            connection.execute("ROLLBACK TO piece")
            logger.exception("something was not kept in the history")
            self._tell("Something was not kept in the history, because of a fault in atlas-ls; its log says more.")
            result = None
        connection.execute("RELEASE piece")
        return result

    def _replace(self, wrong: str) -> None:
        aside = set_aside(self.path)
        if aside is not None:
            self._tell(f"The history {self.path} was damaged ({wrong}). It is now {aside}, and a new one begins.")

    def _switch_off(self, reason: str) -> None:
        self.off = reason
        self._tell(f"{reason} Nothing is kept until the next start.")

    def _tell(self, text: str) -> None:
        logger.warning("%s", text)
        if self._on_notice is not None:
            self._on_notice(text)

"""The history of solves as one process uses it: solves and outcomes go in, earlier answers come out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from atlas_pipeline.history import store
from atlas_pipeline.history.files import history_path
from atlas_pipeline.history.labels import later
from atlas_pipeline.history.lessons import lessons
from atlas_pipeline.history.records import Known, Outcome, SolveRecord, TaskKey
from atlas_pipeline.history.writer import OnNotice, Work, Writer
from atlas_pipeline.routing import Router
from atlas_pipeline.settings import HistorySettings, SolveSettings

LOOKUP_S = 3.0
"""Longer nobody waits for an earlier answer: the model is asked instead."""
_MEGABYTE = 1024 * 1024

Result = TypeVar("Result")


class LookupTimeoutError(Exception):
    """The history did not answer in time."""


class History:
    """Keeps solves and finds them again. Nothing is opened, and no file made, before the first use."""

    def __init__(
        self, settings: HistorySettings, *, path: Path | None = None, on_notice: OnNotice | None = None
    ) -> None:
        """Use the user's history, or the one at `path`.

        Args:
            settings: its limits, and whether answers come from it; `enabled` is the caller's to heed (`open_history`).
            path: another file, for tests.
            on_notice: told what the user should know, in a thread of the history's own.
        """
        self.settings = settings
        self.path = path or history_path()
        self._writer = Writer(self.path, max_bytes=settings.max_mb * _MEGABYTE, on_notice=on_notice)

    @property
    def off(self) -> str | None:
        """Why nothing is kept any more; None while things are well."""
        return self._writer.off

    def add(self, record: SolveRecord) -> None:
        """Keep a solve. Returns at once."""
        self._writer.submit(lambda connection: store.add_solve(connection, record))

    def outcome(self, uid: str, outcome: Outcome, detail: str = "") -> None:
        """Keep what became of a solve. Returns at once."""
        at = time.time()
        self._writer.submit(lambda connection: store.add_outcome(connection, uid, outcome, detail, at))

    async def known_candidates(self, key: TaskKey, settings: Sequence[SolveSettings]) -> Known | None:
        """Return everything that was drawn for the newest VERIFIED answer to the same task; None where there is none.

        Args:
            key: the function, its context, the model and the prompts.
            settings: with which of these the answer may have been drawn; the seed is among them.

        Raises:
            LookupTimeoutError: the file is in use, or the disk is slow.
        """
        return await self._found(lambda connection: store.known(connection, key, settings))

    async def router(self, model_hash: str) -> Router | None:
        """Return a router that has learned what became of its earlier choices for a model; None where nothing can be read.

        Raises:
            LookupTimeoutError: the file is in use, or the disk is slow.
        """
        return await self._found(lambda connection: Router.taught(lessons(connection, model_hash)))

    async def new_labels(self, model_hash: str, since: float) -> int | None:
        """Return of how many candidates of a model the user said after a moment whether they are right.

        Returns:
            None where nothing can be read.

        Raises:
            LookupTimeoutError: the file is in use, or the disk is slow.
        """
        return await self._found(
            lambda connection: sum(1 for _ in later(store.judged(connection, model_hash, since), since))
        )

    async def _found(self, work: Work[Result]) -> Result | None:
        asked = self._writer.submit(work)
        try:
            async with asyncio.timeout(LOOKUP_S):
                return await asyncio.shield(asyncio.wrap_future(asked))
        except TimeoutError:
            raise LookupTimeoutError(f"the history {self.path} did not answer within {LOOKUP_S:g} s") from None

    def close(self) -> None:
        """Write what is waiting. Blocks."""
        self._writer.close()

    async def aclose(self) -> None:
        """Write what is waiting, without blocking the event loop."""
        await asyncio.to_thread(self.close)


def open_history(settings: HistorySettings, *, on_notice: OnNotice | None = None) -> History | None:
    """Return the user's history; None where it is switched off."""
    return History(settings, on_notice=on_notice) if settings.enabled else None

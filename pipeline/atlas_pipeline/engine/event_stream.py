"""Carries a job's events from the decoder's thread to the event loop, a few milliseconds' worth at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from atlas_pipeline.engine.generation import Ended, Event, Failed

COLLECT_S = 0.005
"""Small models draw a thousand tokens a second: one message for each would take longer than drawing it."""


class EventStream:
    """The events of one job. Made on the event loop that reads them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pending: deque[Event] = deque()
        self._news = asyncio.Event()
        self._announced = False

    def emit(self, event: Event) -> None:
        """Take an event, on any thread."""
        self._pending.append(event)
        if self._loop.is_closed():
            return
        if isinstance(event, Ended | Failed):
            self._loop.call_soon_threadsafe(self._news.set)
        elif not self._announced:
            self._announced = True
            self._loop.call_soon_threadsafe(self._loop.call_later, COLLECT_S, self._news.set)

    async def batches(self) -> AsyncIterator[list[Event]]:
        """Give the events until the job's last one, everything that is there at a time."""
        while True:
            await self._news.wait()
            self._news.clear()
            # Before the events are taken: one that comes in between is announced again rather than never.
            self._announced = False
            batch: list[Event] = []
            while self._pending:
                batch.append(self._pending.popleft())
            if batch:
                yield batch
                if isinstance(batch[-1], Ended | Failed):
                    return

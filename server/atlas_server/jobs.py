"""Running commands: one for each function, and a line in which they wait for the model.

A second command on a function replaces the first. All others are served in the order they came.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from atlas_pipeline.solving import Control
from atlas_server.results import Key

Answer = dict[str, object]
"""What a command answers with; `status` is always there."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Ticket:
    on_place: Callable[[int], None]
    served: asyncio.Event = field(default_factory=asyncio.Event)
    place: int | None = None


class Line:
    """Those who want the model, in the order they came. The first has it."""

    def __init__(self) -> None:
        self._tickets: list[_Ticket] = []

    @asynccontextmanager
    async def turn(self, on_place: Callable[[int], None]) -> AsyncGenerator[None, None]:
        """Wait for one's turn and keep it; `on_place` is told every place in the line but the first, from 1 on."""
        ticket = _Ticket(on_place=on_place)
        self._tickets.append(ticket)
        self._move()
        try:
            await ticket.served.wait()
            yield
        finally:
            self._tickets.remove(ticket)
            self._move()

    def _move(self) -> None:
        for place, ticket in enumerate(self._tickets):
            if place == 0:
                ticket.served.set()
            elif place != ticket.place:
                ticket.place = place
                ticket.on_place(place)


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """A command that runs, or waits for its turn."""

    key: Key
    control: Control
    task: asyncio.Task[Answer] | None = None
    has_turn: bool = False

    def cancel(self) -> None:
        """End it; nothing of it is kept."""
        if self.task is not None:
            self.task.cancel()


class Jobs:
    """The running commands of one connection."""

    def __init__(self) -> None:
        self._jobs: dict[Key, Job] = {}
        self._busy = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.line = Line()

    async def busy(self) -> None:
        """Wait until a command runs."""
        await self._busy.wait()

    async def idle(self, seconds: float) -> None:
        """Wait until no command has run for so long."""
        while True:
            await self._idle.wait()
            try:
                async with asyncio.timeout(seconds):
                    await self._busy.wait()
            except TimeoutError:
                return

    async def run(self, key: Key, make: Callable[[Job], Coroutine[Any, Any, Answer]]) -> Answer:
        """Run a command in the place of the one that runs for the same function."""
        while (running := self._jobs.get(key)) is not None:
            await self.end(running)
        job = Job(key=key, control=Control())
        self._jobs[key] = job
        self._busy.set()
        self._idle.clear()
        job.task = asyncio.create_task(make(job))
        try:
            return await job.task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise  # the request itself was cancelled: the protocol layer answers
            return {"status": "cancelled"}
        finally:
            self._forget(job)

    def find(self, uri: str = "", qualname: str = "") -> Job | None:
        """Return the job of a function; else the one that has the model, or the newest, of a document or of all."""
        if qualname:
            return self._jobs.get((uri, qualname))
        among = self.of(uri)
        return next((job for job in among if job.has_turn), among[-1] if among else None)

    def of(self, uri: str = "") -> list[Job]:
        """Return the jobs of a document, or all of them, the oldest first."""
        return [job for key, job in self._jobs.items() if not uri or key[0] == uri]

    async def end_all(self, jobs: list[Job]) -> None:
        """Cancel jobs, all before any has ended, so that none has its turn in between."""
        for job in jobs:
            job.cancel()
        await asyncio.gather(*(self.end(job) for job in jobs))

    async def end(self, job: Job) -> None:
        """Cancel a job and wait until it has ended."""
        job.cancel()
        if job.task is not None:
            await asyncio.wait({job.task})
        self._forget(job)

    async def aclose(self) -> None:
        """End all of them."""
        await self.end_all(self.of())

    def _forget(self, job: Job) -> None:
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]
        if not self._jobs:
            self._busy.clear()
            self._idle.set()

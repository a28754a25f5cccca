"""The sandbox itself: one warm jail, a bounded number of programs at a time in it, a new jail when it is lost."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
from collections.abc import Sequence

from atlas_pipeline.errors import SandboxError

from .api import Call, Limits, Outcome, OutcomeKind, Program
from .jail import Jail, JailLostError, JailSpec
from .worker import Worker

_logger = logging.getLogger(__name__)

_ATTEMPTS = 2
"""How often a run is made when the jail is lost under it."""


class IsolatedSandbox:
    """Runs programs in a jail; belongs to the event loop it was opened in."""

    def __init__(self, spec: JailSpec, jail: Jail, slots: int, notice: str = "") -> None:
        self._spec = spec
        self._jail = jail
        self._slot_count = slots
        self._slots = asyncio.Semaphore(slots)
        self._twin: IsolatedSandbox | None = None
        self._replacing = asyncio.Lock()
        self._is_closed = False
        self.notice = notice
        """Which stronger layers are missing, why, and what would give them; empty where none is."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the isolation layers that are on, outermost first."""
        return self._jail.layers

    @property
    def pid(self) -> int:
        """Id of the jail's outermost process; another one after the jail was lost."""
        return self._jail.pid

    @property
    def interpreter(self) -> str:
        """Path of the interpreter that runs the programs."""
        return self._spec.interpreter.executable

    async def run(self, program: Program, calls: Sequence[Call], limits: Limits) -> list[Outcome]:
        """Load `program` once, evaluate each call in it and return one outcome per call, in order.

        Cancelling ends the program's process. No call, no process.

        Raises:
            SandboxError: the sandbox itself failed, twice if the jail was lost. Never for anything the program does.
        """
        if program.module_name == "__main__":
            raise SandboxError("a program is never run as __main__")
        if not calls:
            return []
        for _ in range(_ATTEMPTS - 1):
            try:
                return await self._run_once(program, calls, limits)
            except JailLostError:
                _logger.warning("the sandbox process was lost; running the program again in a new one")
        return await self._run_once(program, calls, limits)

    async def twin(self) -> IsolatedSandbox:
        """Return a second sandbox like this one, but a fresh interpreter with another hash seed. It belongs to this one.

        Raises:
            SandboxError: it cannot be started, or this sandbox is closed.
        """
        async with self._replacing:
            if self._is_closed:
                raise SandboxError("the sandbox is closed")
            if self._twin is None:
                spec = dataclasses.replace(self._spec, hash_seed=self._spec.hash_seed + 1)
                self._twin = IsolatedSandbox(spec, await Jail.start(spec), self._slot_count)
            return self._twin

    async def aclose(self) -> None:
        """End every process of this sandbox; runs in progress fail."""
        self._is_closed = True
        if self._twin is not None:
            await self._twin.aclose()
        async with self._replacing:
            await self._jail.close()

    async def __aenter__(self) -> IsolatedSandbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _run_once(self, program: Program, calls: Sequence[Call], limits: Limits) -> list[Outcome]:
        async with self._slots:
            jail = await self._living_jail()
            outcomes: list[Outcome] = []
            for _ in range(limits.restarts + 1):
                outcomes += await _run_until_end(jail, program, calls[len(outcomes) :], limits)
                if len(outcomes) == len(calls):
                    break
            return outcomes + [Outcome(kind=OutcomeKind.NOT_RUN)] * (len(calls) - len(outcomes))

    async def _living_jail(self) -> Jail:
        async with self._replacing:
            if self._is_closed:
                raise SandboxError("the sandbox is closed")
            if self._jail.is_lost:
                await self._jail.close()
                self._jail = await Jail.start(self._spec)
            return self._jail


async def _run_until_end(jail: Jail, program: Program, calls: Sequence[Call], limits: Limits) -> list[Outcome]:
    """Return the outcomes of the calls up to the first after which the process could not go on."""
    worker = await Worker.start(jail, limits, len(calls))
    try:
        loaded = await worker.load(program)
        if loaded.kind is not OutcomeKind.RETURNED or not worker.is_alive:
            return [loaded] * len(calls)
        outcomes = []
        for call in calls:
            outcomes.append(await worker.call(call.expression))
            if not worker.is_alive:
                break
        return outcomes
    finally:
        await worker.close()


def default_slots() -> int:
    """Return how many programs may run at a time: all processors but one."""
    return max(1, len(os.sched_getaffinity(0)) - 1)

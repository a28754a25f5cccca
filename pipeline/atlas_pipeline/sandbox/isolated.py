"""The sandbox itself: one warm jail, a bounded number of programs at a time in it, a new jail when it is lost.

While a program runs, the process for the next one is already being forked and confined, and the one before is still
being reaped: none of the three waits for another.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from atlas_pipeline.errors import SandboxError

from .api import Call, Limits, Outcome, OutcomeKind, Program, ProjectTestReport
from .jail import Jail, JailLostError, JailSpec
from .languages import LANGUAGES
from .project_tests import run_project_tests
from .scripts import ScriptRunner, find_node
from .sealed import sealed_file
from .worker import Worker

_T = TypeVar("_T")
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
        self._scripts: ScriptRunner | None = None
        self._spare: asyncio.Task[Worker] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._twin: IsolatedSandbox | None = None
        self._replacing = asyncio.Lock()
        self._is_closed = False
        self.notice = notice
        """Which stronger layers are missing, why, and what would give them; empty where none is."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the isolation layers that are on, outermost first."""
        return self._jail.layers

    def layers_for(self, language: str) -> tuple[str, ...]:
        """Names of the layers that programs of a language run under: those that may start processes have others."""
        if LANGUAGES[language].runtime == "forkserver":
            return self.layers
        return ("bubblewrap", "seccomp", "rlimits", "no_new_privs", "polled memory")

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
        return await self._again_if_lost(lambda: self._run_once(program, calls, limits))

    async def run_main(self, program: Program, inputs: Sequence[str], limits: Limits) -> list[Outcome]:
        """Run `program` as a main program once for each text on its standard input; return the outcomes, in order.

        Raises:
            SandboxError: the sandbox itself failed, twice if the jail was lost. Never for anything the program does.
        """

        async def one(stdin: str) -> Outcome:
            return await self._again_if_lost(lambda: self._run_main_once(program, stdin, limits))

        runs = [asyncio.create_task(one(stdin)) for stdin in inputs]
        try:
            return await asyncio.gather(*runs)
        finally:
            for run in runs:
                run.cancel()
            await asyncio.gather(*runs, return_exceptions=True)

    async def run_project_tests(
        self, tests: Sequence[str], *, changed: Mapping[str, str], limits: Limits
    ) -> ProjectTestReport:
        """Run tests of the workspace with pytest, the documents in `changed` (path to text) in place.

        Raises:
            SandboxUnavailableError: they cannot be run here, and why.
            UsageError: nothing of the workspace may be seen, or a path is outside of it.
        """
        async with self._slots:
            return await run_project_tests(
                self._spec.workspace,
                self._spec.interpreter,
                self._spec.bubblewrap,
                tests=tests,
                changed=changed,
                limits=limits,
            )

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

    async def settle(self) -> None:
        """Wait until no process is being made or reaped: what is left is the jail and the process for the next program.

        Only for who counts processes; runs in progress are not waited for.
        """
        await self._living_jail()
        if self._spare is None:
            self._spare = asyncio.create_task(Worker.fork(self._jail))
        await asyncio.wait({self._spare, *self._closing})

    async def aclose(self) -> None:
        """End every process of this sandbox; runs in progress fail."""
        self._is_closed = True
        if self._twin is not None:
            await self._twin.aclose()
        if self._spare is not None:
            spare, self._spare = self._spare, None
            await _drop(spare)
        async with self._replacing:
            await self._jail.close()
        await asyncio.gather(*self._closing)

    async def __aenter__(self) -> IsolatedSandbox:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _again_if_lost(self, once: Callable[[], Awaitable[_T]]) -> _T:
        """Do a run; when the jail is lost under it, do it again in a new one."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return await once()
            except JailLostError:
                _logger.warning("the sandbox process was lost; running the program again in a new one")
        return await once()

    async def _run_once(self, program: Program, calls: Sequence[Call], limits: Limits) -> list[Outcome]:
        async with self._slots:
            outcomes: list[Outcome] = []
            for _ in range(limits.restarts + 1):
                outcomes += await self._until_end(program, calls[len(outcomes) :], limits)
                if len(outcomes) == len(calls):
                    break
            return outcomes + [Outcome(kind=OutcomeKind.NOT_RUN)] * (len(calls) - len(outcomes))

    async def _until_end(self, program: Program, calls: Sequence[Call], limits: Limits) -> list[Outcome]:
        """Return the outcomes of the calls up to the first after which the process could not go on."""
        if program.language != "python":
            return await (await self._script_runner()).run_until_end(program, calls, limits)
        async with self._worker() as worker:
            loaded = await worker.load(program, self._spec.workspace, limits, len(calls))
            if loaded.kind is not OutcomeKind.RETURNED or not worker.is_alive:
                return [loaded] * len(calls)
            outcomes = []
            for call in calls:
                outcomes.append(await worker.call(call.expression))
                if not worker.is_alive:
                    break
            return outcomes

    async def _run_main_once(self, program: Program, stdin: str, limits: Limits) -> Outcome:
        if program.language != "python":
            runner = await self._script_runner()
            async with self._slots:
                return await runner.run_main(program, stdin, limits)
        descriptor = sealed_file(stdin.encode("utf-8", "surrogateescape"))
        try:
            async with self._slots, self._worker() as worker:
                return await worker.run_main(program, self._spec.workspace, descriptor, limits)
        finally:
            os.close(descriptor)

    @contextlib.asynccontextmanager
    async def _worker(self) -> AsyncIterator[Worker]:
        """Give a process for one program, and have the next one made meanwhile.

        After a run that ended as it should, its process is waited for in the background: it is dying, and runs nothing.
        """
        worker = await self._take_worker()
        try:
            yield worker
        except BaseException:
            await worker.close()
            raise
        worker.end()
        closing = asyncio.create_task(worker.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        while len(self._closing) > self._slot_count:
            await asyncio.wait(self._closing, return_when=asyncio.FIRST_COMPLETED)

    async def _take_worker(self) -> Worker:
        jail = await self._living_jail()
        spare, self._spare = self._spare, None
        try:
            worker = await spare if spare is not None else None
        except asyncio.CancelledError:
            if spare is not None:
                await _drop(spare)
            raise
        except SandboxError:
            worker = None  # it is made again, and then the reason goes to who asked for it
        if worker is not None and not (worker.jail is jail and worker.is_ready):
            await worker.close()
            worker = None
        worker = worker or await Worker.fork(jail)
        if self._spare is None and not self._is_closed:
            self._spare = asyncio.create_task(Worker.fork(jail))
        return worker

    async def _script_runner(self) -> ScriptRunner:
        """Return what runs JavaScript and TypeScript, found on first use.

        Raises:
            SandboxUnavailableError: it cannot be had here, and why.
        """
        async with self._replacing:
            if self._is_closed:
                raise SandboxError("the sandbox is closed")
            if self._scripts is None:
                node = await find_node(self._spec.node, self._spec.bubblewrap)
                assert self._spec.bubblewrap is not None
                self._scripts = ScriptRunner(node, self._spec.bubblewrap, self._spec.workspace)
            return self._scripts

    async def _living_jail(self) -> Jail:
        async with self._replacing:
            if self._is_closed:
                raise SandboxError("the sandbox is closed")
            if self._jail.is_lost:
                await self._jail.close()
                self._jail = await Jail.start(self._spec)
            return self._jail


async def _drop(spare: asyncio.Task[Worker]) -> None:
    """End a process that was made and is not needed."""
    spare.cancel()
    with contextlib.suppress(asyncio.CancelledError, SandboxError):
        await (await spare).close()


def default_slots() -> int:
    """Return how many programs may run at a time: all processors but one."""
    return max(1, len(os.sched_getaffinity(0)) - 1)

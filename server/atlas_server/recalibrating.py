"""Adapts the Lens to what the history learned since the last time, while nobody waits for anything.

What is done is `atlas-ls lens train --recalibrate`, in a process of its own: nothing of it is in the event loop's way, it
runs at the lowest priority on one core, and it is ended as soon as a command begins; what it was doing is then begun again
when things are quiet. It begins only after a solve of this connection in which the Lens scored: where no Lens is used,
nothing here runs and nothing is imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from atlas_lens import recalibrations
from atlas_lens.errors import LensError
from atlas_pipeline.engine.gguf_header import read_header
from atlas_pipeline.engine.model_file import model_path
from atlas_pipeline.errors import AtlasError
from atlas_pipeline.history.history import LookupTimeoutError
from atlas_pipeline.lens_files import lens_folder

if TYPE_CHECKING:
    from atlas_pipeline.settings import Settings
    from atlas_server.session import Session

logger = logging.getLogger(__name__)

LOWEST_PRIORITY = 19
_ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""numpy's libraries take all cores otherwise."""

OnLog = Callable[[str], None]


class Recalibrator:
    """Waits for outcomes and for quiet, and then recalibrates. Its task begins when the Lens is first used.

    Args:
        session: whose commands go first.
        on_log: told what changed, and what went wrong.
    """

    def __init__(self, session: Session, on_log: OnLog) -> None:
        self._session = session
        self._log = on_log
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._wanted = 0
        """New outcomes, as the history counts them, before which another look is of no use."""

    def lens_used(self) -> None:
        """Note that the Lens scored the candidates of a solve."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self._news.set()

    def outcome_kept(self) -> None:
        """Note that something became of a result."""
        self._news.set()

    async def aclose(self) -> None:
        """End it, with the process that it has begun."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            await self._session.jobs.idle(self._session.settings.lens.recalibrate_idle_s)
            self._news.clear()
            try:
                await self._look(self._session.settings)
            except (AtlasError, LensError, LookupTimeoutError, OSError) as error:
                logger.warning("recalibrating the Lens: %s", error)
                self._log(f"the Lens was not recalibrated: {error}")

    async def _look(self, settings: Settings) -> None:
        """Recalibrate where the settings ask for it and there are enough new outcomes."""
        lens = settings.lens
        if not (lens.is_used and lens.recalibrate) or lens.weights or settings.engine.url:
            return
        history = await self._session.history()
        if history is None:
            return
        model = model_path(settings.engine.model)
        header = await asyncio.to_thread(read_header, model)
        last = await asyncio.to_thread(recalibrations.last, lens_folder() / header.digest)
        new = await history.new_labels(header.digest, last.until if last is not None else 0.0)
        if new is None or new < max(lens.recalibrate_after, self._wanted):
            return
        answer = await self._recalibrated(
            ["--recalibrate", "--after", str(lens.recalibrate_after), "--json", "--model", str(model)]
        )
        if answer is None:  # a command began
            self._news.set()
            return
        # Some outcomes may be of no use to this Lens, which only that process knows.
        missing = lens.recalibrate_after - answer["new_outcomes"]
        self._wanted = new + missing if missing > 0 else 0
        if answer["swapped"]:
            self._log(
                f"the Lens was adapted to {answer['new_outcomes']} new outcomes; {answer['reason']}. Version "
                f"{answer['version']} is in use; `atlas-ls lens rollback` goes back."
            )

    async def _recalibrated(self, arguments: list[str]) -> dict[str, Any] | None:
        """Return what the command says; None where it was ended because a command of the user began.

        Raises:
            LensError: it failed.
        """
        process = await asyncio.create_subprocess_exec(
            # -P: a language server starts in the user's workspace, whose modules must not shadow ours.
            sys.executable, "-P", "-m", "atlas_server", "lens", "train", *arguments,
            stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env=os.environ | _ONE_CORE,
        )  # fmt: skip
        with contextlib.suppress(OSError, AttributeError):  # no such call on this system; it is short in any case
            os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST_PRIORITY)
        talking = asyncio.create_task(process.communicate())
        interrupted = asyncio.create_task(self._session.jobs.busy())
        try:
            await asyncio.wait({talking, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if not talking.done():
                return None
            said, complaint = talking.result()
        finally:
            interrupted.cancel()
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            await asyncio.gather(talking, interrupted, return_exceptions=True)
        try:
            answer: dict[str, Any] = json.loads(said)
        except ValueError:
            lines = complaint.decode("utf-8", "replace").strip().splitlines()
            raise LensError(lines[-1] if lines else f"its process ended with {process.returncode}") from None
        return answer

"""The thread that owns the model: it loads it, then hands the decoding core one job after another.

The HTTP layer knows this class and the events of a job, none of which says how many sequences are decoded at a time.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from atlas_pipeline.engine.generation import (
    Cost,
    Embedded,
    EmbeddingJob,
    Ended,
    Failed,
    GenerationJob,
    Job,
    JobCancelled,
)
from atlas_pipeline.errors import AtlasError, EngineError

if TYPE_CHECKING:
    from atlas_pipeline.engine.decoding_core import DecodingCore

JOIN_TIMEOUT_S = 5.0
"""A micro-batch of a large model on a CPU can take seconds; the process ends anyway after that."""

OnProgress = Callable[[float], bool]
"""Takes the loaded fraction, 0 to 1; False gives the load up."""

log = logging.getLogger(__name__)


class Decoder:
    """A queue of jobs and the thread that works it off."""

    def __init__(self, load: Callable[[OnProgress], DecodingCore]) -> None:
        self.loaded: Future[DecodingCore] = Future()
        """The core, or the error that kept it from being loaded."""
        self.progress = 0.0
        self.active: Job | None = None
        self._load = load
        self._closing = False
        self._queue: list[tuple[int, int, float, Job]] = []
        self._serial = itertools.count()
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)
        # Marks the future as running: a waiter that is cancelled must not cancel the load for the others.
        self.loaded.set_running_or_notify_cancel()
        self._thread.start()

    @property
    def queued(self) -> int:
        """Jobs that wait and whose client is still there."""
        with self._wake:
            return sum(not job.cancelled.is_set() for *_, job in self._queue)

    def submit(self, job: Job) -> None:
        """Put a job into the queue; its events go to `job.emit`. From any thread."""
        with self._wake:
            heapq.heappush(self._queue, (-job.priority, next(self._serial), time.monotonic(), job))
            self._wake.notify()

    def close(self) -> bool:
        """Drop all jobs, stop the thread and free the model; return whether it stopped in time."""
        with self._wake:
            self._closing = True
            jobs = [job for *_, job in self._queue]
            self._wake.notify()
        for job in (*jobs, self.active):
            if job is not None:
                job.cancelled.set()
        self._thread.join(JOIN_TIMEOUT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        started = time.monotonic()
        try:
            core = self._load(self._on_progress)
        except AtlasError as error:
            log.error("%s", error)  # noqa: TRY400
            self.loaded.set_exception(error)
            return
        except Exception as error:
            log.exception("loading failed")
            self.loaded.set_exception(EngineError(f"Loading the model failed: {error!r}; see the engine's log."))
            return
        log.info("model loaded in %.1f s", time.monotonic() - started)
        self.progress = 1.0
        self.loaded.set_result(core)
        while (entry := self._next()) is not None:
            job, queued_s = entry
            self.active = job
            if not job.cancelled.is_set():
                self._carry_out(core, job, queued_s)
            self.active = None
        core.close()

    def _on_progress(self, fraction: float) -> bool:
        self.progress = fraction
        return not self._closing

    def _next(self) -> tuple[Job, float] | None:
        with self._wake:
            self._wake.wait_for(lambda: self._queue or self._closing)
            if self._closing:
                return None
            *_, submitted, job = heapq.heappop(self._queue)
            return job, time.monotonic() - submitted

    def _carry_out(self, core: DecodingCore, job: Job, queued_s: float) -> None:
        try:
            if isinstance(job, GenerationJob):
                cost = core.generate(job)
            elif isinstance(job, EmbeddingJob):
                job.emit(Embedded(vectors=core.embed(job)))
                cost = Cost(prompt_tokens=sum(map(len, job.texts)))
            job.emit(Ended(cost=replace(cost, queued_s=queued_s)))
        except JobCancelled:
            log.debug("dropped a job whose client has gone")
        except EngineError as error:
            log.error("%s", error)  # noqa: TRY400
            job.emit(Failed(message=str(error)))
        except Exception as error:
            log.exception("a job failed")
            job.emit(Failed(message=f"The engine failed: {error!r}; see its log."))

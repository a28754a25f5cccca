"""The thread that owns the model: it loads it, hands new jobs to the decoding core, and steps it while there is work.

The model is freed after a time without work, and loaded again by the next job; whoever needs it meanwhile holds it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from atlas_pipeline.engine.counters import Counters
from atlas_pipeline.engine.generation import Job
from atlas_pipeline.errors import AtlasError, EngineError

if TYPE_CHECKING:
    from atlas_pipeline.engine.decoding_core import DecodingCore

JOIN_TIMEOUT_S = 5.0
"""A micro-batch of a large model on a GPU can take seconds; the process ends anyway after that."""

OnProgress = Callable[[float], bool]
"""Takes the loaded fraction, 0 to 1; False gives the load up."""

log = logging.getLogger(__name__)


class Decoder:
    """A model that is loaded when it is needed, and the thread that computes with it.

    `idle_unload_s`: seconds without work after which the model is freed; 0: never.
    """

    def __init__(self, load: Callable[[OnProgress], DecodingCore], *, idle_unload_s: float = 0.0) -> None:
        self.progress = 0.0
        """The loaded fraction, 0 to 1."""
        self.loads = 0
        """How often the model was loaded."""
        self._load = load
        self._idle_unload_s = idle_unload_s
        self._closing = False
        self._inbox: deque[Job] = deque()
        self._holders = 0
        self._idle_since = time.monotonic()
        self._wake = threading.Condition()
        self._loaded = self._promise()
        self._wanted = True
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)
        self._thread.start()

    @property
    def core(self) -> DecodingCore | None:
        """The core, if it is loaded."""
        loaded = self._loaded
        return loaded.result() if loaded.done() and loaded.exception() is None else None

    @property
    def failure(self) -> BaseException | None:
        """What kept the model from being loaded."""
        loaded = self._loaded
        return loaded.exception() if loaded.done() else None

    @property
    def is_loading(self) -> bool:
        """Whether somebody waits for the model."""
        return self._wanted and not self._loaded.done()

    @contextmanager
    def hold(self) -> Iterator[Future[DecodingCore]]:
        """Keep the model loaded, loading it if need be; gives the core as a future. From any thread."""
        with self._wake:
            self._holders += 1
            self._wanted = True
            self._wake.notify()
            loaded = self._loaded
        try:
            yield loaded
        finally:
            with self._wake:
                self._holders -= 1
                self._idle_since = time.monotonic()
                self._wake.notify()

    def submit(self, job: Job) -> None:
        """Hand a job in; its events go to `job.emit`. From any thread."""
        with self._wake:
            self._inbox.append(job)
            self._wanted = True
            self._wake.notify()

    def cancel(self, job: Job) -> None:
        """Drop a job: between two batches, or in the middle of one that nobody else waits for. From any thread."""
        job.cancelled.set()
        if (core := self.core) is not None:
            core.cancelled()

    def counters(self) -> Counters:
        """Return what was done since the model was last loaded."""
        core = self.core
        return core.counters if core else Counters()

    def close(self) -> bool:
        """Drop all jobs, stop the thread and free the model; return whether it stopped in time."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if (core := self.core) is not None:
            core.abandon()
        self._thread.join(JOIN_TIMEOUT_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while self._wait_until_wanted():
            core = self._try_load()
            if core is None:
                return
            self._work(core)
            core.close()

    def _wait_until_wanted(self) -> bool:
        with self._wake:
            self._wake.wait_for(lambda: self._wanted or self._closing)
            return not self._closing

    def _try_load(self) -> DecodingCore | None:
        started = time.monotonic()
        try:
            core = self._load(self._on_progress)
        except AtlasError as error:
            log.error("%s", error)  # noqa: TRY400
            self._loaded.set_exception(error)
            return None
        except Exception as error:
            log.exception("loading failed")
            self._loaded.set_exception(EngineError(f"Loading the model failed: {error!r}; see the engine's log."))
            return None
        log.info("model loaded in %.1f s", time.monotonic() - started)
        self.progress = 1.0
        self.loads += 1
        self._idle_since = time.monotonic()
        self._loaded.set_result(core)
        return core

    def _work(self, core: DecodingCore) -> None:
        """Compute until the model is to be freed."""
        busy = False
        while not self._closing:
            with self._wake:
                if not busy and not self._inbox and self._retires_after_waiting():
                    return
                jobs = list(self._inbox)
                self._inbox.clear()
            for job in jobs:
                core.add(job)
            if not (busy or jobs):
                continue
            try:
                busy = core.step()
            except Exception as error:
                log.exception("a step failed")
                core.fail(f"The engine failed: {error!r}; see its log.")
                busy = False
            self._idle_since = time.monotonic()

    def _retires_after_waiting(self) -> bool:
        """Wait for work; return whether the time without any is up. Called with the lock held."""
        remaining = None
        if self._idle_unload_s > 0 and not self._holders:
            remaining = self._idle_since + self._idle_unload_s - time.monotonic()
            if remaining <= 0:
                log.info("freeing the model after %g s without work", self._idle_unload_s)
                # Under the same lock: whoever asks from now on waits for the next load.
                self._loaded = self._promise()
                self._wanted = False
                self.progress = 0.0
                return True
        self._wake.wait(remaining)
        return False

    def _on_progress(self, fraction: float) -> bool:
        self.progress = fraction
        return not self._closing

    def _promise(self) -> Future[DecodingCore]:
        promise: Future[DecodingCore] = Future()
        # Marked as running: a waiter that is cancelled must not cancel the load for the others.
        promise.set_running_or_notify_cancel()
        return promise

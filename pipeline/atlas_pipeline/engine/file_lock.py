"""A lock between processes: one file, `flock`, released by the kernel when its holder dies."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

POLL_S = 0.02
"""Waiting is polled, because a blocking flock in a thread could not be cancelled."""


def try_lock(path: Path) -> int | None:
    """Take the lock if it is free; return the descriptor to `unlock`, or None."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def unlock(descriptor: int) -> None:
    """Release the lock."""
    # Explicitly, not by closing alone: a fork of this process may hold a copy of the descriptor.
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@asynccontextmanager
async def file_lock(path: Path) -> AsyncIterator[None]:
    """Hold the lock at `path`, waiting for it without blocking the event loop."""
    while (descriptor := try_lock(path)) is None:  # noqa: ASYNC110  (another process frees it)
        await asyncio.sleep(POLL_S)
    try:
        yield
    finally:
        unlock(descriptor)

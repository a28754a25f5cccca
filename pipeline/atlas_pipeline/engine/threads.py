"""How many threads to decode with."""

from __future__ import annotations

import os
from pathlib import Path

CPU_TOPOLOGY = Path("/sys/devices/system/cpu")
CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def default_threads() -> int:
    """Return the physical cores this process may use minus one, at least one.

    llama.cpp's threads spin at barriers: one per hyper-thread, or more than a container's quota, is slower than fewer.
    """
    return max(1, min(_physical_cores(), _quota()) - 1)


def _physical_cores() -> int:
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    siblings: set[str] = set()
    for cpu in allowed:
        try:
            siblings.add((CPU_TOPOLOGY / f"cpu{cpu}/topology/thread_siblings_list").read_text())
        except OSError:
            return len(allowed)
    return len(siblings)


def _quota() -> int:
    """Return the container's CPU quota in whole cores; a large number where there is none."""
    try:
        quota, period = CGROUP_QUOTA.read_text().split()
        return max(1, int(quota) // int(period))
    except (OSError, ValueError):
        return 1 << 16

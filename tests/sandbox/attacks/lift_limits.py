"""Lifts its own limits and those of the process that started it.

Ends: RETURNED []
"""

import os
import resource


def attack(facts):
    lifted = []
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        for pid in (0, os.getppid(), facts["parent"]):
            try:
                _, hard = resource.prlimit(pid, kind)
                resource.prlimit(pid, kind, (hard + 1, hard + 1))
                lifted.append((kind, pid))
            except (OSError, ValueError):
                continue
    return lifted

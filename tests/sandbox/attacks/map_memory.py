"""Takes memory outside of the interpreter's own: anonymous maps, shared maps, files in memory, System V segments.

Ends: RETURNED 'bounded' or MEMORY
"""

import ctypes
import mmap
import platform


def attack(facts):
    taken = []
    size = 16 * 1024 * 1024
    for flags in (mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS):
        try:
            while len(taken) < 200:
                taken.append(mmap.mmap(-1, size, flags=flags))
                for at in range(0, size, 4096):
                    taken[-1][at] = 1
        except (OSError, MemoryError):
            continue
    shmget = {"x86_64": 29, "aarch64": 194}[platform.machine()]
    segment = ctypes.CDLL(None).syscall(shmget, 0, size, 0o1600)
    return "bounded" if len(taken) * size < 300 * 1024 * 1024 and segment < 0 else len(taken)

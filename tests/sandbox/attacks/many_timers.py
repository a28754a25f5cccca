"""Makes timers until there are no more: they count as waiting signals of all processes of the user together.

Ends: RETURNED True
"""

import ctypes
import platform


def attack(facts):
    create = {"x86_64": 222, "aarch64": 107}[platform.machine()]
    library = ctypes.CDLL(None)
    timer = ctypes.c_int()
    made = 0
    while made < 1000 and library.syscall(create, 1, None, ctypes.byref(timer)) == 0:
        made += 1
    return made < 1000

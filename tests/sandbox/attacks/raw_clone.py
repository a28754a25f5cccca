"""Makes processes by system calls that the standard library does not use.

Ends: RETURNED []
"""

import ctypes
import platform


def attack(facts):
    numbers = {"x86_64": (56, 57, 58, 435), "aarch64": (220, 435)}[platform.machine()]
    call = ctypes.CDLL(None, use_errno=True).syscall
    made = []
    for number in numbers:
        pid = call(number, 17, 0, 0, 0, 0)  # 17: SIGCHLD, the flags of an ordinary fork
        if pid >= 0:
            made.append(pid)
    return made

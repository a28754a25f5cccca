"""Starts a shell in its own place and in a process of its own.

Ends: RETURNED []
"""

import os
import subprocess


def attack(facts):
    started = []
    for start in (
        lambda: subprocess.run(["/bin/sh", "-c", "echo attack"]),
        lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "exit"], {}),
        lambda: os.execv("/bin/sh", ["sh", "-c", "exit"]),
        lambda: os.popen("id").read() or 1 / 0,
    ):
        try:
            start()
            started.append(start)
        except (OSError, ZeroDivisionError):
            continue
    return started

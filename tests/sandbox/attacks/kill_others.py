"""Sends signals to the forkserver, the trusted side, the process group and everybody.

Ends: RETURNED []
"""

import ctypes
import fcntl
import os
import signal


def attack(facts):
    done = []
    for pid in (os.getppid(), facts["parent"], 0, -1, -os.getpgrp(), 1):
        try:
            os.kill(pid, signal.SIGKILL)
            done.append(pid)
        except (PermissionError, ProcessLookupError):
            pass
        try:
            # The kernel would signal the owner of a pipe for us.
            fcntl.fcntl(os.pipe()[0], 8, pid)
            done.append(("owner", pid))
        except OSError:
            pass
    try:
        os.setpriority(os.PRIO_USER, 0, 19)
        done.append("priority")
    except OSError:
        pass
    if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0:
        done.append("outlives its parent")
    return done

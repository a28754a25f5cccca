"""Moves the working folder, the file mask and the exit handlers of the next program.

Ends: RETURNED 'moved'
"""

import atexit
import os
import sys
import threading


def attack(facts):
    os.chdir("/usr")
    os.umask(0)
    sys.path[:] = ["/usr"]
    sys.argv[:] = ["attack"]
    sys.setswitchinterval(100)
    threading.excepthook = sys.excepthook = sys.unraisablehook = lambda *_: os._exit(0)
    atexit.register(os._exit, 0)
    return "moved"

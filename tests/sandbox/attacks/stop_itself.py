"""Stops itself, so that it neither ends nor runs.

Ends: TIMEOUT
"""

import os
import signal


def attack(facts):
    os.kill(os.getpid(), signal.SIGSTOP)

"""Becomes a daemon: forks twice, in a session of its own, in the root folder.

Ends: RETURNED 'refused'
"""

import os


def attack(facts):
    refused = 0
    for step in (os.fork, os.setsid, os.forkpty, lambda: os.setpgid(0, 0), lambda: os.chroot("/")):
        try:
            if step() == 0:
                os._exit(0)
        except OSError:
            refused += 1
    return "refused" if refused == 5 else refused

"""Recurses for ever after lifting the interpreter's own limit.

Ends: CRASHED or MEMORY or TIMEOUT or RAISED RecursionError
"""

import sys


class Deep:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def attack(facts):
    sys.setrecursionlimit(2**31 - 1)
    return Deep().x

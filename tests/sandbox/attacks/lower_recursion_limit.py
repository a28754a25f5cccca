"""Leaves the runner no room on the interpreter's stack for the answer.

Ends: RETURNED 'low'
"""

import sys


def attack(facts):
    for limit in range(1, 1000):
        try:
            sys.setrecursionlimit(limit)
            return "low"
        except RecursionError:
            continue

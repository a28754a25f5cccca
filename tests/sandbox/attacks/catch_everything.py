"""Catches whatever is raised, also what the runner might raise at it, and never lets go.

Ends: TIMEOUT
"""

import sys


def attack(facts):
    sys.settrace(lambda *_: None)
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue

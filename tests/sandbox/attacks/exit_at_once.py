"""Ends the process as if all were well.

Ends: CRASHED
"""

import os


def attack(facts):
    os._exit(0)

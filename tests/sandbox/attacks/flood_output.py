"""Prints a million lines, to Python's and to the kernel's standard output.

Ends: RETURNED 'printed' or TIMEOUT
"""

import os


def attack(facts):
    for _ in range(1_000_000):
        print("a line of nothing in particular")
    for _ in range(1000):
        os.write(1, b"x" * 65536)
    return "printed"

"""Turns an int into more decimal digits than time allows, with the interpreter's own bound lifted.

Ends: TIMEOUT or MEMORY or RAISED ValueError
"""

import sys


def attack(facts):
    getattr(sys, "set_int_max_str_digits", int)(0)
    return len(str(7**10_000_000))

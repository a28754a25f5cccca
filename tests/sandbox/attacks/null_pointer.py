"""Reads the null pointer.

Ends: CRASHED
"""

import ctypes


def attack(facts):
    return ctypes.string_at(0)

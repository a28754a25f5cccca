"""Computes an int with more digits than there are atoms.

Ends: MEMORY or TIMEOUT
"""


def attack(facts):
    return 10**10**10

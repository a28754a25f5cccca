"""Recurses for ever.

Ends: RAISED RecursionError
"""


def attack(facts):
    return attack(facts) + 1

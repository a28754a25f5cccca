"""Raises what ends an interpreter quietly.

Ends: RAISED SystemExit
"""


def attack(facts):
    raise SystemExit(0)

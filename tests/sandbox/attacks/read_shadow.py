"""Reads the system's password hashes.

Ends: RAISED PermissionError or RAISED FileNotFoundError
"""


def attack(facts):
    return open("/etc/shadow").read()

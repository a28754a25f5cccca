"""Makes files that have no name, to hold memory that no limit counts.

Ends: RAISED PermissionError
"""

import os


def attack(facts):
    try:
        os.open("/tmp", os.O_TMPFILE | os.O_RDWR)
    except OSError:
        return os.memfd_create("attack")
    return "made"

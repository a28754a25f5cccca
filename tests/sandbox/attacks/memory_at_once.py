"""Takes more memory than it may have, at once.

Ends: MEMORY
"""


def attack(facts):
    return len(bytearray(64 * 1024**3))

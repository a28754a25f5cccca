"""Returns an int whose decimal digits take minutes to compute.

Ends: MEMORY ValueTooLarge
"""


def attack(facts):
    return 1 << 10_000_000

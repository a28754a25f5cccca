"""Takes memory in steps for ever, and goes on when it is refused.

Ends: TIMEOUT or MEMORY or CRASHED
"""

taken = []


def attack(facts):
    while True:
        try:
            taken.append(bytearray(1024 * 1024))
        except MemoryError:
            taken.append(taken[-1])

"""Fills its memory to the brim, so that nothing is left for the answer.

Ends: RETURNED 'full' or MEMORY or CRASHED or TIMEOUT
"""

taken = []


def attack(facts):
    for size in (1 << 20, 1 << 14, 1 << 9, 1):
        try:
            while True:
                taken.append(bytearray(size))
        except MemoryError:
            continue
    return "full"

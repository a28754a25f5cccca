"""Reads the questions still to come from the channel, and what the trusted side may have sent along.

Ends: RETURNED [] or CRASHED or TIMEOUT
"""

import os


def attack(facts):
    found = []
    for number in range(3, 16):
        try:
            os.set_blocking(number, False)
            found.append(os.read(number, 1000))
        except OSError:
            continue
    os.set_blocking(3, True)
    return [text for text in found if text]

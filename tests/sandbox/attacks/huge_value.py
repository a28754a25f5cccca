"""Returns a value that is small in memory and endless as text.

Ends: MEMORY ValueTooLarge
"""


def attack(facts):
    value = []
    for _ in range(100):
        value = [value, value]
    return value

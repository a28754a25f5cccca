"""Returns a generator that never ends and yields nothing.

Ends: TIMEOUT
"""


def attack(facts):
    while True:
        if facts is None:
            yield 1

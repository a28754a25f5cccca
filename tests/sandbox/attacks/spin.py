"""Uses the processor for ever.

Ends: TIMEOUT
"""


def attack(facts):
    while True:
        pass

"""Returns an object whose repr never ends; its value must not be lost.

Ends: RETURNED <Slow n=1>
"""


class Slow:
    def __init__(self):
        self.n = 1

    def __repr__(self):
        while True:
            pass


def attack(facts):
    return Slow()

"""Returns an object whose destructor never ends, so that the runner hangs after the answer.

Ends: RETURNED <Clingy> or TIMEOUT
"""


class Clingy:
    def __del__(self):
        while True:
            pass


def attack(facts):
    return Clingy()

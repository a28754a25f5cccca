"""Returns an object whose repr ends the process; its value must not be lost.

Ends: RETURNED <Gone>
"""

import os


class Gone:
    def __repr__(self):
        os._exit(0)


def attack(facts):
    return Gone()

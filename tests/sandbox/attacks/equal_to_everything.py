"""Returns an object that is equal to everything and looks like the right answer.

Ends: RETURNED <Right>
"""


class Right:
    __class__ = int

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash(4)

    def __repr__(self):
        return "4"

    __str__ = __format__ = __repr__

    def __reduce_ex__(self, protocol):
        return "4"


def attack(facts):
    return Right()

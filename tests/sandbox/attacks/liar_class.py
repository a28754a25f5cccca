"""Returns subclasses of built-in types that lie about what they hold.

Ends: RETURNED [4, 'x', [1], {'a': 1}, (1, 2)]
"""


class Number(int):
    def __format__(self, spec):
        return "5"

    __repr__ = __str__ = lambda self: "5"
    bit_length = lambda self: 10**9  # noqa: E731
    __eq__ = lambda self, other: True  # noqa: E731
    __hash__ = None


class Text(str):
    __str__ = __repr__ = lambda self: "y"


class Items(list):
    __iter__ = lambda self: iter([2])  # noqa: E731
    __len__ = lambda self: 10**9  # noqa: E731


class Table(dict):
    items = lambda self: [("b", 2)]  # noqa: E731
    keys = lambda self: ["b"]  # noqa: E731


class Pair(tuple):
    __iter__ = lambda self: iter([])  # noqa: E731


def attack(facts):
    return [Number(4), Text("x"), Items([1]), Table(a=1), Pair((1, 2))]

"""Ten functions written by hand after the training of pocket v0; `handwritten.py` solves and checks them."""

from typing import List


def warm_days(temps, limit):
    """Return the number of values in temps greater than limit.

    >>> warm_days([3, 9, 12], 8)
    2
    """


def debt(balances: List[int]) -> int:
    """Compute the sum of the negative numbers in balances.

    debt([5, -2, -3]) == -5
    """
    pass


def top_square(xs):
    """Find the largest of the squares of the odd numbers in xs, or 0 if there are none.

    >>> top_square([2, -3, 1])
    9
    >>> top_square([2])
    0
    """
    ...


def doubled_down(points: list[int]) -> list[int]:
    """Give the doubles of the non-zero numbers in points in descending order.

    >>> doubled_down([1, 0, 3])
    [6, 2]
    """
    raise NotImplementedError


def cube_product(seq):
    """Return the product of the cubes of the positive values in seq.

    >>> cube_product([2, -1, 1])
    8
    """


def unique_halves(data, k):
    """Return the sorted list of distinct integer halves of the numbers in data that are divisible by k.

    >>> unique_halves([4, 8, 4, 5], 4)
    [2, 4]
    """


def first_small(levels: list[int], bound: int) -> int | None:
    """Return the first of the numbers in levels that are at most bound, or None if there are none.

    >>> first_small([9, 4, 2], 5)
    4
    """


def digit_total(codes):
    """Calculate the total of the digit sums of the even numbers in codes."""


def backwards(items: list[int]) -> list[int]:
    """Return a list of the absolute values of the items in items in reverse order."""


def how_many(values):
    """Return the number of different successors of the numbers in values that are less than 4."""

"""Functions to be solved: put the cursor on one and choose "Solve this function".

They speak the small language that the bundled pocket model knows. `make demo` solves a copy of this file.
"""


def energy(readings: list[int]) -> int:
    """Return the sum of the squares of the even numbers in readings.

    >>> energy([1, 2, 4])
    20
    >>> energy([3, -2, 0])
    4
    """


class Tower:
    """Somewhere a method can live."""

    @staticmethod
    def steps(heights, k):
        """Return the doubles of the values in heights that are greater than k, in descending order.

        >>> Tower.steps([1, 5, 3], 2)
        [10, 6]
        """
        raise NotImplementedError


def lowest(temps: list[int]) -> int | None:
    """Find the minimum of the absolute values of the negative numbers in temps, or None if there are none.

    lowest([4, -3, -1]) == 1
    lowest([4]) == None
    """
    pass


def answers(values):
    """Return the number of distinct digit sums of the odd numbers in values."""
    ...


def ordered(points: list[int]) -> list[int]:
    """Return the list of the cubes of the non-zero numbers in points in reverse order."""


def nth_prime_palindrome(n: int) -> int:
    """Return the n-th number that is prime and reads the same from both ends.

    >>> nth_prime_palindrome(6)
    101
    """

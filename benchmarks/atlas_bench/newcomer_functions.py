"""Twenty functions such as one types to try out the tool, by somebody who had seen nothing of the pocket model's training.

Seven that one line solves, seven of a few lines, six loops with conditions; half have examples. `newcomer.py` checks them.
"""

from typing import Dict, List, Set, Tuple


def is_even(n):
    """true if n is even"""


def celsius_to_fahrenheit(celsius: float) -> float:
    """Convert a temperature in degrees Celsius to Fahrenheit."""


def count_vowels(text):
    """how many vowels (a, e, i, o, u, upper or lower case) are in the text"""
    pass


def is_palindrome(s: str) -> bool:
    """Check if a string is a palindrome. Upper/lower case doesn't matter.

    >>> is_palindrome("Racecar")
    True
    >>> is_palindrome("python")
    False
    """


def average(numbers: list[float]) -> float:
    """Mean of the numbers, 0 for an empty list.

    >>> average([1, 2, 6])
    3.0
    >>> average([])
    0
    """
    ...


def slug(title):
    """url slug for a blog title: all lowercase, dashes instead of spaces

    >>> slug("My First Post")
    'my-first-post'
    """


def total_price(cart):
    """cart is a list of (name, price, quantity) tuples, I need the total to pay.

    >>> total_price([("pen", 2, 3), ("book", 10, 1)])
    16
    """
    # TODO


def factorial(n: int) -> int:
    """Compute n! (0! is 1)."""


def is_leap_year(year):
    """is it a leap year? (gregorian calendar)"""
    ...


def best_student(scores: Dict[str, int]) -> Tuple[str, int]:
    """Find the student with the highest score.

    scores maps names to points. Give back the name together with the points, as a tuple. If several students
    have the same score, take the one whose name comes first in the alphabet. There is always at least one student.
    """
    raise NotImplementedError


def shared_tags(mine: Set[str], theirs: Set[str]) -> List[str]:
    """Tags that are in both sets, in alphabetical order."""


def unique(items):
    """Drop the duplicates from a list but keep the order things first appeared in.

    >>> unique([3, 1, 3, 2, 1])
    [3, 1, 2]
    """


def word_count(text: str) -> dict[str, int]:
    """Count how often each word occurs in text. "The" and "the" are the same word, use lower case.

    >>> word_count("The cat saw the dog")
    {'the': 2, 'cat': 1, 'saw': 1, 'dog': 1}
    """
    pass


def initials(full_name):
    """Turn a full name into initials.

    >>> initials("ada lovelace")
    'A.L.'
    >>> initials("John Ronald Reuel Tolkien")
    'J.R.R.T.'
    """


def is_prime(n: int) -> bool:
    """Is n a prime number?"""


def flatten(nested):
    """flatten a list that has lists in it, which can have lists in them too and so on"""


def longest_streak(results: list[str]) -> int:
    """Given match results like ["W", "L", "W", "W"], work out the longest winning streak (most "W" in a row)."""
    ...


def fizzbuzz(n):
    """classic fizzbuzz

    Makes a list of strings for the numbers from 1 up to and including n: "Fizz" if the number is divisible by 3,
    "Buzz" if it is divisible by 5, "FizzBuzz" if both, otherwise the number itself.

    >>> fizzbuzz(5)
    ['1', '2', 'Fizz', '4', 'Buzz']
    """


def fibonacci(n: int) -> list[int]:
    """The first n Fibonacci numbers, starting with 0.

    >>> fibonacci(7)
    [0, 1, 1, 2, 3, 5, 8]
    >>> fibonacci(1)
    [0]
    """


def running_balance(start: int, changes: list[int]) -> list[int]:
    """Go through deposits (positive) and withdrawals (negative) and list the balance after each one.

    A withdrawal that would make the balance negative is refused, so the balance stays what it was.

    >>> running_balance(100, [50, -200, -30])
    [150, 150, 120]
    """
    pass

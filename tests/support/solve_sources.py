"""Functions the pocket model surely solves, solves without evidence, and cannot solve, whatever its weights are.

Tests of the server use them where a level is needed: which body the model writes is its own affair.
"""

SUM = '''def total(nums):
    """Return the sum of the even numbers in nums.

    >>> total([1, 2, 4])
    6
    """
'''
NO_EXAMPLE = '''def biggest(values):
    """Return the largest of the positive numbers in values, or 0 if there are none."""
'''
WRONG_SUM = SUM + "    return sum(nums)\n"
RIGHT_SUM = SUM + "    return sum(n for n in nums if n % 2 == 0)\n"
BEYOND = '''def nth_prime_palindrome(n):
    """Return the n-th number that is a prime and a palindrome.

    >>> nth_prime_palindrome(6)
    101
    >>> nth_prime_palindrome(6)
    131
    """
    raise NotImplementedError
'''
"""No function gives both answers."""

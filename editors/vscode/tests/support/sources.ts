// Functions that the pocket model can solve, can solve without evidence, and cannot solve.

export const SUM = `def total(nums):
    """Return the sum of the even numbers in nums.

    >>> total([1, 2, 4])
    6
    """
`;
export const NO_EXAMPLE = `def biggest(values):
    """Return the largest of the positive numbers in values, or 0 if there are none."""
`;
export const BEYOND = `def nth_prime_palindrome(n):
    """Return the n-th number that is a prime and a palindrome.

    >>> nth_prime_palindrome(6)
    101
    >>> nth_prime_palindrome(6)
    131
    """
    raise NotImplementedError
`;

"""Divisors, primes, digits and the sequences they make."""

from __future__ import annotations

import math
from fractions import Fraction

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import one_of, whole


def _prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1))


def _factors(n: int) -> list[int]:
    return next(([p, *_factors(n // p)] for p in range(2, n + 1) if n % p == 0), [])


def _divisors(n: int) -> list[int]:
    small = [d for d in range(1, math.isqrt(n) + 1) if n % d == 0]
    return sorted({*small, *(n // d for d in small)})


def _collatz(n: int) -> list[int]:
    return [n] if n == 1 else [n, *_collatz(3 * n + 1 if n & 1 else n >> 1)]


CLASSICS = (
    Classic(
        key="is_prime",
        tier=2,
        names="is_prime prime check_prime is_prime_number isprime",
        given=(whole("n", 0, 50, 0, 1, 2, 9, 25),),
        returns="bool",
        says="""
            whether {n} is a prime number
            whether {n} is prime
            True if {n} is a prime, False otherwise
            Return True if {n} is prime, else False. 0 and 1 are not prime.
            Is {n} a prime number?
            whether {n} is greater than 1 and divisible only by 1 and itself
            True if the integer {n} has exactly two positive divisors
            Primality test for {n}
            """,
        bodies="""
            if n < 2:
                return False
            for i in range(2, n):
                if n % i == 0:
                    return False
            return True
            ---
            if n < 2:
                return False
            i = 2
            while i * i <= n:
                if n % i == 0:
                    return False
                i += 1
            return True
            ---
            return n > 1 and all(n % i != 0 for i in range(2, n))
            """,
        wrong="""
            for i in range(2, n):
                if n % i == 0:
                    return False
            return True
            ---
            return n > 1 and n % 2 != 0
            ---
            if n < 2:
                return False
            for i in range(2, int(n ** 0.5)):
                if n % i == 0:
                    return False
            return True
            """,
        reference=_prime,
        plan=(
            "Numbers below 2 are not prime. | Try every divisor from 2 on. | If one divides {n}, return False. | "
            "Otherwise return True."
        ),
        steps=lambda n: [[i for i in range(2, n) if n % i == 0]],
        properties=("n >= 2 or result is False", "n <= 2 or n % 2 == 1 or result is False"),
        thought="0 and 1 are not prime, and squares of primes need the divisor at the root.",
    ),
    Classic(
        key="primes_up_to",
        tier=3,
        names="primes_up_to get_primes sieve list_primes primes_below",
        given=(whole("n", 0, 30, 0, 1, 2, 11),),
        returns="list[int]",
        says="""
            a list of all prime numbers up to {n}
            all primes from 2 to {n}, including {n} if it is prime
            the primes less than or equal to {n}
            Return a list of the primes not greater than {n}.
            Sieve of Eratosthenes: all primes up to and including {n}.
            the list of primes between 1 and {n} inclusive
            every prime number <= {n} in ascending order
            Collect the prime numbers from 1 to {n} (inclusive) in a list.
            """,
        bodies="""
            result = []
            for i in range(2, n + 1):
                if all(i % p != 0 for p in result):
                    result.append(i)
            return result
            ---
            return [i for i in range(2, n + 1) if all(i % j != 0 for j in range(2, i))]
            ---
            sieve = [True] * (n + 1)
            primes = []
            for i in range(2, n + 1):
                if sieve[i]:
                    primes.append(i)
                    for j in range(i * i, n + 1, i):
                        sieve[j] = False
            return primes
            """,
        wrong="""
            return [i for i in range(2, n) if all(i % j != 0 for j in range(2, i))]
            ---
            return [i for i in range(1, n + 1) if all(i % j != 0 for j in range(2, i))]
            """,
        reference=lambda n: [i for i in range(n + 1) if _prime(i)],
        plan="Go through the numbers from 2 to {n}. | Keep each that no smaller prime divides. | Return the list.",
        properties=("result == sorted(result)", "all(2 <= p <= n for p in result)"),
        thought="1 is not a prime; {n} itself may be one.",
    ),
    Classic(
        key="count_primes",
        tier=3,
        names="count_primes number_of_primes how_many_primes prime_count",
        given=(whole("n", 0, 30, 0, 1, 2, 7),),
        returns="int",
        says="""
            the number of primes up to {n}
            how many prime numbers there are from 1 to {n} inclusive
            the count of primes less than or equal to {n}
            Count the prime numbers not greater than {n}.
            the number of primes p with 2 <= p <= {n}
            how many numbers up to and including {n} are prime
            Count all primes from 2 through {n}.
            Given an integer {n}, count the primes in 1..{n}.
            """,
        bodies="""
            count = 0
            for i in range(2, n + 1):
                if all(i % j != 0 for j in range(2, i)):
                    count += 1
            return count
            ---
            return sum(all(i % j != 0 for j in range(2, i)) for i in range(2, n + 1))
            """,
        wrong="""
            count = 0
            for i in range(2, n):
                if all(i % j != 0 for j in range(2, i)):
                    count += 1
            return count
            ---
            return sum(all(i % j != 0 for j in range(2, i)) for i in range(1, n + 1))
            """,
        reference=lambda n: sum(map(_prime, range(n + 1))),
        plan="Go through the numbers from 2 to {n}. | Count those that no smaller number above 1 divides.",
        steps=lambda n: [[i for i in range(n + 1) if _prime(i)]],
        properties=("0 <= result <= max(n - 1, 0)",),
    ),
    Classic(
        key="prime_factors",
        tier=3,
        names="prime_factors factorize prime_factorization factor decompose",
        given=(whole("n", 1, 60, 1, 2, 8, 49),),
        returns="list[int]",
        says="""
            the prime factors of {n} in ascending order, with repetition
            the list of prime factors of {n}, smallest first, repeated factors as often as they occur
            Factorize {n} into primes, e.g. 12 gives [2, 2, 3].
            the prime factorization of {n} as a sorted list
            Decompose {n} into its prime factors (with multiplicity, ascending).
            a sorted list of primes whose product is {n}
            Return all prime factors of {n} in increasing order; a factor that divides twice is listed twice.
            the ascending list of primes that multiply to {n}; empty for 1
            """,
        bodies="""
            factors = []
            divisor = 2
            while n > 1:
                while n % divisor == 0:
                    factors.append(divisor)
                    n //= divisor
                divisor += 1
            return factors
            ---
            result = []
            d = 2
            while d * d <= n:
                if n % d == 0:
                    result.append(d)
                    n //= d
                else:
                    d += 1
            if n > 1:
                result.append(n)
            return result
            """,
        wrong="""
            return [i for i in range(2, n + 1) if n % i == 0]
            ---
            factors = []
            for d in range(2, n + 1):
                if n % d == 0:
                    factors.append(d)
                    n //= d
            return factors
            """,
        reference=_factors,
        plan=(
            "Start with the divisor 2. | While it divides {n}, keep it and divide. | "
            "Go on to the next divisor until {n} is 1."
        ),
        properties=("math.prod(result) == n", "result == sorted(result)"),
        thought="A prime that divides several times is listed several times.",
    ),
    Classic(
        key="distinct_prime_factors",
        tier=3,
        names="distinct_prime_factors unique_prime_factors prime_divisors",
        given=(whole("n", 1, 60, 1, 8, 12),),
        returns="list[int]",
        says="""
            the distinct prime factors of {n} in ascending order
            the different primes that divide {n}, sorted
            a sorted list of the prime divisors of {n}, each once
            Return every prime that divides {n} exactly once, smallest first.
            the unique prime factors of {n} as a sorted list
            all prime numbers by which {n} is divisible, in increasing order
            List the primes dividing {n} without repetition, e.g. 12 gives [2, 3].
            the prime divisors of {n} in ascending order without duplicates
            """,
        bodies="""
            factors = []
            d = 2
            while n > 1:
                if n % d == 0:
                    factors.append(d)
                    while n % d == 0:
                        n //= d
                d += 1
            return factors
            ---
            return [p for p in range(2, n + 1) if n % p == 0 and all(p % i for i in range(2, p))]
            """,
        wrong="""
            return [p for p in range(2, n + 1) if n % p == 0]
            ---
            return [p for p in range(1, n + 1) if n % p == 0 and all(p % i for i in range(2, p))]
            """,
        reference=lambda n: sorted(set(_factors(n))),
        plan="Go through the divisors from 2 on. | Keep each prime that divides {n}, once. | Return them in order.",
        properties=("all(n % p == 0 for p in result)", "len(set(result)) == len(result)"),
    ),
    Classic(
        key="smallest_prime_factor",
        tier=2,
        names="smallest_prime_factor smallest_divisor least_prime_factor lowest_factor",
        given=(whole("n", 2, 60, 2, 9, 25),),
        returns="int",
        says="""
            the smallest prime factor of {n}
            the smallest divisor of {n} that is greater than 1
            the least prime that divides {n}
            Find the smallest number above 1 that divides {n} ({n} >= 2).
            the lowest prime factor of the integer {n}, which is at least 2
            Given {n} >= 2, return its smallest divisor except 1.
            the first number from 2 upwards that divides {n}
            the minimum prime factor of {n}
            """,
        bodies="""
            d = 2
            while n % d != 0:
                d += 1
            return d
            ---
            for d in range(2, n + 1):
                if n % d == 0:
                    return d
            """,
        wrong="""
            for d in range(1, n + 1):
                if n % d == 0:
                    return d
            ---
            for d in range(n, 1, -1):
                if n % d == 0:
                    return d
            """,
        reference=lambda n: _factors(n)[0],
        plan="Try the numbers from 2 on. | Return the first that divides {n}.",
        properties=("n % result == 0", "2 <= result <= n"),
    ),
    Classic(
        key="largest_prime_factor",
        tier=3,
        names="largest_prime_factor biggest_prime_factor greatest_prime_factor max_prime_factor",
        given=(whole("n", 2, 60, 2, 8, 49),),
        returns="int",
        says="""
            the largest prime factor of {n}
            the greatest prime that divides {n}
            the biggest prime divisor of {n}
            Find the largest prime number dividing {n} ({n} is at least 2).
            the maximum prime factor of the integer {n} >= 2
            Given {n} >= 2, return its highest prime factor.
            the last of the prime factors of {n} in ascending order
            Return the largest prime p with {n} % p == 0.
            """,
        bodies="""
            d = 2
            while n > 1:
                if n % d == 0:
                    n //= d
                else:
                    d += 1
            return d
            ---
            return max(p for p in range(2, n + 1) if n % p == 0 and all(p % i for i in range(2, p)))
            """,
        wrong="""
            return max(p for p in range(2, n) if n % p == 0) if n > 3 else n
            ---
            d = 2
            while n % d != 0:
                d += 1
            return d
            """,
        reference=lambda n: _factors(n)[-1],
        plan=(
            "Divide {n} by its smallest divisor above 1 as often as possible. | "
            "Go on with the next divisors until 1 is left. | The last divisor is the answer."
        ),
        steps=lambda n: [_factors(n)],
        properties=("n % result == 0", "2 <= result <= n"),
    ),
    Classic(
        key="gcd",
        tier=2,
        names="gcd greatest_common_divisor common_divisor hcf",
        given=(whole("a x m first", 1, 60), whole("b y n second", 1, 60, 1)),
        returns="int",
        says="""
            the greatest common divisor of {a} and {b}
            the gcd of {a} and {b}
            the largest integer that divides both {a} and {b}
            the highest common factor of {a} and {b}
            Euclid's algorithm: the greatest common divisor of two positive integers {a} and {b}
            Find the biggest number by which both {a} and {b} are divisible.
            GCD of {a} and {b}.
            the largest common divisor of the two positive integers {a} and {b}
            """,
        bodies="""
            while b:
                a, b = b, a % b
            return a
            ---
            if b == 0:
                return a
            return gcd(b, a % b)
            ---
            import math
            return math.gcd(a, b)
            """,
        wrong="""
            return min(a, b)
            ---
            for d in range(2, min(a, b) + 1):
                if a % d == 0 and b % d == 0:
                    return d
            return 1
            """,
        reference=lambda a, b: max(set(_divisors(a)) & set(_divisors(b))),
        draw=lambda rng: (lambda k: (k * rng.randint(1, 12), k * rng.randint(1, 12)))(rng.randint(1, 6)),
        plan="As long as {b} is not 0, replace {a} and {b} by {b} and {a} % {b}. | Return {a}.",
        properties=("a % result == 0", "b % result == 0", "result >= 1"),
    ),
    Classic(
        key="lcm",
        tier=2,
        names="lcm least_common_multiple smallest_common_multiple",
        given=(whole("a x m first", 1, 20), whole("b y n second", 1, 20)),
        returns="int",
        says="""
            the least common multiple of {a} and {b}
            the lcm of {a} and {b}
            the smallest positive number divisible by both {a} and {b}
            the lowest number that is a multiple of {a} and of {b}
            LCM of two positive integers.
            Find the smallest common multiple of {a} and {b}.
            the smallest positive integer that both {a} and {b} divide
            Given two positive integers {a} and {b}, compute their least common multiple.
            """,
        bodies="""
            import math
            return a * b // math.gcd(a, b)
            ---
            result = a
            while result % b != 0:
                result += a
            return result
            """,
        wrong="""
            return a * b
            ---
            return max(a, b)
            """,
        reference=lambda a, b: next(m for m in range(1, a * b + 1) if m % a == 0 and m % b == 0),
        plan="Multiply {a} and {b}. | Divide by their greatest common divisor.",
        steps=lambda a, b: [math.gcd(a, b)],
        properties=("result % a == 0", "result % b == 0", "max(a, b) <= result <= a * b"),
    ),
    Classic(
        key="are_coprime",
        tier=2,
        names="are_coprime is_coprime coprime relatively_prime",
        given=(whole("a x m first", 1, 30), whole("b y n second", 1, 30)),
        returns="bool",
        says="""
            whether {a} and {b} are coprime
            whether the greatest common divisor of {a} and {b} is 1
            True if {a} and {b} have no common divisor except 1
            Return True if {a} and {b} are relatively prime.
            whether {a} and {b} share no prime factor
            Are {a} and {b} coprime?
            True if gcd({a}, {b}) is 1, otherwise False
            whether 1 is the only positive integer that divides both {a} and {b}
            """,
        bodies="""
            import math
            return math.gcd(a, b) == 1
            ---
            while b:
                a, b = b, a % b
            return a == 1
            """,
        wrong="""
            return a % b != 0
            ---
            import math
            return math.gcd(a, b) > 1
            """,
        reference=lambda a, b: not set(_factors(a)) & set(_factors(b)),
        plan="Find the greatest common divisor of {a} and {b}. | Return whether it is 1.",
        steps=lambda a, b: [math.gcd(a, b)],
    ),
    Classic(
        key="divisors",
        tier=2,
        names="divisors get_divisors factors all_divisors find_factors",
        given=(whole("n", 1, 40, 1, 16),),
        returns="list[int]",
        says="""
            all divisors of {n} in ascending order
            the list of divisors of {n}, from 1 to {n}
            the positive divisors of {n}, sorted
            every positive integer that divides {n}, smallest first
            List all factors of {n} including 1 and {n} itself, in increasing order.
            a sorted list of the numbers that divide {n} evenly
            the factors of the positive integer {n} in ascending order
            all integers from 1 to {n} by which {n} is divisible
            """,
        bodies="""
            return [i for i in range(1, n + 1) if n % i == 0]
            ---
            result = []
            for i in range(1, n + 1):
                if n % i == 0:
                    result.append(i)
            return result
            """,
        wrong="""
            return [i for i in range(1, n) if n % i == 0]
            ---
            return [i for i in range(2, n + 1) if n % i == 0]
            """,
        reference=_divisors,
        plan="Go through the numbers from 1 to {n}. | Keep each that divides {n}.",
        properties=("result[0] == 1", "result[-1] == n", "all(n % d == 0 for d in result)"),
        thought="1 and {n} are divisors too.",
    ),
    Classic(
        key="proper_divisors",
        tier=2,
        names="proper_divisors proper_factors divisors_below true_divisors",
        given=(whole("n", 1, 40, 1, 2, 16),),
        returns="list[int]",
        says="""
            the proper divisors of {n} in ascending order (without {n} itself)
            all divisors of {n} smaller than {n}, sorted
            the positive divisors of {n} except {n} itself, smallest first
            every number below {n} that divides {n}
            List the factors of {n} including 1 but not {n}.
            a sorted list of the divisors of {n} that are less than {n}
            the divisors of {n}, excluding {n}, in increasing order
            all i with 1 <= i < {n} that divide {n} without remainder
            """,
        bodies="""
            return [i for i in range(1, n) if n % i == 0]
            ---
            result = []
            for i in range(1, n // 2 + 1):
                if n % i == 0:
                    result.append(i)
            return result
            """,
        wrong="""
            return [i for i in range(1, n + 1) if n % i == 0]
            ---
            return [i for i in range(2, n) if n % i == 0]
            """,
        reference=lambda n: _divisors(n)[:-1],
        plan="Go through the numbers from 1 to below {n}. | Keep each that divides {n}.",
        properties=("n not in result", "all(n % d == 0 for d in result)"),
        thought="{n} itself is not a proper divisor.",
    ),
    Classic(
        key="count_divisors",
        tier=2,
        names="count_divisors number_of_divisors num_factors divisor_count",
        given=(whole("n", 1, 40, 1, 16),),
        returns="int",
        says="""
            the number of divisors of {n}
            how many positive divisors {n} has
            the count of factors of {n}, including 1 and {n}
            Count the positive integers that divide {n}.
            how many numbers from 1 to {n} divide {n} evenly
            the number of factors of the positive integer {n}
            Count all divisors of {n} (1 and {n} itself count).
            Given a positive integer {n}, return how many divisors it has.
            """,
        bodies="""
            count = 0
            for i in range(1, n + 1):
                if n % i == 0:
                    count += 1
            return count
            ---
            return sum(1 for i in range(1, n + 1) if n % i == 0)
            """,
        wrong="""
            return sum(1 for i in range(1, n) if n % i == 0)
            ---
            return sum(i for i in range(1, n + 1) if n % i == 0)
            """,
        reference=lambda n: math.prod(_factors(n).count(p) + 1 for p in set(_factors(n))),
        plan="Go through the numbers from 1 to {n}. | Count those that divide {n}.",
        steps=lambda n: [_divisors(n)],
        properties=("1 <= result <= n",),
    ),
    Classic(
        key="sum_of_divisors",
        tier=2,
        names="sum_of_divisors sum_divisors divisor_sum sigma sum_factors",
        given=(whole("n", 1, 40, 1, 6),),
        returns="int",
        says="""
            the sum of all divisors of {n}
            the sum of the positive divisors of {n}, {n} included
            the total of all factors of {n} (1 and {n} count)
            Add up every positive integer that divides {n}.
            the sum of the numbers from 1 to {n} that divide {n}
            the sum of the factors of the positive integer {n}, including {n} itself
            Sum all divisors of {n}.
            Given a positive integer {n}, add all its divisors including itself.
            """,
        bodies="""
            return sum(i for i in range(1, n + 1) if n % i == 0)
            ---
            total = 0
            for i in range(1, n + 1):
                if n % i == 0:
                    total += i
            return total
            """,
        wrong="""
            return sum(i for i in range(1, n) if n % i == 0)
            ---
            return sum(1 for i in range(1, n + 1) if n % i == 0)
            """,
        reference=lambda n: sum(_divisors(n)),
        plan="Find all numbers from 1 to {n} that divide {n}. | Add them up.",
        steps=lambda n: [_divisors(n)],
        properties=("result >= n",),
    ),
    Classic(
        key="is_perfect_number",
        tier=3,
        names="is_perfect is_perfect_number perfect_number check_perfect",
        given=(whole("n", 1, 60, 6, 28, 12, 1),),
        returns="bool",
        says="""
            whether {n} is a perfect number
            whether {n} equals the sum of its proper divisors
            True if the divisors of {n} below {n} add up to {n}
            Return True if {n} is perfect, like 6 = 1 + 2 + 3.
            Is {n} a perfect number?
            whether the sum of all divisors of {n} except {n} itself is {n}
            Check if the positive integer {n} is perfect (equal to the sum of its smaller divisors).
            True if {n} is the sum of all its factors other than itself, else False
            """,
        bodies="""
            return sum(i for i in range(1, n) if n % i == 0) == n
            ---
            total = 0
            for i in range(1, n):
                if n % i == 0:
                    total += i
            return total == n
            """,
        wrong="""
            return sum(i for i in range(1, n + 1) if n % i == 0) == n
            ---
            return sum(i for i in range(2, n) if n % i == 0) == n
            """,
        reference=lambda n: sum(_divisors(n)) == 2 * n,
        plan="Find the divisors of {n} that are below {n}. | Add them up. | Return whether the sum is {n}.",
        steps=lambda n: [_divisors(n)[:-1], sum(_divisors(n)[:-1])],
        thought="1 is not perfect: its proper divisors add up to 0.",
    ),
    Classic(
        key="is_perfect_square",
        tier=2,
        names="is_perfect_square is_square perfect_square square_number_check",
        given=(whole("n", 0, 60, 0, 1, 16, 36, 49),),
        returns="bool",
        says="""
            whether {n} is a perfect square
            whether {n} is the square of an integer
            True if some integer squared is {n}
            Return True if the square root of {n} is a whole number.
            Is {n} a square number?
            whether there is an integer k with k * k == {n}
            Check if {n} is one of 0, 1, 4, 9, 16, ...
            True if {n} is a square number, otherwise False
            """,
        bodies="""
            import math
            return math.isqrt(n) ** 2 == n
            ---
            i = 0
            while i * i < n:
                i += 1
            return i * i == n
            ---
            root = int(n ** 0.5)
            return root * root == n
            """,
        wrong="""
            return any(i * i == n for i in range(1, n))
            ---
            return n % 2 == 0
            """,
        reference=lambda n: n in {i * i for i in range(n + 1)},
        plan="Find the largest integer whose square is not above {n}. | Return whether its square is {n}.",
        steps=lambda n: [math.isqrt(n)],
        thought="0 and 1 are squares.",
    ),
    Classic(
        key="integer_square_root",
        tier=2,
        names="integer_sqrt isqrt int_sqrt floor_sqrt square_root",
        given=(whole("n", 0, 60, 0, 1, 16, 36),),
        returns="int",
        says="""
            the integer square root of {n}
            the square root of {n}, rounded down
            the largest integer whose square is at most {n}
            the floor of the square root of {n}
            Find the biggest k with k * k <= {n}.
            the whole part of the square root of the non-negative integer {n}
            Compute the square root of {n} without the fractional part.
            Return how large a whole number can be so that its square does not exceed {n}.
            """,
        bodies="""
            root = 0
            while (root + 1) * (root + 1) <= n:
                root += 1
            return root
            ---
            import math
            return math.isqrt(n)
            ---
            return int(n ** 0.5)
            """,
        wrong="""
            root = 0
            while root * root <= n:
                root += 1
            return root
            ---
            return round(n ** 0.5)
            ---
            return n ** 0.5
            """,
        reference=lambda n: max(i for i in range(n + 1) if i * i <= n),
        plan="Start with 0. | Count up as long as the next number's square is not above {n}.",
        properties=("result * result <= n", "(result + 1) ** 2 > n"),
    ),
    Classic(
        key="is_power_of_two",
        tier=2,
        names="is_power_of_two power_of_two is_pow2 check_power_of_two",
        given=(whole("n", 0, 40, 0, 1, 2, 8, 16, 32, 64),),
        returns="bool",
        says="""
            whether {n} is a power of two
            whether {n} is a power of 2 (1, 2, 4, 8, ...)
            True if {n} is 1, 2, 4, 8, 16 and so on
            Return True if {n} equals 2 ** k for some integer k >= 0.
            Is {n} a power of 2?
            whether {n} can be halved again and again until 1 is left; 0 cannot
            Check if a non-negative integer {n} is a power of two. 1 is one, 0 is not.
            True if there is a k with 2 ** k == {n}, else False
            """,
        bodies="""
            return n > 0 and n & (n - 1) == 0
            ---
            if n < 1:
                return False
            while n % 2 == 0:
                n //= 2
            return n == 1
            """,
        wrong="""
            return n & (n - 1) == 0
            ---
            return n % 2 == 0
            """,
        reference=lambda n: bin(n).count("1") == 1,
        plan="0 is none. | Halve {n} as long as it is even. | Return whether 1 is left.",
        thought="1 is a power of two, 0 is not.",
    ),
    Classic(
        key="sum_of_digits",
        tier=2,
        names="sum_of_digits digit_sum sum_digits add_digits cross_sum",
        given=(whole("n", 0, 9999, 0, 7, 100),),
        returns="int",
        says="""
            the sum of the digits of {n}
            the digit sum of {n}
            the sum of all decimal digits of the non-negative integer {n}
            Add up the digits of {n}.
            Sum the digits of a number, e.g. 123 gives 6.
            the cross sum of {n}
            Add all digits of {n} together.
            the total of the digits in {n}
            """,
        bodies="""
            return sum(int(digit) for digit in str(n))
            ---
            total = 0
            while n > 0:
                total += n % 10
                n //= 10
            return total
            ---
            if n < 10:
                return n
            return n % 10 + sum_of_digits(n // 10)
            """,
        wrong="""
            return len(str(n))
            ---
            total = 0
            while n >= 10:
                total += n % 10
                n //= 10
            return total
            """,
        reference=lambda n: sum(n // 10**i % 10 for i in range(10)),
        plan="Split {n} into its digits. | Add them up.",
        steps=lambda n: [[int(d) for d in str(n)]],
        properties=("result <= n", "(n - result) % 9 == 0"),
    ),
    Classic(
        key="product_of_digits",
        tier=2,
        names="product_of_digits digit_product multiply_digits",
        given=(whole("n", 1, 999, 0, 7, 105),),
        returns="int",
        says="""
            the product of the digits of {n}
            the digit product of {n}
            all decimal digits of the non-negative integer {n} multiplied together
            Multiply the digits of {n}.
            Multiply all the digits of a number, e.g. 234 gives 24.
            the result of multiplying every digit of {n}
            the product of the decimal digits of {n}, so 0 if one of them is 0
            Take the digits of {n} and multiply them.
            """,
        bodies="""
            result = 1
            for digit in str(n):
                result *= int(digit)
            return result
            ---
            import math
            return math.prod(int(digit) for digit in str(n))
            """,
        wrong="""
            result = 0
            for digit in str(n):
                result *= int(digit)
            return result
            ---
            return sum(int(digit) for digit in str(n))
            ---
            result = 1
            for digit in str(n):
                if digit != "0":
                    result *= int(digit)
            return result
            """,
        reference=lambda n: eval("*".join(str(n))),  # noqa: S307
        plan="Split {n} into its digits. | Multiply them.",
        steps=lambda n: [[int(d) for d in str(n)]],
        properties=("result >= 0", "(result == 0) == ('0' in str(n))"),
    ),
    Classic(
        key="count_digits",
        tier=1,
        names="count_digits number_of_digits num_digits digit_count",
        given=(whole("n", 0, 9999, 0, 7, 10, 100),),
        returns="int",
        says="""
            the number of digits of {n}
            how many digits {n} has
            the count of decimal digits in the non-negative integer {n}
            Count the digits of {n}.
            the length of {n} written in decimal
            how many decimal digits the number {n} is written with
            Count how many digits a non-negative integer {n} has; 0 has one.
            the number of decimal places it takes to write {n}
            """,
        bodies="""
            return len(str(n))
            ---
            count = 1
            while n >= 10:
                n //= 10
                count += 1
            return count
            """,
        wrong="""
            count = 0
            while n > 0:
                n //= 10
                count += 1
            return count
            ---
            return sum(int(digit) for digit in str(n))
            """,
        reference=lambda n: next(k for k in range(1, 20) if n < 10**k),
        plan="Write {n} as text. | Return its length.",
        properties=("result >= 1", "n < 10 ** result"),
        thought="0 has one digit.",
    ),
    Classic(
        key="reverse_number",
        tier=2,
        names="reverse_number reverse_digits reverse_int flip_digits",
        given=(whole("n", 0, 9999, 0, 100, 120),),
        returns="int",
        says="""
            {n} with its digits in reverse order
            the number made of the digits of {n} reversed
            Reverse the digits of {n}, e.g. 123 becomes 321.
            the integer that {n} becomes when it is read backwards
            the digits of the non-negative integer {n} reversed, as an int
            Turn the number {n} around: 450 gives 54.
            {n} read from right to left as an integer
            Given a non-negative integer {n}, reverse its digits (leading zeros vanish).
            """,
        bodies="""
            return int(str(n)[::-1])
            ---
            result = 0
            while n > 0:
                result = result * 10 + n % 10
                n //= 10
            return result
            """,
        wrong="""
            return str(n)[::-1]
            ---
            result = 0
            while n > 0:
                result = result + n % 10
                n //= 10
            return result
            """,
        reference=lambda n: sum(int(d) * 10**i for i, d in enumerate(str(n))),
        plan="Write {n} as text. | Reverse it. | Turn it into an integer.",
        steps=lambda n: [str(n)[::-1]],
        properties=("len(str(result)) <= len(str(n))",),
    ),
    Classic(
        key="is_palindrome_number",
        tier=2,
        names="is_palindrome_number palindrome_number number_is_palindrome is_palindromic",
        given=(whole("n", 0, 999, 0, 7, 11, 121, 1221, 1001, 10),),
        returns="bool",
        says="""
            whether the number {n} is a palindrome
            whether the integer {n} reads the same forwards and backwards
            True if the digits of {n} are the same in reverse order
            Return True if {n} is a palindromic number, e.g. 121.
            Is the number {n} the same when its digits are reversed?
            whether the non-negative integer {n} equals its reversal
            True if reversing the digits of {n} gives {n} again, else False
            whether the decimal digits of {n} form a palindrome
            """,
        bodies="""
            return str(n) == str(n)[::-1]
            ---
            original = n
            turned = 0
            while n > 0:
                turned = turned * 10 + n % 10
                n //= 10
            return turned == original
            """,
        wrong="""
            return n == str(n)[::-1]
            ---
            return str(n)[0] == str(n)[-1] and len(str(n)) > 1
            """,
        reference=lambda n: [*str(n)] == [*reversed(str(n))],
        plan="Write {n} as text. | Reverse it. | Return whether both are equal.",
        steps=lambda n: [str(n)[::-1]],
        properties=("n >= 10 or result",),
    ),
    Classic(
        key="digits_of",
        tier=1,
        names="digits get_digits digits_of to_digits split_digits",
        given=(whole("n", 0, 9999, 0, 10),),
        returns="list[int]",
        says="""
            the digits of {n} as a list of integers
            a list of the decimal digits of {n}, first digit first
            Split {n} into its digits, e.g. 472 gives [4, 7, 2].
            the list of digits of the non-negative integer {n}
            Turn the number {n} into a list of its digits.
            the digits of {n} from left to right in a list
            each digit of {n} as an int, in a list
            Given a non-negative integer {n}, return its digits in order as a list of ints.
            """,
        bodies="""
            return [int(digit) for digit in str(n)]
            ---
            return list(map(int, str(n)))
            """,
        wrong="""
            return list(str(n))
            ---
            digits = []
            while n > 0:
                digits.append(n % 10)
                n //= 10
            return digits
            """,
        reference=lambda n: [n // 10**i % 10 for i in range(len(str(n)))][::-1],
        plan="Write {n} as text. | Turn every character into an integer.",
        properties=("len(result) == len(str(n))", "all(0 <= d <= 9 for d in result)"),
    ),
    Classic(
        key="largest_digit",
        tier=2,
        names="largest_digit max_digit biggest_digit highest_digit",
        given=(whole("n", 0, 9999, 0, 10, 99),),
        returns="int",
        says="""
            the largest digit of {n}
            the biggest digit in the number {n}
            the highest decimal digit of the non-negative integer {n}
            the maximum of the digits of {n}
            Find the largest digit that occurs in {n}.
            Return the greatest of all digits of {n}.
            the maximum digit of {n} as an int
            Which digit of {n} is the largest? Return it as an integer.
            """,
        bodies="""
            return max(int(digit) for digit in str(n))
            ---
            return int(max(str(n)))
            ---
            largest = 0
            while n > 0:
                largest = max(largest, n % 10)
                n //= 10
            return largest
            """,
        wrong="""
            return max(str(n))
            ---
            return min(int(digit) for digit in str(n))
            """,
        reference=lambda n: sorted(map(int, str(n)))[-1],
        plan="Split {n} into its digits. | Return the largest.",
        steps=lambda n: [[int(d) for d in str(n)]],
        properties=("str(result) in str(n)", "0 <= result <= 9"),
    ),
    Classic(
        key="count_even_digits",
        tier=2,
        names="count_even_digits even_digits num_even_digits",
        given=(whole("n", 0, 99999, 0, 2, 135),),
        returns="int",
        says="""
            the number of even digits in {n}
            how many digits of {n} are even
            Count the even digits of {n} (0 is even).
            the count of digits 0, 2, 4, 6 and 8 in {n}
            how many even digits the non-negative integer {n} has
            Count how many of the decimal digits of {n} are even numbers.
            the number of digits of {n} that are divisible by 2
            Given a non-negative integer {n}, count its even digits.
            """,
        bodies="""
            return sum(1 for digit in str(n) if int(digit) % 2 == 0)
            ---
            count = 0
            for digit in str(n):
                if digit in "02468":
                    count += 1
            return count
            """,
        wrong="""
            return sum(1 for digit in str(n) if int(digit) % 2 == 1)
            ---
            count = 0
            for digit in str(n):
                if digit in "2468":
                    count += 1
            return count
            """,
        reference=lambda n: len(str(n).translate({ord(d): None for d in "13579"})),
        plan="Split {n} into its digits. | Count the even ones.",
        steps=lambda n: [[int(d) for d in str(n)]],
        properties=("0 <= result <= len(str(n))",),
        thought="0 is an even digit.",
    ),
    Classic(
        key="digital_root",
        tier=3,
        names="digital_root repeated_digit_sum reduce_digits add_digits_repeatedly",
        given=(whole("n", 0, 9999, 0, 9, 10, 99),),
        returns="int",
        says="""
            the digital root of {n}
            the digit sum of {n}, repeated until a single digit is left
            Add the digits of {n} again and again until the result has only one digit.
            the single digit that is left when digits of {n} are summed repeatedly
            Repeatedly sum the digits of {n} until the number is below 10.
            the repeated digit sum of the non-negative integer {n} (one digit)
            Sum the digits of {n}; while the sum has more than one digit, sum its digits in turn.
            Reduce {n} to one digit by repeatedly adding its digits.
            """,
        bodies="""
            while n >= 10:
                n = sum(int(digit) for digit in str(n))
            return n
            ---
            if n == 0:
                return 0
            return 1 + (n - 1) % 9
            ---
            if n < 10:
                return n
            return digital_root(sum(int(digit) for digit in str(n)))
            """,
        wrong="""
            return sum(int(digit) for digit in str(n))
            ---
            return n % 9
            """,
        reference=lambda n: 9 if n and n % 9 == 0 else n % 9,
        plan="As long as {n} has several digits, replace it by its digit sum. | Return the digit left.",
        steps=lambda n: [[int(d) for d in str(n)], sum(int(d) for d in str(n))],
        properties=("0 <= result <= 9", "(n - result) % 9 == 0"),
        thought="One digit sum may still have two digits.",
    ),
    Classic(
        key="is_armstrong",
        tier=3,
        names="is_armstrong armstrong is_narcissistic armstrong_number",
        given=(whole("n", 0, 500, 0, 1, 9, 10, 153, 370, 371, 407),),
        returns="bool",
        says="""
            whether {n} is an Armstrong number
            whether {n} equals the sum of its digits, each raised to the number of digits
            True if {n} is the sum of its digits to the power of how many digits it has
            Return True if {n} is an Armstrong number like 153 = 1**3 + 5**3 + 3**3.
            Is {n} an Armstrong number?
            whether {n} is narcissistic (sum of digits ** number of digits)
            Check if the digits of {n}, raised to the digit count and added, give {n}.
            whether the non-negative integer {n} is a narcissistic number
            """,
        bodies="""
            digits = str(n)
            return sum(int(digit) ** len(digits) for digit in digits) == n
            ---
            power = len(str(n))
            total = 0
            for digit in str(n):
                total += int(digit) ** power
            return total == n
            """,
        wrong="""
            return sum(int(digit) ** 3 for digit in str(n)) == n
            ---
            return sum(int(digit) ** 2 for digit in str(n)) == n
            """,
        reference=lambda n: n in {*range(10), 153, 370, 371, 407},
        plan=(
            "Count the digits of {n}. | Raise every digit to that power. | Add them up. | "
            "Return whether the sum is {n}."
        ),
        steps=lambda n: [[int(d) ** len(str(n)) for d in str(n)]],
        thought="The exponent is the number of digits, not always 3.",
    ),
    Classic(
        key="is_harshad",
        tier=2,
        names="is_harshad harshad is_niven divisible_by_digit_sum",
        given=(whole("n", 1, 200, 1, 10, 18, 19, 100),),
        returns="bool",
        says="""
            whether {n} is divisible by the sum of its digits
            whether {n} is a Harshad number
            True if the digit sum of {n} divides {n}
            Return True if {n} is a multiple of its digit sum.
            Is {n} a Harshad (Niven) number?
            Check whether the positive integer {n} can be divided by its digit sum without remainder.
            True if {n} divided by the sum of its digits leaves no remainder, else False
            whether the sum of the decimal digits of {n} is a divisor of {n}
            """,
        bodies="""
            return n % sum(int(digit) for digit in str(n)) == 0
            ---
            total = 0
            for digit in str(n):
                total += int(digit)
            return n % total == 0
            """,
        wrong="""
            return sum(int(digit) for digit in str(n)) % n == 0
            ---
            return all(n % int(digit) == 0 for digit in str(n) if digit != "0")
            """,
        reference=lambda n: Fraction(n, sum(map(int, str(n)))).denominator == 1,
        plan="Add up the digits of {n}. | Return whether the sum divides {n}.",
        steps=lambda n: [sum(map(int, str(n)))],
    ),
    Classic(
        key="is_happy_number",
        tier=3,
        names="is_happy happy_number is_happy_number",
        given=(whole("n", 1, 60, 1, 7, 19, 2),),
        returns="bool",
        says="""
            whether {n} is a happy number
            whether repeatedly replacing {n} by the sum of the squares of its digits reaches 1
            True if {n} is happy: summing squared digits again and again ends in 1
            Return True if the process "sum the squares of the digits" takes {n} to 1.
            Is {n} a happy number?
            Check if {n} becomes 1 when it is replaced by the sum of its squared digits over and over.
            True for happy numbers such as 7 or 19, False for those that loop for ever without reaching 1.
            whether the sequence of digit-square sums that starts at {n} reaches 1
            """,
        bodies="""
            seen = set()
            while n != 1 and n not in seen:
                seen.add(n)
                n = sum(int(digit) ** 2 for digit in str(n))
            return n == 1
            ---
            while n != 1 and n != 4:
                n = sum(int(digit) ** 2 for digit in str(n))
            return n == 1
            """,
        wrong="""
            return sum(int(digit) ** 2 for digit in str(n)) == 1
            ---
            seen = set()
            while n not in seen:
                seen.add(n)
                n = sum(int(digit) for digit in str(n))
            return n == 1
            """,
        reference=lambda n: n in {1, 7, 10, 13, 19, 23, 28, 31, 32, 44, 49},
        plan=(
            "Remember the numbers seen. | "
            "Replace {n} by the sum of its squared digits until it is 1 or seen before. | Return whether it is 1."
        ),
        thought="A number seen before means that 1 is never reached.",
    ),
    Classic(
        key="collatz_sequence",
        tier=3,
        names="collatz collatz_sequence hailstone collatz_list",
        given=(whole("n", 1, 16, 1, 2, 7),),
        returns="list[int]",
        says="""
            the Collatz sequence from {n} down to 1
            the list of numbers that the Collatz rule gives from {n} until 1
            Start at {n}: halve even numbers, turn odd ones into 3 * x + 1, and list everything until 1 is reached.
            the hailstone sequence starting with {n} and ending with 1, as a list
            the Collatz sequence of {n} including {n} and the final 1
            List the steps of the 3n+1 problem from {n} to 1, both included.
            Collatz sequence beginning at the positive integer {n}, ending at 1.
            Repeatedly halve {n} if it is even, else triple it and add one; return all values up to and including 1.
            """,
        bodies="""
            result = [n]
            while n != 1:
                if n % 2 == 0:
                    n //= 2
                else:
                    n = 3 * n + 1
                result.append(n)
            return result
            ---
            if n == 1:
                return [1]
            if n % 2 == 0:
                return [n] + collatz_sequence(n // 2)
            return [n] + collatz_sequence(3 * n + 1)
            """,
        wrong="""
            result = []
            while n != 1:
                result.append(n)
                n = n // 2 if n % 2 == 0 else 3 * n + 1
            return result
            ---
            result = [n]
            while n != 1:
                n = n / 2 if n % 2 == 0 else 3 * n + 1
                result.append(n)
            return result
            """,
        reference=_collatz,
        plan=(
            "Begin the list with {n}. | Until 1 is reached, halve even numbers and triple odd ones plus 1. | "
            "Keep every number."
        ),
        properties=("result[0] == n", "result[-1] == 1"),
        thought="Halving must stay in integers.",
    ),
    Classic(
        key="collatz_steps",
        tier=3,
        names="collatz_steps collatz_length count_collatz_steps steps_to_one",
        given=(whole("n", 1, 16, 1, 2, 7),),
        returns="int",
        says="""
            the number of Collatz steps from {n} to 1
            how many steps the Collatz rule needs to take {n} to 1
            Count how often {n} must be halved (if even) or replaced by 3 * {n} + 1 (if odd) until it is 1.
            the number of steps of the 3n+1 problem until {n} becomes 1; 0 for 1
            how many times the Collatz rule is applied until the positive integer {n} reaches 1
            Count the steps of the hailstone sequence from {n} to 1.
            the length of the Collatz sequence of {n}, not counting {n} itself
            Apply n/2 for even and 3n+1 for odd numbers until 1, and return the number of steps for {n}.
            """,
        bodies="""
            steps = 0
            while n != 1:
                if n % 2 == 0:
                    n //= 2
                else:
                    n = 3 * n + 1
                steps += 1
            return steps
            ---
            if n == 1:
                return 0
            if n % 2 == 0:
                return 1 + collatz_steps(n // 2)
            return 1 + collatz_steps(3 * n + 1)
            """,
        wrong="""
            steps = 1
            while n != 1:
                n = n // 2 if n % 2 == 0 else 3 * n + 1
                steps += 1
            return steps
            ---
            steps = 0
            while n > 1:
                n = n // 2
                steps += 1
            return steps
            """,
        reference=lambda n: len(_collatz(n)) - 1,
        plan="Until {n} is 1, halve it if even, else triple it and add 1. | Count the steps.",
        steps=lambda n: [_collatz(n)],
        properties=("result >= 0", "(result == 0) == (n == 1)"),
    ),
    Classic(
        key="fibonacci_number",
        tier=2,
        names="fibonacci fib nth_fibonacci fibonacci_number",
        given=(whole("n", 0, 15, 0, 1, 2),),
        returns="int",
        says="""
            the {n}-th Fibonacci number, counting from fib(0) = 0 and fib(1) = 1
            the {n}th Fibonacci number (0, 1, 1, 2, 3, 5, ...), where the 0th is 0
            Fibonacci number {n}, with F(0) = 0 and F(1) = 1.
            F({n}), where F(0) = 0, F(1) = 1 and every further number is the sum of the two before it
            the number at index {n} of the Fibonacci sequence 0, 1, 1, 2, 3, 5, ...
            fib({n}) with fib(0) == 0 and fib(1) == 1
            the {n}-th number of the Fibonacci sequence; 0 for {n} = 0 and 1 for {n} = 1
            Compute the Fibonacci number with index {n}: 0 and 1 come first, then each is the sum of the previous two.
            """,
        bodies="""
            a, b = 0, 1
            for _ in range(n):
                a, b = b, a + b
            return a
            ---
            if n < 2:
                return n
            return fibonacci_number(n - 1) + fibonacci_number(n - 2)
            """,
        wrong="""
            a, b = 0, 1
            for _ in range(n):
                a, b = b, a + b
            return b
            ---
            a, b = 1, 1
            for _ in range(n):
                a, b = b, a + b
            return a
            """,
        reference=lambda n: round(((1 + 5**0.5) / 2) ** n / 5**0.5),
        plan="Start with 0 and 1. | {n} times, go on to the next pair. | Return the first of the pair.",
        steps=lambda n: [[round(((1 + 5**0.5) / 2) ** i / 5**0.5) for i in range(n + 1)]],
        properties=("result >= 0", "result >= n - 1 or n < 6"),
    ),
    Classic(
        key="fibonacci_list",
        tier=2,
        names="fibonacci_list first_fibonacci fibonacci_sequence fib_list fibs",
        given=(whole("n", 0, 10, 0, 1, 2),),
        returns="list[int]",
        says="""
            the first {n} Fibonacci numbers as a list, starting with 0 and 1
            a list of the first {n} Fibonacci numbers (0, 1, 1, 2, ...)
            the Fibonacci sequence up to {n} terms: 0, 1, 1, 2, 3, ...
            List the first {n} numbers of the Fibonacci sequence that begins with 0, 1.
            {n} Fibonacci numbers in a list, beginning with 0 and 1
            Return [0, 1, 1, 2, 3, ...], the Fibonacci sequence, with {n} entries.
            the beginning of the Fibonacci sequence 0, 1, 1, 2, 3, 5 with length {n}
            Generate {n} terms of the Fibonacci series, from 0 on.
            """,
        bodies="""
            result = []
            a, b = 0, 1
            for _ in range(n):
                result.append(a)
                a, b = b, a + b
            return result
            ---
            result = [0, 1]
            while len(result) < n:
                result.append(result[-1] + result[-2])
            return result[:n]
            """,
        wrong="""
            result = [0, 1]
            while len(result) < n:
                result.append(result[-1] + result[-2])
            return result
            ---
            result = []
            a, b = 1, 1
            for _ in range(n):
                result.append(a)
                a, b = b, a + b
            return result
            """,
        reference=lambda n: [round(((1 + 5**0.5) / 2) ** i / 5**0.5) for i in range(n)],
        plan="Start with 0 and 1. | {n} times, keep the first and go on to the next pair. | Return the list.",
        properties=("len(result) == n", "result[:2] == [0, 1][:n]"),
        thought="For 0 and 1 the list has fewer than two numbers.",
    ),
    Classic(
        key="fibonacci_below",
        tier=2,
        names="fibonacci_below fib_up_to fibonacci_until fibs_below",
        given=(whole("limit n maximum bound", 0, 60, 0, 1, 2, 8),),
        returns="list[int]",
        says="""
            all Fibonacci numbers less than {limit}, starting with 0, 1, 1, 2
            the Fibonacci numbers below {limit} as a list (0, 1, 1, 2, 3, ...)
            List the Fibonacci numbers smaller than {limit}, beginning with 0 and 1.
            the Fibonacci sequence 0, 1, 1, 2, ... as long as its numbers are below {limit}
            every Fibonacci number < {limit}; 1 is listed twice
            Generate the Fibonacci sequence from 0 until {limit} is reached; {limit} itself is not included.
            Fibonacci numbers in [0, {limit}) in order, 0, 1, 1, 2, 3, 5 ...
            a list of the Fibonacci numbers from 0 on that are strictly less than {limit}
            """,
        bodies="""
            result = []
            a, b = 0, 1
            while a < limit:
                result.append(a)
                a, b = b, a + b
            return result
            """,
        wrong="""
            result = []
            a, b = 0, 1
            while a <= limit:
                result.append(a)
                a, b = b, a + b
            return result
            ---
            result = []
            a, b = 0, 1
            while b < limit:
                result.append(b)
                a, b = b, a + b
            return result
            """,
        reference=lambda limit: [f for f in (0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55) if f < limit],
        plan="Start with 0 and 1. | As long as the number is below {limit}, keep it and go on. | Return the list.",
        properties=("all(x < limit for x in result)",),
    ),
    Classic(
        key="is_fibonacci",
        tier=3,
        names="is_fibonacci is_fib fibonacci_number_check in_fibonacci",
        given=(whole("n", 0, 60, 0, 1, 8, 13, 21, 55),),
        returns="bool",
        says="""
            whether {n} is a Fibonacci number
            whether {n} appears in the Fibonacci sequence
            True if {n} is one of 0, 1, 1, 2, 3, 5, 8, 13, ...
            Return True if {n} belongs to the Fibonacci sequence.
            Is {n} a Fibonacci number?
            Check if the non-negative integer {n} is in the sequence 0, 1, 1, 2, 3, 5, ...
            True if {n} occurs among the Fibonacci numbers, else False
            whether some Fibonacci number equals {n} (0 and 1 are Fibonacci numbers)
            """,
        bodies="""
            a, b = 0, 1
            while a < n:
                a, b = b, a + b
            return a == n
            """,
        wrong="""
            a, b = 1, 2
            while a < n:
                a, b = b, a + b
            return a == n
            ---
            a, b = 0, 1
            while a < n:
                a, b = b, a + b
            return a > n
            """,
        reference=lambda n: any(math.isqrt(m) ** 2 == m for m in (5 * n * n + 4, 5 * n * n - 4) if m >= 0),
        plan="Go through the Fibonacci numbers until one is not below {n}. | Return whether it is {n}.",
    ),
    Classic(
        key="triangular_number",
        tier=1,
        names="triangular_number triangle_number sum_to_n sum_up_to sum_first_n gauss_sum",
        given=(whole("n", 0, 20, 0, 1),),
        returns="int",
        says="""
            the sum of the integers from 1 to {n}
            1 + 2 + ... + {n}
            the sum of all numbers from 1 up to and including {n}
            Add up the numbers 1 to {n}.
            the {n}-th triangular number
            the sum of the first {n} positive integers
            Sum all whole numbers from 1 through {n}; 0 gives 0.
            the total of 1, 2, 3, ..., {n}
            """,
        bodies="""
            return n * (n + 1) // 2
            ---
            return sum(range(1, n + 1))
            ---
            total = 0
            for i in range(1, n + 1):
                total += i
            return total
            """,
        wrong="""
            return sum(range(1, n))
            ---
            return n * (n - 1) // 2
            ---
            return n * (n + 1) / 2
            """,
        reference=lambda n: math.comb(n + 1, 2),
        plan="Add the numbers from 1 to {n}.",
        properties=("result >= n", "2 * result == n * (n + 1)"),
        thought="{n} itself is part of the sum.",
    ),
    Classic(
        key="sum_of_squares_to",
        tier=2,
        names="sum_of_squares sum_squares square_sum sum_squares_up_to",
        given=(whole("n", 0, 12, 0, 1),),
        returns="int",
        says="""
            the sum of the squares of the integers from 1 to {n}
            1**2 + 2**2 + ... + {n}**2
            the sum of the first {n} square numbers, starting with 1
            Square every number from 1 to {n} and add the squares up.
            the sum of squares 1 + 4 + 9 + ... up to {n} squared
            Add up i * i for every i from 1 through {n}.
            the sum of squares of all numbers from 1 up to and including {n}
            the total of the squares of 1, 2, ..., {n}; 0 for 0
            """,
        bodies="""
            return sum(i * i for i in range(1, n + 1))
            ---
            total = 0
            for i in range(1, n + 1):
                total += i ** 2
            return total
            ---
            return n * (n + 1) * (2 * n + 1) // 6
            """,
        wrong="""
            return sum(i * i for i in range(n))
            ---
            return sum(range(1, n + 1)) ** 2
            """,
        reference=lambda n: (2 * n**3 + 3 * n**2 + n) // 6,
        plan="Square the numbers from 1 to {n}. | Add the squares up.",
        steps=lambda n: [[i * i for i in range(1, n + 1)]],
        properties=("result >= n * n",),
    ),
    Classic(
        key="sum_of_cubes_to",
        tier=2,
        names="sum_of_cubes sum_cubes cube_sum sum_cubes_up_to",
        given=(whole("n", 0, 9, 0, 1),),
        returns="int",
        says="""
            the sum of the cubes of the integers from 1 to {n}
            1**3 + 2**3 + ... + {n}**3
            the sum of the first {n} cube numbers, starting with 1
            Cube every number from 1 to {n} and add the cubes up.
            the sum of cubes 1 + 8 + 27 + ... up to {n} cubed
            Add up i ** 3 for every i from 1 through {n}.
            the sum of cubes of all numbers from 1 up to and including {n}
            the total of the cubes of 1, 2, ..., {n}; 0 for 0
            """,
        bodies="""
            return sum(i ** 3 for i in range(1, n + 1))
            ---
            total = 0
            for i in range(1, n + 1):
                total += i * i * i
            return total
            """,
        wrong="""
            return sum(i ** 3 for i in range(n))
            ---
            return sum(i ** 2 for i in range(1, n + 1))
            """,
        reference=lambda n: (n * (n + 1) // 2) ** 2,
        plan="Cube the numbers from 1 to {n}. | Add the cubes up.",
        steps=lambda n: [[i**3 for i in range(1, n + 1)]],
        properties=("result >= n ** 3",),
    ),
    Classic(
        key="sum_of_multiples",
        tier=3,
        names="sum_of_multiples sum_multiples euler_one sum_3_or_5 multiples_sum",
        given=(whole("n limit number x", 0, 40, 0, 3, 10, 15),),
        returns="int",
        says="""
            the sum of all multiples of 3 or 5 below {n}
            the sum of the natural numbers less than {n} that are divisible by 3 or 5
            Add up all numbers below {n} that are multiples of 3 or of 5.
            Project Euler 1: the sum of multiples of 3 or 5 smaller than {n}
            Sum every number from 1 to {n} - 1 that 3 or 5 divides.
            the total of the numbers under {n} which are divisible by 3 or by 5, each counted once
            If i < {n} is divisible by 3 or 5, add it; return the sum.
            the sum of positive integers below {n} that are divisible by at least one of 3 and 5
            """,
        bodies="""
            return sum(i for i in range(n) if i % 3 == 0 or i % 5 == 0)
            ---
            total = 0
            for i in range(1, n):
                if i % 3 == 0 or i % 5 == 0:
                    total += i
            return total
            """,
        wrong="""
            return sum(i for i in range(n + 1) if i % 3 == 0 or i % 5 == 0)
            ---
            return sum(i for i in range(n) if i % 3 == 0 and i % 5 == 0)
            ---
            return sum(range(0, n, 3)) + sum(range(0, n, 5))
            """,
        reference=lambda n: sum({*range(0, n, 3), *range(0, n, 5)}),
        plan="Go through the numbers below {n}. | Keep those that 3 or 5 divides. | Add them up.",
        steps=lambda n: [[i for i in range(1, n) if i % 3 == 0 or i % 5 == 0]],
        properties=("result >= 0",),
        thought="Multiples of 15 count once, and {n} itself does not count.",
    ),
    Classic(
        key="even_numbers_to",
        tier=1,
        names="even_numbers evens_up_to list_evens even_numbers_up_to",
        given=(whole("n", 0, 20, 0, 1, 2),),
        returns="list[int]",
        says="""
            the even numbers from 0 to {n}, both included, as a list
            a list of all even numbers from 0 up to {n} inclusive
            every even number between 0 and {n} inclusive
            List the even numbers up to and including {n}, starting with 0.
            [0, 2, 4, ...] up to {n}, including {n} if it is even
            all non-negative even integers not greater than {n}, in ascending order
            Return the even numbers 0, 2, 4, ... that are <= {n}.
            the list of even integers from 0 through {n}
            """,
        bodies="""
            return list(range(0, n + 1, 2))
            ---
            return [i for i in range(n + 1) if i % 2 == 0]
            """,
        wrong="""
            return list(range(0, n, 2))
            ---
            return list(range(2, n + 1, 2))
            """,
        reference=lambda n: [2 * i for i in range(n // 2 + 1)],
        plan="Count from 0 to {n} in steps of 2. | Return the numbers.",
        properties=("all(x % 2 == 0 for x in result)", "result[0] == 0"),
    ),
    Classic(
        key="odd_numbers_to",
        tier=1,
        names="odd_numbers odds_up_to list_odds odd_numbers_up_to",
        given=(whole("n", 0, 20, 0, 1, 2),),
        returns="list[int]",
        says="""
            the odd numbers from 1 to {n}, both included, as a list
            a list of all odd numbers from 1 up to {n} inclusive
            every odd number between 1 and {n} inclusive
            List the odd numbers up to and including {n}, starting with 1.
            [1, 3, 5, ...] up to {n}, including {n} if it is odd
            all positive odd integers not greater than {n}, in ascending order
            Return the odd numbers 1, 3, 5, ... that are <= {n}.
            the list of odd integers from 1 through {n}
            """,
        bodies="""
            return list(range(1, n + 1, 2))
            ---
            return [i for i in range(n + 1) if i % 2 == 1]
            """,
        wrong="""
            return list(range(1, n, 2))
            ---
            return [i for i in range(n + 1) if i % 2 == 0]
            """,
        reference=lambda n: [2 * i + 1 for i in range((n + 1) // 2)],
        plan="Count from 1 to {n} in steps of 2. | Return the numbers.",
        properties=("all(x % 2 == 1 for x in result)", "len(result) == (n + 1) // 2"),
    ),
    Classic(
        key="squares_to",
        tier=1,
        names="squares list_squares first_squares squares_up_to square_numbers",
        given=(whole("n", 0, 10, 0, 1),),
        returns="list[int]",
        says="""
            the squares of the numbers from 1 to {n} as a list
            a list of the first {n} square numbers, starting with 1
            [1, 4, 9, ...] with {n} entries
            List i * i for every i from 1 to {n}.
            the first {n} perfect squares, from 1 on
            Square every integer from 1 to {n} and return the squares in a list.
            the list of squares 1, 4, 9, ... up to {n} squared
            the square numbers 1**2, 2**2, ..., {n}**2 in a list
            """,
        bodies="""
            return [i * i for i in range(1, n + 1)]
            ---
            result = []
            for i in range(1, n + 1):
                result.append(i ** 2)
            return result
            """,
        wrong="""
            return [i * i for i in range(n)]
            ---
            return [i * 2 for i in range(1, n + 1)]
            """,
        reference=lambda n: [sum(range(1, 2 * i, 2)) for i in range(1, n + 1)],
        plan="Go through the numbers from 1 to {n}. | Square each. | Return the list.",
        properties=("len(result) == n",),
    ),
    Classic(
        key="multiplication_table",
        tier=1,
        names="multiplication_table times_table table_of multiples",
        given=(whole("n", 0, 12, 0, 1),),
        returns="list[int]",
        says="""
            the multiplication table of {n} from 1 to 10 as a list
            the first ten multiples of {n}: {n}, 2 * {n}, ..., 10 * {n}
            a list of {n} times 1 to {n} times 10
            the times table of {n} (1 to 10)
            List {n} * i for i from 1 to 10.
            Multiply {n} by every number from 1 to 10 and return the ten products.
            [{n} * 1, {n} * 2, ..., {n} * 10]
            the ten products of {n} with 1 through 10, in order
            """,
        bodies="""
            return [n * i for i in range(1, 11)]
            ---
            table = []
            for i in range(1, 11):
                table.append(n * i)
            return table
            """,
        wrong="""
            return [n * i for i in range(10)]
            ---
            return [n * i for i in range(1, 10)]
            """,
        reference=lambda n: [sum([n] * i) for i in range(1, 11)],
        plan="Go through the numbers from 1 to 10. | Multiply each by {n}. | Return the list.",
        properties=("len(result) == 10", "result[0] == n"),
    ),
    Classic(
        key="first_multiples",
        tier=1,
        names="first_multiples multiples get_multiples multiples_of",
        given=(whole("n a number x", 1, 12), whole("count k many b", 0, 6, 0, 1)),
        returns="list[int]",
        says="""
            the first {count} multiples of {n}, starting with {n} itself
            a list of the first {count} positive multiples of {n}
            {n}, 2 * {n}, 3 * {n}, ... as a list of {count} numbers
            List {count} multiples of {n}, beginning at {n}.
            the multiples {n} * 1 to {n} * {count} in a list
            Multiply {n} by 1, 2, ..., {count} and return the products.
            {count} numbers: {n} and its further multiples, ascending
            Given {n} and {count}, list the {count} smallest positive multiples of {n}.
            """,
        bodies="""
            return [n * i for i in range(1, count + 1)]
            ---
            result = []
            for i in range(1, count + 1):
                result.append(n * i)
            return result
            """,
        wrong="""
            return [n * i for i in range(count)]
            ---
            return list(range(n, count, n))
            """,
        reference=lambda n, count: list(range(n, n * count + 1, n)),
        plan="Count from 1 to {count}. | Multiply each number by {n}. | Return the list.",
        properties=("len(result) == count", "all(x % n == 0 for x in result)"),
    ),
    Classic(
        key="binomial",
        tier=2,
        names="binomial choose combinations n_choose_k binomial_coefficient",
        given=(whole("n", 0, 8), whole("k", 0, 5, 0, 1)),
        returns="int",
        says="""
            the binomial coefficient {n} choose {k}
            {n} choose {k}
            how many ways there are to choose {k} of {n} things
            the number of ways to pick {k} out of {n} items when the order does not matter
            the number of {k}-element subsets of a set with {n} elements (0 if {k} > {n})
            {n}! / ({k}! * ({n} - {k})!), or 0 if {k} is larger than {n}
            Compute the binomial coefficient of {n} and {k}; it is 0 when {k} is greater than {n}.
            the number of combinations of {n} things taken {k} at a time
            """,
        bodies="""
            import math
            return math.comb(n, k)
            ---
            result = 1
            for i in range(k):
                result = result * (n - i) // (i + 1)
            return result
            ---
            if k == 0:
                return 1
            if n == 0:
                return 0
            return binomial(n - 1, k - 1) + binomial(n - 1, k)
            """,
        wrong="""
            import math
            return math.perm(n, k)
            ---
            result = 1
            for i in range(k):
                result = result * (n - i)
            return result
            """,
        reference=lambda n, k: sum(1 for mask in range(2**n) if bin(mask).count("1") == k),
        plan=(
            "Start with 1. | For each i from 0 to below {k}, multiply by {n} - i and divide by i + 1. | "
            "Return the result."
        ),
        properties=("result >= 0", "k <= n or result == 0", "k != 0 or result == 1"),
    ),
    Classic(
        key="permutation_count",
        tier=2,
        names="count_permutations arrangements n_permute_k permutations_count",
        given=(whole("n", 0, 7), whole("k", 0, 4, 0, 1)),
        returns="int",
        says="""
            the number of ways to arrange {k} of {n} different things in order
            how many ordered selections of {k} out of {n} items there are (without repetition)
            {n} * ({n} - 1) * ... with {k} factors; 1 if {k} is 0
            the number of permutations of {n} things taken {k} at a time
            how many ways there are to fill {k} places in a row with {n} different people
            {n}! / ({n} - {k})!, or 0 if {k} is larger than {n}
            Count the arrangements of {k} elements chosen from {n} when order matters.
            the falling factorial of {n} with {k} factors
            """,
        bodies="""
            result = 1
            for i in range(k):
                result *= n - i
            return result
            ---
            import math
            return math.perm(n, k)
            """,
        wrong="""
            import math
            return math.comb(n, k)
            ---
            return n ** k
            """,
        reference=lambda n, k: math.comb(n, k) * math.factorial(k),
        plan="Start with 1. | Multiply by {n}, {n} - 1 and so on, {k} factors. | Return the result.",
        properties=("result >= 0", "k <= n or result == 0"),
    ),
    Classic(
        key="is_leap_year",
        tier=2,
        names="is_leap_year leap_year is_leap leap check_leap_year",
        given=(whole("year y n", 1880, 2110, 1900, 2000, 2100, 2024, 1600),),
        returns="bool",
        says="""
            whether {year} is a leap year
            whether {year} is a leap year in the Gregorian calendar
            True if {year} is a leap year, False otherwise
            Return True if {year} is divisible by 4, except centuries that are not divisible by 400.
            Is {year} a leap year?
            Check if {year} has 366 days.
            whether the year {year} has a 29th of February
            True for leap years: divisible by 4 but not by 100, or divisible by 400
            """,
        bodies="""
            return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
            ---
            if year % 400 == 0:
                return True
            if year % 100 == 0:
                return False
            return year % 4 == 0
            """,
        wrong="""
            return year % 4 == 0
            ---
            return year % 4 == 0 and year % 100 != 0
            """,
        reference=lambda year: (year % 16 == 0) if year % 25 == 0 else (year % 4 == 0),
        plan=(
            "Years divisible by 400 are leap years. | Other years divisible by 100 are not. | "
            "Of the rest, those divisible by 4 are."
        ),
        steps=lambda year: [year % 4, year % 100, year % 400],
        thought="Centuries are leap years only if 400 divides them.",
    ),
    Classic(
        key="is_abundant",
        tier=3,
        names="is_abundant abundant_number abundant",
        given=(whole("n", 1, 50, 6, 12, 18, 1),),
        returns="bool",
        says="""
            whether {n} is an abundant number
            whether the proper divisors of {n} add up to more than {n}
            True if the sum of the divisors of {n} below {n} is greater than {n}
            Return True if {n} is abundant, like 12 with 1 + 2 + 3 + 4 + 6 = 16.
            Is {n} an abundant number?
            Check if {n} is smaller than the sum of its proper divisors.
            True if the divisors of {n} (without {n}) sum to more than {n}, else False
            whether the sum of all divisors of {n} other than {n} exceeds {n}
            """,
        bodies="""
            return sum(i for i in range(1, n) if n % i == 0) > n
            ---
            total = 0
            for i in range(1, n):
                if n % i == 0:
                    total += i
            return total > n
            """,
        wrong="""
            return sum(i for i in range(1, n + 1) if n % i == 0) > n
            ---
            return sum(i for i in range(1, n) if n % i == 0) >= n
            """,
        reference=lambda n: sum(_divisors(n)) > 2 * n,
        plan="Find the divisors of {n} that are below {n}. | Add them up. | Return whether the sum is above {n}.",
        steps=lambda n: [_divisors(n)[:-1], sum(_divisors(n)[:-1])],
    ),
    Classic(
        key="modular_power",
        tier=2,
        names="mod_pow modular_power power_mod pow_mod",
        given=(
            whole("base a b", 0, 12),
            whole("exponent e n", 0, 6, 0),
            one_of("modulus m mod", "int", 2, 3, 5, 7, 10, 13),
        ),
        returns="int",
        says="""
            {base} to the power of {exponent}, modulo {modulus}
            the remainder of {base} ** {exponent} divided by {modulus}
            ({base} ** {exponent}) % {modulus}
            Raise {base} to the power {exponent} and return the remainder modulo {modulus}.
            Modular exponentiation: {base}^{exponent} mod {modulus}
            what is left when {base} to the {exponent} is divided by {modulus}
            Compute {base}^{exponent} and reduce it modulo {modulus}.
            Pow of {base} and {exponent}, reduced mod {modulus}
            """,
        bodies="""
            return base ** exponent % modulus
            ---
            return pow(base, exponent, modulus)
            ---
            result = 1
            for _ in range(exponent):
                result = result * base % modulus
            return result
            """,
        wrong="""
            return base * exponent % modulus
            ---
            return (base % modulus) ** exponent
            """,
        reference=lambda base, exponent, modulus: math.prod([base] * exponent) % modulus,
        plan="Raise {base} to the power {exponent}. | Return the remainder by {modulus}.",
        steps=lambda base, exponent, modulus: [base**exponent],
        properties=("0 <= result < modulus",),
    ),
    Classic(
        key="geometric_sum",
        tier=2,
        names="geometric_sum sum_of_powers geometric_series power_sum",
        given=(whole("base r b x", 1, 5), whole("n k terms count", 0, 5, 0, 1)),
        returns="int",
        says="""
            the sum 1 + {base} + {base}**2 + ... with {n} terms
            the sum of the first {n} powers of {base}, starting with {base}**0
            {base}**0 + {base}**1 + ... + {base}**({n} - 1)
            Add up the powers of {base} from the 0th to the ({n} - 1)-th.
            the geometric series of {base} with {n} terms, first term 1
            Sum {base} ** i for i from 0 to {n} - 1; no terms give 0.
            the sum of {n} terms of the geometric sequence 1, {base}, {base}^2, ...
            the total of {base} ** i over all i in range({n})
            """,
        bodies="""
            return sum(base ** i for i in range(n))
            ---
            total = 0
            term = 1
            for _ in range(n):
                total += term
                term *= base
            return total
            """,
        wrong="""
            return sum(base ** i for i in range(n + 1))
            ---
            return sum(base ** i for i in range(1, n))
            """,
        reference=lambda base, n: n if base == 1 else (base**n - 1) // (base - 1),
        plan="Raise {base} to every power from 0 to {n} - 1. | Add the powers up.",
        steps=lambda base, n: [[base**i for i in range(n)]],
        properties=("result >= n",),
    ),
)

"""Plain arithmetic on one to three numbers."""

from __future__ import annotations

import math
import operator

from atlas_pocket.classics.definition import Classic
from atlas_pocket.classics.given import one_of, real, whole

CLASSICS = (
    Classic(
        key="factorial",
        tier=2,
        names="factorial fact compute_factorial factorial_of",
        given=(whole("n", 0, 7, 0, 1),),
        returns="int",
        says="""
            the factorial of {n}
            {n}! (n factorial)
            the product of all integers from 1 to {n}, which is 1 for 0
            the product of the whole numbers 1 to {n} inclusive; 1 if {n} is 0
            Multiply together all the numbers from 1 up to {n} and return the result (0 gives 1).
            the factorial of a non-negative integer {n}
            Given a non-negative integer {n}, compute its factorial.
            Factorial: 1 * 2 * ... * {n}
            """,
        bodies="""
            result = 1
            for i in range(2, n + 1):
                result *= i
            return result
            ---
            if n <= 1:
                return 1
            return n * factorial(n - 1)
            ---
            import math
            return math.factorial(n)
            """,
        wrong="""
            result = 1
            for i in range(1, n):
                result *= i
            return result
            ---
            result = 0
            for i in range(1, n + 1):
                result *= i
            return result
            """,
        reference=math.factorial,
        plan="Start with the result 1. | Multiply it by every number from 2 to {n}. | Return the result.",
        steps=lambda n: [[math.factorial(i) for i in range(1, n + 1)]],
        properties=("result >= 1", "result % max(n, 1) == 0"),
        thought="The factorial of 0 is 1, and {n} itself is a factor.",
    ),
    Classic(
        key="is_even",
        tier=1,
        names="is_even even check_even is_number_even",
        given=(whole("n", -10, 30, 0),),
        returns="bool",
        says="""
            whether {n} is even
            whether {n} is an even number
            True if {n} is even, False otherwise
            Return True if {n} is even.
            Is {n} even?
            whether {n} is divisible by 2
            True for even numbers, False for odd ones.
            Return True when {n} can be divided by two without remainder, else False.
            """,
        bodies="""
            return n % 2 == 0
            ---
            if n % 2 == 0:
                return True
            return False
            """,
        wrong="""
            return n % 2 == 1
            ---
            return n % 2 == 0 and n > 0
            """,
        reference=lambda n: str(n)[-1] in "02468",
        plan="Divide {n} by 2. | Return whether the remainder is 0.",
        steps=lambda n: [n % 2],
        properties=("result == (n % 2 == 0)",),
    ),
    Classic(
        key="is_odd",
        tier=1,
        names="is_odd odd check_odd is_uneven",
        given=(whole("n", -10, 30, 0),),
        returns="bool",
        says="""
            whether {n} is odd
            whether {n} is an odd number
            True if {n} is odd, False otherwise
            Return True if {n} is odd.
            Is {n} odd?
            whether {n} is not divisible by 2
            True for odd numbers, False for even ones.
            Return True when dividing {n} by two leaves a remainder, else False.
            """,
        bodies="""
            return n % 2 == 1
            ---
            return n % 2 != 0
            """,
        wrong="""
            return n % 2 == 0
            ---
            return n % 2 == 1 and n > 0
            """,
        reference=lambda n: str(n)[-1] in "13579",
        plan="Divide {n} by 2. | Return whether the remainder is not 0.",
        steps=lambda n: [n % 2],
        properties=("result == (n % 2 != 0)",),
    ),
    Classic(
        key="absolute_value",
        tier=1,
        names="absolute absolute_value abs_value my_abs",
        given=(whole("n", -20, 20, 0),),
        returns="int",
        says="""
            the absolute value of {n}
            |{n}|
            {n} without its sign
            {n} if it is positive or zero, otherwise -{n}
            the distance of {n} from zero
            the magnitude of {n}
            Make {n} positive: negative numbers lose their minus sign, others stay the same.
            Return {n} unchanged if it is at least 0, else its negation.
            """,
        bodies="""
            return abs(n)
            ---
            if n < 0:
                return -n
            return n
            ---
            return n if n >= 0 else -n
            """,
        wrong="""
            return -n
            ---
            return n if n > 0 else 0
            """,
        reference=lambda n: max(n, -n),
        plan="If {n} is negative, return it with its sign flipped. | Otherwise return {n}.",
        properties=("result >= 0", "result in (n, -n)"),
    ),
    Classic(
        key="add",
        tier=1,
        names="add sum_two add_numbers plus sum_of_two",
        given=(whole("a x first num1", -9, 30), whole("b y second num2", -9, 30)),
        returns="int",
        says="""
            the sum of {a} and {b}
            {a} plus {b}
            {a} + {b}
            Add {a} and {b}.
            Add two numbers.
            Add {b} to {a} and return the result.
            the total of the two numbers {a} and {b}
            Takes two integers {a} and {b} and returns their sum.
            """,
        bodies="""
            return a + b
            ---
            result = a + b
            return result
            """,
        wrong="""
            return a - b
            ---
            return a * b
            """,
        reference=operator.add,
        plan="Add {a} and {b}.",
        properties=("result - a == b",),
    ),
    Classic(
        key="difference_of_two",
        tier=1,
        names="absolute_difference abs_diff difference distance",
        given=(whole("a x first num1", -9, 30), whole("b y second num2", -9, 30)),
        returns="int",
        says="""
            the absolute difference of {a} and {b}
            the absolute difference between {a} and {b}
            how far apart {a} and {b} are
            |{a} - {b}|
            the distance between the numbers {a} and {b} on the number line
            the non-negative difference of two numbers
            Subtract the smaller of {a} and {b} from the larger one.
            the difference between {a} and {b}, never negative
            """,
        bodies="""
            return abs(a - b)
            ---
            if a > b:
                return a - b
            return b - a
            """,
        wrong="""
            return a - b
            ---
            return abs(a) - abs(b)
            """,
        reference=lambda a, b: max(a, b) - min(a, b),
        plan="Subtract {b} from {a}. | Return the absolute value.",
        steps=lambda a, b: [a - b],
        properties=("result >= 0", "a + result == b or b + result == a"),
    ),
    Classic(
        key="maximum_of_three",
        tier=2,
        names="max_of_three largest_of_three maximum biggest max3",
        given=(whole("a x first", -9, 30), whole("b y second", -9, 30), whole("c z third", -9, 30)),
        returns="int",
        says="""
            the largest of {a}, {b} and {c}
            the maximum of {a}, {b} and {c}
            the biggest of the three numbers {a}, {b}, {c}
            the greatest of three numbers
            max of {a}, {b} and {c}
            Return whichever of {a}, {b} and {c} is the largest.
            Given three integers {a}, {b} and {c}, return the highest one.
            the highest value among {a}, {b} and {c}
            """,
        bodies="""
            return max(a, b, c)
            ---
            if a >= b and a >= c:
                return a
            if b >= c:
                return b
            return c
            ---
            largest = a
            if b > largest:
                largest = b
            if c > largest:
                largest = c
            return largest
            """,
        wrong="""
            return min(a, b, c)
            ---
            return max(a, b)
            ---
            if a > b:
                return a
            if b > c:
                return b
            return c
            """,
        reference=lambda a, b, c: sorted([a, b, c])[-1],
        plan="Compare {a}, {b} and {c}. | Return the largest.",
        properties=("result in (a, b, c)", "result >= a", "result >= b", "result >= c"),
    ),
    Classic(
        key="minimum_of_three",
        tier=2,
        names="min_of_three smallest_of_three minimum smallest min3",
        given=(whole("a x first", -9, 30), whole("b y second", -9, 30), whole("c z third", -9, 30)),
        returns="int",
        says="""
            the smallest of {a}, {b} and {c}
            the minimum of {a}, {b} and {c}
            the least of the three numbers {a}, {b}, {c}
            the smallest of three numbers
            min of {a}, {b} and {c}
            Return whichever of {a}, {b} and {c} is the smallest.
            Given three integers {a}, {b} and {c}, return the lowest one.
            the lowest value among {a}, {b} and {c}
            """,
        bodies="""
            return min(a, b, c)
            ---
            smallest = a
            if b < smallest:
                smallest = b
            if c < smallest:
                smallest = c
            return smallest
            """,
        wrong="""
            return max(a, b, c)
            ---
            return min(a, b)
            """,
        reference=lambda a, b, c: sorted([a, b, c])[0],
        plan="Compare {a}, {b} and {c}. | Return the smallest.",
        properties=("result in (a, b, c)", "result <= a", "result <= b", "result <= c"),
    ),
    Classic(
        key="middle_of_three",
        tier=2,
        names="middle_of_three median_of_three median3 middle",
        given=(whole("a x first", -9, 30), whole("b y second", -9, 30), whole("c z third", -9, 30)),
        returns="int",
        says="""
            the median of {a}, {b} and {c}
            the middle value of {a}, {b} and {c}
            the middle one of the three numbers {a}, {b}, {c} when they are sorted
            the second largest of {a}, {b} and {c}
            the median of three numbers
            Sort {a}, {b} and {c} and return the one in the middle.
            Given three numbers {a}, {b} and {c}, return the one that is neither the smallest nor the largest.
            the number between the other two of {a}, {b} and {c}
            """,
        bodies="""
            return sorted([a, b, c])[1]
            ---
            return a + b + c - min(a, b, c) - max(a, b, c)
            """,
        wrong="""
            return b
            ---
            return (a + b + c) // 3
            """,
        reference=lambda a, b, c: max(min(a, b), min(max(a, b), c)),
        plan="Sort {a}, {b} and {c}. | Return the second one.",
        steps=lambda a, b, c: [sorted([a, b, c])],
        properties=("result in (a, b, c)", "min(a, b, c) <= result <= max(a, b, c)"),
    ),
    Classic(
        key="power",
        tier=1,
        names="power pow_int raise_to exponentiate my_pow",
        given=(whole("base a b x", -4, 9), whole("exponent n e k", 0, 4, 0)),
        returns="int",
        says="""
            {base} to the power of {exponent}
            {base} raised to the power {exponent}
            {base} ** {exponent}
            {base}^{exponent}
            Raise {base} to the {exponent}-th power.
            Multiply {base} by itself {exponent} times; the power 0 gives 1.
            the {exponent}-th power of {base}
            Given an integer {base} and a non-negative integer {exponent}, return {base} to the {exponent}.
            """,
        bodies="""
            return base ** exponent
            ---
            result = 1
            for _ in range(exponent):
                result *= base
            return result
            ---
            if exponent == 0:
                return 1
            return base * power(base, exponent - 1)
            """,
        wrong="""
            return base * exponent
            ---
            result = base
            for _ in range(exponent):
                result *= base
            return result
            """,
        reference=lambda base, exponent: math.prod([base] * exponent),
        plan="Start with 1. | Multiply by {base} {exponent} times. | Return the result.",
        steps=lambda base, exponent: [[base**i for i in range(exponent + 1)]],
        properties=("base != 1 or result == 1",),
        thought="The power 0 gives 1.",
    ),
    Classic(
        key="square_number",
        tier=1,
        names="square squared square_of get_square",
        given=(whole("n", -9, 15, 0),),
        returns="int",
        says="""
            the square of {n}
            {n} squared
            {n} times itself
            {n} multiplied by itself
            Square the number {n}.
            {n} ** 2
            the second power of {n}
            Takes an integer {n} and gives back its square.
            """,
        bodies="""
            return n * n
            ---
            return n ** 2
            """,
        wrong="""
            return n * 2
            ---
            return n ** 3
            """,
        reference=lambda n: sum(abs(n) for _ in range(abs(n))),
        plan="Multiply {n} by itself.",
        properties=("result >= 0", "result >= n"),
    ),
    Classic(
        key="cube_number",
        tier=1,
        names="cube cubed cube_of get_cube",
        given=(whole("n", -6, 10, 0),),
        returns="int",
        says="""
            the cube of {n}
            {n} cubed
            {n} times {n} times {n}
            {n} raised to the third power
            Cube the number {n}.
            {n} ** 3
            the third power of {n}
            Takes an integer {n} and gives back its cube.
            """,
        bodies="""
            return n ** 3
            ---
            return n * n * n
            """,
        wrong="""
            return n ** 2
            ---
            return n * 3
            """,
        reference=lambda n: math.prod((n, n, n)),
        plan="Multiply {n} by itself twice.",
        steps=lambda n: [n * n],
        properties=("(result < 0) == (n < 0)",),
    ),
    Classic(
        key="sign",
        tier=2,
        names="sign signum sgn get_sign",
        given=(whole("n", -20, 20, 0),),
        returns="int",
        says="""
            the sign of {n}: 1, 0 or -1
            1 if {n} is positive, -1 if it is negative and 0 if it is zero
            -1 for negative {n}, 0 for zero and 1 for positive {n}
            Return 1, 0 or -1 depending on whether {n} is positive, zero or negative.
            the signum of {n}
            the sign of the number {n} as -1, 0 or 1
            1 for numbers above zero, -1 for numbers below zero, 0 for zero
            Given an integer {n}, return -1 if it is below zero, 1 if it is above zero, otherwise 0.
            """,
        bodies="""
            if n > 0:
                return 1
            if n < 0:
                return -1
            return 0
            ---
            return (n > 0) - (n < 0)
            """,
        wrong="""
            return 1 if n >= 0 else -1
            ---
            if n > 0:
                return -1
            if n < 0:
                return 1
            return 0
            """,
        reference=lambda n: n // abs(n) if n else 0,
        plan="If {n} is above 0, return 1. | If it is below 0, return -1. | Otherwise return 0.",
        properties=("result in (-1, 0, 1)", "result * abs(n) == n"),
        thought="Zero has the sign 0.",
    ),
    Classic(
        key="clamp",
        tier=2,
        names="clamp clip limit constrain bound",
        given=(
            whole("value x n number", -9, 30),
            whole("low lo minimum lower", 0, 8),
            whole("high hi maximum upper", 9, 20),
        ),
        returns="int",
        says="""
            {value} limited to the range from {low} to {high}
            Clamp {value} between {low} and {high}.
            {low} if {value} is below {low}, {high} if it is above {high}, else {value}
            Limit {value} to at least {low} and at most {high}.
            the number in [{low}, {high}] that is nearest to {value}
            Restrict {value} to the interval [{low}, {high}].
            {value} clipped to the bounds {low} and {high}
            Keep {value} within {low} and {high}: too small values become {low}, too large ones {high}.
            """,
        bodies="""
            return max(low, min(value, high))
            ---
            if value < low:
                return low
            if value > high:
                return high
            return value
            """,
        wrong="""
            return min(low, max(value, high))
            ---
            return max(low, value)
            ---
            if value < low:
                return high
            if value > high:
                return low
            return value
            """,
        reference=lambda value, low, high: sorted([low, value, high])[1],
        plan=(
            "If {value} is below {low}, return {low}. | If it is above {high}, return {high}. | "
            "Otherwise return {value}."
        ),
        properties=("low <= result <= high", "result in (value, low, high)"),
    ),
    Classic(
        key="is_positive",
        tier=1,
        names="is_positive positive check_positive greater_than_zero",
        given=(whole("n", -10, 10, 0, 1),),
        returns="bool",
        says="""
            whether {n} is positive
            whether {n} is greater than zero
            True if {n} is positive; zero is not positive
            Return True if {n} > 0.
            Is {n} above zero?
            True if {n} is more than 0, False otherwise
            Return True for positive numbers and False for zero and negative numbers.
            whether the number {n} is larger than 0
            """,
        bodies="""
            return n > 0
            ---
            if n > 0:
                return True
            return False
            """,
        wrong="""
            return n >= 0
            ---
            return n < 0
            """,
        reference=lambda n: n != 0 and not str(n).startswith("-"),
        plan="Return whether {n} is above 0.",
        thought="Zero is not positive.",
    ),
    Classic(
        key="is_divisible",
        tier=1,
        names="is_divisible divisible divides is_multiple is_multiple_of",
        given=(whole("n a x number", 0, 40, 0), whole("divisor b y d", 1, 9)),
        returns="bool",
        says="""
            whether {n} is divisible by {divisor}
            whether {n} is a multiple of {divisor}
            True if {divisor} divides {n} evenly
            Return True if {n} divided by {divisor} leaves no remainder.
            Is {n} divisible by {divisor}?
            whether {divisor} is a divisor of {n}
            True if {n} % {divisor} is 0, False otherwise
            Return True if {divisor} goes into {n} without a remainder, otherwise False.
            """,
        bodies="""
            return n % divisor == 0
            ---
            if n % divisor == 0:
                return True
            return False
            """,
        wrong="""
            return divisor % n == 0 if n else False
            ---
            return n % divisor != 0
            """,
        reference=lambda n, divisor: n in range(0, n + 1, divisor),
        plan="Divide {n} by {divisor}. | Return whether the remainder is 0.",
        steps=lambda n, divisor: [n % divisor],
    ),
    Classic(
        key="safe_divide",
        tier=2,
        names="safe_divide safe_div divide divide_or_none",
        given=(whole("a x numerator dividend", -20, 40), whole("b y denominator divisor", -5, 8, 0)),
        returns="float | None",
        says="""
            {a} divided by {b}, or None if {b} is 0
            {a} / {b}, None when {b} is zero
            Divide {a} by {b}. Return None instead of dividing by zero.
            the quotient of {a} and {b}, or None when dividing by zero
            Safe division: {a} / {b}, but None if {b} is 0.
            Divide {a} by {b}; if that is not possible because {b} is 0, return None.
            the result of dividing {a} by {b}, and None for a division by zero
            Return None if {b} is zero, otherwise {a} / {b}.
            """,
        bodies="""
            if b == 0:
                return None
            return a / b
            ---
            try:
                return a / b
            except ZeroDivisionError:
                return None
            """,
        wrong="""
            if b == 0:
                return 0
            return a / b
            ---
            if b == 0:
                return None
            return a // b
            """,
        reference=lambda a, b: operator.truediv(a, b) if b else None,
        plan="If {b} is 0, return None. | Otherwise return {a} divided by {b}.",
        properties=("(result is None) == (b == 0)",),
        thought="Division by zero must not be tried.",
    ),
    Classic(
        key="quotient_and_remainder",
        tier=1,
        names="quotient_and_remainder div_mod divide_with_remainder integer_division",
        given=(whole("a x n dividend", 0, 50), whole("b y d divisor", 1, 9)),
        returns="tuple[int, int]",
        says="""
            the quotient and the remainder of {a} divided by {b}, as a tuple
            a tuple of quotient and remainder of {a} / {b}
            ({a} // {b}, {a} % {b})
            Divide {a} by {b} and return (quotient, remainder).
            how many times {b} fits into {a} and what is left, as a tuple
            the pair of integer quotient and remainder when dividing {a} by {b}
            Integer division of {a} by {b} with remainder: return a pair (quotient, remainder).
            divmod of {a} and {b} as a tuple
            """,
        bodies="""
            return (a // b, a % b)
            ---
            return divmod(a, b)
            ---
            quotient = a // b
            remainder = a - quotient * b
            return quotient, remainder
            """,
        wrong="""
            return (a % b, a // b)
            ---
            return (a / b, a % b)
            """,
        reference=lambda a, b: (math.floor(a / b), int(math.fmod(a, b))),
        plan="Divide {a} by {b}, rounding down. | Take the remainder. | Return both as a tuple.",
        properties=("result[0] * b + result[1] == a", "0 <= result[1] < b"),
    ),
    Classic(
        key="average_of_two",
        tier=1,
        names="average mean average_of_two midpoint mean_of_two",
        given=(whole("a x first num1", -9, 30), whole("b y second num2", -9, 30)),
        returns="float",
        says="""
            the average of {a} and {b}
            the mean of {a} and {b}
            the arithmetic mean of the two numbers {a} and {b}
            the number halfway between {a} and {b}
            half the sum of {a} and {b}
            Average two numbers.
            Add {a} and {b} and divide the result by 2.
            the midpoint between {a} and {b} as a float
            """,
        bodies="""
            return (a + b) / 2
            ---
            total = a + b
            return total / 2
            """,
        wrong="""
            return (a + b) // 2
            ---
            return a + b / 2
            """,
        reference=lambda a, b: 0.5 * sum((a, b)),
        plan="Add {a} and {b}. | Divide by 2.",
        steps=lambda a, b: [a + b],
        properties=("min(a, b) <= result <= max(a, b)",),
    ),
    Classic(
        key="round_half_up",
        tier=2,
        names="round_half_up round_up_half round_number nearest_integer",
        given=(real("x", 0, 20, 0.5, 2.5, 1.5),),
        returns="int",
        says="""
            {x} rounded to the nearest integer, halves rounded up
            the integer nearest to {x}; .5 is rounded up
            Round {x} half up to a whole number.
            Round the non-negative number {x} to the nearest int, where 2.5 gives 3.
            {x} rounded to a whole number the way school does it (0.5 goes up)
            Round {x}: fractions of one half and more go up, smaller ones go down.
            the whole number closest to {x}, the higher one in case of a tie
            {x} rounded to an integer; a tie goes to the larger integer
            """,
        bodies="""
            import math
            return math.floor(x + 0.5)
            ---
            return int(x + 0.5)
            """,
        wrong="""
            return round(x)
            ---
            return int(x)
            """,
        reference=lambda x: int(x) + (1 if x - int(x) >= 0.5 else 0),
        plan="Add 0.5 to {x}. | Round down to an integer.",
        properties=("abs(result - x) <= 0.5", "isinstance(result, int)"),
        thought="Python's round sends halves to the even neighbour.",
    ),
    Classic(
        key="is_between",
        tier=1,
        names="is_between in_range between within is_in_range",
        given=(whole("n x value number", -3, 15), whole("low a lo start", 0, 5), whole("high b hi end", 5, 12)),
        returns="bool",
        says="""
            whether {n} is between {low} and {high}, both included
            whether {n} lies in the range from {low} to {high} inclusive
            True if {low} <= {n} <= {high}
            Return True if {n} is at least {low} and at most {high}.
            whether {n} is in the closed interval [{low}, {high}]
            Is {n} between {low} and {high} (inclusive)?
            True if {n} is not smaller than {low} and not larger than {high}, else False
            Return True when {n} falls between {low} and {high}, the limits count as inside.
            """,
        bodies="""
            return low <= n <= high
            ---
            return n >= low and n <= high
            """,
        wrong="""
            return low < n < high
            ---
            return low <= n < high
            """,
        reference=lambda n, low, high: n in range(low, high + 1),
        plan="Return whether {n} is at least {low} and at most {high}.",
        thought="Both limits belong to the range.",
    ),
    Classic(
        key="last_digit",
        tier=1,
        names="last_digit ones_digit final_digit units_digit",
        given=(whole("n", 0, 999, 0, 7, 10),),
        returns="int",
        says="""
            the last digit of {n}
            the ones digit of the non-negative integer {n}
            the rightmost digit of {n}
            the final digit of {n} as an int
            {n} modulo 10
            the units digit of the number {n}
            Return the digit that {n} ends with.
            the remainder of {n} divided by 10
            """,
        bodies="""
            return n % 10
            ---
            return int(str(n)[-1])
            """,
        wrong="""
            return n // 10
            ---
            return int(str(n)[0])
            """,
        reference=lambda n: n - n // 10 * 10,
        plan="Return the remainder of {n} divided by 10.",
        properties=("0 <= result <= 9", "(n - result) % 10 == 0"),
    ),
    Classic(
        key="first_digit",
        tier=2,
        names="first_digit leading_digit get_first_digit most_significant_digit",
        given=(whole("n", 0, 999, 0, 7, 10),),
        returns="int",
        says="""
            the first digit of {n}
            the leading digit of the non-negative integer {n}
            the leftmost digit of {n}
            the first digit of {n} as an int
            the most significant decimal digit of {n}
            Return the digit that {n} begins with.
            the digit at the start of the number {n}
            Given a non-negative integer {n}, return its leading digit.
            """,
        bodies="""
            return int(str(n)[0])
            ---
            while n >= 10:
                n //= 10
            return n
            """,
        wrong="""
            return n % 10
            ---
            return n // 10
            """,
        reference=lambda n: n // 10 ** int(math.log10(n)) if n else 0,
        plan="Divide {n} by 10 as long as it is 10 or more. | Return what is left.",
        properties=("str(n).startswith(str(result))",),
    ),
    Classic(
        key="percentage",
        tier=1,
        names="percentage percent percent_of as_percentage",
        given=(whole("part a x count", 0, 50), one_of("total b y whole", "int", 1, 2, 4, 8, 16, 32, 64)),
        returns="float",
        says="""
            what percentage of {total} {part} is
            {part} as a percentage of {total}
            the percentage that {part} is of {total}
            Return how many percent of {total} the number {part} is.
            {part} / {total} in percent
            100 times {part}, divided by {total}
            Express {part} as a percentage of {total}, for example 50.0 for a half.
            the share of {part} in {total}, in percent
            """,
        bodies="""
            return 100 * part / total
            ---
            return part * 100 / total
            """,
        wrong="""
            return part / total
            ---
            return 100 * total / part if part else 0.0
            """,
        reference=lambda part, total: operator.truediv(part * 100, total),
        plan="Multiply {part} by 100. | Divide by {total}.",
        steps=lambda part, total: [part * 100],
        properties=("isinstance(result, float)",),
    ),
)

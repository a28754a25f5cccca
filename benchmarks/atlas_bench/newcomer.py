"""References and inputs of the twenty functions in `newcomer_functions.py`.

Inputs are such as the docstring settles: no punctuation among words, no empty list where a maximum is asked for. Floats are
quarters or cents of one sign, so that no order of adding them shows in the 9 digits that are compared.
"""

from __future__ import annotations

import calendar
import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from random import Random
from typing import Any

from atlas_bench.references import Difficulty, FunctionSet, Reference

_WORDS = ("the", "cat", "Cat", "sat", "on", "The", "mat", "AND", "ran", "away", "a")
_NAMES = ("Ada", "Ben", "Chloe", "Dan", "Eve", "Finn", "Adam", "Bea")
_TAGS = ("python", "travel", "food", "cats", "music", "diy", "books", "art")


def _fibonacci(n: int) -> list[int]:
    numbers = [0, 1]
    while len(numbers) < n:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:n]


def _leaves(nested: list[Any]) -> Iterator[int]:
    for item in nested:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def _running_balance(start: int, changes: list[int]) -> list[int]:
    balances, balance = [], start
    for change in changes:
        if change > 0 or balance + change >= 0:
            balance += change
        balances.append(balance)
    return balances


def _integer(low: int, high: int) -> Callable[[Random], tuple[int]]:
    return lambda rng: (rng.randint(low, high),)


def _words(rng: Random, most: int) -> str:
    return " ".join(rng.choices(_WORDS, k=rng.randint(1, most)))


def _near_palindrome(rng: Random) -> tuple[str]:
    """Draw a palindrome, in mixed case as often as not, or one with a letter changed, or any word."""
    half = "".join(rng.choices("abcd", k=rng.randint(0, 4)))
    letters = list(half + rng.choice(["", "x"]) + half[::-1])
    if letters and rng.random() < 0.5:
        letters[rng.randrange(len(letters))] = rng.choice("abcd")
    return ("".join(letter.upper() if rng.random() < 0.3 else letter for letter in letters),)


def _cart(rng: Random) -> tuple[list[tuple[str, float, int]]]:
    return (
        [
            (rng.choice(["pen", "book", "mug"]), rng.choice([rng.randint(1, 50), rng.randint(1, 5000) / 100]), amount)
            for amount in (rng.randint(0, 6) for _ in range(rng.randint(0, 5)))
        ],
    )


def _scores(rng: Random) -> tuple[dict[str, int]]:
    names = rng.sample(_NAMES, k=rng.randint(1, 6))
    return ({name: rng.randint(0, 100) if rng.random() < 0.3 else rng.randint(7, 10) for name in names},)


def _nested(rng: Random, depth: int = 3) -> list[Any]:
    return [
        _nested(rng, depth - 1) if depth and rng.random() < 0.4 else rng.randint(-9, 9)
        for _ in range(rng.randint(0, 4))
    ]


_ONE_LINE = {
    "is_even": Reference(answer=lambda n: n % 2 == 0, arguments=_integer(-100, 100), edges=((0,), (-1,), (10**12,))),
    "celsius_to_fahrenheit": Reference(
        answer=lambda celsius: celsius * 9 / 5 + 32,
        arguments=lambda rng: (rng.choice([rng.randint(-60, 120), rng.randint(-240, 480) / 4]),),
        edges=((0,), (100.0,), (-40.0,), (-273.15,)),
    ),
    "count_vowels": Reference(
        answer=lambda text: len([letter for letter in text if letter in "aeiouAEIOU"]),
        arguments=lambda rng: ("".join(rng.choices("aeiouAEIOUbcdXYZ ,!19", k=rng.randint(0, 20))),),
        edges=(("",), ("xyz",), ("AEIOU aeiou",)),
    ),
    "is_palindrome": Reference(
        answer=lambda s: s.lower() == s.lower()[::-1],
        arguments=_near_palindrome,
        edges=(("",), ("a",), ("Ab",), ("Abba",), ("Noon",)),
    ),
    "average": Reference(
        answer=lambda numbers: math.fsum(numbers) / len(numbers) if numbers else 0,
        arguments=lambda rng: ([rng.choice([n, n / 4]) for n in rng.choices(range(-80, 80), k=rng.randint(0, 7))],),
        edges=(([],), ([5],), ([0, 0],), ([-1.5, 1.5],)),
    ),
    "slug": Reference(
        answer=lambda title: title.lower().replace(" ", "-"),
        arguments=lambda rng: (_words(rng, 6),),
        edges=(("Hello",), ("TOP 10 Tips",)),
    ),
    "total_price": Reference(
        answer=lambda cart: sum(price * quantity for _, price, quantity in cart),
        arguments=_cart,
        edges=(([],), ([("mug", 4.5, 0)],)),
    ),
}

_FEW_LINES = {
    "factorial": Reference(
        answer=math.factorial,
        arguments=_integer(0, 30),
        edges=((0,), (1,), (2,)),
        difficulty=Difficulty.FEW_LINES,
    ),
    "is_leap_year": Reference(
        answer=calendar.isleap,
        arguments=lambda rng: (rng.choice([rng.randint(1583, 2400), rng.randint(16, 24) * 100]),),
        edges=((1900,), (2000,), (2023,), (2024,)),
        difficulty=Difficulty.FEW_LINES,
    ),
    "best_student": Reference(
        answer=lambda scores: min(scores.items(), key=lambda pair: (-pair[1], pair[0])),
        arguments=_scores,
        edges=(({"Eve": 0},), ({"Ben": 9, "Ada": 9},), ({"Ada": 9, "Ben": 9},)),
        difficulty=Difficulty.FEW_LINES,
    ),
    "shared_tags": Reference(
        answer=lambda mine, theirs: sorted(mine & theirs),
        arguments=lambda rng: tuple(set(rng.sample(_TAGS, k=rng.randint(0, 7))) for _ in range(2)),
        edges=((set(), set()), ({"art"}, set()), ({"art"}, {"food"})),
        difficulty=Difficulty.FEW_LINES,
    ),
    "unique": Reference(
        answer=lambda items: list(dict.fromkeys(items)),
        arguments=lambda rng: (rng.choices(rng.choice([range(-4, 5), _WORDS]), k=rng.randint(0, 9)),),
        edges=(([],), ([0],), ([2, 2, 2],), ([5, 4, 5],)),
        difficulty=Difficulty.FEW_LINES,
    ),
    "word_count": Reference(
        answer=lambda text: Counter(text.lower().split()),
        arguments=lambda rng: (_words(rng, 12),),
        edges=(("",), ("a",), ("A a",)),
        difficulty=Difficulty.FEW_LINES,
    ),
    "initials": Reference(
        answer=lambda full_name: "".join(f"{name[0].upper()}." for name in full_name.split()),
        arguments=lambda rng: (" ".join(rng.choice([n, n.lower()]) for n in rng.choices(_NAMES, k=rng.randint(1, 4))),),
        edges=(("cher",), ("Grace Hopper",)),
        difficulty=Difficulty.FEW_LINES,
    ),
}

_LOOPS = {
    "is_prime": Reference(
        answer=lambda n: n > 1 and all(n % divisor for divisor in range(2, math.isqrt(n) + 1)),
        arguments=_integer(0, 400),
        edges=((0,), (1,), (2,), (3,), (4,), (9,), (25,), (-7,), (9973,)),
        difficulty=Difficulty.LOOP,
    ),
    "flatten": Reference(
        answer=lambda nested: list(_leaves(nested)),
        arguments=lambda rng: (_nested(rng),),
        edges=(([],), ([[]],), ([1, [2, [3, [4, []]]]],)),
        difficulty=Difficulty.LOOP,
    ),
    "longest_streak": Reference(
        answer=lambda results: max((len(list(run)) for result, run in groupby(results) if result == "W"), default=0),
        arguments=lambda rng: (rng.choices("WWL", k=rng.randint(0, 12)),),
        edges=(([],), (["L"],), (["W"],), (["W", "W", "L"],), (["L", "W", "W"],)),
        difficulty=Difficulty.LOOP,
    ),
    "fizzbuzz": Reference(
        answer=lambda n: ["Fizz" * (i % 3 == 0) + "Buzz" * (i % 5 == 0) or str(i) for i in range(1, n + 1)],
        arguments=_integer(0, 60),
        edges=((0,), (1,), (3,), (15,), (30,)),
        difficulty=Difficulty.LOOP,
    ),
    "fibonacci": Reference(
        answer=_fibonacci,
        arguments=_integer(0, 40),
        edges=((0,), (1,), (2,), (3,)),
        difficulty=Difficulty.LOOP,
    ),
    "running_balance": Reference(
        answer=_running_balance,
        arguments=lambda rng: (
            rng.randint(0, 100),
            [rng.choice([-1, 1]) * rng.randint(1, 90) for _ in range(rng.randint(0, 8))],
        ),
        edges=((0, []), (0, [-1]), (10, [-10, 5, -5])),
        difficulty=Difficulty.LOOP,
    ),
}

NEWCOMER = FunctionSet(name="newcomer", file="newcomer_functions.py", references={**_ONE_LINE, **_FEW_LINES, **_LOOPS})

"""Steps on lists of numbers: what v0 knew, and slices, pairs, running values, statistics, tests, tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import accumulate, pairwise
from operator import mul

from atlas_pocket.compositions.steps import Constant, Kind, Step, number

_BOUND = ("limit", "k", "n", "m", "threshold", "bound", "t", "cutoff", "minimum", "target")


def _only(
    name: str,
    code: tuple[str, ...],
    keeps: Callable[..., bool],
    misses: tuple[str, ...],
    plan: str,
    *,
    adjective: str = "",
    relations: tuple[str, ...] = (),
    kind: Kind = "ints",
    thought: str = "",
    constants: dict[str, Constant] | None = None,
) -> Step:
    """Return a filter of numbers."""
    phrases = tuple(
        form for relation in relations for form in (f"the @n @in @x {relation}", f"all @n @in @x {relation}")
    )
    if adjective:
        phrases = (
            f"the {adjective} @n @in @x",
            f"all {adjective} @n @in @x",
            f"only the {adjective} @n @in @x",
            f"the @n @in @x that are {adjective}",
            *phrases,
        )
    return Step(
        name=name, takes=kind, gives=kind, form="filter", code=code, apply=keeps, phrases=phrases, plan=plan, misses=misses, hint=(adjective or name).replace("-", ""),
        variable="kept", constants=constants or {}, properties=(f"all({code[0].replace('@v', 'v')} for v in result)",), thought=thought,
    )  # fmt: skip


def _each(
    name: str,
    code: tuple[str, ...],
    makes: Callable[..., object],
    misses: tuple[str, ...],
    plan: str,
    phrases: tuple[str, ...],
    orders: tuple[str, ...],
    *,
    kind: Kind = "ints",
    gives: Kind | None = None,
    hint: str = "",
    constants: dict[str, Constant] | None = None,
) -> Step:
    """Return a map over numbers."""
    return Step(
        name=name, takes=kind, gives=gives or kind, form="map", code=code, apply=makes, phrases=phrases, orders=orders, plan=plan, misses=misses, hint=hint or name,
        variable={"strs": "texts", "floats": "scaled"}.get(gives or kind, "mapped"), constants=constants or {},
    )  # fmt: skip


def _needed(items: Sequence[int]) -> Sequence[int]:
    if not items:
        raise ValueError("there is nothing to choose from")
    return items


def _digits_only(items: Sequence[int]) -> Sequence[int]:
    if any(not 0 <= v <= 9 for v in items):
        raise ValueError(f"{items} are not all digits")
    return items


def _running(values: Sequence[object]) -> str:
    return " ".join(map(str, values))


_FILTERS: tuple[Step, ...] = (
    _only("positive", ("@v > 0",), lambda v: abs(v) == v and v != 0, ("@v >= 0", "@v < 0"), "keep the positive ones", adjective="positive", relations=("greater than zero",), thought="Zero is not positive."),
    _only("negative", ("@v < 0",), lambda v: abs(v) != v, ("@v <= 0", "@v > 0"), "keep the negative ones", adjective="negative", relations=("less than zero",), thought="Zero is not negative."),
    _only("nonzero", ("@v != 0", "@v"), lambda v: bool(v), ("@v > 0", "@v == 0"), "drop the zeros", adjective="non-zero", relations=("that are not zero",)),
    _only("even", ("@v % 2 == 0", "not @v % 2"), lambda v: v // 2 * 2 == v, ("@v % 2 == 1", "@v % 2"), "keep the even ones", adjective="even", relations=("divisible by 2",)),
    _only("odd", ("@v % 2 != 0", "@v % 2 == 1"), lambda v: v // 2 * 2 != v, ("@v % 2 == 0",), "keep the odd ones", adjective="odd", relations=("that are not even",)),
    _only("multiple", ("@v % @c == 0",), lambda v, c: math.gcd(v, c) == c, ("@v % @c != 0", "@v % @c == 1"), "keep multiples of @c", relations=("divisible by @c", "that are multiples of @c", "that are divisible by @c"), constants=number(3, 6, 3, "divisor", "k", "m", "base")),
    _only("above", ("@v > @c",), lambda v, c: v - c > 0, ("@v >= @c", "@v < @c"), "keep those above @c", relations=("greater than @c", "larger than @c", "above @c", "that are bigger than @c"), constants=number(0, 9, 4, *_BOUND), thought="The limit itself is not above the limit."),
    _only("below", ("@v < @c",), lambda v, c: v - c < 0, ("@v <= @c", "@v > @c"), "keep those below @c", relations=("less than @c", "smaller than @c", "below @c", "that are under @c"), constants=number(0, 9, 4, *_BOUND), thought="The limit itself is not below the limit."),
    _only("atleast", ("@v >= @c",), lambda v, c: v - c >= 0, ("@v > @c", "@v <= @c"), "keep those of at least @c", relations=("of at least @c", "that are at least @c", "greater than or equal to @c"), constants=number(0, 9, 4, *_BOUND), thought="The limit itself counts."),
    _only("atmost", ("@v <= @c",), lambda v, c: v - c <= 0, ("@v < @c", "@v >= @c"), "keep those of at most @c", relations=("of at most @c", "that are at most @c", "less than or equal to @c"), constants=number(0, 9, 4, *_BOUND), thought="The limit itself counts."),
    _only("unequal", ("@v != @c",), lambda v, c: bool(v - c), ("@v == @c", "@v > @c"), "drop every @c", relations=("that are not @c", "other than @c", "different from @c"), constants=number(0, 5, 2, "unwanted", "k", "n", "m", "target")),
    _only("two_digit", ("10 <= abs(@v) <= 99", "len(str(abs(@v))) == 2"), lambda v: 9 < abs(v) < 100, ("abs(@v) >= 10", "10 < abs(@v) < 99"), "keep those of two digits", adjective="two-digit", relations=("that have two digits",)),
    _only("above_average_floats", ("@v > @c",), lambda v, c: v - c > 0, ("@v >= @c", "@v < @c"), "keep those above @c", relations=("greater than @c", "above @c", "larger than @c"), kind="floats", constants=number(0, 4, 1, *_BOUND)),
    _only("positive_floats", ("@v > 0",), lambda v: abs(v) == v and v != 0, ("@v >= 0", "@v < 0"), "keep the positive ones", adjective="positive", kind="floats"),
)  # fmt: skip

_MAPS: tuple[Step, ...] = (
    _each("square", ("@v ** 2", "@v * @v"), lambda v: v**2, ("@v * 2", "@v ** 3"), "square each", ("the squares of @each", "@each, each squared", "the squared values of @each"), ("square @each",), hint="squares"),
    _each("cube", ("@v ** 3",), lambda v: v * v * v, ("@v * 3", "@v ** 2"), "cube each", ("the cubes of @each", "@each, each cubed"), ("cube @each",), hint="cubes"),
    _each("double", ("@v * 2", "2 * @v"), lambda v: v + v, ("@v ** 2", "@v + 2"), "double each", ("the doubles of @each", "@each, each doubled", "@each, each multiplied by 2"), ("double @each", "multiply @each by 2"), hint="doubled"),
    _each("half", ("@v // 2",), lambda v: math.floor(v / 2), ("@v % 2", "@v // 2 + 1"), "halve each, rounded down", ("@each, each halved and rounded down", "the halves (rounded down) of @each"), ("halve @each, rounding down",), hint="halved"),
    _each("absolute", ("abs(@v)",), lambda v: max(v, -v), ("-@v", "max(@v, 0)"), "drop the signs", ("the absolute values of @each", "@each without their signs"), ("take the absolute value of @each",), hint="absolute"),
    _each("negation", ("-@v",), lambda v: 0 - v, ("abs(@v)", "1 - @v"), "negate each", ("the negated values of @each", "@each, each with its sign flipped"), ("negate @each", "flip the sign of @each"), hint="negated"),
    _each("last_digit", ("abs(@v) % 10",), lambda v: int(str(v)[-1]), ("abs(@v) // 10", "int(str(abs(@v))[0])"), "take each last digit", ("the last digits of @each", "the last digit of each of @each"), ("take the last digit of @each",), hint="last_digits"),
    _each("digitsum", ("sum(int(d) for d in str(abs(@v)))",), lambda v: sum(int(d) for d in f"{abs(v)}"), ("len(str(abs(@v)))", "max(int(d) for d in str(abs(@v)))"), "take each digit sum", ("the digit sums of @each", "the sums of the digits of @each"), ("replace @each by their digit sums",), hint="digit_sums"),
    _each("plus", ("@v + @c",), lambda v, c: sum((v, c)), ("@v - @c", "@v * @c"), "add @c to each", ("@each, each increased by @c", "@each plus @c each", "@each with @c added to each"), ("add @c to @each",), hint="plus", constants=number(2, 10, 3, "k", "n", "m", "step", "offset", "bonus")),
    _each("minus", ("@v - @c",), lambda v, c: sum((v, -c)), ("@v + @c", "@c - @v"), "subtract @c from each", ("@each, each decreased by @c", "@each with @c subtracted from each"), ("subtract @c from @each",), hint="minus", constants=number(2, 10, 3, "k", "n", "m", "step", "offset", "fee")),
    _each("times", ("@v * @c", "@c * @v"), lambda v, c: c * v, ("@v + @c", "@v ** @c"), "multiply each by @c", ("@each, each multiplied by @c", "@each times @c each"), ("multiply @each by @c",), hint="times", constants=number(3, 9, 3, "factor", "k", "n", "m", "scale")),
    _each("modulo", ("@v % @c",), lambda v, c: v - c * math.floor(v / c), ("@v // @c", "@v - @c"), "take each remainder by @c", ("the remainders of @each divided by @c", "@each modulo @c", "@each, each modulo @c"), ("take @each modulo @c",), hint="remainders", constants=number(3, 7, 4, "divisor", "k", "n", "m")),
    _each("capped", ("min(@v, @c)", "@v if @v < @c else @c"), lambda v, c: sorted((v, c))[0], ("max(@v, @c)", "@c"), "limit each to at most @c", ("@each, each limited to at most @c", "@each capped at @c"), ("limit @each to at most @c",), hint="capped", constants=number(2, 9, 4, "limit", "k", "n", "cap", "most", "ceiling")),
    _each("raised", ("max(@v, @c)", "@v if @v > @c else @c"), lambda v, c: sorted((v, c))[1], ("min(@v, @c)", "@c"), "raise each to at least @c", ("@each, each raised to at least @c", "@each with anything below @c replaced by @c"), ("raise @each to at least @c",), hint="raised", constants=number(0, 5, 1, "floor", "k", "n", "low", "least")),
    _each("texts", ("str(@v)", 'f"{@v}"'), lambda v: f"{v:d}", ("repr([@v])", "str(abs(@v))"), "turn each into a string", ("@each as strings", "@each converted to strings"), ("convert @each to strings", "turn @each into strings"), gives="strs", hint="strings"),
    _each("parity_words", ('"even" if @v % 2 == 0 else "odd"',), lambda v: ("even", "odd")[v & 1], ('"odd" if @v % 2 == 0 else "even"',), "say of each whether it is even or odd", ("'even' or 'odd' for each of @each", "the word 'even' or 'odd' for each of @each"), ("replace each of @each by 'even' or 'odd'",), gives="strs", hint="parity"),
    _each("halved_floats", ("@v / 2", "@v * 0.5"), lambda v: v * 0.5, ("@v // 2", "@v * 2"), "halve each", ("@each, each divided by 2", "the halves of @each"), ("halve @each", "divide @each by 2"), kind="floats", hint="halved"),
    _each("scaled_floats", ("@v * @c", "@c * @v"), lambda v, c: c * v, ("@v + @c", "@v / @c"), "multiply each by @c", ("@each, each multiplied by @c", "@each times @c each"), ("multiply @each by @c",), kind="floats", hint="scaled", constants=number(2, 9, 3, "factor", "k", "scale", "rate")),
    _each("shifted_floats", ("@v + @c",), lambda v, c: c + v, ("@v - @c", "@v * @c"), "add @c to each", ("@each, each increased by @c", "@each with @c added to each"), ("add @c to @each",), kind="floats", hint="shifted", constants=number(2, 9, 3, "offset", "k", "step", "extra")),
    _each("whole_floats", ("int(@v)",), lambda v: math.trunc(v), ("round(@v)", "int(@v) + 1"), "cut off the decimals of each", ("the whole parts of @each", "@each without their decimals"), ("cut off the decimals of @each",), kind="floats", gives="ints", hint="whole"),
    _each("rounded_floats", ("round(@v, 1)",), lambda v: float(f"{v:.1f}"), ("round(@v)", "round(@v, 2)"), "round each to one decimal", ("@each, each rounded to one decimal", "@each rounded to 1 decimal place"), ("round @each to one decimal",), kind="floats", hint="rounded"),
    _each("halves_as_floats", ("@v / 2",), lambda v: v * 0.5, ("@v // 2", "@v * 2"), "divide each by 2", ("@each, each divided by 2 as floats", "half of each of @each as floats"), ("divide @each by 2",), gives="floats", hint="halves"),
)  # fmt: skip

_NONE = {"c": Constant(draw=lambda rng: rng.choice((0, -1, None)), usual=0)}
_OR = ("@c if there are none", "@c if there are no such numbers", "@c if there is none")


def _or_default(
    name: str,
    phrase: tuple[str, ...],
    code: tuple[str, ...],
    apply: Callable[..., object],
    miss: tuple[str, ...],
    plan: str,
    hint: str,
) -> Step:
    return Step(
        name=name, takes="ints", gives="int", form="whole", code=code, apply=apply, phrases=tuple(f"{one}, or {other}" for one in phrase for other in _OR), plan=plan, misses=miss,
        hint=hint, variable="chosen", constants=_NONE, last=True, thought="Where nothing is left, the answer is what was asked for, not an error.",
    )  # fmt: skip


_REDUCTIONS: tuple[Step, ...] = (
    Step(name="sum", takes="ints", gives="int", form="whole", code=("sum(@x)",), apply=lambda items: reduce(lambda a, b: a + b, items, 0), phrases=("the sum of @each", "the total of @each"), orders=("add up @each", "sum @each"), plan="add them up", misses=("len(@x)", "max(@x, default=0)"), loop=("@out = 0", "@out += @v"), hint="sum", variable="total", trace=lambda items: _running(list(accumulate(items))) or "0"),
    Step(name="product", takes="ints", gives="int", form="whole", code=(), apply=lambda items: reduce(mul, items, 1), phrases=("the product of @each",), orders=("multiply @each together",), plan="multiply them", misses=("sum(@x)",), loop=("@out = 1", "@out *= @v"), hint="product", variable="product", flavour="few", trace=lambda items: _running(list(accumulate(items, mul))) or "1", thought="The product of nothing is 1."),
    Step(name="count", takes="ints", gives="int", form="whole", code=("len(@x)",), apply=lambda items: sum(1 for _ in items), phrases=("the number of @each", "the count of @each", "how many @n there are @in @x"), orders=("count @each",), plan="count them", misses=("sum(@x)", "len(set(@x))"), loop=("@out = 0", "@out += 1"), hint="count", variable="count", properties=("result >= 0",)),
    Step(name="distinct", takes="ints", gives="int", form="whole", code=("len(set(@x))",), apply=lambda items: len(Counter(items)), phrases=("the number of distinct @n @in @x", "the number of different @n @in @x", "how many different @n there are @in @x"), orders=("count the different ones of @each",), plan="count different ones", misses=("len(@x)", "sum(set(@x))"), hint="distinct", variable="count", flavour="repeats", trace=lambda items: f"{list(dict.fromkeys(items))} {len(set(items))}", properties=("result >= 0",)),
    Step(name="minimum", takes="ints", gives="int", form="whole", code=("min(@x)", "sorted(@x)[0]"), apply=lambda items: reduce(lambda a, b: a if a < b else b, _needed(items)), phrases=("the smallest of @each", "the minimum of @each", "the lowest of @each"), orders=("take the smallest of @each",), plan="take the smallest", misses=("max(@x)", "@x[0]"), hint="min", variable="smallest", trace=lambda items: _running(list(accumulate(items, min)))),
    Step(name="maximum", takes="ints", gives="int", form="whole", code=("max(@x)", "sorted(@x)[-1]"), apply=lambda items: reduce(lambda a, b: a if a > b else b, _needed(items)), phrases=("the largest of @each", "the maximum of @each", "the biggest of @each", "the highest of @each"), orders=("take the largest of @each",), plan="take the largest", misses=("min(@x)", "@x[-1]"), hint="max", variable="largest", trace=lambda items: _running(list(accumulate(items, max)))),
    Step(name="first", takes="ints", gives="int", form="whole", code=("@x[0]",), apply=lambda items: next(iter(_needed(items))), phrases=("the first of @each",), orders=("take the first of @each",), plan="take the first", misses=("@x[-1]", "min(@x)"), hint="first", variable="first"),
    Step(name="last", takes="ints", gives="int", form="whole", code=("@x[-1]",), apply=lambda items: _needed(items)[len(items) - 1], phrases=("the last of @each",), orders=("take the last of @each",), plan="take the last", misses=("@x[0]", "max(@x)"), hint="last", variable="last"),
    Step(name="range", takes="ints", gives="int", form="whole", code=("max(@x) - min(@x)",), apply=lambda items: sorted(_needed(items))[-1] - sorted(items)[0], phrases=("the difference between the largest and the smallest of @each", "the span of @each (largest minus smallest)", "the range of @each, from smallest to largest"), orders=("subtract the smallest from the largest of @each",), plan="largest minus smallest", misses=("max(@x) + min(@x)", "@x[-1] - @x[0]"), hint="range", variable="span", properties=("result >= 0",), trace=lambda items: f"{max(items)} {min(items)} {max(items) - min(items)}"),
    Step(name="second_largest", takes="ints", gives="int", form="whole", code=("sorted(set(@x))[-2]", "sorted(set(@x), reverse=True)[1]"), apply=lambda items: max(_needed([v for v in items if v != max(items)])), phrases=("the second largest of @each, ignoring repetitions", "the second highest distinct value of @each"), orders=("take the second largest value of @each, ignoring repetitions",), plan="take the second largest", misses=("sorted(@x)[-2]", "sorted(set(@x))[1]"), hint="second_largest", variable="second", thought="Equal values count once.", trace=lambda items: f"{sorted(set(items))} {sorted(set(items))[-2]}"),
    Step(name="most_common", takes="ints", gives="int", form="whole", code=("max(@x, key=@x.count)",), apply=lambda items: Counter(_needed(items)).most_common(1)[0][0], phrases=("the most common of @each (the first one if there are several)", "the one of @each that occurs most often, the first in case of ties"), orders=("pick the most common of @each, the first in case of ties",), plan="pick the most common", misses=("max(@x)", "min(@x, key=@x.count)"), hint="most_common", variable="common", flavour="repeats"),
    Step(name="occurrences", takes="ints", gives="int", form="whole", code=("@x.count(@c)",), apply=lambda items, c: len([v for v in items if not v - c]), phrases=("how often @c occurs in @x", "the number of times @c occurs in @x"), orders=("count how often @c occurs in @x",), plan="count every @c", misses=("sum(v > @c for v in @x)", "int(@c in @x)"), loop=("@out = 0", "if @v == @c:", "    @out += 1"), hint="count", variable="count", flavour="repeats", constants=number(1, 5, 2, "target", "value", "k", "n", "wanted")),
    Step(name="alternating", takes="ints", gives="int", form="whole", code=("sum(@x[::2]) - sum(@x[1::2])",), apply=lambda items: sum(v if k % 2 == 0 else -v for k, v in enumerate(items)), phrases=("the alternating sum of @each (first minus second plus third and so on)", "the sum of @each with alternating signs, starting with plus"), orders=("add and subtract @each in turn, starting with plus",), plan="add and subtract in turn", misses=("sum(@x[1::2]) - sum(@x[::2])", "sum(@x)"), hint="alternating_sum", variable="total", trace=lambda items: _running(list(accumulate(v if k % 2 == 0 else -v for k, v in enumerate(items)))) or "0"),
    Step(name="sum_squares", takes="ints", gives="int", form="whole", code=("sum(v * v for v in @x)", "sum(v ** 2 for v in @x)"), apply=lambda items: reduce(lambda a, v: a + v**2, items, 0), phrases=("the sum of squares of @each",), orders=("add up the squares of @each",), plan="add up the squares", misses=("sum(@x) ** 2", "sum(v * 2 for v in @x)"), loop=("@out = 0", "@out += @v ** 2"), hint="sum_squares", variable="total", trace=lambda items: _running(list(accumulate(v * v for v in items))) or "0"),
    Step(name="from_digits", takes="ints", gives="int", form="whole", flavour="digits", code=('int("".join(str(v) for v in @x))',), apply=lambda items: reduce(lambda a, v: 10 * a + v, _digits_only(_needed(items))), phrases=("the number whose digits are @each", "the integer made of the digits @each")[:1], orders=("make a number of the digits @each",), plan="write them as digits of one number", misses=("sum(@x)",), loop=("@out = 0", "@out = @out * 10 + @v"), hint="number", variable="number"),
    _or_default("minimum_or", ("the smallest of @each", "the minimum of @each"), ("min(@x, default=@c)",), lambda items, c: sorted(items)[0] if items else c, ("max(@x, default=@c)", "min(@x)"), "take the smallest, @c for none", "min"),
    _or_default("maximum_or", ("the largest of @each", "the maximum of @each"), ("max(@x, default=@c)",), lambda items, c: sorted(items)[-1] if items else c, ("min(@x, default=@c)", "max(@x)"), "take the largest, @c for none", "max"),
    _or_default("first_or", ("the first of @each",), ("next(iter(@x), @c)", "@x[0] if @x else @c")[:1], lambda items, c: items[0] if len(items) else c, ("@x[0]", "next(reversed(@x), @c)"), "take the first, @c for none", "first"),
    Step(name="average", takes="ints", gives="float", form="whole", code=("sum(@x) / len(@x)",), apply=lambda items: reduce(lambda a, b: a + b, _needed(items)) / len(items), phrases=("the average of @each", "the mean of @each", "the arithmetic mean of @each"), orders=("average @each",), plan="divide their sum by their count", misses=("sum(@x) // len(@x)", "sum(@x) / 2"), hint="average", variable="average", flavour="few", trace=lambda items: f"{sum(items)} {len(items)} {sum(items) / len(items)}"),
    Step(name="median", takes="ints", gives="int", form="whole", code=("sorted(@x)[len(@x) // 2]",), apply=lambda items: next(v for v in sorted(_needed(items)) if sum(w <= v for w in items) > len(items) // 2), phrases=("the middle one of @each in sorted order (the upper one for an even count)", "the upper median of @each"), orders=("take the upper median of @each",), plan="sort them and take the middle", misses=("@x[len(@x) // 2]", "sorted(@x)[(len(@x) - 1) // 2]", "sorted(@x)[len(@x) // 2 - 1]"), hint="median", variable="middle", trace=lambda items: f"{sorted(items)} {sorted(items)[len(items) // 2]}"),
    Step(name="min_max", takes="ints", gives="duo", form="whole", code=("(min(@x), max(@x))",), apply=lambda items: (sorted(_needed(items))[0], sorted(items)[-1]), phrases=("a tuple with the smallest and the largest of @each", "the smallest and the largest of @each as a tuple"), orders=("take the smallest and the largest of @each",), plan="take smallest and largest", misses=("(max(@x), min(@x))", "[min(@x), max(@x)]"), hint="min_max", variable="ends", properties=("result[0] <= result[1]",)),
    Step(name="sum_count", takes="ints", gives="duo", form="whole", code=("(sum(@x), len(@x))",), apply=lambda items: reduce(lambda a, v: (a[0] + v, a[1] + 1), items, (0, 0)), phrases=("a tuple with the sum and the count of @each", "the sum and the number of @each as a tuple"), orders=("take the sum and the count of @each",), plan="take sum and count", misses=("(len(@x), sum(@x))", "[sum(@x), len(@x)]"), hint="sum_count", variable="both"),
    Step(name="first_last", takes="ints", gives="duo", form="whole", code=("(@x[0], @x[-1])",), apply=lambda items: tuple(_needed(items)[k] for k in (0, len(items) - 1)), phrases=("a tuple with the first and the last of @each", "the first and the last of @each as a tuple"), orders=("take the first and the last of @each",), plan="take first and last", misses=("(@x[-1], @x[0])", "[@x[0], @x[-1]]"), hint="ends", variable="ends"),
)  # fmt: skip

_REARRANGED: tuple[Step, ...] = (
    Step(name="ascending", takes="ints", gives="ints", form="whole", code=("sorted(@x)",), apply=lambda items: [v for v, times in sorted(Counter(items).items()) for _ in range(times)], phrases=("@each in ascending order", "@each sorted from smallest to largest", "@each in increasing order", "the sorted list of @each"), orders=("sort @each", "sort @each in ascending order"), plan="sort them", misses=("sorted(@x, reverse=True)", "sorted(set(@x))"), hint="sorted", variable="ordered", properties=("result == sorted(result)",)),
    Step(name="descending", takes="ints", gives="ints", form="whole", code=("sorted(@x, reverse=True)", "sorted(@x)[::-1]"), apply=lambda items: sorted(items, key=lambda v: -v), phrases=("@each in descending order", "@each sorted from largest to smallest", "@each in decreasing order"), orders=("sort @each in descending order",), plan="sort them, largest first", misses=("sorted(@x)", "@x[::-1]"), hint="descending", variable="ordered", properties=("result == sorted(result, reverse=True)",)),
    Step(name="reversed", takes="ints", gives="ints", form="whole", code=("@x[::-1]", "list(reversed(@x))"), apply=lambda items: [items[-k] for k in range(1, len(items) + 1)], phrases=("@each in reverse order", "@each in reversed order", "@each from last to first"), orders=("reverse the order of @each",), plan="reverse their order", misses=("sorted(@x, reverse=True)", "@x[::1]"), hint="reversed", variable="backwards"),
    Step(name="unique", takes="ints", gives="ints", form="whole", code=("list(dict.fromkeys(@x))",), apply=lambda items: [v for k, v in enumerate(items) if v not in items[:k]], phrases=("@each without duplicates, in their original order", "@each, each only once, in order of first appearance", "@each without repetitions"), orders=("remove duplicates from @each",), plan="drop duplicates", misses=("sorted(set(@x))", "@x"), loop=("@out = []", "if @v not in @out:", "    @out.append(@v)"), hint="unique", variable="unique", flavour="repeats", properties=("len(set(result)) == len(result)",)),
    Step(name="sortedset", takes="ints", gives="ints", form="whole", code=("sorted(set(@x))",), apply=lambda items: sorted(Counter(items)), phrases=("the distinct @n @in @x in ascending order", "the unique @n @in @x, sorted", "the sorted distinct @n @in @x"), orders=("sort @each and remove duplicates",), plan="sort them without duplicates", misses=("sorted(@x)", "list(dict.fromkeys(@x))"), hint="sorted_unique", variable="ordered", flavour="repeats", properties=("len(set(result)) == len(result)", "result == sorted(result)")),
    Step(name="first_few", takes="ints", gives="ints", form="whole", code=("@x[:@c]",), apply=lambda items, c: [v for k, v in enumerate(items) if k < c], phrases=("the first @c of @each", "the first @c @n @in @x"), orders=("take the first @c of @each",), plan="take the first @c", misses=("@x[@c:]", "@x[-@c:]", "@x[:@c + 1]"), hint="first", variable="start", constants=number(2, 4, 2, "n", "k", "count", "size", "amount"), properties=("len(result) <= @c",)),
    Step(name="last_few", takes="ints", gives="ints", form="whole", code=("@x[-@c:]",), apply=lambda items, c: [v for k, v in enumerate(items) if k >= len(items) - c], phrases=("the last @c of @each", "the last @c @n @in @x"), orders=("take the last @c of @each",), plan="take the last @c", misses=("@x[:-@c]", "@x[:@c]", "@x[@c:]"), hint="last", variable="end", constants=number(2, 4, 2, "n", "k", "count", "size", "amount"), properties=("len(result) <= @c",)),
    Step(name="without_first", takes="ints", gives="ints", form="whole", code=("@x[1:]",), apply=lambda items: [v for k, v in enumerate(items) if k], phrases=("all but the first of @each", "@each except the first"), orders=("drop the first of @each",), plan="drop the first", misses=("@x[:-1]", "@x[:1]"), hint="rest", variable="rest"),
    Step(name="without_last", takes="ints", gives="ints", form="whole", code=("@x[:-1]",), apply=lambda items: [v for k, v in enumerate(items) if k + 1 < len(items)], phrases=("all but the last of @each", "@each except the last"), orders=("drop the last of @each",), plan="drop the last", misses=("@x[1:]", "@x[-1:]"), hint="rest", variable="rest"),
    Step(name="even_positions", takes="ints", gives="ints", form="whole", code=("@x[::2]",), apply=lambda items: [v for k, v in enumerate(items) if k % 2 == 0], phrases=("every second one of @each, starting with the first", "@each at even positions, counting from 0"), orders=("take every second one of @each, starting with the first",), plan="take every second one", misses=("@x[1::2]", "@x[:2]"), hint="every_second", variable="kept"),
    Step(name="odd_positions", takes="ints", gives="ints", form="whole", code=("@x[1::2]",), apply=lambda items: [v for k, v in enumerate(items) if k % 2], phrases=("every second one of @each, starting with the second", "@each at odd positions, counting from 0"), orders=("take every second one of @each, starting with the second",), plan="take every second one from the second", misses=("@x[::2]", "@x[1:]"), hint="every_other", variable="kept"),
    Step(name="largest_few", takes="ints", gives="ints", form="whole", code=("sorted(@x, reverse=True)[:@c]",), apply=lambda items, c: sorted(items, key=lambda v: -v)[0:c], phrases=("the @c largest of @each, largest first", "the @c biggest of @each in descending order"), orders=("take the @c largest of @each, largest first",), plan="take the @c largest", misses=("sorted(@x)[:@c]", "sorted(@x)[-@c:]"), hint="top", variable="top", constants=number(2, 3, 2, "n", "k", "count", "size"), properties=("len(result) <= @c",)),
    Step(name="smallest_few", takes="ints", gives="ints", form="whole", code=("sorted(@x)[:@c]",), apply=lambda items, c: sorted(items, key=lambda v: (v,))[0:c], phrases=("the @c smallest of @each, smallest first", "the @c lowest of @each in ascending order"), orders=("take the @c smallest of @each, smallest first",), plan="take the @c smallest", misses=("sorted(@x, reverse=True)[:@c]", "@x[:@c]"), hint="lowest", variable="lowest", constants=number(2, 3, 2, "n", "k", "count", "size"), properties=("len(result) <= @c",)),
    Step(name="running_sums", takes="ints", gives="ints", form="whole", code=("[sum(@x[:i + 1]) for i in range(len(@x))]",), apply=lambda items: list(accumulate(items)), phrases=("the running sums of @each", "the cumulative sums of @each", "the running totals of @each"), orders=("take the running sums of @each",), plan="take running sums", misses=("[sum(@x[:i]) for i in range(len(@x))]", "[v + v for v in @x]"), loop=("@out = []", "@out.append(@v + (@out[-1] if @out else 0))"), hint="running", variable="sums", properties=()),
    Step(name="running_maxima", takes="ints", gives="ints", form="whole", code=("[max(@x[:i + 1]) for i in range(len(@x))]",), apply=lambda items: list(accumulate(items, max)), phrases=("the running maximum of @each", "for each of @each the largest value so far"), orders=("take the running maximum of @each",), plan="take the largest so far at each place", misses=("[max(@x) for v in @x]", "[min(@x[:i + 1]) for i in range(len(@x))]"), loop=("@out = []", "@out.append(max(@v, @out[-1]) if @out else @v)"), hint="running_max", variable="highest", properties=("result == sorted(result)",)),
    Step(name="differences", takes="ints", gives="ints", form="whole", code=("[@x[i + 1] - @x[i] for i in range(len(@x) - 1)]", "[b - a for a, b in zip(@x, @x[1:])]"), apply=lambda items: [b - a for a, b in pairwise(items)], phrases=("the differences between neighbours in @x", "the differences between each of @each and the one before it"), orders=("take the differences between neighbours in @x",), plan="subtract each from the next", misses=("[@x[i] - @x[i + 1] for i in range(len(@x) - 1)]", "[@x[i + 1] + @x[i] for i in range(len(@x) - 1)]"), hint="differences", variable="steps"),
    Step(name="neighbour_sums", takes="ints", gives="ints", form="whole", code=("[@x[i] + @x[i + 1] for i in range(len(@x) - 1)]", "[a + b for a, b in zip(@x, @x[1:])]"), apply=lambda items: [sum(pair) for pair in pairwise(items)], phrases=("the sums of neighbours in @x", "the sum of each of @each and the next one"), orders=("add up neighbours in @x",), plan="add each to the next", misses=("[@x[i + 1] - @x[i] for i in range(len(@x) - 1)]", "[@x[i] * @x[i + 1] for i in range(len(@x) - 1)]"), hint="neighbours", variable="sums"),
    Step(name="rotated", takes="ints", gives="ints", form="whole", code=("@x[1:] + @x[:1]",), apply=lambda items: [items[(k + 1) % len(items)] for k in range(len(items))], phrases=("@each rotated left by one place", "@each with the first one moved to the end"), orders=("move the first of @each to the end",), plan="move the first to the end", misses=("@x[-1:] + @x[:-1]", "@x[1:]"), hint="rotated", variable="rotated"),
    Step(name="twice", takes="ints", gives="ints", form="whole", code=("@x + @x", "@x * 2"), apply=lambda items: [v for _ in range(2) for v in items], phrases=("@each twice in a row", "@each followed by the same again"), orders=("repeat @each once",), plan="repeat them", misses=("[v * 2 for v in @x]", "@x * 3"), hint="twice", variable="repeated"),
    Step(name="times_position", takes="ints", gives="ints", form="whole", code=("[i * v for i, v in enumerate(@x)]",), apply=lambda items: [items[k] * k for k in range(len(items))], phrases=("@each, each multiplied by its position counting from 0", "each of @each times its index"), orders=("multiply each of @each by its index",), plan="multiply each by its position", misses=("[i * v for i, v in enumerate(@x, 1)]", "[i + v for i, v in enumerate(@x)]"), hint="weighted", variable="weighted", properties=()),
    Step(name="positions_above", takes="ints", gives="ints", form="whole", code=("[i for i, v in enumerate(@x) if v > @c]",), apply=lambda items, c: [k for k in range(len(items)) if items[k] - c > 0], phrases=("the positions of @each that are greater than @c", "the indices at which @x is greater than @c"), orders=("find the indices at which @x is greater than @c",), plan="collect positions above @c", misses=("[v for v in @x if v > @c]", "[i for i, v in enumerate(@x) if v >= @c]", "[i for i, v in enumerate(@x, 1) if v > @c]"), hint="positions", variable="places", constants=number(0, 7, 3, *_BOUND), thought="Positions count from 0."),
    Step(name="chunks", takes="ints", gives="rows", form="whole", code=("[@x[i:i + @c] for i in range(0, len(@x), @c)]",), apply=lambda items, c: [list(items[c * k : c * k + c]) for k in range(math.ceil(len(items) / c))], phrases=("@each split into chunks of @c", "@each cut into lists of length @c (the last one may be shorter)", "@each in groups of @c"), orders=("split @each into chunks of @c",), plan="cut them into chunks of @c", misses=("[@x[i:i + @c] for i in range(len(@x))]", "[@x[:@c], @x[@c:]]"), hint="chunks", variable="chunks", constants=number(2, 3, 2, "size", "n", "k", "width")),
    Step(name="neighbours", takes="ints", gives="rows", form="whole", code=("[[@x[i], @x[i + 1]] for i in range(len(@x) - 1)]", "[[a, b] for a, b in zip(@x, @x[1:])]"), apply=lambda items: [list(pair) for pair in pairwise(items)], phrases=("the pairs of neighbours in @x as lists", "a list [a, b] for each two neighbours in @x"), orders=("pair up neighbours in @x as lists",), plan="pair neighbours", misses=("[[@x[i + 1], @x[i]] for i in range(len(@x) - 1)]", "[[v, v] for v in @x]"), hint="pairs", variable="neighbours"),
    Step(name="tally", takes="ints", gives="tally", form="whole", code=("{v: @x.count(v) for v in @x}",), apply=lambda items: dict(Counter(items)), phrases=("a dict with the count of each of @each", "how often each of @each occurs, as a dict", "a dictionary from each of @each to its number of occurrences"), orders=("count each of @each",), plan="count each", misses=("{v: 1 for v in @x}", "{v: @x.index(v) for v in @x}"), loop=("@out = {}", "@out[@v] = @out.get(@v, 0) + 1"), hint="counts", variable="counts", last=True, flavour="repeats"),
    Step(name="square_table", takes="ints", gives="tally", form="whole", code=("{v: v ** 2 for v in @x}",), apply=lambda items: {v: v * v for v in dict.fromkeys(items)}, phrases=("a dict from each of @each to its square", "a dictionary that maps @each to their squares"), orders=("map @each to their squares",), plan="map each to its square", misses=("{v: v * 2 for v in @x}", "{v ** 2: v for v in @x}"), loop=("@out = {}", "@out[@v] = @v ** 2"), hint="squares", variable="squares", last=True),
    Step(name="position_table", takes="ints", gives="tally", form="whole", code=("{i: v for i, v in enumerate(@x)}", "dict(enumerate(@x))"), apply=lambda items: {k: items[k] for k in range(len(items))}, phrases=("a dict from each index to the value of @x there", "a dictionary that maps positions to @each"), orders=("map positions to @each",), plan="map each position to its value", misses=("{v: i for i, v in enumerate(@x)}", "{i: v for i, v in enumerate(@x, 1)}"), hint="by_position", variable="places", last=True),
    Step(name="group_parity", takes="ints", gives="byparity", form="whole", code=('{"even": [v for v in @x if v % 2 == 0], "odd": [v for v in @x if v % 2 != 0]}',), apply=lambda items: {word: [v for v in items if v % 2 == rest] for rest, word in enumerate(("even", "odd"))}, phrases=("a dict with the even @n @in @x under 'even' and the odd ones under 'odd'", "@each grouped under the keys 'even' and 'odd'"), orders=("group @each under 'even' and 'odd'",), plan="group them by parity", misses=('{"even": [v for v in @x if v % 2 != 0], "odd": [v for v in @x if v % 2 == 0]}', '{"even": [v for v in @x if v % 2 == 0], "odd": @x}'), loop=('@out = {"even": [], "odd": []}', '@out["even" if @v % 2 == 0 else "odd"].append(@v)'), hint="by_parity", variable="groups", last=True),
    Step(name="as_set", takes="ints", gives="intset", form="whole", code=("set(@x)",), apply=lambda items: {v for v in items}, phrases=("the set of @each", "@each as a set"), orders=("make a set of @each",), plan="make a set", misses=("list(@x)", "sorted(set(@x))"), hint="set", variable="unique", flavour="repeats"),
    Step(name="joined_numbers", takes="ints", gives="str", form="whole", code=("@c.join(str(v) for v in @x)", "@c.join(map(str, @x))"), apply=lambda items, c: reduce(lambda text, v: f"{text}{c}{v}", items[1:], str(items[0])) if items else "", phrases=("a string of @each separated by @c", "@each joined into a string with @c between them", "@each written with @c between them"), orders=("join @each with @c into a string",), plan="join them with @c", misses=('"".join(str(v) for v in @x)', "str(@x)"), hint="joined", variable="joined", constants={"c": Constant(draw=lambda rng: rng.choice((", ", "-", " ", ",", "+", " < ")), usual=", ", annotation="str", names=("sep", "separator", "glue", "delimiter"))}),
)  # fmt: skip


def _bool(
    name: str,
    code: tuple[str, ...],
    apply: Callable[..., bool],
    phrases: tuple[str, ...],
    misses: tuple[str, ...],
    plan: str,
    *,
    constants: dict[str, Constant] | None = None,
    flavour: str = "",
    thought: str = "",
) -> Step:
    return Step(name=name, takes="ints", gives="bool", form="whole", code=code, apply=apply, phrases=phrases, plan=plan, misses=misses, hint=name, variable="found", constants=constants or {}, flavour=flavour, thought=thought)  # fmt: skip


_TESTS: tuple[Step, ...] = (
    _bool("all_positive", ("all(v > 0 for v in @x)",), lambda items: not [v for v in items if v <= 0], ("all of @each are positive", "every one of @each is positive", "@each are all greater than zero"), ("any(v > 0 for v in @x)", "all(v >= 0 for v in @x)"), "check that all are positive", flavour="mostly_positive", thought="Zero is not positive, and of no numbers all are."),
    _bool("all_even", ("all(v % 2 == 0 for v in @x)",), lambda items: not [v for v in items if v & 1], ("all of @each are even", "every one of @each is even", "@each are all even"), ("any(v % 2 == 0 for v in @x)", "all(v % 2 for v in @x)"), "check that all are even", flavour="mostly_even"),
    _bool("any_negative", ("any(v < 0 for v in @x)",), lambda items: len([v for v in items if v < 0]) > 0, ("any of @each is negative", "at least one of @each is negative", "there is a negative one among @each"), ("all(v < 0 for v in @x)", "any(v <= 0 for v in @x)"), "look for a negative one", flavour="mostly_positive"),
    _bool("any_even", ("any(v % 2 == 0 for v in @x)",), lambda items: len([v for v in items if not v & 1]) > 0, ("any of @each is even", "at least one of @each is even", "there is an even one among @each"), ("all(v % 2 == 0 for v in @x)", "any(v % 2 for v in @x)"), "look for an even one", flavour="few"),
    _bool("any_above", ("any(v > @c for v in @x)",), lambda items, c: len([v for v in items if v - c > 0]) > 0, ("any of @each is greater than @c", "at least one of @each is above @c"), ("all(v > @c for v in @x)", "any(v >= @c for v in @x)"), "look for one above @c", constants=number(3, 9, 6, *_BOUND)),
    _bool("all_below", ("all(v < @c for v in @x)",), lambda items, c: not [v for v in items if v - c >= 0], ("all of @each are less than @c", "every one of @each is below @c"), ("any(v < @c for v in @x)", "all(v <= @c for v in @x)"), "check that all are below @c", constants=number(3, 9, 6, *_BOUND)),
    _bool("contains", ("@c in @x",), lambda items, c: any(not v - c for v in items), ("@x contains @c", "@c occurs in @x", "@c is one of @each"), ("@c not in @x", "@x[0] == @c if @x else False"), "look for @c", constants=number(1, 5, 2, "target", "value", "k", "n", "wanted"), flavour="repeats"),
    _bool("is_sorted", ("@x == sorted(@x)", "all(a <= b for a, b in zip(@x, @x[1:]))"), lambda items: not [1 for a, b in pairwise(items) if a > b], ("@x is sorted in ascending order", "@each are in ascending order", "@each never decrease"), ("@x == sorted(@x, reverse=True)", "@x == sorted(set(@x))"), "compare with the sorted list", flavour="sorted"),
    _bool("has_duplicates", ("len(set(@x)) < len(@x)", "len(set(@x)) != len(@x)"), lambda items: any(times > 1 for times in Counter(items).values()), ("any of @each occurs more than once", "@x contains duplicates", "there are duplicates among @each"), ("len(set(@x)) == len(@x)", "len(@x) > 1"), "look for duplicates", flavour="repeats"),
    _bool("palindromic", ("@x == @x[::-1]",), lambda items: all(items[k] == items[-k - 1] for k in range(len(items) // 2)), ("@x is the same when it is reversed", "@x reads the same forwards and backwards"), ("@x != @x[::-1]", "@x == sorted(@x)"), "compare with the reverse", flavour="palindrome"),
    _bool("all_equal", ("len(set(@x)) <= 1",), lambda items: all(v == items[0] for v in items), ("all of @each are equal", "@each are all the same"), ("len(set(@x)) > 1", "len(set(@x)) == len(@x)"), "check that all are equal", flavour="equal"),
)  # fmt: skip

_FLOATS: tuple[Step, ...] = (
    Step(name="float_sum", takes="floats", gives="float", form="whole", code=("sum(@x)",), apply=lambda items: reduce(lambda a, b: a + b, items, 0), phrases=("the sum of @each", "the total of @each"), orders=("add up @each",), plan="add them up", misses=("max(@x)", "sum(@x) / len(@x)"), loop=("@out = 0", "@out += @v"), hint="total", variable="total", trace=lambda items: _running(list(accumulate(items))) or "0"),
    Step(name="float_max", takes="floats", gives="float", form="whole", code=("max(@x)",), apply=lambda items: sorted(_needed(items))[-1], phrases=("the largest of @each", "the maximum of @each"), orders=("take the largest of @each",), plan="take the largest", misses=("min(@x)", "@x[-1]"), hint="max", variable="largest"),
    Step(name="float_min", takes="floats", gives="float", form="whole", code=("min(@x)",), apply=lambda items: sorted(_needed(items))[0], phrases=("the smallest of @each", "the minimum of @each"), orders=("take the smallest of @each",), plan="take the smallest", misses=("max(@x)", "@x[0]"), hint="min", variable="smallest"),
    Step(name="float_average", takes="floats", gives="float", form="whole", code=("sum(@x) / len(@x)",), apply=lambda items: reduce(lambda a, b: a + b, _needed(items)) / len(items), phrases=("the average of @each", "the mean of @each"), orders=("average @each",), plan="divide their sum by their count", misses=("sum(@x) // len(@x)", "sum(@x) / 2"), hint="average", variable="average", flavour="few", trace=lambda items: f"{sum(items)} {len(items)} {sum(items) / len(items)}"),
    Step(name="float_count", takes="floats", gives="int", form="whole", code=("len(@x)",), apply=lambda items: sum(1 for _ in items), phrases=("the number of @each", "how many @n there are @in @x"), orders=("count @each",), plan="count them", misses=("int(sum(@x))", "len(@x) - 1"), loop=("@out = 0", "@out += 1"), hint="count", variable="count"),
    Step(name="float_sorted", takes="floats", gives="floats", form="whole", code=("sorted(@x)",), apply=lambda items: [v for v, times in sorted(Counter(items).items()) for _ in range(times)], phrases=("@each in ascending order", "@each sorted from smallest to largest"), orders=("sort @each",), plan="sort them", misses=("sorted(@x, reverse=True)", "@x"), hint="sorted", variable="ordered"),
    Step(name="float_descending", takes="floats", gives="floats", form="whole", code=("sorted(@x, reverse=True)",), apply=lambda items: sorted(items, key=lambda v: -v), phrases=("@each in descending order", "@each sorted from largest to smallest"), orders=("sort @each in descending order",), plan="sort them, largest first", misses=("sorted(@x)", "@x[::-1]"), hint="descending", variable="ordered"),
)  # fmt: skip

STEPS: tuple[Step, ...] = _FILTERS + _MAPS + _REDUCTIONS + _REARRANGED + _TESTS + _FLOATS

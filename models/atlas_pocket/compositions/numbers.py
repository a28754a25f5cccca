"""Steps on one number or two."""

from __future__ import annotations

import math

from atlas_pocket.compositions.steps import Constant, Step, number

_BOUND = ("limit", "k", "n", "m", "threshold", "bound", "t", "cutoff")


def _digits(n: int) -> list[int]:
    n, found = abs(n), []
    while n >= 10:
        n, digit = divmod(n, 10)
        found.append(digit)
    return [n, *reversed(found)]


def _natural(n: int) -> int:
    if n < 0:
        raise ValueError(f"{n} is negative")
    return n


def _clamp(n: int, low: int, high: int) -> int:
    return sorted((low, n, high))[1]


_LOW_HIGH = {
    "c": Constant(draw=lambda rng: rng.randint(-3, 3), usual=0, names=("low", "lower", "lo", "smallest")),
    "d": Constant(draw=lambda rng: rng.randint(5, 12), usual=8, names=("high", "upper", "hi", "largest")),
}

STEPS: tuple[Step, ...] = (
    Step(
        name="digits", takes="int", gives="ints", form="whole", flavour="natural",
        code=("[int(d) for d in str(abs(@x))]", "list(map(int, str(abs(@x))))"), apply=_digits,
        phrases=("the digits of @x", "the decimal digits of @x"), orders=("split @x into its digits", "take the digits of @x"),
        plan="take the digits", misses=("[int(d) for d in str(abs(@x))][::-1]", "[int(d) for d in str(abs(@x))[1:]]"),
        hint="digits", variable="digits", properties=("all(0 <= d <= 9 for d in result)",),
        thought="The minus sign of a negative number is not a digit.",
    ),
    Step(
        name="up_to", takes="int", gives="ints", form="whole", flavour="small",
        code=("list(range(1, @x + 1))", "[i for i in range(1, @x + 1)]"), apply=lambda n: [k for k in range(n + 1) if k],
        phrases=("the numbers from 1 to @x", "the integers from 1 to @x", "all numbers from 1 up to and including @x",
                 "the numbers 1 to @x"),
        orders=("list the numbers from 1 to @x", "count from 1 to @x"),
        plan="list the numbers from 1 to it", misses=("list(range(1, @x))", "list(range(@x + 1))"), hint="range",
        variable="numbers", properties=("len(result) == max(@x, 0)",), thought="The last number itself is included.",
    ),
    Step(
        name="below", takes="int", gives="ints", form="whole", flavour="small",
        code=("list(range(@x))", "[i for i in range(@x)]"), apply=lambda n: [k for k in range(n + 1) if k < n],
        phrases=("the numbers from 0 to @x - 1", "the non-negative integers below @x", "the numbers from 0 up to but not including @x"),
        orders=("list the numbers from 0 up to but not including @x",),
        plan="list the numbers from 0 to one less", misses=("list(range(1, @x))", "list(range(@x + 1))"), hint="below",
        variable="numbers", properties=("len(result) == max(@x, 0)",), thought="The last number itself is not included.",
    ),
    Step(
        name="countdown", takes="int", gives="ints", form="whole", flavour="small",
        code=("list(range(@x, 0, -1))",), apply=lambda n: sorted(range(1, n + 1), key=lambda k: -k),
        phrases=("the numbers from @x down to 1", "the countdown from @x to 1", "the integers from @x down to 1"),
        orders=("count down from @x to 1",), plan="count down from it to 1",
        misses=("list(range(@x, -1, -1))", "list(range(1, @x + 1))"), hint="countdown", variable="numbers",
    ),
    Step(
        name="divisors", takes="int", gives="ints", form="whole", flavour="natural",
        code=("[d for d in range(1, @x + 1) if @x % d == 0]",), apply=lambda n: sorted(d for d in range(1, n + 1) if not n % d),
        phrases=("the divisors of @x", "the factors of @x", "all positive divisors of @x", "the numbers that divide @x"),
        orders=("find the divisors of @x", "list all divisors of @x"), plan="find the divisors",
        misses=("[d for d in range(1, @x) if @x % d == 0]", "[d for d in range(2, @x + 1) if @x % d == 0]"),
        hint="divisors", variable="divisors", properties=("all(@x % d == 0 for d in result)",),
        thought="1 and the number itself are divisors too.",
    ),
    Step(
        name="square", takes="int", gives="int", form="whole", code=("@x ** 2", "@x * @x"), apply=lambda n: n**2,
        phrases=("the square of @x", "@x squared", "@x to the power of 2"), orders=("square @x",), plan="square it",
        misses=("@x * 2", "@x ** 3"), hint="square", variable="squared", properties=("result >= 0",),
    ),
    Step(
        name="double", takes="int", gives="int", form="whole", code=("@x * 2", "2 * @x", "@x + @x"), apply=lambda n: 2 * n,
        phrases=("twice @x", "the double of @x", "@x times 2"), orders=("double @x", "multiply @x by 2"), plan="double it",
        misses=("@x ** 2", "@x + 2"), hint="double", variable="doubled", properties=("result % 2 == 0",),
    ),
    Step(
        name="half", takes="int", gives="int", form="whole", code=("@x // 2",), apply=lambda n: math.floor(n / 2),
        phrases=("half of @x, rounded down", "@x divided by 2, rounded down"), orders=("halve @x and round down",),
        plan="halve it, rounded down", misses=("@x % 2", "@x // 2 + 1"), hint="half", variable="half",
        thought="It is rounded down, not to a float.",
    ),
    Step(
        name="absolute", takes="int", gives="int", form="whole", code=("abs(@x)", "max(@x, -@x)"),
        apply=lambda n: -n if n < 0 else n, phrases=("the absolute value of @x", "the magnitude of @x"),
        orders=("drop the sign of @x",), plan="take the absolute value", misses=("-@x", "max(@x, 0)"), hint="abs",
        variable="size", properties=("result >= 0",),
    ),
    Step(
        name="add", takes="int", gives="int", form="whole", code=("@x + @c",), apply=lambda n, c: sum((n, c)),
        phrases=("@x plus @c", "@x increased by @c", "the sum of @x and @c"), orders=("add @c to @x", "increase @x by @c"),
        plan="add @c", misses=("@x - @c", "@x * @c"), hint="plus", variable="total",
        constants=number(2, 20, 7, "k", "m", "extra", "step", "bonus", "offset"),
    ),
    Step(
        name="subtract", takes="int", gives="int", form="whole", code=("@x - @c",), apply=lambda n, c: sum((n, -c)),
        phrases=("@x minus @c", "@x decreased by @c"), orders=("subtract @c from @x", "decrease @x by @c"),
        plan="subtract @c", misses=("@x + @c", "@c - @x"), hint="minus", variable="rest",
        constants=number(2, 20, 5, "k", "m", "fee", "step", "discount", "offset"),
    ),
    Step(
        name="times", takes="int", gives="int", form="whole", code=("@x * @c", "@c * @x"), apply=lambda n, c: n * c,
        phrases=("@x times @c", "@x multiplied by @c", "the product of @x and @c"), orders=("multiply @x by @c",),
        plan="multiply by @c", misses=("@x + @c", "@x ** @c"), hint="times", variable="product",
        constants=number(3, 9, 4, "factor", "k", "m", "times", "scale"),
    ),
    Step(
        name="remainder", takes="int", gives="int", form="whole", code=("@x % @c",), apply=lambda n, c: n - c * math.floor(n / c),
        phrases=("the remainder of @x divided by @c", "@x modulo @c", "the remainder when @x is divided by @c"),
        orders=("take @x modulo @c",), plan="take the remainder by @c", misses=("@x // @c", "@c % @x if @x else 0"), hint="mod",
        variable="rest", constants=number(3, 9, 4, "divisor", "k", "m", "base"), properties=("0 <= result < @c",),
    ),
    Step(
        name="last_digit", takes="int", gives="int", form="whole", code=("abs(@x) % 10", "int(str(@x)[-1])"),
        apply=lambda n: _digits(n)[-1], phrases=("the last digit of @x", "the final digit of @x"),
        orders=("take the last digit of @x",), plan="take the last digit", misses=("int(str(abs(@x))[0])", "@x // 10"),
        hint="last_digit", variable="digit", properties=("0 <= result <= 9",), flavour="natural",
    ),
    Step(
        name="digit_sum", takes="int", gives="int", form="whole",
        code=("sum(int(d) for d in str(abs(@x)))", "sum(map(int, str(abs(@x))))"), apply=lambda n: sum(_digits(n)),
        phrases=("the digit sum of @x", "the sum of the digits of @x"), orders=("add up the digits of @x",),
        plan="add up the digits", misses=("len(str(abs(@x)))", "max(int(d) for d in str(abs(@x)))"), hint="digit_sum",
        variable="total", flavour="natural", trace=lambda n: " ".join(str(sum(_digits(n)[: i + 1])) for i in range(len(_digits(n)))),
        properties=("result >= 0",),
    ),
    Step(
        name="clamp", takes="int", gives="int", form="whole", code=("max(@c, min(@x, @d))", "min(max(@x, @c), @d)"),
        apply=_clamp, phrases=("@x limited to the range from @c to @d", "@x clamped between @c and @d"),
        orders=("clamp @x between @c and @d", "limit @x to the range from @c to @d"), plan="limit it to @c to @d",
        misses=("min(@c, max(@x, @d))", "max(@x, @c)", "min(@x, @d)"), hint="clamp", variable="clamped",
        constants=_LOW_HIGH, properties=("@c <= result <= @d",),
    ),
    Step(
        name="at_least", takes="int", gives="int", form="whole", code=("max(@x, @c)", "@x if @x > @c else @c"),
        apply=lambda n, c: sorted((n, c))[1],
        phrases=("the larger of @x and @c", "@x, but at least @c", "the bigger one of @x and @c"),
        orders=("raise @x to at least @c",), plan="take at least @c", misses=("min(@x, @c)", "@x"), hint="at_least",
        variable="larger", constants=number(2, 12, 6, *_BOUND),
    ),
    Step(
        name="at_most", takes="int", gives="int", form="whole", code=("min(@x, @c)", "@x if @x < @c else @c"),
        apply=lambda n, c: sorted((n, c))[0],
        phrases=("the smaller of @x and @c", "@x, but at most @c", "the lesser of @x and @c"),
        orders=("limit @x to at most @c",), plan="take at most @c", misses=("max(@x, @c)", "@x"), hint="at_most",
        variable="smaller", constants=number(2, 12, 6, *_BOUND),
    ),
    Step(
        name="text", takes="int", gives="str", form="whole", code=("str(@x)", 'f"{@x}"'), apply=lambda n: f"{n:d}",
        phrases=("@x as a string", "the decimal text of @x", "@x converted to a string"),
        orders=("turn @x into a string", "convert @x to a string"), plan="turn it into a string",
        misses=("str(@x)[::-1]", "repr([@x])"), hint="text", variable="text",
    ),
    Step(
        name="binary", takes="int", gives="str", form="whole", flavour="natural", code=('format(@x, "b")', "bin(@x)[2:]", 'f"{@x:b}"'),
        apply=lambda n: "".join("1" if _natural(n) >> k & 1 else "0" for k in range(max(n.bit_length(), 1) - 1, -1, -1)),
        phrases=("the binary digits of @x as a string", "the binary representation of @x", "@x in binary"),
        orders=("write @x in binary",), plan="write it in binary", misses=("bin(@x)", 'format(@x, "o")'), hint="binary",
        variable="bits", properties=("set(result) <= {'0', '1'}",), thought="The text has no 0b in front.",
    ),
    Step(
        name="padded", takes="int", gives="str", form="whole", flavour="natural", code=("str(@x).zfill(@c)", "str(@x).rjust(@c, '0')"),
        apply=lambda n, c: "0" * (c - len(str(n))) + str(_natural(n)),
        phrases=("@x as a string padded with zeros to @c digits", "@x written with at least @c digits, padded with zeros"),
        orders=("pad @x with zeros to @c digits",), plan="pad it with zeros to @c digits",
        misses=("str(@x).ljust(@c, '0')", "str(@x).rjust(@c)"), hint="padded", variable="text",
        constants=number(3, 6, 4, "width", "size", "length"), properties=("len(result) >= @c",),
    ),
    Step(
        name="stars", takes="int", gives="str", form="whole", flavour="small", code=("@c * @x", "@x * @c"), apply=lambda n, c: "".join(c for _ in range(n)),
        phrases=("a string of @x times @c", "@c repeated @x times", "a string made of @x copies of @c"),
        orders=("repeat @c @x times",), plan="repeat @c that many times", misses=("@c * (@x + 1)", "@c + str(@x)"), hint="bar",
        variable="bar", constants={"c": Constant(draw=lambda rng: rng.choice("*#-+=xo"), usual="*", annotation="str",
                                                 names=("symbol", "char", "mark", "sign"))},
    ),
    Step(
        name="even", takes="int", gives="bool", form="whole", code=("@x % 2 == 0", "not @x % 2"), apply=lambda n: n // 2 * 2 == n,
        phrases=("@x is even", "@x is an even number", "@x is divisible by 2"), plan="check whether it is even",
        misses=("@x % 2 == 1", "@x // 2 == 0"), hint="is_even", variable="even",
    ),
    Step(
        name="odd", takes="int", gives="bool", form="whole", code=("@x % 2 == 1", "@x % 2 != 0"), apply=lambda n: n // 2 * 2 != n,
        phrases=("@x is odd", "@x is an odd number"), plan="check whether it is odd", misses=("@x % 2 == 0", "@x // 2 == 1"),
        hint="is_odd", variable="odd",
    ),
    Step(
        name="positive", takes="int", gives="bool", form="whole", code=("@x > 0",), apply=lambda n: abs(n) == n and n != 0,
        phrases=("@x is positive", "@x is greater than zero"), plan="check whether it is positive",
        misses=("@x >= 0", "@x < 0"), hint="is_positive", variable="positive", thought="Zero is not positive.",
    ),
    Step(
        name="negative", takes="int", gives="bool", form="whole", code=("@x < 0",), apply=lambda n: abs(n) != n,
        phrases=("@x is negative", "@x is less than zero"), plan="check whether it is negative",
        misses=("@x <= 0", "@x > 0"), hint="is_negative", variable="negative", thought="Zero is not negative.",
    ),
    Step(
        name="divisible", takes="int", gives="bool", form="whole", code=("@x % @c == 0",), apply=lambda n, c: math.gcd(n, c) == c,
        phrases=("@x is divisible by @c", "@x is a multiple of @c", "@c divides @x"), plan="check whether @c divides it",
        misses=("@x % @c != 0", "@x // @c == 0"), hint="divisible", variable="divisible",
        constants=number(3, 7, 3, "divisor", "k", "m", "d"),
    ),
    Step(
        name="above", takes="int", gives="bool", form="whole", code=("@x > @c",), apply=lambda n, c: n - c > 0,
        phrases=("@x is greater than @c", "@x is above @c", "@x is larger than @c", "@x is more than @c"), plan="check whether it is above @c",
        misses=("@x >= @c", "@x < @c"), hint="above", variable="above", constants=number(2, 15, 6, *_BOUND),
        thought="The limit itself is not above the limit.",
    ),
    Step(
        name="less", takes="int", gives="bool", form="whole", code=("@x < @c",), apply=lambda n, c: n - c < 0,
        phrases=("@x is less than @c", "@x is below @c", "@x is smaller than @c"), plan="check whether it is below @c",
        misses=("@x <= @c", "@x > @c"), hint="below", variable="less", constants=number(2, 15, 6, *_BOUND),
        thought="The limit itself is not below the limit.",
    ),
    Step(
        name="between", takes="int", gives="bool", form="whole", code=("@c <= @x <= @d", "@x >= @c and @x <= @d"),
        apply=lambda n, c, d: _clamp(n, c, d) == n,
        phrases=("@x is between @c and @d (inclusive)", "@x is at least @c and at most @d", "@x lies in the range from @c to @d"),
        plan="check whether it lies from @c to @d", misses=("@c < @x < @d", "@x >= @c or @x <= @d"), hint="in_range",
        variable="inside", constants=_LOW_HIGH, thought="Both ends belong to the range.",
    ),
    Step(
        name="label_above", takes="int", gives="str", form="whole", code=('"@d" if @x > @c else "@e"',),
        apply=lambda n, c, d, e: (e, d)[n > c], last=True,
        phrases=("'@d' if @x is greater than @c, otherwise '@e'", "'@d' if @x is above @c and '@e' otherwise",
                 "'@d' when @x is larger than @c, else '@e'"),
        plan="choose the word", misses=('"@e" if @x > @c else "@d"', '"@d" if @x >= @c else "@e"'), hint="label",
        variable="label", constants={**number(2, 15, 6, *_BOUND),
            "d": Constant(draw=lambda rng: rng.choice(("high", "big", "pass", "long", "hot", "many")), usual="high"),
            "e": Constant(draw=lambda rng: rng.choice(("low", "small", "fail", "short", "cold", "few")), usual="low")},
    ),
    Step(
        name="label_even", takes="int", gives="str", form="whole", code=('"even" if @x % 2 == 0 else "odd"',),
        apply=lambda n: "odd" if n & 1 else "even", last=True,
        phrases=("'even' if @x is even, otherwise 'odd'", "the word 'even' or 'odd' depending on @x", "'even' or 'odd', whichever @x is"),
        plan="choose the word", misses=('"odd" if @x % 2 == 0 else "even"', '"even" if @x % 2 else "odd"'), hint="parity",
        variable="label",
    ),
    Step(
        name="sign_word", takes="int", gives="str", form="whole",
        code=('"positive" if @x > 0 else "negative" if @x < 0 else "zero"',),
        apply=lambda n: {0: "zero", 1: "positive", -1: "negative"}[(n > 0) - (n < 0)], last=True,
        phrases=("'positive', 'negative' or 'zero' depending on @x", "the word 'positive', 'negative' or 'zero' for the sign of @x"),
        plan="choose the word by the sign", misses=('"positive" if @x >= 0 else "negative"', '"negative" if @x > 0 else "positive" if @x < 0 else "zero"'),
        hint="sign", variable="label",
    ),
    Step(
        name="message", takes="int", gives="str", form="whole", code=('f"@d: {@x}"', '"@d: " + str(@x)'),
        apply=lambda n, d: "{}: {}".format(d, n), last=True,
        phrases=("a string of the form '@d: N' where N is @x", "the text '@d: ' followed by @x", "a string with '@d: ' and then @x"),
        plan="put it behind '@d: '", misses=('f"@d {@x}"', 'f"{@x}: @d"'), hint="message", variable="text",
        constants={"d": Constant(draw=lambda rng: rng.choice(("Total", "Sum", "Result", "Count", "Value", "Score", "Answer")), usual="Total")},
    ),
    Step(
        name="with_unit", takes="int", gives="str", form="whole", code=('f"{@x} @d"', 'str(@x) + " @d"'),
        apply=lambda n, d: "{} {}".format(n, d), last=True,
        phrases=("@x followed by the word '@d'", "a string with @x, a space and '@d'", "@x with ' @d' appended, as a string"),
        plan="append ' @d'", misses=('f"{@x}@d"', 'f"@d {@x}"'), hint="with_unit", variable="text",
        constants={"d": Constant(draw=lambda rng: rng.choice(("items", "points", "kg", "km", "euros", "people", "days")), usual="items")},
    ),
    Step(
        name="float_half", takes="int", gives="float", form="whole", code=("@x / 2", "@x * 0.5"), apply=lambda n: n * 0.5,
        phrases=("half of @x as a float", "@x divided by 2 as a float"), orders=("divide @x by 2",), plan="divide by 2",
        misses=("@x // 2", "@x * 2"), hint="half", variable="half",
    ),
    Step(
        name="percent", takes="int", gives="float", form="whole", code=("@x / 100",), apply=lambda n: n / 100,
        phrases=("@x percent as a fraction", "@x divided by 100"), orders=("divide @x by 100",), plan="divide by 100",
        misses=("@x // 100", "@x * 100"), hint="fraction", variable="fraction",
    ),
    Step(
        name="rounded", takes="float", gives="int", form="whole", code=("int(@x)", "math.trunc(@x)")[:1], apply=math.trunc,
        phrases=("the whole part of @x", "@x without its decimals", "@x cut to a whole number"), orders=("cut off the decimals of @x",),
        plan="cut off the decimals", misses=("round(@x)", "int(@x) + 1"), hint="whole", variable="whole",
        thought="It is cut towards zero, not rounded.",
    ),
    Step(
        name="one_decimal", takes="float", gives="float", form="whole", code=("round(@x, @c)",), apply=lambda f, c: float(f"{f:.{c}f}"),
        phrases=("@x rounded to @c decimals", "@x rounded to @c decimal places"), orders=("round @x to @c decimals",), plan="round to @c decimals",
        misses=("round(@x)", "int(@x)"), hint="rounded", variable="rounded", constants=number(1, 2, 1), flavour="eighths",
    ),
    Step(
        name="scaled", takes="float", gives="float", form="whole", code=("@x * @c", "@c * @x"), apply=lambda f, c: f * c,
        phrases=("@x times @c", "@x multiplied by @c"), orders=("multiply @x by @c",), plan="multiply by @c",
        misses=("@x + @c", "@x / @c"), hint="scaled", variable="scaled", constants=number(2, 9, 4, "factor", "k", "scale"),
    ),
    Step(
        name="shifted", takes="float", gives="float", form="whole", code=("@x + @c",), apply=lambda f, c: f + c,
        phrases=("@x plus @c", "@x increased by @c"), orders=("add @c to @x",), plan="add @c", misses=("@x - @c", "@x * @c"),
        hint="shifted", variable="shifted", constants=number(2, 9, 4, "offset", "k", "extra"),
    ),
    Step(
        name="float_above", takes="float", gives="bool", form="whole", code=("@x > @c",), apply=lambda f, c: f - c > 0,
        phrases=("@x is greater than @c", "@x is above @c", "@x is more than @c"), plan="check whether it is above @c", misses=("@x >= @c", "@x < @c"),
        hint="above", variable="above", constants=number(1, 6, 2, *_BOUND),
    ),
    Step(
        name="two_places", takes="float", gives="str", form="whole", code=('f"{@x:.2f}"', 'format(@x, ".2f")'), apply=lambda f: "%.2f" % f,
        phrases=("@x as a string with two decimals", "@x formatted with two decimal places"), orders=("format @x with two decimals",),
        plan="format it with two decimals", misses=("str(@x)", 'f"{@x:.1f}"'), hint="formatted", variable="text", last=True,
    ),
    Step(
        name="duo_sum", takes="duo", gives="int", form="whole", code=("@x[0] + @x[1]", "sum(@x)"), apply=lambda p: (lambda a, b: a - -b)(*p),
        phrases=("the sum of both numbers of @x", "the sum of the two values in @x"), plan="add both", misses=("@x[0] - @x[1]", "@x[0]"),
        hint="sum", variable="total",
    ),
    Step(
        name="duo_difference", takes="duo", gives="int", form="whole", code=("abs(@x[0] - @x[1])", "max(@x) - min(@x)"),
        apply=lambda p: max(p) - min(p), phrases=("the absolute difference of the two numbers in @x", "the distance between the two values of @x"),
        plan="take the distance", misses=("@x[0] - @x[1]", "@x[0] + @x[1]"), hint="distance", variable="distance", properties=("result >= 0",),
    ),
    Step(
        name="duo_swap", takes="duo", gives="duo", form="whole", code=("(@x[1], @x[0])", "@x[::-1]"), apply=lambda p: tuple(reversed(p)),
        phrases=("@x with its two values swapped", "the two values of @x in swapped order"), orders=("swap the two values of @x",),
        plan="swap both", misses=("(@x[0], @x[1])", "[@x[1], @x[0]]"), hint="swapped", variable="swapped",
    ),
    Step(
        name="duo_product", takes="duo", gives="int", form="whole", code=("@x[0] * @x[1]",), apply=lambda p: math.prod(p),
        phrases=("the product of both numbers of @x", "the product of the two values in @x"), plan="multiply both", misses=("@x[0] + @x[1]", "@x[0] ** 2"),
        hint="product", variable="product",
    ),
)  # fmt: skip

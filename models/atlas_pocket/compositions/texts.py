"""Steps on a string, its characters and its words."""

from __future__ import annotations

import re
import string
from collections import Counter, OrderedDict

from atlas_pocket.compositions.steps import Step, number, text

_LETTER_NAMES = ("letter", "char", "ch", "target", "character", "symbol")
_VOWELS = frozenset("aeiouAEIOU")


def _read(numeral: str) -> int:
    if not numeral or set(numeral) - set(string.digits):
        raise ValueError(f"{numeral!r} is no numeral")
    return sum(10**k * (ord(c) - 48) for k, c in enumerate(reversed(numeral)))


_ON_STRINGS: tuple[Step, ...] = (
    Step(
        name="upper", takes="str", gives="str", form="whole", code=("@x.upper()",), flavour="mixed",
        apply=lambda s: "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in s),
        phrases=("@x in upper case", "the upper-case version of @x", "@x converted to uppercase", "@x in capital letters"),
        orders=("convert @x to upper case", "make @x uppercase"), plan="make it upper case",
        misses=("@x.lower()", "@x.title()", "@x.capitalize()"), hint="upper", variable="upper",
        properties=("result == result.upper()",),
    ),
    Step(
        name="lower", takes="str", gives="str", form="whole", code=("@x.lower()",), flavour="mixed",
        apply=lambda s: "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in s),
        phrases=("@x in lower case", "the lower-case version of @x", "@x converted to lowercase", "@x in small letters"),
        orders=("convert @x to lower case", "make @x lowercase"), plan="make it lower case",
        misses=("@x.upper()", "@x.title()"), hint="lower", variable="lower", properties=("result == result.lower()",),
    ),
    Step(
        name="capitalized", takes="str", gives="str", form="whole", code=("@x[:1].upper() + @x[1:]",),
        apply=lambda s: s.replace(s[0], s[0].upper(), 1) if s else s,
        phrases=("@x with its first letter in upper case", "@x with the first character capitalized"),
        orders=("capitalize the first letter of @x",), plan="make the first letter upper case",
        misses=("@x.upper()", "@x[:1].upper()", "@x[0].upper() + @x[1:].upper()"), hint="capitalized", variable="capitalized",
    ),
    Step(
        name="swapcase", takes="str", gives="str", form="whole", code=("@x.swapcase()",), flavour="mixed",
        apply=lambda s: "".join(c.lower() if c.isupper() else c.upper() for c in s),
        phrases=("@x with upper and lower case swapped", "@x with the case of every letter swapped"),
        orders=("swap upper and lower case in @x",), plan="swap upper and lower case", misses=("@x.upper()", "@x.lower()"),
        hint="swapcase", variable="swapped",
    ),
    Step(
        name="reverse", takes="str", gives="str", form="whole", code=("@x[::-1]", '"".join(reversed(@x))'),
        apply=lambda s: "".join(s[len(s) - 1 - k] for k in range(len(s))),
        phrases=("@x reversed", "@x in reverse order", "@x backwards", "the reverse of @x", "@x spelled backwards"),
        orders=("reverse @x", "turn @x around"), plan="reverse it", misses=("@x[::1]", "@x[-1:]", "@x[1::-1]"), hint="reversed",
        variable="backwards", properties=("len(result) == len(@x)",),
    ),
    Step(
        name="stripped", takes="str", gives="str", form="whole", code=("@x.strip()",), flavour="spaces",
        apply=lambda s: s[len(s) - len(s.lstrip()) :].rstrip() if s.split() else "",
        phrases=("@x without spaces at both ends", "@x without leading and trailing spaces", "@x stripped of surrounding whitespace"),
        orders=("strip the spaces around @x", "strip @x"), plan="strip the spaces around it",
        misses=("@x.lstrip()", '@x.replace(" ", "")'), hint="stripped", variable="stripped",
        properties=("result == result.strip()",), thought="Spaces inside stay.",
    ),
    Step(
        name="no_spaces", takes="str", gives="str", form="whole", code=('@x.replace(" ", "")', '"".join(@x.split(" "))'),
        apply=lambda s: "".join(c for c in s if c != " "),
        phrases=("@x without spaces", "@x with all spaces removed", "@x without any blanks"), orders=("remove all spaces from @x",),
        plan="remove the spaces", misses=("@x.strip()", '@x.replace(" ", "", 1)'), hint="no_spaces", variable="packed",
        properties=("' ' not in result",), flavour="sentence",
    ),
    Step(
        name="spaces_to", takes="str", gives="str", form="whole", code=('@x.replace(" ", @c)', "@c.join(@x.split(' '))"),
        apply=lambda s, c: "".join(c if one == " " else one for one in s),
        phrases=("@x with spaces replaced by @c", "@x with every space replaced with @c", "@x with @c instead of spaces"),
        orders=("replace the spaces in @x with @c",), plan="replace spaces by @c",
        misses=('@x.replace(@c, " ")', '@x.replace(" ", "")', '@x.replace(" ", @c, 1)'), hint="joined", variable="joined",
        constants=text(("_", "-", ".", "+", "/"), "sep", "separator", "filler", "mark"), flavour="sentence",
    ),
    Step(
        name="without_letter", takes="str", gives="str", form="whole", code=('@x.replace(@c, "")', '"".join(ch for ch in @x if ch != @c)'),
        apply=lambda s, c: "".join(s.split(c)),
        phrases=("@x without the letter @c", "@x with every @c removed", "@x with all occurrences of @c removed"),
        orders=("remove every @c from @x", "delete the letter @c from @x"), plan="remove every @c",
        misses=('@x.replace(@c, "", 1)', "@x.strip(@c)"), hint="without", variable="rest",
        constants=text("aeostrn", *_LETTER_NAMES), properties=("@c not in result",),
    ),
    Step(
        name="letter_to_star", takes="str", gives="str", form="whole", code=('@x.replace(@c, "*")',),
        apply=lambda s, c: "".join("*" if one == c else one for one in s),
        phrases=("@x with every @c replaced by a star", "@x with '*' in place of each @c", "@x with each letter @c replaced by '*'"),
        orders=("replace every @c in @x with '*'",), plan="replace every @c by '*'", misses=('@x.replace("*", @c)', '@x.replace(@c, "")', '@x.replace(@c, "*", 1)'),
        hint="masked", variable="masked", constants=text("aeostrn", *_LETTER_NAMES), properties=("len(result) == len(@x)",),
    ),
    Step(
        name="vowels", takes="str", gives="str", form="filter", code=('@v in "aeiouAEIOU"', '@v.lower() in "aeiou"'),
        apply=lambda c: c in _VOWELS, phrases=("the vowels of @x", "only the vowels in @x", "the vowels in @x as a string"),
        orders=("keep only the vowels of @x",), plan="keep the vowels", misses=('@v not in "aeiouAEIOU"', '@v in "aeou"'), hint="vowels",
        variable="vowels", properties=("all(ch in 'aeiouAEIOU' for ch in result)",),
    ),
    Step(
        name="no_vowels", takes="str", gives="str", form="filter", code=('@v not in "aeiouAEIOU"', '@v.lower() not in "aeiou"'),
        apply=lambda c: not _VOWELS & {c}, phrases=("@x without vowels", "@x with all vowels removed", "@x without its vowels"),
        orders=("remove all vowels from @x", "drop the vowels of @x"), plan="remove the vowels", misses=('@v in "aeiouAEIOU"', '@v not in "aei"'),
        hint="no_vowels", variable="kept", properties=("all(ch not in 'aeiouAEIOU' for ch in result)",),
    ),
    Step(
        name="letters", takes="str", gives="str", form="filter", code=("@v.isalpha()",), flavour="noisy",
        apply=lambda c: c in string.ascii_letters, phrases=("the letters of @x", "only the letters in @x", "@x without anything but letters"),
        orders=("keep only the letters of @x",), plan="keep the letters", misses=("@v.isalnum()", "not @v.isalpha()", "@v.isdigit()"),
        hint="letters", variable="letters", properties=("all(ch.isalpha() for ch in result)",),
    ),
    Step(
        name="digit_chars", takes="str", gives="str", form="filter", code=("@v.isdigit()", '@v in "0123456789"'), flavour="noisy",
        apply=lambda c: c in string.digits, phrases=("the digits in @x as a string", "only the digits of @x", "the digit characters of @x"),
        orders=("keep only the digits of @x",), plan="keep the digits", misses=("not @v.isdigit()", "@v.isalnum()"), hint="digits",
        variable="digits", properties=("all(ch.isdigit() for ch in result)",),
    ),
    Step(
        name="no_digits", takes="str", gives="str", form="filter", code=("not @v.isdigit()",), flavour="noisy",
        apply=lambda c: c not in string.digits, phrases=("@x without digits", "@x with all digits removed"),
        orders=("remove the digits from @x",), plan="remove the digits", misses=("@v.isdigit()", "@v.isalpha()"), hint="no_digits",
        variable="kept",
    ),
    Step(
        name="upper_chars", takes="str", gives="str", form="filter", code=("@v.isupper()",), flavour="mixed",
        apply=lambda c: c in string.ascii_uppercase, phrases=("the upper-case letters of @x", "only the capital letters in @x"),
        orders=("keep only the capital letters of @x",), plan="keep the capital letters", misses=("@v.islower()", "@v.isalpha()"),
        hint="capitals", variable="capitals",
    ),
    Step(
        name="unique_chars", takes="str", gives="str", form="whole", code=('"".join(dict.fromkeys(@x))',),
        apply=lambda s: "".join(c for k, c in enumerate(s) if c not in s[:k]),
        phrases=("@x without repeated characters", "the distinct characters of @x in order of first appearance", "@x with duplicate characters removed"),
        orders=("remove repeated characters from @x",), plan="keep the first of equal characters",
        misses=('"".join(sorted(set(@x)))', "@x"), hint="unique", variable="unique", properties=("len(set(result)) == len(result)",),
        thought="The order of first appearance stays.",
    ),
    Step(
        name="sorted_chars", takes="str", gives="str", form="whole", code=('"".join(sorted(@x))',),
        apply=lambda s: "".join(c * s.count(c) for c in sorted(set(s))),
        phrases=("the characters of @x in alphabetical order", "@x with its characters sorted", "the sorted characters of @x as a string"),
        orders=("sort the characters of @x",), plan="sort the characters", misses=('"".join(sorted(set(@x)))', '"".join(sorted(@x, reverse=True))', "sorted(@x)"),
        hint="sorted", variable="ordered", properties=("len(result) == len(@x)",),
    ),
    Step(
        name="squeezed", takes="str", gives="str", form="whole", code=('" ".join(@x.split())',), flavour="spaces",
        apply=lambda s: " ".join(word for word in s.split(" ") if word),
        phrases=("@x with runs of spaces reduced to one", "@x with single spaces between its words"), orders=("reduce the spaces in @x to single ones",),
        plan="reduce spaces to single ones", misses=('"".join(@x.split())', "@x.strip()"), hint="squeezed", variable="squeezed",
    ),
    Step(
        name="doubled_chars", takes="str", gives="str", form="map", code=("@v * 2", "@v + @v"), apply=lambda c: c + c,
        phrases=("@x with every character doubled", "@x with each character written twice"), orders=("write every character of @x twice",),
        plan="write each character twice", misses=("@v * 3", "@v"), hint="doubled", variable="doubled", properties=("len(result) == 2 * len(@x)",),
    ),
    Step(
        name="first_chars", takes="str", gives="str", form="whole", code=("@x[:@c]",), apply=lambda s, c: "".join(one for k, one in enumerate(s) if k < c),
        phrases=("the first @c characters of @x", "the first @c letters of @x", "@x cut to its first @c characters"),
        orders=("take the first @c characters of @x", "cut @x to @c characters"), plan="take the first @c characters",
        misses=("@x[@c:]", "@x[:@c + 1]", "@x[-@c:]"), hint="prefix", variable="start", constants=number(2, 4, 3, "n", "k", "size", "length", "width"),
        properties=("len(result) <= @c",),
    ),
    Step(
        name="last_chars", takes="str", gives="str", form="whole", code=("@x[-@c:]",), apply=lambda s, c: s[max(len(s) - c, 0) :],
        phrases=("the last @c characters of @x", "the last @c letters of @x"), orders=("take the last @c characters of @x",),
        plan="take the last @c characters", misses=("@x[:-@c]", "@x[:@c]", "@x[@c:]"), hint="suffix", variable="end",
        constants=number(2, 4, 3, "n", "k", "size", "length", "width"), properties=("len(result) <= @c",),
    ),
    Step(
        name="without_ends", takes="str", gives="str", form="whole", code=("@x[1:-1]",), apply=lambda s: s[: max(len(s) - 1, 0)][1:],
        phrases=("@x without its first and last character", "@x with the first and the last character removed"),
        orders=("remove the first and last character of @x",), plan="drop the first and last character", misses=("@x[1:]", "@x[:-1]", "@x[2:-2]"),
        hint="inner", variable="inner",
    ),
    Step(
        name="every_second", takes="str", gives="str", form="whole", code=("@x[::2]",), apply=lambda s: "".join(c for k, c in enumerate(s) if k % 2 == 0),
        phrases=("every second character of @x, starting with the first", "the characters of @x at even positions, counting from 0"),
        orders=("take every second character of @x, starting with the first",), plan="take every second character", misses=("@x[1::2]", "@x[:2]"),
        hint="every_second", variable="kept",
    ),
    Step(
        name="twice", takes="str", gives="str", form="whole", code=("@x * 2", "@x + @x"), apply=lambda s: "".join((s, s)),
        phrases=("@x repeated twice", "@x written twice in a row"), orders=("repeat @x twice",), plan="repeat it", misses=("@x * 3", '@x + " " + @x'),
        hint="twice", variable="doubled", properties=("len(result) % 2 == 0",),
    ),
    Step(
        name="mirrored", takes="str", gives="str", form="whole", code=("@x + @x[::-1]",), apply=lambda s: "".join([*s, *reversed(s)]),
        phrases=("@x followed by its reverse", "@x with its reverse appended"), orders=("append the reverse of @x to it",), plan="append its reverse",
        misses=("@x[::-1] + @x", "@x + @x"), hint="mirrored", variable="mirrored", properties=("result == result[::-1]",),
    ),
    Step(
        name="with_prefix", takes="str", gives="str", form="whole", code=("@c + @x",), apply=lambda s, c: "".join((c, s)),
        phrases=("@x with @c in front", "@x with the prefix @c", "@c followed by @x"), orders=("put @c in front of @x",), plan="put @c in front",
        misses=("@x + @c", '@c + " " + @x'), hint="prefixed", variable="prefixed", constants=text(("#", "re: ", "> ", "Mr. ", "- ", "@"), "prefix", "start", "mark"),
        properties=("result.startswith(@c)",),
    ),
    Step(
        name="with_suffix", takes="str", gives="str", form="whole", code=("@x + @c",), apply=lambda s, c: "".join((s, c)),
        phrases=("@x with @c at the end", "@x with @c appended", "@x followed by @c"), orders=("append @c to @x", "add @c to the end of @x"), plan="append @c",
        misses=("@c + @x", '@x + " " + @c'), hint="suffixed", variable="suffixed", constants=text(("!", "?", "...", ".txt", ".py", ";"), "suffix", "ending", "mark"),
        properties=("result.endswith(@c)",),
    ),
    Step(
        name="in_brackets", takes="str", gives="str", form="whole", code=('f"({@x})"', '"(" + @x + ")"'), apply=lambda s: "".join("()").replace(")", s + ")"),
        phrases=("@x in round brackets", "@x surrounded by parentheses", "@x in parentheses"), orders=("put @x in parentheses",), plan="put it in parentheses",
        misses=('f"[{@x}]"', 'f"{@x}()"'), hint="in_brackets", variable="wrapped",
    ),
    Step(
        name="length", takes="str", gives="int", form="whole", code=("len(@x)",), apply=lambda s: sum(1 for _ in s),
        phrases=("the length of @x", "the number of characters in @x", "how many characters @x has"), orders=("count the characters of @x",),
        plan="count the characters", misses=("len(set(@x))", "len(@x.split())", "len(@x) - 1"), hint="length", variable="length",
        properties=("result == len(@x)",),
    ),
    Step(
        name="distinct_chars", takes="str", gives="int", form="whole", code=("len(set(@x))",), apply=lambda s: len(OrderedDict.fromkeys(s)),
        phrases=("the number of distinct characters in @x", "how many different characters @x has", "the number of different characters in @x"),
        orders=("count the different characters of @x",), plan="count different characters", misses=("len(@x)", "len(@x.split())"), hint="distinct",
        variable="count", trace=lambda s: repr("".join(dict.fromkeys(s))) + f" {len(set(s))}", properties=("result <= len(@x)",),
    ),
    Step(
        name="vowel_count", takes="str", gives="int", form="whole", code=('sum(ch in "aeiouAEIOU" for ch in @x)', 'sum(1 for ch in @x if ch.lower() in "aeiou")'),
        apply=lambda s: sum(s.count(c) for c in _VOWELS), phrases=("the number of vowels in @x", "how many vowels @x has", "the count of vowels in @x"),
        orders=("count the vowels in @x",), plan="count the vowels", misses=('sum(ch not in "aeiouAEIOU" for ch in @x)', 'len(set(@x) & set("aeiou"))'),
        loop=("@out = 0", 'if @v in "aeiouAEIOU":', "    @out += 1"), hint="count_vowels", variable="count",
        trace=lambda s: repr([c for c in s if c in _VOWELS]) + f" {sum(c in _VOWELS for c in s)}", properties=("0 <= result <= len(@x)",),
    ),
    Step(
        name="upper_count", takes="str", gives="int", form="whole", code=("sum(ch.isupper() for ch in @x)", "sum(1 for ch in @x if ch.isupper())"), flavour="mixed",
        apply=lambda s: sum(s.count(c) for c in string.ascii_uppercase), phrases=("the number of upper-case letters in @x", "how many capital letters @x has"),
        orders=("count the capital letters in @x",), plan="count the capital letters", misses=("sum(ch.islower() for ch in @x)", "len(@x)"),
        loop=("@out = 0", "if @v.isupper():", "    @out += 1"), hint="count_upper", variable="count",
    ),
    Step(
        name="digit_count", takes="str", gives="int", form="whole", code=("sum(ch.isdigit() for ch in @x)", "sum(1 for ch in @x if ch.isdigit())"), flavour="noisy",
        apply=lambda s: sum(s.count(c) for c in string.digits), phrases=("the number of digits in @x", "how many digits @x contains"),
        orders=("count the digits in @x",), plan="count the digits", misses=("sum(ch.isalpha() for ch in @x)", "sum(int(ch) for ch in @x if ch.isdigit())"),
        loop=("@out = 0", "if @v.isdigit():", "    @out += 1"), hint="count_digits", variable="count",
    ),
    Step(
        name="digit_total", takes="str", gives="int", form="whole", code=("sum(int(ch) for ch in @x if ch.isdigit())",), flavour="noisy",
        apply=lambda s: sum(k * s.count(str(k)) for k in range(10)), phrases=("the sum of the digits in @x", "the total of all digits that occur in @x"),
        orders=("add up the digits in @x",), plan="add up the digits", misses=("sum(ch.isdigit() for ch in @x)", "sum(int(ch) for ch in set(@x) if ch.isdigit())"),
        loop=("@out = 0", "if @v.isdigit():", "    @out += int(@v)"), hint="sum_digits", variable="total",
    ),
    Step(
        name="letter_count", takes="str", gives="int", form="whole", code=("@x.count(@c)", "sum(ch == @c for ch in @x)"), apply=lambda s, c: len(s.split(c)) - 1,
        phrases=("how often the letter @c occurs in @x", "the number of times @c occurs in @x", "the number of @c in @x", "how many times @x contains @c"),
        orders=("count the letter @c in @x",), plan="count every @c", misses=("@x.find(@c)", "len(@x) - @x.count(@c)", "int(@c in @x)"), hint="count",
        loop=("@out = 0", "if @v == @c:", "    @out += 1"), variable="count", constants=text("aeostrn", *_LETTER_NAMES), properties=("0 <= result <= len(@x)",),
    ),
    Step(
        name="position", takes="str", gives="int", form="whole", code=("@x.find(@c)", "@x.index(@c) if @c in @x else -1"),
        apply=lambda s, c: next((k for k in range(len(s)) if s[k] == c), -1),
        phrases=("the position of the first @c in @x, or -1 if there is none", "the index of the first @c in @x (-1 if it does not occur)"),
        orders=("find the first @c in @x, or -1 if there is none",), plan="find the first @c", misses=("@x.rfind(@c)", "@x.count(@c)", "@x.find(@c) + 1"), hint="find",
        variable="position", constants=text("aeostrn", *_LETTER_NAMES), properties=("-1 <= result < len(@x)",), last=True,
        thought="Positions count from 0.",
    ),
    Step(
        name="number", takes="str", gives="int", form="whole", code=("int(@x)",), apply=_read, flavour="numeral",
        phrases=("the number that @x spells", "@x converted to an integer", "@x as an integer"), orders=("convert @x to an integer",), plan="turn it into a number",
        misses=("len(@x)", "int(@x[0])"), hint="number", variable="number",
    ),
    Step(
        name="words", takes="str", gives="strs", form="whole", code=("@x.split()",), flavour="sentence", apply=lambda s: [word for word in s.split(" ") if word],
        phrases=("the words of @x", "the words in @x", "the list of words in @x", "the words that @x consists of"), orders=("split @x into words", "split @x at spaces"),
        plan="split it into words", misses=("list(@x)", '@x.split(",")'), hint="words", variable="words", properties=("' ' not in ''.join(result)",),
    ),
    Step(
        name="chars", takes="str", gives="strs", form="whole", code=("list(@x)", "[ch for ch in @x]"), apply=lambda s: [s[k] for k in range(len(s))],
        phrases=("the list of characters of @x", "the characters of @x as a list"), orders=("split @x into its characters",),
        plan="split it into characters", misses=("@x.split()", "sorted(@x)"), hint="chars", variable="chars", properties=("len(result) == len(@x)",),
    ),
    Step(
        name="fields", takes="str", gives="strs", form="whole", code=("@x.split(@c)",), apply=lambda s, c: "".join("\n" if one == c else one for one in s).split("\n"), flavour="fields",
        phrases=("the parts of @x between @c", "the parts of @x separated by @c", "the pieces of @x when it is split at @c"), orders=("split @x at every @c",),
        plan="split it at @c", misses=("@x.split()", "@x.partition(@c)[0]", "@x.rsplit(@c, 1)"), hint="parts", variable="parts", constants=text((",", ";", "-", "|"), "sep", "separator", "delimiter"),
    ),
    Step(
        name="comma_numbers", takes="str", gives="ints", form="whole", code=('[int(part) for part in @x.split(",")]', 'list(map(int, @x.split(",")))'), flavour="numbers",
        apply=lambda s: [_read(part) for part in re.split(",", s)],
        phrases=("the numbers in the comma-separated string @x", "the integers in @x, which are separated by commas"), orders=("split @x at commas and convert the parts to integers",),
        plan="read the numbers between commas", misses=('@x.split(",")', "[int(ch) for ch in @x if ch.isdigit()]"), hint="numbers", variable="numbers",
    ),
    Step(
        name="letter_counts", takes="str", gives="counts", form="whole", code=("{ch: @x.count(ch) for ch in @x}",), apply=lambda s: dict(Counter(s)),
        phrases=("a dict with the count of each character in @x", "how often each character occurs in @x, as a dict", "a dictionary from each character of @x to its number of occurrences"),
        orders=("count each character of @x",), plan="count each character", misses=("{ch: 1 for ch in @x}", "{ch: @x.index(ch) for ch in @x}"),
        loop=("@out = {}", "@out[@v] = @out.get(@v, 0) + 1"), hint="counts", variable="counts", properties=("sum(result.values()) == len(@x)",),
    ),
    Step(
        name="first_char", takes="str", gives="str", form="whole", code=("@x[0]",), apply=lambda s: next(iter(s[:1]), None) or _none(),
        phrases=("the first character of @x", "the first letter of @x"), orders=("take the first character of @x",), plan="take the first character",
        misses=("@x[-1]", "@x[1:]"), hint="first", variable="first", properties=("len(result) == 1",),
    ),
    Step(
        name="last_char", takes="str", gives="str", form="whole", code=("@x[-1]",), apply=lambda s: next(reversed(s), None) or _none(),
        phrases=("the last character of @x", "the last letter of @x", "the final character of @x"), orders=("take the last character of @x",), plan="take the last character",
        misses=("@x[0]", "@x[:-1]"), hint="last", variable="last", properties=("len(result) == 1",),
    ),
    Step(
        name="palindrome", takes="str", gives="bool", form="whole", code=("@x == @x[::-1]",), apply=lambda s: all(s[k] == s[-k - 1] for k in range(len(s) // 2)), flavour="palindrome",
        phrases=("@x is a palindrome", "@x reads the same forwards and backwards", "@x is the same when it is reversed"), plan="compare it with its reverse",
        misses=("@x != @x[::-1]", "@x[:1] == @x[-1:]"), hint="is_palindrome", variable="same",
    ),
    Step(
        name="starts_with", takes="str", gives="bool", form="whole", code=("@x.startswith(@c)", "@x[:1] == @c"), apply=lambda s, c: bool(s) and s[0] == c,
        phrases=("@x starts with @c", "@x begins with the letter @c", "the first letter of @x is @c"), plan="check whether it starts with @c", misses=("@x.endswith(@c)", "@c in @x"),
        hint="starts_with", variable="starts", constants=text("aeostrn", *_LETTER_NAMES),
    ),
    Step(
        name="ends_with", takes="str", gives="bool", form="whole", code=("@x.endswith(@c)", "@x[-1:] == @c"), apply=lambda s, c: bool(s) and s[len(s) - 1] == c,
        phrases=("@x ends with @c", "the last letter of @x is @c", "@x ends in the letter @c"), plan="check whether it ends with @c", misses=("@x.startswith(@c)", "@c in @x"),
        hint="ends_with", variable="ends", constants=text("aeostrn", *_LETTER_NAMES),
    ),
    Step(
        name="contains", takes="str", gives="bool", form="whole", code=("@c in @x",), apply=lambda s, c: s.count(c) > 0,
        phrases=("@x contains @c", "@c occurs in @x", "the letter @c is in @x"), plan="check whether @c occurs", misses=("@c not in @x", "@x.startswith(@c)"), hint="contains",
        variable="found", constants=text("aeostrn", *_LETTER_NAMES),
    ),
    Step(
        name="longer_than", takes="str", gives="bool", form="whole", code=("len(@x) > @c",), apply=lambda s, c: bool(s[c:]),
        phrases=("@x has more than @c characters", "@x is longer than @c characters", "the length of @x is greater than @c"), plan="check whether it is longer than @c",
        misses=("len(@x) >= @c", "len(@x) < @c"), hint="longer", variable="longer", constants=number(3, 7, 5, "limit", "n", "k", "size"),
    ),
    Step(
        name="has_digit", takes="str", gives="bool", form="whole", code=("any(ch.isdigit() for ch in @x)",), apply=lambda s: bool(set(s) & set(string.digits)), flavour="noisy",
        phrases=("@x contains a digit", "there is at least one digit in @x", "any character of @x is a digit"), plan="look for a digit", misses=("all(ch.isdigit() for ch in @x)", "@x.isdigit()"),
        hint="has_digit", variable="found",
    ),
    Step(
        name="is_upper", takes="str", gives="bool", form="whole", code=("@x == @x.upper()",), apply=lambda s: not set(s) & set(string.ascii_lowercase), flavour="mixed",
        phrases=("@x has no lower-case letters", "there is no lower-case letter in @x"), plan="check for lower-case letters", misses=("@x == @x.lower()", "any(ch.isupper() for ch in @x)"),
        hint="is_upper", variable="upper",
    ),
    Step(
        name="empty", takes="str", gives="bool", form="whole", code=('@x == ""', "len(@x) == 0", "not @x"), apply=lambda s: len(s) < 1, flavour="maybe_empty",
        phrases=("@x is empty", "@x is the empty string", "@x has no characters"), plan="check whether it is empty", misses=('@x != ""', "len(@x) == 1"), hint="is_empty", variable="empty",
    ),
)  # fmt: skip


def _none() -> str:
    raise ValueError("there is no such character")


def _join(joiner: str, words: list[str]) -> str:
    joined = ""
    for position, word in enumerate(words):
        joined += joiner * (position > 0) + word
    return joined


def _on_each(
    name: str,
    hint: str,
    code: tuple[str, ...],
    misses: tuple[str, ...],
    phrases: tuple[str, ...],
    orders: tuple[str, ...],
    plan: str,
    base: str,
) -> Step:
    """Return a map over strings that does to each what a step on one string does."""
    one = next(step for step in _ON_STRINGS if step.name == base)
    gives = {"str": "strs", "int": "ints"}[one.gives]
    return Step(
        name=name, takes="strs", gives=gives, form="map", code=code, apply=one, misses=misses, phrases=phrases, orders=orders,  # type: ignore[arg-type]
        plan=plan, hint=hint, constants=one.constants, flavour=one.flavour, variable={"strs": "made", "ints": "numbers"}[gives],
    )  # fmt: skip


def _only(
    name: str,
    base: str,
    adjective: str,
    relations: tuple[str, ...],
    code: tuple[str, ...],
    misses: tuple[str, ...],
    plan: str,
    hint: str,
) -> Step:
    """Return a filter of strings by what a step says of one string."""
    one = next(step for step in _ON_STRINGS if step.name == base)
    phrases = tuple(
        form for relation in relations for form in (f"the @n @in @x {relation}", f"all @n @in @x {relation}")
    )
    if adjective:
        phrases += (f"the {adjective} @n @in @x", f"all {adjective} @n @in @x")
    return Step(
        name=name, takes="strs", gives="strs", form="filter", code=code, apply=one, misses=misses, phrases=phrases, plan=plan,
        hint=hint, constants=one.constants, flavour=one.flavour, variable="kept",
    )  # fmt: skip


_ON_WORDS: tuple[Step, ...] = (
    _on_each("each_upper", "upper", ("@v.upper()",), ("@v.lower()", "@v.title()"), ("@each in upper case", "the upper-case versions of @each", "@each, each in upper case"), ("convert @each to upper case", "make @each uppercase"), "make each upper case", "upper"),
    _on_each("each_lower", "lower", ("@v.lower()",), ("@v.upper()", "@v"), ("@each in lower case", "the lower-case versions of @each", "@each, each in lower case"), ("convert @each to lower case", "make @each lowercase"), "make each lower case", "lower"),
    _on_each("each_capitalized", "capitalized", ("@v[:1].upper() + @v[1:]",), ("@v.upper()", "@v[:1].upper()"), ("@each, each with its first letter in upper case", "@each, each with a capital first letter"), ("make the first letter of @each upper case",), "make each first letter upper case", "capitalized"),
    _on_each("each_reversed", "reversed", ("@v[::-1]", '"".join(reversed(@v))'), ("@v[1::-1]", "@v"), ("@each, each reversed", "@each, each spelled backwards", "@each, each written backwards"), ("reverse each of @each", "spell @each backwards"), "reverse each", "reverse"),
    _on_each("each_stripped", "stripped", ("@v.strip()",), ("@v.lstrip()", '@v.replace(" ", "")'), ("@each, each stripped of surrounding spaces", "@each without spaces around them"), ("strip the spaces around @each", "strip @each"), "strip each", "stripped"),
    _on_each("each_prefix", "prefixes", ("@v[:@c]",), ("@v[@c:]", "@v[-@c:]", "@v[:@c + 1]"), ("the first @c characters of @each", "@each, each cut to its first @c characters"), ("cut @each to @c characters",), "cut each to @c characters", "first_chars"),
    _on_each("each_first", "initials", ("@v[0]", "@v[:1]")[:1], ("@v[-1]", "@v[1:]"), ("the first letters of @each", "the initials of @each", "the first characters of @each"), ("take the first letter of @each",), "take each first letter", "first_char"),
    _on_each("each_last", "last_letters", ("@v[-1]",), ("@v[0]", "@v[:-1]"), ("the last letters of @each", "the last characters of @each"), ("take the last letter of @each",), "take each last letter", "last_char"),
    _on_each("each_suffixed", "suffixed", ("@v + @c",), ("@c + @v", "@v"), ("@each, each followed by @c", "@each with @c appended to each"), ("append @c to @each",), "append @c to each", "with_suffix"),
    _on_each("each_prefixed", "prefixed", ("@c + @v",), ("@v + @c", "@v"), ("@each, each with @c in front", "@each with the prefix @c added to each"), ("put @c in front of @each",), "put @c in front of each", "with_prefix"),
    _on_each("lengths", "lengths", ("len(@v)",), ("len(@v) - 1", "len(set(@v))"), ("the lengths of @each", "the length of each of @each", "the numbers of characters of @each"), ("measure the lengths of @each", "take the length of @each"), "take each length", "length"),
    _on_each("vowel_counts", "vowel_counts", ('sum(ch in "aeiouAEIOU" for ch in @v)',), ("len(@v)", 'sum(ch not in "aeiouAEIOU" for ch in @v)'), ("the numbers of vowels in @each", "the vowel counts of @each"), ("count the vowels in @each",), "count the vowels of each", "vowel_count"),
    _on_each("parsed", "numbers", ("int(@v)",), ("len(@v)", "int(@v[0])"), ("@each converted to integers", "@each as integers", "the integers that @each spell"), ("convert @each to integers",), "turn each into a number", "number"),
    _only("starting", "starts_with", "", ("that start with @c", "starting with @c", "that begin with the letter @c"), ("@v.startswith(@c)", "@v[:1] == @c"), ("@v.endswith(@c)", "@c in @v"), "keep those that start with @c", "starting"),
    _only("ending", "ends_with", "", ("that end with @c", "ending in @c", "that end in the letter @c"), ("@v.endswith(@c)", "@v[-1:] == @c"), ("@v.startswith(@c)", "@c in @v"), "keep those that end with @c", "ending"),
    _only("containing", "contains", "", ("that contain @c", "containing the letter @c", "with the letter @c in them"), ("@c in @v",), ("@c not in @v", "@v.startswith(@c)"), "keep those that contain @c", "containing"),
    _only("long", "longer_than", "", ("longer than @c characters", "with more than @c characters", "that have more than @c letters", "that are longer than @c"), ("len(@v) > @c",), ("len(@v) >= @c", "len(@v) < @c"), "keep those longer than @c", "long"),
    _only("palindromes", "palindrome", "palindromic", ("that are palindromes", "that read the same backwards"), ("@v == @v[::-1]",), ("@v != @v[::-1]", "@v[0] == @v[-1]"), "keep the palindromes", "palindromes"),
    _only("with_digit", "has_digit", "", ("that contain a digit", "with at least one digit"), ("any(ch.isdigit() for ch in @v)",), ("@v.isdigit()", "not any(ch.isdigit() for ch in @v)"), "keep those with a digit", "with_digits"),
    Step(
        name="short", takes="strs", gives="strs", form="filter", code=("len(@v) < @c",), apply=lambda s, c: not s[c - 1 :],
        phrases=("the @n @in @x shorter than @c characters", "the @n @in @x with fewer than @c characters", "all @n @in @x that have less than @c letters"),
        plan="keep those shorter than @c", misses=("len(@v) <= @c", "len(@v) > @c"), hint="short", variable="kept", constants=number(3, 6, 5, "limit", "n", "k", "size"),
    ),
    Step(
        name="of_length", takes="strs", gives="strs", form="filter", code=("len(@v) == @c",), apply=lambda s, c: len(s) - c == 0,
        phrases=("the @n @in @x with exactly @c characters", "the @n @in @x of length @c", "all @n @in @x that have exactly @c letters"),
        plan="keep those of length @c", misses=("len(@v) != @c", "len(@v) >= @c", "len(@v) > @c"), hint="of_length", variable="kept", constants=number(3, 5, 4, "size", "n", "k", "length"),
    ),
    Step(
        name="nonempty", takes="strs", gives="strs", form="filter", code=("@v", '@v != ""', "len(@v) > 0"), apply=lambda s: len(s) >= 1, flavour="some_empty",
        phrases=("the non-empty @n @in @x", "all @n @in @x that are not empty"), orders=("drop the empty strings from @x",), plan="drop the empty ones", misses=("not @v", "len(@v) > 1"),
        hint="nonempty", variable="kept", properties=("'' not in result",),
    ),
    Step(
        name="vowel_starts", takes="strs", gives="strs", form="filter", code=('@v[:1] in tuple("aeiouAEIOU")', '@v[:1].lower() in tuple("aeiou")')[:1], apply=lambda s: bool(_VOWELS & set(s[:1])),
        phrases=("the @n @in @x that start with a vowel", "the @n starting with a vowel @in @x", "all @n @in @x that begin with a vowel"),
        plan="keep those that start with a vowel", misses=('@v[-1:] in tuple("aeiouAEIOU")', '@v[:1] not in tuple("aeiouAEIOU")'), hint="vowel_words", variable="kept",
    ),
    Step(
        name="joined", takes="strs", gives="str", form="whole", code=("@c.join(@x)",), apply=lambda words, c: _join(c, words),
        phrases=("@each joined with @c", "a string of @each separated by @c", "@each joined into one string with @c between them"), orders=("join @each with @c",),
        plan="join them with @c", misses=('"".join(@x)', '" ".join(@x)', "@c.join(reversed(@x))"), hint="joined", variable="joined",
        constants=text((", ", "-", " ", "/", "+", ";"), "sep", "separator", "glue", "delimiter"),
    ),
    Step(
        name="concatenated", takes="strs", gives="str", form="whole", code=('"".join(@x)',), apply=lambda words: _join("", words),
        phrases=("@each joined without anything between", "the concatenation of @each", "@each glued together into one string"), orders=("join @each into one string", "concatenate @each"),
        plan="join them", misses=('" ".join(@x)', '"".join(sorted(@x))'), loop=('@out = ""', "@out += @v"), hint="concat", variable="joined",
    ),
    Step(
        name="longest", takes="strs", gives="str", form="whole", code=("max(@x, key=len)",), apply=lambda words: next((w for w in words if len(w) == max(map(len, words))), None) or _none(),
        phrases=("the longest of @each", "the longest one of @each", "the one of @each with the most characters"), orders=("pick the longest of @each",), plan="pick the longest",
        misses=("min(@x, key=len)", "max(@x)"), hint="longest", variable="longest", thought="Of several equally long ones it is the first.",
        trace=lambda words: f"{[len(w) for w in words]} {max(words, key=len)!r}",
    ),
    Step(
        name="shortest", takes="strs", gives="str", form="whole", code=("min(@x, key=len)",), apply=lambda words: next((w for w in words if len(w) == min(map(len, words))), None) or _none(),
        phrases=("the shortest of @each", "the shortest one of @each", "the one of @each with the fewest characters"), orders=("pick the shortest of @each",), plan="pick the shortest",
        misses=("max(@x, key=len)", "min(@x)"), hint="shortest", variable="shortest", thought="Of several equally short ones it is the first.",
        trace=lambda words: f"{[len(w) for w in words]} {min(words, key=len)!r}",
    ),
    Step(
        name="alphabetical_first", takes="strs", gives="str", form="whole", code=("min(@x)", "sorted(@x)[0]"), apply=lambda words: next((w for w in words if all(w <= other for other in words)), None) or _none(),
        phrases=("the alphabetically first of @each", "the one of @each that comes first in the alphabet"), orders=("pick the alphabetically first of @each",), plan="pick the alphabetically first",
        misses=("max(@x)", "@x[0]"), hint="first", variable="first",
    ),
    Step(
        name="first_of", takes="strs", gives="str", form="whole", code=("@x[0]",), apply=lambda words: next((w for w in words), None) or _none(), flavour="nonempty",
        phrases=("the first of @each",), orders=("pick the first of @each",), plan="pick the first", misses=("@x[-1]", "min(@x)"), hint="first", variable="first",
    ),
    Step(
        name="last_of", takes="strs", gives="str", form="whole", code=("@x[-1]",), apply=lambda words: next((w for w in words[::-1]), None) or _none(), flavour="nonempty",
        phrases=("the last of @each",), orders=("pick the last of @each",), plan="pick the last", misses=("@x[0]", "max(@x)"), hint="last", variable="last",
    ),
    Step(
        name="sorted_words", takes="strs", gives="strs", form="whole", code=("sorted(@x)",), apply=lambda words: [w for w, times in sorted(Counter(words).items()) for _ in range(times)],
        phrases=("@each in alphabetical order", "@each sorted alphabetically", "the sorted list of @each"), orders=("sort @each alphabetically", "sort @each"), plan="sort them",
        misses=("sorted(@x, reverse=True)", "sorted(set(@x))", "sorted(@x, key=len)"), hint="sorted", variable="ordered", properties=("result == sorted(result)",),
    ),
    Step(
        name="by_length", takes="strs", gives="strs", form="whole", code=("sorted(@x, key=len)",), apply=lambda words: [w for size in range(99) for w in words if len(w) == size],
        phrases=("@each sorted by length", "@each in order of length", "@each from shortest to longest"), orders=("sort @each by length",), plan="sort them by length",
        misses=("sorted(@x)", "sorted(@x, key=len, reverse=True)"), hint="by_length", variable="ordered", thought="Equally long ones keep their order.",
    ),
    Step(
        name="reversed_words", takes="strs", gives="strs", form="whole", code=("@x[::-1]", "list(reversed(@x))"), apply=lambda words: [words[-k] for k in range(1, len(words) + 1)],
        phrases=("@each in reverse order", "@each in reversed order", "@each from last to first"), orders=("reverse the order of @each",), plan="reverse their order",
        misses=("sorted(@x, reverse=True)", "@x[::1]"), hint="reversed", variable="backwards",
    ),
    Step(
        name="unique_words", takes="strs", gives="strs", form="whole", code=("list(dict.fromkeys(@x))",), apply=lambda words: [w for k, w in enumerate(words) if w not in words[:k]], flavour="repeats",
        phrases=("@each without duplicates", "@each without repetitions, in their original order", "@each, each only once"), orders=("remove duplicates from @each",), plan="drop duplicates",
        misses=("sorted(set(@x))", "@x"), loop=("@out = []", "if @v not in @out:", "    @out.append(@v)"), hint="unique", variable="unique", properties=("len(set(result)) == len(result)",),
        thought="The first of equal ones stays where it was.",
    ),
    Step(
        name="word_count", takes="strs", gives="int", form="whole", code=("len(@x)",), apply=lambda words: sum(1 for _ in words),
        phrases=("the number of @each", "the count of @each", "how many of @each there are")[:2], orders=("count @each",), plan="count them", misses=("len(set(@x))", "len(@x) + 1"), hint="count",
        loop=("@out = 0", "@out += 1"), variable="count", properties=("result >= 0",),
    ),
    Step(
        name="distinct_words", takes="strs", gives="int", form="whole", code=("len(set(@x))",), apply=lambda words: len(Counter(words)), flavour="repeats",
        phrases=("the number of different @n @in @x", "the number of distinct @n @in @x", "how many different @n there are @in @x"), orders=("count the different ones of @each",), plan="count different ones",
        misses=("len(@x)", "len(@x) - len(set(@x))"), hint="distinct", variable="count", trace=lambda words: f"{list(dict.fromkeys(words))} {len(set(words))}",
    ),
    Step(
        name="total_length", takes="strs", gives="int", form="whole", code=("sum(len(word) for word in @x)", 'len("".join(@x))'), apply=lambda words: len(_join("", words)),
        phrases=("the total length of @each", "the number of characters of @each together", "the sum of the lengths of @each"), orders=("add up the lengths of @each",), plan="add up the lengths",
        misses=("len(@x)", 'len(" ".join(@x))'), loop=("@out = 0", "@out += len(@v)"), hint="total_length", variable="total",
        trace=lambda words: " ".join(str(sum(map(len, words[: k + 1]))) for k in range(len(words))) or "0",
    ),
    Step(
        name="occurrences", takes="strs", gives="int", form="whole", code=("@x.count(@c)", "sum(word == @c for word in @x)"), apply=lambda words, c: Counter(words)[c], flavour="repeats",
        phrases=("how often @c occurs in @x", "the number of times @c occurs in @x"), orders=("count how often @c occurs in @x",), plan="count every @c", misses=("sum(@c in word for word in @x)", "int(@c in @x)"),
        hint="count", loop=("@out = 0", "if @v == @c:", "    @out += 1"), variable="count", constants=text(("cat", "red", "yes", "a"), "word", "target", "wanted", "name")
    ),
    Step(
        name="word_counts", takes="strs", gives="counts", form="whole", code=("{word: @x.count(word) for word in @x}",), apply=lambda words: dict(Counter(words)), flavour="repeats",
        phrases=("a dict with the count of each of @each", "how often each of @each occurs, as a dict", "a dictionary that maps each of @each to its number of occurrences"), orders=("count each of @each",),
        plan="count each", misses=("{word: 1 for word in @x}", "{word: len(word) for word in @x}"), loop=("@out = {}", "@out[@v] = @out.get(@v, 0) + 1"), hint="counts", variable="counts",
    ),
    Step(
        name="length_by_word", takes="strs", gives="counts", form="whole", code=("{word: len(word) for word in @x}",), apply=lambda words: dict(zip(words, map(len, words), strict=True)),
        phrases=("a dict from each of @each to its length", "a dictionary with the length of each of @each", "a dict that maps @each to their lengths"), orders=("map @each to their lengths",), plan="map each to its length",
        misses=("{word: 1 for word in @x}", "{len(word): word for word in @x}"), loop=("@out = {}", "@out[@v] = len(@v)"), hint="lengths", variable="lengths",
    ),
    Step(
        name="group_by_length", takes="strs", gives="bylength", form="whole", code=("{len(word): [other for other in @x if len(other) == len(word)] for word in @x}",), apply=lambda words: {n: [w for w in words if len(w) == n] for n in OrderedDict.fromkeys(map(len, words))},
        phrases=("a dict that groups @each by length", "@each grouped by their length, as a dict of lists", "a dictionary from each length to the list of @each that have it"), orders=("group @each by length",),
        plan="group them by length", misses=("{len(word): [word] for word in @x}", "{word: len(word) for word in @x}"), loop=("@out = {}", "@out.setdefault(len(@v), []).append(@v)"), hint="by_length", variable="groups", last=True,
    ),
    Step(
        name="group_by_first", takes="strs", gives="byfirst", form="whole", code=("{word[0]: [other for other in @x if other[0] == word[0]] for word in @x}",), apply=lambda words: {c: [w for w in words if w[0] == c] for c in OrderedDict.fromkeys(w[0] for w in words)}, flavour="nonempty",
        phrases=("a dict that groups @each by first letter", "@each grouped by their first letter, as a dict of lists", "a dictionary from each first letter to the list of @each that start with it"), orders=("group @each by first letter",),
        plan="group them by first letter", misses=("{word[0]: [word] for word in @x}", "{word[0]: word for word in @x}"), loop=("@out = {}", "@out.setdefault(@v[0], []).append(@v)"), hint="by_first_letter", variable="groups", last=True,
    ),
    Step(
        name="numbered", takes="strs", gives="strs", form="whole", code=('[f"{i}. {word}" for i, word in enumerate(@x, 1)]',), apply=lambda words: [str(k + 1) + ". " + words[k] for k in range(len(words))],
        phrases=("@each numbered like '1. name'", "@each with their number in front, like '1. name'"), orders=("number @each like '1. name'",), plan="put a number before each",
        misses=('[f"{i}. {word}" for i, word in enumerate(@x)]', '[f"{i}: {word}" for i, word in enumerate(@x, 1)]'), hint="numbered", variable="lines", last=True, thought="Numbers begin with 1.",
    ),
    Step(
        name="any_starts", takes="strs", gives="bool", form="whole", code=("any(word.startswith(@c) for word in @x)",), apply=lambda words, c: c in [w[:1] for w in words],
        phrases=("any of @each starts with @c", "at least one of @each starts with @c"), plan="look for one that starts with @c", misses=("all(word.startswith(@c) for word in @x)", "@c in @x"), hint="any_starting", variable="found",
        constants=text("aeostrn", *_LETTER_NAMES),
    ),
    Step(
        name="all_longer", takes="strs", gives="bool", form="whole", code=("all(len(word) > @c for word in @x)",), apply=lambda words, c: not [w for w in words if len(w) <= c],
        phrases=("all of @each have more than @c characters", "every one of @each is longer than @c characters"), plan="check that each is longer than @c", misses=("any(len(word) > @c for word in @x)", "all(len(word) >= @c for word in @x)", "len(@x) > @c"),
        hint="all_longer", variable="long", constants=number(2, 4, 3, "limit", "n", "k", "size"),
    ),
    Step(
        name="has_repeats", takes="strs", gives="bool", form="whole", code=("len(set(@x)) < len(@x)", "len(set(@x)) != len(@x)"), apply=lambda words: any(words.count(w) > 1 for w in words), flavour="repeats",
        phrases=("any of @each occurs more than once", "there are duplicates among @each"), plan="look for duplicates", misses=("len(set(@x)) == len(@x)", "len(@x) > 1"), hint="has_duplicates", variable="repeated",
    ),
)  # fmt: skip

STEPS: tuple[Step, ...] = _ON_STRINGS + _ON_WORDS

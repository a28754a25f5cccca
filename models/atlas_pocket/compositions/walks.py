"""Loops and recursion: over the digits of a number, from 1 to a number, through nested lists, up to where something is.

Keys: `("digits" | "range" | "deep", condition, map, reduction)` and `("scan", kind, condition, scan)`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any

from atlas_pocket.compositions.composition import MOST_EXPANDED, Chain, draw_problem
from atlas_pocket.compositions.steps import Constant, Kind, Step, number, text
from atlas_pocket.problem import Problem

_BOUND = ("limit", "k", "m", "threshold", "bound", "t")


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """Something that is true of some items: `code` on `@v`; "that are even", "is even"."""

    name: str
    code: str
    holds: Callable[..., bool]
    adjective: str = ""
    relation: str = ""
    misses: tuple[str, ...] = ()
    constants: Mapping[str, Constant] = field(default_factory=dict)

    def says(self, noun: str, where: str) -> tuple[str, ...]:
        """Return noun phrases for the items it is true of."""
        if not self.adjective:
            return (
                (f"the {noun} {where} that {self.relation.replace('is ', 'are ', 1)}",)
                if self.relation
                else (f"the {noun} {where}", f"all {noun} {where}")
            )
        return (
            f"the {self.adjective} {noun} {where}",
            f"the {noun} {where} that are {self.adjective}",
            f"all {self.adjective} {noun} {where}",
        )


_ALL = Predicate(name="all", code="", holds=lambda v: True)
_EVEN = Predicate(
    name="even",
    code="@v % 2 == 0",
    holds=lambda v: not v & 1,
    adjective="even",
    relation="is even",
    misses=("@v % 2 != 0",),
)
_ODD = Predicate(
    name="odd",
    code="@v % 2 != 0",
    holds=lambda v: bool(v & 1),
    adjective="odd",
    relation="is odd",
    misses=("@v % 2 == 0",),
)
_NONZERO = Predicate(
    name="nonzero", code="@v != 0", holds=bool, adjective="non-zero", relation="is not zero", misses=("@v > 1",)
)
_POSITIVE = Predicate(
    name="positive",
    code="@v > 0",
    holds=lambda v: v >= 1,
    adjective="positive",
    relation="is positive",
    misses=("@v >= 0", "@v < 0"),
)
_NEGATIVE = Predicate(
    name="negative",
    code="@v < 0",
    holds=lambda v: v <= -1,
    adjective="negative",
    relation="is negative",
    misses=("@v <= 0", "@v > 0"),
)
_ABOVE = Predicate(
    name="above",
    code="@v > @c",
    holds=lambda v, c: v - c > 0,
    relation="is greater than @c",
    misses=("@v >= @c", "@v < @c"),
    constants=number(2, 6, 4, *_BOUND),
)
_BELOW = Predicate(
    name="below",
    code="@v < @c",
    holds=lambda v, c: v - c < 0,
    relation="is less than @c",
    misses=("@v <= @c", "@v > @c"),
    constants=number(2, 6, 4, *_BOUND),
)
_UNEQUAL = Predicate(
    name="unequal",
    code="@v != @c",
    holds=lambda v, c: bool(v - c),
    relation="is not @c",
    misses=("@v == @c",),
    constants=number(1, 9, 3, "k", "digit_", "skipped", "m"),
)
_MULTIPLE = Predicate(
    name="multiple",
    code="@v % @c == 0",
    holds=lambda v, c: v - v // c * c == 0,
    relation="is divisible by @c",
    misses=("@v % @c != 0", "@v // @c == 0"),
    constants=number(2, 5, 3, "k", "m", "divisor", "step"),
)
_NONMULTIPLE = Predicate(
    name="nonmultiple",
    code="@v % @c != 0",
    holds=lambda v, c: v - v // c * c != 0,
    relation="is not divisible by @c",
    misses=("@v % @c == 0",),
    constants=number(2, 5, 3, "k", "m", "divisor", "step"),
)
_EITHER = Predicate(
    name="either",
    code="@v % 3 == 0 or @v % 5 == 0",
    holds=lambda v: not (v % 3 and v % 5),
    relation="is divisible by 3 or 5",
    misses=("@v % 3 == 0 and @v % 5 == 0", "@v % 15 == 0"),
)
_LONG = Predicate(
    name="long",
    code="len(@v) > @c",
    holds=lambda v, c: bool(v[c:]),
    relation="has more than @c characters",
    misses=("len(@v) >= @c", "len(@v) < @c"),
    constants=number(3, 5, 3, "limit", "k", "size"),
)
_SHORT = Predicate(
    name="short",
    code="len(@v) < @c",
    holds=lambda v, c: not v[c - 1 :],
    relation="has fewer than @c characters",
    misses=("len(@v) <= @c", "len(@v) > @c"),
    constants=number(3, 5, 4, "limit", "k", "size"),
)
_STARTS = Predicate(
    name="starts",
    code="@v.startswith(@c)",
    holds=lambda v, c: v[:1] == c,
    relation="starts with @c",
    misses=("@v.endswith(@c)", "@c in @v"),
    constants=text("rtsabcn", "letter", "char", "prefix"),
)
_HOLDS = Predicate(
    name="contains",
    code="@c in @v",
    holds=lambda v, c: v.count(c) > 0,
    relation="contains @c",
    misses=("@c not in @v", "@v.startswith(@c)"),
    constants=text("aeortn", "letter", "char", "part"),
)
_VOWEL = Predicate(
    name="vowel",
    code='@v in "aeiou"',
    holds=lambda v: v in set("aeiou"),
    relation="is a vowel",
    misses=('@v not in "aeiou"',),
)
_DIGIT = Predicate(
    name="digit",
    code="@v.isdigit()",
    holds=lambda v: v in "0123456789",
    relation="is a digit",
    misses=("@v.isalpha()",),
)
_SPACE = Predicate(name="space", code='@v == " "', holds=str.isspace, relation="is a space", misses=('@v != " "',))

_MAPS: Mapping[str, tuple[str, Callable[[int], int], str]] = {
    "same": ("@v", lambda v: v, ""),
    "square": ("@v ** 2", lambda v: v * v, "squares"),
    "cube": ("@v ** 3", lambda v: v * v * v, "cubes"),
    "double": ("@v * 2", lambda v: v + v, "doubles"),
    "absolute": ("abs(@v)", lambda v: max(v, -v), "absolute values"),
    "successor": ("@v + 1", lambda v: v - -1, "successors"),
}
_SWAPPED = {
    "same": "@v * 2",
    "square": "@v * 2",
    "cube": "@v ** 2",
    "double": "@v ** 2",
    "absolute": "@v",
    "successor": "@v",
}


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """What becomes of the items of a walk."""

    start: str
    update: str
    """With `@o` for the answer so far and `@m` for the item."""
    plain: str
    """For a generator or a list `@g`; empty where only a loop says it."""
    compute: Callable[[list[int]], Any]
    phrase: tuple[str, ...]
    running: Callable[[list[int]], list[Any]] | None
    gives: Kind = "int"
    merge: str = "+"
    """How the answers of two parts make one."""


def _product(items: list[int]) -> int:
    answer = 1
    for item in items:
        answer *= item
    return answer


_REDUCTIONS: Mapping[str, Reduction] = {
    "sum": Reduction(
        start="0",
        update="@o += @m",
        plain="sum(@g)",
        compute=sum,
        phrase=("the sum of @p", "the total of @p"),
        running=lambda items: list(accumulate(items)),
    ),
    "count": Reduction(
        start="0",
        update="@o += 1",
        plain="len([@g])",
        compute=len,
        phrase=("the number of @p", "the count of @p"),
        running=None,
    ),
    "product": Reduction(
        start="1",
        update="@o *= @m",
        plain="",
        compute=_product,
        phrase=("the product of @p",),
        running=lambda items: list(accumulate(items, lambda a, b: a * b)),
        merge="*",
    ),
    "list": Reduction(
        start="[]",
        update="@o.append(@m)",
        plain="[@g]",
        compute=list,
        phrase=("a list of @p", "the list of @p"),
        running=None,
        gives="ints",
    ),
}


def _generator(map_code: str, condition: str, variable: str, source: str) -> str:
    condition = f" if {condition}" if condition else ""
    return f"{map_code} for {variable} in {source}{condition}".replace("@v", variable)


def _walk(part: str, predicate: Predicate, map_name: str, reduction_name: str, level: int) -> Chain:
    """Return the composition of one walk, condition, map and reduction."""
    map_code, mapped, map_words = _MAPS[map_name]
    reduction = _REDUCTIONS[reduction_name]
    kind, noun, where, flavour, items_of, writer = _PARTS[part]
    phrases = []
    for outer in reduction.phrase:
        for inner in predicate.says(noun, where):
            inner = f"the {map_words} of {inner}" if map_words else inner
            if reduction_name in ("count", "list"):
                inner = inner.removeprefix("the ").removeprefix("all ")
            phrases.append(outer.replace("@p", inner))

    def kept(value: Any, *constants: Any) -> list[int]:
        return [v for v in items_of(value) if predicate.holds(v, *constants)]

    def apply(value: Any, *constants: Any) -> Any:
        return reduction.compute([mapped(v) for v in kept(value, *constants)])

    def trace(value: Any, *constants: Any) -> str:
        chosen = kept(value, *constants)
        made = [mapped(v) for v in chosen]
        stages = [repr(chosen)] + ([repr(made)] if map_name != "same" else [])
        running = reduction.running(made) if reduction.running and made else []
        stages.append(" ".join(map(str, running)) or repr(reduction.compute(made)))
        return " > ".join(stages)

    wrong: list[str] = []
    for miss in predicate.misses:
        wrong += writer(map_code, miss, reduction)[:1]
    wrong += writer(_SWAPPED[map_name], predicate.code, reduction)[:1]
    other = _REDUCTIONS["count" if reduction_name == "sum" else "sum"]
    wrong += writer(map_code, predicate.code, other)[:1]
    if predicate.code:
        wrong += writer(map_code, "", reduction)[:1]
    step = Step(
        name=f"{part} {predicate.name} {map_name} {reduction_name}",
        takes=kind,
        gives=reduction.gives,
        form="whole",
        code=(),
        apply=apply,
        phrases=tuple(phrases),
        plan=_plan(noun, predicate, map_words, reduction_name),
        blocks=tuple(writer(map_code, predicate.code, reduction)),
        wrong_blocks=tuple(wrong),
        trace=trace,
        constants=predicate.constants,
        flavour=flavour,
        hint=f"{reduction_name}_{predicate.name}_{map_words or noun}".replace("all_", "").replace(" ", "_"),
        properties=("result >= 0",) if reduction_name == "count" else (),
    )
    return Chain(
        (kind,), (step,), called=(part, predicate.name, map_name, reduction_name), level=2 if level == 2 else 3
    )


def _plan(noun: str, predicate: Predicate, map_words: str, reduction_name: str) -> str:
    chosen = f"of which each {predicate.relation}" if predicate.relation else "one by one"
    done = {"sum": "add up", "count": "count", "product": "multiply", "list": "collect"}[reduction_name]
    return f"walk through the {noun} {chosen} and {done} " + (f"their {map_words}" if map_words else "them")


def _guarded(condition: str, statement: str, indent: str) -> list[str]:
    return [f"{indent}if {condition}:", f"{indent}    {statement}"] if condition else [f"{indent}{statement}"]


def _digit_bodies(map_code: str, condition: str, reduction: Reduction) -> list[str]:
    update = reduction.update.replace("@o", "result").replace("@m", map_code)
    loop = [
        f"result = {reduction.start}",
        "for ch in str(abs(@x)):",
        "    digit = int(ch)",
        *_guarded(condition, update, "    "),
        "return result",
    ]
    bodies = ["\n".join(loop).replace("@v", "digit")]
    if reduction.plain:
        bodies.append(
            f"digits = [int(ch) for ch in str(abs(@x))]\nreturn {reduction.plain}".replace(
                "@g", _generator(map_code, condition, "d", "digits")
            )
        )
        bodies.append(
            f"return {reduction.plain}".replace("@g", _generator(map_code, condition, "d", "map(int, str(abs(@x)))"))
        )
    return bodies


def _range_bodies(map_code: str, condition: str, reduction: Reduction) -> list[str]:
    update = reduction.update.replace("@o", "result").replace("@m", map_code)
    loop = [
        f"result = {reduction.start}",
        "for i in range(1, @x + 1):",
        *_guarded(condition, update, "    "),
        "return result",
    ]
    bodies = ["\n".join(loop).replace("@v", "i")]
    if reduction.plain:
        bodies.append(
            f"return {reduction.plain}".replace("@g", _generator(map_code, condition, "i", "range(1, @x + 1)"))
        )
    walk = [
        f"result = {reduction.start}",
        "i = 1",
        "while i <= @x:",
        *_guarded(condition, update, "    "),
        "    i += 1",
        "return result",
    ]
    return [*bodies, "\n".join(walk).replace("@v", "i")]


def _deep_bodies(map_code: str, condition: str, reduction: Reduction) -> list[str]:
    update = reduction.update.replace("@o", "result").replace("@m", map_code)
    merge = "result.extend(@self(item))" if reduction.gives == "ints" else f"result {reduction.merge}= @self(item)"
    loop = [f"result = {reduction.start}", "for item in @x:", "    if isinstance(item, list):", f"        {merge}"]
    loop += [f"    elif {condition}:", f"        {update}"] if condition else ["    else:", f"        {update}"]
    bodies = ["\n".join([*loop, "return result"]).replace("@v", "item")]
    stack = [
        f"result = {reduction.start}",
        "stack = list(@x)",
        "while stack:",
        "    item = stack.pop(0)",
        "    if isinstance(item, list):",
        "        stack = item + stack",
    ]
    stack += [f"    elif {condition}:", f"        {update}"] if condition else ["    else:", f"        {update}"]
    return [*bodies, "\n".join([*stack, "return result"]).replace("@v", "item")]


def _leaves(nested: Any) -> list[int]:
    return [nested] if isinstance(nested, int) else [leaf for part in nested for leaf in _leaves(part)]


def _counted(n: int) -> list[int]:
    if n > MOST_EXPANDED:
        raise ValueError(f"{n} is too many: at most {MOST_EXPANDED} are counted out")
    return list(range(1, n + 1))


_Part = tuple[Kind, str, str, str, Callable[[Any], list[int]], Callable[[str, str, Reduction], list[str]]]
_PARTS: Mapping[str, _Part] = {
    "digits": ("int", "digits", "of @x", "natural", lambda n: [int(d) for d in f"{abs(n)}"], _digit_bodies),
    "range": ("int", "numbers", "from 1 to @x", "small", _counted, _range_bodies),
    "deep": ("tree", "numbers", "in the nested list @x", "", _leaves, _deep_bodies),
}
_WALKS: Mapping[str, tuple[tuple[Predicate, ...], tuple[str, ...]]] = {
    "digits": (
        (_ALL, _EVEN, _ODD, _NONZERO, _ABOVE, _BELOW, _UNEQUAL, _MULTIPLE),
        ("same", "square", "cube", "double", "successor"),
    ),
    "range": (
        (_ALL, _EVEN, _ODD, _MULTIPLE, _NONMULTIPLE, _EITHER, _UNEQUAL, _ABOVE),
        ("same", "square", "cube", "double", "successor"),
    ),
    "deep": (
        (_ALL, _EVEN, _ODD, _POSITIVE, _NEGATIVE, _NONZERO, _ABOVE, _BELOW, _MULTIPLE),
        ("same", "square", "double", "absolute", "successor"),
    ),
}


def _all_walks() -> Iterator[Chain]:
    for part, (predicates, maps) in _WALKS.items():
        for predicate in predicates:
            for map_name in maps:
                for reduction in _REDUCTIONS:
                    plain = (predicate.name == "all") + (map_name == "same")
                    if reduction == "count" and (map_name != "same" or (predicate.name == "all" and part == "range")):
                        continue  # counting mapped items is counting the items
                    if reduction == "list" and plain == 2 and part != "deep":
                        continue  # a chain has it
                    if predicate.name == "positive" and map_name == "absolute":
                        continue
                    yield _walk(part, predicate, map_name, reduction, 3 if part == "deep" or plain == 0 else 2)


@dataclass(frozen=True, kw_only=True)
class Scan:
    """A loop that stops, or looks at neighbours: body lines with `@if` for the condition."""

    gives: str
    """Kind, or "same" for the kind of the list."""
    compute: Callable[[Sequence[Any], Callable[[Any], bool]], Any]
    phrase: tuple[str, ...]
    """With `@w` for "is even"."""
    blocks: tuple[str, ...]
    plan: str
    thought: str = ""
    last: bool = True


def _first(items: Sequence[Any], holds: Callable[[Any], bool]) -> int:
    return next((k for k, v in enumerate(items) if holds(v)), -1)


def _taken(items: Sequence[Any], holds: Callable[[Any], bool]) -> Sequence[Any]:
    return items[: _first([*items, None], lambda v: v is None or not holds(v))]


def _longest_run(items: Sequence[Any], holds: Callable[[Any], bool]) -> int:
    marks = "".join("x" if holds(v) else " " for v in items)
    return max(map(len, marks.split(" ")), default=0)


_SCANS: Mapping[str, Scan] = {
    "first_index": Scan(
        gives="int",
        compute=_first,
        phrase=(
            "the index of the first @n in @x that @w, or -1 if there is none",
            "the position of the first @n in @x that @w (-1 if there is none)",
        ),
        blocks=(
            "for i, v in enumerate(@x):\n    if @if:\n        return i\nreturn -1",
            "for i in range(len(@x)):\n    v = @x[i]\n    if @if:\n        return i\nreturn -1",
        ),
        plan="go through the positions; stop at the first that fits; -1 after the last",
        thought="Positions count from 0.",
    ),
    "last_index": Scan(
        gives="int",
        compute=lambda items, holds: max((k for k, v in enumerate(items) if holds(v)), default=-1),
        phrase=(
            "the index of the last @n in @x that @w, or -1 if there is none",
            "the position of the last @n in @x that @w (-1 if there is none)",
        ),
        blocks=("found = -1\nfor i, v in enumerate(@x):\n    if @if:\n        found = i\nreturn found",),
        plan="go through the positions; remember each that fits",
        thought="Positions count from 0.",
    ),
    "take_while": Scan(
        gives="same",
        compute=_taken,
        phrase=(
            "the @ns of @x before the first one for which it is not true that it @w",
            "the longest beginning of @x in which every @n @w",
            "the leading @ns of @x as long as each @w",
        ),
        blocks=("result = @empty\nfor v in @x:\n    if not (@if):\n        break\n    result@add\nreturn result",),
        plan="take items until one does not fit",
    ),
    "drop_while": Scan(
        gives="same",
        compute=lambda items, holds: items[len(_taken(items, holds)) :],
        phrase=(
            "@x without its leading @ns as long as each @w",
            "the rest of @x from the first @n on for which it is not true that it @w",
        ),
        blocks=(
            "i = 0\nwhile i < len(@x):\n    v = @x[i]\n    if not (@if):\n        break\n    i += 1\nreturn @x[i:]",
        ),
        plan="skip items as long as they fit; take the rest",
    ),
    "longest_run": Scan(
        gives="int",
        compute=_longest_run,
        phrase=(
            "the length of the longest run of neighbours in @x of which each @w",
            "how many @ns in a row in @x each fit, at most, where a @n fits if it @w",
        ),
        blocks=(
            "best = 0\ncurrent = 0\nfor v in @x:\n    if @if:\n        current += 1\n"
            "        best = max(best, current)\n    else:\n        current = 0\nreturn best",
        ),
        plan="count runs; begin again where one does not fit; remember the longest",
    ),
    "indices": Scan(
        gives="ints",
        compute=lambda items, holds: [k for k in range(len(items)) if holds(items[k])],
        phrase=(
            "the positions of the @ns in @x of which each @w",
            "a list of the indices i for which the @n at i in @x @w",
        ),
        blocks=(
            "return [i for i, v in enumerate(@x) if @if]",
            "result = []\nfor i, v in enumerate(@x):\n    if @if:\n        result.append(i)\nreturn result",
        ),
        plan="go through the positions; keep those that fit",
        thought="Positions count from 0.",
    ),
    "moved_last": Scan(
        gives="same",
        compute=lambda items, holds: type(items)() + _both(items, holds),
        phrase=(
            "@x with every @n that @w moved to the end",
            "the @ns of @x, with each that @w moved behind all others",
        ),
        blocks=("@others = @join1\n@kept = @join2\nreturn @others + @kept",),
        plan="take those that do not fit, then those that fit",
        thought="Within both parts the order stays.",
    ),
    "every": Scan(
        gives="bool",
        compute=lambda items, holds: len([v for v in items if holds(v)]) == len(items),
        phrase=("every @n in @x @w",),
        blocks=("for v in @x:\n    if not (@if):\n        return False\nreturn True", "return all(@if for v in @x)"),
        plan="stop with False at one that does not fit",
    ),
    "exactly_one": Scan(
        gives="bool",
        compute=lambda items, holds: [holds(v) for v in items].count(True) == 1,
        phrase=("exactly one @n in @x @w", "there is exactly one @n in @x that @w"),
        blocks=(
            "found = 0\nfor v in @x:\n    if @if:\n        found += 1\nreturn found == 1",
            "return sum(1 for v in @x if @if) == 1",
        ),
        plan="count those that fit; compare with 1",
    ),
}


def _both(items: Any, holds: Callable[[Any], bool]) -> Any:
    parts = [[v for v in items if bool(holds(v)) is fits] for fits in (False, True)]
    return "".join(map("".join, parts)) if isinstance(items, str) else parts[0] + parts[1]


_SCANNED: Mapping[Kind, tuple[str, tuple[Predicate, ...]]] = {
    "ints": ("number", (_EVEN, _ODD, _POSITIVE, _NEGATIVE, _NONZERO, _ABOVE, _BELOW, _MULTIPLE, _UNEQUAL)),
    "strs": ("string", (_LONG, _SHORT, _STARTS, _HOLDS)),
    "str": ("character", (_VOWEL, _DIGIT, _SPACE)),
}


def _scan(kind: Kind, noun: str, predicate: Predicate, name: str) -> Chain:
    scan = _SCANS[name]
    gives: Kind = kind if scan.gives == "same" else scan.gives  # type: ignore[assignment]
    in_text = kind == "str"

    def written(template: str, condition: str) -> str:
        kept = f"[v for v in @x if {condition}]"
        others = f"[v for v in @x if not ({condition})]"
        parts = {
            "@if": condition,
            "@empty": '""' if in_text else "[]",
            "@add": " += v" if in_text else ".append(v)",
            "@join1": f'"".join({others})' if in_text else others,
            "@join2": f'"".join({kept})' if in_text else kept,
            "@others": "others",
            "@kept": "kept",
        }
        for hole, part in parts.items():
            template = template.replace(hole, part)
        return template.replace("@v", "v").replace("not (v.isdigit())", "not v.isdigit()")

    def apply(value: Any, *constants: Any) -> Any:
        return scan.compute(value, lambda v: predicate.holds(v, *constants))

    def trace(value: Any, *constants: Any) -> str:
        marks = [bool(predicate.holds(v, *constants)) for v in value]
        return f"{marks} > {apply(value, *constants)!r}"

    wrong = [written(scan.blocks[0], miss) for miss in predicate.misses]
    wrong += [written(template, predicate.code) for template in _NEAR.get(name, ())]
    step = Step(
        name=f"{name} {predicate.name}",
        takes=kind,
        gives=gives,
        form="whole",
        code=(),
        apply=apply,
        phrases=tuple(
            phrase.replace("@ns", f"{noun}s").replace("@n", noun).replace("@w", predicate.relation)
            for phrase in scan.phrase
        ),
        plan=scan.plan,
        blocks=tuple(written(template, predicate.code) for template in scan.blocks),
        wrong_blocks=tuple(wrong),
        trace=trace,
        constants=predicate.constants,
        hint=f"{name}_{predicate.name}",
        thought=scan.thought,
        flavour="noisy" if predicate is _DIGIT else "sentence" if in_text else "",
    )
    return Chain((kind,), (step,), called=("scan", kind, predicate.name, name), level=2)


_NEAR: Mapping[str, tuple[str, ...]] = {
    "first_index": (
        "for v in @x:\n    if @if:\n        return v\nreturn -1",
        "for i, v in enumerate(@x, 1):\n    if @if:\n        return i\nreturn -1",
    ),
    "last_index": ("for i, v in enumerate(@x):\n    if @if:\n        return i\nreturn -1",),
    "take_while": ("result = @empty\nfor v in @x:\n    if @if:\n        result@add\nreturn result",),
    "drop_while": ("return @join1",),
    "longest_run": (
        "best = 0\nfor v in @x:\n    if @if:\n        best += 1\nreturn best",
        "current = 0\nfor v in @x:\n    if @if:\n        current += 1\n    else:\n        current = 0\nreturn current",
    ),
    "indices": ("return [v for v in @x if @if]", "return [i for i, v in enumerate(@x, 1) if @if]"),
    "moved_last": ("return @join2 + @join1",),
    "every": ("return any(@if for v in @x)",),
    "exactly_one": ("return any(@if for v in @x)", "return sum(1 for v in @x if @if) >= 1"),
}


@lru_cache(maxsize=1)
def walks() -> dict[tuple[str, ...], Chain]:
    """Return every walk and scan by its key."""
    found = {chain.key: chain for chain in _all_walks()}
    for kind, (noun, predicates) in _SCANNED.items():
        for predicate in predicates:
            for name in _SCANS:
                if name == "indices" and kind == "ints" and predicate.name == "above":
                    continue  # a chain has it
                chain = _scan(kind, noun, predicate, name)
                found[chain.key] = chain
    return found


class Walks:
    """The source of all walks and scans."""

    def keys(self) -> Sequence[tuple[str, ...]]:
        """Return the key of every walk and scan."""
        return list(walks())

    def problem(self, key: tuple[str, ...], rng: random.Random) -> Problem:
        """Draw the wording, names and constants of a walk or scan."""
        return draw_problem(walks()[key], rng)

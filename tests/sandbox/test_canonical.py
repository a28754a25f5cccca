"""Canonical text is equal exactly where values are, but for the exceptions that its module docstring names."""

from __future__ import annotations

import array
import ast
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import itertools
import math
import pathlib
import random
import types
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline.sandbox import ValueTooLargeError, canonical

# Rounding and bool are the documented exceptions: floats are those that 9 digits tell apart, bools are tested below.
_floats = st.one_of(
    st.integers(-(10**8), 10**8).map(float), st.integers(-(10**6), 10**6).map(lambda n: n / 64), st.just(math.inf)
)
_atoms = st.one_of(st.none(), st.integers(), _floats, st.text(max_size=5), st.binary(max_size=5))
_keys = st.recursive(_atoms, lambda inner: st.tuples(inner, inner), max_leaves=3)
_values = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.sets(_keys, max_size=3),
        st.dictionaries(_keys, inner, max_size=3),
    ),
    max_leaves=8,
)


@given(_values, _values)
def test_text_is_equal_exactly_where_values_are(left: Any, right: Any) -> None:
    assert (canonical(left) == canonical(right)) == (left == right)


@given(_values)
def test_a_value_and_its_literal_have_the_same_text(value: Any) -> None:
    assert canonical(eval(repr(value), {"inf": math.inf})) == canonical(value)


@given(st.dictionaries(_keys, _atoms, max_size=6), st.randoms())
def test_order_of_insertion_does_not_matter(value: dict[Any, Any], order: random.Random) -> None:
    items = list(value.items())
    order.shuffle(items)
    assert canonical(dict(items)) == canonical(value)
    assert canonical({key for key, _ in items}) == canonical(set(value))


@given(_values)
def test_text_is_one_line_of_ascii(value: Any) -> None:
    text = canonical(value)
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (4, 4.0),
        (0, -0.0),
        (0.1 + 0.2, 0.3),
        (3.0000000000000004, 3),
        (999999999.7, 1000000000),
        (123456789012.25, 123456789012),
        (10**20, 1e20),
        (math.nan, -math.nan),
        (frozenset([1]), {1}),
        (bytearray(b"a"), b"a"),
        (collections.OrderedDict(a=1, b=2), {"b": 2, "a": 1}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.namedtuple("P", "x y")(1, 2), (1, 2)),
        (enum.IntEnum("E", "A").A, 1),
        (decimal.Decimal("1.0"), decimal.Decimal("1.00")),
        (decimal.Decimal("100"), decimal.Decimal("1e2")),
        (range(3), range(0, 3, 1)),
        (range(0), range(5, 2)),
        ((item for item in [1, 2]), map(int, "12")),
        (zip([1], [2], strict=True), iter([(1, 2)])),
        (np.int64(4), 4),
        (np.bool_(True), True),
        (np.array([[1, 2]]), np.array([[1.0, 2.0]])),
        (datetime.date(2020, 1, 2), datetime.date(2020, 1, 2)),
        (uuid.UUID(int=5), uuid.UUID(int=5)),
        (collections.deque([1], maxlen=3), collections.deque([1])),
        ({"a": 1}.keys(), {"a": 2}.keys()),
    ],
)
def test_equal(left: Any, right: Any) -> None:
    assert canonical(left) == canonical(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (1, "1"),
        ("a", b"a"),
        ([1], (1,)),
        ([], ()),
        (set(), {}),
        ([1], iter([1])),
        (12345678901, 12345678902),
        (0.1, 0.1000001),
        (math.inf, -math.inf),
        (10**400, 10**400 + 1),
        (1e308, math.inf),
        (None, "None"),
        (4, type("4", (), {})()),
        ("<P x=1>", type("P", (), {"__init__": lambda self: setattr(self, "x", 1)})()),
        (decimal.Decimal(-1), decimal.Decimal(1)),
        (fractions.Fraction(1, 3), fractions.Fraction(1, 2)),
        (datetime.date(2020, 1, 2), datetime.date(2020, 1, 3)),
        (np.array([1]), [1]),
        (enum.Enum("E", "A B").A, enum.Enum("E", "A B").B),
        (enum.Flag("F", "A B")(3), enum.Flag("F", "A B")(1)),
        (ValueError("a"), ValueError("b")),
        ([1, [2]], [[1], 2]),
        (range(3), [0, 1, 2]),
        (int, str),
        (slice(1), slice(2)),
        (1j, 2j),
        (array.array("i", [1]), array.array("i", [2])),
        (type("Day", (datetime.date,), {})(2020, 1, 2), type("Day", (datetime.date,), {})(2020, 1, 3)),
        (type("Words", (array.array,), {})("i", [1]), type("Words", (array.array,), {})("i", [2])),
        (io.StringIO("a"), io.StringIO("b")),
        (io.BytesIO(b"a"), io.BytesIO(b"b")),
        (types.MappingProxyType({1: 2}), types.MappingProxyType({1: 3})),
        (pathlib.PurePosixPath("a"), pathlib.PurePosixPath("b")),
    ],
)
def test_different(left: Any, right: Any) -> None:
    assert canonical(left) != canonical(right)


def test_a_path_that_was_looked_at_is_the_same() -> None:
    path = pathlib.PurePosixPath("a/b")
    before = canonical(path)
    assert hash(path)
    assert str(path), path.parts
    assert canonical(path) == before == "PurePosixPath('a/b')"


@dataclasses.dataclass
class Point:
    x: int
    y: Any


class Slotted:
    __slots__ = ("never", "value")

    def __init__(self, value: Any) -> None:
        self.value = value


class Secretive:
    """Every hook of it raises."""

    def __init__(self) -> None:
        object.__getattribute__(self, "__dict__")["kept"] = 1

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(name)

    __eq__ = __hash__ = __repr__ = __str__ = __iter__ = __len__ = __bool__ = __getattribute__  # type: ignore[assignment]


class Countdown:
    """An iterator of the user's own: it is its fields, not what it would yield."""

    def __init__(self) -> None:
        self.left = 2

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        raise AssertionError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Point(1, [2]), "<Point x=1 y=[2]>"),
        (Slotted(Point(1, None)), "<Slotted value=<Point x=1 y=None>>"),
        (Countdown(), "<Countdown left=2>"),
        (Point, "<class Point>"),
        (len, "<builtin_function_or_method len>"),
        (math, "<module math>"),
        (ValueError("no"), "<ValueError args=('no',)>"),
        (enum.Enum("Color", "RED").RED, "<Color RED>"),
        ({"b": {3, 1}, "a": (1,)}, "{'a': (1,), 'b': {1, 3}}"),
        (itertools.count(), "iterator[" + ", ".join(map(str, range(1000))) + ", ...]"),
        ("\ud800é", r"'\ud800\xe9'"),
    ],
)
def test_text(value: Any, text: str) -> None:
    assert canonical(value) == text


def test_no_hook_of_a_users_class_is_called() -> None:
    assert canonical(Secretive()) == "<Secretive kept=1>"


def test_iterators_are_left_alone_when_told_so() -> None:
    numbers = iter([1, 2])
    assert canonical([numbers], drive=False) == "[<iterator>]"
    assert next(numbers) == 1


def test_cycles_end() -> None:
    endless: list[Any] = [1]
    endless.append({"again": endless})
    other: list[Any] = [1]
    other.append({"again": other})
    assert canonical(endless) == canonical(other) == "[1, {'again': <cycle 2>}]"


def test_a_long_chain_is_no_recursion() -> None:
    chain = None
    for _ in range(3000):
        chain = Slotted(chain)
    assert canonical(chain).count("Slotted") == 3000


@pytest.mark.parametrize(
    "value",
    [
        10**100_000,
        "a" * 70_000,
        b"\x00" * 20_000,
        [0] * 40_000,
        {n: n for n in range(30_000)},
        np.zeros(10**6),
        [[]] * 33_000,
    ],
    ids=["int", "str", "bytes", "list", "dict", "array", "shared"],
)
def test_what_is_too_large_is_refused(value: Any) -> None:
    with pytest.raises(ValueTooLargeError):
        canonical(value)


@given(_values, st.integers(1, 200))
def test_the_bound_holds(value: Any, bound: int) -> None:
    try:
        text = canonical(value, max_chars=bound)
    except ValueTooLargeError:
        return
    assert len(text) <= bound


def test_large_ints_need_no_decimal_digits() -> None:
    assert canonical(1 << 3000) == hex(1 << 3000)
    assert canonical(ast.literal_eval("1" + "0" * 500)) == "1" + "0" * 500

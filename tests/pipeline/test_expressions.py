"""Small expressions are evaluated on the trusted side, within bounds."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline.expressions import NotEvaluableError, can_evaluate, evaluate, plain_source


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 7),
        ("2 ** 10 - 1", 1023),
        ("-7 // 2, -7 % 3", (-4, 2)),
        ("[0] * 3 + [1]", [0, 0, 0, 1]),
        ("sorted([3, 1, 2], reverse=True)", [3, 2, 1]),
        ("sorted(['bb', 'a'], key=len)", ["a", "bb"]),
        ("sorted([1, -2], key=lambda x: -x)", [1, -2]),
        ("{c: 'aab'.count(c) for c in 'ab'}", {"a": 2, "b": 1}),
        ("[a * b for a in [1, 2] for b in [3, 4] if b > 3]", [4, 8]),
        ("all(a <= b for a, b in zip(_0, _0[1:]))", True),
        ("Counter('aab') == {'a': 2, 'b': 1}", True),
        ("'a b'.split()[-1].upper()", "B"),
        ("0 <= _0[0] < 2 and 5 not in _0", True),
        ("3 if [] else 4", 4),
        ("math.floor(math.pi)", 3),
        ("round(2.675, 2)", 2.67),
        ("isinstance(_0, list)", True),
        ("isinstance('a', (int, float))", False),
        ("list({'a': 1}.items())", [("a", 1)]),
        ("not 1 is True", True),
        ("close_to([0.1 + 0.2, 1], [0.3, 1], 1e-9, 0)", True),
        ("close_to({'a': 1.1}, {'a': 1.2}, 0, 0.05)", False),
    ],
)
def test_values(source, value):
    assert evaluate(source, {"_0": [1, 2, 3]}) == value


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "__import__('os')",
        "().__class__",
        "(1).real",
        "'a'.format(1)",
        "'%99999999d' % 1",
        "f'{1:9999999}'",
        "[].append(1)",
        "unknown",
        "lambda",
        "1 / 0",
        "[][0]",
        "int('x')",
        "(x := 1)",
        "len(*[[1]])",
        "'a' < 1",
        "isinstance(2, float)",
        "min()",
        "len",
    ],
)
def test_what_is_not_evaluated(source):
    with pytest.raises(NotEvaluableError):
        evaluate(source)


@pytest.mark.parametrize(
    "source",
    [
        "10 ** 10 ** 10",
        "(2 ** 4000) * (2 ** 4000)",
        "1 << 10 ** 9",
        "[0] * 10 ** 9",
        "'a' * 10 ** 9",
        "range(10 ** 9)",
        "[[[[[0] * 99] * 99] * 99] * 99] * 99",
        "'a'.replace('', 'a' * 9999).replace('', 'a' * 9999)",
        "('a' * 9999).join(['a'] * 9999)",
        "[0 for a in range(999) for b in range(999)]",
        "math.factorial(10 ** 6)",
        "prod(range(1, 9999))",
        "round(5, -10 ** 9)",
        "(lambda f: f(f))(lambda f: f(f))",
        "(" * 500 + "1" + ")" * 500,
    ],
)
def test_work_is_bounded(source):
    with pytest.raises(NotEvaluableError):
        evaluate(source)


def test_what_can_be_evaluated_is_known_from_the_syntax():
    assert can_evaluate(ast.parse("sorted(_0) == [1] and _0.count(1)", mode="eval").body)
    assert not can_evaluate(ast.parse("_0.all()", mode="eval").body)
    assert not can_evaluate(ast.parse("f'{_0}'", mode="eval").body)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)  # fmt: skip


@given(PLAIN)
def test_plain_values_have_source(value):
    source = plain_source(value)
    assert source is not None
    assert evaluate(source) == value


def test_what_has_no_source():
    assert plain_source(float("nan")) is None
    assert plain_source(object()) is None

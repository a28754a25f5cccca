"""Inputs are varied by type, kept to what signature and docstring say, and made from annotations where there are none."""

import ast

import pytest

from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.inputs import (
    MOST_INPUTS,
    calls_from_annotations,
    more_inputs,
    mutated_calls,
    signature_of,
    small_calls,
)


def task(source, name="f"):
    document = Document(source)
    return make_task(document, document.named(name))


def arguments(call):
    return [ast.literal_eval(argument) for argument in ast.parse(call, mode="eval").body.args]


def test_inputs_keep_their_types_and_are_new():
    calls = ["f([1, 2, 3], 'ab', (1.5, True), {'k': None})"]
    found = mutated_calls(calls, seed=1, most=24)
    assert len(found) == len(set(found)) == 24
    assert calls[0] not in found
    for call in found:
        assert [type(value) for value in arguments(call)] == [list, str, tuple, dict]
    assert mutated_calls(calls, seed=1, most=24) == found
    assert mutated_calls(["f(x)", "f()", "S().pop(1)"], seed=1)[0].startswith("S().pop(")
    assert mutated_calls([], seed=1) == ()


def test_every_literal_of_an_expression_is_changed():
    found = mutated_calls(["Stack([1, 2], limit=5).push(3)"], seed=3, most=24)
    trees = [ast.parse(call, mode="eval").body for call in found]
    assert {ast.unparse(tree.args[0]) for tree in trees} - {"3"}
    assert {ast.unparse(tree.func.value.args[0]) for tree in trees} - {"[1, 2]"}
    assert {ast.unparse(tree.func.value.keywords[0].value) for tree in trees} - {"5"}
    assert all(call.startswith("Stack(") for call in found)


def test_values_are_used_again_elsewhere():
    # Only with the limit in the list can `<` be told from `<=`; text is taken from other calls, too.
    found = [arguments(call) for call in mutated_calls(["f([1, 7, 3], 50)"], seed=0, most=60)]
    assert any(limit in items for items, limit in found)
    texts = {text for call in mutated_calls(["f('left')", "f('right')"], seed=0, most=60) for text in arguments(call)}
    assert not {"left", "right"} & texts  # these are known already
    pairs = {tuple(arguments(call)) for call in mutated_calls(["f('left', 'right')"], seed=0, most=60)}
    assert {("left", "left"), ("right", "right")} & pairs
    assert all(type(x) is float for call in mutated_calls(["f(1.5, 2)"], seed=0) for x in arguments(call)[:1])


def test_numbers_change_their_type_only_where_calls_mix_the_types():
    # `x + y == z` and a check for integers differ on (5.0, 2, 7), and examples with 3.6 say that floats are given.
    mixed = [arguments(call) for call in mutated_calls(["f(5, 2, 7)", "f(3.6, -2.2, 2)"], seed=0, most=60)]
    assert any(values == [5, 2, 7] and float in map(type, values) for values in mixed)
    assert any(int in map(type, values) and values[:2] != [5, 2] for values in mixed)
    plain = [arguments(call) for call in mutated_calls(["f(5, 2, 7.0)", "f(1, 2, 3.5)"], seed=0, most=60)]
    assert all([type(value) for value in values] == [int, int, float] for values in plain)
    huge = mutated_calls(["f(10 ** 0)", f"f({10**400})", "f(1.5)", "f(1e300)"], seed=0, most=60)
    assert all(len(call) < 1_000 for call in huge)


def test_small_values_are_tried_everywhere_at_once():
    calls = ["f([100, 200, 300], 'long text', (1.5, True), {'k': 77}, 1000)"]
    found = small_calls(calls, seed=1, most=40)
    assert len(found) == len(set(found)) == 40
    values = [arguments(call) for call in found]
    assert [type(value) for value in values[0]] == [list, str, tuple, dict, int]
    assert {len(items) for items, *_ in values} == {0, 1, 2, 3, 4, 5}
    assert all(-2 <= item <= 12 for items, *_ in values for item in items)
    assert {len(text) for _, text, *_ in values} == {0, 1, 2, 3, 4, 5, 6}
    assert {char for _, text, *_ in values for char in text} <= set("long textk")
    assert {type(pair[0]) for _, _, pair, *_ in values} == {float}
    assert {"k"} >= {key for *_, keys, _ in values for key in keys}
    assert small_calls(calls, seed=1, most=40) == found
    assert small_calls(["f(x)"], seed=1) == ()
    positive = task('def f(n: int):\n    """Takes a positive integer n."""\n')
    assert all(arguments(c)[0] > 0 for c in small_calls(["f(99)"], seed=0, signature=signature_of(positive)))


def test_mutated_and_small_inputs_take_turns():
    function = task('def f(n: int):\n    """Doc."""\n')
    mutated, small = mutated_calls(["f(500)"], seed=4), small_calls(["f(500)"], seed=4)
    assert more_inputs(function, ["f(500)"], seed=4, most=4) == (mutated[0], small[0], mutated[1], small[1])


def test_calls_stay_short():
    assert max(map(len, mutated_calls(["f('a')", "f([1])"], seed=0, most=100))) <= len("f('a')") + 200


@pytest.mark.parametrize(
    ("source", "call", "allowed"),
    [
        ('def f(n: int):\n    """Of a non-negative integer."""\n', "f(1)", lambda n: n >= 0),
        ('def f(n):\n    """Takes a positive integer n."""\n', "f(2)", lambda n: n > 0),
        ('def f(x: list[int]):\n    """Search in a sorted list."""\n', "f([1, 2, 5])", lambda x: x == sorted(x)),
        ('def f(x: list[int]):\n    """Given non-negative integers."""\n', "f([1, 0, 5])", lambda x: min(x, default=0) >= 0),
    ],
)  # fmt: skip
def test_what_the_docstring_excludes_is_not_tried(source, call, allowed):
    function = task(source)
    found = mutated_calls([call], seed=0, most=40, signature=signature_of(function))
    assert len(found) >= 5
    assert all(allowed(arguments(one)[0]) for one in found)
    unrestricted = mutated_calls([call], seed=0, most=40)
    assert not all(allowed(arguments(one)[0]) for one in unrestricted)


def test_lengths_said_to_be_equal_stay_equal():
    function = task('def f(a, b):\n    """Two arrays of equal length."""\n')
    found = mutated_calls(["f([1, 2, 3], [4, 5, 6])"], seed=0, signature=signature_of(function))
    assert len(found) > 10
    assert all(len(a) == len(b) for a, b in map(arguments, found))


def test_none_is_tried_where_the_annotation_allows_it():
    function = task('def f(x: int | None, mode: Literal["a", "b"]):\n    """Doc."""\n')
    values = [arguments(call) for call in more_inputs(function, ["f(1, 'a')"], seed=0, most=40)]
    assert any(x is None for x, _ in values)
    assert {mode for _, mode in values} == {"a", "b"}


@pytest.mark.parametrize(
    ("signature", "types"),
    [
        ("n: int, s: str", [int, str]),
        ("xs: list[list[float]], flag: bool = False", [list]),
        ("pairs: 'List[Tuple[str, int]]'", [list]),
        ("d: dict[str, list[int]], s: set[int]", [dict, set]),
        ("text, k", [str, int]),
        ("*, key: int", None),
        ("frame: DataFrame", None),
    ],
)
def test_inputs_from_annotations_alone(signature, types):
    function = task(f'def f({signature}):\n    """Doc."""\n')
    found = calls_from_annotations(function, seed=0)
    if types is None:
        assert all("=" not in call for call in found)
        return
    assert len(found) > 3
    assert all([type(value) for value in arguments(call)] == types for call in found)
    assert calls_from_annotations(function, seed=0) == found
    mixed = more_inputs(function, [], seed=0)
    assert set(found[:3]) <= set(mixed)
    assert len(mixed) == len(set(mixed)) <= MOST_INPUTS


def test_methods_get_an_object():
    source = 'class S:\n    def __init__(self, items: list[int]):\n        pass\n\n    def at(self, i: int):\n        """Doc."""\n'
    found = calls_from_annotations(task(source, "S.at"), seed=0)
    assert len(found) > 3
    for call in found:
        tree = ast.parse(call, mode="eval").body
        assert ast.unparse(tree.func.value.func) == "S"
        assert isinstance(ast.literal_eval(tree.func.value.args[0]), list)
    unknown = 'class S(Base):\n    def at(self, i: int):\n        """Doc."""\n'
    assert calls_from_annotations(task(unknown, "S.at"), seed=0) == ()

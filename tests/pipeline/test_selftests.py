"""Tests are read out of whatever the model wrote, and inputs are varied by type."""

import ast

import pytest

from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.inputs import mutated_calls
from atlas_pipeline.selftests import MOST_TESTS, merge_tests, read_tests


def task(source='def f(x, y=0):\n    """Doc."""\n', name="f"):
    document = Document(source)
    return make_task(document, document.named(name))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert f(1) == 2", [("f(1)", "2")]),
        ("# 1 > 2\nassert f([1, -2], 3) == [1]  # yes", [("f([1, -2], 3)", "[1]")]),
        ("```python\nassert f(1) is None\nassert f(2) is True\n```", [("f(1)", "None"), ("f(2)", "True")]),
        ("    assert f(1)\n    assert not f(2)", [("f(1)", "True"), ("f(2)", "False")]),
        ("assert 3 == f(1), 'message'", [("f(1)", "3")]),
        ("assert f([1,\n  2]) == [\n  3]\nassert f(9) == 1", [("f([1, 2])", "[3]"), ("f(9)", "1")]),
        ("assert abs(f(1) - 2.5) < 1e-6", [("f(1)", None)]),
        ("assert f(1) == len([1])", [("f(1)", None)]),
        ("assert f(1) != 3", [("f(1)", None)]),
        ("assert sorted(f(1)) == [1]", [("f(1)", None)]),
        ("assert f(x=1) == 1", [("f(x=1)", "1")]),
    ],
)
def test_forms(text, expected):
    tests, unreadable = read_tests(text, task())
    assert [(t.call, t.expected.shown if t.expected else None) for t in tests] == expected
    assert unreadable == 0


@pytest.mark.parametrize(
    "text", ["assert g(1) == 2", "assert f(x) == 2", "assert f( == 2", "assert True", "assert f(1"]
)
def test_unreadable_assertions_are_counted(text):
    assert read_tests(text, task()) == ([], 1)


def test_methods_are_called_on_an_object():
    method = task('class S:\n    def pop(self):\n        """Doc."""\n', "S.pop")
    tests, _ = read_tests("assert S([1]).pop() == 1\nassert pop(3) == 1", method)
    assert [t.call for t in tests] == ["S([1]).pop()"]


def test_merging_drops_repetitions_and_given_cases():
    with_example = task('def f(x):\n    """Doc.\n\n    >>> f(1)\n    2\n    """\n')
    first, _ = read_tests("assert f(1) == 2\nassert f(2) == 3", with_example)
    second, _ = read_tests("assert f(2) == 3\nassert f(2) == 4", with_example)
    merged = merge_tests([first, second], known=with_example.examples)
    assert [(t.call, t.expected.shown) for t in merged] == [("f(2)", "3"), ("f(2)", "4")]
    many, _ = read_tests("\n".join(f"assert f({i}) == 0" for i in range(100)), with_example)
    assert len(merge_tests([many], known=())) == MOST_TESTS


def test_inputs_keep_their_types_and_are_new():
    calls = ["f([1, 2, 3], 'ab', (1.5, True), {'k': None})"]
    found = mutated_calls(calls, seed=1)
    assert len(found) == len(set(found)) == 24
    assert calls[0] not in found
    for call in found:
        values = [ast.literal_eval(argument) for argument in ast.parse(call, mode="eval").body.args]
        assert [type(value) for value in values] == [list, str, tuple, dict]
    assert mutated_calls(calls, seed=1) == found
    assert mutated_calls(["f(x)", "f()", "S().pop(1)", "f(a=1)"], seed=1)[0].startswith("S().pop(")
    assert mutated_calls([], seed=1) == ()

"""Tests are read out of whatever the model wrote."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import ExpectedKind
from atlas_pipeline.selftests import MOST_TESTS, merge, merge_tests, read_laws, read_self_tests, read_tests

DATA = Path(__file__).parents[3] / "shared" / "data" / "humaneval_codegen" / "tasks.jsonl"


def task(source='def f(x, y=0):\n    """Doc."""\n', name="f"):
    document = Document(source)
    return make_task(document, document.named(name))


STACK = task(
    "class S:\n    def __init__(self, items=()):\n        self.items = list(items)\n"
    '    def push(self, x):\n        self.items.append(x)\n    def pop(self):\n        """Doc."""\n',
    "S.pop",
)
CODEC = task('def encode(s):\n    return s\n\ndef decode(s):\n    """Undo encode."""\n', "decode")


def shown(found):
    """Return tests as (call, expected), properties as text, inputs as calls."""
    return [
        *((t.call, t.expected.shown) for t in found.tests),
        *(p.shown for p in found.properties),
        *((c,) for c in found.inputs),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert f(1) == 2", [("f(1)", "2")]),
        ("# 1 > 2\nassert f([1, -2], 3) == [1]  # yes", [("f([1, -2], 3)", "[1]")]),
        ("```python\nassert f(1) is None\nassert f(2) is True\n```", [("f(1)", "None"), ("f(2)", "True")]),
        ("    assert f(1)\n    assert not f(2)", [("f(1)", "True"), ("f(2)", "False")]),
        ("assert 3 == f(1), 'message'", [("f(1)", "3")]),
        ("assert f([1,\n  2]) == [\n  3]\nassert f(9) == 1", [("f([1, 2])", "[3]"), ("f(9)", "1")]),
        ("assert f(x=1) == 1", [("f(x=1)", "1")]),
        ("assert f(1) == 2; assert f(2) == 3", [("f(1)", "2"), ("f(2)", "3")]),
        ("assert f(1) == 2 assert f(2) == 3", [("f(1)", "2"), ("f(2)", "3")]),
        ("assert f(1) == 2 and f(2) == 3", [("f(1)", "2"), ("f(2)", "3")]),
        ("assert f(1) == len([1])", [("f(1)", "len([1])")]),
        ("assert f(2 ** 3) == 1 + 1", [("f(8)", "1 + 1")]),
        ("assert sorted(f(1)) == [1]", [("sorted(f(1))", "[1]"), ("f(1)",)]),
        ("assert round(f(1), 2) == 0.33", [("round(f(1), 2)", "0.33"), ("f(1)",)]),
        ("assert abs(f(1) - 2.5) < 1e-6", ["abs(f(1) - 2.5) < 1e-06", ("f(1)",)]),
        ("assert math.isclose(f(1), 2.5, rel_tol=1e-3)", ["close_to(f(1), 2.5, 0.001, 0.0)", ("f(1)",)]),
        ("assert f(1) == pytest.approx(0.5)", ["close_to(f(1), 0.5, 1e-06, 1e-12)", ("f(1)",)]),
        ("assert f(1) != 3", ["f(1) != 3", ("f(1)",)]),
        ("assert not (f(1) == 3)", ["f(1) != 3", ("f(1)",)]),
        ("assert 0 <= f(1) <= 5", ["0 <= f(1) <= 5", ("f(1)",)]),
        ("assert 3 in f(1)", ["3 in f(1)", ("f(1)",)]),
        ("assert (f([1]) == [2]).all()", [("f([1])", "[2]")]),
        ("assert all(f(i) == i * i for i in range(3))", [("f(0)", "0 * 0"), ("f(1)", "1 * 1"), ("f(2)", "2 * 2")]),
        ("assert solution.f(1) == 2", [("f(1)", "2")]),
    ],
)
def test_forms_of_assertions(text, expected):
    found = read_self_tests(text, task())
    assert shown(found) == expected
    assert found.unreadable == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(1), 2)\n", [("f(1)", "2")]),
        (
            "class T(TestCase):\n    def setUp(self):\n        self.x = [1]\n    def test_a(self):\n"
            "        self.assertTrue(f(self.x))\n        self.assertIsNone(f(3))\n        self.assertIn(1, f(4))\n",
            [("f([1])", "True"), ("f(3)", "None"), "1 in f(4)", ("f(4)",)],
        ),
        ("def test_a():\n    result = f(1)\n    assert result == 2\n", [("f(1)", "2")]),
        ("x, y = [1], 2\nexpected = 3\nassert f(x, y) == expected", [("f([1], 2)", "3")]),
        ("for a, b in [(1, 2), (3, 4)]:\n    assert f(a) == b", [("f(1)", "2"), ("f(3)", "4")]),
        ("cases = {1: 2}\nfor a, b in cases.items():\n    assert f(a) == b", [("f(1)", "2")]),
        (
            '@pytest.mark.parametrize("a, b", [\n    (1, 2),\n    pytest.param(3, 4, id="x"),\n])\n'
            "def test_a(a, b):\n    assert f(a) == b\n",
            [("f(1)", "2"), ("f(3)", "4")],
        ),
        ("def check(candidate):\n    assert candidate(1) == 2\n\ncheck(f)", [("f(1)", "2")]),
        ("with pytest.raises(ValueError):\n    f(-1)\n", [("f(-1)", "raises ValueError")]),
        ("self.assertRaises(ValueError, f, -1)", [("f(-1)", "raises ValueError")]),
        ("try:\n    f(-1)\nexcept ValueError:\n    pass\n", [("f(-1)", "raises ValueError")]),
        ("self.assertAlmostEqual(f(1), 0.3333, places=3)", ["close_to(f(1), 0.3333, 0.0, 0.0005)", ("f(1)",)]),
        ("f(1)  # 2\nprint(f(2))  # Output: [3]\nf(3)", [("f(1)", "2"), ("f(2)", "[3]"), ("f(3)",)]),
        ("Here are tests:\n- f(1) == 2\n- `f(2)` returns `3`\n3. assert f(3) == 4\n", [("f(1)", "2"), ("f(3)", "4"), ("f(2)", "3")]),
        (">>> f(1)\n2\n", [("f(1)", "2")]),
        ("<think>assert f(1) == 7</think>assert f(1) == 2", [("f(1)", "2")]),
        ("def f(x, y=0):\n    assert f(1) == 7\n    return x\n\nassert f(1) == 2", [("f(1)", "2")]),
    ],
)  # fmt: skip
def test_forms_of_test_code(text, expected):
    found = read_self_tests(text, task())
    assert shown(found) == expected
    assert found.unreadable == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert f(17) ==", [("f(17)",)]),
        ("assert f([1, 2, 3", []),
        ("assert f(1) == 2, 'the message sto", [("f(1)", "2")]),
        ("assert f(1) == 2\nassert f(2) == [1,", [("f(1)", "2"), ("f(2)",)]),
        ("def test_a():\n    assert f(1) == 2\n    assert f(2) == [", [("f(1)", "2"), ("f(2)",)]),
        ("assert ____ f(10, 3) == True", [("f(10, 3)",)]),
    ],
)
def test_broken_and_truncated_text(text, expected):
    assert shown(read_self_tests(text, task())) == expected


@pytest.mark.parametrize(
    "text", ["assert g(1) == 2", "assert f(x) == 2", "assert f( == 2", "assert True", "assert f(1", "assert f(open(1)) == 2"]
)  # fmt: skip
def test_unreadable_assertions_are_counted(text):
    found = read_self_tests(text, task())
    assert shown(found) == []
    assert found.unreadable == (text,)
    assert read_tests(text, task()) == ([], 1)


def test_an_answer_that_never_stopped_thinking_is_said_to_be_so():
    found = read_self_tests("<think>assert f(1) == 2\n", task())
    assert shown(found) == []
    assert found.unreadable == ("the answer ended while the model was still thinking",)
    assert read_self_tests("assert \nassert\n", task()).unreadable == ()


def test_methods_are_called_on_an_object():
    found = read_self_tests("assert S([1]).pop() == 1\nassert pop(3) == 1", STACK)
    assert shown(found) == [("S([1]).pop()", "1")]
    assert len(found.unreadable) == 1


def test_what_was_done_to_an_object_before_is_part_of_the_call():
    text = "s = S()\ns.push(1)\ns.push(2)\nassert s.pop() == 2\nassert s.pop() == 1\nassert len(s.items) == 0"
    found = read_self_tests(text, STACK)
    first, second, third = found.tests
    assert first.call == "(lambda s: (s.push(1), s.push(2), s.pop())[-1])(S())"
    assert second.call == "(lambda s: (s.push(1), s.push(2), s.pop(), s.pop())[-1])(S())"
    assert third.call == "len((lambda s: (s.push(1), s.push(2), s.pop(), s.pop(), s.items)[-1])(S()))"
    assert [case.expected.shown for case in found.tests] == ["2", "1", "0"]

    class S:
        def __init__(self):
            self.items = []
            self.push, self.pop = self.items.append, self.items.pop

    assert [eval(case.call, {"S": S}) for case in found.tests] == [2, 1, 0]


def test_lists_changed_in_place():
    found = read_self_tests("x = [3, 1]\nf(x)\nassert x == [1, 3]\nassert f(x) == [1]", task())
    assert [t.call for t in found.tests] == [
        "(lambda x: (f(x), x)[-1])([3, 1])",
        "(lambda x: (f(x), f(x))[-1])([3, 1])",
    ]


def test_round_trips_over_other_functions_of_the_file():
    found = read_self_tests('assert decode(encode("abc")) == "abc"\nassert decode(other(1)) == 1', CODEC)
    assert shown(found) == [("decode(encode('abc'))", "'abc'")]
    assert len(found.unreadable) == 1


def test_properties_keep_the_calls_apart_from_the_comparison():
    (law,) = read_self_tests("assert f(f(1)) != sorted(f(2))", task()).properties
    assert (law.calls, law.predicate) == (("f(f(1))", "f(2)"), "_0 != sorted(_1)")


def test_async_functions_are_awaited_by_whoever_runs_the_call():
    found = read_self_tests("assert await f(1) == 2\nassert asyncio.run(f(2)) == 3\nassert sorted(await f(3)) == [1]", task('async def f(x):\n    """Doc."""\n'))  # fmt: skip
    assert shown(found) == [("f(1)", "2"), ("f(2)", "3"), "sorted(f(3)) == [1]", ("f(3)",)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert f(f(x, y), y) == f(x, y)", ["f(f([2, 1], 0), 0) == f([2, 1], 0)", ("f(f([2, 1], 0), 0)",), ("f([2, 1], 0)",)]),
        ("assert f(x, y) == sorted(x)", ["f([2, 1], 0) == sorted([2, 1])", ("f([2, 1], 0)",)]),
        ("assert 0 <= len(f(a, b)) <= len(a)", ["0 <= len(f([2, 1], 0)) <= len([2, 1])", ("f([2, 1], 0)",)]),
        ("assert f(x, y) == 3", []),
        ("assert f(x, y) == z", []),
    ],
)  # fmt: skip
def test_laws_are_checked_on_the_given_calls(text, expected):
    found = read_laws(text, task(), ["f([2, 1], 0)", "f(1)", "f(y=1, x=2)"])
    assert shown(found) == expected
    assert found.tests == ()
    assert len(found.unreadable) == (expected == [])


def test_exceptions_are_expected_by_name():
    (case,) = read_self_tests("with pytest.raises(ValueError, match='x'):\n    x = f(-1)", task()).tests
    assert (case.expected.kind, case.expected.text) == (ExpectedKind.RAISES, "ValueError")


def test_merging_drops_repetitions_and_given_cases():
    with_example = task('def f(x):\n    """Doc.\n\n    >>> f(1)\n    2\n    """\n')
    first, _ = read_tests("assert f(1) == 2\nassert f(2) == 3", with_example)
    second, _ = read_tests("assert f(2) == 3\nassert f(2) == 4", with_example)
    merged = merge_tests([first, second], known=with_example.examples)
    assert [(t.call, t.expected.shown) for t in merged] == [("f(2)", "3"), ("f(2)", "4")]
    many, _ = read_tests("\n".join(f"assert f({i}) == 0" for i in range(100)), with_example)
    assert len(merge_tests([many], known=())) == MOST_TESTS
    texts = ["assert f(2) == 3\nf(1)\nf(5)\nassert f(6) > 1", "f(5)\nassert f(6) > 1\nassert f(7"]
    found = merge([read_self_tests(text, with_example) for text in texts], known=with_example.examples)
    assert shown(found) == [("f(2)", "3"), "f(6) > 1", ("f(5)",), ("f(6)",)]
    assert found.unreadable == ("assert f(7",)


CASES = st.lists(
    st.tuples(
        st.lists(st.integers(-99, 99), max_size=4),
        st.one_of(st.integers(), st.text("ab'\"\\ #(", max_size=4), st.none()),
    ),
    min_size=1,
    max_size=6,
    unique_by=str,
)


@given(
    cases=CASES,
    wrapping=st.sampled_from((
        "{}",
        "```python\n{}\n```",
        "Sure, here they are:\n\n```\n{}\n```\nThese cover the edge cases.",
        "<think>f([9]) is\nassert f([9]) == 9</think>\n{}",
        "import pytest\n\n\ndef test_f():\n{:indent}\n",
        "{}\nassert f([1, 2",
    )),
    comments=st.booleans(),
)  # fmt: skip
def test_every_assertion_of_a_wrapped_answer_is_read(cases, wrapping, comments):
    lines = []
    for arguments, value in cases:
        if comments:
            lines.append(f"# f({arguments}) is {value!r}: assert it (it's 1 of [2")
        lines.append(f"assert f({arguments}) == {value!r}")
    if "{:indent}" in wrapping:
        text = wrapping.replace("{:indent}", "\n".join("    " + line for line in lines))
    else:
        text = wrapping.replace("{}", "\n".join(lines))
    found = read_self_tests(text, task())
    assert [t.call for t in found.tests] == [f"f({arguments})" for arguments, _ in cases]


@given(st.text("assert f(1)=[]'\"\n\t#:`x,<>think/@deflambda ", max_size=200))
def test_no_text_makes_the_reader_fail(text):
    read_self_tests(text, task())
    read_laws(text, task(), ["f(1)"])


@pytest.mark.skipif(not DATA.is_file(), reason="the recorded answers (../shared/data) are not there")
def test_recorded_answers_are_read():
    """Of the first 20 recorded raw answers to each of 82 tasks; the bounds are what was counted when this was written."""
    rows = [json.loads(line) for line in DATA.read_text().splitlines()]
    tests = others = unreadable = 0
    for row in rows:
        document = Document(row["prompt"])
        function = make_task(document, document.named(row["entry_point"]))
        for text in row["test_completions"][:20]:
            found = read_self_tests(f"assert {text}", function)
            tests += len(found.tests)
            others += len(found.properties) + len(found.inputs)
            unreadable += sum(bool(re.search(rf"\b{function.name}\(", line)) for line in found.unreadable)
    assert tests >= 1_538
    assert others >= 153
    assert unreadable <= 56

"""Examples are read from docstrings in the forms people write them."""

import time

import pytest

from atlas_pipeline.examples import read_examples
from atlas_pipeline.records import ExpectedKind


def read(docstring, *, name="f", is_method=False, prints=False):
    return read_examples(docstring, name=name, is_method=is_method, prints=prints)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        (">>> f(1)\n2", [("f(1)", "2")]),
        (">>> f([1, 2],\n...   3)\n[4,\n 5]", [("f([1, 2], 3)", "[4, 5]")]),
        (">>> f('a')\n'b'\n>>> f(2)\n3.5\n\nText.", [("f('a')", "'b'"), ("f(2)", "3.5")]),
        ("f(1) == 2", [("f(1)", "2")]),
        ("f(1) -> 2, f(2) -> 3", [("f(1)", "2"), ("f(2)", "3")]),
        ("f([1, 2]) => [2, 4].", [("f([1, 2])", "[2, 4]")]),
        ("For example, f(3) returns -1 and f(4) should return None.", [("f(3)", "-1"), ("f(4)", "None")]),
        ("`f('x y')` returns `'y'`", [("f('x y')", "'y'")]),
        ("f(1) = 2", [("f(1)", "2")]),
        ("f(1) ➞ True", [("f(1)", "True")]),
        ("assert f((1, 2)) == (2, 1)", [("f((1, 2))", "(2, 1)")]),
        ("f(')') == '('", [("f(')')", "'('")]),
        ("f(1) is 2", [("f(1)", "2")]),
        ("f(x) returns 2 for f(1) == 12", [("f(1)", "12")]),
        ("Call other(1) == 2 or o.f(1) == 3.", []),
        ("f(2) == 3.5.", [("f(2)", "3.5")]),
        ("f(1) == 2 # as always", [("f(1)", "2")]),
        (">>> f(5)", [("f(5)", "None")]),
    ],
)
def test_forms(docstring, expected):
    found, unread = read(docstring)
    normal = [(case.call, "".join(case.expected.shown.split())) for case in found]
    assert normal == [(call, "".join(shown.split())) for call, shown in expected]
    assert unread == ()


def test_exceptions():
    found, _ = read(">>> f(-1)\nTraceback (most recent call last):\n    ...\nValueError: negative")
    assert (found[0].expected.kind, found[0].expected.text) == (ExpectedKind.RAISES, "ValueError")
    found, _ = read("f(-1) raises a ValueError")
    assert (found[0].expected.kind, found[0].expected.text) == (ExpectedKind.RAISES, "ValueError")


def test_output_and_objects():
    found, _ = read(">>> print(f(1))\nhello")
    assert (found[0].call, found[0].expected.kind, found[0].expected.text) == (
        "print(f(1))",
        ExpectedKind.PRINTED,
        "hello",
    )
    found, _ = read(">>> f(1)\nPoint(x=1,\n      y=2)")
    assert (found[0].expected.kind, found[0].expected.text) == (ExpectedKind.SHOWN, "Point(x=1, y=2)")
    found, _ = read("Print it.\n>>> f(1)\n1", prints=True)
    assert found[0].expected.kind is ExpectedKind.PRINTED


def test_sessions_are_inlined_only_where_that_means_the_same():
    found, unread = read(">>> xs = [1, 2]\n>>> f(xs)\n3\n>>> f(xs)\n3")
    assert [case.call for case in found] == ["f([1, 2])"]
    assert unread == ()
    session = ">>> s = Stack([1, 2])\n>>> s.pop()\n2\n>>> s.pop()\n1"
    found, unread = read(session, name="pop", is_method=True)
    assert [case.call for case in found] == ["Stack([1, 2]).pop()"]
    assert unread == ("s.pop()",)


def test_unreadable_examples_are_reported_not_dropped():
    found, unread = read("f([1, 2]) -> a list of something")
    assert found == ()
    assert unread == ("f([1, 2]) -> a list of something",)
    found, unread = read(">>> for i in f(3):\n...     print(i)\n1")
    assert found == ()
    assert len(unread) == 1
    _, unread = read(">>>f(1)\n2")
    assert "doctest" in unread[0]


def test_duplicates_and_lines():
    document = 'def f(x):\n    """Doc.\n\n    >>> f(1)\n    2\n    >>> f(1)\n    2\n    """\n'
    found, _ = read_examples(
        "Doc.\n\n>>> f(1)\n2\n>>> f(1)\n2\n", name="f", is_method=False, prints=False, document=document, first_line=1
    )
    assert [(case.call, case.line) for case in found] == [("f(1)", 3)]


def test_examples_that_contradict_each_other_have_their_own_lines():
    text = "Doc.\n\n>>> f(1)\n2\n>>> f(1)\n2\n>>> f(1)\n3\n"
    found, _ = read_examples(
        text, name="f", is_method=False, prints=False, document=f'def f(x):\n"""{text}"""', first_line=1
    )
    assert [(case.call, case.expected.text, case.line) for case in found] == [("f(1)", "2", 3), ("f(1)", "3", 7)]


@pytest.mark.parametrize(
    "line",
    [
        "f(2) == 2 ** 3",
        "f(1, 2) == 1/3",
        "f(1000) == 1,000",
        "f('a') == 'a' * 3",
        "f(1) == [1] + [2]",
        "f(1) == [1, 2][0]",
        "f(1) == 'a'.upper()",
        "f(5) == 1, 2",
        "f(5) is 2 more than others",
        "f(5) is 50% of 8",
        "f(5) = 2 * 3 = 6",
        "f(1) returns 2 if odd",
        "f(1) returns 3 or 4",
        "-f(3) == 5",
        "f(1) + f(2) == 5",
        "not f(3) == True",
        "f(5) > f(4) == 3",
        "f(n + 1) == 3",
        "f(x.y) == 3",
        "f([x]) == 3",
        "f(...) -> 3",
    ],
)
def test_an_example_of_which_only_a_part_reads_is_not_an_example(line):
    """Cut to what reads, `f(1) == 1/2` would say 1, and code that does so would end VERIFIED."""
    assert read(line) == ((), (line,))


def test_lists_of_examples_and_bullets():
    for text in ("f(1) == 2, f(2) == 3 and f(3) == 4.", "- f(1) == 2\n* f(2) == 3\n3. f(3) ==> 4"):
        found, unread = read(text)
        assert [(case.call, case.expected.shown) for case in found] == [("f(1)", "2"), ("f(2)", "3"), ("f(3)", "4")]
        assert unread == ()


def test_doctests_with_bound_results():
    found, unread = read(">>> r = f(3)\n>>> r\n6")
    assert [(case.call, case.expected.shown) for case in found] == [("f(3)", "6")]
    found, unread = read(">>> x = [1]\n>>> f(x)\n>>> x\n[1, 2]")
    assert [case.call for case in found] == ["f([1])", "(lambda x: (f(x), x)[-1])([1])"]
    assert unread == ()
    found, unread = read(">>> f(1) == 2\n>>> f(2) [3]\n>>> f(3) < 4")
    assert [(case.call, case.expected.shown) for case in found] == [("f(1)", "2")]
    assert unread == ("f(2) [3]", "f(3) < 4")
    assert read(">>> f(1)  # doctest: +ELLIPSIS\n[1, ..., 3]") == ((), ("f(1)  # doctest: +ELLIPSIS",))


def read_described(docstring, parameters):
    found, unread = read_examples(docstring, name="f", is_method=False, prints=False, parameters=parameters)
    return [(case.call, case.expected.shown) for case in found], unread


@pytest.mark.parametrize(
    ("docstring", "parameters", "expected"),
    [
        ("Example 1:\n    Input: [4,2,3]\n    Output: [2, 1]\n    Explanation: 2.", ("arr",), [("f([4, 2, 3])", "[2, 1]")]),
        ("    Input: k = 3, arr = [1]\n    Output: [] # none", ("arr", "k"), [("f([1], 3)", "[]")]),
        ("Input: 'a b'\n\nOutput: True\n\nInput: ''\nOutput: false", ("s",), [("f('a b')", "True"), ("f('')", "False")]),
        ("input:\n[1]\noutput:\n2", ("xs",), [("f([1])", "2")]),
        ("For num = \"AB\" the output should be 1.", ("num",), [("f('AB')", "1")]),
        ("For s = \"ab\", c = \"b\" the result should be ('a',False)", ("s", "c"), [("f('ab', 'b')", "('a', False)")]),
        ('For N = 150, the sum of digits will be 6 the output should be "110".', ("N",), [("f(150)", "'110'")]),
        ("For lst = []  the output should be 0", ("lst",), [("f([])", "0")]),
        ("If n = 0, the function should return null.", ("n",), [("f(0)", "None")]),
        ("f(1, 4) => true\nf(3, 2) => false", ("x", "n"), [("f(1, 4)", "True"), ("f(3, 2)", "False")]),
        ("Check a string.\nf(a) => False\nf(abc) => True\nf(aa) => False", ("s",),
         [("f('a')", "False"), ("f('abc')", "True"), ("f('aa')", "False")]),
        # None of these says what one whole call returns.
        ("Input: a list\nOutput: a number", ("xs",), []),
        ("Input: [1]\nOutput: 2", (), []),
        ("Input: [1], 2\nOutput: 2", ("xs",), []),
        ("If k = 0 the result should be 1", ("xs", "k"), []),
        ("For n = 3 the result should be 2 more than n", ("n",), []),
        ("For n = m the result should be 2", ("n",), []),
        ("f(1) returns true if it is odd", ("n",), []),
        ("Check a string.\nf(a) => False\nf(b) => True", ("s",), []),
        ("Check.\nf(a) => False\nf(b) => True\nf(c) => True", ("s",), []),
        ("Check a string.\nf(a) => False\nf(b) => True\nf(c) => True\nf(3) => True", ("s",), [("f(3)", "True")]),
    ],
)  # fmt: skip
def test_examples_that_do_not_write_the_call(docstring, parameters, expected):
    assert read_described(docstring, parameters)[0] == expected


def test_described_examples_that_cannot_be_read_are_reported():
    assert read_described("Input: [1,\nOutput: 2", ("xs",)) == ([], ("Input: [1, Output: 2",))
    assert read_described("For n = 3 the result should be 2 more", ("n",))[1] == (
        "For n = 3 the result should be 2 more",
    )


@pytest.mark.parametrize(
    ("session", "read_as"),
    [
        # What a session did to an object before is not lost.
        (">>> a = [1]\n>>> a.append(2)\n>>> f(a)\n3", []),
        (">>> a = [1]\n>>> b = a\n>>> b.append(2)\n>>> f(a)\n3", []),
        (">>> a = [1, 2]\n>>> b = a.pop()\n>>> f(a)\n3", []),
        (">>> a = [1, 2]\n>>> len(a)\n2\n>>> f(a)\n3", [("f([1, 2])", "3")]),
        # Names that nobody knows where the call is evaluated.
        (">>> a, b = 1, 2\n>>> f(a)\n3", []),
        (">>> from math import pi\n>>> f(pi)\n3", []),
        (">>> import shop\n>>> shop.f(1)\n3", []),
        (">>> from shop import f\n>>> f(1)\n3", [("f(1)", "3")]),
        # What the function does to its argument or object.
        (
            ">>> xs = [3, 1]\n>>> k = 2\n>>> f(xs, k)\n>>> len(xs)\n2",
            [("f([3, 1], 2)", "None"), ("(lambda xs: (f(xs, 2), len(xs))[-1])([3, 1])", "2")],
        ),
        # Nothing is said of the function.
        (">>> print(f(1))", []),
        (">>> out = []\n>>> out.append(f(1))", []),
        (">>> f(1)  # doctest: +SKIP\n3", []),
        (">>> f(1)\n[1, ..., 3]", []),
        # A coroutine is run to its end.
        (">>> await f(1)\n3", [("f(1)", "3")]),
        (">>> import asyncio\n>>> asyncio.run(f(1))\n3", [("f(1)", "3")]),
        (">>> print(f(1))\n  a\n<BLANKLINE>\nb", [("print(f(1))", "prints   a\n\nb")]),
        (">>> print(f(1))\nLoading...", [("print(f(1))", "prints Loading...")]),
    ],
)
def test_sessions(session, read_as):
    found, unread = read(session)
    assert [(case.call, case.expected.shown) for case in found] == read_as
    assert bool(unread) is not bool(read_as)


def test_names_that_the_document_imports_may_be_used():
    document = 'from math import pi\n\n\ndef f(x):\n    """>>> from math import pi\n    >>> f(pi)\n    3\n    """\n'
    docstring = ">>> from math import pi\n>>> f(pi)\n3"
    found, _ = read_examples(docstring, name="f", is_method=False, prints=False, document=document)
    assert [case.call for case in found] == ["f(pi)"]
    document = document.replace("import pi", "import pi, tau", 1) + "\n\ndef broken(\n"
    found, _ = read_examples(docstring, name="f", is_method=False, prints=False, document=document)
    assert [case.call for case in found] == ["f(pi)"]


@pytest.mark.parametrize(
    "line",
    [
        "f(1) or f(2) == 3",
        "f(1) == 2 or f(2) == 3",
        "Wrong: f(3) == 5",
        "It must never be that f(3) == 5.",
        "Unlike there, here isn't f(3) == 5.",
        "f(3) == 5, which is wrong.",
        "f(7) == 7 // 2",
        "f(1) raises ValueError if strict",
        "f(1) raises KeyError or ValueError",
    ],
)
def test_what_is_denied_or_depends_is_no_example(line):
    found, unread = read(line)
    assert found == ()
    assert set(unread) == {line}


@pytest.mark.parametrize(
    "docstring",
    [
        "For n = " + " " * 5000 + "x",
        "For n = " + "the " * 5000 + "x",
        "Input:" + " " * 20_000,
        "A string.\n" + "-----\n" * 5000,
        "f(" + "-" * 20_000 + "1) == 2",
        ">>> f(" + "-" * 20_000 + "1)\n2",
        ">>> f(1" + "+1" * 3000 + ")\n2",
        f">>> f(1)\n{[1] * 50_000}",
    ],
    ids=["blanks", "words", "input", "rules", "prose", "doctest", "sum", "value"],
)
def test_odd_docstrings_are_read_soon_or_not_at_all(docstring):
    began = time.process_time()
    assert read(docstring)[0] == ()
    assert time.process_time() - began < 20  # it takes milliseconds; without bounds the first takes years


def test_no_example_is_dropped_silently():
    found, unread = read("\n".join(f">>> f({n})\n{n}" for n in range(103)))
    assert len(found) == 100
    assert unread[0] == "f(100) (only the first 100 examples are checked)"
    assert len(unread) == 3


@pytest.mark.parametrize(
    ("session", "shown", "unread"),
    [
        (">>> c = Cart([5])\n>>> c.add(3)\n>>> c.items\n[5, 3]", "(lambda c: (c.add(3), c.items)[-1])(Cart([5]))", ()),
        (">>> c = Cart()\n>>> c.add(3)\n>>> c.clear()\n>>> c.items\n[]",
         "(lambda c: (c.add(3), c.clear(), c.items)[-1])(Cart())", ()),
        (">>> c = Cart()\n>>> c.add(3)\n>>> c.rate = 2\n>>> c.items\n[3]", None, ("c.items",)),
        (">>> c = Cart()\n>>> d = Cart()\n>>> c.add(d)\n>>> c.items\n[3]", None, ("c.items",)),
        (">>> c = Cart()\n>>> x, y = 1, 2\n>>> c.add(3)\n>>> c.items[x]\n3", None, ("c.items[x]",)),
    ],
)  # fmt: skip
def test_what_a_method_did_to_its_object_is_looked_at(session, shown, unread):
    found, missed = read(session, name="add", is_method=True)
    assert ([case.call for case in found[1:]] or [None]) == [shown]
    assert missed == unread

"""Sample tests in problem statements become inputs with what is expected; what cannot be read says so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.statements import read_calls, read_program_task, read_samples

ATCODER = """\
Print the sum.

Input

The input is given from Standard Input in the following format:
A B

Output

Print the answer.

Sample Input 1

7 3

Sample Output 1

10

Seven and three
make ten.

Sample Input 2

..#
#..

Sample Output 2



There may be nothing to print; see the explanation of Sample Input 1.

Sample Input 3

1 1

Sample Output 3

2
3"""

CODEFORCES = """\
Output YES or NO.Sample Input 1:
6

abc

acb

bac

bca

cab

cba



Sample Output 1:

YES
YES
YES
NO
NO
YES


Note

In the first test case, nothing is to be done."""

COPIED = """\
Input
The first line contains n.

Output
Print n + 1.

Examples
Input
1
Output
2
Input
41
5
Output
42

Note
That is all."""

LEETCODE = """\
You are given nums and k.

Example 1:

Input: nums = [1,2], k = 3, s = "a, b = 2"
Output: 4
Explanation: 4 = 1 + 3.

Example 2:

Input: nums = [],
k = -1, s = ""
Output: true
Example 3:

Input: k = 2, nums = [[1.5,null]], s = "x"
Output: [["a"],null,2.50000]

Constraints:

1 <= k
"""
STARTER = "class Solution:\n    def f(self, nums: List[int], k: int, s: str) -> int:\n        "


def pairs(samples):
    return [(case.call, case.expected.text) for case in samples.cases]


def test_atcoder():
    """The output ends at the first blank line, and may be empty."""
    samples = read_samples(ATCODER)
    assert pairs(samples) == [("7 3\n", "10"), ("..#\n#..\n", ""), ("1 1\n", "2\n3")]
    assert samples.unread == ()


def test_more_blank_lines_after_every_heading_are_not_an_empty_output():
    text = "Sample Input 1\n\n\n3\n1 2 2\n\nSample Output 1\n\n\n8\n\nBecause.\n"
    assert pairs(read_samples(text)) == [("3\n1 2 2\n", "8")]


def test_an_explanation_in_short_paragraphs_is_no_doubled_output():
    text = "Sample Input 1\n\n123\n\nSample Output 1\n\nNo\n\nFor N=123:\n\n- 1 is not greater.\n\nThus, it is not.\n"
    assert pairs(read_samples(text)) == [("123\n", "No")]


def test_codeforces_copies_with_doubled_line_ends():
    assert pairs(read_samples(CODEFORCES)) == [("6\nabc\nacb\nbac\nbca\ncab\ncba\n", "YES\nYES\nYES\nNO\nNO\nYES")]


def test_input_and_output_in_turn():
    """The sections that describe the input come before the examples and are no samples."""
    assert pairs(read_samples(COPIED)) == [("1\n", "2"), ("41\n5\n", "42")]


def test_fences():
    text = "### Sample Input 1\n```\n3\n\n4\n```\n### Sample Output 1\n```text\n7\n\n8\n```\nBecause."
    assert pairs(read_samples(text)) == [("3\n\n4\n", "7\n\n8")]


def test_a_sample_without_counterpart_is_reported():
    samples = read_samples("Sample Input 1\n\n1\n\nSample Input 2\n\n2\n\nSample Output 2\n\n4\n")
    assert pairs(samples) == [("2\n", "4")]
    assert samples.unread == ("sample input 1 has no counterpart",)


def test_interactive():
    samples = read_samples("This is an interactive problem. Flush Standard Output after each line.")
    assert samples.cases == ()
    assert "conversation" in samples.unread[0]


def test_leetcode():
    """Arguments stand in the order of the parameters, whatever the order in the text."""
    task = read_program_task("f", LEETCODE, starter=STARTER)
    assert (task.entry, task.parameters) == ("Solution().f", ("nums", "k", "s"))
    assert [(case.call, case.expected.text) for case in task.examples] == [
        ("Solution().f([1, 2], 3, 'a, b = 2')", canonical(4)),
        ("Solution().f([], -1, '')", canonical(True)),
        ("Solution().f([[1.5, None]], 2, 'x')", canonical([["a"], None, 2.5])),
    ]
    assert task.unread_examples == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Input: nums = [1\nOutput: 4\n", "input is no literal"),
        ("Input: nums = [1], k = 2\nOutput: 4\n", "input is no literal"),
        ("Input: nums = [1]\nOutput: four\n", "output is no literal"),
        ("Input: nums = [1]\n", "no output"),
    ],
)
def test_calls_that_cannot_be_read_are_reported(text, reason):
    samples = read_calls(text, "Solution().f", ("nums",))
    assert samples.cases == ()
    assert samples.unread[0].startswith(reason)


def test_escapes_in_strings():
    text = 'Input: a = "\\\\", b = "x\\", y"\nOutput: 1\n'
    assert pairs(read_calls(text, "S().f", ("a", "b"))) == [("S().f('\\\\', 'x\", y')", "1")]


def test_other_names_are_taken_in_order():
    assert pairs(read_calls("Input: arr = [1], [2]\nOutput: null\n", "S().f", ("a", "b"))) == [
        ("S().f([1], [2])", "None")
    ]


def test_starter_code_with_two_methods_is_refused():
    with pytest.raises(ValueError, match="one method, it has 2"):
        read_program_task("f", "", starter="class Solution:\n    def a(self): ...\n    def b(self): ...\n")


@pytest.mark.parametrize(
    ("sentence", "any_answer"),
    [
        ("If multiple solutions exist, any of them will be accepted.", True),
        ("If there are several, you may print any of them.", True),
        ("Find the smallest; do not pick up any of its neighbours.", False),
        ("Operations are done any number of times in any order.", False),
    ],
)
def test_statements_that_accept_several_answers(sentence, any_answer):
    assert read_program_task("p", f"{sentence}\n\n{ATCODER}").any_answer is any_answer


def test_words_in_an_explanation_do_not_count():
    assert not read_program_task("p", f"{ATCODER}\n\nYou may print any of them.").any_answer


def test_any_order_counts_for_what_is_returned():
    assert read_program_task("p", "Return the strings in any order.\nExample 1:\n", starter=STARTER).any_answer
    assert not read_program_task("p", "Do it in any order. Return n.\nExample 1:\n", starter=STARTER).any_answer


def test_tolerance():
    text = "Your output is correct if the absolute or relative error from the true value is at most 10^{-6}.\n"
    assert read_program_task("p", text + ATCODER).tolerance == pytest.approx(1e-6)
    assert read_program_task("p", ATCODER).tolerance == 0.0


_WORDS = st.text("abc019.#-", min_size=1, max_size=6)
_TEXT = st.lists(st.lists(_WORDS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=4).map("\n".join)


@settings(max_examples=100, deadline=None)
@given(samples=st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=4, unique_by=lambda s: s[0]), crlf=st.booleans())
def test_any_samples_come_back(samples, crlf):
    text = "Solve it.\n\n" + "\n\n".join(
        f"Sample Input {n}\n\n{given_}\n\nSample Output {n}\n\n{wanted}\n\nSo it is."
        for n, (given_, wanted) in enumerate(samples, 1)
    )
    task = read_program_task("p", text.replace("\n", "\r\n") if crlf else text)
    assert [(case.call, case.expected.text) for case in task.examples] == [(f"{a}\n", b) for a, b in samples]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text("ab ,='[]\\", max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(values=st.tuples(_JSON, _JSON), wanted=_JSON)
def test_any_json_values_come_back(values, wanted):
    import json

    text = (
        f"Example 1:\n\nInput: a = {json.dumps(values[0])}, b = {json.dumps(values[1])}\nOutput: {json.dumps(wanted)}\n"
    )
    samples = read_calls(text, "S().f", ("a", "b"))
    assert pairs(samples) == [(f"S().f({values[0]!r}, {values[1]!r})", canonical(wanted))]

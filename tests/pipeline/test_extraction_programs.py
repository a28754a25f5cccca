"""Whole programs leave model text complete: the right block, or several of them, and with their entry."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas_pipeline.extraction import extract_program

PROGRAM = "import sys\n\n\ndef main():\n    n = int(input())\n    print(n * 2)\n\n\nmain()"
CLASS = "class Solution:\n    def f(self, x: int) -> int:\n        return self.g(x)\n\n    def g(self, x):\n        return x"


@pytest.mark.parametrize(
    "text",
    [
        PROGRAM,
        f"```python\n{PROGRAM}\n```",
        f"```\n{PROGRAM}\n```",
        f"```python\n```python\n{PROGRAM}\n```\n```",
        f"Think.\n\n```python\n{PROGRAM}\n```\n\nInput:\n```\n3\n```\nOutput:\n```\n6\n```",
        f"```python\nn = int(input())\nprint(n + n)\n```\nBetter:\n```python\n{PROGRAM}\n```\nTest:\n```python\nprint(main())\n```",
        f"```cpp\nint main() {{}}\n```\n```python\n{PROGRAM}\n```",
        f"Here is the program:\n\n{PROGRAM}\n\nIt doubles.",
        f"```python\n{PROGRAM}",
        f"<think>```python\nprint(input())\n```</think>```python\n{PROGRAM}\n```",
        f"   ```python\n   {PROGRAM.replace(chr(10), chr(10) + '   ')}\n   ```",
    ],
)
def test_main_programs(text):
    body = extract_program(text).body
    assert body is not None
    assert body.split() == PROGRAM.split()


def test_a_program_in_two_blocks_is_put_together():
    definitions, call = PROGRAM.rsplit("\n\n\n", 1)
    text = f"```python\n{definitions}\n```\nAnd then run it:\n```python\n{call}\n```"
    assert extract_program(text).body == f"{definitions}\n\n{call}"


def test_a_main_that_is_never_called_stays_so():
    definitions = PROGRAM.rsplit("\n\n\n", 1)[0]
    assert extract_program(f"```python\n{definitions}\n```").body == definitions


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CLASS}\n```",
        f"```python\nclass Solution:\n    def f(self, x):\n        return 0\n```\nNo:\n```python\n{CLASS}\n```\n```python\nprint(Solution().f(1))\n```",
    ],
)
def test_classes(text):
    assert extract_program(text, entry="Solution().f").body == CLASS


@pytest.mark.parametrize("head", ["def f(x):", "def f(self, x):"])
def test_a_bare_function_is_put_into_its_class(head):
    body = extract_program(f"```python\n{head}\n    return x + 1\n```", entry="Solution().f").body
    names: dict[str, object] = {}
    exec(body, names)
    assert eval("Solution().f(1)", names) == 2


@pytest.mark.parametrize(
    ("text", "entry", "reason"),
    [
        ("", "", "no code"),
        ("I am sorry.", "", "no code"),
        ("```python\ndef f(:\n```", "", "does not parse"),
        ("<think>on and on", "", "thinking"),
        (f"```python\n{PROGRAM}\n```", "Solution().f", "does not define Solution.f"),
    ],
)
def test_no_program_has_a_reason(text, entry, reason):
    extracted = extract_program(text, entry=entry)
    assert extracted.body is None
    assert reason in extracted.reason


def test_cut_off_programs():
    text = f"```python\n{PROGRAM}\nprint('and th"
    assert extract_program(text).body is None
    assert extract_program(text, truncated=True).body == PROGRAM


_LINES = st.lists(
    st.sampled_from(
        ["n = int(input())", "print(n)", "for i in range(n):\n    print(i)", 's = """\n```\n"""', "import math"]
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=150, deadline=None)
@given(
    lines=_LINES,
    before=st.sampled_from(["", "Sure:\n\n", "# Plan\n\n1. Read n\n\n"]),
    after=st.sampled_from(["", "\n\nDone.", "\n\nSample:\n```\n3\n1 2\n```"]),
    fence=st.sampled_from(["```python", "```", "~~~py", "```Python"]),
    crlf=st.booleans(),
)
def test_any_wrapping_gives_the_program_back(lines, before, after, fence, crlf):
    program = "\n".join(["n = int(input())", *lines, "print(n)"])
    text = f"{before}{fence}\n{program}\n{fence[:3]}{after}"
    body = extract_program(text.replace("\n", "\r\n") if crlf else text).body
    assert body == program

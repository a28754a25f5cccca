"""Code leaves model text as a body that parses, or not at all."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas_pipeline import layout
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.functions import Document, make_task

SOURCE = 'import os\n\n\ndef total(nums, k):\n    """Return the total."""\n'
METHOD = 'class Bag:\n    def total(self):\n        """Return the total."""\n'


def task(source=SOURCE):
    document = Document(source)
    return make_task(document, document.functions()[0])


WANTED = "kept = [x for x in nums if x > k]\nif not kept:\n    return 0\nreturn sum(kept)"
INDENTED = layout.indent(WANTED, by="    ")
FUNCTION = f'def total(nums, k):\n    """Return the total."""\n{INDENTED}'


@pytest.mark.parametrize(
    "text",
    [
        INDENTED,
        WANTED,
        INDENTED.lstrip(),
        INDENTED + "\n\n\ndef other():\n    return 1\n",
        f"```python\n{FUNCTION}\n```",
        f"Sure! Here it is:\n\n```python\n{FUNCTION}\n```\nIt sums. `total([1], 2)` is 0.",
        f"```\n{INDENTED}\n```",
        f"```py\n{FUNCTION}",
        FUNCTION,
        FUNCTION.replace("    ", "\t"),
        FUNCTION.replace("    ", "  "),
        FUNCTION.replace("\n", "\r\n"),
        f"<think>Let me think:\n```python\ndef total(nums, k): return 3\n```\n</think>\n\n```python\n{FUNCTION}\n```",
        f"```python\nprint(total([1], 2))\n```\nand\n```python\n{FUNCTION}\n```",
        f"class Solution:\n{layout.indent(FUNCTION, by='    ')}",
        f"def total(nums, k):\n    pass\n\n\n{FUNCTION}",
        f"1. First:\n   ```python\n{layout.indent(FUNCTION, by='   ', unit='    ')}\n   ```",
    ],
)
def test_wrappings(text):
    assert extract_body(text, task()).body == WANTED


def test_helpers_and_imports_come_along():
    text = "import os\nimport math\n\n\ndef helper(x):\n    return math.floor(x)\n\n\ndef unused():\n    pass\n\n\n" + (
        "def total(nums, k):\n    return sum(helper(x) for x in nums)\n"
    )
    body = extract_body(text, task()).body
    assert body == "import math\ndef helper(x):\n    return math.floor(x)\nreturn sum(helper(x) for x in nums)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no code|not parse"),
        ("I cannot do that.", "not parse"),
        ("<think>hmm", "thinking"),
        ("    pass\n", "empty body"),
        ("def total(nums, k):\n    ...\n", "not parse|empty"),
        ("    return (\n", "not parse"),
        ("```python\n```", "no code|not parse"),
    ],
)
def test_no_code_has_a_reason(text, reason):
    extracted = extract_body(text, task())
    assert extracted.body is None
    assert any(part in extracted.reason for part in reason.split("|")), extracted.reason


def test_truncated_answers_lose_their_last_incomplete_statement_only_when_cut_off():
    text = "    a = 1\n    b = [x for\n"
    assert extract_body(text, task()).body is None
    assert extract_body(text, task(), truncated=True).body == "a = 1"


def test_methods():
    text = (
        "class Bag:\n    def other(self):\n        return 0\n\n    def total(self):\n        return sum(self.items)\n"
    )
    assert extract_body(text, task(METHOD)).body == "return sum(self.items)"


_LINES = st.sampled_from(
    [
        "x = 1",
        "if x:\n    y = 2\nelse:\n    y = 3",
        'text = """a\n  b\n"""',
        "for i in range(3):\n    x += i",
        "z = [\n    1,\n    2,\n]",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    statements=st.lists(_LINES, min_size=1, max_size=4),
    unit=st.sampled_from(["  ", "    ", "\t", "        "]),
    shape=st.sampled_from(["body", "function", "fenced"]),
    before=st.sampled_from(["", "Here you are:\n\n", "Let me see. `total` it is.\n"]),
)
def test_any_wrapping_gives_the_same_program(statements, unit, shape, before):
    body = "\n".join([*statements, "return x"])
    inner = layout.indent(body, by=unit, unit=unit)
    text = {"body": inner, "function": f"def total(nums, k):\n{inner}\n"}.get(
        shape, f"{before}```python\ndef total(nums, k):\n{inner}\n```\n"
    )
    extracted = extract_body(text, task()).body
    assert extracted is not None
    wrap = "def f():\n{}"
    assert ast.dump(ast.parse(wrap.format(layout.indent(extracted, by="    ")))) == ast.dump(
        ast.parse(wrap.format(layout.indent(body, by="    ")))
    )


def test_long_and_broken_answers_end_soon():
    """Only counts: each dropped line costs a parse, so their number is bounded."""
    text = "    return [\n" + "        1,\n" * 3000
    assert extract_body(text, task(), truncated=True).body is None
    assert extract_body("x = 1\n" * 20_000, task()).body is None


@pytest.mark.parametrize(
    "template", ["    return 1\n    \fimport os\n", "```python\nreturn 1\n\fos = 5\n```", "return 1\n\fos = 5\n"]
)
def test_no_body_leaves_its_function(template):
    # To Python a form feed begins a line anew: what follows it would stand at the top level of the user's file.
    body = extract_body(template, task()).body
    assert body is None or len(ast.parse(f"def _():\n{layout.indent(body, by='    ')}\n").body) == 1

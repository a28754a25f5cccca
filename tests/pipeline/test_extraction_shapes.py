"""Shapes of model answers that cost a candidate where they are not read: each one is a real habit of models."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas_pipeline import layout
from atlas_pipeline.code_blocks import blocks, mended
from atlas_pipeline.edit import solved_document
from atlas_pipeline.extraction import extract_body
from atlas_pipeline.functions import Document, make_task

SOURCE = 'import os\n\n\ndef total(nums, k):\n    """Return the total."""\n'
METHOD = 'class Bag:\n    def total(self, k):\n        """Return the total."""\n'
BODY = "kept = [x for x in nums if x > k]\nreturn sum(kept)"
FUNCTION = f"def total(nums, k):\n{layout.indent(BODY, by='    ')}"


def task(source=SOURCE):
    document = Document(source)
    return make_task(document, document.functions()[-1])


def run(source, body, call):
    """Put the body in place and evaluate a call of the document."""
    text = solved_document(task(source), body)
    names: dict[str, object] = {}
    exec(compile(text, "answer", "exec"), names)
    return eval(call, names)


@pytest.mark.parametrize(
    "text",
    [
        f"~~~python\n{FUNCTION}\n~~~",
        f"````markdown\nText\n````\n```python\n{FUNCTION}\n```",
        f"```python\n```python\n{FUNCTION}\n```\n```",
        f"```python\n{FUNCTION}\n\nThat is it.\n```python\nprint(total([1], 0))\n```",
        f"Here: ```python\n{FUNCTION}\n```",
        f"```python\n{FUNCTION}```",
        f"```bash\npip install nothing\n```\n```python\n{FUNCTION}\n```\n```text\n3\n```",
        f"```python\n{FUNCTION}\n```\nIt is called like this:\n```python\nresult = total([1], 0)\nprint(result)\n```",
        f"Sure! Here is the function:\n\n{FUNCTION}\n\nThis keeps what is larger.",
        f"[THINK]def total(nums, k): return 1[/THINK]\n{FUNCTION}",
        f"<thinking>\nHm.\n</thinking>\n```python\n{FUNCTION}\n```",
        f"\ufeff```python\n{FUNCTION}\n```",
        "```python\n" + FUNCTION.replace("    ", "\u00a0\u00a0\u00a0\u00a0") + "\n```",
        "```python\n" + FUNCTION.replace("\n", "\r\n") + "\r\n```",
        f"```python\n{FUNCTION.replace('(nums, k)', '(nums: list[int], k: int = 3) -> int')}\n```",
        f"```python\n@some.decorator\n{FUNCTION}\n```",
        f"```python\n{layout.indent(FUNCTION, by='      ')}\n```",
        f"```python\n{layout.indent(FUNCTION, by='', unit=chr(9))}\n```",
        f"```python\nif __name__ == '__main__':\n    print(total([1], 2))\n\n{FUNCTION}\n```",
        f'```python\n"""Return the total."""\n{BODY}\n```',
        f"```python\n{layout.indent(BODY, by='        ')}\n```",
        f"    import os\n\n{layout.indent(FUNCTION, by='    ')}\n",
        f"{layout.indent(BODY, by='    ')}\n\n\ndef total(nums, k):\n    return 'another one'\n",
    ],
)
def test_shapes(text):
    assert extract_body(text, task()).body == BODY


def test_the_last_complete_definition_is_meant():
    wrong = "def total(nums, k):\n    return 0"
    stub = "def total(nums, k):\n    pass"
    text = f"First try:\n```python\n{wrong}\n```\nWait, k counts:\n```python\n{FUNCTION}\n```\nShape:\n```python\n{stub}\n```"
    assert extract_body(text, task()).body == BODY


def test_a_fence_in_a_docstring_does_not_end_the_block():
    inner = 'def total(nums, k):\n    """Add.\n\n    ```python\n    total([1], 0)\n    ```\n    """\n'
    text = f"```python\n{inner}{layout.indent(BODY, by='    ')}\n```\nDone."
    assert extract_body(text, task()).body == BODY
    assert [block.text.count("```") for block in blocks(text)] == [2]


def test_typographic_characters_stay_in_strings():
    code = "return “it’s” + 'a\u00a0“b”'  # – here\u00a0too"
    assert mended(code) == "return \"it’s\" + 'a\u00a0“b”'  # – here\u00a0too"
    assert mended("if a ≤ b:\u00a0\n\u00a0\u00a0\u00a0\u00a0return −1") == "if a <= b: \n    return -1"
    assert mended("return “open") is None


def test_parameters_under_other_names_get_their_values():
    text = "```python\ndef total(numbers, limit):\n    return sum(x for x in numbers if x > limit)\n```"
    body = extract_body(text, task()).body
    assert body == "numbers, limit = nums, k\nreturn sum(x for x in numbers if x > limit)"
    assert run(SOURCE, body, "total([1, 5, 7], 2)") == 12


def test_one_more_parameter_with_a_default():
    text = "```python\ndef total(nums, k, start=0):\n    return start + sum(nums) * k\n```"
    body = extract_body(text, task()).body
    assert run(SOURCE, body, "total([1, 5], 2)") == 12


def test_recursion_through_one_more_parameter_keeps_its_definition():
    text = (
        "```python\ndef total(nums, k, i=0):\n    return 0 if i == len(nums) else nums[i] + total(nums, k, i + 1)\n```"
    )
    body = extract_body(text, task()).body
    assert run(SOURCE, body, "total([1, 5], 2)") == 6


def test_a_cache_on_recursion_is_kept():
    source = 'def fib(n):\n    """Return the nth."""\n'
    text = "```python\nfrom functools import lru_cache\n\n@lru_cache(None)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\n```"
    body = extract_body(text, task(source)).body
    assert run(source, body, "fib(80)") == 23416728348467685


def test_another_signature_is_refused_with_both():
    extracted = extract_body("```python\ndef total(a, b, c):\n    return a\n```", task())
    assert extracted.body is None
    assert extracted.reason == "the function in the answer takes (a, b, c), the one asked for takes (nums, k)"


def test_a_method_in_answer_to_a_function_keeps_its_class():
    text = """```python
import math

class Solution:
    def __init__(self):
        self.seen = 0

    def add(self, x):
        self.seen += math.floor(x)

    def total(self, nums, k):
        for x in nums:
            if x > k:
                self.add(x)
        return self.seen
```"""
    body = extract_body(text, task()).body
    assert run(SOURCE, body, "total([1, 5, 7], 2)") == 12


def test_a_method_that_does_not_use_its_object_is_a_function():
    text = f"```python\nclass Solution:\n{layout.indent(FUNCTION.replace('(nums', '(self, nums'), by='    ')}\n```"
    assert extract_body(text, task()).body == BODY


def test_methods_of_the_answer_that_the_document_lacks_become_local():
    source = 'class Bag:\n    items = [1, 5, 7]\n\n    def size(self):\n        return 3\n\n    def total(self, k):\n        """Return the total."""\n'
    text = """```python
class Bag:
    def size(self):
        return 99

    def _large(self, k):
        return [x for x in self.items if self._is_large(x, k)]

    @staticmethod
    def _is_large(x, k):
        return x > k

    def total(self, k):
        return sum(self._large(k)) + self.size()
```"""
    body = extract_body(text, task(source)).body
    assert run(source, body, "Bag().total(2)") == 15
    assert "99" not in body


def test_the_own_class_comes_before_another_one():
    text = "class Other:\n    def total(self, k):\n        return 1\n\n\nclass Bag:\n    def total(self, k):\n        return 2\n\n\nclass More:\n    def total(self, k):\n        return 3\n"
    assert extract_body(f"```python\n{text}```", task(METHOD)).body == "return 2"


def test_cut_off_definitions_lose_their_last_statement():
    text = f"```python\n{FUNCTION.replace('return sum(kept)', 'if not kept:')}\n        return 0\n    return sum(kep"
    assert extract_body(text, task()).body is None
    body = extract_body(text, task(), truncated=True).body
    assert body == "kept = [x for x in nums if x > k]\nif not kept:\n    return 0"


def test_too_long_answers_say_how_long():
    assert "60,001 characters" in extract_body("x" * 60_001, task()).reason


_STATEMENTS = st.sampled_from(
    [
        "x = 1",
        "if x:\n    y = 2\nelse:\n    y = 3",
        'text = """a\n  ```b\n"""',
        "for i in range(3):\n    x += i",
        "z = [\n    1,\n    2,\n]",
        "name = 'it\u2019s \u201chere\u201d'",
        "def inner(a):\n    return a * 2",
    ]
)
_PROSE = st.sampled_from(
    ["Sure.", "Here is `total`:", "It's simple: keep, then add.", "1. Filter\n2. Add", "Note (k > 0)!", "**Answer**"]
)


@settings(max_examples=150, deadline=None)
@given(
    statements=st.lists(_STATEMENTS, min_size=1, max_size=4),
    unit=st.sampled_from(["  ", "   ", "    ", "\t", "        "]),
    before=st.lists(_PROSE, max_size=3),
    after=st.lists(_PROSE, max_size=3),
    fence=st.sampled_from(["```python", "```py", "```", "~~~python", "````python", "```Python3", "``` python"]),
    closed=st.booleans(),
    margin=st.sampled_from(["", "   ", "\t"]),
    shape=st.sampled_from(["body", "function", "typed", "class"]),
    thinking=st.sampled_from(["", "<think>\n```python\ndef total(nums, k):\n    return None\n```\n</think>\n\n"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_any_wrapping_gives_the_body_back(
    statements, unit, before, after, fence, closed, margin, shape, thinking, newline
):
    body = "\n".join([*statements, "return x"])
    if shape == "body":
        code = layout.indent(body, by=unit, unit=unit)
    else:
        head = "def total(nums: list[int], k: int) -> int:" if shape == "typed" else "def total(nums, k):"
        code = f'{head}\n{unit}"""Again."""\n{layout.indent(body, by=unit, unit=unit)}'
        if shape == "class":
            code = f"class Answer:\n{unit}{head}\n{layout.indent(body, by=unit * 2, unit=unit)}"
    code = layout.indent(code, by=margin, unit="    ") if "\t" not in unit and unit == "    " else code
    end = ["", *([fence[:4] if fence.startswith("````") else fence[:3]] if closed else [])]
    text = "\n".join([*before, fence, code]) + "\n".join([*end, *(after if closed else [])])
    extracted = extract_body((thinking + text).replace("\n", newline), task())
    assert extracted.body is not None, extracted.reason
    wrap = "def f():\n{}"
    assert ast.dump(ast.parse(wrap.format(layout.indent(extracted.body, by="    ")))) == ast.dump(
        ast.parse(wrap.format(layout.indent(body, by="    ")))
    )


@settings(max_examples=120, deadline=None)
@given(st.text("ab`~ \n\t():=\"'#<>/\u00a0\u201c", max_size=80))
def test_nothing_that_parses_not_comes_out_and_nothing_raises(text):
    body = extract_body(text, task()).body
    assert body is None or ast.parse(f"async def f():\n{textwrap.indent(body, '    ')}\n")

"""Tests written for a project's suite: what may be written, how it reads, where it goes."""

import ast

import pytest

from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.placing_tests import file_of_tests, import_name
from atlas_pipeline.records import Property
from atlas_pipeline.sandbox.api import Outcome, OutcomeKind
from atlas_pipeline.sandbox.canonical import canonical
from atlas_pipeline.written_tests import gather, imports, into, names_to_import, render

SOURCE = '''from os import sep

LIMIT = 3


class Point:
    pass


def total(nums):
    """Sum.

    >>> total([1, 2])
    3
    >>> total(None)
    Traceback (most recent call last):
    TypeError: no
    >>> total([LIMIT])
    3
    """
    return sum(nums)
'''


def task(source=SOURCE, name="total"):
    document = Document(source)
    return make_task(document, document.named(name))


def returned(value, **more):
    return Outcome(kind=OutcomeKind.RETURNED, value=canonical(value), shown=repr(value), **more)


def seen(**values):
    """Return outcomes by call: `seen(a=1)` is what `total(a)` gives."""
    return {f"total({name})": returned(value) for name, value in values.items()}


def test_only_what_enough_samples_agree_on_is_written():
    calls = ["total(a)", "total(b)", "total(c)"]
    voters = [seen(a=1, b=n, c=5) for n in (1, 2, 3)] + [seen(a=1, b=4, c=6)]
    tests = gather(task(), calls, (), voters, None)
    assert tests.agreed == (("total(a)", "1", 4), ("total(c)", "5", 3))
    assert gather(task(), calls, (), voters[:2], None).agreed == ()


def test_what_the_body_does_not_do_is_left_out_and_counted():
    voters = [seen(a=1, b=2)] * 3
    tests = gather(task(), ["total(a)", "total(b)"], (), voters, seen(a=1, b=3))
    assert [call for call, _, _ in tests.agreed] == ["total(a)"]
    assert tests.against_body == 1


def test_side_effects_and_objects_are_no_tests():
    changed = {"total(a)": returned(1, changed_arguments="{0: []}")}
    assert gather(task(), ["total(a)"], (), [changed] * 3, None).agreed == ()
    odd = {"total(a)": Outcome(kind=OutcomeKind.RETURNED, value="<Point>", shown="<Point>")}
    assert gather(task(), ["total(a)"], (), [odd] * 3, None).agreed == ()


def test_properties_have_to_hold():
    law = Property(calls=("total(a)",), predicate="_0 >= 0", shown="total(a) >= 0")
    broken = Property(calls=("total(a)",), predicate="_0 < 0", shown="total(a) < 0")
    tests = gather(task(), [], [law, broken], [seen(a=1)] * 3, None)
    assert tests.properties == ((law, 3),)
    assert gather(task(), [], [law], [seen(a=1)] * 3, seen(a=-1)).properties == ()


def test_each_test_says_where_it_comes_from_and_runs():
    law = Property(calls=("total([])",), predicate="_0 == 0", shown="total([]) == 0")
    voters = [{"total([])": returned(0), "total([5])": returned(5), "total([True])": returned(True)}] * 3
    of = task()
    tests = gather(of, ["total([5])", "total([True])"], [law], voters, None)
    text = render(of, tests, model="Tiny Q4", taken=frozenset({"test_total"}))
    assert "# Given in the docstring of total." in text
    assert "assert total([5]) == 5  # 3 of 3" in text
    assert "assert total([True]) is True  # 3 of 3" in text
    assert "Properties that Tiny Q4 wrote" in text
    assert "what the samples of Tiny Q4 agree on" in text
    assert "with pytest.raises(TypeError):\n        total(None)" in text
    names = [node.name for node in ast.parse(text).body]
    assert names == ["test_total_2", "test_total_3", "test_total_4"]
    assert names_to_import(of, tests) == ("LIMIT", "total")
    assert imports(of, tests, "shop.sums") == ["import pytest", "from shop.sums import LIMIT, total"]


def test_coroutines_are_run():
    of = task('async def get(x):\n    """Get.\n\n    >>> await get(1)\n    1\n    """\n', "get")
    tests = gather(of, ["get(2)"], (), [{"get(2)": returned(2)}] * 3, None)
    text = render(of, tests, model="m")
    assert "assert asyncio.run(get(2)) == 2" in text
    assert "import asyncio" in imports(of, tests, "m")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import a\ndef t(): ...\n"),
        ("import a\n", "import a\n\n\ndef t(): ...\n"),
        ("import b\n\nx = 1\n", "import b\nimport a\n\nx = 1\n\n\ndef t(): ...\n"),
        ('"""Doc."""\nx = 1', '"""Doc."""\nimport a\nx = 1\n\n\ndef t(): ...\n'),
        ("x = 1\n", "import a\n\nx = 1\n\n\ndef t(): ...\n"),
        ("import b\r\n", "import b\r\nimport a\r\n\r\n\r\ndef t(): ...\r\n"),
    ],
)
def test_tests_go_behind_what_is_there(before, after):
    found = into(before, ["import a"], "def t(): ...\n")
    assert found.replace("\r\n", "\n").replace("\n\n\ndef", "\ndef") == after.replace("\r\n", "\n").replace(
        "\n\n\ndef", "\ndef"
    )
    assert ("\r\n" in before) == ("\r\n" in found)


def test_the_test_file_of_a_document(tmp_path):
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "src/shop/__init__.py").touch()
    path = tmp_path / "src/shop/cart.py"
    assert file_of_tests(path, tmp_path) == tmp_path / "src/shop/test_cart.py"
    (tmp_path / "tests/other").mkdir(parents=True)
    assert file_of_tests(path, tmp_path) == tmp_path / "tests/test_cart.py"
    for folder in ("other", "shop"):
        (tmp_path / "tests" / folder).mkdir(exist_ok=True)
        (tmp_path / "tests" / folder / "test_cart.py").touch()
    assert file_of_tests(path, tmp_path) == tmp_path / "tests/shop/test_cart.py"
    assert import_name(path) == "shop.cart"
    assert import_name(tmp_path / "src/shop/__init__.py") == "shop"
    with pytest.raises(UsageError, match="cannot be imported"):
        import_name(tmp_path / "my-script.py")
    with pytest.raises(UsageError, match="test file itself"):
        file_of_tests(tmp_path / "test_cart.py", tmp_path)

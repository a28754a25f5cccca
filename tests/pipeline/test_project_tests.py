"""Tests of the project become cases: what is read, what is not, and why."""

import pytest

from atlas_pipeline.context import Modules, WorkspaceFiles
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.project_tests import MOST_CASES, read_project_tests
from atlas_pipeline.records import ExpectedKind, Provenance

SHOP = '''from decimal import Decimal
from enum import Enum


class Color(Enum):
    RED = 1


class Cart:
    def __init__(self, items=()):
        self.items = list(items)

    def total(self, rate=1):
        """Return the total."""

    def later(self):
        """Return self."""
        raise NotImplementedError


def total(items, rate=1):
    """Return the total.

    >>> total([7])
    7
    """


def is_full(items) -> bool:
    """Tell."""


async def fetch(n):
    """Fetch."""


def stub(x):
    """Not written yet."""
'''


@pytest.fixture
def project(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("from .cart import Cart, total\n")
    (tmp_path / "shop" / "cart.py").write_text(SHOP)
    return tmp_path


def read(root, test=None, *, qualname="total", name="tests/test_cart.py", source=SHOP, path="shop/cart.py"):
    if test is not None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(test)
    document = Document(source)
    task = make_task(document, document.named(qualname), path=str(root / path))
    return read_project_tests(task, Modules(task, WorkspaceFiles(root)))


def cases(found):
    return [(case.call, case.expected.shown) for case in found.cases]


def body(*lines, imports="from shop.cart import *\nfrom shop.cart import total, is_full, Cart, Color"):
    return (
        f"import asyncio\nimport unittest\nimport pytest\n{imports}\n\n\ndef test_it():\n    "
        + "\n    ".join(lines)
        + "\n"
    )


@pytest.mark.parametrize(
    ("statement", "call", "shown", "kind"),
    [
        ("assert total([1, 2]) == 3", "total([1, 2])", "3", "value"),
        ("assert 3 == total([1, 2])", "total([1, 2])", "3", "value"),
        ("assert total([1], rate=2) == {'a': [None]}, 'why'", "total([1], rate=2)", "{'a': [None]}", "value"),
        ("assert total([1]) is None", "total([1])", "None", "value"),
        ("assert total([-1]) == -1", "total([-1])", "-1", "value"),
        ("assert total([1])", "bool(total([1]))", "True", "value"),
        ("assert not total([1])", "bool(total([1]))", "False", "value"),
        ("assert sorted(total([1]))[0] == 1", "sorted(total([1]))[0]", "1", "value"),
        ("assert total([1])[1:] == 'a'", "total([1])[1:]", "'a'", "value"),
        ("assert total([Color.RED]) == 1", "total([Color.RED])", "1", "value"),
        ("self.assertEqual(total([1]), 1)", "total([1])", "1", "value"),
        ("self.assertEqual(1, total([1]), 'why')", "total([1])", "1", "value"),
        ("self.assertTrue(total([1]))", "bool(total([1]))", "True", "value"),
        ("self.assertTrue(total([1]) == 5)", "total([1])", "5", "value"),
        ("self.assertFalse(total([1]))", "bool(total([1]))", "False", "value"),
        ("self.assertIsNone(total([1]))", "total([1])", "None", "value"),
        ("self.assertRaises(ValueError, total, None, rate=2)", "total(None, rate=2)", "raises ValueError", "raises"),
        ("pytest.raises(ValueError, total, None)", "total(None)", "raises ValueError", "raises"),
        ("self.assertRaises(ValueError, lambda: total(3))", "total(3)", "raises ValueError", "raises"),
        ("with pytest.raises(ValueError, match='x'): total(None)", "total(None)", "raises ValueError", "raises"),
        ("with self.assertRaises(shop.CartError) as e: total(None)", "total(None)", "raises CartError", "raises"),
        ("with self.subTest('a'): assert total([1]) == 1", "total([1])", "1", "value"),
    ],
)
def test_forms_that_are_read(project, statement, call, shown, kind):
    (case,) = read(project, body(statement)).cases
    assert (case.call, case.expected.shown) == (call, shown)
    assert case.expected.kind is ExpectedKind(kind)
    assert case.provenance is Provenance.PROJECT
    assert (case.source, case.line) == ("tests/test_cart.py:9", None)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("assert total(items) == 3", "items is nothing that the function's file knows"),
        ("assert total([1]) == pytest.approx(1)", "pytest is nothing that the function's file knows"),
        ("assert total([1]) == Color.RED", "Color.RED is not a literal"),
        ("assert total([1]) != 2", "it says what the value is not"),
        ("assert total([1]) > 2", "it compares in another way than with =="),
        ("assert total([1]) == 1 and total([2]) == 2", "it compares in another way than with =="),
        ("assert total([1]) == total([1])", "both sides call the function"),
        ("assert total([x for x in (1, 2)]) == 3", "[x for x in (1, 2)] is not a literal"),
        ("assert total(stub(1)) == 3", "it needs stub, which is not written yet"),
        ("assert total(Cart().later()) == 3", "it needs later, which is not written yet"),
        ("self.assertIn(total([1]), [1])", "assertIn is not one of the assertions"),
        ("with pytest.raises(Exception): total(1)", "any kind of Exception would do"),
        ("with pytest.raises((ValueError, TypeError)): total(1)", "it accepts several exceptions"),
        ("with freeze(): assert total([1]) == 1", "it runs inside another context manager"),
        ("if True: assert total([1]) == 1", "it stands under a condition or in a loop"),
        ("for i in range(3): assert total([i]) == i", "it stands under a condition or in a loop"),
    ],
)
def test_what_is_not_read_is_said_with_the_reason(project, statement, reason):
    found = read(project, body(statement, imports="from shop.cart import *"))
    assert found.cases == ()
    (unread,) = found.unread
    assert reason in unread.reason
    assert unread.source == "tests/test_cart.py:8"


@pytest.mark.parametrize(
    ("imports", "call", "counts"),
    [
        ("from shop.cart import total", "total", True),
        ("from shop import total", "total", True),
        ("from shop.cart import total as t", "t", True),
        ("import shop", "shop.total", True),
        ("import shop", "shop.cart.total", True),
        ("import shop.cart", "shop.cart.total", True),
        ("import shop.cart as c", "c.total", True),
        ("from shop import cart", "cart.total", True),
        ("from shop import cart as c", "c.total", True),
        ("from shop.cart import *", "total", True),
        ("from shop import *", "total", True),
        ("from ..shop.cart import total", "total", True),
        ("try:\n    from shop.cart import total\nexcept ImportError:\n    pass", "total", True),
        ("from other import total", "total", False),
        ("from shop.other import total", "total", False),
        ("from cart import total", "total", False),
        ("import other as shop", "shop.total", False),
        ("from shop.cart import total\ndef total(x):\n    return x", "total", False),
        ("", "total", False),
    ],
)
def test_only_imports_that_are_this_function_count(project, imports, call, counts):
    (project / "shop" / "other.py").write_text("def total(x):\n    return x\n")
    (project / "other.py").write_text("def total(x):\n    return x\n")
    found = read(project, f"{imports}\n\n\ndef test_it():\n    assert {call}([1]) == 1\n")
    assert cases(found) == ([("total([1])", "1")] if counts else [])


def test_an_import_inside_the_test(project):
    assert cases(read(project, "def test_it():\n    from shop.cart import total\n    assert total([1]) == 1\n"))
    two = "def test_a():\n    from shop.cart import total\n    assert total([1]) == 1\n\n\n"
    two += "def test_b():\n    from other import total\n    assert total([1]) == 2\n"
    assert cases(read(project, two)) == []  # one name for two things: neither is believed


def test_layouts(tmp_path):
    (tmp_path / "src" / "pkg").mkdir(parents=True)
    (tmp_path / "src" / "pkg" / "cart.py").write_text(SHOP)  # a namespace package under src
    test = "from pkg.cart import total\n\n\ndef test_it():\n    assert total([1]) == 1\n"
    assert cases(read(tmp_path, test, path="src/pkg/cart.py")) == [("total([1])", "1")]
    (tmp_path / "flat").mkdir()
    (tmp_path / "flat" / "cart.py").write_text(SHOP)
    beside = "from cart import total\n\n\ndef test_it():\n    assert total([2]) == 2\n"
    assert cases(read(tmp_path, beside, name="flat/cart_test.py", path="flat/cart.py")) == [("total([2])", "2")]


def test_a_module_comes_before_a_folder_of_its_name(project):
    (project / "tests" / "shop" / "cart").mkdir(parents=True)  # data of the tests, looked at first
    test = "from shop.cart import total\n\n\ndef test_it():\n    assert total([1]) == 1\n"
    assert cases(read(project, test)) == [("total([1])", "1")]


def test_tables(project):
    test = """
import pytest
from shop.cart import total
ROWS = [([1], 2), ([2], 3)]

@pytest.mark.parametrize("items, expected", ROWS)
def test_a(items, expected):
    assert total(items) == expected

@pytest.mark.parametrize("rate", [5, 6])
@pytest.mark.parametrize(("items", "expected"), [pytest.param([3], 4, id="x"), pytest.param([9], 9, marks=pytest.mark.xfail)])
def test_b(items, expected, rate):
    result = total(items, rate)
    assert result == expected

def test_c():
    for items, expected in [([10], 1), ([11], 2)]:
        assert total(items) == expected
    for key, value in {"a": 1}.items():
        assert total([key]) == value

@pytest.mark.parametrize("item", make())
def test_d(item):
    assert total(item) == 1
"""
    found = read(project, test)
    assert [(c.call, c.expected.shown, c.source.partition(":")[2]) for c in found.cases] == [
        ("total([1])", "2", "4"),
        ("total([2])", "3", "4"),
        ("total([3], 5)", "4", "14"),  # the assertion, where several tables meet
        ("total([3], 6)", "4", "14"),
        ("total([10])", "1", "18"),
        ("total([11])", "2", "18"),
        ("total(['a'])", "1", "20"),
    ]
    assert [(u.text, u.reason) for u in found.unread] == [("test_d()", "the table of item is not a literal")]


def test_a_table_that_is_too_long_is_not_read(project):
    rows = ", ".join(f"({n}, {n})" for n in range(65))
    test = f"import pytest\nfrom shop.cart import total\n\n\n@pytest.mark.parametrize('a, b', [{rows}])\n"
    (unread,) = read(project, test + "def test_it(a, b):\n    assert total([a]) == b\n").unread
    assert "have 65 rows; at most 64" in unread.reason


def test_objects_that_may_have_changed_are_not_believed(project):
    lines = (
        "data = [1, 2]",
        "assert total(data) == 3",
        "assert total(data) == 4",  # the first call may have changed it
        "pair = (1, 2)",
        "assert total(pair) == 5",
        "assert total(pair, 2) == 6",
        "other = [1]",
        "other.append(2)",
        "assert total(other) == 7",
        "one, two = 1, 2",
        "assert total([one, two]) == 8",
        "one += 1",
        "assert total([one]) == 9",
        "result = total([3])",
        "assert len(result) == 10",
        "assert result[0] == 11",
    )
    found = read(project, body(*lines))
    assert cases(found) == [
        ("total([1, 2])", "3"),
        ("total((1, 2))", "5"),
        ("total((1, 2), 2)", "6"),
        ("total([1, 2])", "8"),
        ("len(total([3]))", "10"),
        ("total([3])[0]", "11"),
    ]
    assert "says total([1, 2]) gives 8, tests/test_cart.py:10 says 3" in found.notes[0]
    assert [(u.text, u.reason) for u in found.unread] == [
        ("assert total(data) == 4", "the value of data is not known here"),
        ("assert total(other) == 7", "the value of other is not known here"),
        ("assert total([one]) == 9", "the value of one is not known here"),
    ]


def test_methods(project):
    lines = (
        "assert Cart([1]).total() == 1",
        "assert Cart([1]).total(rate=2) == 2",
        "cart = Cart([3])",
        "assert cart.total() == 3",
        "assert cart.total() == 4",
        "cart = Cart()",
        "cart.add(1)",
        "assert cart.total() == 5",
        "assert Other().total() == 6",
        "assert total([1]) == 7",
    )
    found = read(project, body(*lines), qualname="Cart.total")
    assert cases(found) == [("Cart([1]).total()", "1"), ("Cart([1]).total(rate=2)", "2"), ("Cart([3]).total()", "3")]
    assert [u.text for u in found.unread] == [
        "assert cart.total() == 4", "assert cart.total() == 5", "assert Other().total() == 6",
    ]  # fmt: skip


def test_names_of_other_modules_are_those_of_the_document(project):
    test = (
        "import decimal\nfrom decimal import Decimal as D\nfrom fractions import Fraction\nfrom shop import total\n\n\n"
    )
    test += "def test_it():\n    assert total([D('1')]) == 1\n    assert total([decimal.Decimal('2')]) == 2\n"
    test += "    assert total([Fraction(1)]) == 3\n"
    found = read(project, test)
    assert cases(found) == [("total([Decimal('1')])", "1"), ("total([Decimal('2')])", "2")]
    assert [u.reason for u in found.unread] == ["Fraction is nothing that the function's file knows"]


def test_a_bool_is_meant_where_it_is_annotated(project):
    test = body("assert is_full([1])", "assert not is_full([])")
    assert cases(read(project, test, qualname="is_full")) == [("is_full([1])", "True"), ("is_full([])", "False")]


def test_async_functions(project):
    test = (
        "import asyncio\nimport pytest\nfrom shop.cart import fetch\n\n\n@pytest.mark.asyncio\nasync def test_it():\n"
    )
    test += (
        "    assert await fetch(1) == 2\n    got = await fetch(3)\n    assert got == 4\n    assert got[0] == 5\n\n\n"
    )
    test += "def test_run():\n    assert asyncio.run(fetch(5)) == 6\n"
    found = read(project, test, qualname="fetch")
    assert cases(found) == [("fetch(1)", "2"), ("fetch(3)", "4"), ("fetch(5)", "6")]
    assert [u.reason for u in found.unread] == ["what is awaited stands inside another expression"]


@pytest.mark.parametrize(
    ("decorator", "parameters", "reason"),
    [
        ("@pytest.mark.skip", "", "under @pytest.mark.skip"),
        ("@pytest.mark.xfail(reason='x')", "", "under @pytest.mark.xfail"),
        ("@mock.patch('shop.cart.LIMIT', 3)", "", "under @mock.patch"),
        ("@pytest.mark.usefixtures('db')", "", "under @pytest.mark.usefixtures"),
        ("@pytest.mark.parametrize('x', [1], indirect=True)", "x", "go through a fixture"),
        ("", "monkeypatch", "uses the fixture monkeypatch"),
        ("", "cart", "uses the fixture cart"),
        ("@pytest.mark.slow", "tmp_path", None),
    ],
)
def test_tests_in_another_world(project, decorator, parameters, reason):
    test = f"import pytest\nfrom unittest import mock\nfrom shop.cart import total\n\n\n{decorator}\n"
    found = read(project, test + f"def test_it({parameters}):\n    assert total([1]) == 1\n")
    assert bool(found.cases) == (reason is None)
    assert [reason in unread.reason for unread in found.unread] == ([True] if reason else [])


def test_classes_of_tests(project):
    test = "import unittest\nfrom shop.cart import total\n\n\nclass CartCase(unittest.TestCase):\n"
    test += "    def test_it(self):\n        self.assertEqual(total([1]), 1)\n\n\n"
    test += "@unittest.skip('later')\nclass TestLater:\n    def test_it(self):\n        assert total([2]) == 2\n"
    found = read(project, test)
    assert cases(found) == [("total([1])", "1")]
    assert [u.text for u in found.unread] == ["test_it()"]


def test_tests_in_the_document_itself(project):
    source = SHOP + "\n\ndef test_total():\n    assert total([1]) == 1\n"
    (case,) = read(project, source=source).cases
    assert (case.call, case.source, case.line) == ("total([1])", "", source.count("\n") - 1)


def test_a_syntax_error_spoils_only_its_own_test(project):
    test = "from shop.cart import total\n\n\ndef test_a():\n    assert total([1]) == 1\n\n\n"
    test += "def test_b():\n    assert total([2] == \n\n\ndef test_c():\n    assert total([3]) == 3\n"
    found = read(project, test)
    assert ("total([1])", "1") in cases(found)
    assert ("total([2])", "2") not in cases(found)
    assert found.notes


def test_what_the_docstring_says_already_is_left_out_and_contradictions_are_told(project):
    found = read(project, body("assert total([7]) == 7", "assert total([7]) == 8"))
    assert cases(found) == [("total([7])", "8")]
    (note,) = found.notes
    assert note.startswith("tests/test_cart.py:10 says total([7]) gives 8, the docstring says 7")


def test_ignored_and_secret_tests_are_not_read(project):
    (project / ".gitignore").write_text("scratch/\n")
    test = body("assert total([1]) == 1")
    for name in ("scratch/test_a.py", ".tests/test_b.py", "secrets/test_c.py"):
        assert read(project, test, name=name).cases == ()
    assert read(project, test, name="checks/cart_test.py").cases
    assert read(project, body("assert total([2]) == 2"), name="checks/cart.py").files == ("checks/cart_test.py",)


def test_the_nearest_tests_come_first_and_there_is_a_limit(project):
    far = body(*[f"assert total([{n}]) == {n}" for n in range(100, 100 + MOST_CASES)])
    read(project, far, name="aaa/test_far.py")
    found = read(project, body("assert total([1]) == 1"), name="tests/test_cart.py")
    assert cases(found)[0] == ("total([1])", "1")
    assert len(found.cases) == MOST_CASES
    assert f"give {MOST_CASES + 1} cases" in found.notes[0]


def test_an_expression_that_is_nested_too_deeply_is_said(project):
    deep = "+".join(["1"] * 30_000)
    found = read(project, body(f"assert total([{deep}]) == 1"))
    assert found.cases == ()
    assert found.notes or found.unread


def test_tests_that_name_the_function_are_to_be_run(project):
    test = """
from shop.cart import total
import pytest

def test_direct():
    assert sum([total([1]), 1]) == 2

def test_of_something_else():
    assert True

@pytest.mark.parametrize("n", range(3))
async def test_of_many(n):
    total([n])

class TestTotal:
    def helper(self):
        return 1
    def test_inside(self):
        total([])
    def test_other(self):
        self.helper()

class TestByFixture:
    @pytest.fixture
    def bill(self):
        return total([2])
    def test_it(self, bill):
        assert bill == 2

def not_a_test():
    total([])
"""
    names = ["test_direct", "test_of_many", "TestTotal::test_inside", "TestByFixture"]
    assert read(project, test).nodes == tuple(f"tests/test_cart.py::{name}" for name in names)
    assert read(project, test.replace("from shop.cart", "from another")).nodes == ()


def test_there_is_a_limit_of_tests_to_run(project):
    many = "\n".join(f"def test_{i}():\n    total([{i}])\n" for i in range(60))
    found = read(project, f"from shop.cart import total\n{many}")
    assert len(found.nodes) == 50
    assert any("60 tests of the project name total; the first 50 are run" in note for note in found.notes)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("xs = [1, 2]", "xs[0] = 5", "assert total(xs) == 7"), "the value of xs is not known"),
        (("xs = [1, 2]", "del xs[0]", "assert total(xs) == 2"), "the value of xs is not known"),
        (("xs = [1]", "ys = xs", "ys.append(2)", "assert total(xs) == 3"), "the value of xs is not known"),
        (("xs = [[1]]", "ys = xs[0]", "ys.append(2)", "assert total(xs) == 3"), "the value of xs is not known"),
        (("xs = [1]", "ys, n = xs, 1", "ys.append(2)", "assert total(xs) == 3"), "the value of xs is not known"),
        (("xs = [1]", "cart = Cart(xs)", "xs.append(2)", "assert total(cart) == 3"), "the value of cart is not known"),
        (("cart = Cart([1])", "cart.items = [5]", "assert total([cart]) == 5"), "the value of cart is not known"),
        (("shop.cart.RATE = 2", "assert total([1]) == 2"), "`shop.cart.RATE = 2` before it may have changed"),
        (("random.seed(3)", "assert total([1]) == 2"), "`random.seed(3)` before it may have changed"),
        (("if sys.platform == 'x': return", "assert total([1]) == 2"), "the test may end before it"),
        (("if sys.platform == 'x': pytest.skip()", "assert total([1]) == 2"), "the test may end before it"),
        (("self.skipTest('later')", "assert total([1]) == 2"), "the test may end before it"),
        (("for n in [1]:", "    if n == 1: continue", "    assert total([n]) == 2"), "the test may end before it"),
        (("assert (total([1]), 2)",), "always true"),
    ],
)
def test_what_happened_before_is_not_forgotten(project, lines, reason):
    found = read(project, body(*lines))
    assert found.cases == ()
    assert reason in found.unread[0].reason


def test_what_changes_nothing_is_no_reason_to_doubt(project):
    lines = ("print('x')", "total([9])", "data = {'a': 1}", "data['b'] = 2", "self.x = 3", "def helper(): return 1",
             "assert total([1]) == 1")  # fmt: skip
    assert cases(read(project, body(*lines))) == [("total([1])", "1")]


def test_a_method_that_is_not_called_says_nothing(project):
    lines = ("assert Cart.total", "assert Cart.total.__name__ == 'total'", "assert Cart.total(Cart()) == 0")
    assert cases(read(project, body(*lines), qualname="Cart.total")) == [("Cart.total(Cart())", "0")]


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("@pytest.fixture(autouse=True)\ndef rates(monkeypatch):\n    monkeypatch.setattr(shop.cart, 'RATE', 5)",
         "the fixture rates runs before it"),
        ("pytestmark = pytest.mark.skipif(True, reason='x')", "the tests are under pytest.mark.skipif"),
        ("def setup_module():\n    shop.cart.RATE = 5", "setup_module runs before it"),
        ("shop.cart.RATE = 5", "the file sets shop.cart.RATE"),
        ("T = [1]\nT.append(2)", "T is nothing"),
        ("T = [1]\nT[0] = 2", "T is nothing"),
    ],
)  # fmt: skip
def test_what_a_file_does_before_its_tests(project, before, reason):
    argument = "T" if before.startswith("T") else "[1]"
    text = body(f"assert total({argument}) == 2").replace("def test_it", f"{before}\n\n\ndef test_it")
    found = read(project, text)
    assert found.cases == ()
    assert reason in found.unread[0].reason


@pytest.mark.parametrize(("set_up", "count"), [("self.cart = Cart()", 1), ("patch('shop.cart.RATE', 2).start()", 0)])
def test_what_a_class_does_before_its_tests(project, set_up, count):
    text = f"from shop.cart import total, Cart\n\n\nclass TestIt:\n    def setUp(self):\n        {set_up}\n\n" + (
        "    def test_it(self):\n        self.assertEqual(total([1]), 1)\n"
    )
    assert len(read(project, text).cases) == count

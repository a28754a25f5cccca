"""What the model sees of a project: found by reading, cut to a budget, each piece with its reason."""

import ast
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline.context import (
    Kind,
    Modules,
    NearestUses,
    Passage,
    ProjectContext,
    WorkspaceFiles,
    estimated_tokens,
)
from atlas_pipeline.functions import Document, make_task

CART = '''"""Carts."""
from __future__ import annotations

import math
from shop.items import Item, Basket
from .prices import rounded
from . import taxes as tax

LIMIT = 100


class Base:
    """What carts share."""

    currency: str = "EUR"


class Cart(Base):
    """A cart."""

    items: list[Item]
    _count = 0

    def __init__(self, items: list[Item]):
        self.items = items

    def weight(self) -> float:
        """Return the weight in kilograms.

        More about it.
        """
        return sum(item.weight for item in self.items)

    def total(self, rate: Rate = DEFAULT, *, basket: "Basket | None" = None) -> float:
        """Return the total price, `rounded`, at most LIMIT_OF(kind) and with tax.added().

        Uses `self.weight` as shown by `describe`.
        """

    @property
    def empty(self) -> bool:
        return not self.items


Rate = float | int
DEFAULT = 1.0


def LIMIT_OF(kind: str) -> int:
    """Return the limit."""
    return LIMIT


def describe(cart: Cart) -> str:
    """Describe a cart."""
    return f"{cart.total()}"


def undocumented(cart):
    return cart


def beside(x):
    """Stand beside."""
    return x


def test_total():
    """A test."""
'''
FILES = {
    "shop/__init__.py": "from .cart import Cart\n",
    "shop/cart.py": CART,
    "shop/items.py": (
        "from dataclasses import dataclass\nfrom shop.units import Kilogram\n\n\n@dataclass(frozen=True)\nclass Item:\n"
        '    """A thing for sale."""\n\n    name: str\n    weight: Kilogram\n\n\nclass Basket(dict):\n    size: int\n'
    ),
    "shop/units.py": "Kilogram = float\n",
    "shop/prices.py": 'def rounded(price: float) -> float:\n    """Round to cents."""\n    return round(price, 2)\n',
    "shop/taxes.py": "def added(price):\n    return price * 1.19\n",
    "web/views.py": "from shop import Cart\n\n\ndef page(cart):\n    return cart.total()\n",
}


@pytest.fixture
def shop(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def task_of(path, qualname, source=None):
    document = Document(path.read_text() if source is None else source)
    return make_task(document, document.named(qualname), path=str(path))


def gather(root, path, qualname, *, tokens=2000, retriever=None, source=None, last=Kind.PASSAGE):
    task = task_of(path, qualname, source)
    files = WorkspaceFiles(root) if root is not None else None
    return ProjectContext(Modules(task, files), retriever=retriever, last=last).gather(task, tokens=tokens)


def reasons(context):
    return {(piece.kind.name, piece.path, piece.name): piece.why for piece in context.pieces}


def test_what_belongs_to_a_method(shop):
    context = gather(shop, shop / "shop" / "cart.py", "Cart.total")
    assert reasons(context) == {
        ("IMPORTS", "", "imports"): "imports of the document",
        ("TYPE", "", "Rate"): "Rate is in the signature",
        ("TYPE", "shop/items.py", "Basket"): "Basket is in the signature",
        ("HELPER", "shop/prices.py", "rounded"): "the docstring names rounded",
        ("HELPER", "", "LIMIT_OF"): "the docstring names LIMIT_OF",
        ("HELPER", "shop/taxes.py", "added"): "the docstring names tax.added",
        ("HELPER", "", "describe"): "the docstring names describe",
        ("HELPER", "", "DEFAULT"): "DEFAULT is a default value",
        ("RELATED_TYPE", "", "Base"): "Cart derives from Base",
        ("RELATED_TYPE", "shop/items.py", "Item"): "Cart holds Item",
        ("SIBLING", "", "beside"): "stands beside it",
        ("CLASS", "", "Cart"): "total is a method of it",
    }
    text = context.render()
    assert "# shop/prices.py\ndef rounded(price: float) -> float:" in text
    assert "return round(price, 2)" in text  # a helper is shown whole
    assert 'def beside(x):\n    """Stand beside."""\n    ...' in text  # a sibling without its body
    assert "return x" not in text
    assert "def total" not in text.replace("cart.total", "")
    assert "undocumented" not in text
    assert "test_total" not in text
    ast.parse(text)
    names = [piece.name for piece in context.pieces]
    assert (names[0], names[-1]) == ("imports", "Cart")
    with pytest.raises(FrozenInstanceError):
        context.pieces[0].text = ""


def test_the_class_is_an_outline_with_init_and_the_methods_that_are_named(shop):
    (cart,) = [p for p in gather(shop, shop / "shop" / "cart.py", "Cart.total").pieces if p.kind is Kind.CLASS]
    assert cart.text == (
        'class Cart(Base):\n    """A cart."""\n    items: list[Item]\n    _count = 0\n'
        "    def __init__(self, items: list[Item]):\n        self.items = items\n"
        '    def weight(self) -> float:\n        """Return the weight in kilograms.\n\n        More about it.\n'
        '        """\n        return sum(item.weight for item in self.items)\n'
        "    @property\n    def empty(self) -> bool: ..."
    )


def test_types_of_fields_come_after_the_types_themselves(shop):
    source = "from shop.items import Item\n\n\ndef heaviest(items: list['Item']) -> Item:\n    '''Return it.'''\n"
    context = gather(shop, shop / "work.py", "heaviest", source=source)
    assert reasons(context) == {
        ("IMPORTS", "", "imports"): "imports of the document",
        ("TYPE", "shop/items.py", "Item"): "Item is in the signature",
        ("RELATED_TYPE", "shop/units.py", "Kilogram"): "Item refers to Kilogram",
    }
    assert "@dataclass(frozen=True)\nclass Item:" in context.render()


def test_a_body_that_is_there_names_what_it_calls(shop):
    source = (
        "import shop.prices\nfrom shop.prices import *\n\n\ndef helper(x):\n    return x\n\n\ndef unused(x):\n"
        "    return x\n\n\ndef f(x):\n    '''Return it.'''\n    return helper(rounded(x)) + shop.prices.missing(x)\n"
    )
    context = gather(shop, shop / "work.py", "f", source=source)
    assert {p.name: p.why for p in context.pieces if p.kind is Kind.HELPER} == {
        "helper": "f calls helper", "rounded": "f calls rounded",
    }  # fmt: skip


def test_a_document_that_is_broken_elsewhere(shop):
    source = "from shop.prices import rounded\n\ndef broken(:\n    return (\n\n\n" + (
        "def helper(x):\n    return x\n\n\ndef f(x):\n    '''Return `rounded` or `helper`.'''\n"
    )
    context = gather(shop, shop / "work.py", "f", source=source)
    assert {"rounded", "helper"} <= {piece.name for piece in context.pieces}


def test_what_may_not_be_read_is_not_shown_and_said(shop, tmp_path):
    (shop / "secrets.py").write_text("class Token:\n    value = 'hunter2'\n")
    (shop / ".gitignore").write_text("generated.py\n")
    (shop / "generated.py").write_text("class Big:\n    size = 1\n")
    source = "from secrets import Token\nfrom generated import Big\n\n\ndef f(t: Token, b: Big):\n    '''Do.'''\n"
    context = gather(shop, shop / "work.py", "f", source=source)
    assert "hunter2" not in context.render()
    assert "size" not in context.render()
    assert context.notes == (
        "generated.py was not read: Git ignores it",
        "secrets.py was not read: its name says that it may hold secrets",
    )


def test_nothing_is_imported_or_run(shop):
    (shop / "evil.py").write_text("raise SystemExit\n\n\nclass T:\n    a: int\n")
    source = "from evil import T\n\n\ndef f(t: T):\n    '''Do.'''\n"
    assert "a: int" in gather(shop, shop / "work.py", "f", source=source).render()


def test_imports_that_lead_in_a_circle_end(shop):
    (shop / "a.py").write_text("from b import T\n")
    (shop / "b.py").write_text("from a import T\nfrom b import *\n")
    source = "from a import T\n\n\ndef f(t: T):\n    '''Do.'''\n"
    assert [p.name for p in gather(shop, shop / "work.py", "f", source=source).pieces] == ["imports"]


def test_without_a_workspace_the_document_alone(shop):
    context = gather(None, shop / "shop" / "cart.py", "Cart.total")
    assert not any(piece.path for piece in context.pieces)
    assert "LIMIT_OF" in context.render()


SOURCE = (
    "import os\n\n\ndef helper():\n    "
    + '"""Help."""'
    + "\n    return 1234567890\n\n\ndef f():\n    '''`helper`.'''\n"
)
"""Imports: 9 characters. The helper whole: 53, signature and docstring 45, signature 17. Two more between pieces."""


@pytest.mark.parametrize(
    ("tokens", "shown", "left_out"),
    [
        (22, ["import os", 'def helper():\n    """Help."""\n    return 1234567890'], []),  # 11 + 55 = 66 characters
        (21, ["import os", 'def helper():\n    """Help."""\n    ...'], []),
        (17, ["import os", 'def helper():\n    """Help."""\n    ...'], []),  # 11 + 40 = 51
        (16, ["import os", "def helper(): ..."], []),
        (10, ["import os", "def helper(): ..."], []),  # 11 + 19 = 30
        (9, ["import os"], ["helper"]),
        (4, ["import os"], ["helper"]),  # 11 characters are 4 tokens
        (3, [], ["imports", "helper"]),
        (0, [], ["imports", "helper"]),
    ],
)
def test_the_budget_is_spent_from_the_top_and_pieces_get_shorter(tmp_path, tokens, shown, left_out):
    context = gather(tmp_path, tmp_path / "work.py", "f", source=SOURCE, tokens=tokens)
    assert [piece.text for piece in context.pieces] == shown
    assert [left.name for left in context.left_out] == left_out
    assert context.tokens <= tokens


@given(tokens=st.integers(0, 400))
def test_a_context_is_never_longer_than_its_budget(tmp_path_factory, tokens):
    root = tmp_path_factory.getbasetemp()
    context = gather(root, root / "cart.py", "Cart.total", source=CART, tokens=tokens)
    assert estimated_tokens(context.render()) <= tokens
    assert all(left.tokens > 0 for left in context.left_out)


@pytest.mark.parametrize(("characters", "tokens"), [(0, 0), (1, 1), (3, 1), (4, 2), (3000, 1000)])
def test_tokens_are_estimated_from_characters(characters, tokens):
    assert estimated_tokens("x" * characters) == tokens


def test_the_seam_for_retrieval_fills_what_is_left(shop):
    class Ranked:
        asked = 0

        def passages(self, task, files):
            for number in range(9):
                self.asked += 1
                yield Passage(path=f"p{number}.py", line=0, text="y" * 300, why="it says so")

    ranked = Ranked()
    source = "def f():\n    '''Do.'''\n"
    context = gather(shop, shop / "work.py", "f", source=source, tokens=220, retriever=ranked)
    assert [piece.path for piece in context.pieces] == ["p0.py", "p1.py"]  # 310 characters each of 660
    assert ranked.asked == 3  # the third did not fit, and no more was asked for
    assert gather(shop, shop / "work.py", "f", source=source, retriever=ranked, last=Kind.SIBLING).pieces == ()


def test_nearest_uses_are_functions_that_call_it(shop):
    (shop / "shop" / "near.py").write_text("def bill(cart):\n    return cart.total() + 1\n")
    (shop / "test_cart.py").write_text("def test_it(cart):\n    assert cart.total() == 1\n")
    context = gather(shop, shop / "shop" / "cart.py", "Cart.total", retriever=NearestUses())
    found = [(p.path, p.why) for p in context.pieces if p.kind is Kind.PASSAGE]
    assert found == [
        ("shop/near.py", "bill in shop/near.py calls a total"),
        ("web/views.py", "page in web/views.py calls a total"),
    ]

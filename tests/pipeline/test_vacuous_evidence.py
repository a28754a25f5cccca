"""Evidence that says nothing makes nothing VERIFIED: examples that any body passes, agreement on nothing but them."""

from contextlib import aclosing
from itertools import chain, repeat

import pytest
import pytest_asyncio
from scripted import ScriptedEngine

from atlas_pipeline.events import Finished
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Level
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import SandboxSettings, Settings, SolveSettings
from atlas_pipeline.solving import solve

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox():
    async with await open_sandbox(SandboxSettings()) as sandbox:
        yield sandbox


async def solved(sandbox, source, qualname, *bodies):
    settings = Settings(solve=SolveSettings(test_samples=0, mutants=0))
    document = Document(source)
    function = next(f for f in document.functions() if f.qualname == qualname and f.problem is None)
    task = make_task(document, function)
    bodies = chain(bodies, repeat(bodies[-1]))
    engine = ScriptedEngine(lambda prompt, sampling: "    " + next(bodies).replace("\n", "\n    "))
    async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=settings)) as events:
        found = [event async for event in events]
    assert isinstance(found[-1], Finished)
    return found[-1].selection


CART = '''class Cart:
    def __init__(self, items=()):
        self.items = list(items)

    def add(self, price):
        """Add a price to the items.

        >>> cart = Cart([5])
        >>> cart.add(3)
        >>> cart.items
        [5, 3]
        """
'''
BRANCHES = '''import sys

if sys.version_info >= (3,):
    def double(x):
        return x * 2
else:
    def double(x):
        """Double x.

        >>> double(2)
        4
        """
'''
TWICE = '''def double(x):
    """Double x.

    >>> double(2)
    4
    """


def double(x):
    return x * 2
'''
PRINTED = 'def double(x):\n    """Double x.\n\n    >>> print(double(2))\n    """\n'
APPENDED = 'def double(x):\n    """Double x.\n\n    >>> out = []\n    >>> out.append(double(2))\n    """\n'
NOTHING = 'def double(x):\n    """Double x.\n\n    >>> double([2])\n    """\n'


@pytest.mark.parametrize(
    ("source", "qualname", "body"),
    [
        (CART.replace("cart.items\n", "print(cart.items)\n"), "Cart.add", "self.items.insert(0, price)"),
        (BRANCHES, "double", "return x * 3"),
        (TWICE, "double", "return x * 3"),
        (PRINTED, "double", "return x * 3"),
        (APPENDED, "double", "return x * 3"),
        (NOTHING, "double", "x.append(3)"),
    ],
)
async def test_examples_that_any_body_passes(sandbox, source, qualname, body):
    selection = await solved(sandbox, source, qualname, body)
    assert selection.level is not Level.VERIFIED, selection.reason


@pytest.mark.parametrize(
    ("body", "level"),
    [("self.items.append(price)", Level.VERIFIED), ("self.items.insert(0, price)", Level.UNVERIFIED)],
)
async def test_what_a_method_did_to_its_object_is_looked_at(sandbox, body, level):
    selection = await solved(sandbox, CART, "Cart.add", body)
    assert selection.level is level, selection.reason


async def test_agreement_on_the_examples_alone_is_none(sandbox):
    # The argument is no literal, so there is no further input: all that passes the examples "agrees".
    source = '''class Point:
    x = 3


LEFT, RIGHT = Point(), Point()
RIGHT.x = 5


def twice(point):
    """Return twice the x of a point.

    >>> twice(LEFT)
    6
    >>> twice(RIGHT)
    10
    """
'''
    bodies = ["return 6 if point.x == 3 else 10", "return point.x * 2", "return {3: 6, 5: 10}[point.x]"]
    selection = await solved(sandbox, source, "twice", *bodies)
    assert selection.level is Level.WEAK, selection.reason
    assert "fewer than 3 samples agree on other inputs" in selection.reason


async def test_examples_that_look_are_enough(sandbox):
    source = NOTHING.replace('"""\n', '>>> double(2)\n    4\n    """\n').replace("[2]", "None")
    body = "return None if x is None else x * 2"
    selection = await solved(sandbox, source, "double", body)
    assert selection.level is Level.VERIFIED, selection.reason

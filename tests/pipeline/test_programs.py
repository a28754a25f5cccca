"""The program that is run is the document cut down to what the function reaches."""

import pytest

from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.programs import ProgramBuilder

SOURCE = '''from __future__ import annotations
import os
import math, json as j
from typing import (
    List,
    Sequence,
)
from helpers import *

LIMIT: int = 10
TABLE = {}
TABLE["a"] = LIMIT
aa, bb = 1, 2
counter += 1
start_the_rocket()

try:
    import numpy as np
except ImportError:
    np = None


def helper(x):
    return math.floor(x) + later(x)


def unrelated():
    return os.getcwd()


def target(x: Sequence[int]):
    """Do it."""


def later(x):
    return TABLE["a"]


if __name__ == "__main__":
    target([1])
'''


def reduced(body, calls=("target([1])",), source=SOURCE, name="target"):
    document = Document(source)
    task = make_task(document, document.named(name))
    return ProgramBuilder(task).reduced(body, calls).source


def test_only_what_is_reached_is_kept():
    source = reduced("return helper(x)")
    for kept in ("from __future__", "from helpers import *", "import math, json as j", "Sequence,", "def helper", "def later", "TABLE = {}", 'TABLE["a"]', "LIMIT: int"):  # fmt: skip
        assert kept in source, kept
    for dropped in ("start_the_rocket", "unrelated", "import os", "__main__", "counter", "numpy", "aa, bb"):
        assert dropped not in source, dropped
    assert source.index("def helper") < source.index("def target") < source.index("def later")
    compile(source, "m", "exec")


@pytest.mark.parametrize(
    ("name", "present"), [("np", "import numpy as np"), ("bb", "aa, bb = 1, 2"), ("j", "import math")]
)
def test_every_kind_of_binding_is_found(name, present):
    assert present in reduced(f"return {name}")


def test_what_the_calls_mention_is_kept_too():
    assert "def unrelated" in reduced("return 1", calls=("target(unrelated())",))


def test_a_method_keeps_its_whole_class():
    source = 'x = 1\nclass A(Base):\n    k = 2\n    def f(self):\n        """Doc."""\n    def g(self):\n        return x\nclass Base: pass\n'
    program = reduced("return self.g()", calls=("A().f()",), source=source, name="A.f")
    assert "class A(Base):" in program
    assert "return self.g()" in program
    assert "def g(self)" in program
    assert "x = 1" in program
    assert "class Base" in program


def test_the_document_as_a_whole_is_the_fall_back():
    document = Document(SOURCE)
    task = make_task(document, document.named("target"), module_name="rockets")
    program = ProgramBuilder(task).whole("return 3")
    assert program.module_name == "rockets"
    assert "start_the_rocket()" in program.source
    assert "    return 3\n" in program.source


def test_attributes_that_are_set_belong_to_what_is_reached():
    source = "class Point:\n    pass\n\n\nA = Point()\nA.x = 3\nB = Point()\nB.x = 4\n\n\n" + (
        'def target(x):\n    """Do it."""\n'
    )
    program = reduced("return A.x", source=source)
    assert "A.x = 3" in program
    assert "B.x" not in program

"""What is a fault, what excuses it, and what can be told of the beginning of a body."""

import pytest

from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.static_evidence import FaultKind, static_faults

UNUSED, NO_VALUE, UNDEFINED = FaultKind.UNUSED_PARAMETER, FaultKind.NO_VALUE, FaultKind.UNDEFINED_NAME
PASS, CONSTANT, PRINTS = FaultKind.ENDS_IN_PASS, FaultKind.ONE_CONSTANT, FaultKind.PRINTS_OR_READS


def task(signature="def f(x, k):", docstring="Return x.", *, before="", name="f"):
    indent = "    " if not before.rstrip().endswith(":") else "        "
    head = "" if indent == "    " else "    "
    decorated = "\n".join(head + line for line in signature.split("\n"))
    text = f'{before}{decorated}\n{indent}"""{docstring}"""\n'
    document = Document(text)
    return make_task(document, next(f for f in document.functions() if f.name == name))


def kinds(body, given=None):
    return [fault.kind for fault in static_faults(body, given or task())]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x + k", []),
        ("return x", [UNUSED]),
        ("k += 1\nreturn x", []),
        ("k = 1\nreturn x", [UNUSED]),
        ("return locals()", []),
        ("def g():\n    return k\nreturn g() + x", []),
        ("y = x + k", [NO_VALUE]),
        ("if x:\n    return\nreturn None if k else None", []),
        ("x + k\nreturn None", [NO_VALUE]),
        ("def g():\n    return x + k\ng()", [NO_VALUE]),
        ("yield x + k", []),
        ("raise ValueError(x)", []),
        ("raise ValueError", []),
        ("return x + k + z", [UNDEFINED]),
        ("return [y for y in x if y < k]", []),
        ("y: Nowhere = x\nreturn y + k", []),
        ("import math\nreturn math.sqrt(x + k)", []),
        ("try:\n    return x\nexcept OSError as error:\n    return str(error) + k", []),
        ("match x:\n    case [y, *rest]:\n        return y, rest, k\n    case {'a': b, **others}:\n        return b, others", []),
        ("if x:\n    return k\nelse:\n    pass", [PASS]),
        ("for y in x:\n    if y == k:\n        return y\n    else:\n        pass", [PASS]),
        ("return x + k\npass", []),
        ("while x:\n    try:\n        return k\n    except OSError:\n        pass", []),
        ("if x > k:\n    return True\nreturn True", [CONSTANT]),
        ("if x > k:\n    return True", [CONSTANT]),
        ("if x > k:\n    return True\nreturn False", []),
        ("return x if k else []", []),
        ("if x > k:\n    return [1]\nreturn [1]", [CONSTANT]),
        ("print(x)\nreturn x + k", [PRINTS]),
        ("k = int(input())\nreturn x + k", [PRINTS]),
        ("not python (", []),
    ],
)  # fmt: skip
def test_faults(body, expected):
    assert kinds(body) == expected


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ("return x", task("def f(x, _k):")),
        ("return x", task("def f(x, *rest, **options):")),
        ("return x", task(docstring="Return x; k is ignored.")),
        ("return x", task("def __exit__(self, x, k):", before="class A:\n", name="__exit__")),
        ("return x", task("@override\ndef f(self, x, k):", before="class A:\n")),
        ("x.append(k)", task(docstring="Add k to x.")),
        ("x[0] = k", task("def f(x, k) -> None:", "Set the first item.")),
        ("self.x = x + k", task("def f(self, x, k):", "Move.", before="class A:\n")),
        ("x + k", task("def f(x, k) -> None:", "Nothing.")),
        ("self.x = x, k", task("def __init__(self, x, k):", "Returns are kept.", before="class A:\n", name="__init__")),
        ("return x + k + z", task(before="from somewhere import *\n")),
        ("return x + k + z", task(before="z = 1\n")),
        ("return x + k + z", task(before="for z in range(3):\n    pass\n")),
        ("return True", task("def f():", "Return True.")),
        ("if x > k:\n    return 1", task(docstring="Return 1, or None.")),
        ("if x > k:\n    return 1\nreturn 1", task(docstring="Always return 1.")),
        ("self.x = x, k\nreturn True", task("def f(self, x, k):", "Return whether.", before="class A:\n")),
        ("print(x, k)", task("def f(x, k):", "Print both.")),
        ("print(x, k)\nreturn x", task(docstring="Print both and return x.")),
        ("if x:\n    k.go()\nelse:\n    pass", task("def f(x, k) -> None:", "Go.")),
    ],
)
def test_what_excuses_a_fault(body, given):
    assert kinds(body, given) == []


def test_without_an_effect_a_silent_docstring_is_no_excuse():
    assert kinds("y = x + k", task(docstring="The sum.")) == [NO_VALUE]
    assert kinds("x.append(k)", task("def f(x, k) -> list:", "The list.")) == [NO_VALUE]
    assert kinds("x.append(k)", task(docstring="The list.\n\n    >>> f([], 1)\n    [1]\n    ")) == [NO_VALUE]


def test_all_faults_are_told_with_their_names():
    faults = static_faults("print(z)", task())
    assert [str(fault) for fault in faults] == [
        "a parameter is never used: x",
        "a parameter is never used: k",
        "no value is returned",
        "a name is defined nowhere: z",
        "it prints or reads input: print",
    ]
    assert [kind for kind in FaultKind if not kind.is_decisive] == [PRINTS]

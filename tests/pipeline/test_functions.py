"""Functions are found at the cursor and cut out of their document, whatever it looks like."""

import ast

import pytest

from atlas_pipeline.edit import replacement, solved_document, solved_function
from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, make_task

MODULE = '''"""A module."""
import os


@decorate(1)
def outer(a, b=(1, 2), *rest, key: int = 3, **more) -> int:
    """Outer."""
    def inner(x):
        """Inner."""
        return x
    return inner(a)


class Stack:
    """A stack."""

    def __init__(self, items):
        self.items = items

    async def pop(self, count: int,
                  deep: bool = False) -> int:  # note
        """Pop.

        >>> Stack([1]).pop(1)
        1
        """
        ...

    class Node:
        @property
        def value(self):
            "The value."
            raise NotImplementedError("later")


def one_liner(x): """Double x."""; return x


def last(x):
    """Last."""
'''


def at(text: str, needle: str, shift: int = 0) -> str | None:
    function = Document(text).at(text.index(needle) + shift)
    return function.qualname if function else None


@pytest.mark.parametrize(
    ("needle", "expected"),
    [
        ("import os", None),
        ("@decorate", "outer"),
        ("def outer", "outer"),
        ("key: int", "outer"),
        ("return inner", "outer"),
        ("return x\n    return", "outer.<locals>.inner"),
        ("class Stack", None),
        ("self.items", "Stack.__init__"),
        ("deep: bool", "Stack.pop"),
        ("...", "Stack.pop"),
        ("@property", "Stack.Node.value"),
        ("def one_liner", "one_liner"),
        ('"""Last', "last"),
    ],
)
def test_function_at_the_cursor(needle, expected):
    assert at(MODULE, needle) == expected


def test_white_space_belongs_to_the_code_beside_or_above_it():
    assert at(MODULE, "    async def pop") == "Stack.pop"
    assert at(MODULE, "    return inner(a)", len("    return inner(a)")) == "outer"
    assert Document(MODULE + "    \n").at(len(MODULE) + 2).qualname == "last"
    assert Document(MODULE).at(10**9).qualname == "last"
    assert Document("").at(0) is None
    assert Document("\n\n").at(1) is None


@pytest.mark.parametrize(
    ("qualname", "problem"),
    [
        ("outer", None),
        ("outer.<locals>.inner", "nested"),
        ("Stack.__init__", "docstring"),
        ("Stack.pop", None),
        ("last", None),
    ],
)
def test_problems_are_named(qualname, problem):
    function = Document(MODULE).named(qualname)
    if problem is None:
        assert function.problem is None
    else:
        assert problem in function.problem
        with pytest.raises(UsageError, match=problem):
            make_task(Document(MODULE), function)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("@overload\ndef f(x):\n    '''Doc.'''\n    ...\n", "overload"),
        ("class A:\n    @abc.abstractmethod\n    def f(self):\n        '''Doc.'''\n", "abstract"),
        ("@pytest.fixture(scope='module')\ndef f():\n    '''Doc.'''\n", "fixture"),
        ("def test_x(tmp_path):\n    '''Doc.'''\n", "test"),
        ("def f(x):\n    '''Doc.'''\n    return 1 +\n", "syntax"),
        ("def f(x):\n    return x\n", "docstring"),
    ],
)
def test_what_cannot_be_solved_says_why(source, problem):
    functions = Document(source).functions()
    assert functions
    assert problem in functions[0].problem


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(UsageError, match=r"no function 'nope'.*outer.*Stack\.pop"):
        Document(MODULE).named("nope")


def test_syntax_errors_elsewhere_do_not_matter():
    text = "class (:\n  pass\n\ndef good(x):\n    '''Doc.'''\n    pass\n\ndef bad(:\n"
    task = make_task(Document(text), Document(text).named("good"))
    assert solved_document(task, "return x") == text.replace("    pass\n\ndef bad", "    return x\n\ndef bad")


BODY = "if x:\n    return 1\nreturn 2"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('def f(x):\n    """Doc."""\n', 'def f(x):\n    """Doc."""\n    if x:\n        return 1\n    return 2\n'),
        ('def f(x):\n    """Doc."""', 'def f(x):\n    """Doc."""\n    if x:\n        return 1\n    return 2'),
        ('def f(x):\n  """Doc."""\n  pass\n', 'def f(x):\n  """Doc."""\n  if x:\n    return 1\n  return 2\n'),
        ('def f(x):\n\t"""Doc."""\n\tpass\n', 'def f(x):\n\t"""Doc."""\n\tif x:\n\t\treturn 1\n\treturn 2\n'),
        (
            'def f(x):\r\n    """Doc."""\r\n    pass\r\n\r\ny = 1\r\n',
            'def f(x):\r\n    """Doc."""\r\n    if x:\r\n        return 1\r\n    return 2\r\n\r\ny = 1\r\n',
        ),
        (
            'def f(x): """Doc."""\n',
            'def f(x):\n    """Doc."""\n    if x:\n        return 1\n    return 2\n',
        ),
        (
            "def f(x):\n    # keep me\n    # and me\n    pass\n",
            "def f(x):\n    # keep me\n    # and me\n    if x:\n        return 1\n    return 2\n",
        ),
        (
            'def f(x):\n    """Doc."""\n    # keep me\n    return 0  # gone\n\n\nz = 3\n',
            'def f(x):\n    """Doc."""\n    # keep me\n    if x:\n        return 1\n    return 2\n\n\nz = 3\n',
        ),
        (
            'class A:\n    def f(self, x):\n        """Doc 😀."""\n        ...\n    y = "漢字"\n',
            'class A:\n    def f(self, x):\n        """Doc 😀."""\n        if x:\n            return 1\n        return 2\n    y = "漢字"\n',
        ),
        (
            'def f(x):\n    """Doc."""; return 0\n',
            'def f(x):\n    """Doc."""\n    if x:\n        return 1\n    return 2\n',
        ),
    ],
)
def test_the_body_is_replaced_and_nothing_else(before, after):
    document = Document(before)
    task = make_task(document, document.functions()[0])
    assert solved_document(task, BODY) == after
    assert before[: task.body.start] + replacement(task, BODY) + before[task.body.end :] == after
    function = solved_function(task, BODY)
    compiled = {}
    exec(function.replace("self, ", ""), compiled)
    assert compiled["f"](1) == 1
    assert compiled["f"](0) == 2


def test_text_inside_strings_is_never_indented():
    text = 'class A:\n\tdef f(self):\n\t\t"""Doc."""\n'
    task = make_task(Document(text), Document(text).functions()[0])
    body = 'text = """a\n    b\nc"""\nreturn text'
    solved = solved_document(task, body)
    namespace = {}
    exec(solved, namespace)
    assert namespace["A"]().f() == "a\n    b\nc"


def test_task_of_a_method():
    task = make_task(Document(MODULE), Document(MODULE).named("Stack.pop"), version=7)
    assert task.header.startswith("async def pop(self, count: int,\n")
    assert task.parameters == ("count", "deep")
    assert task.receiver == "Stack"
    assert task.is_async
    assert task.is_stub
    assert task.document_version == 7
    assert [(e.call, e.expected.shown, e.line) for e in task.examples] == [("Stack([1]).pop(1)", "1", 23)]
    assert "class Stack:" in task.context
    assert "self.items = items" in task.context
    assert "class Node" not in task.context


def test_parameters_of_every_kind():
    source = "def f(a, b: int, c=1, d: str = 'x', *e, g, h: int = 2, **i):\n    '''Doc.'''\n"
    document = Document(source)
    assert make_task(document, document.functions()[0]).parameters == tuple("abcdeghi")


def test_fingerprint_follows_the_function_not_its_place():
    moved = "x = 1\n\n" + MODULE
    before, after = Document(MODULE).named("last"), Document(moved).named("last")
    assert before.fingerprint == after.fingerprint
    assert Document(moved).find("last", before.fingerprint).start == before.start + 7
    assert Document(moved.replace('"""Last."""', '"""Lost."""')).find("last", before.fingerprint) is None


def test_every_task_header_parses():
    for function in Document(MODULE).functions():
        if function.problem is None:
            task = make_task(Document(MODULE), function)
            ast.parse(task.header + ("" if '"' in task.header else "\n    pass"))


@pytest.mark.parametrize(
    "source",
    [
        'class A:\n\tdef f(self):\n\t\t"""Doc.\n\n\t\t>>> A().f()\n\t\t1\n\t\t"""\n',
        'class A:\n  def f(self):\n    """Doc.\n\n    >>> A().f()\n    1\n    """\n',
        'class A:\r\n    def f(self):\r\n        """Doc.\r\n\r\n        >>> A().f()\r\n        1\r\n        """\r\n',
    ],
)
def test_the_model_sees_the_same_whatever_the_indentation_and_line_ends(source):
    task = make_task(Document(source), Document(source).functions()[0])
    assert task.header == 'def f(self):\n    """Doc.\n\n    >>> A().f()\n    1\n    """'
    assert [example.call for example in task.examples] == ["A().f()"]


def test_a_docstring_beside_the_signature_is_shown_on_its_own_line():
    source = 'class A:\n\tdef f(self): """Doc."""; return 1\n'
    assert make_task(Document(source), Document(source).functions()[0]).header == 'def f(self):\n    """Doc."""'


@pytest.mark.parametrize(
    "source",
    [
        'def f(x):\n    \\\n    """Doc"""\n    print(5)\n',
        'def f(x):\n\x0c    """Doc"""\n    print(5)\n',
        'def f(x): "Doc"  # c\n',
        "def f(x):\n# c\n    pass\n",
        'def f(x): \\\n    "Doc"\n',
        'def f(x):\n    f"""Doc {x}"""\n',
        'def f(x):\n    b"""Doc"""\n',
        'def f(x):\n    "Doc",\n    return 1\n',
        'def broken(:\n\n\ndef f(x):\n    f"""Doc {x}"""\n',
    ],
)
def test_layouts_that_cannot_be_edited_safely_are_refused(source):
    """In each of these tree-sitter and Python disagree, or old code would stay in the new function."""
    document = Document(source)
    (function,) = [f for f in document.functions() if f.name == "f"]
    with pytest.raises(UsageError, match=r"laid out|docstring|syntax"):
        make_task(document, function)

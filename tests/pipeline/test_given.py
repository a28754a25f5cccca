"""Confirmed cases as doctests in the docstring: written where they belong, and read back as examples."""

import pytest

from atlas_pipeline.errors import UsageError
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.given import insertion
from atlas_pipeline.records import Expected, ExpectedKind, Provenance, TestCase
from atlas_pipeline.sandbox.canonical import canonical


def case(call, value):
    expected = Expected(kind=ExpectedKind.VALUE, text=canonical(value), shown=repr(value))
    return TestCase(call=call, expected=expected, provenance=Provenance.GIVEN)


def written(source, *cases, name="f"):
    document = Document(source)
    at, text = insertion(document, document.named(name), cases)
    return source[:at] + text + source[at:]


SHAPES = {
    "one line": 'def f(x):\n    """Double x."""\n    return x\n',
    "own end": 'def f(x):\n    """Double x.\n\n    More.\n    """\n    return x\n',
    "examples": 'def f(x):\n    """Double x.\n\n    >>> f(0)\n    0\n    """\n',
    "end beside text": 'def f(x):\n    """Double x.\n\n    More."""\n',
    "raw": "def f(x):\n    r'''Double \\x.'''\n",
    "tabs": 'def f(x):\n\t"""Double x."""\n\treturn x\n',
    "windows": 'def f(x):\r\n    """Double x.\r\n    """\r\n    return x\r\n',
    "beside": 'def f(x): """Double x."""\n',
    "after others": '# 😀 é\nx = "漢"\n\n\ndef f(x):\n    """Double 😀."""\n',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_written_is_read_as_examples(shape):
    before = SHAPES[shape]
    after = written(before, case("f(2)", 4), case("f('a')", "aa"))
    document = Document(after)
    task = make_task(document, document.named("f"))
    calls = [example.call for example in task.examples]
    assert calls[-2:] == ["f(2)", "f('a')"]
    assert len(calls) == 2 + before.count(">>>")
    assert [example.expected.text for example in task.examples][-2:] == [canonical(4), canonical("aa")]
    assert after.replace("\r\n", "").count("\r") == 0
    if "\r\n" in before:
        assert "\n" not in after.replace("\r\n", "")
    compile(after, "m", "exec")


def test_backslashes_survive():
    after = written(SHAPES["one line"], case("f('\\n')", "\n\n"))
    document = Document(after)
    (example,) = make_task(document, document.named("f")).examples
    assert example.call == "f('\\n')"
    assert example.expected.text == canonical("\n\n")


def test_none_is_shown_as_a_comparison():
    after = written(SHAPES["one line"], case("f(0)", None))
    assert ">>> f(0) is None\n    True\n" in after


@pytest.mark.parametrize(
    ("source", "wanted", "reason"),
    [
        ("def f(x):\n    # Double x.\n    return x\n", case("f(1)", 2), "no docstring"),
        ("def f(x):\n    'Double x.'\n", case("f(1)", 2), "triple quotes"),
        (SHAPES["one line"], case('f(\'"""\')', 1), "quotes"),
        (SHAPES["raw"], case("f('\\n')", 1), "backslashes"),
        (SHAPES["one line"], TestCase(call="f(1)", expected=None, provenance=Provenance.GIVEN), "one line"),
    ],
)
def test_what_cannot_be_written_is_refused(source, wanted, reason):
    with pytest.raises(UsageError, match=reason):
        written(source, wanted)

"""Check, repair and write tests: real server over stdio, real engine, pocket model, real sandbox."""

import pytest
from lsp_editor import plain, start_editor, stop_editor
from lsprotocol import types
from solve_sources import RIGHT_SUM as RIGHT
from solve_sources import SUM
from solve_sources import WRONG_SUM as WRONG

SUBTLE = SUM + "    return sum(n for n in nums if n % 2 == 0 and n < 5)\n"


def codes(editor, uri):
    return [str(diagnostic.code) for diagnostic in editor.diagnostics[uri].diagnostics]


async def titles(editor, uri, needle):
    return [
        (action.title, str(getattr(action.kind, "value", action.kind))) for action in await editor.actions(uri, needle)
    ]


async def test_a_check_reports_the_failing_example_and_changes_nothing(editor, uri):
    editor.open(uri, WRONG)
    answer = await editor.command("check", uri=uri, qualname="total")
    assert answer["status"] == "checked", answer
    assert answer["findings"][0]["kind"] == "example"
    assert answer["findings"][0]["message"] == "total([1, 2, 4]): expected 6, but it gives 7"
    assert not editor.edits
    assert editor.texts[uri] == WRONG
    await editor.until(lambda: "failing-example" in codes(editor, uri))
    assert ("Repair this function", "quickfix") in await titles(editor, uri, "def total")
    editor.insert(uri, "return sum", "0; ")
    await editor.until(lambda: not editor.diagnostics[uri].diagnostics)


async def test_a_check_reports_what_the_samples_agree_against(editor, uri):
    editor.open(uri, SUBTLE)
    answer = await editor.command("check", uri=uri, qualname="total")
    assert answer["voters"] >= 3, answer
    assert {finding["kind"] for finding in answer["findings"]} == {"disagreement"}
    for finding in answer["findings"]:
        assert eval(finding["call"], namespace(RIGHT)) == eval(finding["expected"])
        assert finding["votes"] >= 3
    await editor.until(lambda: "check-disagreement" in codes(editor, uri))
    at = editor.diagnostics[uri].diagnostics[0]
    assert at.range.start.line == 0
    assert at.severity == types.DiagnosticSeverity.Warning


def namespace(source):
    names = {}
    exec(source, names)
    return names


async def test_a_right_function_is_not_reported(editor, uri):
    editor.open(uri, RIGHT)
    answer = await editor.command("check", uri=uri, qualname="total")
    assert answer["findings"] == []
    assert "proves nothing" in answer["message"]
    assert (await editor.command("check", uri=uri, qualname="total", options={"samples": 1}))["voters"] <= 1


async def test_a_stub_can_be_neither_checked_nor_repaired(editor, uri):
    editor.open(uri, SUM)
    for name in ("check", "repair"):
        answer = await editor.command(name, uri=uri, qualname="total")
        assert answer["status"] == "error"
        assert "no body yet" in answer["message"]


async def test_a_wrong_body_is_repaired(editor, uri):
    editor.open(uri, "x = 1\n\n\n" + WRONG)
    action = await editor.action(uri, "def total", "Repair this function")
    answer = plain(await editor.run(action))
    assert answer["status"] == "verified", answer
    assert answer["applied"] is True
    assert editor.function(uri, "total")([2, 3, -4]) == -2
    assert len(editor.edits) == 1


async def test_a_right_body_is_left_alone(editor, uri):
    editor.open(uri, RIGHT)
    answer = await editor.command("repair", uri=uri, qualname="total")
    assert answer["status"] == "nothing to repair", answer
    assert editor.texts[uri] == RIGHT
    assert not editor.edits


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "shop").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "pyproject.toml").write_text("")
    (folder / "shop/__init__.py").write_text("")
    (folder / "shop/sums.py").write_text(RIGHT)
    return folder


@pytest.fixture(params=["vscode", "neovim"])
async def rooted(request, tmp_path, project):
    editor = await start_editor(request.param, tmp_path, folders=[project])
    yield editor
    await stop_editor(editor)


def run_tests(text, source):
    """Run the functions of a test file on a module's source."""
    lines = [line for line in text.split("\n") if not line.startswith("from shop")]
    names = namespace(source)
    exec("\n".join(lines), names)
    return [name for name, value in names.items() if name.startswith("test_") and value() is None]


async def test_tests_are_written_into_a_new_file(rooted, project):
    uri = (project / "shop/sums.py").as_uri()
    rooted.open(uri, RIGHT)
    answer = await rooted.command("tests", uri=uri, qualname="total")
    assert answer["status"] == "written", answer
    target = (project / "tests/test_sums.py").as_uri()
    assert rooted.created == [target]
    assert rooted.texts[uri] == RIGHT
    text = rooted.texts[target]
    assert text.startswith("from shop.sums import total\n")
    assert "# Given in the docstring of total." in text
    assert "assert total([1, 2, 4]) == 6" in text
    assert "Atlas Pocket" in text
    assert answer["agreed"] >= 1
    assert run_tests(text, RIGHT)
    with pytest.raises(AssertionError):
        run_tests(text, WRONG)
    assert not (project / "tests/test_sums.py").exists()  # the editor's change, not ours


@pytest.mark.parametrize("is_open", [True, False])
async def test_tests_are_added_to_a_file_that_is_there(rooted, project, is_open):
    there = project / "tests/test_sums.py"
    before = '"""Tests."""\n\nimport os\n\n\ndef test_total():\n    assert os\n'
    there.write_text(before)
    uri = (project / "shop/sums.py").as_uri()
    rooted.open(uri, RIGHT)
    if is_open:
        rooted.open(there.as_uri(), before)
    answer = await rooted.command("tests", uri=uri, qualname="total", options={"samples": 3})
    assert answer["status"] == "written", answer
    text = rooted.texts[there.as_uri()]
    assert text.startswith(
        '"""Tests."""\n\nimport os\nfrom shop.sums import total\n\n\ndef test_total():\n    assert os\n'
    )
    assert "def test_total_2():" in text
    assert len(run_tests(text, RIGHT)) >= 2
    assert rooted.created == []
    assert there.read_text() == before


async def test_tests_of_a_document_without_a_file_are_refused(editor):
    editor.open("untitled:Untitled-1", RIGHT)
    answer = await editor.command("tests", uri="untitled:Untitled-1", qualname="total")
    assert answer["status"] == "error"
    assert "save it" in answer["message"]

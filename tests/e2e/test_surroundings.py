"""The project's tests are what makes a result verified: command line and editor, real engine and sandbox."""

import json
import subprocess
import sys

import pytest
from lsp_editor import LINGER_S, environment, start_editor, stop_editor

SOURCE = '''def total(nums):
    """Return the sum of the even numbers in nums."""
'''
TEST = "from work import total\n\n\ndef test_total():\n    assert total([1, 2, 4]) == 6\n    assert total([]) == 0\n"


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "work.py").write_text(SOURCE)
    (root / "tests" / "test_work.py").write_text(TEST)
    return root


def test_the_command_line_reads_the_projects_tests(project, tmp_path):
    def atlas(*arguments):
        command = [sys.executable, "-m", "atlas_server", "solve", f"{project / 'work.py'}::total", *arguments]
        return subprocess.run(
            command, env=environment(tmp_path / "home"), capture_output=True, timeout=240, check=False,
            stdin=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    (tmp_path / "home").mkdir()
    done = atlas("--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["level"] == "VERIFIED"
    assert result["given"] == []
    assert [(case["call"], case["source"], case["status"]) for case in result["project"]] == [
        ("total([1, 2, 4])", "tests/test_work.py:5", "pass"),
        ("total([])", "tests/test_work.py:6", "pass"),
    ]
    assert all(case["call"] != "total([1, 2, 4])" for case in result["tests"])
    assert "2 cases from the project's tests" in done.stderr
    shown = atlas()
    assert "project test (tests/test_work.py:5): total([1, 2, 4]) == 6" in shown.stdout
    events = [json.loads(line) for line in atlas("--json-events").stdout.splitlines()]
    assert events[0]["event"] == "ContextGathered"
    assert [case["provenance"] for case in events[0]["project_cases"]] == ["project", "project"]
    assert [event["event"] for event in events].count("ContextGathered") == 1


async def test_the_editor_reads_the_workspace_and_what_is_open_in_it(project, tmp_path):
    (tmp_path / "editor").mkdir()
    editor = await start_editor("vscode", tmp_path / "editor", folders=[project])
    uri = (project / "work.py").as_uri()
    editor.open(uri, SOURCE)
    answer = await editor.solve(uri, "def total")
    assert answer["status"] == "verified", answer
    assert [case["source"] for case in answer["project"]] == ["tests/test_work.py:5", "tests/test_work.py:6"]
    assert editor.function(uri, "total")([1, 2, 3, 4]) == 6
    # The test file, changed in the editor and not saved, now says something that nothing fits.
    (project / "again.py").write_text(SOURCE)
    (project / "tests" / "test_again.py").write_text(TEST.replace("work", "again"))
    again = (project / "again.py").as_uri()
    editor.open(again, SOURCE)
    editor.open((project / "tests" / "test_again.py").as_uri(), TEST.replace("work", "again").replace("== 6", "== 7"))
    answer = await editor.solve(again, "def total")
    assert answer["status"] == "unverified", answer
    assert editor.texts[again] == SOURCE
    await stop_editor(editor)
    assert await editor.processes.gone(LINGER_S + 2.0), editor.processes.look()

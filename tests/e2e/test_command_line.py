"""`atlas-ls` from the shell: real engine, pocket model, real sandbox."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import validate
from lsp_editor import environment
from solve_sources import NO_EXAMPLE as WEAK
from solve_sources import SUM as SOURCE

import atlas_server
from atlas_server.demo import example_file

RESULT = {
    "type": "object",
    "required": ["schema", "level", "probability", "code", "given", "tests", "candidates", "cost"],
    "properties": {
        "schema": {"const": 1},
        "level": {"enum": ["VERIFIED", "WEAK", "UNVERIFIED"]},
        "probability": {"type": ["number", "null"]},
        "code": {"type": ["string", "null"]},
        "given": {"type": "array", "items": {"$ref": "#/$defs/case"}},
        "tests": {"type": "array", "items": {"$ref": "#/$defs/case"}},
        "candidates": {"type": "integer", "minimum": 0},
        "cost": {
            "type": "object",
            "required": ["seconds", "prompt_tokens", "completion_tokens", "candidates", "programs_run"],
        },
    },
    "$defs": {
        "case": {
            "type": "object",
            "required": ["call", "expected", "actual", "status"],
            "properties": {"status": {"enum": ["pass", "fail", "error", "timeout", "memory"]}},
        }
    },
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return environment(tmp_path_factory.mktemp("cli"))


def atlas(home, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "atlas_server", *map(str, arguments)],
        env=home,
        capture_output=True,
        timeout=240,
        check=False,
        stdin=subprocess.DEVNULL,
        **options,
    )


def test_a_verified_result_is_written_on_request(home, tmp_path):
    path = tmp_path / "work.py"
    path.write_bytes(SOURCE.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    done = atlas(home, "solve", f"{path}::total", "--json")
    assert done.returncode == 0, done.stderr.decode()
    result = json.loads(done.stdout)
    validate(result, RESULT)
    assert result["level"] == "VERIFIED"
    assert result["written"] is False
    assert path.read_bytes() == SOURCE.replace("\n", "\r\n").encode()
    namespace = {}
    exec(result["code"], namespace)
    assert namespace["total"]([2, 3]) == 2
    done = atlas(home, "solve", f"{path}::total", "--write")
    assert done.returncode == 0, done.stderr.decode()
    assert b"VERIFIED" in done.stdout
    assert b"written to" in done.stdout
    data = path.read_bytes()
    assert data.startswith(SOURCE.replace("\n", "\r\n").encode())
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["work.py"]


def test_the_same_seed_gives_the_same_answer(home, tmp_path):
    path = tmp_path / "work.py"
    path.write_text(SOURCE)
    codes = {json.loads(atlas(home, "solve", f"{path}::total", "--json", "--seed", 7).stdout)["code"] for _ in range(2)}
    assert len(codes) == 1


def test_a_weak_result_is_written_only_when_accepted(home, tmp_path):
    path = tmp_path / "work.py"
    path.write_text(WEAK)
    done = atlas(home, "solve", f"{path}::biggest", "--write")
    assert done.returncode == 1
    assert path.read_text() == WEAK
    assert b"right? biggest(" in done.stdout
    done = atlas(home, "solve", f"{path}::biggest", "--write", "--accept-weak")
    assert done.returncode == 1
    assert path.read_text().startswith(WEAK)
    namespace = {}
    exec(path.read_text(), namespace)
    assert namespace["biggest"]([3, -5, 8]) == 8


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("work.py", "PATH::QUALNAME"),
        ("nowhere.py::f", "No such file"),
        ("work.py::nope", "no function 'nope'.*total"),
        ("work.py::bare", "docstring"),
        ("binary.py::f", "UTF-8"),
        (".::f", "directory"),
        ("::f", "PATH::QUALNAME"),
    ],
)
def test_bad_targets_are_usage_errors(home, tmp_path, target, message):
    (tmp_path / "work.py").write_text(SOURCE + "\n\ndef bare(x):\n    return x\n")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00d")
    done = atlas(home, "solve", target, "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == b""
    assert re.search(message, " ".join(done.stderr.decode().split())), done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("content", [None, b"", b"GGUF", b"not a model" * 100])
def test_bad_models_are_environment_errors(home, tmp_path, content):
    (tmp_path / "work.py").write_text(SOURCE)
    model = tmp_path / "model.gguf"
    if content is not None:
        model.write_bytes(content)
    done = atlas(home, "solve", f"{tmp_path / 'work.py'}::total", "--model", model)
    assert done.returncode == 2
    assert b"model.gguf" in done.stderr.replace(b"\n", b"")
    assert b"Traceback" not in done.stderr


def test_bad_options_are_usage_errors(home):
    for arguments in (("solve",), ("solve", "x::y", "-k", "0"), ("--nope",), ("dance",)):
        done = atlas(home, *arguments)
        assert done.returncode == 2
        assert done.stdout == b""


def test_version(home):
    done = atlas(home, "--version")
    assert done.returncode == 0
    assert done.stdout.startswith(b"atlas-ls ")


def test_a_terminal_on_standard_input_gets_help_instead_of_a_hang(home):
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "atlas_server"],
            stdin=theirs,
            env=home,
            capture_output=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 2
    assert b"usage: atlas-ls" in done.stderr
    assert done.stdout == b""


def test_the_demo_shows_all_three_levels(home):
    done = atlas(home, "demo", "--plain")
    text = done.stdout.decode()
    assert done.returncode == 0, text
    assert "VERIFIED: " in text
    assert "WEAK: " in text
    assert "UNVERIFIED: " in text
    assert "right? " in text
    assert re.search(r"^\+ +return", text, re.MULTILINE)


def test_the_demo_fails_when_the_chain_is_broken(home, tmp_path):
    done = atlas(home, "demo", "--plain", "--model", tmp_path / "no.gguf")
    assert done.returncode == 1
    assert done.stdout.count(b"FAILED: ") == 6
    assert b"no.gguf" in done.stdout
    missing = atlas(home, "demo", "--file", tmp_path / "missing.py")
    assert missing.returncode == 2
    assert Path(tmp_path / "missing.py").exists() is False


def test_a_result_that_cannot_be_written_is_still_shown(home, tmp_path, monkeypatch):
    from atlas_server import solve_command

    path = tmp_path / "work.py"
    path.write_text(SOURCE)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    for name, value in home.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(solve_command.tempfile, "mkstemp", refuse)
    from atlas_server.cli import parser

    code = solve_command.run_solve(parser().parse_args(["solve", f"{path}::total", "--write"]))
    assert code == 2
    assert path.read_text() == SOURCE


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("solve.mutants", "write SECTION.NAME=JSON"),
        ("mutants=0", "write SECTION.NAME=JSON"),
        ("solve.mutants=many", "solve.mutants: Expected `int`, got `str`"),
        ("solve.nothing=1", "solve.nothing"),
        ("nobody.samples=1", "nobody: unknown setting"),
    ],
)
def test_wrong_settings_are_refused(home, tmp_path, assignment, said):
    path = tmp_path / "work.py"
    path.write_text(SOURCE)
    done = atlas(home, "solve", f"{path}::total", "--set", assignment)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.decode().split())


def test_settings_are_set_on_the_command_line(home, tmp_path):
    path = tmp_path / "work.py"
    path.write_text(SOURCE)
    done = atlas(home, "solve", f"{path}::total", "--set", "solve.test_samples=0", "--set", "solve.samples=2", "--json")
    result = json.loads(done.stdout)
    assert result["candidates"] == 2
    assert [case for case in result["tests"] if case["provenance"] == "generated"] == []


def test_warnings_about_code_that_is_only_read_are_kept_from_the_user(home, tmp_path):
    (tmp_path / "work.py").write_text(SOURCE + "\n\nLIMIT = 1or 2\n")
    done = atlas(home, "solve", f"{tmp_path / 'work.py'}::total", "--trace", tmp_path / "no" / "folder")
    assert done.returncode == 2
    assert b"No such file" in done.stderr
    assert b"Warning" not in done.stderr


def test_the_demo_file_comes_with_the_package():
    """A wheel holds what lies in the package's folder, so the demo works where there is no checkout."""
    assert Path(atlas_server.__file__).parent in example_file().parents
    assert example_file().is_file()


def test_a_token_budget_holds_for_tests_too(home, tmp_path):
    """Three candidates take about 50 tokens, all ten requests for tests and inputs together some 900."""
    (tmp_path / "work.py").write_text(WEAK)
    changes = ("solve.token_budget=100", "solve.test_samples=8", "solve.input_samples=2")
    done = atlas(
        home,
        "solve",
        f"{tmp_path / 'work.py'}::biggest",
        "--fresh",
        "--json-events",
        *(w for c in changes for w in ("--set", c)),
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    (stopped,) = [event for event in events if event["event"] == "StoppedEarly"]
    assert (stopped["by"], "100 tokens" in stopped["reason"]) == ("tokens", True)
    stages = {stage["stage"]: stage for stage in events[-1]["stages"]}
    assert 0 < stages["tests"]["requests"] < 10
    assert 100 <= events[-1]["selection"]["cost"]["completion_tokens"] < 500

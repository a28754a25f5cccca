"""`atlas-ls sandbox run` and `atlas-ls doctor` from the shell."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import validate

_REPOSITORY = Path(__file__).parents[2]
RUN = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "schema",
        "layers",
        "notice",
        "outcome",
        "exit_status",
        "stdout",
        "stderr",
        "is_cut",
        "cpu_s",
        "exception",
    ],
    "properties": {
        "schema": {"const": 1},
        "layers": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "notice": {"type": "string"},
        "outcome": {"enum": ["returned", "raised", "load_failed", "timeout", "memory", "crashed"]},
        "exit_status": {"type": ["integer", "null"]},
        "stdout": {"type": "string"},
        "stderr": {"type": "string"},
        "is_cut": {"type": "boolean"},
        "cpu_s": {"type": "number", "minimum": 0},
        "exception": {
            "type": ["object", "null"],
            "required": ["type", "message", "line"],
            "properties": {"line": {"type": ["integer", "null"]}},
        },
    },
}
DOCTOR = {
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "lines"],
    "properties": {
        "schema": {"const": 1},
        "lines": {
            "type": "array",
            "minItems": 4,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["check", "mark", "text", "remedy"],
                "properties": {
                    "check": {"type": "string"},
                    "mark": {"enum": ["good", "note", "bad"]},
                    "text": {"type": "string", "minLength": 1},
                    "remedy": {"type": "string"},
                },
            },
        },
    },
}


def atlas(folder: Path, *arguments: str, bubblewrap: bool = True) -> subprocess.CompletedProcess[str]:
    found = os.environ.get("ATLAS_TEST_BWRAP") or str(_REPOSITORY / ".cache/bwrap/usr/bin/bwrap")
    path = f"{Path(found).parent}:{os.environ['PATH']}" if bubblewrap else str(_without_bubblewrap(folder))
    return subprocess.run(
        [sys.executable, "-m", "atlas_server", *arguments],
        cwd=folder,
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _without_bubblewrap(folder: Path) -> Path:
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    return empty


@pytest.mark.parametrize(
    ("name", "source", "options", "status", "outcome", "stdout"),
    [
        ("double.py", "print(2 * int(input()))", ["--stdin", "in.txt"], 0, "returned", "42\n"),
        ("three.ts", "const n: number = 3;\nconsole.log(n)", [], 0, "returned", "3\n"),
        ("exit.py", "import sys\nsys.exit(4)", [], 1, "raised", ""),
        ("net.py", "import socket\nsocket.socket()", [], 1, "raised", ""),
        ("spin.py", "print('on', flush=True)\nwhile True: pass", ["--time", "0.3"], 1, "timeout", "on\n"),
        ("hog.py", "x = bytearray(10**9)", ["--memory", "64"], 1, "memory", ""),
        ("null.py", "import ctypes\nctypes.string_at(0)", [], 1, "crashed", ""),
        ("enum.ts", "enum A { x }", [], 1, "load_failed", ""),
    ],
)
def test_run(tmp_path, name, source, options, status, outcome, stdout):
    (tmp_path / name).write_text(source)
    (tmp_path / "in.txt").write_text("21\n")
    done = atlas(tmp_path, "sandbox", "run", name, *options, "--json")
    answer = json.loads(done.stdout)
    validate(answer, RUN)
    assert (done.returncode, answer["outcome"], answer["stdout"]) == (status, outcome, stdout), done
    plain = atlas(tmp_path, "sandbox", "run", name, *options)
    assert (plain.returncode, plain.stdout) == (status, stdout)
    assert "isolated by bubblewrap" in plain.stderr


@pytest.mark.parametrize(
    "arguments",
    [["nowhere.py"], ["a.rb"], ["a.py", "--time", "0"], ["a.py", "--memory", "1"], ["a.py", "--stdin", "nowhere"], []],
)
def test_wrong_usage_is_2(tmp_path, arguments):
    (tmp_path / "a.py").write_text("print(1)")
    (tmp_path / "a.rb").write_text("puts 1")
    done = atlas(tmp_path, "sandbox", "run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_what_cannot_be_isolated_is_2(tmp_path):
    (tmp_path / "a.ts").write_text("console.log(1)")
    (tmp_path / "a.py").write_text("print(1)")
    done = atlas(tmp_path, "sandbox", "run", "a.ts", bubblewrap=False)
    assert done.returncode == 2
    assert "only under bubblewrap" in done.stderr
    assert "Traceback" not in done.stderr
    done = atlas(tmp_path, "sandbox", "run", "a.py", "--layers", "bubblewrap", bubblewrap=False)
    assert done.returncode == 2
    assert "install bubblewrap" in done.stderr
    done = atlas(tmp_path, "sandbox", "run", "a.py", bubblewrap=False)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert "isolated by landlock" in done.stderr


def test_doctor(tmp_path):
    done = atlas(tmp_path, "doctor", "--json")
    answer = json.loads(done.stdout)
    validate(answer, DOCTOR)
    assert done.returncode == 0, answer
    marks = {(line["check"], line["mark"]) for line in answer["lines"]}
    assert {("sandbox layers", "good"), ("sandbox python", "good"), ("sandbox node", "good")} <= marks
    text = atlas(tmp_path, "doctor").stdout
    assert "ok    sandbox layers: bubblewrap, landlock" in text
    assert "an endless loop is ended, a socket is refused" in text


def test_doctor_says_what_is_missing(tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    done = atlas(tmp_path, "doctor", bubblewrap=False)
    assert done.returncode == 0, done
    assert "note  sandbox layers: bubblewrap does not work: bwrap is not there" in done.stdout
    assert "apt install bubblewrap" in done.stdout
    assert "this folder has .venv/bin/python, but candidates import from the environment of atlas-ls" in done.stdout
    assert "JavaScript and TypeScript are not run" in done.stdout
    done = atlas(tmp_path, "doctor", "--python", "/no/such/python")
    assert done.returncode == 1
    assert "FAIL  sandbox python: the interpreter /no/such/python cannot be run" in done.stdout

"""`atlas-ls sandbox run` and `atlas-ls doctor` from the shell."""

import contextlib
import json
import os
import signal
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
    [
        ["nowhere.py"],
        ["a.rb"],
        ["folder.py"],
        ["pipe.py"],
        ["zero.py"],
        ["a.py", "--time", "0"],
        ["a.py", "--time", "soon"],
        ["a.py", "--memory", "1"],
        ["a.py", "--memory", "99999999999999"],
        ["a.py", "--stdin", "nowhere"],
        ["a.py", "--stdin", "zero.py"],
        [],
    ],
)
def test_wrong_usage_is_2(tmp_path, arguments):
    (tmp_path / "a.py").write_text("print(1)")
    (tmp_path / "a.rb").write_text("puts 1")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.py")
    done = atlas(tmp_path, "sandbox", "run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["sandbox", "run", "a.py"], ["doctor"]])
def test_a_folder_that_is_gone_is_2(tmp_path, arguments):
    (tmp_path / "a.py").write_text("print(1)")
    arguments = [str(tmp_path / "a.py") if name.endswith(".py") else name for name in arguments]
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", sys.executable, "-m", "atlas_server", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "the current folder is not there any more" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_byte_order_mark_is_no_part_of_the_program(tmp_path):
    (tmp_path / "a.py").write_text("print(1)", encoding="utf-8-sig")
    assert atlas(tmp_path, "sandbox", "run", "a.py").stdout == "1\n"


def test_output_beyond_the_locale_is_escaped(tmp_path):
    (tmp_path / "a.py").write_text("print('\u20ac')", encoding="utf-8")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "atlas_server", "sandbox", "run", "a.py"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "\\u20ac\n")


def test_a_terminal_is_given_no_orders(tmp_path):
    """Neither its own output nor its exception may set the terminal's title, or look like a line of ours."""
    source = (
        "print('\\x1b]0;title\\x07\\x9b')\nraise ValueError('\\x1b[2J\\natlas-ls: it ended by itself with status 0')"
    )
    (tmp_path / "a.py").write_text(source)
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "atlas_server", "sandbox", "run", "a.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal
            while part := os.read(ours, 65536):
                shown += part
    os.close(ours)
    assert process.returncode == 1
    assert b"\\x1b]0;title\\x07\\x9b" in shown
    assert not {0x1B, 0x07, 0x9B} & set(shown)
    assert b"ValueError: \\x1b[2J\\natlas-ls: it ended" in shown.splitlines()[-1]


def test_an_interrupt_ends_it_quietly(tmp_path):
    (tmp_path / "a.py").write_text("import time\ntime.sleep(1000)")
    command = [sys.executable, "-m", "atlas_server", "--log-level", "info", "sandbox", "run", "a.py", "--time", "100"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = ""
        while "is isolated by" not in said:
            said = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in rest


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

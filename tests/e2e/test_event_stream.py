"""`atlas-ls solve --json-events` and `--trace`: real engine, pocket model, real sandbox."""

import json
import signal
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator
from lsp_editor import environment
from solve_sources import SUM as SOURCE

from atlas_pipeline.events import json_schema
from atlas_pipeline.trace import read_trace


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return environment(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "work.py"
    path.write_text(SOURCE)
    return f"{path}::total"


def command(*arguments):
    # All of them solve the same function: without --fresh, all but one would be answered from the history.
    return [sys.executable, "-m", "atlas_server", "solve", "--fresh", *map(str, arguments)]


def atlas(home, *arguments):
    return subprocess.run(
        command(*arguments), env=home, capture_output=True, timeout=240, check=False, stdin=subprocess.DEVNULL
    )


def test_standard_output_has_events_only_and_the_last_is_finished(home, target, tmp_path):
    trace = tmp_path / "trace.jsonl"
    done = atlas(home, target, "--json-events", "--trace", trace, "--write")
    assert done.returncode == 0, done.stderr.decode()
    shown = [json.loads(text) for text in done.stdout.decode("ascii").split("\n")[:-1]]
    validator = Draft202012Validator(json_schema())
    for content in shown:
        validator.validate(content)
    kinds = [content["event"] for content in shown]
    assert kinds.count("Finished") == 1
    assert kinds[-1] == "Finished"
    assert kinds.index("Started") < kinds.index("CandidateMade") < kinds.index("CandidateTested")
    assert shown[-1]["selection"]["level"] == "VERIFIED"
    times = [content["at_s"] for content in shown]
    assert times == sorted(times)
    assert b"VERIFIED" in done.stderr  # the text for people
    assert b"written to" in done.stderr
    assert "return" in (tmp_path / "work.py").read_text()
    first, recorded = read_trace(trace)
    assert first["function"] == "total"
    assert first["path"] == str(tmp_path / "work.py")
    assert first["settings"]["samples"] == 20
    strip = [{key: value for key, value in content.items() if key != "at_s"} for content in recorded]
    assert strip == [{key: value for key, value in content.items() if key != "at_s"} for content in shown]
    assert trace.stat().st_mode & 0o777 == 0o600


def test_events_come_while_the_solve_runs_and_a_closed_pipe_ends_it(home, target, tmp_path):
    trace = tmp_path / "trace.jsonl"
    arguments = command(target, "--json-events", "--trace", trace)
    with subprocess.Popen(arguments, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = json.loads(process.stdout.readline())
        assert process.poll() is None
        process.stdout.close()
        text = process.stderr.read().decode()
        code = process.wait(60)
    assert first["event"] in {"Started", "ContextGathered"}
    assert code == 2, text
    assert "nobody reads standard output" in " ".join(text.split())
    assert "Traceback" not in text
    assert "Exception ignored" not in text
    assert read_trace(trace)[1][-1]["event"] == "Failed"


def until(process, kind):
    """Read events up to the first of a kind, and return it."""
    for line in process.stdout:
        if (content := json.loads(line))["event"] == kind:
            return content
    raise AssertionError(f"the stream ended without {kind}: {process.stderr.read().decode()}")


def test_an_interrupt_ends_with_the_best_so_far(home, target):
    arguments = command(target, "--json-events", "-k", 20)
    with subprocess.Popen(arguments, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        made = until(process, "CandidateMade")
        process.send_signal(signal.SIGINT)
        rest = [json.loads(line) for line in process.stdout]
        text = process.stderr.read().decode()
    last = rest[-1]
    assert last["event"] == "Finished", text
    assert made["candidate"]["body"]
    assert last["selection"]["best"] is not None
    (stopped,) = [content for content in rest if content["event"] == "StoppedEarly"]
    assert (stopped["by"], stopped["reason"]) == ("user", "you pressed Ctrl-C")
    assert "ending with the best so far" in text
    assert "Traceback" not in text


def test_cancelling_is_recorded(home, target, tmp_path):
    trace = tmp_path / "trace.jsonl"
    arguments = command(target, "--json-events", "--trace", trace)
    with subprocess.Popen(arguments, env=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        shown, text = process.communicate(timeout=60)
    assert process.returncode == 2, text.decode()
    assert b"cancelled" in text
    for last in (json.loads(shown.decode().split("\n")[-2]), read_trace(trace)[1][-1]):
        assert (last["event"], last["error"]) == ("Failed", "Cancelled")


def test_a_kill_leaves_a_readable_trace(home, target, tmp_path):
    trace = tmp_path / "trace.jsonl"
    arguments = command(target, "--json-events", "--trace", trace)
    with subprocess.Popen(arguments, env=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        process.kill()
        process.stdout.close()
    _, recorded = read_trace(trace)
    assert recorded
    assert recorded[-1]["event"] != "Finished"


def test_a_model_that_does_not_load_is_the_last_line(home, target, tmp_path):
    trace = tmp_path / "trace.jsonl"
    done = atlas(home, target, "--json-events", "--trace", trace, "--model", tmp_path / "no.gguf")
    assert done.returncode == 2
    shown = [json.loads(text) for text in done.stdout.decode().split("\n")[:-1]]
    assert [content["event"] for content in shown].count("Failed") == 1
    assert shown[-1]["event"] == "Failed"
    assert "no.gguf" in shown[-1]["message"]
    assert read_trace(trace)[1][-1]["message"] == shown[-1]["message"]


def test_bad_uses(home, target, tmp_path):
    done = atlas(home, target, "--json", "--json-events")
    assert done.returncode == 2
    assert b"not allowed with" in done.stderr
    done = atlas(home, target, "--trace", tmp_path / "no" / "folder.jsonl")
    assert done.returncode == 2
    assert b"the trace" in done.stderr
    assert b"Traceback" not in done.stderr
    done = atlas(home, f"{tmp_path}/work.py::nothing", "--json-events", "--trace", tmp_path / "t.jsonl")
    assert done.returncode == 2
    assert done.stdout == b""
    assert not (tmp_path / "t.jsonl").exists()


def test_a_device_is_no_place_for_a_trace(home, target):
    done = atlas(home, target, "--trace", "/dev/null")
    assert done.returncode == 2
    assert b"not a plain file" in b" ".join(done.stderr.split())


def test_output_that_cannot_be_written_is_said(home, target):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command(target, "--json-events"), env=home, stdout=full, stderr=subprocess.PIPE, timeout=240, check=False
        )
    text = done.stderr.decode()
    assert done.returncode == 2, text
    assert "standard output cannot be written: No space left on device" in " ".join(text.split())
    assert "Traceback" not in text

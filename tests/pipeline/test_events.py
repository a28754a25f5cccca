"""The event stream: its JSON schema, its growth by addition, and the files it is recorded in."""

import asyncio
import dataclasses
import errno
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from atlas_pipeline import events
from atlas_pipeline.asking import Stage, StageUse
from atlas_pipeline.engine.client import connect
from atlas_pipeline.errors import EngineLostError, UsageError
from atlas_pipeline.functions import Document, make_task
from atlas_pipeline.records import Plan
from atlas_pipeline.sandbox import open_sandbox
from atlas_pipeline.settings import EngineSettings, SandboxSettings, Settings
from atlas_pipeline.solving import solve
from atlas_pipeline.trace import Recorder, TraceFile, line, read_trace

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FIRST = Path(__file__).parent / "data" / "events_first.jsonl"
"""Streams of three solves with the pocket model, recorded by the first version that had events."""

SKIPPED = events.StageSkipped(stage="judge", reason="none")
FAILED = events.Failed(error="EngineLostError", message="gone")


def plain(content):
    """Return what a reader of the JSON gets: lists, not tuples."""
    return json.loads(json.dumps(content))


def check(content):
    Draft202012Validator(events.json_schema()).validate(plain(content))


def lines(path):
    return [json.loads(text) for text in path.read_text(encoding="utf-8").split("\n")[:-1]]


# The schema.


def test_the_schema_is_the_one_that_is_published():
    """Run `python -m atlas_pipeline.events > docs/events.schema.json` after a change."""
    Draft202012Validator.check_schema(events.json_schema())
    assert json.loads((DOCS / "events.schema.json").read_text(encoding="utf-8")) == plain(events.json_schema())


def test_every_kind_and_field_is_documented():
    rows = {
        row.split("`")[1]: row
        for row in (DOCS / "events.md").read_text(encoding="utf-8").split("\n")
        if row.startswith("| `")
    }
    assert list(rows) and set(rows) == {kind.__name__ for kind in events.KINDS}
    for kind in events.KINDS:
        for field in dataclasses.fields(kind):
            assert field.name == "schema" or f"`{field.name}`" in rows[kind.__name__], (kind, field.name)


def test_streams_of_the_first_version_still_match():
    recorded = lines(FIRST)
    assert {"Started", "CandidateRejected", "TestsMade", "Finished"} <= {content["event"] for content in recorded}
    for content in recorded:
        check(content)


def test_no_field_of_the_first_version_is_gone():
    properties = {
        name: set(entry["properties"]) for name, entry in events.json_schema()["$defs"].items() if "properties" in entry
    }
    for content in lines(FIRST):
        assert set(content) <= properties[content["event"]]
        if content["event"] == "Finished":
            assert set(content["selection"]) <= properties["Selection"]
            assert set(content["selection"]["cost"]) <= properties["Cost"]


def test_each_kind_is_told_apart():
    for content in (
        {"event": "Nothing", "schema": 1},
        {**events.to_json(SKIPPED), "event": "Failed"},
        {"event": "Failed"},
    ):
        assert not Draft202012Validator(events.json_schema()).is_valid(content), content
    check(events.to_json(SKIPPED))
    check({**events.to_json(FAILED), "at_s": 0.5, "a field of a later version": 1})


def test_new_kinds_as_json():
    plan = Plan(observations=("sorted",), sketch="binary search")
    made = plain(events.to_json(events.PlansMade(plans=(plan,), unreadable=1)))
    assert (made["event"], made["schema"], made["unreadable"]) == ("PlansMade", 1, 1)
    assert made["plans"] == [{"observations": ["sorted"], "sketch": "binary search"}]
    for event in (
        events.PlansMade(plans=(plan,), unreadable=1),
        events.QuestionAsked(call="f(1)", options=("1", "2"), who="model", candidates=(0, 3)),
        events.QuestionAnswered(call="f(1)", who="user", choice=None, reason="no answer"),
        events.StoppedEarly(by="deadline", reason="10 s are over"),
    ):
        check(events.to_json(event))


def test_stage_costs_name_the_stages_that_asked():
    use = {stage: StageUse() for stage in Stage}
    use[Stage.TESTS] = StageUse(requests=3, prompt_tokens=30, completion_tokens=12, decoding_s=0.5)
    (cost,) = events.stage_costs(use)
    assert cost == events.StageCost(stage="tests", requests=3, prompt_tokens=30, completion_tokens=12, decoding_s=0.5)


FUNCTIONS = {
    "total": 'def total(nums):\n    """Return the sum of the squares of the even numbers in nums.\n\n    >>> total([1, 2, 4])\n    20\n    """\n',
    "biggest": 'def biggest(values):\n    """Return the largest of the positive numbers in values."""\n',
    "odd": 'def odd(x):\n    """Odd \u2028 text.\n\n    >>> odd(2)\n    7\n    >>> odd(\n    """\n',
}


@pytest.mark.parametrize("name", FUNCTIONS)
async def test_every_event_of_the_pocket_model_matches_the_schema(tmp_path, monkeypatch, name):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    sandbox = await open_sandbox(SandboxSettings())
    engine = await connect(EngineSettings(linger_s=1.0))
    path = tmp_path / "trace.jsonl"
    try:
        document = Document(FUNCTIONS[name])
        task = make_task(document, document.named(name))
        with TraceFile(path, {"function": name}) as trace, Recorder(trace.write) as recorder:
            async with aclosing(solve(task, engine=engine, sandbox=sandbox, settings=Settings())) as stream:
                async for event in stream:
                    recorder.record(event)
    finally:
        await engine.aclose()
        await sandbox.aclose()
    first, recorded = read_trace(path)
    assert first["function"] == name
    assert recorded[0]["event"] == "Started"
    assert [content["event"] for content in recorded].count("Finished") == 1
    assert recorded[-1]["event"] == "Finished"
    for content in recorded:
        check(content)
        assert content["at_s"] >= 0


# Lines and recorders.


@given(st.text(alphabet=st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=())))
def test_a_line_is_one_line_whatever_the_text(text):
    written = line({"text": text})
    assert written.isascii()
    assert len(written.splitlines()) == 1
    assert json.loads(written) == {"text": text}


def test_events_are_timed_from_the_start():
    ticks, written = iter([100.0, 100.25, 101.5]), []
    recorder = Recorder(written.append, clock=lambda: next(ticks))
    recorder.record(SKIPPED)
    recorder.record(SKIPPED)
    assert [json.loads(text)["at_s"] for text in written] == [0.25, 1.5]


@pytest.mark.parametrize(
    ("error", "name", "message"),
    [
        (EngineLostError("gone"), "EngineLostError", "gone"),
        (asyncio.CancelledError(), "Cancelled", ""),
        (KeyboardInterrupt(), "Cancelled", ""),
    ],
)
def test_a_stream_without_result_says_why(error, name, message):
    written = []
    with pytest.raises(type(error)), Recorder(written.append) as recorder:
        recorder.record(SKIPPED)
        raise error
    contents = [json.loads(text) for text in written]
    assert [content["event"] for content in contents] == ["StageSkipped", "Failed"]
    assert (contents[1]["error"], contents[1]["message"]) == (name, message)
    check(contents[1])


def test_a_stream_that_ended_gets_no_second_end():
    written = []
    with pytest.raises(EngineLostError), Recorder(written.append) as recorder:
        recorder.record(FAILED)
        raise EngineLostError("again")
    with Recorder(written.append):
        pass
    assert len(written) == 1


# Trace files.


def test_a_trace_is_private_says_what_it_holds_and_replaces_an_older_one(tmp_path):
    path = tmp_path / "trace.jsonl"
    path.write_text('{"trace":"atlas-ls","schema":1}\n')
    path.chmod(0o666)
    with TraceFile(path, {"function": "Cart.total"}) as trace:
        first, recorded = read_trace(path)
        assert recorded == []
        assert (first["trace"], first["schema"], first["function"]) == ("atlas-ls", 1, "Cart.total")
        assert "code" in first["holds"]
        assert path.stat().st_mode & 0o777 == 0o600
        Recorder(trace.write).record(SKIPPED)
        assert [content["event"] for content in read_trace(path)[1]] == ["StageSkipped"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["trace.jsonl"]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real" / "trace.jsonl")
    with TraceFile(tmp_path / "link.jsonl", {}):
        pass
    assert (tmp_path / "link.jsonl").is_symlink()
    assert read_trace(tmp_path / "real" / "trace.jsonl")[1] == []


def test_a_file_that_is_no_trace_is_left_alone(tmp_path):
    path = tmp_path / "shop.py"
    path.write_text("def total(): ...\n")
    with pytest.raises(UsageError, match="a file of that name that is no trace"):
        TraceFile(path, {})
    assert path.read_text() == "def total(): ...\n"


@pytest.mark.parametrize("name", ["", "no/such/folder/t.jsonl", "fifo"])
def test_a_trace_that_cannot_be_made_is_a_usage_error(tmp_path, name):
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(UsageError, match=re.escape(str(tmp_path / name))):
        TraceFile(tmp_path / name, {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["fifo"]


def test_a_full_disk_ends_the_trace_and_not_the_solve(tmp_path, monkeypatch):
    path = tmp_path / "trace.jsonl"
    write = os.write
    with TraceFile(path, {}) as trace:
        recorder = Recorder(trace.write)
        recorder.record(SKIPPED)
        kept = path.read_bytes()

        def full(descriptor, data):
            if len(data) < 40:
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(descriptor, data[:40])  # a part of the line still fits

        monkeypatch.setattr(os, "write", full)
        recorder.record(SKIPPED)
        monkeypatch.undo()
        recorder.record(SKIPPED)
    assert trace.problem == f"the trace {path} is incomplete: No space left on device"
    assert path.read_bytes().startswith(kept)
    assert len(read_trace(path)[1]) == 1


def test_a_trace_is_whole_after_a_kill(tmp_path):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom atlas_pipeline.trace import *\n"
        "from atlas_pipeline.events import StageSkipped\n"
        "recorder = Recorder(TraceFile(Path(sys.argv[1]), {}).write)\n"
        "while True:\n    recorder.record(StageSkipped(stage='x', reason='y' * 5000))\n    print(flush=True)\n"
    )
    path = tmp_path / "trace.jsonl"
    with subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE) as process:
        for _ in range(20):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
    _, recorded = read_trace(path)
    assert len(recorded) >= 20
    assert all(len(content["reason"]) == 5000 for content in recorded)


@pytest.mark.parametrize(
    "content", [b"", b"{}\n", b'{"event": "Started"}\n', b'{"trace": "atlas-ls"}\nbroken\n{}\n', b"\xff\n", None]
)
def test_what_is_no_trace(tmp_path, content):
    path = tmp_path / "t.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="not a trace"):
        read_trace(path)

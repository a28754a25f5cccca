"""The engine bench from end to end: real engine, real `Llama.generate`, a tiny model; counts and orders, no speeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from atlas_bench.engine.report import json_schema


def bench(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "atlas_bench", "engine", "--threads", "1", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=250)


def running(text: str) -> list[str]:
    """Return the command lines of all processes that contain `text`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if text in command:
                found.append(command)
    return found


def measured(tmp_path: Path, model: Path, *options: str) -> dict[str, Any]:
    done = bench(tmp_path, "--model", str(model), "--rounds", "1", "--json", *options)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(report, json_schema())
    assert running(str(model)) == []
    return report


def test_all_sections_of_one_engine(tmp_path: Path, tiny_model: Path) -> None:
    sizes = ("--k", "1,2", "--tokens", "24", "--prompt-tokens", "40", "--long-prompt-tokens", "300")
    report = measured(tmp_path, tiny_model, *sizes, "--only", "throughput,first-token,overhead,cancel,memory")
    rows = report["rows"]
    assert [(row["side"], row["form"], row["k"]) for row in rows] == [
        ("engine", "one request", 1),
        ("Llama.generate", "one after another", 1),
        ("engine", "one request", 2),
        ("engine", "concurrent requests", 2),
        ("Llama.generate", "one after another", 2),
    ]
    for row in rows:
        assert row["tokens"] == 24 * row["k"]
        assert 0 < row["first_token_s"] <= row["all_first_tokens_s"] <= row["seconds"]
    assert set(report["ratio_vs_llama_generate"]) == {"1", "2"}
    assert report["ratio_vs_llama_server"] == {}
    assert report["threads"] == 1
    assert report["first_token"]["k"] == 8
    assert report["overhead"]["steps"] > 0
    assert 0 < report["overhead"]["decode_ms"] < report["overhead"]["step_ms"]
    assert [row["during"] for row in report["cancel"]] == ["decoding", "prefill"]
    assert 0 < report["memory"]["beyond_at_most"] < report["memory"]["rss"]
    assert report["busy"] is None


def test_the_servers_alone_in_one_form(tmp_path: Path, tiny_model: Path) -> None:
    options = ("--k", "2", "--tokens", "8", "--prompt-tokens", "16", "--without-generate", "--one-request")
    rows = measured(tmp_path, tiny_model, *options, "--only", "throughput")["rows"]
    assert [(row["side"], row["form"], row["k"]) for row in rows] == [("engine", "one request", 2)]


def test_speculation_reports_what_was_accepted(tmp_path: Path, tiny_model: Path) -> None:
    found = measured(tmp_path, tiny_model, "--only", "speculation")["speculation"]
    assert found["tokens"] > 100
    assert 0 < found["accepted"] <= found["drafted"]
    assert found["same_texts"] >= 4, "more than near-ties explain"


def test_a_busy_machine_is_measured_with_every_setting(tmp_path: Path, tiny_model: Path) -> None:
    options = ("--tokens", "8", "--prompt-tokens", "16", "--busy-threads", "1", "--only", "busy")
    rows = measured(tmp_path, tiny_model, *options)["busy"]["rows"]
    settings = {(row["threads"], row["wait_policy"], row["load"]) for row in rows}
    loads = ("none", "spinning", "second llama.cpp")
    assert settings == {(1, policy, load) for policy in ("default", "short", "passive") for load in loads}
    assert running("while True: pass") == []


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--llama-server", "/nowhere/llama-server"), 1, "/nowhere/llama-server cannot be run"),
        (("--only", "everything"), 2, "'everything' is none of throughput"),
        (("--k", "0,8"), 2, "numbers from 1 on are needed"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, tiny_model: Path, options: tuple[str, ...], status: int, message: str
) -> None:
    done = bench(tmp_path, "--model", str(tiny_model), *options)
    assert done.returncode == status
    assert message in done.stderr
    assert done.stdout == ""
    assert running(str(tiny_model)) == []


def test_a_missing_model_is_said(tmp_path: Path) -> None:
    done = bench(tmp_path, "--model", "/nowhere/model.gguf")
    assert done.returncode == 1
    assert done.stderr.startswith("engine bench: ")
    assert "/nowhere/model.gguf" in done.stderr
    assert "Traceback" not in done.stderr

"""A real engine that is killed late in a solve: the command line shows what was found before, and why there is no more."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from lsp_editor import Processes, environment
from solve_sources import SUM

from atlas_pipeline.engine.model_file import model_path

MANY = ("solve.samples=64", "solve.first_samples=64")
"""So many that, when the first has passed, the engine still has most of them to write."""


@pytest.fixture
def model(tmp_path):
    """A copy of the pocket model, which can be taken away: an engine that is killed cannot come back then."""
    return shutil.copy(model_path(""), tmp_path / "pocket.gguf")


def test_what_was_found_before_the_engine_was_killed_is_shown(tmp_path, model):
    work = tmp_path / "work.py"
    work.write_text(SUM)
    command = [sys.executable, "-m", "atlas_server", "solve", f"{work}::total", "--json-events", "--model", model]
    for setting in (*MANY, "engine.linger_s=1", "history.enabled=false"):
        command += ["--set", setting]
    process = subprocess.Popen(
        command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    events, killed = [], []
    for line in process.stdout:
        events.append(json.loads(line))
        event = events[-1]
        if event["event"] == "CandidateTested" and event["verdicts"][0]["status"] == "pass" and not killed:
            killed = Processes(psutil.Process(process.pid), tmp_path / "run").engines()
            Path(model).unlink()
            for engine in killed:
                engine.kill()
    said = process.stderr.read().decode()
    process.wait(60)
    assert len(killed) == 1
    assert events[-1]["event"] == "Finished", said
    (stopped,) = [event for event in events if event["event"] == "StoppedEarly"]
    assert stopped["by"] == "engine"
    selection = events[-1]["selection"]
    assert selection["level"] in ("WEAK", "VERIFIED")
    assert selection["best"]["examples_passed"] == 1
    assert "the engine failed before more was tried" in selection["reason"]
    assert "the engine failed: " in said

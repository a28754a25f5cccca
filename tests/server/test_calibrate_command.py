"""`atlas-ls calibrate`: from checked results to a table that the pipeline finds."""

import json

import pytest

from atlas_pipeline import calibration
from atlas_server.calibrate_command import run_calibrate
from atlas_server.cli import parser

KEYS = {"examples", "candidates", "cluster", "n", "right", "probability"}


def line(right, *, cluster=3, model="m", task=""):
    row = {"right": right, "examples": 1, "examples_passed": 1, "candidates": 5, "cluster": cluster}
    return json.dumps(row | {"model": model, "task": task}) + "\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "user_folder", lambda: tmp_path / "data")
    monkeypatch.setattr("atlas_server.calibrate_command.user_folder", lambda: tmp_path / "data")
    return tmp_path


def run(*arguments):
    return run_calibrate(parser().parse_args(["calibrate", *map(str, arguments)]))


def test_writes_the_table_that_is_loaded(folder, capsys):
    seen = folder / "seen.jsonl"
    seen.write_text(line(True) * 9 + line(False, cluster=1) * 3 + line(False, model="other"))
    assert run(seen, "--model", "m", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["model"], found["left_out"]) == (1, "m", 1)
    assert all(set(cell) == KEYS for cell in found["cells"])
    assert {cell["cluster"]: cell["probability"] for cell in found["cells"]} == {"1": 0.125, "3-4": 0.95}
    table = calibration.load_table("m")
    assert table is not None
    assert table.probability(examples=1, examples_passed=1, candidates=4, cluster=3) == pytest.approx(0.95)


def test_says_which_rows_are_verified(folder, capsys):
    seen = folder / "seen.jsonl"
    seen.write_text(line(True) * 9)
    assert run(seen, "--out", folder / "t.json") == 0
    assert "bold rows are VERIFIED" in capsys.readouterr().out
    assert calibration.read_table((folder / "t.json").read_text(), "t").model == "m"
    seen.write_text(line(True) * 8)
    assert run(seen, "--out", folder / "t.json") == 0
    assert "nothing will be VERIFIED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (line(True) + line(True, model="other"), "the file names m, other"),
        (line(True, model=""), "the file names none"),
        ("", "the file names none"),
        ("no json\n", "line 1"),
    ],
)
def test_wrong_files_are_refused_and_nothing_is_written(folder, capsys, text, said):
    seen = folder / "seen.jsonl"
    seen.write_text(text)
    assert run(seen) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (folder / "data").exists()
    assert run(folder / "nowhere") == 2

"""The replay bench on two small tasks: what is drawn, that it is blind, and every figure worked out by hand."""

import json
import random
import subprocess
import sys

import pytest
from recorded_tasks import HIDDEN, TASKS, write_lines

from atlas_bench.replay.command import score, select
from atlas_bench.replay.data import read_recorded
from atlas_bench.replay.pools import draw_pool
from atlas_bench.replay.recorded_sandbox import RecordedSandbox
from atlas_bench.replay.scorer import Submission, report, risk_coverage, write_observations
from atlas_bench.replay.selecting import Choice, TaskReplay
from atlas_pipeline.calibration import fit, read_observations
from atlas_pipeline.errors import UsageError
from atlas_pipeline.records import Level


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    write_lines(folder / "tasks.jsonl", TASKS)
    return folder


def test_draws_are_those_of_the_documented_generator():
    pool = draw_pool(7, 3, k=5, completions=100, tests=40)
    assert pool.completions == tuple(random.Random(143).sample(range(100), 5))
    assert pool.tests == tuple(random.Random(143).sample(range(40), 5))
    assert sorted(draw_pool(0, 0, k=9, completions=4, tests=2).completions) == [0, 1, 2, 3]
    assert len(draw_pool(0, 0, k=9, completions=4, tests=2).tests) == 2


def test_extraction_and_tests_are_the_products(data):
    with_examples, without = read_recorded(data, examples=True)[0], read_recorded(data, examples=False)[0]
    assert [c and c.body for c in with_examples.candidates] == ["return x + x", "return x + 1", None, "return 2 * x"]
    assert [case.call for case in with_examples.task.examples] == ["double(1)"]
    assert without.task.examples == ()
    assert [case.call for case in with_examples.tests([3, 0, 2]).tests] == ["double(-1)", "double(2)", "double(3)"]


async def test_blind_selection_then_scoring(data, tmp_path):
    recorded = read_recorded(data, examples=True)
    submission = await select(recorded, sizes=[4], draws=2, cache=tmp_path / "cache")
    choices = submission["choices"]
    # Nothing needed the labels so far: they are not even there.
    with pytest.raises(UsageError, match="scorer ended"):
        score(submission, data)
    write_lines(data / "hidden_tests.jsonl", HIDDEN)
    found = score(submission, data)
    assert {choice.task_id for choice in choices if choice.chosen in (0, 3)} >= {"T/0"}
    assert found["labels"] == {"recorded": 8, "run": 0, "run_unlike_recorded": 0}
    assert found["schema"] == 1
    assert found["tasks"] == 2
    # All four completions are drawn each time: T/0 is solved, T/1 cannot be.
    assert found["k"]["4"] == {"random": 0.25, "selected": 0.5, "oracle": 0.5, "ci": [0.0, 1.0], "pools": 4}
    by_tests = score(submission, data, by_tests=True)
    assert by_tests["labels"] == {"recorded": 1, "run": 7, "run_unlike_recorded": 0}
    assert by_tests["k"] == found["k"]
    write_lines(
        data / "hidden_tests.jsonl", [{k: v for k, v in row.items() if k != "completion_passes"} for row in HIDDEN]
    )
    assert score(submission, data)["k"] == found["k"]


class NeverOpened:
    programs_run = 0

    async def get(self):
        raise AssertionError("everything was recorded")


async def test_outcomes_are_kept_on_disk_and_keyed_by_program_and_version(data, tmp_path):
    recorded = read_recorded(data, examples=True)[:1]
    await select(recorded, sizes=[4], draws=1, cache=tmp_path)
    pool = draw_pool(0, 0, k=4, completions=4, tests=4)

    async def again(version):
        replay = TaskReplay(recorded[0], RecordedSandbox(tmp_path / "T-0.msgpack", NeverOpened(), version=version))
        await replay.run([pool])
        return await replay.choose(pool)

    from atlas_bench.replay.recorded_sandbox import sandbox_version

    assert (await again(sandbox_version())).chosen in (0, 3)
    with pytest.raises(AssertionError, match="everything was recorded"):
        await again("another")


def choice(task, chosen, *, k=2, level=Level.WEAK, confidence=(1.0,), pool=(0, 1), **more):
    return Choice(
        task_id=task,
        draw=0,
        k=k,
        pool=pool,
        chosen=chosen,
        level=level.value,
        entry_point="f",
        confidence=confidence,
        **more,
    )


def test_report_by_hand():
    labels = {"a": {0: True, 1: False}, "b": {0: False, 1: False, 2: True}}
    choices = [
        choice("a", 0, level=Level.VERIFIED),
        choice("a", 1, level=Level.VERIFIED),
        choice("b", None, level=Level.UNVERIFIED),
        choice("b", 2, pool=(1, 2)),
        choice("b", 0, k=3, pool=(0, 1, 2)),
    ]
    found = report(choices, labels)
    two = found["k"]["2"]
    assert (two["random"], two["selected"], two["oracle"], two["pools"]) == (0.375, 0.5, 0.75, 4)
    assert found["k"]["3"]["random"] == pytest.approx(1 / 3)
    assert found["k"]["3"]["selected"] == 0
    levels = found["levels"]["2"]
    assert (levels["VERIFIED"]["share"], levels["VERIFIED"]["right"]) == (0.5, 0.5)
    assert (levels["WEAK"]["share"], levels["WEAK"]["right"]) == (0.25, 1.0)
    assert found["levels"]["3"]["VERIFIED"] == {"share": 0.0, "right": None, "ci": None}


def test_risk_and_coverage_by_hand():
    scored = [(choice("a", 0, confidence=(3.0,)), True), (choice("b", 0, confidence=(2.0, 1.0)), True),
              (choice("c", 0, confidence=(2.0, 1.0)), False), (choice("d", 0, confidence=(1.0, 9.0)), False)]  # fmt: skip
    curve = risk_coverage(scored, points=4)
    # The two in the middle are equally sure: at half coverage one of them is given, half right.
    assert [(point["coverage"], point["right"]) for point in curve] == [
        (0.25, 1.0),
        (0.5, 0.75),
        (0.75, 2 / 3),
        (1.0, 0.5),
    ]


def test_observations_for_calibration(tmp_path):
    choices = [choice("a", 0, examples=2, examples_passed=2, cluster=2, candidates=5), choice("b", None)]
    write_observations(tmp_path / "o.jsonl", Submission(choices=choices, documents={}, model="m"), {"a": {0: True}})
    (seen,) = read_observations(tmp_path / "o.jsonl")
    assert (seen.right, seen.task, seen.model, seen.cluster, seen.candidates) == (True, "a", "m", 2, 5)
    assert fit([seen], model="m", source="s").cells[0].cluster == "2"


def test_command(data, tmp_path):
    write_lines(data / "hidden_tests.jsonl", HIDDEN)
    command = [sys.executable, "-m", "atlas_bench", "replay", "--data", data, "--cache", tmp_path / "cache", "--json"]
    arguments = ["--k", "2,4", "--draws", "1", "--no-examples", "--only", "even"]
    done = subprocess.run([*map(str, command), *arguments], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert (found["schema"], found["draws"], found["examples"], found["tasks"]) == (1, 1, False, 1)
    assert set(found) >= {"k", "levels", "risk_coverage", "labels"}
    assert list(found["k"]) == ["2", "4"]
    assert found["k"]["4"]["oracle"] == 1.0
    for wrong in (["--k", "0"], ["--k", "x"], ["--draws", "0"], ["--data", str(tmp_path / "nowhere")]):
        failed = subprocess.run([*map(str, command), *wrong], capture_output=True, text=True, check=False)
        assert failed.returncode == 2
        assert wrong[1] in failed.stderr

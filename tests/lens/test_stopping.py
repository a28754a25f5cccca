"""What stopping early saves and loses, on outcomes made by hand."""

import dataclasses
import json
import sys

import numpy as np
import pytest
from made_outcomes import made

from atlas_lens import outcomes, stopping, weights
from atlas_lens.calibration import Platt
from atlas_lens.errors import LensError
from atlas_lens.scorers import OneFeature, Space, Standard
from atlas_lens.weights import Weights

NAN = float("nan")


def lens():
    """P(right) is the sigmoid of the log-probability."""
    data = made(tasks=1)
    space = Space("", ("mean_logprob",), Standard(np.zeros(1), np.ones(1)))
    return Weights(
        source=data.source,
        version=1,
        made_at="2026-11-22T00:00:00+00:00",
        name="log-probability",
        scorer=OneFeature(space, 1.0),
        calibration=Platt(1.0, 0.0),
        reach=None,
        trained_on={},
        earned=False,
    )


def five(probabilities, right, *, examples=0, passed=(0, 0, 0), best_of_three=0, best_of_all=0):
    """One task of five candidates, three of them drawn first."""
    data = made(tasks=1, k=5)
    p = np.array(probabilities)
    features = data.features.copy()
    features[:, 0] = np.log(p / (1 - p))
    place = {3: np.array([1.0, 1.0, 1.0, NAN, NAN]), 8: np.ones(5)}
    place[3][best_of_three] = place[8][best_of_all] = 0.0
    evidence = {
        "examples": np.full(5, examples),
        "place@3": place[3],
        "place@8": place[8],
        "passed@3": np.array([*passed, NAN, NAN]),
    }
    columns = {name: each.astype(np.float32) for name, each in evidence.items()}
    return dataclasses.replace(data, features=features, right=np.array(right, dtype=bool), evidence=columns)


LOW = (0.02, 0.04, 0.08, 0.9, 0.9)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        # Stopped at 0.1 and above: the third of the first three is at 0.08. Two samples of five are saved.
        (five(LOW, [0, 0, 0, 0, 0]), (1, 0, 0, 2)),
        (five(LOW, [0, 0, 0, 1, 0]), (1, 1, 0, 2)),  # one is right, and not chosen
        (five(LOW, [0, 0, 0, 1, 0], best_of_all=3), (1, 1, 1, 2)),
        (five(LOW, [1, 0, 0, 1, 0], best_of_all=3), (1, 1, 0, 2)),  # the choice of three is right as well
        (five(LOW, [0, 0, 0, 1, 0], best_of_all=3, examples=1), (1, 1, 1, 2)),
        (five(LOW, [0, 0, 0, 1, 0], best_of_all=3, examples=1, passed=(0, 1, 0)), (0, 0, 0, 0)),
        (five((0.02, 0.04, 0.11, 0.01, 0.01), [0, 0, 0, 0, 0]), (0, 0, 0, 0)),
    ],
)
def test_one_task_by_hand(task, expected):
    row = {each["below"]: each for each in stopping.measured(lens(), task)["all"]}[0.1]
    assert (row["stopped"], row["could_be_right"], row["lost"], row["samples_saved"]) == expected
    assert stopping.measured(lens(), task)["all"][0]["stopped"] == 0


def test_shares_are_of_tasks_and_samples():
    tasks = [five(LOW, [0, 0, 0, 1, 0], best_of_all=3), five([0.5] * 5, [1] * 5, examples=1, passed=(1, 1, 1))]
    named = [dataclasses.replace(each, task=np.repeat(f"t{n}", 5)) for n, each in enumerate(tasks)]
    found = stopping.measured(lens(), outcomes.joined(named))
    row = found["all"][1]
    assert (row["tasks"], row["share_stopped"]["mean"], row["share_of_samples_saved"]) == (2, 0.5, 0.2)
    assert row["lost_in_100_samples_saved"] == 50.0
    assert (found["none"][1]["tasks"], found["examples"][1]["stopped"]) == (1, 0)
    assert found["examples"][1]["lost_in_100_samples_saved"] is None


def test_the_command_prints_it_or_says_what_is_missing(tmp_path, monkeypatch, capsys):
    outcomes.save(five(LOW, [0] * 5), tmp_path / "outcomes.npz")
    weights.save(lens(), tmp_path / "lens.npz")
    arguments = ["stopping", str(tmp_path / "outcomes.npz"), "--weights", str(tmp_path / "lens.npz")]
    monkeypatch.setattr(sys, "argv", arguments)
    assert stopping.main() == 0
    assert json.loads(capsys.readouterr().out)["all"][4]["stopped"] == 1
    outcomes.save(made(tasks=2), tmp_path / "outcomes.npz")
    assert stopping.main() == 2
    assert "have no evidence of runs" in capsys.readouterr().err
    other = dataclasses.replace(lens().source, model_hash="beef")
    with pytest.raises(LensError, match="the outcomes are of beef"):
        stopping.measured(lens(), dataclasses.replace(five(LOW, [0] * 5), source=other))

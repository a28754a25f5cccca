"""Training C(x): what numpy computes is what torch computes, and a law that no line fits is found."""

import json
import sys

import numpy as np
import pytest

try:
    import torch
except ImportError:
    pytest.skip("torch is not installed: `make test-train` runs this", allow_module_level=True)

from made_outcomes import made

from atlas_lens import curve, outcomes, scorers, train, weights
from atlas_lens.errors import LensError
from atlas_lens.evaluation import mean_within
from atlas_lens.scorers import Batch, fit_logistic


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_the_ranking_loss_by_hand():
    # One task with energies 1 (right), 3 and 0 (wrong); another without a right one.
    energies = torch.tensor([1.0, 3.0, 0.0, -5.0])
    right = torch.tensor([True, False, False, False])
    task = torch.tensor([0, 0, 0, 1])
    expected = (np.log1p(np.exp(1.0 - 3.0)) + np.log1p(np.exp(1.0 - 0.0))) / 2
    assert float(train.ranking_loss(energies, right, task)) == pytest.approx(expected, rel=1e-6)
    assert float(train.ranking_loss(energies, torch.zeros(4, dtype=torch.bool), task)) == 0.0


def test_numpy_and_torch_give_the_same_energies():
    data = made(tasks=60)
    field = train.fit_cost_field(data, made(tasks=30, seed=1), "body, centred", epochs=2)
    inputs = field.space.inputs(Batch.of(data))
    with torch.inference_mode():
        theirs = train.network_of(field)(torch.from_numpy(inputs)).numpy()
    np.testing.assert_allclose(field.energy(inputs), theirs, rtol=1e-4, atol=1e-5)
    again = scorers.of_arrays(field.kind, field.arrays())
    np.testing.assert_array_equal(again.scores(Batch.of(data)), field.scores(Batch.of(data)))
    assert [matrix.shape for matrix, _ in field.layers] == [(12, 512), (512, 128), (128, 1)]


def test_a_law_that_no_line_fits_is_found():
    data, fresh = made(tasks=1500, linear=0.0, crossed=3.0), made(tasks=200, linear=0.0, crossed=3.0, seed=1)
    field = train.fit_cost_field(data, made(tasks=200, linear=0.0, crossed=3.0, seed=2), "body", epochs=15)
    assert mean_within(fit_logistic(data, view="body"), fresh) < 0.55
    assert mean_within(field, fresh) > 0.75


def test_the_command_writes_weights_and_a_report(tmp_path, monkeypatch, capsys):
    outcomes.save(made(tasks=400), tmp_path / "outcomes.npz")
    monkeypatch.setattr(train, "EPOCHS", 2)
    path = tmp_path / "lens.npz"
    monkeypatch.setattr("sys.argv", ["train", str(tmp_path / "outcomes.npz"), "--out", str(path)])
    assert train.main() == 0
    assert weights.load(path).source.model == "Made Up"
    assert '"cost field, body"' in path.with_suffix(".json").read_text()
    assert "verdict" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["train", str(tmp_path / "none.npz"), "--out", str(tmp_path / "lens.npz")])
    assert train.main() == 2
    assert "There are no outcomes at" in capsys.readouterr().err


def test_the_learning_curve_has_c_of_x_at_every_other_size():
    known = made(tasks=350, linear=0.0, crossed=3.0)
    found = curve.measured(known, sizes=(25, 50, 75, 100), cost_field="body, centred")
    assert [point["tasks"] for point in found["cost field, body, centred"]] == [50, 100]
    with pytest.raises(LensError, match="no view 'answer'; there are body, body, centred"):
        curve.measured(known, cost_field="answer")


def test_without_torch_the_curve_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "atlas_lens.train", None)
    monkeypatch.delattr("atlas_lens.train")
    with pytest.raises(LensError, match="pip install 'atlas-ls\\[train\\]'"):
        curve.measured(made(tasks=350), sizes=(50, 100), cost_field="body")


def test_the_learning_curve_is_measured_and_drawn(tmp_path, monkeypatch, capsys):
    outcomes.save(made(tasks=700, width=80), tmp_path / "outcomes.npz")
    monkeypatch.setattr("sys.argv", ["curve", str(tmp_path / "outcomes.npz"), "--picture", str(tmp_path / "curve.svg")])
    assert curve.main() == 0
    curves = json.loads(capsys.readouterr().out)["curves"]
    assert [point["tasks"] for point in curves["log-probability"]] == [25, 50, 100, 200]
    (view,) = [name for name in curves if name.startswith("logistic, body")]
    picked = [point["picked_right"]["mean"] for point in curves[view]]
    assert picked[-1] > curves["log-probability"][-1]["picked_right"]["mean"]
    assert picked[-1] > picked[0] + 0.05
    assert (tmp_path / "curve.svg").read_text().startswith("<?xml")

"""The comparison on laws that are known: who wins, who must not, and what is said about it."""

import dataclasses
import json

import numpy as np
import pytest
from made_outcomes import made

from atlas_lens import evaluation, outcomes, weights
from atlas_lens.errors import LensError
from atlas_lens.evaluation import study
from atlas_lens.lens import Lens
from atlas_lens.scorers import Batch, fit_feature


def test_a_law_in_the_vectors_is_found_and_used():
    found = study(made(tasks=1200, linear=2.0))
    report = found.report
    assert report["conclusive"] and report["earned"]
    assert report["default"] == found.weights.name == report["chosen_on_validation"]
    assert report["default"].startswith("logistic, body")
    assert report["scorers"]["random"]["auroc_within_tasks"]["mean"] == 0.5
    assert report["scorers"]["logistic, body"]["auroc_within_tasks"]["mean"] > 0.8
    assert report["scorers"]["logistic, body"]["calibration_error"] < 0.05
    assert "it is used" in report["verdict"]
    row = report["scorers"][report["default"]]
    assert row["auroc_within_tasks_minus_log_probability"]["low"] > 0.1
    assert report["scorers"]["log-probability"]["auroc_within_tasks_minus_log_probability"]["mean"] == 0.0
    interval = row["calibration_error_interval"]
    assert (
        interval["low"] <= row["calibration_error"] <= interval["high"]
        and interval["n"] == report["data"]["test"]["tasks"]
    )
    assert found.weights.metrics == report["scorers"][report["default"]]


def test_vectors_that_say_nothing_leave_log_probability_in_place():
    report = study(made(tasks=1200, linear=0.0, logprob=0.0)).report
    assert not report["earned"]
    assert report["default"] == "log-probability"
    assert "stays" in report["verdict"]


def test_few_tasks_conclude_nothing_however_good_it_looks():
    found = study(made(tasks=300, linear=3.0, logprob=0.0))
    assert not found.report["conclusive"]
    assert found.report["default"] == "log-probability"
    assert not found.weights.earned
    assert "300 are needed" in found.report["verdict"]


def test_a_shifted_domain_is_measured_and_never_trained_on():
    home, away = made(tasks=500), made(tasks=100, shift=3.0, domain="away", name="a", seed=5)
    found = study(outcomes.joined([home, away]), shifted="away")
    counts = found.report["data"]
    assert counts["shifted: away"]["tasks"] == 100
    assert counts["train"]["tasks"] + counts["validation"]["tasks"] + counts["test"]["tasks"] == 500
    assert found.report["shifted"]["random"]["auroc_within_tasks"]["mean"] == 0.5
    told = found.report["familiarity"]["tells shifted from held-out (AUROC)"]
    assert set(told) == {"mahalanobis", "neighbours"}


def test_it_abstains_outside_of_what_it_knows():
    weights_ = study(made(tasks=1200)).weights
    judged = Lens(weights_).of_batch(Batch.of(made(tasks=50, seed=9)))
    far = Lens(weights_).of_batch(Batch.of(made(tasks=50, seed=9, shift=8.0)))
    assert np.mean([each.probability is None for each in judged]) < 0.1
    assert all(each.probability is None for each in far)
    assert all(0.0 <= each.probability <= 1.0 for each in judged if each.probability is not None)


def test_a_scorer_of_no_embedding_never_abstains_by_distance():
    weights_ = study(made(tasks=1200, linear=0.0, logprob=0.0)).weights
    assert weights_.name == "log-probability" and weights_.reach is None
    batch = made(tasks=1)
    extreme = np.array([-1e6, -50.0, 0.0, 50.0, 1e6, np.nan, 1.0, 2.0], np.float32)
    some = dataclasses.replace(batch, features=np.column_stack([extreme, *batch.features.T[1:]]))
    judged = [each.probability for each in Lens(weights_).of_batch(Batch.of(some))]
    assert [p is None for p in judged] == [False] * 5 + [True] + [False] * 2  # only what the server did not say


def test_a_distance_that_an_older_file_has_for_such_a_scorer_is_not_looked_at(tmp_path):
    path = tmp_path / "lens.npz"
    weights.save(study(made(tasks=1200, linear=0.0, logprob=0.0)).weights, path)
    arrays = outcomes.read_arrays(path, "Lens weights")
    meta = json.loads(str(arrays["meta"])) | {"familiarity": "local metric", "threshold": 0.0}
    outcomes.write_arrays(path, arrays | {"meta": np.array(json.dumps(meta))})
    assert weights.load(path).reach is None


def test_what_the_scorer_abstains_from_counts_as_much_as_the_others_do_on_average():
    prior = np.array([np.nan, 0.2, 0.8, np.nan, np.nan, 0.9])
    tasks = [np.array([0, 1, 2]), np.array([3, 4])]
    assert evaluation._neutral(prior, tasks).tolist() == [0.5, 0.2, 0.8, 0.0, 0.0, 0.0]


def test_the_comparison_hears_what_the_product_hears():
    data = made(tasks=4)
    trained = study(made(tasks=1200)).weights
    reach = dataclasses.replace(trained.reach, threshold=-1.0)
    near = evaluation.Trained(
        scorer=trained.scorer, calibration=trained.calibration, validation=0.0, reach=trained.reach
    )
    far = dataclasses.replace(near, reach=reach)
    said = [each.probability for each in Lens(trained).of_batch(Batch.of(data))]
    assert evaluation._prior(near, data).tolist() == pytest.approx(
        [np.nan if p is None else p for p in said], nan_ok=True
    )
    assert np.isnan(evaluation._prior(far, data)).all()


def test_what_is_used_is_calibrated_on_all_that_it_was_not_fitted_to():
    data = made(tasks=1200)
    found = study(data)
    fresh = outcomes.joined([outcomes.split(data).validation, outcomes.split(data).test])
    assert found.weights.calibration != evaluation.calibrated(found.weights.scorer, outcomes.split(data).validation)
    order = np.argsort(fresh.task, kind="stable")
    theirs = evaluation.calibrated(found.weights.scorer, fresh.where(order))
    scores = np.linspace(-3.0, 3.0, 7)
    assert found.weights.calibration.probability(scores) == pytest.approx(theirs.probability(scores))
    counts = found.report["data"]
    assert found.weights.trained_on["tasks calibrated on"] == counts["validation"]["tasks"] + counts["test"]["tasks"]
    assert found.weights.metrics == found.report["scorers"][found.report["default"]]


def test_a_log_probability_is_calibrated_on_everything_also_on_the_shifted_domain():
    data = outcomes.joined([made(tasks=400, linear=0.0), made(tasks=100, domain="away", name="a", seed=5)])
    found = study(data, shifted="away").weights
    assert (found.name, found.trained_on["candidates calibrated on"]) == ("log-probability", 4000)
    assert found.calibration == evaluation.calibrated(found.scorer, data)


def test_a_calibration_is_of_what_is_representative():
    data = made(tasks=600)
    # Two copies: one that stands for itself, and one of the wrong bodies alone, known because they fail an example.
    wrong = data.where(~data.right)
    n = len(data)
    both = dataclasses.replace(
        outcomes.joined([data, wrong]),
        evidence={outcomes.STANDS_FOR: np.array([1.0] * n + [0.0] * len(wrong), np.float32)},
    )
    scorer = fit_feature("mean_logprob", data)
    assert evaluation.calibrated(scorer, both) == evaluation.calibrated(scorer, data)
    nobody = dataclasses.replace(data, evidence={outcomes.STANDS_FOR: np.zeros(n, np.float32)})
    with pytest.raises(LensError, match="none of a solve that somebody judged"):
        study(nobody)


def test_too_little_to_train_on_says_what_there_is():
    with pytest.raises(LensError, match="equally right"):
        study(dataclasses.replace(made(tasks=40), right=np.zeros(320, dtype=bool)))
    with pytest.raises(LensError, match="No outcome is of 'mars'; there are home"):
        study(made(tasks=40), shifted="mars")


def test_the_weights_file_gives_back_the_same_judgements(tmp_path):
    before = study(made(tasks=600)).weights
    path = tmp_path / "lens.npz"
    weights.save(before, path)
    after = weights.load(path)
    batch = Batch.of(made(tasks=5, seed=3))
    for ours, theirs in zip(Lens(after).of_batch(batch), Lens(before).of_batch(batch), strict=True):
        assert ours.probability == pytest.approx(theirs.probability, abs=1e-6)
    assert (after.version, after.name, after.earned, after.source) == (1, before.name, before.earned, before.source)


def test_weights_of_another_model_are_refused_by_hash():
    found = study(made(tasks=600)).weights
    assert weights.unfit(found, model="x", model_hash="0123456789abcdef", embedding_definitions=("made-up/1",)) is None
    other = weights.unfit(found, model="Big One", model_hash="beef", embedding_definitions=("made-up/1",))
    assert "trained for Made Up (0123456789abcdef), the loaded model is Big One (beef)" in other
    assert "atlas-ls lens train" in other


def test_another_definition_of_the_embeddings_is_refused_where_they_are_used():
    found = study(made(tasks=1200)).weights
    assert found.scorer.space.view
    known = {"model": "Made Up", "model_hash": "0123456789abcdef"}
    assert "made-up/1" in weights.unfit(found, **known, embedding_definitions=("made-up/2",))
    assert "'none'" in weights.unfit(found, **known, embedding_definitions=())


def test_the_definition_is_that_of_the_view():
    data = made(tasks=1200)
    source = dataclasses.replace(data.source, last_token_definition="made-up-last/1")
    found = study(dataclasses.replace(data, source=source, vectors={"last of answer": data.vectors["body"]})).weights
    assert found.scorer.space.view.startswith("last of answer")
    known = {"model": "Made Up", "model_hash": "0123456789abcdef"}
    assert weights.unfit(found, **known, embedding_definitions=("made-up/1", "made-up-last/1")) is None
    refused = weights.unfit(found, **known, embedding_definitions=("made-up/1",))
    assert "trained on embeddings 'made-up-last/1', the engine gives 'made-up/1'" in refused


def with_evidence(data, score):
    """Five candidates a task, none given an example, with these scores."""
    n = len(data)
    index = np.tile(np.arange(5, dtype=np.float32), n // 5)
    columns = {"examples": np.zeros(n, np.float32)}
    for size in (3, 5, 8):
        place = np.zeros(n, np.float32)
        for rows in data.tasks():
            place[rows[np.lexsort((index[rows], -score[rows]))]] = np.arange(5)
        columns |= {
            f"place@{size}": np.where(index < size, place, np.nan).astype(np.float32),
            f"passed@{size}": np.zeros(n, np.float32),
            f"score@{size}": score.astype(np.float32),
            f"faulty@{size}": np.zeros(n, np.float32),
        }
    return dataclasses.replace(data, evidence=columns)


def test_the_prior_decides_where_the_evidence_is_equal():
    data = made(tasks=1200, linear=3.0, k=5)
    report = study(with_evidence(data, np.ones(len(data)))).report
    rows = report["with_evidence"][report["chosen_on_validation"]]
    five = rows["k=5, without examples"]
    assert five["C minus B, ties"]["low"] > 0.1
    assert five["C minus B, ties"]["mean"] == five["prior alone minus B"]["mean"]
    assert five["B"]["mean"] + five["C minus B, ties"]["mean"] <= five["oracle"]["mean"]
    assert "k=5, with examples" not in rows
    assert report["earned"] and "beside the evidence of the runs" in report["verdict"]


def test_a_scorer_that_adds_nothing_to_the_evidence_stays_out():
    data = made(tasks=1200, linear=3.0, k=5)
    report = study(with_evidence(data, 5.0 * data.right)).report
    assert report["chosen_against_log_probability"]["low"] > 0.0
    assert report["chosen_against_log_probability_beside_evidence"]["mean"] == 0.0
    assert not report["earned"] and report["default"] == "log-probability"
    assert "out of the ranking" in report["verdict"]

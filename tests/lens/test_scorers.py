"""Scorers, views and features on laws that are known."""

import dataclasses
import math

import numpy as np
import pytest
from made_outcomes import made

from atlas_lens import features, scorers, views
from atlas_lens.errors import LensError
from atlas_lens.features import CandidateText, TaskText
from atlas_lens.outcomes import Source
from atlas_lens.scorers import Batch, CostField, Space, Standard, fit_feature, fit_logistic

TASK = TaskText(
    header='def area(width, height):\n    """The area."""',
    name="area",
    parameters=("width", "height"),
    prompt="Write the body of area(width, height).",
)


def candidate(body, *, tokens=9, logprob=-0.5):
    return CandidateText(body=body, tokens=tokens, mean_logprob=logprob)


def test_features_by_hand():
    bodies = [
        "return width * height",
        "return  width*height",
        "total = 0\nfor each in width:\n    total += each\nreturn total",
    ]
    found = features.features(TASK, [candidate(body) for body in bodies])
    assert found.shape == (3, len(features.NAMES))
    one = dict(zip(features.NAMES, found[0].tolist(), strict=True))
    other = dict(zip(features.NAMES, found[2].tolist(), strict=True))
    assert one["mean_logprob"] == -0.5
    assert one["total_logprob"] == -4.5
    assert one["tokens"] == pytest.approx(math.log(10))
    assert one["characters"] == pytest.approx(math.log(22))
    assert one["returns"] == pytest.approx(math.log(2))
    assert one["operators"] == pytest.approx(math.log(2))
    assert one["unused_parameters"] == 0.0
    assert one["parameter_uses"] == pytest.approx(math.log(3))
    assert one["votes"] == pytest.approx(2 / 3)  # the second one is the same program
    assert one["words_shared"] == pytest.approx(2 / 3)  # width and height, but not return
    assert other["loops"] == pytest.approx(math.log(2))
    assert other["unused_parameters"] == pytest.approx(math.log(2))
    assert other["votes"] == pytest.approx(1 / 3)
    assert other["lines"] == pytest.approx(math.log(5))


def test_a_body_that_does_not_parse_has_features_too():
    found = features.features(TASK, [candidate("return ("), candidate("return (", logprob=None)])
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1][:2]).all() and np.isfinite(found[1][2:]).all()


def test_what_is_embedded():
    body = candidate("if width:\n    return 1")
    assert views.texts_of("body", TASK, body) == ("if width:\n    return 1",)
    assert views.texts_of("function", TASK, body) == (f"{TASK.header}\n    if width:\n        return 1\n",)
    assert views.texts_of("in answer", TASK, body) == (
        f"{TASK.prompt}\n    if width:\n        return 1\n",
        TASK.prompt,
    )


def test_the_last_token_is_of_the_same_texts_and_of_another_definition():
    body = candidate("return 1")
    source = Source(
        model="m", model_hash="h", embedding_definition="mean/1", made_by="", last_token_definition="last/1"
    )
    for base in ("function", "answer"):
        assert views.texts_of(f"last of {base}", TASK, body) == views.texts_of(base, TASK, body)
        assert views.definition_of(f"last of {base}, centred", source) == "last/1"
        assert views.definition_of(f"in {base}, centred", source) == "mean/1"
    assert views.definition_of("body", source) == "mean/1"


def test_the_mean_over_the_body_in_its_context():
    # The prompt is a quarter of the whole: whole = (prompt + 3 * body) / 4.
    prompt, body = np.array([4.0, 0.0], np.float32), np.array([0.0, 8.0], np.float32)
    vectors = {"abcdefgh": (prompt + 3 * body) / 4, "ab": prompt}
    np.testing.assert_allclose(views.combined(("abcdefgh", "ab"), vectors), body, atol=1e-6)


def test_centred_vectors_have_no_mean_within_a_task():
    vectors = np.array([[1.0], [3.0], [10.0]], np.float32)
    task = np.array(["a", "a", "b"])
    assert views.centred(vectors, task)[:, 0].tolist() == [-1.0, 1.0, 0.0]
    assert views.seen("body, centred", {"body": vectors}, task)[:, 0].tolist() == [-1.0, 1.0, 0.0]
    assert views.seen("body", {"body": vectors}, task)[:, 0].tolist() == [1.0, 3.0, 10.0]
    both = {"body": vectors, "body, centred": -vectors}
    assert views.seen("body, centred", both, task)[:, 0].tolist() == [-1.0, -3.0, -10.0]
    assert views.all_of(both) == views.all_of({"body": vectors}) == ["body", "body, centred"]


def test_logistic_regression_finds_the_law():
    data = made(tasks=2000, linear=2.0)
    found = fit_logistic(data, view="body", ridge=1.0)
    slopes = found.weights[:-1] / found.space.standard.scale
    assert slopes[0] == pytest.approx(2.0, abs=0.15)
    assert np.abs(slopes[1:]).max() < 0.12
    scores = found.scores(Batch.of(data))
    assert np.corrcoef(scores, data.vectors["body"][:, 0])[0, 1] > 0.99


def test_a_feature_knows_which_end_is_good():
    data = made(tasks=200)
    upside_down = dataclasses.replace(data, features=-data.features)
    assert fit_feature("mean_logprob", data).sign == 1.0
    assert fit_feature("mean_logprob", upside_down).sign == -1.0


def test_nothing_is_learned_where_all_are_equally_right():
    data = made(tasks=3)
    with pytest.raises(LensError, match="equally right"):
        fit_logistic(dataclasses.replace(data, right=np.ones(len(data), dtype=bool)), view="body")


def test_an_unknown_log_probability_gives_an_unknown_score():
    data = made(tasks=20)
    features_ = data.features.copy()
    features_[3, 0] = np.nan
    scorer = fit_logistic(data)
    scores = scorer.scores(Batch.of(dataclasses.replace(data, features=features_)))
    assert np.isnan(scores[3]) and np.isfinite(np.delete(scores, 3)).all()


def test_energy_by_hand():
    # One hidden layer of two: SiLU(1) = 0.731059, SiLU(-2) = -0.238406; energy = 1 * 0.731059 - 3 * -0.238406 + 0.5.
    layers = (
        (np.array([[1.0, -2.0]], np.float32), np.zeros(2, np.float32)),
        (np.array([[1.0], [-3.0]], np.float32), np.array([0.5], np.float32)),
    )
    field = CostField(Space("body", (), Standard(np.zeros(1), np.ones(1))), layers)
    assert field.energy(np.array([[1.0]], np.float32))[0] == pytest.approx(0.731059 + 3 * 0.238406 + 0.5, abs=1e-5)
    data = made(tasks=1, k=2)
    batch = Batch.of(dataclasses.replace(data, vectors={"body": data.vectors["body"][:, :1]}))
    np.testing.assert_allclose(field.scores(batch), -field.energy(field.space.inputs(batch)))


def test_every_scorer_comes_back_from_its_arrays():
    data = made(tasks=30)
    batch = Batch.of(data)
    rng = np.random.default_rng(0)
    layers = tuple(
        (rng.normal(size=size).astype(np.float16).astype(np.float32), np.zeros(size[1], np.float32))
        for size in ((12, 5), (5, 1))
    )
    for scorer in (
        scorers.chance(data),
        fit_feature("mean_logprob", data),
        fit_logistic(data),
        fit_logistic(data, view="body, centred"),
        CostField(Space.of(data, view="body"), layers),
    ):
        again = scorers.of_arrays(scorer.kind, scorer.arrays())
        np.testing.assert_array_equal(again.scores(batch), scorer.scores(batch))


def test_a_kind_from_another_version_is_refused():
    space = {"mean": np.zeros(1), "scale": np.ones(1), "view": np.array("body"), "names": np.array([], np.str_)}
    with pytest.raises(LensError, match="no scorer 'oracle'"):
        scorers.of_arrays("oracle", space)
    with pytest.raises(LensError, match="lacks 'weights'"):
        scorers.of_arrays("logistic", space)

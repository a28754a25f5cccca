"""Recalibration: it gains where the world has changed, changes nothing where it has not, and can be undone."""

import dataclasses

import numpy as np
import pytest
from made_outcomes import made

from atlas_lens import outcomes, replay
from atlas_lens.calibration import Isotonic, Platt
from atlas_lens.errors import LensError
from atlas_lens.evaluation import study
from atlas_lens.replay import drifting, recalibrate, simulate


@pytest.fixture(scope="module")
def champion():
    return study(made(tasks=1200, linear=2.0)).weights


def harder(tasks, seed=7):
    """Tasks whose vectors mislead: the law is turned around."""
    return made(tasks=tasks, linear=-2.0, seed=seed, domain="away", name="a")


def test_a_challenger_that_is_better_on_held_out_outcomes_replaces_the_champion(champion):
    challenger, step = recalibrate(champion, harder(60))
    assert step.swapped and step.challenger < step.champion
    assert step.held_out >= replay.LEAST_HELD_OUT
    fresh = harder(100, seed=8)
    assert replay.errors(challenger, fresh).mean() < replay.errors(champion, fresh).mean() - 0.1


def test_no_swap_without_enough_held_out_outcomes(champion):
    same, step = recalibrate(champion, harder(3))
    assert same is champion and not step.swapped
    assert "too few" in step.reason and "20 are needed" in step.reason
    assert (step.champion, step.challenger) == (None, None)


def test_no_swap_where_all_are_equally_right(champion):
    some = harder(60)
    same, step = recalibrate(champion, dataclasses.replace(some, right=np.ones(len(some), dtype=bool)))
    assert same is champion and "equally right" in step.reason


def test_a_worse_challenger_is_refused(champion, monkeypatch):
    monkeypatch.setattr(
        replay, "_challenger", lambda weights, _: dataclasses.replace(weights, calibration=Platt(-5.0, 0.0))
    )
    same, step = recalibrate(champion, made(tasks=60, linear=2.0, seed=3))
    assert same is champion and not step.swapped
    assert step.challenger > step.champion


def test_only_the_newest_are_learned_from(champion):
    old, new = made(tasks=200, linear=2.0, seed=4, name="o"), harder(70)
    challenger, step = recalibrate(champion, outcomes.joined([old, new]))
    alone, _ = recalibrate(champion, new.where(np.arange(len(new) - replay.BUFFER, len(new))))
    np.testing.assert_allclose(challenger.scorer.weights, alone.scorer.weights)
    assert step.swapped


def test_an_isotonic_calibration_is_bent_by_hand():
    bent = replay._bent(Isotonic(np.array([0.0, 1.0]), np.array([0.5, 0.8])), 2.0, 0.0)
    # Odds of 1 and 4, squared: 1 and 16.
    assert bent.values.tolist() == pytest.approx([0.5, 16 / 17])
    assert replay._bent(Platt(3.0, -1.0), 2.0, 0.5) == Platt(6.0, -1.5)


def test_a_stream_drifts_from_one_domain_to_the_other():
    stream = drifting(made(tasks=100), harder(100), n=400, seed=0)
    away = stream.domain == "away"
    assert len(stream) == 400
    assert away[:80].mean() < 0.3 < 0.7 < away[-80:].mean()
    with pytest.raises(LensError, match="collect more"):
        drifting(made(tasks=2), harder(2), n=400, seed=0)


def test_it_gains_on_a_drifting_stream_and_loses_nothing_on_a_steady_one(champion):
    turned = simulate(champion, drifting(made(tasks=200, seed=5), harder(200), n=500, seed=1))
    assert (turned.static - turned.online).mean() > 0.01
    assert any(step.swapped for step in turned.steps)
    steady = simulate(champion, made(tasks=63, seed=6).where(np.arange(500)))
    assert (steady.static - steady.online).mean() > -0.002


def test_each_outcome_is_scored_before_it_is_learned_from(champion):
    stream = harder(63).where(np.arange(500))
    found = simulate(champion, stream, every=100)
    np.testing.assert_array_equal(found.online[:104], found.static[:104])  # whole tasks of eight
    assert (found.online[104:] != found.static[104:]).any()
    assert len(found.steps) == 5


def with_examples(data, seed=0):
    """One example a task, that 85 in 100 of the wrong bodies fail; of the others any may be chosen."""
    rng = np.random.default_rng(seed)
    passed = (data.right | (rng.random(len(data)) >= 0.85)).astype(np.float32)
    place = np.zeros(len(data), np.float32)
    for rows in data.tasks():
        place[rows[np.lexsort((rng.random(len(rows)), -passed[rows]))]] = np.arange(len(rows))
    columns = {"examples": np.ones(len(data), np.float32), "passed@8": passed, "place@8": place}
    return dataclasses.replace(data, evidence=columns)


def test_what_a_history_knows_of_a_stream_by_hand():
    data = dataclasses.replace(
        made(tasks=2, k=4),
        right=np.array([False, True, False, True] + [False] * 4),
        evidence={
            "examples": np.ones(8, np.float32),
            "passed@8": np.array([0, 1, 1, 1, 0, 0, 0, 0], np.float32),
            "place@8": np.array([3, 1, 0, 2, 0, 1, 2, 3], np.float32),
        },
    )
    labelled = replay.as_labelled(data)
    # One fails; of three that pass the first of the ranking is shown. Where none passes, none is.
    assert labelled.evidence[outcomes.STANDS_FOR].tolist() == [1, 0, 3, 0, 0, 0, 0, 0]
    assert labelled.representative().right.tolist() == [False, False]
    assert len(labelled.expanded()) == 4
    np.testing.assert_array_equal(
        labelled.representative().vectors["body, centred"][0],
        data.vectors["body"][0] - data.vectors["body"][:4].mean(0),
    )


def test_labels_that_are_known_for_their_outcome_do_no_harm(champion):
    stream = replay.as_labelled(with_examples(made(tasks=250, linear=2.0, seed=6)))
    times, passed = stream.evidence[outcomes.STANDS_FOR], stream.evidence["passed@8"]
    assert stream.expanded().right.mean() == pytest.approx(stream.right.mean(), abs=0.05)
    gains = {}
    for name, what in (
        ("as it is", times),
        ("every label", np.minimum(times, 1)),
        ("the chosen alone", np.where(passed > 0, np.minimum(times, 1), 0)),
    ):
        columns = {**stream.evidence, outcomes.STANDS_FOR: what.astype(np.float32)}
        found = simulate(champion, dataclasses.replace(stream, evidence=columns), every=100)
        gains[name] = (found.static - found.online).mean()
    assert gains["as it is"] > -0.001
    assert max(gains["every label"], gains["the chosen alone"]) < -0.005  # what it would be without


def test_what_stands_for_nothing_takes_no_place_among_the_newest(champion):
    some, later = harder(60), made(tasks=80, linear=2.0, seed=12, name="l")
    stands = np.repeat(np.array([1.0, 0.0], np.float32), [len(some), len(later)])
    both = dataclasses.replace(outcomes.joined([some, later]), evidence={outcomes.STANDS_FOR: stands})
    _, step = recalibrate(champion, both)
    _, alone = recalibrate(champion, some)
    assert step.swapped and (step.held_out, step.challenger) == (alone.held_out, alone.challenger)


def test_a_label_stands_for_others_and_is_still_one_piece_of_evidence(champion):
    data = made(tasks=60, linear=-2.0, seed=7)
    twice = dataclasses.replace(data, evidence={outcomes.STANDS_FOR: np.full(len(data), 2.0, np.float32)})
    challenger, step = recalibrate(champion, twice)
    plain, same = recalibrate(champion, data)
    np.testing.assert_allclose(challenger.scorer.weights, plain.scorer.weights, rtol=1e-4, atol=1e-6)
    assert (step.held_out, step.challenger) == (same.held_out, pytest.approx(same.challenger, abs=1e-5))


def test_outcomes_of_another_model_are_refused(champion):
    some = harder(60)
    other = dataclasses.replace(some, source=dataclasses.replace(some.source, model_hash="beef"))
    with pytest.raises(LensError, match="beef"):
        recalibrate(champion, other)


def test_the_command_reports_both_kinds_of_stream(tmp_path, monkeypatch, capsys):
    from atlas_lens import weights

    known = outcomes.joined([made(tasks=600), harder(200)])
    outcomes.save(known, tmp_path / "outcomes.npz")
    weights.save(study(known, shifted="away").weights, tmp_path / "lens.npz")
    arguments = ["replay", str(tmp_path / "outcomes.npz"), "--weights", str(tmp_path / "lens.npz"), "--shifted", "away"]
    monkeypatch.setattr("sys.argv", [*arguments, "--streams", "3"])
    assert replay.main() == 0
    said = capsys.readouterr().out
    assert '"history"' not in said  # nothing was run
    assert '"drifting"' in said and '"steady"' in said and '"worst_stream"' in said

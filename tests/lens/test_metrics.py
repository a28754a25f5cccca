"""Metrics and calibration, against numbers worked out by hand."""

import numpy as np
import pytest

from atlas_lens import metrics
from atlas_lens.calibration import Platt, fit_isotonic, fit_platt, newton, sigmoid

RIGHT = np.array([True, False, False, True, False, True])
SCORES = np.array([3.0, 3.0, 1.0, 0.0, 1.0, 2.0])
TASKS = [np.array([0, 1, 2]), np.array([3, 4]), np.array([5])]


def test_the_order_within_each_task_by_hand():
    # First task: the right one beats one of two wrong ones and ties with the other. Second: it loses. Third: not mixed.
    found = metrics.within_tasks(SCORES, RIGHT, TASKS)
    assert found[:2].tolist() == [0.75, 0.0]
    assert np.isnan(found[2])
    assert metrics.auroc(np.array([1.0]), np.array([True])) is None


def test_a_tie_for_the_best_is_settled_by_a_fair_draw():
    assert metrics.picked(SCORES, RIGHT, TASKS).tolist() == [0.5, 0.0, 1.0]


def test_only_tasks_with_both_kinds_are_mixed():
    assert [rows.tolist() for rows in metrics.mixed(RIGHT, TASKS)] == [[0, 1, 2], [3, 4]]


def test_how_many_are_run_until_one_is_right():
    # A tie of two of which one is right takes (2 + 1) / (1 + 1) on average; in the second task the right one is last.
    assert metrics.tries(SCORES, RIGHT, TASKS).tolist() == [1.5, 2.0, 1.0]
    assert np.isnan(metrics.tries(SCORES, np.zeros(6, dtype=bool), TASKS)).all()


def test_the_mean_number_of_tries_in_a_tie_is_that_of_all_orders():
    # Three equal ones, one right: 1, 2 or 3, each as likely.
    assert metrics.tries(np.zeros(3), np.array([False, True, False]), [np.arange(3)]).tolist() == [2.0]


def test_calibration_error_by_hand():
    # Bin 0: two at 0.05, one right: off by 0.45. Bin 9: two at 0.95 and 1.0, both right: off by 0.025.
    probabilities = np.array([0.05, 0.05, 0.95, 1.0])
    right = np.array([True, False, True, True])
    assert metrics.calibration_error(probabilities, right) == pytest.approx((2 * 0.45 + 2 * 0.025) / 4)
    assert metrics.brier(probabilities, right) == pytest.approx((0.95**2 + 0.05**2 + 0.05**2) / 4)


def test_the_calibration_error_has_an_interval_over_tasks():
    # Two tasks of one candidate at 0.05, one right: off by 0.95 and 0.05, and by 0.45 together.
    found = metrics.calibration_interval(
        np.array([0.05, 0.05]), np.array([True, False]), [np.array([0]), np.array([1])]
    )
    assert (found.mean, found.low, found.high, found.n) == pytest.approx((0.45, 0.05, 0.95, 2))
    # Of one task three times as large, in two bins: (3 * 0.05 + 0.05) / 4, and either alone.
    probabilities, right = np.array([0.95, 0.95, 0.95, 0.45]), np.array([True, True, True, False])
    found = metrics.calibration_interval(probabilities, right, [np.array([0, 1, 2]), np.array([3])])
    assert (found.mean, found.low, found.high) == pytest.approx(((3 * 0.05 + 0.45) / 4, 0.05, 0.45))
    # Off by 0.45 up in one bin and down in another: whichever is drawn, they do not make up for each other.
    apart = np.array([0.55, 0.45]), np.array([True, False])
    found = metrics.calibration_interval(*apart, [np.array([0]), np.array([1])])
    assert (found.mean, found.low, found.high) == pytest.approx((0.45, 0.45, 0.45))
    assert metrics.calibration_interval(np.empty(0), np.empty(0, dtype=bool), []) is None


def test_an_interval_is_of_tasks_and_leaves_out_what_is_unknown():
    found = metrics.interval(np.array([1.0, 1.0, np.nan, 1.0]))
    assert (found.mean, found.low, found.high, found.n) == (1.0, 1.0, 1.0, 3)
    assert metrics.interval(np.array([np.nan])) is None
    wide = metrics.interval(np.array([0.0, 1.0] * 50))
    assert wide.mean == 0.5
    assert 0.38 < wide.low < 0.42 and 0.58 < wide.high < 0.62  # 0.5 -+ 1.96 * 0.5 / 10


def test_a_paired_difference_is_narrower_than_two_intervals():
    rng = np.random.default_rng(1)
    theirs = rng.random(200)
    found = metrics.difference(theirs + 0.01, theirs)
    assert found.low == pytest.approx(0.01) and found.high == pytest.approx(0.01)


def test_risk_and_coverage_by_hand():
    losses, distances = np.array([1.0, 0.0, 0.5]), np.array([3.0, 1.0, 2.0])
    assert metrics.risk_coverage(losses, distances).tolist() == [0.0, 0.25, 0.5]
    assert metrics.excess_area(losses, distances) == 0.0
    # The worst order: 1, 0.75, 0.5, of mean 0.75; the best has mean 0.25.
    assert metrics.excess_area(losses, -distances) == pytest.approx(0.5)


def test_two_orders_are_compared_by_the_areas_under_their_curves():
    losses, distances = np.array([1.0, 0.0, 0.5]), np.array([3.0, 1.0, 2.0])
    found = metrics.area_differences(losses, {"best": distances, "worst": -distances}, [np.arange(3)])
    # Areas of 0.25, 0.75 and, at every coverage, 0.5; one task is drawn again and again.
    assert found == {
        ("best", "worst"): metrics.Interval(-0.5, -0.5, -0.5, 1),
        ("best", "random order"): metrics.Interval(-0.25, -0.25, -0.25, 1),
        ("worst", "random order"): metrics.Interval(0.25, 0.25, 0.25, 1),
    }


def test_tasks_are_drawn_again_whole():
    # The second task's candidates are furthest: the curve of both is 1, 1/2, 1/3, 1/4, that of the first one twice
    # 1, 1, 2/3, 1/2, and that of the second one is 0 everywhere.
    losses, distances = np.array([0.0, 1.0, 0.0, 0.0]), np.array([2.0, 1.0, 3.0, 4.0])
    (found,) = metrics.area_differences(losses, {"d": distances}, [np.array([0, 1]), np.array([2, 3])]).values()
    assert found.mean == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4 - 1 / 4)
    assert found.high == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4 - 1 / 2)
    assert (found.low, found.n) == (0.0, 2)


def test_a_sample_of_tasks_may_have_more_candidates_than_there_are():
    # One task of one wrong candidate, the nearest, and one of two right ones: 1, 1/2, 1/3 against 1/3; the large one twice is
    # four candidates, all right; the small one twice is two, all wrong.
    losses, distances = np.array([1.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0])
    (found,) = metrics.area_differences(losses, {"d": distances}, [np.array([0]), np.array([1, 2])]).values()
    assert found.mean == found.high == pytest.approx((1 + 1 / 2 + 1 / 3) / 3 - 1 / 3)
    assert found.low == 0.0


def test_platt_finds_the_law_that_the_scores_follow():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=20_000) * 3.0 + 1.0
    right = rng.random(20_000) < sigmoid(0.7 * scores - 0.4)
    found = fit_platt(scores, right)
    assert (found.slope, found.offset) == (pytest.approx(0.7, abs=0.03), pytest.approx(-0.4, abs=0.05))
    assert metrics.calibration_error(found.probability(scores), right) < 0.02


def test_platt_stays_finite_where_a_score_separates_everything():
    found = fit_platt(np.array([-1.0, -2.0, 1.0, 2.0]), np.array([False, False, True, True]))
    # Two of each: the targets are 3/4 and 1/4.
    assert np.isfinite([found.slope, found.offset]).all()
    assert found.probability(np.array([1.5, -1.5])).tolist() == pytest.approx([0.75, 0.25], abs=0.06)


def test_isotonic_pools_what_falls_by_hand():
    # Shares 0, 1, 0, 1: the middle two are pooled to 1/2, and a half of either kind is added to each step.
    found = fit_isotonic(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, True, False, True]))
    assert found.starts.tolist() == [1.0, 2.0, 4.0]
    assert found.values.tolist() == [0.25, 0.5, 0.75]
    assert found.probability(np.array([0.0, 1.5, 2.0, 3.9, 9.0])).tolist() == [0.25, 0.25, 0.5, 0.5, 0.75]


def test_equal_scores_are_one_step():
    found = fit_isotonic(np.array([1.0, 1.0, 1.0]), np.array([True, True, False]))
    assert found.starts.tolist() == [1.0]
    assert found.values.tolist() == [2.5 / 4]


def test_newton_is_held_where_it_is_told_to_be():
    design, target = np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 0.0])
    free = newton(design, target, ridge=np.array([0.0]))
    assert free[0] == pytest.approx(np.log(3.0), abs=1e-6)
    held = newton(design, target, ridge=np.array([1e6]), start=np.array([-2.0]))
    assert held[0] == pytest.approx(-2.0, abs=1e-4)


def test_a_sigmoid_does_not_overflow():
    assert sigmoid(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]
    assert Platt(1.0, 0.0).probability(np.array([-np.inf])).tolist() == [0.0]

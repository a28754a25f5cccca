"""The simulated judge: expectations small enough to work out by hand."""

import pytest

from atlas_bench.simulated_judge import ACCURACIES, Race, report

LABELS = {"t": [False, True, False, True]}


def race(*candidates, behind=None, levels=None, pairs=None):
    count = len(candidates)
    every = [(a, b) for a in range(count) for b in range(a + 1, count)]
    return Race(
        task_id="t",
        k=5,
        candidates=list(candidates),
        behind=list(behind or [0.0] * count),
        levels=list(levels or ["WEAK"] * count),
        pairs=every if pairs is None else pairs,
    )


def gains(*races, rounds=1, gap=0.15, verified_too=False):
    (found,) = [
        row
        for row in report(races, LABELS, rounds=rounds)["5"]["rows"]
        if (row["gap"], row["verified_too"]) == (gap, verified_too)
    ]
    return {accuracy: found[str(accuracy)]["gain"] for accuracy in ACCURACIES}


def test_one_comparison():
    # Wrong in front: the gain is the chance of two right answers. Right in front: the loss that of two wrong ones.
    for accuracy, gain in gains(race(0, 1)).items():
        assert gain == pytest.approx(accuracy**2)
    for accuracy, gain in gains(race(1, 0)).items():
        assert gain == pytest.approx(-((1 - accuracy) ** 2))


def test_a_second_round_asks_what_stayed_open_again():
    # .8: .64 + .32 * .64
    assert gains(race(0, 1), rounds=2)[0.8] == pytest.approx(0.8448)
    assert gains(race(1, 0), rounds=2)[0.8] == pytest.approx(-(0.04 + 0.32 * 0.04))


def test_two_wrong_or_two_right_ones_change_nothing():
    assert set(gains(race(0, 2), race(1, 3)).values()) == {0}


def test_three_contenders():
    # Wrong, wrong, right; a perfect judge: the third beats both, whatever it guesses about the others.
    assert gains(race(0, 2, 1))[1.0] == pytest.approx(1)
    # Right in front: a perfect judge never lets it lose.
    assert gains(race(1, 0, 2))[1.0] == pytest.approx(0)


def test_who_is_not_close_does_not_race_and_untold_pairs_stay_open():
    assert set(gains(race(0, 1, behind=[0.0, 0.2])).values()) == {0}
    assert gains(race(0, 1, behind=[0.0, 0.2]), gap=0.3)[1.0] == 1
    assert set(gains(race(0, 1, pairs=[])).values()) == {0}


def test_verified_results_are_left_alone_or_not():
    assert set(gains(race(0, 1, levels=["VERIFIED", "WEAK"])).values()) == {0}
    assert gains(race(0, 1, levels=["VERIFIED", "WEAK"]), verified_too=True)[1.0] == 1


def test_pools_without_a_candidate_count_as_wrong():
    found = report([race(), race(1, 0)], LABELS, rounds=1)["5"]
    assert found["selected"] == 0.5
    assert found["pools"] == 2

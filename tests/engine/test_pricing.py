"""What rows cost and which drafts that makes worthwhile; the numbers are worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline.engine.pricing import (
    LEAST_SAMPLES,
    LIFETIME,
    SAMPLES,
    WORTHWHILE,
    RowPrices,
    best_draft,
    expected_tokens,
    speed_up,
)


def prices(**measured: float) -> RowPrices:
    """Return prices of which `w1=2.0` was measured often enough: two seconds for one row."""
    result = RowPrices()
    for name, seconds in measured.items():
        for _ in range(LEAST_SAMPLES):
            result.note(int(name[1:]), seconds)
    return result


def free(_rows: int) -> float:
    return 3.0


def linear(rows: int) -> float:
    """A CPU that computes each row anew: 1 for the weights, 3 for each row."""
    return 1.0 + 3.0 * rows


def test_a_price_is_the_median_of_the_last_steps() -> None:
    one = RowPrices()
    for seconds in (5.0, 1.0):
        one.note(1, seconds)
        assert one.seconds(1) is None
    one.note(1, 2.0)
    assert one.seconds(1) == 2.0
    one.note(1, 100.0)
    assert one.seconds(1) == 3.5  # of 1, 2, 5, 100
    for _ in range(SAMPLES):
        one.note(1, 7.0)
    assert one.seconds(1) == 7.0


def test_prices_lie_on_lines_between_and_beyond_what_was_measured() -> None:
    known = prices(w1=10.0, w3=20.0, w7=60.0)
    assert [known.seconds(rows) for rows in (1, 2, 3, 5, 7)] == [10.0, 15.0, 20.0, 40.0, 60.0]
    # 50 more for 6 rows more: the line from the narrowest to the widest goes on.
    assert known.seconds(10) == pytest.approx(60.0 + 3 * 50.0 / 6)


def test_nothing_is_said_without_a_measured_width_below_and_another_one() -> None:
    assert RowPrices().seconds(1) is None
    assert prices(w3=1.0).seconds(1) is None
    assert prices(w3=1.0, w5=2.0).seconds(2) is None
    assert prices(w3=1.0).seconds(4) is None
    assert prices(w3=1.0).seconds(3) == 1.0


def test_a_width_that_is_out_of_use_loses_its_price() -> None:
    known = prices(w5=9.0, w1=1.0)
    for _ in range(LIFETIME - LEAST_SAMPLES - 1):
        known.note(1, 1.0)
    assert known.seconds(5) == 9.0
    known.note(1, 1.0)
    assert (known.seconds(5), known.seconds(2), known.seconds(1)) == (None, None, 1.0)
    known.note(5, 4.0)
    assert known.seconds(5) is None  # of the old times nothing is left
    known.note(5, 4.0)
    known.note(5, 4.0)
    assert known.seconds(5) == 4.0


def test_expected_tokens() -> None:
    assert expected_tokens(0.5, 3) == 1.875  # 1 + 1/2 + 1/4 + 1/8
    assert expected_tokens(1.0, 4) == 5.0
    assert expected_tokens(0.0, 4) == 1.0
    assert expected_tokens(0.7, 0) == 1.0


def test_speed_up_is_tokens_over_costs() -> None:
    assert speed_up(0.5, 3, seconds=free) == 1.875
    assert speed_up(0.5, 1, seconds=linear) == pytest.approx(1.5 * 4 / 7)
    # Two other completions that write three tokens together, in a step of two rows: 4.5 tokens instead of 4.
    assert speed_up(0.5, 1, seconds=linear, rows=2, others=3.0) == pytest.approx(4.5 / 4 * 7 / 10)
    # Four tokens drafted for half a second each.
    assert speed_up(1.0, 4, seconds=free, drafting=0.5) == pytest.approx(5 * 3.0 / 5.0)


def test_where_rows_are_free_the_longest_draft_is_the_best() -> None:
    assert best_draft(0.5, 15, seconds=free) == 15
    assert best_draft(0.5, 0, seconds=free) == 0
    assert best_draft(WORTHWHILE - 1.0 + 1e-9, 1, seconds=free) == 1
    assert best_draft(WORTHWHILE - 1.0 - 1e-9, 1, seconds=free) == 0


def test_where_rows_cost_a_draft_is_shortened_or_dropped() -> None:
    # 7 for two rows instead of 4 for one: a single guess must be right three times out of four to break even.
    assert best_draft(0.75, 15, seconds=linear) == 0
    # 1.9 * 4/7 = 1.086, 2.71 * 4/10 = 1.084: one token is best.
    assert best_draft(0.9, 15, seconds=linear) == 1
    # 16 tokens for 49 instead of 4 each: 1.306; fewer gain less.
    assert best_draft(1.0, 15, seconds=linear) == 15
    stairs = {1: 1.0, 2: 1.1, 3: 1.2, 4: 2.0, 5: 2.1}
    # 1.7/1.1 = 1.545, 2.19/1.2 = 1.825, 2.533/2 = 1.267, 2.773/2.1 = 1.321
    assert best_draft(0.7, 4, seconds=stairs.__getitem__) == 2
    assert best_draft(0.7, 1, seconds=stairs.__getitem__) == 1


def test_drafting_is_paid_for() -> None:
    assert best_draft(0.9, 4, seconds=free) == 4
    # 1.9 * 3/5 = 1.14, 2.71 * 3/7 = 1.161, 3.439 * 3/9 = 1.146
    assert best_draft(0.9, 4, seconds=free, drafting=2.0) == 2
    assert best_draft(0.9, 4, seconds=free, drafting=3.0) == 0


@given(
    acceptance=st.floats(0.0, 1.0),
    most=st.integers(0, 15),
    costs=st.lists(st.floats(0.1, 100.0), min_size=18, max_size=18),
    rows=st.integers(1, 3),
    others=st.floats(0.0, 30.0),
    drafting=st.floats(0.0, 10.0),
)
def test_no_other_length_gains_more(
    acceptance: float, most: int, costs: list[float], rows: int, others: float, drafting: float
) -> None:
    def gain(drafted: int) -> float:
        return speed_up(
            acceptance,
            drafted,
            seconds=lambda count: costs[count - 1],
            rows=rows,
            others=others,
            drafting=drafting,
        )

    best = best_draft(
        acceptance, most, seconds=lambda count: costs[count - 1], rows=rows, others=others, drafting=drafting
    )
    gains = [gain(drafted) for drafted in range(1, most + 1)]
    if best:
        assert gain(best) == max(gains) >= WORTHWHILE
    else:
        assert max(gains, default=0.0) < WORTHWHILE

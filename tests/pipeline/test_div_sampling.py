"""DivSampling: which sample is drawn how. All numbers are worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline import prompts
from atlas_pipeline.div_sampling import draw, in_turn, planned_samples
from atlas_pipeline.settings import SolveSettings, parse_settings

PERTURBATIONS = prompts.facts("chat").perturbations


def drawn(count: int, **settings):
    return [draw(index, SolveSettings(**settings), PERTURBATIONS) for index in range(count)]


def test_the_first_sample_is_close_to_greedy_and_the_others_are_not() -> None:
    assert [each.temperature for each in drawn(4)] == [0.2, 0.8, 0.8, 0.8]
    assert [each.temperature for each in drawn(2, temperature=0.1)] == [0.1, 0.1]


def test_temperatures_are_spread_around_the_middle() -> None:
    temperatures = [each.temperature for each in drawn(7, temperature=0.75, temperature_spread=0.25)]
    assert temperatures == [0.2, 0.75, 0.5, 1.0, 0.75, 0.5, 1.0]
    assert drawn(3, temperature=0.5, temperature_spread=0.75)[2].temperature == 0.0


@pytest.mark.parametrize(
    ("share", "planned"),
    [
        (0.0, []),
        (0.25, [3, 7]),
        (0.3, [3, 6, 9]),
        (0.5, [1, 3, 5, 7, 9]),
        (0.75, [1, 2, 3, 5, 6, 7, 9]),
        (1.0, [*range(10)]),
    ],
)
def test_planned_samples_are_spread_evenly(share: float, planned: list[int]) -> None:
    draws = drawn(10, planned_share=share)
    assert [index for index, each in enumerate(draws) if each.plan is not None] == planned
    assert [each.plan for each in draws if each.plan is not None] == [*range(len(planned))]
    assert planned_samples(SolveSettings(planned_share=share).with_samples(10)) == len(planned)


def test_shares_that_a_float_cannot_hold() -> None:
    assert planned_samples(SolveSettings(planned_share=0.29).with_samples(100)) == 29


def test_no_plan_is_asked_for_that_most_solves_do_not_reach() -> None:
    assert planned_samples(SolveSettings(planned_share=0.5, samples=20, unchecked_samples=8)) == 4
    assert planned_samples(SolveSettings(planned_share=0.5, samples=3, unchecked_samples=8)) == 1


def test_perturbations_go_to_plain_samples_only_and_the_first_is_not_one_of_them() -> None:
    draws = drawn(8, planned_share=0.5, perturbed_share=0.5)
    # Planned: 1 3 5 7. Of the plain ones 0 2 4 6 every second: 2 and 6.
    assert [index for index, each in enumerate(draws) if each.perturbation is not None] == [2, 6]
    assert all(each.perturbation is None for each in drawn(8))


def test_the_kinds_take_turns_and_all_are_used_before_one_comes_again() -> None:
    draws = drawn(24, perturbed_share=1.0)
    assert [each.perturbation.kind for each in draws[:6]] == ["role", "instruction", "style"] * 2
    texts = [each.perturbation.text for each in draws]
    assert len(set(texts[:12])) == len(PERTURBATIONS) == 12
    assert texts[12:] == texts[:12]


def test_the_seed_decides_the_order() -> None:
    assert in_turn(PERTURBATIONS, 1) == in_turn(PERTURBATIONS, 1)
    assert in_turn(PERTURBATIONS, 1) != in_turn(PERTURBATIONS, 2)
    assert set(in_turn(PERTURBATIONS, 3)) == set(PERTURBATIONS)


def test_kinds_of_different_number() -> None:
    few = [each for each in PERTURBATIONS if each.kind == "style"] + [PERTURBATIONS[0]]
    assert [each.kind for each in in_turn(few, 0)] == ["role", "style", "style", "style", "style"]


def test_a_profile_without_perturbations_gets_none() -> None:
    assert draw(3, SolveSettings(perturbed_share=1.0), ()).perturbation is None


def test_the_position_is_a_switch() -> None:
    back, front = SolveSettings(perturbed_share=1.0), SolveSettings(perturbed_share=1.0, perturbation_position="front")
    each = draw(0, back, PERTURBATIONS)
    assert each.fields(back) == {"front": "", "back": each.perturbation.text}
    assert each.fields(front) == {"front": each.perturbation.text, "back": ""}
    assert draw(0, SolveSettings(), PERTURBATIONS).fields(back) == {"front": "", "back": ""}


@given(
    st.floats(0, 1), st.floats(0, 1), st.integers(1, 40),
)  # fmt: skip
def test_shares_hold_after_any_number_of_samples(planned: float, perturbed: float, count: int) -> None:
    draws = drawn(count, planned_share=planned, perturbed_share=perturbed)
    plans = sum(each.plan is not None for each in draws)
    assert count * planned - 1 <= plans <= count * planned + 1e-6
    disturbed = sum(each.perturbation is not None for each in draws)
    assert (count - plans) * perturbed - 1 <= disturbed <= (count - plans) * perturbed + 1e-6
    assert not any(each.plan is not None and each.perturbation is not None for each in draws)


def test_settings_out_of_range_are_reported_and_left_at_their_default() -> None:
    settings, problems = parse_settings(
        {
            "solve": {
                "planned_share": 1.5,
                "perturbed_share": -0.1,
                "temperature_spread": -1,
                "perturbation_position": "middle",
            }
        }
    )
    assert settings.solve == SolveSettings()
    assert sorted(problem.split(":")[0] for problem in problems) == [
        "solve.perturbation_position", "solve.perturbed_share", "solve.planned_share", "solve.temperature_spread",
    ]  # fmt: skip

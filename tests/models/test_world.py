"""The world, its styles and its split agree with each other."""

import random

import pytest

from atlas_pocket.corpus import (
    code_sample,
    has_answer,
    random_function,
    random_input,
    repair_sample,
    samples,
    selftest_sample,
)
from atlas_pocket.styles import STYLES, body
from atlas_pocket.world import FILTERS, MAPS, REDUCTIONS, Spec, compositions, held_out


def run(source: str, call: str) -> object:
    namespace: dict[str, object] = {}
    exec(source, namespace)
    return eval(call, namespace)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_every_function_computes_the_reference(style):
    rng = random.Random(f"styles {style}")
    pool = compositions(held=False) + compositions(held=True)
    for _ in range(600):
        function = random_function(rng, pool)
        spec = function.spec
        numbers, bound = random_input(spec, rng)
        if "(self" in function.task or not has_answer(spec, numbers, bound):
            continue
        source = (
            "from __future__ import annotations\n"
            + function.task
            + "\n"
            + body(spec, items=function.items, style=style)
        )
        assert run(source, function.call(numbers, bound)) == spec.compute(numbers, bound), source


def test_reference_by_hand():
    spec = Spec(filter=FILTERS["even"], map=MAPS["square"], reduction=REDUCTIONS["sum"])
    assert spec.compute([3, -2, 4]) == 20
    assert spec.worked([3, -2, 4], 0) == "# [3, -2, 4] > [-2, 4] > [4, 16] > 4 20"
    bounded = Spec(
        filter=FILTERS["above"], map=MAPS["same"], reduction=REDUCTIONS["first"], bound="k", has_default=True
    )
    assert bounded.compute([1, 5, 9], 4) == 5
    assert bounded.compute([1], 4) is None


def test_worked_tests_are_right_and_training_never_draws_a_held_out_composition():
    held = set(compositions(held=True))
    assert 100 < len(held) < 250
    rng = random.Random(5)
    for _ in range(300):
        function = random_function(rng, compositions(held=False))
        assert function.spec.composition not in held
        assert not held_out(function.spec.composition)
    for _ in range(200):
        sample = selftest_sample(rng, compositions(held=False))
        asserts = [line for line in sample.answer.splitlines() if line.startswith("assert ")]
        assert 1 <= len(asserts) <= 3
        assert len(sample.answer.splitlines()) == 2 * len(asserts)


def test_same_seed_same_samples():
    first, second = samples(7), samples(7)
    assert [next(first) for _ in range(50)] == [next(second) for _ in range(50)]


def test_repair_shows_a_wrong_body_and_answers_another():
    rng = random.Random(1)
    for _ in range(50):
        sample = repair_sample(rng, compositions(held=False))
        assert f"{sample.answer}\n" not in sample.prompt
    assert "Write the body of " in code_sample(rng, compositions(held=False)).prompt

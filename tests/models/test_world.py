"""The world of v0, its styles and its split agree with each other."""

from __future__ import annotations

import random

import pytest

from atlas_pocket.compositions.selections import Selections
from atlas_pocket.problem import held_out
from atlas_pocket.rendering import source
from atlas_pocket.running import run
from atlas_pocket.styles import STYLES, body
from atlas_pocket.world import FILTERS, MAPS, REDUCTIONS, Spec, compositions, has_answer, random_input


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_every_function_computes_the_reference(style):
    rng = random.Random(f"styles {style}")
    for names in compositions(held=False) + compositions(held=True):
        spec = Spec(filter=FILTERS[names[0]], map=MAPS[names[1]], reduction=REDUCTIONS[names[2]])
        if spec.filter.bounded:
            spec = Spec(filter=spec.filter, map=spec.map, reduction=spec.reduction, bound="k")
        numbers, bound = random_input(spec, rng)
        if has_answer(spec, numbers, bound):
            written = body(spec, items="items", style=style)
            assert run("f", ["items", "k"], written, (numbers, bound)) == spec.compute(numbers, bound), written


def test_reference_by_hand():
    spec = Spec(filter=FILTERS["even"], map=MAPS["square"], reduction=REDUCTIONS["sum"])
    assert spec.compute([3, -2, 4]) == 20
    assert spec.worked([3, -2, 4], 0) == "# [3, -2, 4] > [-2, 4] > [4, 16] > 4 20"
    bounded = Spec(
        filter=FILTERS["above"], map=MAPS["same"], reduction=REDUCTIONS["first"], bound="k", has_default=True
    )
    assert bounded.compute([1, 5, 9], 4) == 5
    assert bounded.compute([1], 4) is None


def test_what_v0_was_not_trained_on_is_held_out_still():
    """v0's weights are where v1's training begins: of its functions none that it knows may be in a suite."""
    keys = Selections().keys()
    held = {key[1:] for key in keys if held_out(key)}
    assert held == set(compositions(held=True))
    assert 100 < len(held) < 250
    assert len(keys) == len(held) + len(compositions(held=False))


def test_problems_are_the_functions_of_their_keys():
    rng = random.Random(4)
    selections = Selections()
    for key in rng.sample(selections.keys(), 40):
        problem = selections.problem(key, rng)
        arguments = problem.draw(rng)
        names = [parameter.name for parameter in problem.parameters]
        for written in problem.bodies:
            found = run(problem.name, names, written, arguments)
            assert source(found) == source(problem.reference(*arguments)), written

"""The router in the simulated world: hard tasks get the full pipeline, easy ones do not, and the regret is as claimed."""

import argparse
import json
import random

import pytest

from atlas_bench.router import EASE, add_arguments, draw, measure, run
from atlas_pipeline.routing import COST, PATIENCE_S, Route


@pytest.fixture(scope="module")
def world():
    return measure(tasks=600, seeds=6, first_s=1.2)  # the full pipeline takes some 14 s


def test_hard_tasks_reach_the_full_pipeline_and_easy_ones_do_not(world):
    assert world["thorough"]["hard"] > 0.7
    assert world["thorough"]["easy"] < 0.25


def test_it_beats_the_best_fixed_route_surely(world):
    assert world["regret_against_best_fixed"]["high"] < 0
    assert world["regret_against_best_fixed_second_half"]["mean"] < world["regret_against_best_fixed"]["high"] + 0.05


def test_learning_helps(world):
    assert world["gain_by_learning"]["low"] > 0


def test_dividing_by_the_time_never_tries_hard(world):
    assert world["thorough_by_division"] < 0.05
    assert world["utility"]["P divided by time"] < world["utility"]["router"]


def test_nobody_is_better_than_who_knows_the_truth(world):
    assert world["utility"]["knows the truth"] == max(world["utility"].values())
    assert world["regret_against_truth"]["low"] > 0
    # and a fixed route's utility is what it solves less what it costs
    tasks = [draw(random.Random(number)) for number in range(50)]
    task = tasks[0]
    assert task.utility(Route.FULL, 2.0) == task.solves[Route.FULL] - COST[Route.FULL] * 2.0 / PATIENCE_S


def test_the_world_is_as_described():
    tasks = [draw(random.Random(number)) for number in range(4000)]
    for kind, (share, _) in EASE.items():
        assert sum(task.kind == kind for task in tasks) / len(tasks) == pytest.approx(share, abs=0.03)
    for task in tasks:
        assert task.solves[Route.FAST] <= task.solves[Route.SAMPLES] <= task.solves[Route.FULL]
    hopeless = [task.solves[Route.REPAIR] for task in tasks if task.kind == "hopeless"]
    assert sum(hopeless) / len(hopeless) < 0.05


def test_the_command(capsys):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert run(parser.parse_args(["--tasks", "40", "--seeds", "2"])) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["first_s"] for row in report["worlds"]] == [0.1, 1.2, 3.6]
    assert run(parser.parse_args(["--tasks", "1"])) == 2

"""The calibration table, with probabilities worked out by hand."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_pipeline import calibration
from atlas_pipeline.calibration import (
    CalibrationTable,
    Cell,
    Observation,
    file_name,
    fit,
    load_table,
    read_observations,
    read_table,
    write_table,
)
from atlas_pipeline.errors import UsageError


def seen(right, *, cluster=3, candidates=5, examples=2, passed=2, task=""):
    return Observation(
        right=right, examples=examples, examples_passed=passed, candidates=candidates, cluster=cluster, task=task
    )


def table(*cells):
    return CalibrationTable(model="m", source="s", cells=tuple(cells))


def cell(cluster, right, n, *, examples="all", candidates="4-5"):
    return Cell(examples=examples, candidates=candidates, cluster=cluster, n=n, right=right)


def ask(found, cluster, *, candidates=5, examples=2, passed=2):
    return found.probability(examples=examples, examples_passed=passed, candidates=candidates, cluster=cluster)


def test_jeffreys_mean_by_hand():
    found = fit([seen(True)] * 9, model="m", source="s")
    assert found.cells == (cell("3-4", 9, 9),)
    assert ask(found, 3) == pytest.approx(9.5 / 10)  # nine tasks without an error are just enough for .95
    assert ask(found, 4) == pytest.approx(0.95)
    assert ask(fit([seen(True)] * 8, model="m", source="s"), 3) == pytest.approx(8.5 / 9)


def test_draws_of_one_task_weigh_one_together():
    # Task a: two draws in a cluster of 3 (right, wrong), two alone (both wrong). Task b: one draw, right.
    rows = [seen(True, task="a"), seen(False, task="a"), *[seen(False, cluster=1, task="a")] * 2, seen(True, task="b")]
    found = fit(rows, model="m", source="s")
    assert set(found.cells) == {cell("1", 0, 0.5), cell("3-4", 1.25, 1.5)}
    # Another size of the pool is another group: there the task counts again.
    more = fit([*rows, seen(True, task="a", candidates=8)], model="m", source="s")
    assert cell("3-4", 1, 1, candidates="6-8") in more.cells


def test_larger_clusters_are_never_less_probable():
    # Cluster 2 has 3.5 / 4 = .875, 3-4 has 2.5 / 5 = .5: pooled 5 of 7 = 5.5 / 8; 5-9 has 9.5 / 10 and stands.
    found = table(cell("1", 1, 3), cell("2", 3, 3), cell("3-4", 2, 4), cell("5-9", 9, 9))
    assert ask(found, 1) == pytest.approx(1.5 / 4)
    assert ask(found, 2) == ask(found, 4) == pytest.approx(5.5 / 8)
    assert ask(found, 5) == pytest.approx(0.95)
    # One sure task is not less sure evidence than 19 of 20: 19.5 / 21 > 1.5 / 2, pooled 20.5 / 22.
    found = table(cell("1", 19, 20), cell("2", 1, 1))
    assert ask(found, 1) == ask(found, 2) == pytest.approx(20.5 / 22)


def test_empty_cells_take_the_next_smaller_cluster_and_unknown_groups_are_none():
    found = table(cell("2", 3, 3), cell("10+", 9, 9), cell("3-4", 0, 0))
    assert ask(found, 4) == ask(found, 9) == ask(found, 2) == pytest.approx(3.5 / 4)
    assert ask(found, 12) == pytest.approx(0.95)
    assert ask(found, 1) is None
    assert ask(found, 3, candidates=3) is None
    assert ask(found, 3, passed=1) is None
    assert ask(found, 3, examples=0, passed=0) is None


@pytest.mark.parametrize(
    ("candidates", "group"),
    [(1, "1-3"), (3, "1-3"), (4, "4-5"), (5, "4-5"), (6, "6-8"), (8, "6-8"), (9, "9-12"), (12, "9-12"), (13, "13+"), (99, "13+")],
)  # fmt: skip
def test_sizes_of_pools(candidates, group):
    assert fit([seen(True, cluster=1, candidates=candidates)], model="m", source="s").cells[0].candidates == group


@pytest.mark.parametrize(
    ("examples", "passed", "kind"), [(0, 0, "none"), (2, 2, "all"), (2, 1, "some"), (2, 0, "some")]
)
def test_kinds(examples, passed, kind):
    assert fit([seen(True, examples=examples, passed=passed)], model="m", source="s").cells[0].examples == kind


counts = st.lists(
    st.tuples(st.sampled_from([1, 2, 3, 5, 10]), st.booleans(), st.sampled_from(["", "a", "b", "c"])), min_size=1, max_size=60
)  # fmt: skip


@given(counts)
def test_always_monotone_and_never_certain(rows):
    found = fit(
        [seen(right, cluster=cluster, candidates=20, task=task) for cluster, right, task in rows], model="m", source="s"
    )
    probabilities = [ask(found, cluster, candidates=20) for cluster in (1, 2, 3, 5, 10)]
    known = [p for p in probabilities if p is not None]
    assert known == sorted(known)
    assert all(0 < p < 1 for p in known)
    assert read_table(json.dumps(calibration.msgspec.to_builtins(found)), "x") == found


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2"),
        ('{"right": true}', "examples"),
        ('{"right": 1, "examples": 1, "examples_passed": 1, "candidates": 3, "cluster": 1}', "right"),
        ('{"right": true, "examples": 1, "examples_passed": 2, "candidates": 3, "cluster": 1}', "2 of 1 examples"),
        ('{"right": true, "examples": 1, "examples_passed": 1, "candidates": 3, "cluster": 4}', "cluster of 4 among 3"),
        ('{"right": true, "examples": 1, "examples_passed": 1, "candidates": 3, "cluster": 0}', "cluster of 0"),
    ],
)
def test_bad_observations_are_reported_with_their_line(tmp_path, line, said):
    good = '{"right": true, "examples": 1, "examples_passed": 1, "candidates": 3, "cluster": 1}'
    path = tmp_path / "seen.jsonl"
    path.write_text(f"{good}\n{line}\n")
    with pytest.raises(UsageError, match=re.escape(said)) as raised:
        read_observations(path)
    assert "line 2" in str(raised.value)
    path.write_text(f"{good}\n\n{good}\n")
    assert len(read_observations(path)) == 2
    with pytest.raises(UsageError, match="cannot be read"):
        read_observations(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no observations"):
        fit([], model="m", source="s")


def test_the_users_table_comes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(calibration, "user_folder", lambda: tmp_path)
    assert load_table("Some Model F16") is None
    mine = CalibrationTable(model="Some Model F16", source="s", cells=(cell("2", 3, 3),))
    write_table(mine, tmp_path / file_name("Some Model F16"))
    assert file_name("Some Model F16") == "some-model-f16.json"
    assert load_table("Some Model F16") == mine
    assert load_table("some-model f16") is None  # the same file name, another model
    (tmp_path / "some-model-f16.json").write_text('{"model": "x"}')
    with pytest.raises(UsageError, match="fit it again"):
        load_table("Some Model F16")


@pytest.mark.parametrize(
    "change", [{"schema": 2}, {"cells": [{"examples": "all", "candidates": "4-5", "cluster": "3", "n": 1, "right": 1}]},
               {"cells": [{"examples": "all", "candidates": "4-5", "cluster": "2", "n": 1, "right": 2}]}, {"more": 1}],
)  # fmt: skip
def test_wrong_tables_are_refused(change):
    with pytest.raises(UsageError, match="the file"):
        read_table(json.dumps({"model": "m", "source": "s", "cells": [], "schema": 1} | change), "the file")

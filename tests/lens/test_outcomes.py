"""Outcomes: the file, the split, and putting several together."""

import dataclasses

import numpy as np
import pytest
from made_outcomes import SOURCE, made

from atlas_lens import outcomes
from atlas_lens.errors import LensError


def test_a_file_gives_back_what_was_written(tmp_path):
    before = made(tasks=5)
    path = tmp_path / "folder" / "outcomes.npz"
    outcomes.save(before, path)
    after = outcomes.load(path)
    assert after.source == before.source
    assert after.task.tolist() == before.task.tolist()
    assert after.right.tolist() == before.right.tolist()
    assert after.feature_names == before.feature_names
    np.testing.assert_array_equal(after.features, before.features)
    np.testing.assert_allclose(after.vectors["body"], before.vectors["body"], atol=2e-3)
    assert [entry.name for entry in path.parent.iterdir()] == ["outcomes.npz"]


def test_a_damaged_file_is_named_and_says_what_to_do(tmp_path):
    path = tmp_path / "outcomes.npz"
    path.write_bytes(b"not a file of ours")
    with pytest.raises(LensError, match="outcomes.npz is damaged.*[Mm]ake it anew"):
        outcomes.load(path)
    with pytest.raises(LensError, match="There are no outcomes at"):
        outcomes.load(tmp_path / "missing.npz")


def test_a_file_without_what_is_needed_is_refused(tmp_path):
    path = tmp_path / "other.npz"
    outcomes.write_arrays(path, {"something": np.zeros(3)})
    with pytest.raises(LensError, match="holds no outcomes"):
        outcomes.load(path)


def test_pickles_are_not_read(tmp_path):
    path = tmp_path / "pickle.npz"
    np.savez(path, meta=np.array([object()], dtype=object))
    with pytest.raises(LensError, match="damaged") as raised:
        outcomes.load(path)
    assert "allow_pickle" not in str(raised.value)  # numpy's text advises to load it unsafely


def test_tasks_keep_the_order_in_which_they_came():
    names = np.array(["b", "b", "a", "c", "a"])
    assert [rows.tolist() for rows in outcomes.rows_of(names)] == [[0, 1], [2, 4], [3]]


def test_no_group_is_on_two_sides_and_none_is_lost():
    known = dataclasses.replace(made(tasks=300), group=np.repeat([f"g{n // 3}" for n in range(300)], 8))
    sides = outcomes.split(known)
    groups = [set(side.group.tolist()) for side in (sides.train, sides.validation, sides.test)]
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    assert sum(map(len, groups)) == 100
    assert len(sides.train) + len(sides.validation) + len(sides.test) == 2400
    assert 20 <= len(groups[2]) <= 40  # three in ten


def test_a_group_stays_on_its_side_when_others_are_added():
    few, many = made(tasks=50), made(tasks=500)
    test_of_few = set(outcomes.split(few).test.group.tolist())
    test_of_many = set(outcomes.split(many).test.group.tolist())
    assert test_of_few == test_of_many & set(few.group.tolist())


def test_outcomes_of_two_models_are_never_put_together():
    other = dataclasses.replace(made(tasks=2), source=dataclasses.replace(SOURCE, model_hash="ff", model="Another"))
    with pytest.raises(LensError, match="of Made Up .* and of Another .* do not go together"):
        outcomes.joined([made(tasks=2), other])
    assert len(outcomes.joined([made(tasks=2), made(tasks=3, name="u")])) == 40


def test_outcomes_from_before_the_last_token_was_taken_go_with_later_ones():
    def of(last):
        part = made(tasks=2)
        more = {"last of answer": part.vectors["body"]} if last else {}
        source = dataclasses.replace(SOURCE, last_token_definition=last)
        return dataclasses.replace(part, source=source, vectors={**part.vectors, **more})

    assert set(outcomes.joined([of("last/1"), of("last/1")]).vectors) == {"body", "last of answer"}
    assert set(outcomes.joined([of("last/1"), of("")]).vectors) == {"body"}
    with pytest.raises(LensError, match="do not go together"):
        outcomes.joined([of("last/1"), of("last/2")])

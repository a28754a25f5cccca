"""Versions of trained weights: the newest is used, every one stays, and one command goes back."""

import dataclasses

import pytest
from made_outcomes import made

from atlas_lens.errors import LensError
from atlas_lens.evaluation import study
from atlas_lens.store import Store

HASH = "0123456789abcdef"


@pytest.fixture(scope="module")
def trained():
    return study(made(tasks=120)).weights


def test_each_training_is_a_version_and_rollback_goes_back_to_the_shipped_one(tmp_path, trained):
    store = Store(tmp_path, HASH)
    assert (store.versions(), store.current(), store.load()) == ([], None, None)
    assert store.add(trained).weights.version == 1
    assert store.add(trained).weights.version == 2
    found = store.load()
    assert (found.weights.version, found.path, found.is_shipped) == (2, store.path(2), False)
    assert store.rollback() == 1
    assert store.load().weights.version == 1
    assert store.versions() == [1, 2]
    # After a rollback the next training is a new version: no file is ever written over.
    assert store.add(trained).weights.version == 3
    assert [store.rollback(), store.rollback(), store.rollback()] == [2, 1, None]
    assert store.load() is None
    with pytest.raises(LensError, match="nothing to undo"):
        store.rollback()


def test_weights_of_another_model_are_not_kept(tmp_path, trained):
    other = dataclasses.replace(trained, source=dataclasses.replace(trained.source, model_hash="beef" * 4))
    with pytest.raises(LensError, match="not for 0123456789abcdef"):
        Store(tmp_path, HASH).add(other)
    assert list(tmp_path.iterdir()) == []


def test_a_version_that_is_gone_is_named(tmp_path, trained):
    store = Store(tmp_path, HASH)
    store.add(trained)
    store.path(1).unlink()
    with pytest.raises(LensError, match="names version '1', but the versions kept are none"):
        store.load()


def test_a_hash_cannot_lead_out_of_the_folder(tmp_path):
    with pytest.raises(LensError, match="no hash of a model"):
        Store(tmp_path, "../../etc")

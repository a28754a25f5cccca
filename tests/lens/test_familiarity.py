"""Distances from what a scorer was trained on, and when it abstains."""

import numpy as np
import pytest

from atlas_lens import familiarity
from atlas_lens.errors import LensError
from atlas_lens.familiarity import Mahalanobis, Neighbours, Reach
from atlas_lens.scorers import Batch, Space, Standard

IDENTITY = Space("body", (), Standard(np.zeros(6), np.ones(6)))


def batch(vectors):
    return Batch(
        task=np.array(["t"] * len(vectors)),
        features=np.zeros((len(vectors), 0), np.float32),
        feature_names=(),
        vectors={"body": vectors},
    )


def cloud(seed=0, n=600, width=6, at=0.0):
    return (np.random.default_rng(seed).normal(size=(n, width)) + at).astype(np.float32)


def test_mahalanobis_by_hand():
    # Standard deviation 2 along the first axis, variance 4 in the rest: (6/2)^2 and (4^2)/4, over two dimensions.
    found = Mahalanobis(np.zeros(2, np.float32), np.array([[0.5, 0.0]], np.float32), 4.0)
    inputs = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 4.0], [6.0, 4.0]], np.float32)
    assert found.distances(inputs).tolist() == pytest.approx([0.0, 4.5, 2.0, 6.5])


def test_neighbours_by_hand():
    points = np.array([[float(n), 0.0] for n in range(10)], np.float32)
    # From 0: the mean of 0..9 is 4.5; divided by the square root of two dimensions.
    assert Neighbours(points).distances(np.array([[0.0, 0.0]], np.float32))[0] == pytest.approx(4.5 / np.sqrt(2))


@pytest.mark.parametrize("kind", familiarity.FITS)
def test_what_was_never_seen_is_further_away(kind):
    found = familiarity.FITS[kind](cloud())
    near, far = found.distances(cloud(1)), found.distances(cloud(2, at=4.0))
    assert near.max() < far.min()
    reach = Reach.of(found, IDENTITY, batch(cloud(3)))
    assert reach.threshold == pytest.approx(np.quantile(found.distances(cloud(3)), 0.98))
    assert reach.covers(batch(cloud(1))).mean() > 0.95 and not reach.covers(batch(cloud(2, at=4.0))).any()


@pytest.mark.parametrize("kind", familiarity.FITS)
def test_a_distance_comes_back_from_its_arrays(kind):
    found = familiarity.FITS[kind](cloud(n=80))
    again = familiarity.of_arrays(kind, found.arrays())
    np.testing.assert_allclose(again.distances(cloud(1)), found.distances(cloud(1)), rtol=2e-3, atol=2e-3)


def test_between_two_clusters_only_neighbours_find_nothing_familiar():
    # Between two narrow clusters one Gaussian is at home, though nothing was ever seen there.
    rng = np.random.default_rng(0)
    ends = np.concatenate([rng.normal(-6.0, 0.3, (300, 3)), rng.normal(6.0, 0.3, (300, 3))]).astype(np.float32)
    middle = np.zeros((1, 3), np.float32)
    for kind, is_far in (("mahalanobis", False), ("neighbours", True)):
        found = familiarity.FITS[kind](ends)
        assert (found.distances(middle)[0] > np.quantile(found.distances(ends), 0.99)) == is_far, kind


def test_a_single_column_can_be_measured():
    for fit in familiarity.FITS.values():
        found = fit(cloud(width=1))
        assert found.distances(np.array([[0.0]], np.float32))[0] < found.distances(np.array([[9.0]], np.float32))[0]


def test_a_kind_from_another_version_is_refused():
    with pytest.raises(LensError, match="no distance 'crow'"):
        familiarity.of_arrays("crow", {})
    with pytest.raises(LensError, match="no distance 'local metric'.*train anew"):
        familiarity.of_arrays("local metric", {})  # it was removed
    with pytest.raises(LensError, match="lacks 'points'"):
        familiarity.of_arrays("neighbours", {})

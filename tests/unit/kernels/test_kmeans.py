"""k-means: what belongs together comes together, and nothing odd in the vectors stops it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.errors import FitError
from wenmai.kernels.kmeans import cluster, nearest_centres, unit_rows


def heaps(count=4, each=50, seed=0):
    generator = np.random.default_rng(seed)
    middles = 100 * np.eye(count, 6)
    vectors = np.repeat(middles, each, axis=0) + generator.standard_normal((count * each, 6))
    return vectors.astype(np.float32), np.repeat(np.arange(count), each)


def test_heaps_are_found_whatever_the_seed():
    vectors, owners = heaps()
    for seed in range(5):
        found = nearest_centres(vectors, cluster(vectors, 4, seed=seed))
        assert len({(int(owner), int(one)) for owner, one in zip(owners, found, strict=True)}) == 4


def test_every_centre_is_the_mean_of_what_is_nearest_to_it():
    vectors, _ = heaps(seed=3)
    centres = cluster(vectors, 7, seed=1, iterations=200)
    nearest = nearest_centres(vectors, centres)
    for number in range(7):
        np.testing.assert_allclose(centres[number], vectors[nearest == number].mean(axis=0), rtol=1e-4, atol=1e-4)


@settings(deadline=None, max_examples=40)
@given(
    rows=st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=1, max_size=20),
    count=st.integers(1, 8),
)
def test_there_are_as_many_centres_as_vectors_that_differ_or_as_asked(rows, count):
    vectors = np.array(rows, np.float32)
    different = len(np.unique(vectors, axis=0))
    centres = cluster(vectors, count, seed=0)
    assert len(centres) == min(count, different)
    distances = ((vectors[:, None] - centres[None]) ** 2).sum(axis=2)
    chosen = distances[np.arange(len(vectors)), nearest_centres(vectors, centres)]
    np.testing.assert_allclose(chosen, distances.min(axis=1), atol=1e-5)


def test_unit_rows_have_length_one_and_zeros_stay():
    rows = unit_rows(np.array([[3, 4], [0, 0], [1e-20, 0]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0], [1, 0]], rtol=1e-6)


def test_it_ends_when_it_must():
    def spent():
        raise FitError("the budget was spent")

    with pytest.raises(FitError, match="budget"):
        cluster(heaps()[0], 3, seed=0, check=spent)

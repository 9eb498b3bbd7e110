"""Product quantisation: codes and centres stand for the rows as well as 256 centres can."""

import numpy as np
import pytest

from wenmai.kernels.product_quantisation import product_quantised


def decoded(codes, centres):
    return np.concatenate([part[codes[:, at]] for at, part in enumerate(centres)], axis=1)


def test_few_different_parts_are_kept_as_they_are():
    generator = np.random.default_rng(0)
    values = generator.standard_normal((200, 2)).astype(np.float32)
    rows = values[generator.integers(200, size=(1000, 3))].reshape(1000, 6)[:, :5]
    codes, centres = product_quantised(rows, 2, seed=0)
    assert codes.dtype == np.uint8
    assert codes.shape == (1000, 3)
    assert [part.shape for part in centres] == [(256, 2), (256, 2), (256, 1)]
    np.testing.assert_allclose(decoded(codes, centres), rows, atol=2e-3)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_each_part_has_the_nearest_of_its_centres(size):
    rows = np.random.default_rng(1).standard_normal((3000, 7)).astype(np.float32)
    codes, centres = product_quantised(rows, size, seed=0)
    for at, part in enumerate(centres):
        columns = rows[:, at * size : (at + 1) * size]
        distances = np.square(columns[:, None] - part[None]).sum(axis=2)
        assert (distances[np.arange(3000), codes[:, at]] <= distances.min(axis=1) + 1e-5).all()
    lost = np.square(decoded(codes, centres) - rows).mean()
    assert lost < {1: 1e-3, 2: 0.02, 3: 0.12, 7: 0.6}[size]


def test_the_same_seed_gives_the_same_and_many_rows_are_sampled(monkeypatch):
    monkeypatch.setattr("wenmai.kernels.product_quantisation._SAMPLE", 500)
    rows = np.random.default_rng(2).standard_normal((2000, 4)).astype(np.float32)
    first, again, other = (product_quantised(rows, 2, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first[0], again[0])
    assert all((one == two).all() for one, two in zip(first[1], again[1], strict=True))
    assert (first[1][0] != other[1][0]).any()


def test_no_row_and_rows_of_zeros():
    codes, centres = product_quantised(np.zeros((0, 4), np.float32), 2, seed=0)
    assert codes.shape == (0, 2)
    assert not np.any(centres)
    codes, centres = product_quantised(np.zeros((3, 4), np.float32), 2, seed=0)
    assert not decoded(codes, centres).any()

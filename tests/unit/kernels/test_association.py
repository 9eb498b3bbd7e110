"""PPMI against its formula, and the decomposition against the exact one."""

import numpy as np
import pytest

from wenmai.core.errors import FitError
from wenmai.kernels.association import SparseRows, leading_directions, positive_information, steps


def sparse(matrix):
    rows, columns = np.nonzero(matrix)
    pointers = np.searchsorted(rows, np.arange(len(matrix) + 1)).astype(np.int64)
    return SparseRows(pointers, columns.astype(np.int32), matrix[rows, columns].astype(np.float32))


def dense(rows):
    matrix = np.zeros((len(rows.pointers) - 1,) * 2)
    matrix[np.repeat(np.arange(len(matrix)), np.diff(rows.pointers)), rows.columns] = rows.values
    return matrix


def counts(words=30, seed=0):
    generator = np.random.default_rng(seed)
    matrix = generator.poisson(1.5, (words, words)) * (generator.random((words, words)) < 0.5)
    matrix[3] = 0
    matrix[:, 3] = 0
    return matrix.astype(np.float64)


@pytest.mark.parametrize(("smoothing", "shift"), [(1.0, 1.0), (0.75, 1.0), (0.75, 5.0), (0.0, 1.0)])
def test_information_is_what_its_formula_says(smoothing, shift):
    matrix = counts()
    total = matrix.sum()
    contexts = matrix.sum(axis=0) ** smoothing
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.outer(matrix.sum(axis=1) / total, contexts / contexts.sum())
        expected = np.log(matrix / total / chance) - np.log(shift)
    expected = np.where(matrix > 0, np.maximum(expected, 0), 0)
    found = positive_information(sparse(matrix), smoothing=smoothing, shift=shift)
    np.testing.assert_allclose(dense(found), expected, atol=1e-6)
    assert (found.values > 0).all()


@pytest.mark.parametrize("threads", [1, 3])
def test_products_and_transposes_are_those_of_dense_matrices(threads):
    matrix, other = counts(), np.random.default_rng(1).standard_normal((30, 7)).astype(np.float32)
    np.testing.assert_allclose(sparse(matrix).times(other, threads), matrix @ other, rtol=1e-4, atol=1e-4)
    transposed = sparse(matrix).transposed()
    np.testing.assert_array_equal(dense(transposed), matrix.T)


@pytest.mark.parametrize("rank", [1, 5, 30, 40])
def test_the_leading_directions_are_the_exact_ones(rank):
    matrix = counts(seed=4)
    left, values = leading_directions(sparse(matrix), rank, seed=0)
    exact_left, exact, _ = np.linalg.svd(matrix)
    kept = min(rank, 30)
    assert left.shape == (30, kept)
    np.testing.assert_allclose(values, exact[:kept], rtol=1e-4, atol=1e-3)
    found = np.abs(left.T @ exact_left[:, :kept])
    distinct = min(kept, 5)
    np.testing.assert_allclose(np.diag(found)[:distinct], 1, atol=1e-3)
    assert (left[np.abs(left).argmax(axis=0), np.arange(kept)] > 0).all()


def test_it_is_the_same_again_and_counts_its_steps():
    taken = []
    first = leading_directions(sparse(counts()), 4, seed=2, step=lambda: taken.append(1))
    again = leading_directions(sparse(counts()), 4, seed=2, threads=3)
    assert len(taken) == steps()
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)

    def spent():
        raise FitError("the budget was spent")

    with pytest.raises(FitError, match="budget"):
        leading_directions(sparse(counts()), 4, seed=2, step=spent)

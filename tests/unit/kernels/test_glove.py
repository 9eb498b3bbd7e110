"""GloVe's descent: the numbers of a plain loop, and a loss that falls whatever the threads."""

import numpy as np
import pytest

from wenmai.core.errors import FitError
from wenmai.kernels.glove import GloveCells, descend_epoch, drawn_table, vectors_of

WORDS = 40
SETTINGS = {"limit": 10.0, "power": 0.75, "seed": 3}


def counts(seed=0, words=WORDS, symmetric=True):
    """Sparse rows of a made-up count; of a symmetric one the lower half."""
    generator = np.random.default_rng(seed)
    matrix = generator.gamma(0.3, 20, (words, words)) * (generator.random((words, words)) < 0.5)
    matrix = np.tril(matrix) if symmetric else matrix
    rows, columns = np.nonzero(matrix)
    pointers = np.searchsorted(rows, np.arange(words + 1)).astype(np.int64)
    return pointers, columns.astype(np.int32), matrix[rows, columns].astype(np.float32)


def plainly(table, dim, cells, rate, epochs):
    """The same in ten lines of numpy: vectors, biases, and the mean losses."""
    table = table.astype(np.float64)
    w, b, c = table[:, 0, :dim].copy(), table[:, 0, dim].copy(), table[:, 2, :dim].copy()
    d = table[:, 2, dim + 1].copy()
    sums = [np.ones_like(x) for x in (w, c, b, d)]
    pairs = list(zip(cells.rows, cells.columns, cells.logarithms, cells.weights, strict=True))
    losses = []
    for _ in range(epochs):
        total = []
        for row, column, logarithm, weight in pairs:
            for i, j in [(row, column), (column, row)][: 2 if cells.symmetric and row != column else 1]:
                difference = w[i] @ c[j] + b[i] + d[j] - logarithm
                total.append(0.5 * weight * difference**2)
                step = rate * weight * difference
                moves = (step * c[j], step * w[i], step, step)
                for x, s, at, move in zip((w, c, b, d), sums, (i, j, i, j), moves, strict=True):
                    x[at] -= move / np.sqrt(s[at])
                    s[at] += move**2
        losses.append(np.mean(total))
    return w + c, losses


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("dim", [5, 14, 20, 100])
def test_one_thread_gives_the_numbers_of_a_plain_loop(symmetric, dim):
    cells = GloveCells.shuffled(*counts(symmetric=symmetric), symmetric=symmetric, **SETTINGS)
    table = drawn_table(WORDS, dim, 1)
    expected, losses = plainly(table, dim, cells, 0.05, 3)
    found = [descend_epoch(table, cells, 0.05) for _ in range(3)]
    np.testing.assert_allclose(found, losses, rtol=1e-5)
    np.testing.assert_allclose(vectors_of(table, dim), expected, atol=1e-5)
    assert (table[:, 0, dim + 1] == 1).all()
    assert (table[:, 2, dim] == 1).all()
    assert (table[:, [0, 2], dim + 2 :] == 0).all()


@pytest.mark.parametrize("tile", [(1, 1), (7, 3), (1 << 20, 1 << 20)])
def test_shuffling_keeps_every_cell(tile):
    pointers, columns, values = counts()
    cells = GloveCells.shuffled(pointers, columns, values, symmetric=True, tile=tile, **SETTINGS)
    rows = np.repeat(np.arange(WORDS), np.diff(pointers))
    order, given = np.lexsort((cells.columns, cells.rows)), np.lexsort((columns, rows))
    np.testing.assert_array_equal(cells.rows[order], rows[given])
    np.testing.assert_array_equal(cells.columns[order], columns[given])
    np.testing.assert_allclose(cells.logarithms[order], np.log(values[given]), atol=1e-6)
    np.testing.assert_allclose(cells.weights[order], np.minimum(1, (values[given] / 10) ** 0.75), rtol=1e-6)
    again = GloveCells.shuffled(pointers, columns, values, symmetric=True, tile=tile, **SETTINGS)
    np.testing.assert_array_equal(again.rows, cells.rows)
    if tile[0] > 1:
        assert (cells.rows != rows).any()


def test_the_loss_falls_and_hardly_hangs_on_the_threads():
    cells = GloveCells.shuffled(*counts(words=800, seed=1), symmetric=True, **SETTINGS)
    losses = {}
    for threads in (1, 3):
        table = drawn_table(800, 30, 0)
        losses[threads] = [descend_epoch(table, cells, 0.05, threads=threads) for _ in range(6)]
        assert losses[threads] == sorted(losses[threads], reverse=True)
        assert losses[threads][-1] < 0.9 * losses[threads][0]
    np.testing.assert_allclose(losses[3], losses[1], rtol=0.1)


def test_it_tells_how_far_it_is_and_ends_when_it_must():
    cells = GloveCells.shuffled(*counts(), symmetric=True, **SETTINGS)
    shares = []
    descend_epoch(drawn_table(WORDS, 4, 0), cells, 0.05, done=shares.append)
    assert shares == [1.0]

    def spent():
        raise FitError("the budget was spent")

    with pytest.raises(FitError, match="budget"):
        descend_epoch(drawn_table(WORDS, 4, 0), cells, 0.05, check=spent)


def test_no_cells_are_no_loss():
    empty = (np.zeros(4, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    cells = GloveCells.shuffled(*empty, symmetric=True, **SETTINGS)
    assert descend_epoch(drawn_table(3, 4, 0), cells, 0.05) == 0

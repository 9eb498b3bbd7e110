import itertools

import numpy as np
import pytest

from wenmai.kernels.row_means import row_means


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("shift", [0, 1])
def test_means_of_runs_whatever_the_alignment(threads, shift):
    generator = np.random.default_rng(0)
    content = np.zeros(40 * 5 * 4 + shift, np.uint8)
    table = content[shift:].view(np.float32).reshape(40, 5)
    table[...] = generator.standard_normal((40, 5))
    rows = generator.integers(0, 40, 30)
    offsets = np.array([0, 4, 4, 5, 30])
    found = row_means(table, rows, offsets, threads)
    for run, (start, end) in enumerate(itertools.pairwise(offsets)):
        expected = table[rows[start:end]].mean(axis=0, dtype=np.float64) if end > start else np.zeros(5)
        np.testing.assert_allclose(found[run], expected, atol=1e-6)

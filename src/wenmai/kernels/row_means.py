"""Means of rows of a table: what a word's vector is composed of where it has parts.

Letters of the shapes: R rows of the table, D numbers in a row, N row numbers, W means.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.threads import in_threads


def row_means(
    table: NDArray[np.float32], rows: NDArray[np.int64], offsets: NDArray[np.int64], threads: int = 1
) -> NDArray[np.float32]:
    """The means [W, D] of runs of rows; zeros for an empty run.

    Args:
        table: [R, D], which may be mapped from a file at any byte.
        rows: [N], run w being ``rows[offsets[w]:offsets[w + 1]]``; offsets: [W + 1].
        threads: how many compute at a time.
    """
    means = np.zeros((len(offsets) - 1, table.shape[1]), np.float32)
    goals = np.linspace(0, len(means), threads + 1).astype(np.int64).tolist()
    ranges = list(itertools.pairwise(goals))
    in_threads(threads, lambda part: _row_means(*part, table, rows, offsets, means), ranges)
    return means


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _row_means(first: int, last: int, table: Any, rows: Any, offsets: Any, means: Any) -> None:
    width = table.shape[1]
    for run in range(first, last):
        mean = means[run]
        for at in range(offsets[run], offsets[run + 1]):
            row = table[rows[at]]
            for place in range(width):
                mean[place] += row[place]
        count = offsets[run + 1] - offsets[run]
        if count:
            share = np.float32(1.0 / count)
            for place in range(width):
                mean[place] *= share

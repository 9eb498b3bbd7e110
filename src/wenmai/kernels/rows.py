"""Sparse rows of counts, five bytes a cell: what linear learners compute on.

A cell holds a column and a small count. What a model sees is

    value = frequency[count] · weight[column] · scale[row]

where the frequency table turns counts into term frequencies, the column weights are inverse document frequencies, and
the scales bring rows to unit length. Keeping the three apart halves the memory of a matrix of floats, and a learner
folds the weights into its own vector once a pass instead of multiplying in every cell.

Letters of the shapes: D rows, F columns, Z cells, K columns of a dense matrix.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class CountRows:
    """Counted rows and how their counts are weighted.

    Attributes:
        pointers: [D + 1] int64, row d has the cells ``pointers[d]:pointers[d + 1]``.
        columns: [Z] int32, ascending within a row.
        counts: [Z] uint8 or uint16.
        frequency: [largest count + 1] float32; weights: [F] float32; scales: [D] float32.
    """

    pointers: NDArray[np.int64]
    columns: NDArray[np.int32]
    counts: NDArray[Any]
    frequency: NDArray[np.float32]
    weights: NDArray[np.float32]
    scales: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.pointers) - 1

    @property
    def shape(self) -> tuple[int, int]:
        """(D, F)."""
        return len(self), len(self.weights)

    @classmethod
    def weighted(
        cls,
        pointers: NDArray[np.int64],
        columns: NDArray[np.int32],
        counts: NDArray[Any],
        weights: NDArray[np.float32],
        *,
        sublinear: bool,
        normalize: bool,
    ) -> CountRows:
        """Counts with ``1 + ln n`` for n where ``sublinear`` is set, and rows of unit length where ``normalize`` is."""
        frequency = np.arange(int(counts.max(initial=1)) + 1, dtype=np.float32)
        if sublinear:
            frequency[1:] = 1 + np.log(frequency[1:])
        scales = np.ones(len(pointers) - 1, np.float32)
        if normalize:
            _unit_scales(pointers, columns, counts, frequency, weights, scales)
        return cls(pointers, columns, counts, frequency, weights, scales)

    def to_csr(self) -> csr_array:
        """The same rows as a matrix of float32, for whoever computes on those."""
        from scipy.sparse import csr_array

        rows = np.repeat(np.arange(len(self)), np.diff(self.pointers))
        values = self.frequency[self.counts] * self.weights[self.columns] * self.scales[rows]
        pointers = self.pointers if len(values) > np.iinfo(np.int32).max else self.pointers.astype(np.int32)
        return csr_array((values, self.columns, pointers), shape=self.shape)

    def times(self, matrix: NDArray[Any]) -> NDArray[np.float64]:
        """Rows [D, F] times a matrix [F, K]: [D, K]."""
        product = np.zeros((len(self), matrix.shape[1]))
        folded = np.ascontiguousarray(matrix, np.float64) * self.weights[:, None]
        _times(self.pointers, self.columns, self.counts, self.frequency, self.scales, folded, product)
        return product

    def transposed_times(self, matrix: NDArray[Any]) -> NDArray[np.float64]:
        """The transpose [F, D] times a matrix [D, K]: [F, K]."""
        product = np.zeros((len(self.weights), matrix.shape[1]))
        scaled = np.ascontiguousarray(matrix, np.float64) * self.scales[:, None]
        _transposed_times(self.pointers, self.columns, self.counts, self.frequency, scaled, product)
        return product * self.weights[:, None]

    def cuts(self, parts: int) -> list[tuple[int, int]]:
        """Ranges of rows with about the same number of cells each."""
        goals = np.linspace(0, self.pointers[-1], parts + 1)
        at = np.searchsorted(self.pointers, goals)
        at[0], at[-1] = 0, len(self)
        return [(int(start), int(stop)) for start, stop in itertools.pairwise(at) if stop > start]


def most_frequent(columns: NDArray[np.int32], counts: NDArray[Any], features: int, limit: int) -> NDArray[np.int64]:
    """The ``limit`` columns with the largest sums of counts, ascending; of equal ones the first."""
    totals = np.bincount(columns, counts, features)
    return np.sort(np.argsort(-totals, kind="stable")[:limit])


def only_columns(
    pointers: NDArray[np.int64],
    columns: NDArray[np.int32],
    counts: NDArray[Any],
    kept: NDArray[np.int64],
    features: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """Counted rows with some of their columns, renumbered in their order."""
    numbers = np.full(features, -1, np.int32)
    numbers[kept] = np.arange(len(kept))
    renumbered = numbers[columns]
    cells = renumbered >= 0
    before = np.concatenate([[0], np.cumsum(cells)])
    return before[pointers], renumbered[cells], counts[cells]


@njit(nogil=True, cache=True)
def _unit_scales(pointers: Any, columns: Any, counts: Any, frequency: Any, weights: Any, scales: Any) -> None:
    for row in range(len(pointers) - 1):
        squares = 0.0
        for cell in range(pointers[row], pointers[row + 1]):
            value = np.float64(frequency[counts[cell]]) * np.float64(weights[columns[cell]])
            squares += value * value
        if squares > 0:
            scales[row] = 1 / np.sqrt(squares)


@njit(nogil=True, cache=True)
def _times(pointers: Any, columns: Any, counts: Any, frequency: Any, scales: Any, matrix: Any, product: Any) -> None:
    for row in range(len(pointers) - 1):
        for cell in range(pointers[row], pointers[row + 1]):
            value = frequency[counts[cell]] * scales[row]
            for k in range(matrix.shape[1]):
                product[row, k] += value * matrix[columns[cell], k]


@njit(nogil=True, cache=True)
def _transposed_times(pointers: Any, columns: Any, counts: Any, frequency: Any, matrix: Any, product: Any) -> None:
    for row in range(len(pointers) - 1):
        for cell in range(pointers[row], pointers[row + 1]):
            value = np.float64(frequency[counts[cell]])
            for k in range(matrix.shape[1]):
                product[columns[cell], k] += value * matrix[row, k]

"""From counts of neighbours to short vectors: positive pointwise mutual information and a truncated decomposition.

    PPMI(w, c) = max(0, ln(X_wc · Σ_c' X_c'^α / (X_w · X_c^α)) - ln k)

- Levy, O., Goldberg, Y., Dagan, I. (2015). Improving distributional similarity with lessons learned from word
  embeddings. TACL 3: α smooths the contexts, k shifts the whole.
- Halko, N., Martinsson, P. G., Tropp, J. A. (2011). Finding structure with randomness. SIAM Review 53(2).

Letters of the shapes: V words, Z cells, R numbers in a row of a dense matrix.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.instructions import prefetch
from wenmai.kernels.threads import in_threads

Floats = NDArray[np.float32]

ITERATIONS = 4
"""Times that the matrix and its transpose are applied to the random start, to part the large values from the small."""

_MORE = 10
_LINE = 16
_AHEAD = 8
_BLOCK = 1 << 14
_NOTHING = 1e-12
_TINY = 1e-30


class SparseRows(NamedTuple):
    """A sparse matrix [V, V]: row v has the cells ``pointers[v]:pointers[v + 1]``."""

    pointers: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Floats

    def times(self, dense: Floats, threads: int) -> Floats:
        """The product with a matrix [V, R], row by row, so that the number of threads changes no bit."""
        product = np.zeros((len(self.pointers) - 1, dense.shape[1]), np.float32)
        cuts = np.searchsorted(self.pointers, np.linspace(0, self.pointers[-1], 4 * threads + 1))
        cuts[0], cuts[-1] = 0, len(product)
        parts = list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))
        in_threads(threads, lambda part: _times(*self, part[0], part[1], dense, product), parts)
        return product

    def transposed(self) -> SparseRows:
        """The transpose; columns come in ascending order."""
        pointers = np.zeros(len(self.pointers), np.int64)
        np.cumsum(np.bincount(self.columns, minlength=len(pointers) - 1), out=pointers[1:])
        columns, values = np.empty_like(self.columns), np.empty_like(self.values)
        _transpose(*self, pointers[:-1].copy(), columns, values)
        return SparseRows(pointers, columns, values)


def positive_information(counts: SparseRows, *, smoothing: float, shift: float) -> SparseRows:
    """PPMI of full rows of counts; cells that are not above 0 are left out.

    Args:
        smoothing: the power α of how often a context occurs; shift: k, whose logarithm is taken off.
    """
    words = len(counts.pointers) - 1
    as_words, as_contexts = np.zeros(words), np.zeros(words)
    _totals(*counts, as_words, as_contexts)
    smooth = as_contexts**smoothing
    with np.errstate(divide="ignore"):
        word_terms = np.log(smooth.sum()) - np.log(as_words) - np.log(shift) if words else as_words
        context_terms = -np.log(smooth)
    pointers = np.zeros(words + 1, np.int64)
    columns, values = np.empty_like(counts.columns), np.empty_like(counts.values)
    kept = _inform(*counts, word_terms, context_terms, pointers, columns, values)
    return SparseRows(pointers, columns[:kept].copy(), values[:kept].copy())


def leading_directions(
    matrix: SparseRows, rank: int, *, seed: int, threads: int = 1, step: Callable[[], object] = bool
) -> tuple[Floats, Floats]:
    """The largest singular values of a matrix and their left vectors; each vector's largest number is positive.

    Args:
        rank: how many; fewer come where there are fewer words.
        step: called after each of the `steps` products, and may raise to end the work.

    Returns:
        left vectors [V, rank], singular values [rank], falling.
    """
    words = len(matrix.pointers) - 1
    width = min(-(-(rank + _MORE) // _LINE) * _LINE, words)
    transposed = matrix.transposed()
    found = np.random.default_rng(seed).standard_normal((words, width), np.float32)

    def applied(sparse: SparseRows, dense: Floats) -> Floats:
        product = sparse.times(np.ascontiguousarray(dense), threads)
        step()
        return product

    basis = _orthonormal(applied(matrix, found))
    for _ in range(ITERATIONS):
        basis = _orthonormal(applied(transposed, basis))
        basis = _orthonormal(applied(matrix, basis))
    squares, turned = np.linalg.eigh(_products(applied(transposed, basis)))
    largest = np.argsort(-squares, kind="stable")[:rank]
    vectors = basis @ turned[:, largest].astype(np.float32)
    if words:
        largest_numbers = vectors[np.abs(vectors).argmax(axis=0), np.arange(len(largest))]
        vectors *= np.where(largest_numbers < 0, np.float32(-1), np.float32(1))
    return vectors, np.sqrt(np.maximum(squares[largest], 0)).astype(np.float32)


def steps() -> int:
    """How many products `leading_directions` makes."""
    return 2 * ITERATIONS + 2


def _orthonormal(dense: Floats) -> Floats:
    """Columns at right angles that span the same, by the products of the columns; twice, for the last digits.

    A tall matrix is gone through quickly that way. Columns that hang on others become short instead of long noise.
    """
    for _ in range(2):
        products = _products(dense)
        squares, turned = np.linalg.eigh(products)
        least = _NOTHING * max(float(squares.max(initial=0)), _TINY)
        dense = dense @ (turned / np.sqrt(np.maximum(squares, least))).astype(np.float32)
    return dense


def _products(dense: Floats) -> NDArray[np.float64]:
    """The products [R, R] of the columns of a matrix [V, R], added up block by block so that little memory is held."""
    total = np.zeros((dense.shape[1],) * 2)
    for start in range(0, len(dense), _BLOCK):
        block = dense[start : start + _BLOCK].astype(np.float64)
        total += block.T @ block
    return total


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@njit(nogil=True, cache=True, fastmath={"contract"})
def _times(pointers: Any, columns: Any, values: Any, first: int, last: int, dense: Any, product: Any) -> None:
    width = dense.shape[1]
    flat = dense.reshape(-1)
    end = len(columns) - 1
    for row in range(first, last):
        sums = product[row]
        for cell in range(pointers[row], pointers[row + 1]):
            ahead = np.int64(columns[min(cell + _AHEAD, end)]) * width
            for line in range(0, width, _LINE):
                prefetch(flat, ahead + line)
            value, column = values[cell], columns[cell]
            for k in range(width):
                sums[k] += value * dense[column, k]


@_kernel
def _transpose(pointers: Any, columns: Any, values: Any, free: Any, turned_columns: Any, turned_values: Any) -> None:
    for row in range(len(pointers) - 1):
        for cell in range(pointers[row], pointers[row + 1]):
            at = free[columns[cell]]
            free[columns[cell]] += 1
            turned_columns[at] = row
            turned_values[at] = values[cell]


@_kernel
def _totals(pointers: Any, columns: Any, values: Any, as_words: Any, as_contexts: Any) -> None:
    for row in range(len(pointers) - 1):
        for cell in range(pointers[row], pointers[row + 1]):
            as_words[row] += values[cell]
            as_contexts[columns[cell]] += values[cell]


@_kernel
def _inform(
    pointers: Any,
    columns: Any,
    values: Any,
    word_terms: Any,
    context_terms: Any,
    kept_pointers: Any,
    kept_columns: Any,
    kept_values: Any,
) -> int:
    kept = 0
    for row in range(len(pointers) - 1):
        for cell in range(pointers[row], pointers[row + 1]):
            information = np.log(np.float64(values[cell])) + word_terms[row] + context_terms[columns[cell]]
            if information > 0:
                kept_columns[kept] = columns[cell]
                kept_values[kept] = information
                kept += 1
        kept_pointers[row + 1] = kept
    return kept

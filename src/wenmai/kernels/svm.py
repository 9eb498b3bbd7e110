"""Linear support vector machines over `CountRows`: dual coordinate descent for the squared hinge loss.

Hsieh, C.-J., et al. (2008). A dual coordinate descent method for large-scale linear SVM. ICML. Algorithm 1 with the
shrinking of section 3.3, as in LIBLINEAR; the intercept is the weight of a column of ones.

Letters of the shapes: D rows, F columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.rows import CountRows

Floats = NDArray[np.float64]


def svm_weights(
    rows: CountRows,
    signs: NDArray[np.float64],
    row_weights: Floats,
    *,
    tolerance: float,
    max_iterations: int,
    seed: int,
) -> tuple[Floats, float, bool]:
    """The weights [F] and the bias that separate rows of sign +1 from rows of sign -1 by the widest margin.

    Args:
        signs: [D] of +1 and -1; row_weights: [D], C times the weight of the row's class; 0 leaves a row out.
        tolerance: the largest violation of the optimality conditions at which to stop.
        max_iterations: passes over the rows.

    Returns:
        weights, bias, and whether the tolerance was reached.
    """
    used = np.flatnonzero(row_weights > 0)
    squares = np.zeros(len(rows))
    _squares(rows.pointers, rows.columns, rows.counts, rows.frequency, rows.scales, rows.weights, squares)
    weights = np.zeros(rows.shape[1] + 1)
    converged = _dual_descent(
        rows.pointers,
        rows.columns,
        rows.counts,
        rows.frequency,
        rows.scales,
        rows.weights,
        squares + 1,
        signs,
        used,
        0.5 / np.where(row_weights > 0, row_weights, 1.0),
        weights,
        tolerance,
        max_iterations,
        seed,
    )
    return weights[:-1], float(weights[-1]), bool(converged)


@njit(nogil=True, cache=True)
def _squares(pointers: Any, columns: Any, counts: Any, frequency: Any, scales: Any, weights: Any, squares: Any) -> None:
    for row in range(len(squares)):
        for cell in range(pointers[row], pointers[row + 1]):
            value = np.float64(frequency[counts[cell]]) * weights[columns[cell]] * scales[row]
            squares[row] += value * value


@njit(nogil=True, cache=True)
def _dual_descent(
    pointers: Any,
    columns: Any,
    counts: Any,
    frequency: Any,
    scales: Any,
    column_weights: Any,
    squares: Any,
    signs: Any,
    active: Any,
    softness: Any,
    weights: Any,
    tolerance: float,
    max_iterations: int,
    seed: int,
) -> bool:
    np.random.seed(seed)
    rows = len(active)
    alphas = np.zeros(len(squares))
    size = rows
    last = len(weights) - 1
    highest = np.inf
    for _ in range(max_iterations):
        for at in range(size):
            other = at + np.random.randint(0, size - at)
            active[at], active[other] = active[other], active[at]
        worst_up, worst_down = -np.inf, np.inf
        at = 0
        while at < size:
            row = active[at]
            score = weights[last]
            partial = 0.0
            for cell in range(pointers[row], pointers[row + 1]):
                column = columns[cell]
                partial += frequency[counts[cell]] * column_weights[column] * weights[column]
            score += partial * scales[row]
            slope = signs[row] * score - 1 + alphas[row] * softness[row]
            projected = slope
            if alphas[row] == 0:
                if slope > highest:
                    size -= 1
                    active[at], active[size] = active[size], active[at]
                    continue
                projected = min(slope, 0.0)
            worst_up = max(worst_up, projected)
            worst_down = min(worst_down, projected)
            if abs(projected) > 1e-12:
                was = alphas[row]
                alphas[row] = max(was - slope / (squares[row] + softness[row]), 0.0)
                step = (alphas[row] - was) * signs[row]
                weights[last] += step
                step *= scales[row]
                for cell in range(pointers[row], pointers[row + 1]):
                    column = columns[cell]
                    weights[column] += step * frequency[counts[cell]] * column_weights[column]
            at += 1
        if worst_up - worst_down <= tolerance:
            if size == rows:
                return True
            size = rows
            highest = np.inf
            continue
        highest = worst_up if worst_up > 0 else np.inf
    return False

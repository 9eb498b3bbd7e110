"""Solvers of linear models over `CountRows`.

- `logistic_loss`: loss and gradient of L2-penalised logistic regression in one pass over the cells, rows shared out
  among threads; any quasi-Newton method can walk down it.
- `svm_weights`: dual coordinate descent for the squared hinge loss (Hsieh et al. 2008, algorithm 1 with the shrinking
  of section 3.3, as in LIBLINEAR), the intercept as a column of ones.

Letters of the shapes: D rows, F columns, K columns of weights (1 for two classes, else one a class).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.rows import CountRows, in_threads

Floats = NDArray[np.float64]


def logistic_loss(
    rows: CountRows, targets: NDArray[np.int64], row_weights: Floats, parameters: Floats, *, columns: int, threads: int
) -> tuple[float, Floats]:
    """½‖weights‖² + Σ row_weight · -ln P(target), and its gradient.

    Args:
        targets: [D] class numbers; row_weights: [D], C times the weight of the row's class.
        parameters: [(F + 1) · K], weights [F, K] and then the bias [K], which is not penalised.
        columns: K.

    Returns:
        the loss, and the gradient in the order of the parameters.
    """
    features = rows.shape[1]
    weights, bias = parameters[: features * columns].reshape(features, columns), parameters[features * columns :]
    folded = weights * rows.weights[:, None]
    walk = _binary_pass if columns == 1 else _multinomial_pass

    def part(cut: tuple[int, int]) -> tuple[float, Floats, Floats]:
        gradient, bias_gradient = np.zeros((features, columns)), np.zeros(columns)
        loss = walk(
            rows.pointers,
            rows.columns,
            rows.counts,
            rows.frequency,
            rows.scales,
            targets,
            row_weights,
            folded,
            bias,
            cut[0],
            cut[1],
            gradient,
            bias_gradient,
        )
        return loss, gradient, bias_gradient

    parts = in_threads(threads, part, rows.cuts(threads))
    gradient, bias_gradient = parts[0][1], parts[0][2]
    for _, more, more_bias in parts[1:]:
        gradient += more
        bias_gradient += more_bias
    gradient *= rows.weights[:, None]
    gradient += weights
    loss = sum(one for one, _, _ in parts) + 0.5 * float(np.dot(weights.ravel(), weights.ravel()))
    return loss, np.concatenate([gradient.ravel(), bias_gradient])


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
        signs: [D] of +1 and -1; row_weights: [D], C times the weight of the row's class.
        tolerance: the largest violation of the optimality conditions at which to stop.
        max_iterations: passes over the rows.

    Returns:
        weights, bias, and whether the tolerance was reached.
    """
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
        0.5 / row_weights,
        weights,
        tolerance,
        max_iterations,
        seed,
    )
    return weights[:-1], float(weights[-1]), bool(converged)


@njit(nogil=True, cache=True)
def _binary_pass(
    pointers: Any,
    columns: Any,
    counts: Any,
    frequency: Any,
    scales: Any,
    targets: Any,
    row_weights: Any,
    weights: Any,
    bias: Any,
    start: int,
    stop: int,
    gradient: Any,
    bias_gradient: Any,
) -> float:
    total = 0.0
    for row in range(start, stop):
        score = 0.0
        for cell in range(pointers[row], pointers[row + 1]):
            score += frequency[counts[cell]] * weights[columns[cell], 0]
        score = score * scales[row] + bias[0]
        margin = score if targets[row] == 1 else -score
        if margin > 0:
            small = np.exp(-margin)
            total += row_weights[row] * np.log1p(small)
            miss = small / (1 + small)
        else:
            small = np.exp(margin)
            total += row_weights[row] * (np.log1p(small) - margin)
            miss = 1 / (1 + small)
        push = row_weights[row] * (-miss if targets[row] == 1 else miss)
        bias_gradient[0] += push
        push *= scales[row]
        for cell in range(pointers[row], pointers[row + 1]):
            gradient[columns[cell], 0] += push * frequency[counts[cell]]
    return total


@njit(nogil=True, cache=True)
def _multinomial_pass(
    pointers: Any,
    columns: Any,
    counts: Any,
    frequency: Any,
    scales: Any,
    targets: Any,
    row_weights: Any,
    weights: Any,
    bias: Any,
    start: int,
    stop: int,
    gradient: Any,
    bias_gradient: Any,
) -> float:
    classes = weights.shape[1]
    scores = np.zeros(classes)
    total = 0.0
    for row in range(start, stop):
        scores[:] = 0
        for cell in range(pointers[row], pointers[row + 1]):
            value = frequency[counts[cell]]
            column = columns[cell]
            for k in range(classes):
                scores[k] += value * weights[column, k]
        largest = -np.inf
        for k in range(classes):
            scores[k] = scores[k] * scales[row] + bias[k]
            largest = max(largest, scores[k])
        mass = 0.0
        own = scores[targets[row]]
        for k in range(classes):
            scores[k] = np.exp(scores[k] - largest)
            mass += scores[k]
        total += row_weights[row] * (np.log(mass) + largest - own)
        for k in range(classes):
            scores[k] = row_weights[row] * scores[k] / mass
        scores[targets[row]] -= row_weights[row]
        for k in range(classes):
            bias_gradient[k] += scores[k]
            scores[k] *= scales[row]
        for cell in range(pointers[row], pointers[row + 1]):
            value = frequency[counts[cell]]
            column = columns[cell]
            for k in range(classes):
                gradient[column, k] += value * scores[k]
    return total


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
    softness: Any,
    weights: Any,
    tolerance: float,
    max_iterations: int,
    seed: int,
) -> bool:
    np.random.seed(seed)
    rows = len(squares)
    alphas = np.zeros(rows)
    active = np.arange(rows)
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

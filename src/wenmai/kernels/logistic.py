"""Logistic regression over `CountRows`: a truncated Newton method whose every step is a pass over the cells.

    minimise  ½‖weights‖² + Σ row_weight · -ln P(target | row),  P = softmax(row · weights + bias)

Each Newton step solves (Hessian) · step = -gradient by conjugate gradients, only as far as is worth it, and is halved
until it lowers the loss (Nocedal and Wright 2006, algorithm 7.1; Lin, Weng and Keerthi 2008 for this loss). Unlike a
quasi-Newton method it keeps no history: a handful of vectors of the size of the weights, however many there are.

Letters of the shapes: D rows, F columns, K columns of weights (1 for two classes, else one a class), P = (F + 1) · K
parameters: the weights [F, K], then the bias [K], which is not penalised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.dense_logistic import DenseLogisticLoss
from wenmai.kernels.rows import CountRows
from wenmai.kernels.threads import in_threads

Floats = NDArray[np.float64]

SUFFICIENT_DECREASE = 1e-4
SMALLEST_STEP = 1e-10
MAX_INNER_STEPS = 200
CELLS_WORTH_A_THREAD = 4_000_000
"""Cells times columns: below this a pass is over before a second thread has started and its gradient been added."""


@dataclass(frozen=True, slots=True)
class LogisticLoss:
    """The loss of some rows, its gradient, and its Hessian times a direction.

    Attributes:
        targets: [D] class numbers; row_weights: [D], C times the weight of the row's class; columns: K.
    """

    rows: CountRows
    targets: NDArray[np.int64]
    row_weights: Floats
    columns: int
    threads: int

    def value_and_gradient(self, parameters: Floats) -> tuple[float, Floats, NDArray[Any]]:
        """The loss, its gradient [P], and the probabilities [D, K] that the Hessian needs."""
        probabilities = np.empty((len(self.rows), self.columns), np.float32)
        weights, bias = self.split(parameters)
        walk = _binary_loss if self.columns == 1 else _multinomial_loss
        losses, gradient = self._pass(walk, weights, bias, probabilities)
        loss = losses + 0.5 * float(np.dot(weights.ravel(), weights.ravel()))
        gradient[: weights.size] += weights.ravel()
        return loss, gradient, probabilities

    def hessian_times(self, probabilities: NDArray[Any], direction: Floats) -> Floats:
        """The Hessian [P, P] at the point of those probabilities, times a direction [P]."""
        weights, bias = self.split(direction)
        walk = _binary_curvature if self.columns == 1 else _multinomial_curvature
        _, product = self._pass(walk, weights, bias, probabilities)
        product[: weights.size] += weights.ravel()
        return product

    def split(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Weights [F, K] and bias [K] of the parameters [P]."""
        size = self.rows.shape[1] * self.columns
        return parameters[:size].reshape(-1, self.columns), parameters[size:]

    def _pass(
        self, walk: Any, weights: Floats, bias: Floats, probabilities: NDArray[np.float32]
    ) -> tuple[float, Floats]:
        """One pass over the cells by ranges of rows side by side; the sum of what they return, the gradient [P]."""
        rows = self.rows
        folded = weights * rows.weights[:, None]

        def part(cut: tuple[int, int]) -> tuple[float, Floats, Floats]:
            gradient, bias_gradient = np.zeros(weights.shape), np.zeros(len(bias))
            total = walk(
                rows.pointers,
                rows.columns,
                rows.counts,
                rows.frequency,
                rows.scales,
                self.targets,
                self.row_weights,
                folded,
                bias,
                cut[0],
                cut[1],
                probabilities,
                gradient,
                bias_gradient,
            )
            return total, gradient, bias_gradient

        threads = min(self.threads, 1 + len(rows.columns) * self.columns // CELLS_WORTH_A_THREAD)
        parts = in_threads(threads, part, rows.cuts(threads))
        gradient, bias_gradient = parts[0][1], parts[0][2]
        for _, more, more_bias in parts[1:]:
            gradient += more
            bias_gradient += more_bias
        gradient *= rows.weights[:, None]
        return sum(total for total, _, _ in parts), np.concatenate([gradient.ravel(), bias_gradient])


def minimize_logistic(
    loss: LogisticLoss | DenseLogisticLoss, *, tolerance: float, max_iterations: int, check: Callable[[], None]
) -> tuple[Floats, Floats, bool]:
    """Walk down the loss from zero.

    Args:
        tolerance: the largest component of the gradient, per unit of row weight, at which to stop.
        max_iterations: Newton steps.
        check: called before every step; may raise to stop.

    Returns:
        weights [F, K], bias [K], and whether the tolerance was reached.
    """
    goal = tolerance * float(loss.row_weights.sum())
    parameters = np.zeros((loss.rows.shape[1] + 1) * loss.columns)
    value, gradient, probabilities = loss.value_and_gradient(parameters)
    converged = bool(np.abs(gradient).max() <= goal)
    for _ in range(max_iterations):
        if converged:
            break
        check()
        step = _newton_step(loss, probabilities, gradient)
        slope, share = float(gradient @ step), 1.0
        while True:
            candidate = parameters + share * step
            found, new_gradient, new_probabilities = loss.value_and_gradient(candidate)
            if found <= value + SUFFICIENT_DECREASE * share * slope or share < SMALLEST_STEP:
                break
            share /= 2
        stuck = share < SMALLEST_STEP
        if not stuck:
            parameters, value, gradient, probabilities = candidate, found, new_gradient, new_probabilities
        # Where rounding hides any further decrease, the point is as good as float64 can tell.
        converged = stuck or bool(np.abs(gradient).max() <= goal)
    weights, bias = loss.split(parameters)
    return weights, bias, converged


def _newton_step(loss: LogisticLoss | DenseLogisticLoss, probabilities: NDArray[Any], gradient: Floats) -> Floats:
    """A step [P] with Hessian · step ≈ -gradient, closer the nearer the minimum is."""
    length = float(np.linalg.norm(gradient))
    goal = min(0.25, np.sqrt(length / loss.row_weights.sum())) * length
    step = np.zeros(len(gradient))
    residual = -gradient
    direction = residual.copy()
    squares = float(residual @ residual)
    for _ in range(MAX_INNER_STEPS):
        curved = loss.hessian_times(probabilities, direction)
        share = squares / float(direction @ curved)
        step += share * direction
        residual -= share * curved
        new_squares = float(residual @ residual)
        if np.sqrt(new_squares) <= goal:
            break
        direction *= new_squares / squares
        direction += residual
        squares = new_squares
    return step


@njit(nogil=True, cache=True)
def _binary_loss(
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
    probabilities: Any,
    gradient: Any,
    bias_gradient: Any,
) -> float:
    total = 0.0
    for row in range(start, stop):
        score = 0.0
        for cell in range(pointers[row], pointers[row + 1]):
            score += frequency[counts[cell]] * weights[columns[cell], 0]
        score = score * scales[row] + bias[0]
        small = np.exp(-abs(score))
        probability = 1 / (1 + small) if score > 0 else small / (1 + small)
        total += row_weights[row] * (np.log1p(small) + max(score, 0.0) - score * targets[row])
        push = row_weights[row] * (probability - targets[row])
        probabilities[row, 0] = probability
        bias_gradient[0] += push
        push *= scales[row]
        for cell in range(pointers[row], pointers[row + 1]):
            gradient[columns[cell], 0] += push * frequency[counts[cell]]
    return total


@njit(nogil=True, cache=True)
def _binary_curvature(
    pointers: Any,
    columns: Any,
    counts: Any,
    frequency: Any,
    scales: Any,
    targets: Any,
    row_weights: Any,
    direction: Any,
    bias: Any,
    start: int,
    stop: int,
    probabilities: Any,
    product: Any,
    bias_product: Any,
) -> float:
    for row in range(start, stop):
        along = 0.0
        for cell in range(pointers[row], pointers[row + 1]):
            along += frequency[counts[cell]] * direction[columns[cell], 0]
        probability = np.float64(probabilities[row, 0])
        push = row_weights[row] * probability * (1 - probability) * (along * scales[row] + bias[0])
        bias_product[0] += push
        push *= scales[row]
        for cell in range(pointers[row], pointers[row + 1]):
            product[columns[cell], 0] += push * frequency[counts[cell]]
    return 0.0


@njit(nogil=True, cache=True)
def _multinomial_loss(
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
    probabilities: Any,
    gradient: Any,
    bias_gradient: Any,
) -> float:
    classes = weights.shape[1]
    scores = np.zeros(classes)
    total = 0.0
    for row in range(start, stop):
        _scores(pointers, columns, counts, frequency, scales, weights, bias, row, scores)
        largest = scores.max()
        own = scores[targets[row]]
        mass = 0.0
        for k in range(classes):
            scores[k] = np.exp(scores[k] - largest)
            mass += scores[k]
        total += row_weights[row] * (np.log(mass) + largest - own)
        for k in range(classes):
            probabilities[row, k] = scores[k] / mass
            scores[k] = row_weights[row] * (scores[k] / mass - (k == targets[row]))
        _scatter(pointers, columns, counts, frequency, scales, scores, row, gradient, bias_gradient)
    return total


@njit(nogil=True, cache=True)
def _multinomial_curvature(
    pointers: Any,
    columns: Any,
    counts: Any,
    frequency: Any,
    scales: Any,
    targets: Any,
    row_weights: Any,
    direction: Any,
    bias: Any,
    start: int,
    stop: int,
    probabilities: Any,
    product: Any,
    bias_product: Any,
) -> float:
    classes = direction.shape[1]
    along = np.zeros(classes)
    for row in range(start, stop):
        _scores(pointers, columns, counts, frequency, scales, direction, bias, row, along)
        mean = 0.0
        for k in range(classes):
            mean += probabilities[row, k] * along[k]
        for k in range(classes):
            along[k] = row_weights[row] * probabilities[row, k] * (along[k] - mean)
        _scatter(pointers, columns, counts, frequency, scales, along, row, product, bias_product)
    return 0.0


@njit(nogil=True, cache=True)
def _scores(
    pointers: Any,
    columns: Any,
    counts: Any,
    frequency: Any,
    scales: Any,
    weights: Any,
    bias: Any,
    row: int,
    scores: Any,
) -> None:
    """Row times weights [F, K] plus bias [K] into scores [K]."""
    scores[:] = 0
    for cell in range(pointers[row], pointers[row + 1]):
        value = frequency[counts[cell]]
        column = columns[cell]
        for k in range(len(scores)):
            scores[k] += value * weights[column, k]
    for k in range(len(scores)):
        scores[k] = scores[k] * scales[row] + bias[k]


@njit(nogil=True, cache=True)
def _scatter(
    pointers: Any,
    columns: Any,
    counts: Any,
    frequency: Any,
    scales: Any,
    push: Any,
    row: int,
    gradient: Any,
    bias_gradient: Any,
) -> None:
    """The row's share push [K] of the gradient [F, K] and of the bias' [K]; push is scaled on the way."""
    for k in range(len(push)):
        bias_gradient[k] += push[k]
        push[k] *= scales[row]
    for cell in range(pointers[row], pointers[row + 1]):
        value = frequency[counts[cell]]
        column = columns[cell]
        for k in range(len(push)):
            gradient[column, k] += value * push[k]

"""Logistic regression's loss over dense rows, for the solver of `wenmai.kernels.logistic`.

Letters of the shapes: D rows, F features, K columns of weights (1 for two classes, else one a class), P = (F + 1) · K.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DenseLogisticLoss:
    """The loss of some rows, its gradient, and its Hessian times a direction.

    Attributes:
        rows: [D, F]; targets: [D] class numbers; row_weights: [D], C times the weight of the row's class; columns: K.
    """

    rows: Floats
    targets: NDArray[np.int64]
    row_weights: Floats
    columns: int

    def value_and_gradient(self, parameters: Floats) -> tuple[float, Floats, Floats]:
        """The loss, its gradient [P], and the probabilities [D, K] that the Hessian needs."""
        weights, bias = self.split(parameters)
        scores = self.rows @ weights + bias
        if self.columns == 1:
            losses = np.logaddexp(0, scores[:, 0]) - scores[:, 0] * self.targets
            probabilities = np.exp(-np.logaddexp(0, -scores))
            answers = self.targets[:, None]
        else:
            normal = np.logaddexp.reduce(scores, axis=1)
            losses = normal - scores[np.arange(len(scores)), self.targets]
            probabilities = np.exp(scores - normal[:, None])
            answers = self.targets[:, None] == np.arange(self.columns)
        loss = float(self.row_weights @ losses) + 0.5 * float(np.vdot(weights, weights))
        push = self.row_weights[:, None] * (probabilities - answers)
        return loss, self._gathered(push, weights), probabilities

    def hessian_times(self, probabilities: Floats, direction: Floats) -> Floats:
        """The Hessian [P, P] at the point of those probabilities, times a direction [P]."""
        weights, bias = self.split(direction)
        along = self.rows @ weights + bias
        if self.columns == 1:
            push = probabilities * (1 - probabilities) * along
        else:
            push = probabilities * (along - (probabilities * along).sum(axis=1, keepdims=True))
        return self._gathered(self.row_weights[:, None] * push, weights)

    def split(self, parameters: Floats) -> tuple[Floats, Floats]:
        """Weights [F, K] and bias [K] of the parameters [P]."""
        size = self.rows.shape[1] * self.columns
        return parameters[:size].reshape(-1, self.columns), parameters[size:]

    def _gathered(self, push: Floats, weights: Floats) -> Floats:
        return np.concatenate([(self.rows.T @ push + weights).ravel(), push.sum(axis=0)])

"""Margins of a support vector machine as probabilities: Platt scaling without the shift, so that no decision changes.

- Platt, J. (1999). Probabilistic outputs for support vector machines. Advances in large margin classifiers.

Letters of the shapes: N rows, F features, C classes or labels, K columns of weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wenmai.models.contract import Head, Run
from wenmai.models.learners import Learner, solve

if TYPE_CHECKING:
    from wenmai.kernels.rows import CountRows

FOLDS = 3


def class_logits(sums: NDArray[np.float64], head: Head) -> NDArray[np.float64]:
    """K columns of sums as C columns of logits: one column shared by two classes becomes two."""
    if head.kind == "classes" and sums.shape[1] == 1:
        return np.hstack([-sums / 2, sums / 2])
    return sums


def fit_sharpness(logits: NDArray[np.float64], targets: NDArray[Any], head: Head) -> NDArray[np.float32]:
    """The factor [1] on logits [N, C] under which the targets are most probable.

    As Platt does, nothing is taken for certain: of n rows with a label, (n + 1) / (n + 2) of each row counts for it and
    the rest against. Otherwise the factor of a few rows that are all right would grow without end.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_expit, log_softmax

    carried = targets == 1 if head.kind == "labels" else targets[:, None] == np.arange(head.size)
    rows = carried.sum(axis=0)
    if head.kind == "labels":
        share = np.where(carried, (rows + 1) / (rows + 2), 1 / (len(carried) - rows + 2))
    else:
        doubt = (1 / (rows + 2))[targets][:, None]
        share = np.where(carried, 1 - doubt, doubt / (head.size - 1))

    def surprise(exponent: float) -> float:
        scaled = logits * np.exp(exponent)
        if head.kind == "classes":
            return float(-(share * log_softmax(scaled, axis=1)).sum(axis=1).mean())
        return float(-(share * log_expit(scaled) + (1 - share) * log_expit(-scaled)).mean())

    best = minimize_scalar(surprise, bounds=(-4.0, 4.0), method="bounded")
    return np.array([np.exp(best.x)], np.float32)


def cross_fitted_sharpness(
    learner: Learner, rows: CountRows, targets: NDArray[Any], head: Head, run: Run
) -> NDArray[np.float32]:
    """The factor [1] where there are no dev rows: each random third of the training rows is judged by the others.

    The margins of rows that the weights were fitted on are too wide to tell. Labels that two thirds of the rows all
    carry, or none, are left aside; 1 where that leaves nothing to judge.

    Args:
        rows: [N, F]; targets: [N] class numbers, or [N, C] of 0 and 1.
    """
    fold = np.random.default_rng(run.seed).permutation(len(targets)) % FOLDS
    judged = _judged(targets, fold, head)
    if not judged.any():
        return np.ones(1, np.float32)
    if head.kind == "labels":
        head = Head("labels", int(judged.sum()), tuple(np.array(head.names)[judged].tolist()))
        targets = targets[:, judged]
    logits = np.empty((len(targets), head.size))
    for held_out in range(FOLDS):
        run.check()
        outside = fold == held_out
        solution = solve(learner, rows, targets, head, run, used=~outside)
        logits[outside] = class_logits(rows.times(solution.weights) + solution.bias, head)[outside]
    return fit_sharpness(logits, targets, head)


def _judged(targets: NDArray[Any], fold: NDArray[np.int64], head: Head) -> NDArray[np.bool_]:
    """Which labels [C] occur, and are missing, in every part that is fitted on; all or none of exclusive classes."""
    indicators = targets == 1 if head.kind == "labels" else targets[:, None] == np.arange(head.size)
    parts = [indicators[fold != held_out] for held_out in range(FOLDS)]
    mixed = np.all([part.any(axis=0) & ~part.all(axis=0) for part in parts], axis=0)
    return np.full(head.size, mixed.all()) if head.kind == "classes" else mixed

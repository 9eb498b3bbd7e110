"""The area under the ROC curve and how much each row moves it.

Source: E. DeLong, D. DeLong and D. Clarke-Pearson, "Comparing the Areas under Two or More Correlated Receiver
Operating Characteristic Curves", Biometrics 1988; by midranks as in X. Sun and W. Xu, IEEE Signal Processing Letters
2014.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def auc_influence(truth: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> tuple[float, Floats] | None:
    """The AUC of scores [N] against truths [N], and the influence [N] of each row on it.

    The influences sum to zero, and the sum of their squares over N² is DeLong's variance (with n for n - 1).

    Returns:
        None when all rows stand on one side.
    """
    rows, positives = len(truth), int(truth.sum())
    negatives = rows - positives
    if positives == 0 or negatives == 0:
        return None
    ranks = midranks(scores)
    placements = np.empty(rows)
    placements[truth] = (ranks[truth] - midranks(scores[truth])) / negatives
    placements[~truth] = 1 - (ranks[~truth] - midranks(scores[~truth])) / positives
    auc = float(placements[truth].mean())
    return auc, (placements - auc) * rows / np.where(truth, positives, negatives)


def logit_draws(auc: float, shifts: Floats) -> Floats:
    """Resampled AUCs [R] from mean influences [R], moved on the logit scale so that none leaves (0, 1)."""
    spread = auc * (1 - auc)
    # A product this small is an AUC of 0 or 1 up to rounding: no resample says anything else.
    if spread < 1e-12:
        return np.full(len(shifts), auc)
    odds: Floats = np.exp(np.clip(np.log(auc / (1 - auc)) + shifts / spread, -700, 700))
    return odds / (1 + odds)


def midranks(values: NDArray[np.floating[Any]]) -> Floats:
    """Ranks [N] from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = np.cumsum(counts) - (counts - 1) / 2
    return ranks[inverse]

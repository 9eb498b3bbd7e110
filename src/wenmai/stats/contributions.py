"""What each row contributes to a metric: N numbers whose mean is the metric itself.

Accuracy, log loss and the other means of rows are their own contributions. F1 is a ratio of counts: its contributions
are its value plus the influence of the row (the infinitesimal jackknife, Efron 1982), which is what the delta method
needs; with fewer than some twenty rows of a class this is rough. The AUC goes by its placement values (DeLong et al.
1988).

Shapes: N rows, C classes or labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.stats.auc import auc_influence

Floats = NDArray[np.float64]
Ids = NDArray[np.integer[Any]]
Scores = NDArray[np.floating[Any]]

_SUM_TOLERANCE = 1e-3


def label_contributions(gold: Ids, probabilities: Scores, *, predicted: Ids | None = None) -> dict[str, Floats]:
    """One label a row: metric → contributions [N] to the metrics of `wenmai.metrics.labels.classification_metrics`.

    Args:
        gold: [N] true class of each row.
        probabilities: [N, C]; scores that are no distributions have no log loss.
        predicted: [N] predicted class; the one with the highest score by default.

    Returns:
        ``accuracy``, ``macro_f1``, ``micro_f1``, ``weighted_f1``; ``auc`` and ``log_loss`` where they exist.
    """
    rows, classes = probabilities.shape
    said = probabilities.argmax(axis=1) if predicted is None else predicted
    hit = said == gold
    golds = np.bincount(gold, minlength=classes).astype(np.float64)
    both = golds + np.bincount(said, minlength=classes)
    f1 = _share(2.0 * np.bincount(gold[hit], minlength=classes), both)
    accuracy = hit.astype(np.float64)
    found = {"accuracy": accuracy, "micro_f1": accuracy}
    # Macro: every class that occurs weighs the same. Weighted: by its share of the gold rows, which is counted too.
    macro: Floats = (both > 0).astype(np.float64) / np.count_nonzero(both)
    for name, weight in (("macro_f1", macro), ("weighted_f1", golds / rows)):
        value = float(weight @ f1)
        step = _share(weight * rows, both)
        found[name] = value + 2.0 * hit * step[gold] - (step * f1)[gold] - (step * f1)[said]
    found["weighted_f1"] = found["weighted_f1"] + f1[gold] - float(golds @ f1) / rows
    found |= _auc(gold[:, None] == np.arange(classes), probabilities, exclusive=True)
    sums = probabilities.sum(axis=1, dtype=np.float64)
    if probabilities.min() >= 0 and np.abs(sums - 1).max() < _SUM_TOLERANCE:
        truth = probabilities[np.arange(rows), gold].astype(np.float64)
        epsilon = float(np.finfo(probabilities.dtype).eps)
        found["log_loss"] = -np.log(np.clip(truth, epsilon, 1 - epsilon))
    return found


def label_set_contributions(gold: Ids, probabilities: Scores, *, threshold: float | Scores = 0.5) -> dict[str, Floats]:
    """Several labels a row: metric → contributions [N] to `wenmai.metrics.labels.label_set_metrics`.

    Args:
        gold: [N, C] of 0 and 1.
        probabilities: [N, C], each by itself.
        threshold: from which probability on a label is predicted, for all labels or for each [C].

    Returns:
        ``exact_match``, ``samples_f1``, ``micro_f1``, ``macro_f1``, ``weighted_f1``; ``auc`` and ``log_loss`` where
        they exist.
    """
    rows, labels = gold.shape
    truth = gold == 1
    said = probabilities >= threshold
    hit = (truth & said).astype(np.float64)
    sizes = truth.astype(np.float64) + said
    found = {
        "exact_match": np.all(said == truth, axis=1).astype(np.float64),
        "samples_f1": _share(2.0 * hit.sum(axis=1), sizes.sum(axis=1)),
    }
    whole = max(float(sizes.sum()), 1.0)
    micro = 2.0 * hit.sum() / whole
    found["micro_f1"] = micro + (2.0 * hit - micro * sizes).sum(axis=1) * rows / whole
    golds, both = truth.sum(axis=0).astype(np.float64), sizes.sum(axis=0)
    f1 = _share(2.0 * hit.sum(axis=0), both)
    shares = golds / max(float(golds.sum()), 1.0)
    for name, weight in (("macro_f1", np.full(labels, 1 / labels)), ("weighted_f1", shares)):
        step = _share(weight * rows, both)
        found[name] = float(weight @ f1) + (2.0 * hit - f1 * sizes) @ step
    # The weights of the weighted F1 are shares of the gold labels, so a row with a rare label moves them too.
    moved = truth @ (f1 - float(shares @ f1)) * rows / max(float(golds.sum()), 1.0)
    found["weighted_f1"] = found["weighted_f1"] + moved
    found |= _auc(truth, probabilities, exclusive=False)
    if probabilities.min() >= 0 and probabilities.max() <= 1:
        given = np.where(truth, probabilities, 1 - probabilities)
        losses = -np.log(np.maximum(given, np.finfo(probabilities.dtype).eps), dtype=np.float64)
        found["log_loss"] = losses.mean(axis=1)
    return found


def values_of(contributions: Mapping[str, Floats]) -> dict[str, float]:
    """The metrics themselves: the means of the contributions."""
    return {name: float(values.mean()) for name, values in contributions.items()}


def _auc(truths: NDArray[np.bool_], scores: Scores, *, exclusive: bool) -> dict[str, Floats]:
    """Contributions to the macro AUC; nothing where a class lacks one side."""
    columns = range(truths.shape[1])
    found = [
        auc_influence(truths[:, i], scores[:, i]) for i in (columns[1:] if exclusive and len(columns) == 2 else columns)
    ]
    known = [pair for pair in found if pair is not None]
    if len(known) < len(found):
        return {}
    return {"auc": np.mean([auc + influence for auc, influence in known], axis=0)}


def _share(parts: Scores, wholes: Floats) -> Floats:
    """``parts / wholes``, 0 where there is no whole."""
    shares: Floats = np.divide(parts, wholes, out=np.zeros(parts.shape), where=wholes > 0)
    return shares

"""Metrics that are ratios of sums over rows, such as F1 over the spans of sentences: values, intervals, contributions.

Rows are resampled as everywhere (Efron and Tibshirani 1993), all resamples at once: a resample's sums are its weights
times the rows' counts.

Shapes: N rows, C classes, R resamples, M columns of counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.stats.bootstrap import RESAMPLES, Bootstrap, class_estimates, resampled_rows

Floats = NDArray[np.float64]
_EXACT = float(1 << 24)
"""Up to here float32 counts exactly."""


Sums = Mapping[str, tuple[Floats, Floats]]
"""Metric → what each row adds to its numerator [N] and to its denominator [N]."""


def ratio_values(metrics: Sums) -> dict[str, float]:
    """Each metric that has a denominator."""
    sums = {name: (over.sum(), under.sum()) for name, (over, under) in metrics.items()}
    return {name: float(over / under) for name, (over, under) in sums.items() if under > 0}


def ratio_contributions(metrics: Sums) -> dict[str, Floats]:
    """What each row [N] contributes to each metric: its value plus the row's influence; their mean is the metric."""
    found = {}
    for name, value in ratio_values(metrics).items():
        over, under = metrics[name]
        found[name] = value + (over - value * under) * len(under) / under.sum()
    return found


def bootstrap_ratios(
    metrics: Sums,
    classes: tuple[Floats, Floats, Floats],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> Bootstrap:
    """The metrics and classes with their resamples; a resample without a denominator says what the rows say.

    Args:
        metrics: their sums over rows.
        classes: [N, C] each: what was predicted and is so, what is, and what was predicted; C may be 0.
        resamples: R.
        seed: decides the resamples; give every rung the same.
        level: the confidence of the intervals.
    """
    points = ratio_values(metrics)
    table = np.column_stack([*(column for name in points for column in metrics[name]), *classes])
    rows = len(table)
    exact = table.sum(axis=0).max(initial=0.0) < _EXACT
    narrow: NDArray[np.floating[Any]] = table.astype(np.float32 if exact else np.float64)
    sums = [table.sum(axis=0, keepdims=True)]
    for chosen in resampled_rows(rows, resamples, seed):
        offsets = np.arange(len(chosen))[:, None] * rows
        weights = np.bincount((chosen + offsets).ravel(), minlength=chosen.size).reshape(chosen.shape)
        sums.append((weights.astype(narrow.dtype) @ narrow).astype(np.float64))
    drawn = np.concatenate(sums)
    draws = {}
    for at, (name, value) in enumerate(points.items()):
        over, under = drawn[1:, 2 * at], drawn[1:, 2 * at + 1]
        draws[name] = np.divide(over, under, out=np.full(len(over), value), where=under > 0)
    hits, golds, predictions = np.split(drawn[:, 2 * len(points) :], 3, axis=1)
    estimates = class_estimates(hits, golds, predictions, level) if hits.shape[1] else ()
    return Bootstrap(rows, seed, level, points, draws, estimates)

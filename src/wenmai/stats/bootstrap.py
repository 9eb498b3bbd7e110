"""The bootstrap over test rows, paired across rungs: the same seed draws the same rows for every rung.

Rows are drawn with replacement (Efron and Tibshirani 1993). Metrics that count are computed anew on every resample from
its confusion cells; log loss is a mean of row values; the AUC is resampled through its placement values (DeLong, DeLong
and Clarke-Pearson 1988) on the logit scale, which needs one sort instead of one a resample.

Shapes: N rows, C classes, R resamples, K confusion cells that occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.stats.auc import auc_influence, logit_draws
from wenmai.stats.intervals import Estimate, percentile_interval, wilson_interval

Floats = NDArray[np.float64]
Ids = NDArray[np.integer[Any]]
Scores = NDArray[np.floating[Any]]

RESAMPLES = 2000

_BLOCK = 1 << 18
"""Drawn rows held at a time: they stay in the processor's cache."""

_UNBOUNDED = frozenset({"log_loss", "spearman", "pearson", "rmse"})
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class ClassEstimates:
    """How one class was treated, with intervals; ``support`` rows are it, ``predicted`` were predicted as it."""

    precision: Estimate
    recall: Estimate
    f1: Estimate
    support: int
    predicted: int


@dataclass(frozen=True)
class Bootstrap:
    """What one rung scored on the rows, and on every resample of them.

    Attributes:
        rows: N.
        seed: what drew the resamples; two bootstraps compare only when rows, resamples and seed agree.
        level: the confidence of the intervals.
        points: metric → its value on the rows themselves.
        draws: metric → its values [R] on the resamples.
        classes: one for each of the C classes.
    """

    rows: int
    seed: int
    level: float
    points: Mapping[str, float]
    draws: Mapping[str, Floats]
    classes: tuple[ClassEstimates, ...]

    def estimates(self) -> dict[str, Estimate]:
        """Every metric with its interval."""
        return {
            name: _estimate(value, self.draws[name], self.level, None if name in _UNBOUNDED else self.rows)
            for name, value in self.points.items()
        }


def bootstrap_labels(
    gold: Ids,
    probabilities: Scores,
    *,
    predicted: Ids | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> Bootstrap:
    """One label a row: the metrics of `wenmai.metrics.labels.classification_metrics`, and every class.

    Args:
        gold: [N] true class of each row.
        probabilities: [N, C]; scores that are no distributions are welcome, they only have no log loss.
        predicted: [N] predicted class; the one with the highest score by default.
        resamples: R.
        seed: decides the resamples; give every rung the same.
        level: the confidence of the intervals.
    """
    rows, classes = probabilities.shape
    said = probabilities.argmax(axis=1) if predicted is None else predicted
    cells, cell_of_row = np.unique(gold * classes + said, return_inverse=True)
    means, auc = _row_values(gold[:, None] == np.arange(classes), probabilities)
    if np.all(probabilities >= 0) and np.all(np.abs(probabilities.sum(axis=1, dtype=np.float64) - 1) < _SUM_TOLERANCE):
        truth = probabilities[np.arange(rows), gold].astype(np.float64)
        epsilon = float(np.finfo(probabilities.dtype).eps)
        means["log_loss"] = -np.log(np.clip(truth, epsilon, 1 - epsilon))
    counted = []
    drawn: dict[str, list[Floats]] = {name: [] for name in means}
    for chosen in resampled_rows(rows, resamples, seed):
        offsets = np.arange(len(chosen))[:, None] * len(cells)
        counted.append(np.bincount((cell_of_row[chosen] + offsets).ravel(), minlength=len(chosen) * len(cells)))
        _draw_means(means, chosen, drawn)
    counts = np.concatenate([np.bincount(cell_of_row), *counted]).reshape(-1, len(cells)).astype(np.float64)
    hits, golds, predictions = _class_sums(counts, cells, classes)
    f1 = _share(2 * hits, golds + predictions)
    draws = {
        "accuracy": hits.sum(axis=1) / rows,
        "macro_f1": np.nanmean(f1, axis=1),
        "micro_f1": hits.sum(axis=1) / rows,
        "weighted_f1": (np.nan_to_num(f1) * golds).sum(axis=1) / rows,
    }
    return _assemble(rows, seed, level, draws, means, drawn, auc, (hits, golds, predictions))


def bootstrap_label_sets(
    gold: Ids,
    probabilities: Scores,
    *,
    threshold: float | Scores = 0.5,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
) -> Bootstrap:
    """Several labels a row: the metrics of `wenmai.metrics.labels.label_set_metrics`, and every label.

    Args:
        gold: [N, C] of 0 and 1.
        probabilities: [N, C], each by itself.
        threshold: from which probability on a label is predicted, for all labels or for each [C].
        resamples: R.
        seed: decides the resamples; give every rung the same.
        level: the confidence of the intervals.
    """
    rows = len(gold)
    predicted = probabilities >= threshold
    hit = predicted & (gold == 1)
    sizes = gold.sum(axis=1) + predicted.sum(axis=1)
    means, auc = _row_values(gold == 1, probabilities, both_sides=True)
    means["exact_match"] = np.all(predicted == (gold == 1), axis=1).astype(np.float64)
    means["samples_f1"] = np.nan_to_num(_share(2.0 * hit.sum(axis=1), sizes.astype(np.float64)))
    if np.all((probabilities >= 0) & (probabilities <= 1)):
        truth = np.where(gold == 1, probabilities, 1 - probabilities)
        epsilon = np.finfo(probabilities.dtype).eps
        means["log_loss"] = -np.log(np.maximum(truth, epsilon), dtype=np.float64).mean(axis=1)
    # float32 counts exactly up to 2**24, more rows than are ever resampled.
    indicators = np.hstack([hit, gold == 1, predicted]).astype(np.float32)
    sums = [indicators.sum(axis=0, keepdims=True)]
    drawn: dict[str, list[Floats]] = {name: [] for name in means}
    for chosen in resampled_rows(rows, resamples, seed):
        offsets = np.arange(len(chosen))[:, None] * rows
        weights = np.bincount((chosen + offsets).ravel(), minlength=chosen.size).reshape(chosen.shape)
        sums.append(weights.astype(np.float32) @ indicators)
        _draw_means(means, chosen, drawn)
    hits, golds, predictions = np.split(np.concatenate(sums).astype(np.float64), 3, axis=1)
    f1 = np.nan_to_num(_share(2 * hits, golds + predictions))
    draws = {
        "micro_f1": np.nan_to_num(_share(2 * hits.sum(axis=1), (golds + predictions).sum(axis=1))),
        "macro_f1": f1.mean(axis=1),
        "weighted_f1": np.nan_to_num(_share((f1 * golds).sum(axis=1), golds.sum(axis=1))),
    }
    return _assemble(rows, seed, level, draws, means, drawn, auc, (hits, golds, predictions))


def paired_difference(first: Bootstrap, second: Bootstrap, metric: str) -> Estimate:
    """``first`` minus ``second`` on the same rows, with the interval over the same resamples.

    Raises:
        ValueError: when the two did not see the same rows and resamples.
    """
    ours, theirs = first.draws[metric], second.draws[metric]
    if (first.rows, first.seed, len(ours)) != (second.rows, second.seed, len(theirs)):
        raise ValueError("a paired difference needs the same rows, number of resamples and seed on both sides")
    return Estimate.of(first.points[metric] - second.points[metric], percentile_interval(ours - theirs, first.level))


def resampled_rows(rows: int, resamples: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Row indices drawn with replacement, in blocks [B, N] that make R resamples together."""
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // rows)
    for start in range(0, resamples, block):
        yield generator.integers(0, rows, size=(min(block, resamples - start), rows))


def _row_values(
    truths: NDArray[np.bool_], scores: Scores, *, both_sides: bool = False
) -> tuple[dict[str, Floats], float | None]:
    """The influence [N] of every row on the macro AUC under the name ``auc``, and the AUC itself; or neither."""
    columns = range(truths.shape[1])
    # Of two exclusive classes one says it all, and only the second's scores are the positive ones.
    chosen = columns if both_sides or len(columns) != 2 else columns[1:]
    found = [auc_influence(truths[:, column], scores[:, column]) for column in chosen]
    known = [pair for pair in found if pair is not None]
    if len(known) < len(found):
        return {}, None
    return {"auc": np.mean([influence for _, influence in known], axis=0)}, float(np.mean([auc for auc, _ in known]))


def _draw_means(means: Mapping[str, Floats], chosen: NDArray[np.int64], drawn: dict[str, list[Floats]]) -> None:
    for name, values in means.items():
        drawn[name].append(values[chosen].mean(axis=1))


def _class_sums(counts: Floats, cells: Ids, classes: int) -> tuple[Floats, Floats, Floats]:
    """Hits, gold rows and predicted rows of every class, [R + 1, C] each, from cell counts [R + 1, K]."""
    gold, predicted = np.divmod(cells, classes)
    is_gold = (gold[:, None] == np.arange(classes)).astype(np.float64)
    is_predicted = (predicted[:, None] == np.arange(classes)).astype(np.float64)
    return counts @ (is_gold * is_predicted), counts @ is_gold, counts @ is_predicted


def _assemble(
    rows: int,
    seed: int,
    level: float,
    counted: Mapping[str, Floats],
    means: Mapping[str, Floats],
    drawn: Mapping[str, list[Floats]],
    auc: float | None,
    sums: tuple[Floats, Floats, Floats],
) -> Bootstrap:
    """Row 0 of every counted metric and of ``sums`` is the data itself, the rest are the resamples."""
    points = {name: float(values[0]) for name, values in counted.items()}
    draws = {name: values[1:] for name, values in counted.items()}
    for name, values in means.items():
        joined = np.concatenate(drawn[name])
        if name == "auc" and auc is not None:
            points[name], draws[name] = auc, logit_draws(auc, joined)
        else:
            points[name], draws[name] = float(values.mean()), joined
    return Bootstrap(rows, seed, level, points, draws, class_estimates(*sums, level))


def class_estimates(hits: Floats, golds: Floats, predictions: Floats, level: float) -> tuple[ClassEstimates, ...]:
    """Every class from its sums [R + 1, C]: row 0 is the data itself, the rest are the resamples."""
    precision, recall = _share(hits, predictions), _share(hits, golds)
    f1 = _share(2 * hits, golds + predictions)
    found = []
    for i in range(hits.shape[1]):
        support, predicted = int(golds[0, i]), int(predictions[0, i])
        found.append(
            ClassEstimates(
                precision=_class_estimate(precision[:, i], level, predicted),
                recall=_class_estimate(recall[:, i], level, support),
                f1=_class_estimate(f1[:, i], level, max(support, predicted)),
                support=support,
                predicted=predicted,
            )
        )
    return tuple(found)


def _class_estimate(values: Floats, level: float, rows: int) -> Estimate:
    """The first value is the data itself; resamples in which the class did not occur say nothing."""
    draws = values[1:][~np.isnan(values[1:])]
    point = 0.0 if np.isnan(values[0]) else float(values[0])
    return _estimate(point, draws if len(draws) else np.array([point]), level, max(1, rows))


def _estimate(value: float, draws: Floats, level: float, rows: int | None) -> Estimate:
    """The percentile interval; for a share of 0 or 1, where every resample says the same, Wilson's."""
    if rows is not None and value in (0.0, 1.0) and draws.min() == draws.max():
        return Estimate.of(value, wilson_interval(value, rows, level))
    return Estimate.of(value, percentile_interval(draws, level))


def _share(parts: Floats, wholes: Floats) -> Floats:
    """``parts / wholes``, NaN where there is no whole."""
    shares: Floats = np.divide(parts, wholes, out=np.full(parts.shape, np.nan), where=wholes > 0)
    return shares

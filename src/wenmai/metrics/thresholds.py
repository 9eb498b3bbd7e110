"""From which score on to say yes: searched on dev rows, never on test rows.

Every threshold that makes a difference is tried, with one sort and running sums. Shapes: N rows, C labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating[Any]]

DEFAULT = 0.5


@dataclass(frozen=True, slots=True)
class Costs:
    """What a mistake costs, in any unit: saying yes wrongly, and no."""

    false_positive: float
    false_negative: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A yes is said for scores of ``threshold`` and above.

    Attributes:
        threshold: the best one.
        value: the F1 it reaches, or the mean cost of a row, on the rows it was searched on; so it is optimistic.
        default_value: the same at 0.5.
        positives: rows that are yes; with few the search is a gamble.
    """

    threshold: float
    value: float
    default_value: float
    positives: int


def best_threshold(
    gold: NDArray[np.bool_], scores: Scores, *, costs: Costs | None = None, both_sides: bool = False
) -> Threshold:
    """The threshold with the highest F1, or with the lowest cost where costs are given.

    Of thresholds that do equally well the one nearest to 0.5. Without a row that is yes, or without one that is no, the
    rows say nothing about F1 and 0.5 stays.

    Args:
        gold: [N] whether the answer is yes.
        scores: [N], larger for yes.
        costs: of the two mistakes; None for F1.
        both_sides: take the mean of the F1 of yes and of no: the macro F1 of two exclusive classes.

    Raises:
        ValueError: when the shapes do not fit, there is no row, or a score or cost does not.
    """
    _check(gold, scores, costs)
    positives = int(gold.sum())
    order = np.argsort(-scores, kind="stable")
    falling = scores[order].astype(np.float64)
    hits = np.concatenate([[0], np.cumsum(gold[order])])
    said = np.arange(len(falling) + 1)
    # Thresholds part rows of different scores only; before the first row none is said to be yes, after the last all.
    parting = np.concatenate([[True], falling[1:] < falling[:-1], [True]])
    hits, said = hits[parting], said[parting]
    values = _values(hits, said, positives, len(gold), costs, both_sides)
    highest = np.concatenate([[np.inf], falling])[said]  # the last score that is a yes, above which none is excluded
    lowest = np.concatenate([falling, [-np.inf]])[said]  # the first score that is a no
    thresholds = _between(lowest, highest, scores.dtype)
    yes = scores >= DEFAULT
    at_default = _values(
        np.array([int(gold[yes].sum())]), np.array([int(yes.sum())]), positives, len(gold), costs, both_sides
    )
    if costs is None and positives in (0, len(gold)):
        return Threshold(DEFAULT, float(at_default[0]), float(at_default[0]), positives)
    losses = -values if costs is None else values
    best = np.flatnonzero(losses <= losses.min() + 1e-12)
    chosen = best[np.argmin(np.abs(thresholds[best] - DEFAULT))]
    return Threshold(float(thresholds[chosen]), float(values[chosen]), float(at_default[0]), positives)


def best_thresholds(gold: NDArray[np.integer[Any]], scores: Scores, *, costs: Costs | None = None) -> list[Threshold]:
    """The best threshold of each of C labels, which is what macro F1 asks for.

    Args:
        gold: [N, C] of 0 and 1; scores: [N, C].
        costs: of the two mistakes; None for F1.

    Raises:
        ValueError: as `best_threshold`.
    """
    if gold.ndim != 2 or gold.shape != scores.shape:
        raise ValueError(f"gold has the shape {gold.shape} and scores {scores.shape}, expected one [N, C]")
    return [best_threshold(gold[:, i] == 1, scores[:, i], costs=costs) for i in range(gold.shape[1])]


def _values(
    hits: NDArray[np.integer[Any]],
    said: NDArray[np.integer[Any]],
    positives: int,
    rows: int,
    costs: Costs | None,
    both_sides: bool,
) -> NDArray[np.float64]:
    """F1, or the mean cost of a row, by the number of rows that are said to be yes and of those that are."""
    if costs is None:
        f1 = np.asarray(2 * hits / np.maximum(said + positives, 1), dtype=np.float64)
        if not both_sides:
            return f1
        negatives = rows - positives
        of_no = 2 * (rows - said - positives + hits) / np.maximum(rows - said + negatives, 1)
        return np.asarray((f1 + of_no) / 2, dtype=np.float64)
    wrong = costs.false_positive * (said - hits) + costs.false_negative * (positives - hits)
    return np.asarray(wrong / rows, dtype=np.float64)


def _between(
    below: NDArray[np.float64], above: NDArray[np.float64], kind: np.dtype[np.floating[Any]]
) -> NDArray[np.float64]:
    """A threshold above ``below`` and not above ``above``: 0.5 where it fits, else the middle.

    In the precision of the scores: NumPy compares in it, and the threshold must stay between them.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        middle = (below + (above - below) / 2).astype(kind).astype(np.float64)
    # Below the lowest score all is yes from that score on; above the highest the next number after it will do.
    after = np.nextafter(below.astype(kind), kind.type(np.inf)).astype(np.float64)
    middle = np.where(np.isinf(below), above, np.where(np.isinf(above), after, middle))
    middle = np.where(middle <= below, above, middle)
    return np.where((below < DEFAULT) & (above >= DEFAULT), DEFAULT, middle)


def _check(gold: NDArray[np.bool_], scores: Scores, costs: Costs | None) -> None:
    if gold.ndim != 1 or gold.shape != scores.shape or gold.size == 0:
        raise ValueError(f"gold has the shape {gold.shape} and scores {scores.shape}, expected one [N] with rows")
    if not np.all(np.isfinite(scores)):
        raise ValueError("a score is not finite")
    if costs is not None and not (costs.false_positive >= 0 and costs.false_negative >= 0):
        raise ValueError(f"costs are never negative, found {costs}")

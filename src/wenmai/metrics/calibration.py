"""Whether probabilities mean what they say, and what is gained by answering only when sure.

Shapes: N rows, C classes, B bins, R resamples. Confidence is the probability of the predicted class; correct says
whether that class is the true one. For several labels a row, take every entry as a row: its probability as confidence
and the label as correct.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scores = NDArray[np.floating[Any]]

BINS = 15
_TEMPERATURES = (0.05, 20.0)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows of about the same confidence.

    Attributes:
        lowest, highest: the ends of their confidences.
        confidence: their mean; accuracy: the share that is right.
        accuracy_low, accuracy_high: its interval (Wilson 1927).
        rows: how many.
    """

    lowest: float
    highest: float
    confidence: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    rows: int


@dataclass(frozen=True, slots=True)
class SelectivePoint:
    """What is reached by answering only the surest rows.

    Attributes:
        coverage: share of the rows that are answered; threshold: the confidence from which on they are.
        accuracy: share of the answers that is right; accuracy_low, accuracy_high: its interval (Wilson 1927).
        rows: how many are answered.
    """

    coverage: float
    threshold: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    rows: int


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The area under the curve of risk (errors among the answers) against coverage, with its interval.

    Attributes:
        area: the mean risk over all coverages; lower is better.
        low, high: its interval by the bootstrap over rows.
        best: the area of the same answers if every error were less sure than every right answer.
    """

    area: float
    low: float
    high: float
    best: float


def reliability(
    confidence: Scores, correct: NDArray[np.bool_], *, bins: int = BINS, level: float = 0.95
) -> list[ReliabilityBin]:
    """Accuracy against confidence in bins of equal numbers of rows; rows of the same confidence stay together.

    Args:
        confidence: [N] between 0 and 1.
        correct: [N].
        bins: B at most; fewer where many rows share a confidence.
        level: the confidence of the intervals.

    Raises:
        ValueError: when the shapes do not fit, there is no row, or a confidence is no probability.
    """
    _check(confidence, correct)
    order = np.argsort(confidence, kind="stable")
    sorted_confidence, right = confidence[order].astype(np.float64), correct[order].astype(np.float64)
    ends = np.ceil(np.arange(1, bins + 1) * len(order) / bins).astype(np.int64)
    # A bin ends after the last row of the confidence that its last row has.
    ends = np.unique(np.searchsorted(sorted_confidence, sorted_confidence[ends - 1], side="right"))
    starts = np.concatenate([[0], ends[:-1]])
    counts = ends - starts
    accuracy = np.add.reduceat(right, starts) / counts
    means = np.add.reduceat(sorted_confidence, starts) / counts
    low, high = _wilson(accuracy, counts, level)
    return [
        ReliabilityBin(
            lowest=float(sorted_confidence[starts[i]]),
            highest=float(sorted_confidence[ends[i] - 1]),
            confidence=float(means[i]),
            accuracy=float(accuracy[i]),
            accuracy_low=float(low[i]),
            accuracy_high=float(high[i]),
            rows=int(counts[i]),
        )
        for i in range(len(ends))
    ]


def expected_calibration_error(confidence: Scores, correct: NDArray[np.bool_], *, bins: int = BINS) -> float:
    """How far confidence is from accuracy on average, over bins of equal numbers of rows (Nguyen and O'Connor 2015).

    It is never below zero: chance alone makes it about ``sqrt(B / N) / 3`` for a calibrated model that is often right.
    Arguments and errors as for `reliability`.
    """
    table = reliability(confidence, correct, bins=bins)
    return sum(one.rows * abs(one.accuracy - one.confidence) for one in table) / len(confidence)


def confidences(gold: NDArray[np.integer[Any]], probabilities: Scores) -> tuple[Scores, NDArray[np.bool_]]:
    """Confidence [N] and correct [N] of true classes [N] and probabilities [N, C]."""
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == gold


def fit_temperature(gold: NDArray[np.integer[Any]], probabilities: Scores) -> float:
    """The temperature that makes probabilities fit best by log loss (Guo et al. 2017). Fit it on dev rows.

    Above 1 the model was too sure. No answer changes.

    Args:
        gold: [N] true classes.
        probabilities: [N, C] distributions.

    Returns:
        Between 0.05 and 20.
    """
    from scipy.optimize import minimize_scalar

    logits = _logarithms(probabilities)
    own = logits[np.arange(len(gold)), gold]

    def loss(logarithm: float) -> float:
        scaled = logits * math.exp(-logarithm)
        top = scaled.max(axis=1)
        sums = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float((sums - own * math.exp(-logarithm)).mean())

    # The loss is convex in the inverse of the temperature, so it has one minimum in its logarithm too.
    ends = (math.log(_TEMPERATURES[0]), math.log(_TEMPERATURES[1]))
    found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-6})
    return math.exp(float(found.x))


def with_temperature(probabilities: Scores, temperature: float) -> Floats:
    """Probabilities [N, C] at another temperature.

    Raises:
        ValueError: when the temperature is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"a temperature is positive, not {temperature}")
    scaled = _logarithms(probabilities) / temperature
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    softened: Floats = weights / weights.sum(axis=1, keepdims=True)
    return softened


def selective_accuracy(
    confidence: Scores, correct: NDArray[np.bool_], *, points: int = 100, level: float = 0.95
) -> list[SelectivePoint]:
    """Accuracy against coverage: what is gained by leaving the least sure rows unanswered.

    Args:
        confidence: [N]; any score that ranks will do.
        correct: [N].
        points: of the curve at most, evenly spaced; rows of the same confidence are answered together or not at all.
        level: the confidence of the intervals, each for its point alone.

    Returns:
        From the smallest coverage to the whole.

    Raises:
        ValueError: when the shapes do not fit or there is no row.
    """
    _check(confidence, correct, probabilities=False)
    order = np.argsort(-confidence, kind="stable")
    falling = confidence[order]
    wanted = np.unique(np.ceil(np.arange(1, points + 1) * len(order) / points).astype(np.int64))
    counts = np.unique(np.searchsorted(-falling, -falling[wanted - 1], side="right"))
    accuracy = np.cumsum(correct[order])[counts - 1] / counts
    low, high = _wilson(accuracy, counts, level)
    return [
        SelectivePoint(
            coverage=float(count / len(order)),
            threshold=float(falling[count - 1]),
            accuracy=float(accuracy[i]),
            accuracy_low=float(low[i]),
            accuracy_high=float(high[i]),
            rows=int(count),
        )
        for i, count in enumerate(counts)
    ]


def risk_coverage(
    confidence: Scores, correct: NDArray[np.bool_], *, resamples: int = 500, seed: int = 0, level: float = 0.95
) -> RiskCoverage:
    """The area under the risk–coverage curve, AURC (Geifman, Uziel and El-Yaniv 2019).

    The risk at every coverage 1/N … 1 is averaged; rows of the same confidence count as if in any order.

    Args:
        confidence: [N]; correct: [N].
        resamples: R, of the interval.
        seed: decides the resamples.
        level: the confidence of the interval.

    Raises:
        ValueError: when the shapes do not fit or there is no row.
    """
    _check(confidence, correct, probabilities=False)
    rows = len(confidence)
    _, group = np.unique(-confidence, return_inverse=True)
    counts = np.bincount(group)
    wrong = np.bincount(group, weights=~correct)
    generator = np.random.default_rng(seed)
    draws = np.empty(resamples)
    for i in range(resamples):
        drawn = generator.integers(0, rows, rows)
        draws[i] = _area(
            np.bincount(group[drawn], minlength=len(counts)),
            np.bincount(group[drawn], weights=~correct[drawn], minlength=len(counts)),
        )
    area = _area(counts, wrong)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    errors = int(wrong.sum())
    best = _area(np.array([rows - errors, errors]), np.array([0.0, errors]))
    return RiskCoverage(area, min(float(low), area), max(float(high), area), best)


def _area(counts: NDArray[np.integer[Any]], wrong: NDArray[np.number[Any]]) -> float:
    """The mean risk over all coverages, from rows and errors by falling confidence; within a group in any order."""
    share = np.divide(wrong, counts, out=np.zeros(len(counts)), where=counts > 0)
    expected = np.cumsum(np.repeat(share, counts))
    return float((expected / np.arange(1, len(expected) + 1)).mean())


def _logarithms(probabilities: Scores) -> Floats:
    tiny = np.finfo(probabilities.dtype).tiny
    logarithms: Floats = np.log(np.maximum(probabilities, tiny), dtype=np.float64)
    return logarithms


def _wilson(shares: Floats, rows: NDArray[np.int64], level: float) -> tuple[Floats, Floats]:
    """The score interval of many shares at once, as `wenmai.stats.intervals.wilson_interval` has it for one."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    scale = 1 + z * z / rows
    centre = (shares + z * z / (2 * rows)) / scale
    half = z * np.sqrt(shares * (1 - shares) / rows + z * z / (4 * rows * rows)) / scale
    return np.clip(np.minimum(centre - half, shares), 0, 1), np.clip(np.maximum(centre + half, shares), 0, 1)


def _check(confidence: Scores, correct: NDArray[np.bool_], *, probabilities: bool = True) -> None:
    if confidence.ndim != 1 or confidence.shape != correct.shape or confidence.size == 0:
        raise ValueError(
            f"confidence has the shape {confidence.shape} and correct {correct.shape}, expected one [N] with rows"
        )
    if not np.all(np.isfinite(confidence)):
        raise ValueError("a confidence is not finite")
    if probabilities and (confidence.min() < 0 or confidence.max() > 1):
        raise ValueError(
            f"confidences are probabilities between 0 and 1, found {confidence.min():g} to {confidence.max():g}"
        )

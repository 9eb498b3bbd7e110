"""Calibration and abstention of every rung, on the test rows.

One label a row: the confidence is the probability of the predicted class. Several: calibration takes every entry of a
row and a label as a row, abstention the probability that all decisions on a row are right.

- Guo, Pleiss, Sun and Weinberger (2017). On calibration of modern neural networks. ICML (the temperature).
- Geifman, Uziel and El-Yaniv (2019). Bias-reduced uncertainty estimation for deep neural classifiers. ICLR (AURC).

Letters of the shapes: N rows, C labels, K entries a row (1, or C with several labels), B bins, R resamples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wenmai.comparison.findings.calibration import (
    LEAST_TOLD,
    Calibration,
    CoverageChoice,
    CoveragePoint,
    ReliabilityRow,
    RungCalibration,
)
from wenmai.comparison.rung import Rung
from wenmai.metrics.calibration import (
    fit_temperature,
    reliability,
    risk_coverage,
    selective_accuracy,
    with_temperature,
)
from wenmai.stats.bootstrap import RESAMPLES
from wenmai.stats.intervals import Estimate, percentile_interval, wilson_interval
from wenmai.tasks.classify import Classify

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground

Floats = NDArray[np.float64]

COVERAGES = (0.95, 0.9, 0.8, 0.5)
"""Shares of the rows that are to be answered."""
POINTS = 40
SLACK = 0.002
FOLDS = 5
AREA_RESAMPLES = 200
SIZES = np.linspace(0, 1.75, 71)
"""Of errors, as shares of the one that was found, which the interval is made of."""
SIZE_DRAWS = 1000


def calibration(ground: Ground) -> Calibration | None:
    """Of every rung that classifies; None where none does."""
    rungs = [rung for rung in ground.done if isinstance(rung.bundle.task, Classify)]
    if not rungs:
        return None
    division, seed = ground.division, ground.circumstances.seed
    ground.progress.begin("calibration and abstention", len(rungs))
    chosen_on, tested_on = division.choosing, division.test
    found = []
    for rung in rungs:
        task = rung.bundle.task
        assert isinstance(task, Classify)
        chosen = Judged.of(task, rung.chosen_outputs, task.targets(chosen_on))
        tested = Judged.of(task, rung.test_outputs, task.targets(tested_on))
        found.append(rung_calibration(rung, chosen, tested, seed=seed, approximate=division.dev is None))
        ground.progress.advance()
    ground.progress.end()
    return Calibration(rungs=tuple(found))


@dataclass(frozen=True, slots=True)
class Judged:
    """Probabilities on some rows, and how they turned out.

    Attributes:
        probabilities: [N, C]; targets: [N], or [N, C] of 0 and 1 with several labels.
        decided: what they were taken for, in the shape of the targets.
        sure: [N] the confidence in the answer to each row; right: [N] whether it is right.
    """

    probabilities: Floats
    targets: NDArray[Any]
    decided: NDArray[Any]
    sure: Floats
    right: NDArray[np.bool_]

    @classmethod
    def of(cls, task: Classify, outputs: Any, targets: NDArray[Any]) -> Judged:
        """From what a model said of the rows."""
        probabilities = task.probabilities(outputs)
        decided = task.decided(probabilities)
        right = decided == targets
        return cls(
            probabilities=probabilities,
            targets=targets,
            decided=decided,
            sure=task.confidence(probabilities),
            right=right.all(axis=1) if task.several else right,
        )

    @property
    def several(self) -> bool:
        """Whether rows may carry several labels."""
        return self.targets.ndim == 2

    def entries(self, probabilities: Floats | None = None) -> tuple[Floats, NDArray[np.bool_]]:
        """Confidence and whether it was right, [N, K] each; of these probabilities, or of its own."""
        given = self.probabilities if probabilities is None else probabilities
        if self.several:
            return given, self.targets == 1
        return np.take_along_axis(given, self.decided[:, None], axis=1), self.right[:, None]

    def temperature(self, rows: NDArray[np.int64] | slice = slice(None)) -> float:
        """The temperature that fits some of the rows best."""
        probabilities, targets = self.probabilities[rows], self.targets[rows]
        if self.several:  # each entry is a choice between yes and no
            flat = probabilities.ravel()
            return fit_temperature(targets.ravel().astype(np.int64), np.stack([1 - flat, flat], axis=1))
        return fit_temperature(targets, probabilities)

    def heated(self, temperature: float, rows: NDArray[np.int64] | slice = slice(None)) -> Floats:
        """The probabilities of some rows at a temperature."""
        probabilities = self.probabilities[rows]
        if not self.several:
            return with_temperature(probabilities, temperature)
        flat = probabilities.ravel()
        return with_temperature(np.stack([1 - flat, flat], axis=1), temperature)[:, 1].reshape(probabilities.shape)

    def brier(self) -> Floats:
        """The squared distance [N] of each row's probabilities from the truth, as scikit-learn takes it.

        Of two classes that of one, of more the sum, of several labels the mean.
        """
        if self.several:
            return np.asarray(np.square(self.probabilities - self.targets).mean(axis=1))
        truth = self.targets[:, None] == np.arange(self.probabilities.shape[1])
        squares = np.square(self.probabilities - truth).sum(axis=1)
        return np.asarray(squares / 2 if self.probabilities.shape[1] == 2 else squares)


def rung_calibration(
    rung: Rung, chosen: Judged, tested: Judged, *, seed: int, approximate: bool = False
) -> RungCalibration:
    """What one rung's probabilities are worth.

    Args:
        rung: whose they are.
        chosen: on the rows that choices are made on; tested: on the test rows.
        seed: decides the resamples and the folds.
        approximate: whether choices are made by cross-validation.
    """
    confidence, right = tested.entries()
    temperature = chosen.temperature()
    heated, _ = tested.entries(tested.heated(temperature))
    gaps, gaps_heated = _gaps(confidence, right), _gaps(heated, right)
    answered = tested.sure[:, None] >= np.array([cut_at(chosen.sure, wanted) for wanted in COVERAGES])
    columns = [gaps, gaps_heated, tested.brier()[:, None], (confidence - right).mean(axis=1)[:, None]]
    columns += [tested.right[:, None], answered, answered & tested.right[:, None]]
    draws = mean_draws(columns, seed=seed)
    error_draws, heated_draws, brier_draws, sure_draws, right_draws, kept_draws, kept_right_draws = draws
    risk = risk_coverage(tested.sure, tested.right, resamples=AREA_RESAMPLES, seed=seed)
    return RungCalibration(
        name=rung.name,
        error=_error_estimate(gaps, error_draws),
        error_by_chance=_error_by_chance(confidence),
        brier=_mean_estimate(tested.brier(), brier_draws[:, 0]),
        too_sure=_mean_estimate((confidence - right).mean(axis=1), sure_draws[:, 0]),
        temperature=temperature,
        error_with_temperature=_error_estimate(gaps_heated, heated_draws),
        temperature_gain=_temperature_gain(chosen, seed=seed, approximate=approximate),
        reliability=_reliability_rows(confidence, right, several=tested.several),
        area=Estimate(value=risk.area, low=risk.low, high=risk.high),
        best_area=risk.best,
        curve=_curve(tested),
        coverages=tuple(
            _coverage_choice(wanted, chosen, tested, kept_right_draws[:, i], kept_draws[:, i], right_draws[:, 0])
            for i, wanted in enumerate(COVERAGES)
        ),
    )


def mean_draws(columns: Sequence[NDArray[Any]], *, seed: int, draws: int = RESAMPLES) -> list[Floats]:
    """What the column means [R, M] of several tables [N, M] would be on other rows like these, the same in all.

    Drawn from the normal distribution that means of rows have: what resampling the rows comes to, at once.
    """
    whole = np.hstack([np.asarray(column, np.float64) for column in columns])
    means = whole.mean(axis=0)
    # The square root of the covariance of means; some columns say the same, so that it has no Cholesky factor.
    _, spread, directions = np.linalg.svd(np.linalg.qr((whole - means) / len(whole), mode="r"), full_matrices=False)
    noise = np.random.default_rng(seed).normal(size=(draws, len(spread)))
    widths = np.cumsum([column.shape[1] for column in columns])[:-1]
    return np.split(means + (noise * spread) @ directions, widths, axis=1)


def cut_at(sure: Floats, share: float) -> float:
    """A short number from which on about this share of the rows is answered, as far as rows differ.

    Args:
        sure: [N] confidences.
        share: of the rows; those as sure as the last of them are answered too, and up to ``SLACK`` more where that
            saves digits.
    """
    last = float(np.sort(sure)[::-1][math.ceil(share * len(sure)) - 1])
    most = float((sure >= last).mean()) + SLACK
    for digits in range(2, 17):
        short = math.floor(last * 10.0**digits) / 10.0**digits
        if short <= last and float((sure >= short).mean()) <= most:
            return short
    return last


def _gaps(confidence: Floats, right: NDArray[np.bool_]) -> Floats:
    """What each row brings to each bin's sum of right answers less confidences [N, B], over the number of entries."""
    bins = reliability(confidence.ravel(), right.ravel())
    place = np.searchsorted([one.highest for one in bins], confidence)
    rows = np.arange(len(confidence))[:, None]
    sums = np.bincount(
        (rows * len(bins) + place).ravel(), (right - confidence).ravel(), minlength=len(confidence) * len(bins)
    )
    return np.asarray(sums.reshape(len(confidence), len(bins)) / confidence.shape[1], np.float64)


def _error(means: Floats) -> Floats:
    """The expected calibration error from the means of gaps [..., B]."""
    return np.asarray(np.abs(means).sum(axis=-1), np.float64)


def _error_estimate(gaps: Floats, draws: Floats) -> Estimate:
    """With the interval of the errors under which the one that was found is not unusual, bins held.

    An average of absolute values is too large by chance, the more so the smaller the error: where there is none, the
    bootstrap's intervals leave it out more often than not. So the gaps that were found are taken larger and smaller,
    and each size is asked whether rows like these would show such an error: a test inverted.
    """
    means = gaps.mean(axis=0)
    value, noise = float(_error(means)), draws[:SIZE_DRAWS] - means
    if not np.abs(noise).max() > 1e-12:
        return Estimate(value=value, low=value, high=value)
    shown = np.stack([_error(size * means + noise) for size in SIZES])
    usual = SIZES[np.minimum((shown <= value).mean(axis=1), (shown >= value).mean(axis=1)) >= 0.025]
    # An error smaller than chance makes it even where there is none is usual nowhere.
    low, high = (usual[0], usual[-1]) if len(usual) else (0.0, 1.0)
    return Estimate(value=value, low=min(1.0, low) * value, high=max(1.0, high) * value)


def _basic(value: float, draws: Floats) -> tuple[float, float]:
    """The basic bootstrap interval: it takes off as much as the draws add (Davison and Hinkley 1997, section 5.2)."""
    found = percentile_interval(draws)
    return min(2 * value - found.high, value), max(2 * value - found.low, value)


def _error_by_chance(confidence: Floats) -> float:
    """The mean error of a model whose confidences are true: bins then miss by the mean of a half-normal."""
    flat = np.sort(confidence.ravel())
    bins = reliability(flat, np.ones(len(flat), np.bool_))
    starts = np.cumsum([0, *(one.rows for one in bins)])[:-1]
    variances = np.add.reduceat(flat * (1 - flat), starts)
    return float(np.sqrt(2 / np.pi * variances).sum() / len(flat))


def _mean_estimate(values: Floats, draws: Floats) -> Estimate:
    return Estimate.of(float(values.mean()), percentile_interval(draws))


def _temperature_gain(chosen: Judged, *, seed: int, approximate: bool) -> Estimate:
    """The error with the temperature of the other folds, less that without, on the rows that choices are made on."""
    fold = np.random.default_rng(seed).permutation(len(chosen.sure)) % FOLDS
    heated = np.empty_like(chosen.probabilities)
    for held_out in range(FOLDS):
        inside, outside = np.flatnonzero(fold == held_out), np.flatnonzero(fold != held_out)
        heated[inside] = chosen.heated(chosen.temperature(outside), inside)
    confidence, right = chosen.entries()
    before, after = _gaps(confidence, right), _gaps(chosen.entries(heated)[0], right)
    value = float(_error(after.mean(axis=0)) - _error(before.mean(axis=0)))
    before_draws, after_draws = mean_draws([before, after], seed=seed)
    low, high = _basic(value, _error(after_draws) - _error(before_draws))
    return Estimate(value=value, low=low, high=high, approximate=approximate)


def _reliability_rows(confidence: Floats, right: NDArray[np.bool_], *, several: bool) -> tuple[ReliabilityRow, ...]:
    confidence, right = confidence.ravel(), right.ravel()
    if several and (told := confidence >= LEAST_TOLD).any():
        confidence, right = confidence[told], right[told]
    return tuple(
        ReliabilityRow(
            lowest=one.lowest,
            highest=one.highest,
            confidence=one.confidence,
            accuracy=Estimate(value=one.accuracy, low=one.accuracy_low, high=one.accuracy_high),
            rows=one.rows,
        )
        for one in reliability(confidence, right)
    )


def _curve(tested: Judged) -> tuple[CoveragePoint, ...]:
    return tuple(
        CoveragePoint(
            coverage=one.coverage,
            accuracy=Estimate(value=one.accuracy, low=one.accuracy_low, high=one.accuracy_high),
        )
        for one in selective_accuracy(tested.sure, tested.right, points=POINTS)
    )


def _coverage_choice(
    wanted: float, chosen: Judged, tested: Judged, kept_right: Floats, kept: Floats, right: Floats
) -> CoverageChoice:
    """One coverage, with the shares [R] of resamples that are answered rightly, answered, and right."""
    threshold = cut_at(chosen.sure, wanted)
    answered = tested.sure >= threshold
    rows, number = len(answered), int(answered.sum())
    coverage = Estimate.of(number / rows, wilson_interval(number / rows, rows))
    if not number:
        return CoverageChoice(wanted=wanted, threshold=threshold, coverage=coverage, accuracy=None, gain=None)
    accuracy = float(tested.right[answered].mean())
    some = kept > 0
    return CoverageChoice(
        wanted=wanted,
        threshold=threshold,
        coverage=coverage,
        accuracy=Estimate.of(accuracy, wilson_interval(accuracy, number)),
        gain=Estimate.of(
            accuracy - float(tested.right.mean()),
            percentile_interval(kept_right[some] / kept[some] - right[some]),
        ),
    )

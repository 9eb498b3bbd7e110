from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from wenmai.comparison.analyses.calibration import (
    COVERAGES,
    FOLDS,
    Judged,
    _error_estimate,
    _gaps,
    cut_at,
    mean_draws,
    rung_calibration,
)
from wenmai.comparison.findings.calibration import LEAST_TOLD, RungCalibration
from wenmai.metrics.calibration import expected_calibration_error, reliability
from wenmai.stats.bootstrap import resampled_rows
from wenmai.tasks.classify import Classify


def judged(rows: int, classes: int = 2, *, sharpness: float = 1.0, several: bool = False, seed: int = 0) -> Judged:
    """Rows whose answers are drawn from the true probabilities, judged by logits that are too sharp or too dull."""
    generator = np.random.default_rng(seed)
    logits = 1.5 * generator.normal(size=(rows, classes)) - (2.0 if several else 0.0)
    task = Classify(labels=tuple(map(str, range(classes))), several=several)
    targets: Any = (logits + generator.gumbel(size=logits.shape)).argmax(axis=1)
    if several:
        targets = (generator.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.int8)
    return Judged.of(task, sharpness * logits, targets)


def found(**changes: Any) -> RungCalibration:
    chosen, tested = judged(1500, seed=1, **changes), judged(2500, seed=2, **changes)
    return rung_calibration(SimpleNamespace(name="a"), chosen, tested, seed=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("several", [False, True])
def test_a_temperature_is_found_and_advised_where_a_model_is_too_sure(several: bool) -> None:
    one = found(classes=4, sharpness=2.0, several=several)
    assert one.temperature == pytest.approx(2.0, rel=0.1)
    assert one.advises_temperature
    assert one.error.low > 3 * one.error_by_chance
    assert one.error_with_temperature.value < one.error.low
    assert one.too_sure.low > 0 if not several else one.too_sure.high < 0


@pytest.mark.parametrize("several", [False, True])
def test_true_probabilities_are_left_alone(several: bool) -> None:
    one = found(classes=3, several=several)
    assert one.temperature == pytest.approx(1.0, abs=0.1)
    assert not one.advises_temperature
    assert one.error.low < one.error_by_chance < 2 * one.error.value + 0.01
    assert one.too_sure.low < 0 < one.too_sure.high
    tested = judged(2500, 3, seed=2, several=several)
    confidence, right = tested.entries()
    assert one.error.value == pytest.approx(expected_calibration_error(confidence.ravel(), right.ravel()))


@pytest.mark.parametrize("classes", [2, 5])
def test_the_brier_score_is_scikit_learns(classes: int) -> None:
    tested = judged(300, classes)
    reference = brier_score_loss(
        tested.targets, tested.probabilities[:, 1] if classes == 2 else tested.probabilities, labels=range(classes)
    )
    assert tested.brier().mean() == pytest.approx(reference)
    several = judged(300, classes, several=True)
    flat = brier_score_loss(several.targets.ravel(), several.probabilities.ravel())
    assert several.brier().mean() == pytest.approx(flat)


@pytest.mark.parametrize("slope", [1.0, 0.8])
def test_the_interval_of_the_error_covers(slope: float) -> None:
    """How often, of 60 sets of rows, it holds the error of endless rows with the same confidences and bins."""
    inside, rows = 0, 1200
    for seed in range(60):
        generator = np.random.default_rng(seed)
        confidence = np.sort(generator.uniform(0.5, 1, rows))
        truth = 0.5 + slope * (confidence - 0.5)
        found = _error_of(confidence, generator.random(rows) < truth)
        ends = np.cumsum([0, *(row.rows for row in reliability(confidence, np.ones(rows, np.bool_)))])
        error = np.abs([(truth - confidence)[a:b].sum() for a, b in pairwise(ends)]).sum() / rows
        inside += found.low <= error + 1e-12 and error <= found.high
    assert inside >= 53


def _error_of(confidence: np.ndarray, right: np.ndarray) -> Any:
    gaps = _gaps(confidence[:, None], right[:, None])
    (draws,) = mean_draws([gaps], seed=0)
    return _error_estimate(gaps, draws)


def test_draws_of_means_are_what_resampling_gives() -> None:
    generator = np.random.default_rng(0)
    table = np.stack([generator.random(400), generator.random(400) < 0.1], axis=1)
    copied = np.hstack([table, table[:, :1]])
    draws = np.hstack(mean_draws([copied[:, :1], copied[:, 1:]], seed=1))
    resampled = np.concatenate([copied[rows].mean(axis=1) for rows in resampled_rows(400, 2000, 2)])
    assert draws.mean(axis=0) == pytest.approx(copied.mean(axis=0), abs=0.002)
    np.testing.assert_allclose(np.cov(draws.T), np.cov(resampled.T), atol=0.1 * np.cov(resampled.T).max())
    np.testing.assert_allclose(draws[:, 0], draws[:, 2], atol=1e-12)


def test_a_limit_answers_about_the_share_that_is_wanted_in_few_digits() -> None:
    sure = np.random.default_rng(0).uniform(0.3, 1, 5000)
    for wanted in COVERAGES:
        limit = cut_at(sure, wanted)
        assert wanted <= (sure >= limit).mean() <= wanted + 0.003
        assert len(repr(limit)) <= 6
    assert cut_at(np.array([0.91, 0.91, 0.91, 0.2]), 0.5) == 0.91
    assert cut_at(np.array([0.9999999123, 0.9999999456]), 0.5) == 0.99999994
    assert cut_at(np.ones(5), 0.9) == 1.0


def test_the_limit_is_set_on_one_set_of_rows_and_judged_on_the_other() -> None:
    chosen, tested = judged(1500, seed=1), judged(2500, seed=2)
    one = rung_calibration(SimpleNamespace(name="a"), chosen, tested, seed=0)  # type: ignore[arg-type]
    assert [choice.wanted for choice in one.coverages] == list(COVERAGES)
    for choice in one.coverages:
        answered = tested.sure >= choice.threshold
        assert choice.coverage.value == pytest.approx(answered.mean())
        assert choice.accuracy is not None
        assert choice.gain is not None
        assert choice.accuracy.value == pytest.approx(tested.right[answered].mean())
        assert choice.gain.value == pytest.approx(choice.accuracy.value - tested.right.mean())
        assert choice.gain.low < choice.gain.value < choice.gain.high
        assert (chosen.sure >= choice.threshold).mean() == pytest.approx(choice.wanted, abs=0.003)
    assert one.curve[-1].coverage == 1
    assert one.curve[-1].accuracy.value == pytest.approx(tested.right.mean())
    assert one.best_area < one.area.value < 1 - tested.right.mean()


def test_no_row_may_be_sure_enough() -> None:
    chosen, tested = judged(200, sharpness=9.0, seed=1), judged(200, sharpness=0.01, seed=2)
    half = rung_calibration(SimpleNamespace(name="a"), chosen, tested, seed=0).coverages[-1]  # type: ignore[arg-type]
    assert (half.coverage.value, half.accuracy, half.gain) == (0, None, None)


def test_a_model_that_always_says_the_same() -> None:
    task = Classify(labels=("a", "b"))
    outputs, targets = np.tile([[1.0, 0.0]], (60, 1)), (np.arange(60) % 4 == 0).astype(int)
    same = Judged.of(task, outputs, targets)
    one = rung_calibration(SimpleNamespace(name="a"), same, same, seed=0)  # type: ignore[arg-type]
    assert len(one.reliability) == len(one.curve) == 1
    assert {choice.coverage.value for choice in one.coverages} == {1.0}
    assert one.error.value == pytest.approx(abs(0.75 - same.sure[0]))
    right = Judged.of(task, outputs, np.zeros(60, int))
    (draws,) = mean_draws([gaps := _gaps(*right.entries())], seed=0)
    assert _error_estimate(gaps, draws).low == _error_estimate(gaps, draws).high


def test_an_error_smaller_than_chance_makes_it_may_be_none() -> None:
    confidence = np.repeat(np.linspace(0.5, 1, 15), 80)
    right = np.concatenate([np.arange(80) < round(80 * one) for one in np.linspace(0.5, 1, 15)])
    one = _error_of(confidence, right)
    assert (one.low, one.high) == (0, one.value)


def test_several_labels_are_told_where_they_are_given_some_chance() -> None:
    one = found(classes=6, several=True)
    assert min(row.lowest for row in one.reliability) >= LEAST_TOLD
    tested = judged(2500, 6, seed=2, several=True)
    assert sum(row.rows for row in one.reliability) == (tested.probabilities >= LEAST_TOLD).sum()
    assert one.curve[-1].accuracy.value == pytest.approx((tested.decided == tested.targets).all(axis=1).mean())


def test_decisions_by_thresholds_are_what_is_judged() -> None:
    task = Classify(labels=("a", "b"), thresholds=(0.8, 0.2))
    outputs = np.log(np.array([[0.7, 0.3], [0.9, 0.1]]))
    rows = Judged.of(task, outputs, np.array([1, 0]))
    assert rows.decided.tolist() == [1, 0]
    assert rows.sure == pytest.approx([0.3, 0.9])
    assert rows.right.all()


def test_the_folds_of_the_temperature_hold_every_row_once() -> None:
    few = judged(FOLDS + 2, seed=3)
    one = rung_calibration(SimpleNamespace(name="a"), few, few, seed=0, approximate=True)  # type: ignore[arg-type]
    assert one.temperature_gain.approximate
    assert one.temperature_gain.low <= one.temperature_gain.value <= one.temperature_gain.high

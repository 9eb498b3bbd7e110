from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from wenmai.metrics.calibration import (
    confidences,
    expected_calibration_error,
    fit_temperature,
    reliability,
    risk_coverage,
    selective_accuracy,
    with_temperature,
)


@pytest.fixture
def calibrated() -> tuple[np.ndarray, np.ndarray]:
    """6,000 rows whose confidence is the probability of being right."""
    generator = np.random.default_rng(1)
    confidence = generator.uniform(0.5, 1, 6000)
    return confidence, generator.random(6000) < confidence


def test_bins_are_those_of_scikit_learn(calibrated: tuple[np.ndarray, np.ndarray]) -> None:
    confidence, correct = calibrated
    table = reliability(confidence, correct, bins=12)
    accuracy, means = calibration_curve(correct, confidence, n_bins=12, strategy="quantile")
    assert [one.accuracy for one in table] == pytest.approx(accuracy)
    assert [one.confidence for one in table] == pytest.approx(means)
    assert {one.rows for one in table} == {500}
    inside = sum(one.accuracy_low <= one.confidence <= one.accuracy_high for one in table)
    assert inside >= 10


def test_intervals_of_bins_are_wilsons(calibrated: tuple[np.ndarray, np.ndarray]) -> None:
    for one in reliability(*calibrated, bins=7):
        wanted = binomtest(round(one.accuracy * one.rows), one.rows).proportion_ci(method="wilson")
        assert (one.accuracy_low, one.accuracy_high) == pytest.approx((wanted.low, wanted.high))


def test_rows_of_one_confidence_stay_together() -> None:
    confidence = np.array([0.9] * 6 + [0.6] * 2)
    table = reliability(confidence, np.array([True] * 5 + [False] * 3), bins=4)
    assert [(one.rows, one.confidence) for one in table] == [(2, 0.6), (6, pytest.approx(0.9))]


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.5, 0.5, 0.9, 0.9])
    correct = np.array([True, False, False, False])
    assert expected_calibration_error(confidence, correct, bins=2) == pytest.approx(0.45)


def test_calibrated_confidence_has_little_error(calibrated: tuple[np.ndarray, np.ndarray]) -> None:
    confidence, correct = calibrated
    assert expected_calibration_error(confidence, correct) < 2 * np.sqrt(15 / 6000) / 3
    assert expected_calibration_error(confidence**4, correct) > 0.2


def test_the_temperature_that_was_put_on_is_found() -> None:
    generator = np.random.default_rng(2)
    logits = generator.normal(0, 2, (20_000, 4))
    honest = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gold = (honest.cumsum(axis=1) < generator.random((20_000, 1))).sum(axis=1)
    too_sure = with_temperature(honest, 1 / 2.5)
    found = fit_temperature(gold, too_sure)
    assert found == pytest.approx(2.5, rel=0.05)
    assert fit_temperature(gold, too_sure.astype(np.float32)) == pytest.approx(found, rel=1e-3)
    assert np.array_equal(with_temperature(too_sure, found).argmax(axis=1), too_sure.argmax(axis=1))
    grid = [log_loss(gold, with_temperature(too_sure, one)) for one in np.geomspace(1.5, 4, 25)]
    assert log_loss(gold, with_temperature(too_sure, found)) <= min(grid) + 1e-9
    before = expected_calibration_error(*confidences(gold, too_sure))
    assert expected_calibration_error(*confidences(gold, with_temperature(too_sure, found))) < before / 4


def test_certain_probabilities_have_a_temperature() -> None:
    certain = np.eye(2)[[0, 1, 0, 1]]
    assert np.all(np.isfinite(with_temperature(certain, 3.0)))
    assert fit_temperature(np.array([0, 1, 0, 0]), certain) == pytest.approx(20, rel=1e-3)


def test_a_temperature_is_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        with_temperature(np.array([[0.5, 0.5]]), 0.0)


def test_selective_accuracy_by_hand() -> None:
    confidence = np.array([0.9, 0.6, 0.8, 0.8, 0.5])
    correct = np.array([True, False, True, False, True])
    found = selective_accuracy(confidence, correct)
    assert [(one.rows, one.accuracy, one.threshold) for one in found] == [
        (1, 1.0, 0.9),
        (3, pytest.approx(2 / 3), 0.8),
        (4, 0.5, 0.6),
        (5, 0.6, 0.5),
    ]
    assert [one.coverage for one in found] == pytest.approx([0.2, 0.6, 0.8, 1.0])
    for one in found:
        assert np.count_nonzero(confidence >= one.threshold) == one.rows
        assert one.accuracy_low <= one.accuracy <= one.accuracy_high


def test_the_curve_has_as_many_points_as_asked_for(calibrated: tuple[np.ndarray, np.ndarray]) -> None:
    found = selective_accuracy(*calibrated, points=20)
    assert [one.coverage for one in found] == pytest.approx(np.arange(1, 21) / 20)
    assert found[0].accuracy > 0.95 > found[-1].accuracy


def test_the_area_by_hand_and_by_all_orders() -> None:
    confidence = np.array([0.9, 0.8, 0.7])
    correct = np.array([True, False, True])
    found = risk_coverage(confidence, correct)
    assert found.area == pytest.approx((0 + 1 / 2 + 1 / 3) / 3)
    assert found.best == pytest.approx((0 + 0 + 1 / 3) / 3)
    orders = [np.array([True, False]), np.array([False, True])]
    areas = [risk_coverage(np.array([0.9, 0.8]), order).area for order in orders]
    assert risk_coverage(np.array([0.8, 0.8]), orders[0]).area == pytest.approx(np.mean(areas))


def test_the_interval_of_the_area_holds_the_true_one() -> None:
    """Confidence is uniform on (0.5, 1): the risk at coverage c is c / 4, so the area is 1 / 8."""
    generator = np.random.default_rng(3)
    held = 0
    for i in range(60):
        confidence = generator.uniform(0.5, 1, 800)
        found = risk_coverage(confidence, generator.random(800) < confidence, resamples=200, seed=i)
        held += found.low <= 0.125 <= found.high
    assert held >= 52


@pytest.mark.parametrize(
    ("confidence", "correct", "message"),
    [
        (np.array([0.5, 0.6]), np.array([True]), "expected one"),
        (np.array([]), np.array([], dtype=bool), "expected one"),
        (np.array([np.nan]), np.array([True]), "not finite"),
        (np.array([1.5]), np.array([True]), "between 0 and 1"),
    ],
)
def test_what_does_not_fit_is_refused(confidence: np.ndarray, correct: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reliability(confidence, correct)

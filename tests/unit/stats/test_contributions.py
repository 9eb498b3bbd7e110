from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.metrics.labels import classification_metrics, label_set_metrics
from wenmai.stats.contributions import label_contributions, label_set_contributions, values_of


def one_label(seed: int, rows: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, classes, rows)
    return gold, generator.dirichlet(np.ones(classes), rows) * 0.7 + 0.3 * np.eye(classes)[gold]


def several_labels(seed: int, rows: int, labels: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    gold = (generator.random((rows, labels)) < generator.uniform(0.05, 0.6, labels)).astype(np.int64)
    return gold, np.clip(0.35 * gold + generator.random((rows, labels)) * 0.65, 0, 1)


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(2, 5))
@settings(deadline=None, max_examples=60)
def test_means_are_the_metrics(seed: int, rows: int, classes: int) -> None:
    gold, probabilities = one_label(seed, rows, classes)
    wanted = classification_metrics(gold, probabilities, [str(i) for i in range(classes)])
    assert values_of(label_contributions(gold, probabilities)) == pytest.approx(wanted)


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(2, 5), st.floats(0.1, 0.9))
@settings(deadline=None, max_examples=60)
def test_means_are_the_metrics_of_label_sets(seed: int, rows: int, labels: int, threshold: float) -> None:
    gold, probabilities = several_labels(seed, rows, labels)
    wanted = label_set_metrics(gold, probabilities, [str(i) for i in range(labels)], threshold=threshold)
    assert values_of(label_set_contributions(gold, probabilities, threshold=threshold)) == pytest.approx(wanted)


def test_contributions_are_what_a_row_moves() -> None:
    """Against the jackknife: the metric without a row, times N - 1, is what the other rows contribute, nearly."""
    gold, probabilities = one_label(0, 400, 3)
    names = ["a", "b", "c"]
    found = label_contributions(gold, probabilities)
    for i in range(0, 400, 23):
        kept = np.arange(400) != i
        without = classification_metrics(gold[kept], probabilities[kept], names)
        for name, values in found.items():
            jackknife = 400 * values.mean() - 399 * without[name]
            assert values[i] == pytest.approx(jackknife, abs=0.03), name


def test_contributions_of_label_sets_are_what_a_row_moves() -> None:
    gold, probabilities = several_labels(0, 500, 4)
    names = ["a", "b", "c", "d"]
    found = label_set_contributions(gold, probabilities)
    for i in range(0, 500, 29):
        kept = np.arange(500) != i
        without = label_set_metrics(gold[kept], probabilities[kept], names)
        for name, values in found.items():
            jackknife = 500 * values.mean() - 499 * without[name]
            assert values[i] == pytest.approx(jackknife, abs=0.06), name


def test_a_prediction_of_ones_own_counts() -> None:
    gold, probabilities = one_label(1, 50, 2)
    found = label_contributions(gold, probabilities, predicted=np.zeros(50, dtype=np.int64))
    assert found["accuracy"].mean() == pytest.approx(np.mean(gold == 0))
    assert values_of(found)["log_loss"] == values_of(label_contributions(gold, probabilities))["log_loss"]


def test_a_threshold_for_each_label() -> None:
    gold, probabilities = several_labels(2, 80, 2)
    found = label_set_contributions(gold, probabilities, threshold=np.array([0.0, 1.1]))
    said = np.tile([True, False], (80, 1))
    assert found["exact_match"].mean() == pytest.approx(np.all(said == (gold == 1), axis=1).mean())


def test_margins_have_no_log_loss() -> None:
    gold, probabilities = one_label(3, 30, 3)
    assert "log_loss" not in label_contributions(gold, probabilities * 3 - 1)
    assert "log_loss" not in label_set_contributions(np.eye(3, dtype=int)[gold], probabilities * 3)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.metrics.labels import classification_metrics, label_set_metrics, per_class, per_label
from wenmai.stats.bootstrap import bootstrap_label_sets, bootstrap_labels, paired_difference, resampled_rows

NAMES = tuple("abcdefgh")


def simulated(seed: int, rows: int, classes: int, skill: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, classes, rows)
    scores = generator.normal(size=(rows, classes))
    scores[np.arange(rows), gold] += skill
    odds = np.exp(scores)
    return gold, odds / odds.sum(axis=1, keepdims=True)


def simulated_sets(seed: int, rows: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    gold = (generator.random((rows, classes)) < 0.4).astype(np.int64)
    return gold, np.clip(generator.normal(0.3 + 0.3 * gold, 0.3), 0, 1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 80), st.integers(2, 5))
def test_points_equal_the_metrics_of_record(seed: int, rows: int, classes: int) -> None:
    gold, probabilities = simulated(seed, rows, classes)
    found = bootstrap_labels(gold, probabilities, resamples=20)
    assert dict(found.points) == pytest.approx(classification_metrics(gold, probabilities, NAMES[:classes]))
    for ours, reference in zip(found.classes, per_class(gold, probabilities, NAMES[:classes]), strict=True):
        assert (ours.support, ours.predicted) == (reference.support, reference.predicted)
        values = (ours.precision.value, ours.recall.value, ours.f1.value)
        assert values == pytest.approx((reference.precision, reference.recall, reference.f1))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(2, 5))
def test_points_of_label_sets_equal_the_metrics_of_record(seed: int, rows: int, classes: int) -> None:
    gold, probabilities = simulated_sets(seed, rows, classes)
    found = bootstrap_label_sets(gold, probabilities, resamples=20)
    assert dict(found.points) == pytest.approx(label_set_metrics(gold, probabilities, NAMES[:classes]))
    for ours, reference in zip(found.classes, per_label(gold, probabilities, NAMES[:classes]), strict=True):
        assert (ours.support, ours.predicted) == (reference.support, reference.predicted)
        assert ours.f1.value == pytest.approx(reference.f1)


@pytest.mark.parametrize("several", [False, True])
def test_every_draw_equals_the_metric_of_the_drawn_rows(several: bool) -> None:
    gold, probabilities = simulated_sets(5, 40, 3) if several else simulated(5, 40, 3)
    measure = label_set_metrics if several else classification_metrics
    found = (bootstrap_label_sets if several else bootstrap_labels)(gold, probabilities, resamples=30, seed=9)
    drawn = np.concatenate(list(resampled_rows(40, 30, 9)))
    for name in set(found.points) - {"auc"}:
        expected = [measure(gold[rows], probabilities[rows], NAMES[:3])[name] for rows in drawn]
        np.testing.assert_allclose(found.draws[name], expected, rtol=1e-6, err_msg=name)


def test_the_auc_interval_is_that_of_the_plain_bootstrap() -> None:
    gold, probabilities = simulated(6, 400, 3)
    found = bootstrap_labels(gold, probabilities, resamples=400, seed=1).estimates()["auc"]
    drawn = np.concatenate(list(resampled_rows(400, 400, 1)))
    plain = [classification_metrics(gold[rows], probabilities[rows], NAMES[:3])["auc"] for rows in drawn[:150]]
    low, high = np.quantile(plain, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.01)
    assert found.high == pytest.approx(high, abs=0.01)


def test_the_seed_decides_everything() -> None:
    gold, probabilities = simulated(7, 300, 4)
    first, again = (bootstrap_labels(gold, probabilities, resamples=100, seed=3).estimates() for _ in range(2))
    assert first == again
    assert first != bootstrap_labels(gold, probabilities, resamples=100, seed=4).estimates()


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    # The truth is 0.8; 200 samples of 150 rows; 95 % ± 3 standard errors of the share covered.
    generator = np.random.default_rng(8)
    covered = 0
    for _ in range(200):
        gold = generator.integers(0, 2, 150)
        right = generator.random(150) < 0.8
        probabilities = np.eye(2)[np.where(right, gold, 1 - gold)] * 0.8 + 0.1
        covered += 0.8 in bootstrap_labels(gold, probabilities, resamples=200).estimates()["accuracy"].interval
    assert 0.90 <= covered / 200 <= 0.995


def test_all_right_is_not_certainty() -> None:
    gold = np.array([0, 1] * 10)
    found = bootstrap_labels(gold, np.eye(2)[gold] * 0.9 + 0.05, resamples=50)
    for name in ("accuracy", "macro_f1", "auc"):
        estimate = found.estimates()[name]
        assert (estimate.value, estimate.high) == (1, 1)
        assert 0.8 < estimate.low < 0.9
    assert found.classes[0].recall.low < 0.8


def test_a_class_that_is_never_predicted_has_no_sure_precision() -> None:
    gold = np.array([0] * 30 + [1] * 10)
    found = bootstrap_labels(gold, np.tile([0.75, 0.25], (40, 1)), resamples=50)
    assert found.classes[1].precision.value == 0
    assert found.classes[1].precision.high > 0.5
    assert found.classes[1].predicted == 0
    # A scorer that says the same of every row has an AUC of exactly one half.
    assert found.estimates()["auc"].model_dump(include={"value", "low", "high"}) == {
        "value": 0.5,
        "low": 0.5,
        "high": 0.5,
    }


def test_margins_have_no_log_loss() -> None:
    gold, probabilities = simulated(9, 50, 3)
    assert "log_loss" not in bootstrap_labels(gold, np.log(probabilities) * 2, resamples=10).points


def test_pairing_makes_the_interval_of_a_difference_narrow() -> None:
    gold, probabilities = simulated(10, 500, 2)
    better = probabilities.copy()
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != gold)[:15]
    better[wrong] = np.eye(2)[gold[wrong]] * 0.9 + 0.05
    first, second = (bootstrap_labels(gold, scores, resamples=500, seed=2) for scores in (better, probabilities))
    difference = paired_difference(first, second, "accuracy")
    assert difference.value == pytest.approx(15 / 500)
    assert difference.low > 0
    accuracy = first.estimates()["accuracy"]
    assert difference.high - difference.low < accuracy.high - accuracy.low


def test_rungs_that_saw_other_rows_are_not_compared() -> None:
    gold, probabilities = simulated(11, 50, 2)
    first = bootstrap_labels(gold, probabilities, resamples=10, seed=0)
    for other in (
        bootstrap_labels(gold, probabilities, resamples=10, seed=1),
        bootstrap_labels(gold, probabilities, resamples=11, seed=0),
        bootstrap_labels(gold[:40], probabilities[:40], resamples=10, seed=0),
    ):
        with pytest.raises(ValueError, match="same rows, number of resamples and seed"):
            paired_difference(first, other, "accuracy")


def test_resamples_come_in_blocks_that_make_the_whole() -> None:
    blocks = list(resampled_rows(100_000, 5, 0))
    assert [block.shape for block in blocks] == [(2, 100_000), (2, 100_000), (1, 100_000)]
    assert all(block.min() >= 0 and block.max() < 100_000 for block in blocks)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from wenmai.metrics.labels import (
    are_distributions,
    classification_metrics,
    confusion,
    label_set_metrics,
    per_class,
    per_label,
)

NAMES = ("好评", "差评", "neutral", "其他")


def simulated(seed: int, rows: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Gold classes [N] and softmaxed scores [N, C] that know something about them, in float32."""
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, classes, rows)
    scores = generator.normal(size=(rows, classes)).round(1)
    scores[np.arange(rows), gold] += 1
    odds = np.exp(scores)
    return gold, (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 4))
def test_one_label_a_row_equals_scikit_learn(seed: int, rows: int, classes: int) -> None:
    gold, probabilities = simulated(seed, rows, classes)
    predicted = probabilities.argmax(axis=1)
    found = classification_metrics(gold, probabilities, NAMES[:classes])
    assert found["accuracy"] == reference.accuracy_score(gold, predicted)
    for average in ("macro", "micro", "weighted"):
        assert found[f"{average}_f1"] == reference.f1_score(gold, predicted, average=average, zero_division=0)
    # scikit-learn insists on rows that sum to one, more exactly than float32 does.
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    assert found["log_loss"] == pytest.approx(reference.log_loss(gold, exact, labels=np.arange(classes)), rel=1e-5)
    if len(set(gold.tolist())) < classes:
        assert "auc" not in found
    elif classes == 2:
        assert found["auc"] == reference.roc_auc_score(gold, probabilities[:, 1])
    else:
        expected = reference.roc_auc_score(gold, exact, multi_class="ovr", average="macro")
        assert found["auc"] == pytest.approx(expected, abs=1e-2)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 4))
def test_several_labels_a_row_equal_scikit_learn(seed: int, rows: int, classes: int) -> None:
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, 2, (rows, classes))
    probabilities = generator.random((rows, classes))
    predicted = (probabilities >= 0.3).astype(int)
    found = label_set_metrics(gold, probabilities, NAMES[:classes], threshold=0.3)
    assert found["exact_match"] == reference.accuracy_score(gold, predicted)
    for average in ("macro", "micro", "weighted", "samples"):
        assert found[f"{average}_f1"] == reference.f1_score(gold, predicted, average=average, zero_division=0)
    columns = [reference.log_loss(gold[:, i], probabilities[:, i], labels=[0, 1]) for i in range(classes)]
    assert found["log_loss"] == pytest.approx(np.mean(columns))
    if np.all((gold.sum(axis=0) > 0) & (gold.sum(axis=0) < rows)):
        assert found["auc"] == reference.roc_auc_score(gold, probabilities, average="macro")
    else:
        assert "auc" not in found


def test_margins_have_an_auc_and_no_log_loss() -> None:
    gold, probabilities = simulated(1, 50, 3)
    margins = np.log(probabilities) * 3
    found = classification_metrics(gold, margins, NAMES[:3])
    assert not are_distributions(margins)
    assert "log_loss" not in found
    assert found["accuracy"] == classification_metrics(gold, probabilities, NAMES[:3])["accuracy"]
    assert 0.5 < found["auc"] < 1


def test_half_precision_rows_still_count_as_distributions() -> None:
    gold, probabilities = simulated(2, 50, 3)
    rounded = probabilities.astype(np.float16).astype(np.float32)
    assert classification_metrics(gold, rounded, NAMES[:3])["log_loss"] == pytest.approx(
        classification_metrics(gold, probabilities, NAMES[:3])["log_loss"], abs=1e-3
    )


def test_per_class_counts_every_class_also_the_unseen() -> None:
    gold = np.array([0, 0, 1, 1])
    probabilities = np.eye(4, dtype=np.float32)[[0, 1, 1, 1]]
    rows = per_class(gold, probabilities, NAMES)
    assert [(row.label, row.support, row.predicted) for row in rows] == [
        ("好评", 2, 1),
        ("差评", 2, 3),
        ("neutral", 0, 0),
        ("其他", 0, 0),
    ]
    assert (rows[0].precision, rows[0].recall, rows[0].f1) == (1, 0.5, pytest.approx(2 / 3))
    assert (rows[2].precision, rows[2].recall, rows[2].f1) == (0, 0, 0)


def test_per_label_counts_each_label_by_itself() -> None:
    gold = np.array([[1, 1], [0, 1], [0, 0]])
    probabilities = np.array([[0.9, 0.2], [0.6, 0.7], [0.1, 0.1]])
    first, second = per_label(gold, probabilities, ("food", "price"))
    assert (first.precision, first.recall, first.support, first.predicted) == (0.5, 1, 1, 2)
    assert (second.precision, second.recall, second.support, second.predicted) == (1, 0.5, 2, 1)


def test_confusion_equals_scikit_learn() -> None:
    gold, probabilities = simulated(3, 80, 4)
    predicted = probabilities.argmax(axis=1)
    expected = reference.confusion_matrix(gold, predicted, labels=range(4))
    np.testing.assert_array_equal(confusion(gold, predicted, 4), expected)


def test_shapes_that_do_not_fit_are_refused() -> None:
    gold, probabilities = simulated(4, 10, 3)
    with pytest.raises(ValueError, match=r"probabilities have the shape \(10, 3\).*C = 2 labels"):
        classification_metrics(gold, probabilities, NAMES[:2])
    with pytest.raises(ValueError, match=r"gold has the shape \(9,\), expected \(10,\)"):
        classification_metrics(gold[:9], probabilities, NAMES[:3])
    with pytest.raises(ValueError, match="at least one row"):
        label_set_metrics(np.zeros((0, 3), int), np.zeros((0, 3)), NAMES[:3])

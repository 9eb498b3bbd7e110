from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.metrics.label_errors import beats_frequency, class_thresholds, suspect_cells, suspect_classes


def test_a_threshold_is_how_sure_the_model_is_of_a_class_on_average() -> None:
    given_classes = np.array([0, 0, 1])
    probabilities = np.array([[0.9, 0.1, 0.0], [0.5, 0.5, 0.0], [0.3, 0.7, 0.0]])
    assert class_thresholds(given_classes, probabilities) == pytest.approx([0.7, 0.7, np.inf])


def test_only_what_passes_the_other_class_s_threshold_is_suspect() -> None:
    given_classes = np.array([0, 0, 0, 1, 1, 1])
    p = np.array([0.1, 0.4, 0.9, 0.8, 0.9, 0.6])  # of class 1; thresholds: 0.533 and 0.767
    found = suspect_classes(given_classes, np.stack([1 - p, p], axis=1))
    assert found.rows.tolist() == [2]
    assert found.labels.tolist() == [1]
    assert found.given == pytest.approx([0.1])
    assert found.suggested == pytest.approx([0.9])


def test_a_more_probable_class_below_its_threshold_is_passed_over() -> None:
    given_classes = np.array([0, 0, 1, 1])
    p = np.array([0.1, 0.6, 0.95, 0.95])
    assert len(suspect_classes(given_classes, np.stack([1 - p, p], axis=1))) == 0


def test_of_several_classes_that_pass_the_most_probable_is_suggested() -> None:
    probabilities = np.array([[0.1, 0.5, 0.4], [0.8, 0.1, 0.1], [0.3, 0.4, 0.3], [0.4, 0.2, 0.4]])
    found = suspect_classes(np.array([0, 0, 1, 2]), probabilities)
    assert (found.rows[0], found.labels[0]) == (0, 1)


def test_the_clearest_stands_first() -> None:
    p = np.array([0.55, 0.95, 0.75, 0.1, 0.4, 0.5, 0.5])
    found = suspect_classes(np.array([0, 0, 0, 0, 1, 1, 1]), np.stack([1 - p, p], axis=1))
    assert found.rows.tolist() == [1, 2, 4, 0]


def test_each_of_several_labels_stands_on_its_own() -> None:
    given_labels = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [0, 0]])
    probabilities = np.array([[0.9, 0.8], [0.02, 0.1], [0.1, 0.7], [0.1, 0.8], [0.1, 0.1]])
    found = suspect_cells(given_labels, probabilities)
    assert list(zip(found.rows.tolist(), found.labels.tolist(), strict=True)) == [(1, 0), (0, 1)]
    assert found.given == pytest.approx([0.02, 0.2])
    assert found.suggested == pytest.approx([0.98, 0.8])


def test_what_always_says_the_most_frequent_class_has_learnt_nothing() -> None:
    classes = np.array([0, 0, 0, 1])
    assert not beats_frequency(classes, np.tile([0.7, 0.3], (4, 1)))
    assert beats_frequency(classes, np.eye(2)[classes])
    several = np.array([[1, 0], [1, 0], [1, 1], [0, 0]])
    assert not beats_frequency(several, np.tile([0.7, 0.3], (4, 1)))
    assert beats_frequency(several, several.astype(float))


@given(st.integers(0, 10_000), st.integers(2, 5))
def test_a_suspect_is_always_less_probable_as_it_is(seed: int, classes: int) -> None:
    generator = np.random.default_rng(seed)
    given_classes = generator.integers(0, classes, 40)
    probabilities = generator.dirichlet(np.ones(classes), 40)
    found = suspect_classes(given_classes, probabilities)
    margins = found.suggested - found.given
    assert (margins > 0).all()
    assert (np.diff(margins) <= 0).all()
    assert (found.labels != given_classes[found.rows]).all()
    assert (found.suggested > class_thresholds(given_classes, probabilities)[found.labels]).all()


def test_planted_errors_are_found() -> None:
    generator = np.random.default_rng(0)
    true = generator.integers(0, 3, 3000)
    logits = 2.5 * np.eye(3)[true] + generator.normal(size=(3000, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    planted = generator.choice(3000, 150, replace=False)
    labels = true.copy()
    labels[planted] = (true[planted] + 1) % 3
    found = set(suspect_classes(labels, probabilities).rows.tolist())
    hit = len(found & set(planted.tolist()))
    assert hit / 150 > 0.6
    assert hit / len(found) > 0.6

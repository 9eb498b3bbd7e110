from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from wenmai.metrics.thresholds import Costs, best_threshold, best_thresholds

ROWS = st.integers(2, 30)
KINDS = st.sampled_from([np.float32, np.float64])


@st.composite
def judged(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    rows, kind = draw(ROWS), draw(KINDS)
    width = 32 if kind is np.float32 else 64
    scores = draw(arrays(kind, rows, elements=st.floats(0, 1, width=width)))
    return draw(arrays(np.bool_, rows)), scores


def candidates(scores: np.ndarray) -> list[float]:
    distinct = np.unique(scores)
    return [*map(float, distinct), float(np.nextafter(distinct[-1], scores.dtype.type(np.inf)))]


@given(judged())
@settings(deadline=None, max_examples=150)
def test_no_threshold_has_a_higher_f1(case: tuple[np.ndarray, np.ndarray]) -> None:
    gold, scores = case
    found = best_threshold(gold, scores)
    assert found.value == pytest.approx(f1_score(gold, scores >= found.threshold, zero_division=0))
    assert found.default_value == pytest.approx(f1_score(gold, scores >= 0.5, zero_division=0))
    if 0 < gold.sum() < len(gold):
        highest = max(f1_score(gold, scores >= one, zero_division=0) for one in candidates(scores))
        assert found.value == pytest.approx(highest)
    else:
        assert found.threshold == 0.5


@given(judged(), st.floats(0, 10), st.floats(0, 10))
@settings(deadline=None, max_examples=150)
def test_no_threshold_costs_less(case: tuple[np.ndarray, np.ndarray], positive: float, negative: float) -> None:
    gold, scores = case

    def cost(threshold: float) -> float:
        said = scores >= threshold
        return float(np.mean(positive * (said & ~gold) + negative * (~said & gold)))

    found = best_threshold(gold, scores, costs=Costs(positive, negative))
    assert found.value == pytest.approx(cost(found.threshold))
    assert found.value == pytest.approx(min(map(cost, candidates(scores))))


def test_a_threshold_stays_between_neighbouring_numbers_of_small_precision() -> None:
    low = np.float32(0.9)
    scores = np.array([low, np.nextafter(low, np.float32(1))])
    found = best_threshold(np.array([False, True]), scores)
    assert (scores >= found.threshold).tolist() == [False, True]


def test_equal_thresholds_leave_the_default_alone() -> None:
    assert best_threshold(np.array([False, True]), np.array([0.2, 0.9])).threshold == 0.5


def test_every_label_has_its_own() -> None:
    gold = np.array([[1, 0], [1, 0], [0, 1], [0, 1]])
    scores = np.array([[0.3, 0.6], [0.4, 0.7], [0.1, 0.8], [0.2, 0.9]])
    first, second = best_thresholds(gold, scores)
    assert (first.value, second.value) == (1.0, 1.0)
    assert 0.2 < first.threshold <= 0.3
    assert 0.7 < second.threshold <= 0.8
    assert (first.positives, second.default_value) == (2, pytest.approx(2 / 3))


@pytest.mark.parametrize(
    ("gold", "scores", "costs", "message"),
    [
        (np.array([True]), np.array([0.1, 0.2]), None, r"shape \(1,\)"),
        (np.array([True]), np.array([np.nan]), None, "not finite"),
        (np.array([True]), np.array([0.1]), Costs(-1, 0), "never negative"),
    ],
)
def test_what_does_not_fit_is_refused(gold: np.ndarray, scores: np.ndarray, costs: Costs | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        best_threshold(gold, scores, costs=costs)
    with pytest.raises(ValueError, match="expected one"):
        best_thresholds(gold, scores)

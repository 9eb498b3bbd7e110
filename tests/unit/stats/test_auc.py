from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from wenmai.stats.auc import auc_influence, logit_draws, midranks


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40))
def test_midranks_equal_scipy(values: list[int]) -> None:
    np.testing.assert_array_equal(midranks(np.array(values, float)), rankdata(values))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40))
def test_the_auc_equals_scikit_learn_with_ties(rows: list[tuple[bool, int]]) -> None:
    truth, scores = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], float)
    found = auc_influence(truth, scores)
    if truth.all() or not truth.any():
        assert found is None
        return
    assert found is not None
    assert found[0] == pytest.approx(roc_auc_score(truth, scores))
    assert found[1].sum() == pytest.approx(0, abs=1e-9)


def test_the_influences_give_delongs_variance() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random(200) < 0.3
    scores = generator.normal(size=200) + truth
    found = auc_influence(truth, scores)
    assert found is not None
    above = (scores[truth][:, None] > scores[~truth][None, :]).astype(float)
    positive, negative = above.mean(axis=1), above.mean(axis=0)
    delong = positive.var() / len(positive) + negative.var() / len(negative)
    assert (found[1] ** 2).sum() / 200**2 == pytest.approx(delong)


def test_draws_stay_inside_and_a_perfect_auc_does_not_move() -> None:
    draws = logit_draws(0.99, np.array([-0.5, 0.0, 0.5, 100.0]))
    assert draws[1] == pytest.approx(0.99)
    assert np.all((draws > 0) & (draws <= 1))
    assert np.all(np.diff(draws) >= 0)
    np.testing.assert_array_equal(logit_draws(1.0, np.zeros(3)), np.ones(3))

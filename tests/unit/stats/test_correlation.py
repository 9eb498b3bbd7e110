from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from wenmai.stats.correlation import bootstrap_correlations, correlation_contributions, correlation_scores

GENERATOR = np.random.default_rng(0)
GOLD = np.round(GENERATOR.uniform(0, 5, 300), 1)
PREDICTED = GOLD + GENERATOR.normal(0, 1.5, 300)


def test_scores_are_scipys() -> None:
    found = correlation_scores(PREDICTED, GOLD)
    assert found["pearson"] == pytest.approx(pearsonr(PREDICTED, GOLD).statistic, abs=1e-12)
    assert found["spearman"] == pytest.approx(spearmanr(PREDICTED, GOLD).statistic, abs=1e-12)
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((PREDICTED - GOLD) ** 2)), abs=1e-12)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6 + 0.1])
def test_a_constant_agrees_with_nothing(constant: float) -> None:
    same = np.full(300, constant)
    assert correlation_scores(same, GOLD)["spearman"] == 0
    assert correlation_scores(same, GOLD)["pearson"] == 0
    contributions = correlation_contributions(same, GOLD)
    assert not contributions["spearman"].any()
    assert not contributions["pearson"].any()
    draws = bootstrap_correlations(same, GOLD, resamples=20).draws
    assert not draws["pearson"].any()


@hypothesis_settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=40))
def test_contributions_have_the_metric_as_their_mean(pairs: list[tuple[int, int]]) -> None:
    predicted, gold = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
    scores = correlation_scores(predicted, gold)
    for name, values in correlation_contributions(predicted, gold).items():
        assert values.mean() == pytest.approx(scores[name], abs=1e-9)


@pytest.mark.parametrize("metric", ["pearson", "spearman", "rmse"])
def test_contributions_say_what_a_row_more_would_do(metric: str) -> None:
    """The influence of a row is the derivative of the score by the row's weight: seen by one copy more."""
    contributions = correlation_contributions(PREDICTED, GOLD)[metric]
    value, copies = correlation_scores(PREDICTED, GOLD)[metric], 50
    for row in (0, 17, 123, 250):
        more = np.repeat(np.arange(300), np.where(np.arange(300) == row, copies + 1, copies))
        moved = correlation_scores(PREDICTED[more], GOLD[more])[metric] - value
        assert moved * len(more) == pytest.approx(contributions[row] - value, rel=0.02, abs=0.002)


@pytest.mark.parametrize("metric", ["pearson", "spearman", "rmse"])
def test_the_resamples_scatter_as_the_contributions_do(metric: str) -> None:
    draws = bootstrap_correlations(PREDICTED, GOLD, seed=1).draws[metric]
    expected = correlation_contributions(PREDICTED, GOLD)[metric].std() / np.sqrt(300)
    assert draws.std() == pytest.approx(expected, rel=0.1)
    assert len(draws) == 2000


def test_a_resample_is_ranked_anew() -> None:
    rows = np.random.default_rng(3).integers(0, 300, (4, 300))
    found = bootstrap_correlations(PREDICTED, GOLD, resamples=4, seed=3).draws["spearman"]
    assert found == pytest.approx([spearmanr(PREDICTED[row], GOLD[row]).statistic for row in rows], abs=1e-12)

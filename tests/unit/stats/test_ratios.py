"""Ratios of sums over rows: the same as scoring every resample, and contributions whose mean is the metric."""

import numpy as np
import pytest

from wenmai.stats.bootstrap import resampled_rows
from wenmai.stats.ratios import bootstrap_ratios, ratio_contributions, ratio_values

RNG = np.random.default_rng(0)
UNDER = RNG.integers(0, 6, 40).astype(float)
OVER = np.minimum(UNDER, RNG.integers(0, 6, 40))
METRICS = {"share": (OVER, UNDER), "nothing": (np.zeros(40), np.zeros(40))}
CLASSES = (OVER[:, None], UNDER[:, None], UNDER[:, None] + 1)


def test_a_resample_is_the_ratio_of_its_rows():
    found = bootstrap_ratios(METRICS, CLASSES, resamples=50, seed=3)
    rows = np.concatenate(list(resampled_rows(40, 50, 3)))
    np.testing.assert_allclose(found.draws["share"], OVER[rows].sum(1) / UNDER[rows].sum(1))
    assert found.points == {"share": OVER.sum() / UNDER.sum()}
    assert (found.rows, found.seed) == (40, 3)
    (one,) = found.classes
    assert (one.support, one.predicted) == (UNDER.sum(), UNDER.sum() + 40)
    assert one.precision.value == pytest.approx(OVER.sum() / (UNDER.sum() + 40))
    assert one.recall.low < one.recall.value < one.recall.high


def test_large_counts_stay_exact():
    metrics = {"share": (np.array([2.0**25 + 1, 1.0]), np.array([2.0**25 + 1, 1.0]))}
    none = np.zeros((2, 0))
    assert set(bootstrap_ratios(metrics, (none, none, none), resamples=20).draws["share"]) == {1.0}


def test_without_a_denominator_a_resample_says_what_the_rows_say():
    metrics = {"share": (np.array([1.0, 0.0]), np.array([2.0, 0.0]))}
    none = np.zeros((2, 0))
    assert set(bootstrap_ratios(metrics, (none, none, none), resamples=30).draws["share"]) == {0.5}


def test_contributions_have_the_metric_as_their_mean_and_its_spread():
    found = ratio_contributions(METRICS)
    assert set(found) == {"share"}
    assert found["share"].mean() == pytest.approx(ratio_values(METRICS)["share"])
    spread = found["share"].std() / np.sqrt(40)
    drawn = bootstrap_ratios(METRICS, CLASSES, seed=1).draws["share"].std()
    assert spread == pytest.approx(drawn, rel=0.15)

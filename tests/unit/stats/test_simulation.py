"""Shown honest by simulation: 95 % intervals cover in 93-97 %, and of ten equal models none wins by chance."""

from __future__ import annotations

import numpy as np
import pytest

from wenmai.metrics.labels import classification_metrics
from wenmai.stats.components import components
from wenmai.stats.simulation import World, coverage, false_winners

UNEQUAL = (0.90, 0.88, 0.85, 0.82)
EQUAL = (0.85,) * 10
DEVIATIONS = (0.0, 0.01, 0.02)


def holds(world: World, metric: str = "accuracy", simulations: int = 1000) -> None:
    found = coverage(world, metric, simulations=simulations)
    assert 0.93 <= found.values <= 0.97
    assert 0.93 <= found.differences <= 0.97


@pytest.mark.parametrize("deviation", DEVIATIONS)
@pytest.mark.parametrize("rows", [500, 2000])
def test_intervals_cover(rows: int, deviation: float) -> None:
    holds(World(accuracies=UNEQUAL, rows=rows, seed_deviation=deviation))


@pytest.mark.slow
@pytest.mark.parametrize("deviation", DEVIATIONS)
@pytest.mark.parametrize("rows", [1000, 5000, 10_000])
def test_intervals_cover_on_more_rows(rows: int, deviation: float) -> None:
    holds(World(accuracies=UNEQUAL, rows=rows, seed_deviation=deviation))


def test_intervals_cover_where_seeds_scatter_unequally() -> None:
    holds(World(accuracies=UNEQUAL, rows=1000, seed_deviation=(0.0, 0.005, 0.01, 0.03)))


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["macro_f1", "log_loss"])
@pytest.mark.parametrize("deviation", DEVIATIONS)
def test_intervals_of_other_metrics_cover(metric: str, deviation: float) -> None:
    holds(World(accuracies=UNEQUAL, rows=500, seed_deviation=deviation), metric)


@pytest.mark.parametrize(("alike", "own"), [(0.9, 0.05), (0.0, 0.85)])
def test_none_of_ten_equal_models_wins(alike: float, own: float) -> None:
    """A single winner is never named by chance, and all ten stay in 95 % of the cases (5 % and two standard errors)."""
    found = false_winners(World(accuracies=EQUAL, rows=500, alike=alike, own=own), draws=500)
    assert found.alone <= 0.05
    assert found.left_out <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.slow
@pytest.mark.parametrize("deviation", DEVIATIONS)
@pytest.mark.parametrize("rows", [500, 5000])
@pytest.mark.parametrize(("alike", "own"), [(0.9, 0.05), (0.6, 0.3), (0.0, 0.85)])
def test_none_of_ten_equal_models_wins_in_other_worlds(rows: int, deviation: float, alike: float, own: float) -> None:
    world = World(accuracies=EQUAL, rows=rows, seed_deviation=deviation, alike=alike, own=own)
    found = false_winners(world, draws=500)
    assert found.alone <= 0.05
    assert found.left_out <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.slow
@pytest.mark.parametrize("rows", [500, 2000, 5000])
def test_none_of_ten_equal_models_wins_where_seeds_scatter_unequally(rows: int) -> None:
    world = World(accuracies=EQUAL, rows=rows, seed_deviation=(0.0,) * 5 + (0.005, 0.01, 0.02, 0.02, 0.03))
    found = false_winners(world, draws=500)
    assert found.alone <= 0.05
    assert found.left_out <= 0.06 + 2 * np.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "log_loss"])
def test_the_truth_is_what_many_rows_and_seeds_show(metric: str) -> None:
    world = World(accuracies=(0.9, 0.75), rows=4000, seeds=60, seed_deviation=0.02)
    measured = components(world.draw(np.random.default_rng(0)), metric)
    errors = np.sqrt(np.diag(measured.row_covariance) / 4000 + measured.seed_parts)
    assert np.all(np.abs(measured.values - world.truth(metric)) < 4 * errors)
    assert np.all(errors < 0.03)


def test_worlds_are_as_correlated_as_told() -> None:
    world = World(accuracies=(0.5, 0.5), rows=50_000, alike=0.6, own=0.3, seed_deviation=0.0)
    support = world.support(np.random.default_rng(0))
    assert np.corrcoef(support[0, 0], support[1, 0])[0, 1] == pytest.approx(0.6, abs=0.02)
    assert np.corrcoef(support[0, 0], support[0, 1])[0, 1] == pytest.approx(0.9, abs=0.02)


def test_drawn_contributions_are_those_of_a_classifier() -> None:
    world = World(accuracies=(0.8,), rows=200, seeds=2)
    fits = world.draw(np.random.default_rng(1))["model 0"]
    right = world.correct(np.random.default_rng(1))[0]
    assert [fit["accuracy"].tolist() for fit in fits] == right.astype(float).tolist()
    assert set(fits[0]) == set(classification_metrics(np.array([0, 1]), np.eye(2), ["a", "b"]))


def test_an_unknown_truth_is_refused() -> None:
    with pytest.raises(ValueError, match="'auc' is not known; valid: accuracy, macro_f1, log_loss"):
        World(accuracies=(0.8,)).truth("auc")

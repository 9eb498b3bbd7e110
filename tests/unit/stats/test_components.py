from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm, t, ttest_rel

from wenmai.stats.components import (
    Components,
    components,
    components_of,
    critical_value,
    degrees_of_freedom,
    out_of_fold_components,
)
from wenmai.stats.intervals import wilson_interval
from wenmai.stats.simulation import World


@pytest.fixture(scope="module")
def measured() -> Components:
    """Two models of 85 %, one of 80 %, three seeds each; and one of 85 % with a single seed."""
    world = World(accuracies=(0.85, 0.85, 0.8, 0.85), rows=2000, seed_deviation=0.01)
    samples = list(world.correct(np.random.default_rng(0)).astype(float))
    samples[3] = samples[3][:1]
    return components_of(("a", "b", "poor", "sole"), samples, "accuracy")


def test_the_parts_of_the_variance_are_found() -> None:
    """Normal effects of known size, in which every part can be told."""
    generator = np.random.default_rng(1)
    rows, seeds = 4000, 60
    row = generator.normal(0, 0.4, rows)
    sample = 0.7 + row + generator.normal(0, 0.05, (seeds, 1)) + generator.normal(0, 0.3, (seeds, rows))
    found = components_of(["a", "b"], [sample, 0.1 + row + np.zeros((1, rows))], "log_loss")
    assert found.row_covariance[0, 0] == pytest.approx(0.16, rel=0.1)
    assert found.row_covariance[0, 1] == pytest.approx(0.16, rel=0.1)
    assert found.rest[0] == pytest.approx(0.09, rel=0.02)
    assert found.seed_variance[0] == pytest.approx(0.0025 + 0.09 / rows, rel=0.4)
    assert (found.rest[1], found.seed_variance[1]) == (0, 0)


def test_with_one_seed_a_difference_is_the_paired_t_test(measured: Components) -> None:
    generator = np.random.default_rng(2)
    first, second = generator.normal(1, 1, 300), generator.normal(1.1, 1, 300)
    found = components_of(["a", "b"], [first[None], second[None]], "log_loss").difference("a", "b")
    wanted = ttest_rel(first, second).confidence_interval()
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=0.002)


def test_where_seeds_decide_it_is_their_t_test() -> None:
    """Without any scatter of rows three seeds leave Student's t on two degrees of freedom."""
    scores = np.array([1.0, 1.3, 1.1])
    found = components_of(["a"], [np.repeat(scores[:, None], 50, axis=1)], "log_loss").estimate("a")
    half = t.ppf(0.975, 2) * scores.std(ddof=1) / np.sqrt(3)
    assert (found.low, found.high) == pytest.approx((scores.mean() - half, scores.mean() + half))


def test_seeds_widen_intervals(measured: Components) -> None:
    rows_alone = measured.estimate("sole")
    both = measured.estimate("a")
    assert both.high - both.low > 0
    difference = measured.difference("a", "poor")
    assert difference.value == pytest.approx(measured.values[0] - measured.values[2])
    assert difference.low > 0
    assert rows_alone.high - rows_alone.low == pytest.approx(2 * 1.96 * np.sqrt(0.85 * 0.15 / 2000), rel=0.1)
    assert len(measured.differences()) == 6
    assert measured.differences()["a", "poor"] == difference


def test_shares_stay_between_zero_and_one() -> None:
    few = np.zeros((3, 60))
    few[:, :1] = 1
    few[0, 1] = 1
    found = components_of(["a"], [few], "accuracy").estimate("a")
    assert 0 < found.low < found.value < found.high < 1


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_no_certainty_from_perfect_scores(value: float) -> None:
    found = components_of(["a", "b"], [np.full((2, 40), value)] * 2, "accuracy")
    assert found.estimate("a").interval == wilson_interval(value, 40)
    difference = found.difference("a", "b")
    assert difference.low < difference.value == 0 < difference.high


def test_the_best_has_the_lowest_loss(measured: Components) -> None:
    losses = [np.full((1, 5), 0.3), np.full((1, 5), 0.2)]
    assert components_of(["a", "b"], losses, "log_loss").best == "b"
    assert measured.best != "poor"


def test_the_minimum_detectable_difference_is_found_as_often_as_told() -> None:
    world = World(accuracies=(0.85, 0.85), rows=1000, seed_deviation=0.0)
    generator = np.random.default_rng(3)
    first = components_of(["a", "b"], list(world.correct(generator).astype(float)), "accuracy")
    detectable = first.minimum_detectable("a", "b")
    apart = World(accuracies=(0.85 + detectable, 0.85), rows=1000, seed_deviation=0.0)
    found = 0
    for _ in range(200):
        again = components_of(["a", "b"], list(apart.correct(generator).astype(float)), "accuracy")
        found += 0.0 not in again.difference("a", "b").interval
    assert 0.68 <= found / 200 <= 0.92


def test_as_many_rows_as_needed_detect_the_difference(measured: Components) -> None:
    detectable = measured.minimum_detectable("a", "poor")
    assert measured.rows_needed("a", "poor", detectable) == pytest.approx(2000, abs=1)
    needed = measured.rows_needed("sole", "poor", 0.05)
    assert needed is not None
    assert measured.minimum_detectable("sole", "poor", rows=needed) <= 0.05
    assert measured.minimum_detectable("sole", "poor", rows=needed - 1) > 0.0499
    assert measured.rows_needed("sole", "poor", -0.05) == needed
    less = measured.rows_needed("sole", "poor", 0.05, power=0.7)
    assert less is not None
    assert less < needed


def test_without_seeds_four_times_the_rows_halve_what_is_detectable() -> None:
    samples = World(accuracies=(0.85, 0.8), rows=1000, seeds=1).correct(np.random.default_rng(0)).astype(float)
    found = components_of(["a", "b"], list(samples), "accuracy")
    assert found.rows_needed("a", "b", found.minimum_detectable("a", "b") / 2) == pytest.approx(4000, abs=1)
    assert found.minimum_detectable("a", "b", rows=np.inf) == 0


def test_no_number_of_rows_separates_what_seeds_scatter(measured: Components) -> None:
    floor = measured.minimum_detectable("a", "b", rows=np.inf)
    assert floor > 0
    assert measured.rows_needed("a", "b", floor / 2) is None
    assert measured.rows_needed("a", "b", 0.0) is None


def test_by_default_the_measured_difference_is_to_be_found(measured: Components) -> None:
    apart = measured.difference("sole", "poor").value
    assert measured.rows_needed("sole", "poor") == measured.rows_needed("sole", "poor", apart)


def test_models_without_the_metric_take_no_part() -> None:
    fit = {"accuracy": np.array([1.0, 0.0, 1.0])}
    found = components({"a": [fit, fit], "b": [{}], "c": [fit]}, "accuracy")
    assert (found.names, found.seeds.tolist(), found.approximate) == (("a", "c"), [2, 1], False)
    with pytest.raises(ValueError, match="no model has the metric 'bleu'"):
        components({"a": [fit]}, "bleu")
    with pytest.raises(ValueError, match="no model 'd' among a, c"):
        found.estimate("d")


def test_out_of_fold_outputs_are_approximate() -> None:
    fit = {"accuracy": np.array([1.0, 0.0, 1.0])}
    assert out_of_fold_components({"a": [fit]}, "accuracy").approximate


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="the same N"):
        components_of(["a", "b"], [np.zeros((1, 3)), np.zeros((1, 4))], "accuracy")
    with pytest.raises(ValueError, match="'b' are not all finite"):
        components_of(["a", "b"], [np.zeros((1, 3)), np.full((1, 3), np.nan)], "accuracy")


@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("sides", [1, 2])
def test_critical_values_cover_whatever_the_share_of_the_seeds(seeds: int, sides: int) -> None:
    """The exact coverage, by integrating over what the seeds' variance may be estimated to be."""
    freedom = seeds - 1
    quantiles = chi2.ppf((np.arange(60) + 0.5) / 60, freedom) / freedom
    guesses = np.stack(np.meshgrid(*[quantiles] * sides), axis=-1).reshape(-1, sides)
    for share in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0):
        parts = guesses * share / sides
        freedoms = np.full(sides, float(freedom))
        degrees = degrees_of_freedom(np.array(1 - share), parts, freedoms)
        half = t.ppf(0.975, degrees) * np.sqrt(1 - share + parts.sum(axis=1))
        assert 0.94 <= np.mean(1 - 2 * norm.sf(half)) <= 0.967


def test_critical_values_are_students() -> None:
    assert critical_value(2, 0.95) == pytest.approx(4.303, abs=0.001)
    assert critical_value(1e6, 0.95) == pytest.approx(1.96, abs=0.001)

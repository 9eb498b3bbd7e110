from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import studentized_range

from wenmai.stats.components import components_of
from wenmai.stats.confidence_set import _Pairs, confidence_set
from wenmai.stats.simulation import World


def simulated(accuracies: tuple[float, ...], *, rows: int = 2000, seed: int = 0, deviation: float = 0.005):  # type: ignore[no-untyped-def]
    world = World(accuracies=accuracies, rows=rows, seed_deviation=deviation)
    names = [f"model {i}" for i in range(len(accuracies))]
    return components_of(names, list(world.correct(np.random.default_rng(seed)).astype(float)), "accuracy")


def test_the_far_worse_leave() -> None:
    found = confidence_set(simulated((0.9, 0.7, 0.9, 0.75)))
    assert found.tied == ("model 0", "model 2")
    assert found.best in found.tied
    assert found.p_values[found.best] == 1
    assert found.p_values["model 1"] <= found.p_values["model 3"] <= 0.05
    assert set(found.differences) == {f"model {i}" for i in range(4)} - {found.best}
    assert found.differences["model 1"].high < 0
    for name, difference in found.differences.items():
        wider = found.simultaneous[name]
        assert wider.low < difference.low < difference.high < wider.high
        assert wider.value == difference.value


def test_a_lower_loss_is_better() -> None:
    generator = np.random.default_rng(0)
    row = generator.normal(0, 1, 500)
    samples = [level + row + generator.normal(0, 0.3, (2, 500)) for level in (0.5, 0.2, 0.9)]
    found = confidence_set(components_of(["a", "b", "c"], samples, "log_loss"))
    assert (found.best, found.tied) == ("b", ("b",))
    assert found.differences["c"].low > 0


def test_one_model_is_its_own_set() -> None:
    found = confidence_set(simulated((0.8,)))
    assert (found.tied, found.p_values, found.differences) == (("model 0",), {"model 0": 1.0}, {})


def test_models_that_are_one_are_tied() -> None:
    sample = World(accuracies=(0.8,), rows=300).correct(np.random.default_rng(0)).astype(float)[0]
    for metric in ("accuracy", "log_loss"):
        found = confidence_set(components_of(["a", "b"], [sample[:1], sample[:1]], metric))
        assert found.tied == ("a", "b")
        assert found.differences["b"].value == 0


def test_equal_seeds_draw_the_same() -> None:
    measured = simulated((0.85, 0.84, 0.83))
    assert confidence_set(measured, seed=1) == confidence_set(measured, seed=1)
    assert confidence_set(measured, seed=1).simultaneous != confidence_set(measured, seed=2).simultaneous


def test_max_t_of_independent_models_is_the_studentized_range() -> None:
    """With one seed, many rows and models that err apart the largest difference is Tukey's range."""
    world = World(accuracies=(0.5,) * 6, rows=40_000, seeds=1, alike=0.0, own=1.0)
    samples = list(world.correct(np.random.default_rng(0)).astype(float))
    measured = components_of([str(i) for i in range(6)], samples, "accuracy")
    drawn = _Pairs(measured).drawn(20_000, np.random.default_rng(1)).max(axis=1)
    wanted = studentized_range.ppf(0.95, 6, np.inf) / np.sqrt(2)
    assert np.quantile(drawn, 0.95) == pytest.approx(wanted, rel=0.02)


def test_approximate_is_handed_on() -> None:
    sample = World(accuracies=(0.8, 0.8), rows=300).correct(np.random.default_rng(0)).astype(float)
    assert confidence_set(components_of(["a", "b"], list(sample), "accuracy", approximate=True)).approximate
    assert not confidence_set(components_of(["a", "b"], list(sample), "accuracy")).approximate

"""What the intervals and tied sets are worth, by simulation, and how long they take."""  # noqa: A005

from __future__ import annotations

import time
from itertools import product

import numpy as np

from benchmarks.record import Table
from wenmai.stats.components import components
from wenmai.stats.confidence_set import confidence_set
from wenmai.stats.contributions import label_contributions
from wenmai.stats.simulation import World, coverage, false_winners

UNEQUAL = (0.90, 0.88, 0.85, 0.82)
EQUAL = (0.85,) * 10
DEVIATIONS = (0.0, 0.01, 0.02)
ALIKE = {"0.9": (0.9, 0.05), "0.6": (0.6, 0.3), "none": (0.0, 0.85)}
UNEVEN = (0.0,) * 5 + (0.005, 0.01, 0.02, 0.02, 0.03)
METRICS = ("accuracy", "macro_f1", "log_loss")


def measure() -> Table:
    """The time of one comparison, then coverage and false winners over a grid of worlds."""
    table = Table(
        "Statistics of a comparison",
        ["what", "test rows", "between seeds", "measured", "to reach"],
        "make bench-statistics",
        "1,000 simulated data sets a row, models with 3 seeds each; how models and rows are drawn stands in "
        "`wenmai.stats.simulation`. Coverage: how often 95% intervals hold the truth, for the scores of four models of "
        "82 to 90% and for their six differences. Ten equal models: how often a single one is named the winner; and, "
        "stricter, how often any of the ten is left out of the tied set, by the correlation of what makes a row hard "
        "for two models. A share of 5% from 1,000 data sets has a standard error of 0.7 points.",
    )
    table.add(
        "10 models × 3 seeds, from probabilities: accuracy, macro F1, log loss, every difference, tied sets",
        "10,000",
        "any",
        f"{_seconds():.2f} s",
        "≤ 5 s",
    )
    for metric, rows, deviation in product(METRICS, (500, 2000, 10_000), DEVIATIONS):
        if metric != "accuracy" and rows > 500:
            continue
        world = World(accuracies=UNEQUAL, rows=rows, seed_deviation=deviation)
        found = coverage(world, metric)
        shown = f"scores {found.values:.1%}, differences {found.differences:.1%}"
        table.add(f"coverage, {metric.replace('_', ' ')}", f"{rows:,}", _points(deviation), shown, "93–97%")
    for (name, (alike, own)), rows, deviation in product(ALIKE.items(), (500, 5000), DEVIATIONS):
        world = World(accuracies=EQUAL, rows=rows, seed_deviation=deviation, alike=alike, own=own)
        chosen = false_winners(world)
        shown = f"single winner {chosen.alone:.1%}, any left out {chosen.left_out:.1%}"
        table.add(f"ten equal models, correlation {name}", f"{rows:,}", _points(deviation), shown, "single winner ≤ 5%")
    for rows in (500, 2000, 5000):
        world = World(accuracies=EQUAL, rows=rows, seed_deviation=UNEVEN)
        chosen = false_winners(world)
        shown = f"single winner {chosen.alone:.1%}, any left out {chosen.left_out:.1%}"
        table.add("ten equal models, correlation 0.6", f"{rows:,}", "0 to 3 points", shown, "single winner ≤ 5%")
    return table


def _seconds() -> float:
    """From the probabilities of 10 models × 3 seeds on 10,000 rows to all that is reported; the median of three."""
    generator = np.random.default_rng(0)
    gold = generator.integers(0, 3, 10_000)
    fits = {
        f"model {i}": [
            generator.dirichlet(np.ones(3), 10_000) * 0.6 + 0.4 * np.eye(3)[gold] * generator.random((10_000, 1))
            for _ in range(3)
        ]
        for i in range(10)
    }
    fits = {name: [one / one.sum(axis=1, keepdims=True) for one in seeds] for name, seeds in fits.items()}
    times = []
    for _ in range(3):
        began = time.perf_counter()
        contributions = {name: [label_contributions(gold, one) for one in seeds] for name, seeds in fits.items()}
        for metric in METRICS:
            measured = components(contributions, metric)
            measured.estimates()
            measured.differences()
            confidence_set(measured)
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def _points(deviation: float) -> str:
    return f"{100 * deviation:g} point{'' if deviation == 0.01 else 's'}"

"""Comparisons whose truth is known, to show what an interval or a tied set is worth.

Models answer rows that are hard or easy for all of them, harder or easier for one, and a little differently with every
seed: a row is answered rightly when the sum of these and of the seed's ability is positive, all normal.

Shapes: M models, S seeds, N rows, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.core.config import Config
from wenmai.stats.components import components, components_of
from wenmai.stats.confidence_set import confidence_set
from wenmai.stats.contributions import label_contributions

Floats = NDArray[np.float64]

SHARPNESS = 2.0
"""How quickly confidence grows with what speaks for the truth."""


class World(Config):
    """How models and rows are drawn.

    Attributes:
        accuracies: [M] the true accuracy of each model, over all seeds.
        seeds: S.
        rows: N.
        seed_deviation: standard deviation of the true accuracy between seeds, of all models or of each [M]; 0.01 is one
            point.
        alike: share of the variance that all models share; the correlation of two models on a row.
        own: share that the seeds of one model share; the remainder is each fit's.
        class_shares: [C] how frequent the classes are.
    """

    accuracies: tuple[float, ...]
    seeds: int = 3
    rows: int = 1000
    seed_deviation: float | tuple[float, ...] = 0.01
    alike: float = 0.6
    own: float = 0.3
    class_shares: tuple[float, ...] = (0.5, 0.3, 0.2)

    @property
    def _deviations(self) -> Floats:
        return np.broadcast_to(np.array(self.seed_deviation, dtype=np.float64), len(self.accuracies))[:, None]

    def correct(self, generator: np.random.Generator) -> NDArray[np.bool_]:
        """Which rows each fit answers rightly: [M, S, N]."""
        return self.support(generator) > 0

    def support(self, generator: np.random.Generator) -> NDArray[np.float32]:
        """What speaks for the truth, with unit variance over rows: [M, S, N]."""
        from scipy.special import ndtri

        models = len(self.accuracies)
        normal = generator.standard_normal
        abilities = np.array(self.accuracies)[:, None] + self._deviations * normal((models, self.seeds))
        centre = ndtri(np.clip(abilities, 1e-6, 1 - 1e-6)).astype(np.float32)
        rest = np.float32(max(0.0, 1 - self.alike - self.own) ** 0.5)
        support = normal((models, self.seeds, self.rows), dtype=np.float32)
        support *= rest
        shared = normal((models, 1, self.rows), dtype=np.float32) * np.float32(self.own**0.5)
        shared += normal(self.rows, dtype=np.float32) * np.float32(self.alike**0.5)
        support += shared
        support += centre[:, :, None]
        return support

    def draw(self, generator: np.random.Generator) -> dict[str, list[dict[str, Floats]]]:
        """Contributions of every fit, as `wenmai.stats.components.components` takes them."""
        classes = len(self.class_shares)
        support = self.support(generator)
        gold = generator.choice(classes, self.rows, p=self.class_shares)
        # A wrong answer is any other class; which one is the row's own, so that models err alike.
        other = (gold + generator.integers(1, classes, self.rows)) % classes
        found: dict[str, list[dict[str, Floats]]] = {}
        for i, fits in enumerate(support):
            found[f"model {i}"] = [label_contributions(gold, self._probabilities(fit, gold, other)) for fit in fits]
        return found

    def _probabilities(self, support: NDArray[np.float32], gold: NDArray[Any], other: NDArray[Any]) -> Floats:
        truth = 1 / (1 + np.exp(-SHARPNESS * support.astype(np.float64)))
        probabilities = np.zeros((self.rows, len(self.class_shares)))
        every = np.arange(self.rows)
        probabilities[every, gold] = truth
        probabilities[every, other] = 1 - truth
        return probabilities

    def truth(self, metric: str) -> Floats:
        """The true value [M] of ``accuracy``, ``macro_f1`` or ``log_loss``: over all seeds and all rows."""
        from scipy.special import ndtri

        nodes, weights = np.polynomial.hermite_e.hermegauss(40)
        weights = weights / weights.sum()
        abilities = np.clip(np.array(self.accuracies)[:, None] + self._deviations * nodes, 1e-6, 1 - 1e-6)
        of_seeds: Floats = abilities  # [M, nodes], the metric at each of the seeds that stand for all
        if metric == "macro_f1":
            shares, right = np.array(self.class_shares), abilities[..., None]
            said = right * shares + (1 - right) * (1 - shares) / (len(shares) - 1)
            of_seeds = (2 * right * shares / (shares + said)).mean(axis=2)
        elif metric == "log_loss":
            support = ndtri(abilities)[..., None] + nodes
            of_seeds = np.logaddexp(0.0, -SHARPNESS * support) @ weights
        elif metric != "accuracy":
            raise ValueError(f"the truth of {metric!r} is not known; valid: accuracy, macro_f1, log_loss")
        truth: Floats = of_seeds @ weights
        return truth


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often intervals hold the truth: shares between 0 and 1."""

    values: float
    differences: float


@dataclass(frozen=True, slots=True)
class FalseWinners:
    """Among equal models: how often one is named the winner alone, and how often any is left out; shares."""

    alone: float
    left_out: float


def coverage(world: World, metric: str = "accuracy", *, simulations: int = 1000, seed: int = 0) -> Coverage:
    """How often 95 % intervals hold the true values and differences of simulated models."""
    generator = np.random.default_rng(seed)
    truth = world.truth(metric)
    names = [f"model {i}" for i in range(len(truth))]
    apart = {(a, b): truth[i] - truth[j] for i, a in enumerate(names) for j, b in enumerate(names) if i < j}
    values = differences = 0
    for _ in range(simulations):
        if metric == "accuracy":
            measured = components_of(names, list(world.correct(generator).astype(np.float64)), metric)
        else:
            measured = components(world.draw(generator), metric)
        values += sum(truth[i] in one.interval for i, one in enumerate(measured.estimates().values()))
        differences += sum(apart[pair] in one.interval for pair, one in measured.differences().items())
    return Coverage(values / simulations / len(names), differences / simulations / max(1, len(apart)))


def false_winners(world: World, *, simulations: int = 1000, draws: int = 1000, seed: int = 0) -> FalseWinners:
    """How often the tied set by accuracy names a single winner, or leaves a model out, among equal models."""
    generator = np.random.default_rng(seed)
    names = [f"model {i}" for i in range(len(world.accuracies))]
    alone = left_out = 0
    for i in range(simulations):
        measured = components_of(names, list(world.correct(generator).astype(np.float64)), "accuracy")
        tied = confidence_set(measured, draws=draws, seed=i).tied
        alone += len(tied) == 1
        left_out += len(tied) < len(names)
    return FalseWinners(alone / simulations, left_out / simulations)

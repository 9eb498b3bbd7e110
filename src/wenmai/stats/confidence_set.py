"""Which models may be the best: the model confidence set of Hansen, Lunde and Nason (Econometrica 2011).

All pairs of the models that are still in are compared. When the largest difference, in standard errors, is larger than
chance would make it were all of them equal (the max-t distribution), the loser of that pair leaves, and the rest is
looked at anew. **Controlled**: the probability that any model that truly is (one of) the best leaves is 5 %. So of ten
equal models all ten stay in 95 % of the cases, and a single one is hardly ever named the winner by chance. In
simulations any of the ten is left out in 2.5 to 5.5 % of the cases and a single winner named in fewer than 1 %
(docs/statistics.md).

The max-t distribution is drawn with the covariance of the models over rows that was measured. Three seeds know their
variance badly: each draw has a true one, from what the measured one leaves possible, and an estimate of that.

Shapes: M models, P = M (M - 1) / 2 pairs, D draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.stats.components import Components, degrees_of_freedom
from wenmai.stats.intervals import Estimate

Floats = NDArray[np.float64]

DRAWS = 4000


@dataclass(frozen=True, slots=True)
class ConfidenceSet:
    """The models that may be the best by one metric.

    Attributes:
        metric: what was compared.
        best: the model with the best score.
        tied: those that may be as good, in the order of the models; the best among them.
        p_values: model → the smallest error level at which it would have to leave; 1 for the best.
        differences: every other model → its score minus the best's, with the interval of that pair alone.
        simultaneous: the same with intervals that hold for all pairs at once, wider.
        approximate: whether the rows are not independent, see `Components`.
    """

    metric: str
    best: str
    tied: tuple[str, ...]
    p_values: Mapping[str, float]
    differences: Mapping[str, Estimate]
    simultaneous: Mapping[str, Estimate]
    approximate: bool


def confidence_set(components: Components, *, draws: int = DRAWS, seed: int = 0) -> ConfidenceSet:
    """The tied set at the level of the components' intervals.

    Args:
        components: the models and the parts of their variance.
        draws: D, of the max-t distribution.
        seed: decides the draws.
    """
    names, best = components.names, components.best
    others = [name for name in names if name != best]
    pairs = _Pairs(components)
    drawn = pairs.drawn(draws, np.random.default_rng(seed))
    observed = pairs.scores(components.sign * components.values, components.seed_parts)
    p_values = _eliminate(len(names), pairs, observed, drawn)
    tied = tuple(name for name, p in zip(names, p_values, strict=True) if p > 1 - components.level)
    limit = float(np.quantile(drawn.max(axis=1), components.level)) if others else 0.0
    return ConfidenceSet(
        metric=components.metric,
        best=best,
        tied=tied,
        p_values=dict(zip(names, map(float, p_values), strict=True)),
        differences={name: components.difference(name, best) for name in others},
        simultaneous={name: pairs.interval(name, best, limit) for name in others},
        approximate=components.approximate,
    )


class _Pairs:
    """All pairs of models, and their differences in normal scores."""

    def __init__(self, components: Components) -> None:
        self.components = components
        self.first, self.second = np.triu_indices(len(components.names), k=1)
        self.known = components.pair_variances()[self.first, self.second]
        self.freedoms = np.maximum(components.seeds - 1, 1).astype(np.float64)

    def scores(self, values: Floats, seed_parts: Floats) -> Floats:
        """Differences [..., P] of values [..., M] in normal scores, given the seeds' variances [..., M]."""
        parts = np.stack([seed_parts[..., self.first], seed_parts[..., self.second]])
        freedom = self._degrees(parts)
        variance = self.known + parts.sum(axis=0)
        apart = values[..., self.first] - values[..., self.second]
        # No variance, no difference: two models that are one.
        t = np.divide(apart, np.sqrt(variance), out=np.zeros(apart.shape), where=variance > 0)
        scores: Floats = np.sign(t) * _factor(freedom) * np.sqrt(freedom * np.log1p(np.square(t) / freedom))
        return scores

    def drawn(self, draws: int, generator: np.random.Generator) -> Floats:
        """Absolute normal scores [D, P] of models that are equal."""
        components = self.components
        models = len(components.names)
        eigenvalues, vectors = np.linalg.eigh(components.row_covariance / components.rows)
        root = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
        degrees = self.freedoms
        parts = components.seed_parts * degrees / generator.chisquare(degrees, (draws, models))
        values = generator.standard_normal((draws, models)) @ root.T
        values += generator.standard_normal((draws, models)) * np.sqrt(parts)
        guessed = parts * generator.chisquare(degrees, (draws, models)) / degrees
        return np.abs(self.scores(values, guessed))

    def interval(self, name: str, best: str, limit: float) -> Estimate:
        """The difference of a model from the best, with as wide an interval as the normal score ``limit`` says."""
        components = self.components
        i, j = components.names.index(name), components.names.index(best)
        known = float(components.pair_variances()[i, j])
        parts = components.seed_parts[[i, j]]
        freedom = degrees_of_freedom(known, parts, self.freedoms[[i, j]])
        t = float(np.sqrt(freedom * np.expm1(np.square(limit / _factor(freedom)) / freedom)))
        value = float(components.values[i] - components.values[j])
        half = t * float(np.sqrt(known + parts.sum()))
        return Estimate(value=value, low=value - half, high=value + half, level=components.level)

    def _degrees(self, parts: Floats) -> Floats:
        """`degrees_of_freedom` [..., P] of two parts [2, ..., P], without stacking a third axis at the end."""
        sums = parts[0] + parts[1]
        squares = np.square(parts[0]) / self.freedoms[self.first] + np.square(parts[1]) / self.freedoms[self.second]
        bound = squares > 1e-6 * sums * (self.known + sums)
        freedom: Floats = np.divide(sums * (self.known + sums), squares, out=np.full(sums.shape, 1e6), where=bound)
        return freedom


def _eliminate(models: int, pairs: _Pairs, observed: Floats, drawn: Floats) -> Floats:
    """The p-value [M] of each model, from normal scores [P] that were seen and [D, P] of equal models."""
    p_values = np.ones(models)
    staying = np.ones(models, dtype=bool)
    p = 0.0
    for _ in range(models - 1):
        left = np.flatnonzero(staying[pairs.first] & staying[pairs.second])
        pair = left[np.argmax(np.abs(observed[left]))]
        extreme = np.count_nonzero(drawn[:, left].max(axis=1) >= abs(observed[pair]))
        # A model cannot be easier to leave out than one that left before it.
        p = max(p, (1 + extreme) / (1 + len(drawn)))
        loser = pairs.second[pair] if observed[pair] >= 0 else pairs.first[pair]
        p_values[loser] = p
        staying[loser] = False
    return p_values


def _factor(freedom: Floats) -> Floats:
    """Wallace's factor (1959): makes a normal score of sqrt(f ln(1 + t² / f)).

    Pairs with few degrees of freedom have longer tails; on the scale of normal scores all count alike.
    """
    factor: Floats = (8 * freedom + 1) / (8 * freedom + 3)
    return factor

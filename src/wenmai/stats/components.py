"""How sure the scores of several models are: the test rows are a sample, and so are the seeds.

A score is a mean over the rows of the test set and the seeds of the fit. Another test set gives another number, and so
does another seed. For one model with contributions x[s, n] of seed s and row n (two crossed random effects; Searle,
Casella and McCulloch 1992, chapter 4)::

    x[s, n] = score + seed[s] + row[n] + rest[s, n]
    variance of the mean = var(row) / N  +  (var(seed) + var(rest) / N) / S

The second term is what the S seeds' own scores show when they are compared with each other, on S - 1 degrees of
freedom. The first is what the rows show, less ``rest``, which the second has already. N is large, so the first counts
as known. Differences of two models are paired over rows; their seeds are independent, so each brings its second term.

A model with one seed has no second term: its interval speaks of that very fit, not of the recipe.

Shapes: M models, S seeds of one model, N rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.stats.bootstrap import Bootstrap
from wenmai.stats.intervals import Estimate, wilson_interval
from wenmai.stats.ties import LOWER_IS_BETTER

Floats = NDArray[np.float64]

UNBOUNDED = frozenset({"log_loss", "spearman", "pearson", "rmse"})
"""Metrics that are no shares between 0 and 1."""


@dataclass(frozen=True)
class Components:
    """The scores of M models by one metric, and the parts of their variance.

    Attributes:
        metric: what was measured.
        names: M models.
        rows: N.
        seeds: [M] fits of each model.
        values: [M] mean over rows and seeds.
        row_covariance: [M, M] of the row effects of two models, for one row.
        rest: [M] variance of what is particular to a row and a seed; 0 with one seed.
        seed_variance: [M] variance of the seeds' own scores; 0 with one seed.
        level: the confidence of the intervals.
        approximate: whether rows are not independent, as in cross-validation, so that intervals tend to be narrow.
    """

    metric: str
    names: tuple[str, ...]
    rows: int
    seeds: NDArray[np.int64]
    values: Floats
    row_covariance: Floats
    rest: Floats
    seed_variance: Floats
    level: float
    approximate: bool

    @property
    def sign(self) -> int:
        """1 when larger is better, -1 when lower is."""
        return -1 if self.metric in LOWER_IS_BETTER else 1

    @property
    def seed_parts(self) -> Floats:
        """[M] the part of the variance of each score that seeds bring."""
        return self.seed_variance / self.seeds

    @property
    def best(self) -> str:
        """The model with the best score."""
        return self.names[int(np.argmax(self.sign * self.values))]

    def estimate(self, name: str) -> Estimate:
        """The score of a model. For shares the interval is made on the logit scale, so that none leaves (0, 1)."""
        from scipy.special import expit, logit

        i = self._index(name)
        value, known, part = float(self.values[i]), float(self.row_covariance[i, i]) / self.rows, self.seed_parts[i]
        freedom = degrees_of_freedom(known, np.array([part]), self._freedoms[[i]])
        half = critical_value(freedom, self.level) * float(np.sqrt(known + part))
        if self.metric in UNBOUNDED:
            return self._stated(value, value - half, value + half)
        if not 1e-9 < value < 1 - 1e-9:
            rounded = float(round(value))
            interval = wilson_interval(rounded, self.rows, self.level)
            return self._stated(rounded, interval.low, interval.high)
        centre, shift = logit(value), half / (value * (1 - value))
        low, high = min(float(expit(centre - shift)), value), max(float(expit(centre + shift)), value)
        return self._stated(value, low, high)

    def estimates(self) -> dict[str, Estimate]:
        """The scores of all models."""
        return {name: self.estimate(name) for name in self.names}

    def difference(self, first: str, second: str) -> Estimate:
        """``first`` minus ``second`` over the same rows."""
        i, j = self._index(first), self._index(second)
        known, parts = self._pair(i, j)
        freedom = degrees_of_freedom(known, parts, self._freedoms[[i, j]])
        half = critical_value(freedom, self.level) * float(np.sqrt(known + parts.sum()))
        value = float(self.values[i] - self.values[j])
        return self._stated(value, value - half, value + half)

    def differences(self) -> dict[tuple[str, str], Estimate]:
        """Every pair once, the earlier model minus the later."""
        pairs = [(a, b) for i, a in enumerate(self.names) for b in self.names[i + 1 :]]
        return {pair: self.difference(*pair) for pair in pairs}

    def minimum_detectable(self, first: str, second: str, *, power: float = 0.8, rows: float | None = None) -> float:
        """The smallest true difference that the interval of these two would set apart from zero with this power.

        By the usual sum of the two critical values times the standard error (Bloom 1995).

        Args:
            first, second: two models.
            power: how often it is to be found.
            rows: of a test set like this one; of this one by default. Infinity leaves the seeds alone.
        """
        i, j = self._index(first), self._index(second)
        known, parts = self._pair(i, j, self.rows if rows is None else rows)
        freedom = degrees_of_freedom(known, parts, self._freedoms[[i, j]])
        factor = critical_value(freedom, self.level) + critical_value(freedom, 2 * power - 1)
        return factor * float(np.sqrt(known + parts.sum()))

    def rows_needed(
        self, first: str, second: str, difference: float | None = None, *, power: float = 0.8
    ) -> int | None:
        """About how many test rows in all would separate two models, with these seeds.

        Args:
            first, second: two models.
            difference: the true difference to be found; the measured one by default.
            power: how often it is to be found.

        Returns:
            Never fewer than 1; None when no number of rows would do, because there is no difference or the seeds
            alone scatter too widely.
        """
        if difference is None:
            difference = float(self.values[self._index(first)] - self.values[self._index(second)])
        wanted = abs(difference)
        if wanted == 0 or self.minimum_detectable(first, second, power=power, rows=np.inf) >= wanted:
            return None
        high = 1.0
        while self.minimum_detectable(first, second, power=power, rows=high) > wanted:
            high *= 2
        low = high / 2
        while high - low > 0.5:
            middle = (low + high) / 2
            found = self.minimum_detectable(first, second, power=power, rows=middle) <= wanted
            low, high = (low, middle) if found else (middle, high)
            if high - low < 1e-6 * high:
                break
        return int(np.ceil(high))

    def pair_variances(self) -> Floats:
        """[M, M] the part of the variance of each difference that rows bring."""
        own = np.diag(self.row_covariance)
        apart = np.maximum(0.0, own[:, None] + own[None, :] - 2 * self.row_covariance) / self.rows
        # Two models that agree on all rows are not known to agree on all others: one row at least parts them.
        found: Floats = np.maximum(apart, 0.0 if self.metric in UNBOUNDED else self.rows**-2.0)
        return found

    @property
    def _freedoms(self) -> Floats:
        return np.maximum(self.seeds - 1, 1).astype(np.float64)

    def _stated(self, value: float, low: float, high: float) -> Estimate:
        return Estimate(value=value, low=low, high=high, level=self.level, approximate=self.approximate)

    def _index(self, name: str) -> int:
        if name not in self.names:
            raise ValueError(f"no model {name!r} among {', '.join(self.names)}")
        return self.names.index(name)

    def _pair(self, i: int, j: int, rows: float | None = None) -> tuple[float, Floats]:
        """What rows bring to the variance of a difference, and what the seeds of each side do."""
        known, parts = float(self.pair_variances()[i, j]), self.seed_parts[[i, j]]
        if rows is None or rows == self.rows:
            return known, parts
        # With more rows, what is particular to a row and a seed shrinks with what is particular to a row.
        rest = self.rest[[i, j]] / self.seeds[[i, j]]
        lasting = np.maximum(0.0, parts - rest / self.rows)
        return known * self.rows / rows, lasting + rest / rows


def components(
    contributions: Mapping[str, Sequence[Mapping[str, Floats]]],
    metric: str,
    *,
    level: float = 0.95,
    approximate: bool = False,
) -> Components:
    """The parts of the variance of one metric over several models.

    Args:
        contributions: model → one mapping for each seed, from `label_contributions` or `label_set_contributions`.
        metric: models without it take no part.
        level: the confidence of the intervals.
        approximate: see `out_of_fold_components`.

    Raises:
        ValueError: when no model has the metric, or the models did not see the same rows.
    """
    having = {name: fits for name, fits in contributions.items() if fits and all(metric in fit for fit in fits)}
    if not having:
        raise ValueError(f"no model has the metric {metric!r}")
    samples = [np.stack([fit[metric] for fit in fits]) for fits in having.values()]
    return components_of(tuple(having), samples, metric, level=level, approximate=approximate)


def out_of_fold_components(
    contributions: Mapping[str, Sequence[Mapping[str, Floats]]], metric: str, *, level: float = 0.95
) -> Components:
    """As `components`, from out-of-fold outputs: every row scored by the fit of the fold that did not learn from it.

    The result says that it is approximate. Rows of one fold share a fit and the fits share training rows, so the rows
    are not independent and there is no unbiased estimate of the variance (Bengio and Grandvalet 2004); these intervals
    tend to be too narrow, and what they measure is a fit on fewer rows than the model that is shipped.
    """
    return components(contributions, metric, level=level, approximate=True)


def components_of(
    names: Sequence[str], samples: Sequence[Floats], metric: str, *, level: float = 0.95, approximate: bool = False
) -> Components:
    """As `components`, from arrays [S, N], one for each model; S may differ, N may not.

    Raises:
        ValueError: when the shapes do not fit each other, or a contribution is no finite number.
    """
    shapes = [sample.shape for sample in samples]
    rows = shapes[0][1]
    if any(len(shape) != 2 or shape[1] != rows or shape[0] < 1 for shape in shapes) or rows < 2:
        raise ValueError(f"models need contributions [S, N] to the same N >= 2 rows, found the shapes {shapes}")
    means = np.stack([sample.mean(axis=0) for sample in samples])
    values = means.mean(axis=1)
    if not np.all(np.isfinite(values)):
        raise ValueError(f"the contributions of {names[int(np.argmin(np.isfinite(values)))]!r} are not all finite")
    seeds = np.array([len(sample) for sample in samples])
    rest, between = np.zeros(len(samples)), np.zeros(len(samples))
    for i, sample in enumerate(samples):
        if seeds[i] > 1:
            between[i] = sample.mean(axis=1).var(ddof=1)
            within = float(np.square(sample - means[i]).sum()) - rows * (seeds[i] - 1) * between[i]
            rest[i] = max(0.0, within) / ((seeds[i] - 1) * (rows - 1))
    centred = means - values[:, None]
    covariance = centred @ centred.T / (rows - 1)
    np.fill_diagonal(covariance, np.maximum(0.0, np.diag(covariance) - rest / seeds))
    return Components(metric, tuple(names), rows, seeds, values, covariance, rest, between, level, approximate)


def resampled_estimate(bootstraps: Sequence[Bootstrap], metric: str, *, approximate: bool = False) -> Estimate:
    """The mean over S seeds of a metric that is no mean over rows, such as an AUC, from one bootstrap for each seed.

    With one seed the bootstrap's own interval. With several, the variance of the mean of the paired resamples and that
    between seeds, with a small-sample t. The first holds a part of the second, so that the interval is rather wide.
    """
    if len(bootstraps) == 1:
        return bootstraps[0].estimates()[metric].but(approximate=approximate)
    values = np.array([one.points[metric] for one in bootstraps])
    known = float(np.mean([one.draws[metric] for one in bootstraps], axis=0).var())
    part = float(values.var(ddof=1)) / len(values)
    freedom = degrees_of_freedom(known, np.array([part]), np.array([len(values) - 1.0]))
    level, value = bootstraps[0].level, float(values.mean())
    half = critical_value(freedom, level) * float(np.sqrt(known + part))
    low, high = (
        (value - half, value + half) if metric in UNBOUNDED else (max(value - half, 0.0), min(value + half, 1.0))
    )
    return Estimate(value=value, low=min(low, value), high=max(high, value), level=level, approximate=approximate)


def degrees_of_freedom(known: Floats | float, parts: Floats, freedoms: Floats) -> Floats:
    """The degrees of freedom of a variance with a known part and estimated parts [..., P] on few degrees each.

    The estimated parts are joined by Satterthwaite's rule (1946). Their share of the whole is estimated too, from the
    same few seeds, and by his rule intervals cover as little as 92 % with three seeds: by chance the seeds agree, the
    share looks small and the normal distribution's critical value is taken. Dividing by the share instead of its square
    covers between 94 and 96.5 %, whatever the share (docs/statistics.md).

    Args:
        known: [...] the known part.
        parts: [..., P] estimates of the others.
        freedoms: [P] degrees of freedom of each.

    Returns:
        [...] at most 1e6, which is as good as infinite.
    """
    sums = parts.sum(axis=-1)
    squares = np.square(parts) @ (1 / freedoms)
    # sums**2 / squares is Satterthwaite's rule, (known + sums) / sums one by the share.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        freedom = sums * (known + sums) / squares
    found: Floats = np.where(np.isfinite(freedom), np.minimum(freedom, 1e6), 1e6)
    return found


def critical_value(freedom: Floats | float, level: float) -> float:
    """Within how many standard errors Student's t lies with probability ``level``, two-sided."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))

"""How well predicted numbers agree with true ones: Pearson's and Spearman's correlations, with rows resampled.

Spearman's is Pearson's of the ranks, equal values sharing the mean of theirs; when rows are resampled the ranks are
taken anew. Where one side is constant nothing can agree, and the correlation counts as 0.

The influence of a row (the infinitesimal jackknife, Efron 1982) is that of a ratio of moments, r = A / √(B·C). Where
they are of ranks, a row moves them by its own ranks and by those of the rows above it (Croux and Dehon 2010, "Influence
functions of the Spearman and Kendall correlation measures", Statistical Methods and Applications 19).

Letters of the shapes: N rows, R resamples, B resamples of a block.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wenmai.stats.bootstrap import RESAMPLES, Bootstrap, resampled_rows

Floats = NDArray[np.float64]


def correlation_contributions(predicted: Floats, gold: Floats) -> dict[str, Floats]:
    """What each row [N] contributes to ``pearson``, ``spearman`` and ``rmse``; the mean is the metric itself."""
    errors = np.square(predicted - gold)
    rmse = float(np.sqrt(errors.mean()))
    # The root of a mean: to the first order a row moves it by what it moves the mean, over twice the root.
    spread = errors - errors.mean()
    moved = spread / (2 * rmse) if rmse > 0 else np.zeros(len(errors))
    return {
        "pearson": _pearson_contributions(predicted, gold),
        "spearman": _spearman_contributions(predicted, gold),
        "rmse": rmse + moved,
    }


def bootstrap_correlations(
    predicted: Floats, gold: Floats, *, resamples: int = RESAMPLES, seed: int = 0, level: float = 0.95
) -> Bootstrap:
    """The correlations and the root of the mean squared error, on the rows and on resamples of them.

    Args:
        predicted: [N]; gold: [N].
        resamples: R.
        seed: decides the resamples; give every rung the same.
        level: the confidence of the intervals.
    """
    rows = len(gold)
    points = {name: float(values[0]) for name, values in _scores(predicted, gold, np.arange(rows)[None, :]).items()}
    drawn: dict[str, list[Floats]] = {name: [] for name in points}
    for chosen in resampled_rows(rows, resamples, seed):
        for name, values in _scores(predicted, gold, chosen).items():
            drawn[name].append(values)
    draws = {name: np.concatenate(parts) for name, parts in drawn.items()}
    return Bootstrap(rows, seed, level, points, draws, ())


def correlation_scores(predicted: Floats, gold: Floats) -> dict[str, float]:
    """``pearson``, ``spearman`` and ``rmse`` of predictions [N] against truths [N]."""
    return {name: float(v[0]) for name, v in _scores(predicted, gold, np.arange(len(gold))[None, :]).items()}


def _scores(predicted: Floats, gold: Floats, chosen: NDArray[np.int64]) -> Mapping[str, Floats]:
    """Each metric [B] of the chosen rows [B, N]."""
    ranked = _resampled_ranks(predicted, chosen), _resampled_ranks(gold, chosen)
    squares: Floats = np.square(predicted - gold)[chosen].mean(axis=1)
    return {
        "pearson": _correlations(predicted[chosen], gold[chosen]),
        "spearman": _correlations(*ranked),
        "rmse": np.sqrt(squares),
    }


def _correlations(first: Floats, second: Floats) -> Floats:
    """Pearson's correlation of each row of two arrays [B, N]; 0 where one side is constant."""
    first, second = _centred(first), _centred(second)
    scale = np.sqrt(np.einsum("bn,bn->b", first, first) * np.einsum("bn,bn->b", second, second))
    found: Floats = np.zeros(len(first))
    np.divide(np.einsum("bn,bn->b", first, second), scale, out=found, where=scale > 0)
    return np.clip(found, -1.0, 1.0)


def _centred(values: Floats) -> Floats:
    """Values [..., N] less their mean; of a constant exactly 0, because its first value is taken away before."""
    shifted = values - values[..., :1]
    centred: Floats = shifted - shifted.mean(axis=-1, keepdims=True)
    return centred


def _resampled_ranks(values: Floats, chosen: NDArray[np.int64]) -> Floats:
    """The midranks [B, N], as shares of N, of the chosen rows among themselves."""
    distinct, place = np.unique(values, return_inverse=True)
    blocks, rows = chosen.shape
    places = place[chosen]
    offsets = np.arange(blocks)[:, None] * len(distinct)
    counts = np.bincount((places + offsets).ravel(), minlength=blocks * len(distinct)).reshape(blocks, -1)
    middle = (np.cumsum(counts, axis=1) - counts / 2) / rows
    ranks: Floats = np.take_along_axis(middle, places, axis=1)
    return ranks


def _pearson_contributions(predicted: Floats, gold: Floats) -> Floats:
    first, second = _centred(predicted), _centred(gold)
    return _ratio(first * second, np.square(first), np.square(second))


def _spearman_contributions(predicted: Floats, gold: Floats) -> Floats:
    ours, theirs = (_resampled_ranks(side, np.arange(len(side))[None, :])[0] - 0.5 for side in (predicted, gold))
    both = ours * theirs + _above(predicted, theirs) + _above(gold, ours)
    own = np.square(ours) + 2 * _above(predicted, ours)
    other = np.square(theirs) + 2 * _above(gold, theirs)
    return _ratio(both, own, other)


def _above(values: Floats, weights: Floats) -> Floats:
    """[N]: the mean over all rows of a weight [N], times whether the row's value is above this one's (½ where equal).

    Less its mean over this side, so that it is what a further row of this value would move.
    """
    distinct, place = np.unique(values, return_inverse=True)
    sums = np.bincount(place, weights, len(distinct))
    higher = sums.sum() - np.cumsum(sums)
    found = (higher + sums / 2)[place] / len(values)
    centred: Floats = found - found.mean()
    return centred


def _ratio(both: Floats, own: Floats, other: Floats) -> Floats:
    """Contributions [N] to mean(both) / √(mean(own) · mean(other)), whose terms are given row by row."""
    a, b, c = float(both.mean()), float(own.mean()), float(other.mean())
    if not b * c > 0:
        return np.zeros(len(both))
    r = a / float(np.sqrt(b * c))
    moved: Floats = (both - a) / np.sqrt(b * c) - r / 2 * ((own - b) / b + (other - c) / c)
    return r + moved

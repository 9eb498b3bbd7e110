"""What more labels would buy: a power law through scores at several numbers of training rows.

The loss (1 - score, for shares) is a · n^-b + c with a, b, c >= 0 (Cortes et al. 1994; Hestness et al. 2017), fitted by
least squares weighted by the scores' own variances. For a given b the best a and c have a closed form, so b is searched
over a grid. Intervals are the parametric bootstrap's: scores are drawn anew around the measured ones, and fitted.

Shapes: P points, B exponents of the grid, R draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wenmai.stats.components import UNBOUNDED
from wenmai.stats.intervals import Estimate, percentile_interval

Floats = NDArray[np.float64]

DRAWS = 1000
FEWEST_POINTS = 4
"""Three parameters need a fourth point before a curve can be wrong."""

_EXPONENTS = np.geomspace(0.02, 2.0, 120)


@dataclass(frozen=True)
class LearningCurve:
    """Scores by the number of training rows.

    Attributes:
        metric: what was measured.
        sizes: [P] training rows, growing.
        scores: [P] estimates.
        scale, exponent, floor: a, b and c of the loss.
        drawn: [R, 3] the same for every draw.
        doubt: why no forecast is made; None when the law fits.
        level: the confidence of the intervals.
    """

    metric: str
    sizes: tuple[int, ...]
    scores: tuple[Estimate, ...]
    scale: float
    exponent: float
    floor: float
    drawn: Floats
    doubt: str | None
    level: float

    def score_at(self, size: float) -> Estimate:
        """The score with so many training rows. Far outside the measured sizes it is a guess."""
        return self._estimate(*self._scores(np.array([float(size)])))

    def gain(self, factor: float = 2.0) -> Estimate | None:
        """What ``factor`` times the labels would add to the score (to a loss: what they would take from it).

        Returns:
            None when the curve cannot tell; ``doubt`` says why.
        """
        if self.doubt is not None:
            return None
        largest = float(self.sizes[-1])
        point, draws = self._scores(np.array([largest, largest * factor]))
        return self._estimate(point[1:] - point[:1], draws[:, 1:] - draws[:, :1])

    def _scores(self, sizes: Floats) -> tuple[Floats, Floats]:
        """The fitted scores [K] at K sizes, and those [R, K] of the draws."""
        point = _losses(np.array([[self.scale, self.exponent, self.floor]]), sizes)[0]
        draws = _losses(self.drawn, sizes)
        return (point, draws) if self.metric in UNBOUNDED else (1 - point, 1 - draws)

    def _estimate(self, point: Floats, draws: Floats) -> Estimate:
        value, interval = float(point[0]), percentile_interval(draws[:, 0], self.level)
        low, high = min(interval.low, value), max(interval.high, value)
        return Estimate(value=value, low=low, high=high, level=self.level)


@dataclass(frozen=True, slots=True)
class Overtaking:
    """Where one curve passes another.

    Attributes:
        before, after: which is better with fewer rows, and which with more: ``first`` or ``second``.
        rows: about how many training rows it takes.
        beyond: whether that is more than was measured.
    """

    before: str
    after: str
    rows: Estimate
    beyond: bool


def learning_curve(
    sizes: Sequence[int],
    scores: Sequence[Estimate],
    metric: str,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    level: float = 0.95,
) -> LearningCurve:
    """Fit a learning curve.

    Args:
        sizes: [P] training rows of each score, in any order, each once.
        scores: [P] with the intervals that weigh them.
        metric: decides whether a loss is 1 - score or the score itself.
        draws: R, of the intervals.
        seed: decides the draws.
        level: the confidence of the intervals.

    Raises:
        ValueError: when there are no two sizes, one is not positive or comes twice, or the numbers do not fit.
    """
    if len(sizes) != len(scores) or len(set(sizes)) != len(sizes) or len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"a curve needs one score for each of two or more different sizes, found the sizes {sizes}")
    order = np.argsort(sizes)
    ordered = tuple(scores[i] for i in order)
    rows = np.array(sizes, dtype=np.float64)[order]
    values = np.array([score.value for score in ordered])
    losses = values if metric in UNBOUNDED else 1 - values
    deviations = np.array([_deviation(score) for score in ordered])
    # A score without any scatter must not outweigh all others.
    deviations = np.maximum(deviations, max(1e-6, float(deviations.max()) / 100))
    fitted = _fit(rows, losses[None], deviations)
    generator = np.random.default_rng(seed)
    noise = generator.standard_normal((draws, len(rows))) * deviations
    # Draws go around the fitted curve (the parametric bootstrap); where the law is wrong, `doubt` says so.
    drawn = _fit(rows, _losses(fitted, rows) + noise, deviations)
    misfit = np.square((losses - _losses(fitted, rows)[0]) / deviations).sum()
    a, b, c = map(float, fitted[0])
    doubt = _doubt(len(rows), float(misfit))
    return LearningCurve(metric, tuple(int(one) for one in rows), ordered, a, b, c, drawn, doubt, level)


def overtaking(first: LearningCurve, second: LearningCurve, *, factor: float = 2.0) -> Overtaking | None:
    """Where one curve passes the other, up to ``factor`` times the largest measured size.

    Both must have been measured by the same metric; draws of the two are independent, which is careful where they
    were measured on the same test rows.

    Returns:
        None when they cannot tell: a curve is in doubt, or fewer than 95 % (the level) of the draws pass once in the
        same direction.

    Raises:
        ValueError: when the metrics differ.
    """
    if first.metric != second.metric:
        raise ValueError(f"curves of {first.metric!r} and {second.metric!r} cannot be compared")
    if first.doubt is not None or second.doubt is not None:
        return None
    smallest = max(first.sizes[0], second.sizes[0])
    largest = min(first.sizes[-1], second.sizes[-1])
    sizes = np.geomspace(smallest, largest * factor, 400)
    count = min(len(first.drawn), len(second.drawn))
    # The draws of both may come from the same seed; turned by one place they are not the same numbers.
    ours, theirs = _losses(first.drawn[:count], sizes), _losses(np.roll(second.drawn[:count], 1, axis=0), sizes)
    ahead = ours < theirs
    changes = np.count_nonzero(ahead[:, 1:] != ahead[:, :-1], axis=1)
    for before, after, starts in (("first", "second", True), ("second", "first", False)):
        passing = (ahead[:, 0] == starts) & (changes == 1)
        if passing.mean() >= first.level:
            places = sizes[1:][np.argmax(ahead[passing, 1:] != starts, axis=1)]
            middle = float(np.median(places))
            rows = Estimate.of(middle, percentile_interval(places, first.level))
            return Overtaking(before, after, rows, middle > largest)
    return None


def _deviation(score: Estimate) -> float:
    """The standard deviation that the width of an interval stands for."""
    return (score.high - score.low) / 2 / NormalDist().inv_cdf((1 + score.level) / 2)


def _losses(parameters: Floats, sizes: Floats) -> Floats:
    """a · n^-b + c: [R, K] from parameters [R, 3] and sizes [K]."""
    losses: Floats = parameters[:, :1] * sizes[None, :] ** -parameters[:, 1:2] + parameters[:, 2:]
    return losses


def _fit(sizes: Floats, losses: Floats, deviations: Floats) -> Floats:
    """The best parameters [R, 3] for losses [R, P]: the best exponent of the grid, then between its neighbours."""
    every = np.arange(len(losses))
    squares = _linear(sizes, losses, deviations, _EXPONENTS[None])[2]
    middle = np.clip(squares.argmin(axis=1), 1, len(_EXPONENTS) - 2)
    before, here, after = (squares[every, middle + step] for step in (-1, 0, 1))
    # The lowest point of the parabola through three points of the grid, which is even in logarithms.
    bend = before - 2 * here + after
    step = np.divide(before - after, 2 * bend, out=np.zeros(len(losses)), where=bend > 0)
    logarithms = np.log(_EXPONENTS)
    exponents = np.exp(logarithms[middle] + np.clip(step, -1, 1) * (logarithms[1] - logarithms[0]))[:, None]
    slopes, floors, _ = _linear(sizes, losses, deviations, exponents)
    return np.hstack([slopes * sizes[0] ** exponents, exponents, floors])


def _linear(sizes: Floats, losses: Floats, deviations: Floats, exponents: Floats) -> tuple[Floats, Floats, Floats]:
    """The best a and c, neither negative, for given exponents, and the squares that are left: [R, B] each.

    Exponents are [1, B] or [R, B]. Here a is the share of the loss at the smallest size that falls away.
    """
    weights = deviations**-2.0
    total = weights.sum()
    basis = (sizes / sizes[0]) ** -exponents[:, :, None]  # [1 or R, B, P]
    mean = basis @ weights / total
    centred = basis - mean[:, :, None]
    averages = (losses @ weights / total)[:, None]
    weighted = (losses * weights)[:, :, None]
    slopes = np.maximum(0.0, (centred @ weighted)[:, :, 0] / (np.square(centred) @ weights))
    floors = averages - slopes * mean
    # Where the floor would be negative it is zero, and the slope that of a line through the origin.
    through = np.maximum(0.0, (basis @ weighted)[:, :, 0] / (np.square(basis) @ weights))
    slopes, floors = np.where(floors < 0, through, slopes), np.maximum(0.0, floors)
    left = losses[:, None, :] - slopes[:, :, None] * basis - floors[:, :, None]
    squares: Floats = np.square(left) @ weights
    return slopes, floors, squares


def _doubt(points: int, misfit: float) -> str | None:
    from scipy.special import chdtrc

    if points < FEWEST_POINTS:
        return f"{points} sizes are too few for a curve with three parameters; {FEWEST_POINTS} are the least"
    if float(chdtrc(points - 3, misfit)) < 0.01:
        return "the scores do not follow a power law within their intervals"
    return None

from __future__ import annotations

import numpy as np
import pytest

from wenmai.stats.intervals import Estimate
from wenmai.stats.learning_curve import LearningCurve, learning_curve, overtaking

SIZES = [500, 1000, 2000, 4000, 8000]


def law(size: float, scale: float, exponent: float, floor: float) -> float:
    return scale * size**-exponent + floor


def curve(
    scale: float, exponent: float, floor: float, *, error: float = 0.002, noise: int | None = None, seed: int = 0
) -> LearningCurve:
    """A measured curve of accuracies whose losses follow the law."""
    generator = np.random.default_rng(noise)
    scores = []
    for size in SIZES:
        value = 1 - law(size, scale, exponent, floor) + (0 if noise is None else generator.normal(0, error))
        scores.append(Estimate(value=value, low=value - 1.96 * error, high=value + 1.96 * error))
    return learning_curve(SIZES, scores, "accuracy", seed=seed)


def test_a_power_law_is_found() -> None:
    found = curve(3.0, 0.5, 0.08, error=1e-5)
    assert (found.scale, found.exponent, found.floor) == pytest.approx((3.0, 0.5, 0.08), rel=0.05)
    assert found.score_at(8000).value == pytest.approx(1 - law(8000, 3.0, 0.5, 0.08), abs=1e-4)
    gain = found.gain()
    assert gain is not None
    assert gain.value == pytest.approx(law(8000, 3.0, 0.5, 0.08) - law(16_000, 3.0, 0.5, 0.08), abs=3e-4)
    assert 0 < gain.low < gain.value < gain.high


def test_the_fit_is_the_least_squares_of_scipy() -> None:
    from scipy.optimize import curve_fit

    found = curve(3.0, 0.45, 0.1, noise=4)
    losses = [1 - score.value for score in found.scores]
    wanted, _ = curve_fit(law, SIZES, losses, p0=(1, 0.5, 0.1), bounds=([0, 0.02, 0], [np.inf, 2, 1]))
    ours = [law(size, found.scale, found.exponent, found.floor) for size in SIZES]
    theirs = [law(size, *wanted) for size in SIZES]
    assert ours == pytest.approx(theirs, abs=1e-4)


def test_intervals_of_the_gain_hold_the_truth() -> None:
    truth = law(8000, 3.0, 0.5, 0.08) - law(16_000, 3.0, 0.5, 0.08)
    gains = [curve(3.0, 0.5, 0.08, noise=i).gain() for i in range(60)]
    held = [truth in gain.interval for gain in gains if gain is not None]
    assert len(held) >= 57
    assert np.mean(held) >= 0.85


def test_a_loss_falls() -> None:
    scores = [Estimate(value=v, low=v - 0.002, high=v + 0.002) for v in (law(size, 20, 0.5, 0.2) for size in SIZES)]
    gain = learning_curve(SIZES[::-1], scores[::-1], "log_loss").gain()
    assert gain is not None
    assert gain.high < 0


def test_three_sizes_cannot_tell() -> None:
    scores = [Estimate(value=v, low=v - 0.01, high=v + 0.01) for v in (0.7, 0.8, 0.85)]
    found = learning_curve(SIZES[:3], scores, "accuracy")
    assert found.gain() is None
    assert found.doubt is not None
    assert "too few" in found.doubt


def test_scores_that_fall_cannot_tell() -> None:
    scores = [Estimate(value=v, low=v - 0.004, high=v + 0.004) for v in (0.9, 0.85, 0.8, 0.75, 0.7)]
    found = learning_curve(SIZES, scores, "accuracy")
    assert found.doubt == "the scores do not follow a power law within their intervals"
    assert found.gain() is None
    assert overtaking(found, curve(3.0, 0.5, 0.08)) is None


def test_scores_without_scatter_are_fitted() -> None:
    scores = [Estimate(value=1 - v, low=1 - v, high=1 - v) for v in (law(size, 3, 0.5, 0.05) for size in SIZES)]
    found = learning_curve(SIZES, scores, "accuracy")
    assert found.score_at(2000).value == pytest.approx(1 - law(2000, 3, 0.5, 0.05), abs=1e-3)


def test_one_family_overtakes_the_other() -> None:
    simple, large = curve(1.0, 0.5, 0.12), curve(6.0, 0.5, 0.04, seed=1)
    found = overtaking(simple, large)
    assert found is not None
    assert (found.before, found.after, found.beyond) == ("first", "second", False)
    crossing = (5.0 / 0.08) ** 2
    assert found.rows.value == pytest.approx(crossing, rel=0.1)
    assert crossing in found.rows.interval
    turned = overtaking(large, simple)
    assert turned is not None
    assert (turned.before, turned.after) == ("second", "first")


def test_overtaking_may_lie_ahead() -> None:
    ahead = overtaking(curve(1.0, 0.5, 0.12, error=3e-4), curve(8.0, 0.5, 0.05, error=3e-4, seed=1))
    assert ahead is not None
    assert ahead.beyond
    assert ahead.rows.value == pytest.approx(10_000, rel=0.1)


def test_curves_that_may_be_one_do_not_overtake() -> None:
    assert overtaking(curve(3.0, 0.5, 0.08, noise=1), curve(3.0, 0.5, 0.08, noise=2)) is None


def test_what_does_not_fit_is_refused() -> None:
    score = Estimate(value=0.5, low=0.4, high=0.6)
    with pytest.raises(ValueError, match="two or more different sizes"):
        learning_curve([100, 100], [score, score], "accuracy")
    loss = learning_curve([100, 200], [score, score], "log_loss")
    with pytest.raises(ValueError, match="cannot be compared"):
        overtaking(loss, learning_curve([100, 200], [score, score], "accuracy"))

from __future__ import annotations

import numpy as np
import pytest

from wenmai.core.errors import ConfigError
from wenmai.stats.intervals import Estimate, Interval, percentile_interval, wilson_interval


def test_percentiles_leave_the_same_tail_on_both_sides() -> None:
    interval = percentile_interval(np.arange(1001) / 1000, level=0.9)
    assert (interval.low, interval.high, interval.level) == (pytest.approx(0.05), pytest.approx(0.95), 0.9)
    assert 0.5 in interval
    assert 0.96 not in interval


def test_wilson_equals_the_published_example() -> None:
    # Newcombe 1998, table I: 81 of 263 and 0 of 20, method 3.
    interval = wilson_interval(81 / 263, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    none = wilson_interval(0, 20)
    assert (none.low, round(none.high, 4)) == (0, 0.1611)
    assert wilson_interval(1, 20).high == 1


def test_ends_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"low end 0\.6 is above the high end 0\.5"):
        Interval.parse({"low": 0.6, "high": 0.5})
    with pytest.raises(ConfigError, match="above the high end"):
        Estimate.parse({"value": 0.55, "low": 0.6, "high": 0.5})


def test_an_estimate_goes_through_json() -> None:
    estimate = Estimate.of(0.5, Interval(low=0.4, high=0.6, level=0.9))
    assert Estimate.parse_json(estimate.to_json()) == estimate
    assert estimate.interval == Interval(low=0.4, high=0.6, level=0.9)

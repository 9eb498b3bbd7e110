"""Intervals, and numbers that carry one."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from wenmai.core.config import Config


class Interval(Config):
    """Where a number lies with the confidence ``level``."""

    low: float
    high: float
    level: float = Field(default=0.95, gt=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_order(self.low, self.high)
        return self

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


class Estimate(Config):
    """A number measured on a sample of rows, with its interval."""

    value: float
    low: float
    high: float
    level: float = Field(default=0.95, gt=0, lt=1)
    approximate: bool = False
    """Whether the rows are not independent, as under cross-validation: such an interval tends to be too narrow."""

    @classmethod
    def of(cls, value: float, interval: Interval) -> Self:
        """A number with an interval that was computed apart."""
        return cls(value=value, low=interval.low, high=interval.high, level=interval.level)

    @property
    def interval(self) -> Interval:
        """Where the number lies."""
        return Interval(low=self.low, high=self.high, level=self.level)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_order(self.low, self.high)
        return self


def percentile_interval(draws: NDArray[np.floating[Any]], level: float = 0.95) -> Interval:
    """The middle ``level`` of the values [R] that R resamples gave (Efron and Tibshirani 1993, chapter 13)."""
    tail = (1 - level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high), level=level)


def wilson_interval(share: float, rows: int, level: float = 0.95) -> Interval:
    """The score interval of a proportion seen on ``rows`` rows: honest near 0 and 1 too (Wilson 1927)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    scale = 1 + z * z / rows
    centre = (share + z * z / (2 * rows)) / scale
    half = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows)) / scale
    # Rounding may push the ends past the proportion itself when it is 0 or 1.
    return Interval(low=max(0.0, min(centre - half, share)), high=min(1.0, max(centre + half, share)), level=level)


def _check_order(low: float, high: float) -> None:
    if low > high:
        raise ValueError(f"the low end {low} is above the high end {high}")

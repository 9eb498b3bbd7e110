"""Findings: what scores do with the number of labels, where one rung passes another, and what more labels would buy."""

from __future__ import annotations

from pydantic import Field

from wenmai.core.config import Config
from wenmai.stats.intervals import Estimate


class CurvePoint(Config):
    """A recipe fitted on a part of the training rows."""

    rows: int = Field(ge=1)
    """Training rows, each with its labels."""
    draws: int = Field(ge=1)
    """How many fits the score is the mean of: on other draws of so many rows, or, with all rows, with other seeds."""
    score: Estimate
    """On the test rows, by the metric of the curves."""
    fit_seconds: float
    """The mean of the fits."""


class Curve(Config):
    """One rung at several numbers of labels."""

    name: str
    points: tuple[CurvePoint, ...]
    """The fewest rows first, all rows last."""
    doubled: Estimate | None = None
    """What twice the labels would add to the score, by a power law through the points."""
    doubt: str | None = None
    """Why that cannot be told; absent where ``doubled`` stands."""


class Passing(Config):
    """Where one curve passes another."""

    before: str
    """The rung that is better with fewer labels."""
    after: str
    """The rung that is better with more."""
    rows: Estimate
    """About how many labels it takes."""
    beyond: bool
    """Whether that is more than there are."""


class CurvePair(Config):
    """Two curves beside each other."""

    first: str
    second: str
    rows: tuple[int, ...]
    """The numbers of labels at which both were measured."""
    differences: tuple[Estimate, ...]
    """At each of them the first's score minus the second's, paired on the test rows."""
    passing: Passing | None = None
    """Where one passes the other, if it can be told."""


class LearningCurves(Config):
    """The learning curves of some rungs."""

    metric: str
    curves: tuple[Curve, ...] = ()
    pairs: tuple[CurvePair, ...] = ()
    """Every two of them."""
    sentences: tuple[str, ...] = ()
    """The same in words."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""

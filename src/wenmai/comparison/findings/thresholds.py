"""What decision thresholds searched where choices are made give on the test rows, beside 0.5."""

from __future__ import annotations

from typing import Literal

from wenmai.core.config import Config
from wenmai.stats.intervals import Estimate
from wenmai.tasks.thresholds import ThresholdSearch

Decision = Literal["fixed", "dev"]
"""By which thresholds labels are given: 0.5, or those found where choices are made."""


class LabelThreshold(Config):
    """One label; of two classes the positive one."""

    label: str
    threshold: float
    positives: int
    """Rows that carry it where the threshold was searched."""
    searched: bool
    """False where too few rows carry it, or do not: 0.5 stays."""
    fixed: Estimate
    """F1 on the test rows at 0.5."""
    found: Estimate
    """F1 on the test rows at the threshold."""


class RungThresholds(Config):
    """One rung."""

    name: str
    labels: tuple[LabelThreshold, ...]
    fixed: dict[str, Estimate]
    """Metric → its value on the test rows at 0.5, for metrics that depend on decisions; ``cost`` where there are costs:
    what the mistakes on a row cost on average."""
    found: dict[str, Estimate]
    """The same at the thresholds."""
    difference: dict[str, Estimate]
    """``found`` less ``fixed``, paired row by row."""


class Thresholds(Config):
    """Every rung's."""

    shipped: Decision
    """What the saved bundles decide by, and all other scores go by."""
    search: ThresholdSearch
    rungs: tuple[RungThresholds, ...]

    def of(self, name: str) -> RungThresholds | None:
        """One rung's; None where it has none."""
        return next((rung for rung in self.rungs if rung.name == name), None)

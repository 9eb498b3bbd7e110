"""Findings: how outside predictions compare with the recommended rung on the test rows."""

from __future__ import annotations

from wenmai.core.config import Config
from wenmai.stats.intervals import Estimate


class OutsideDifference(Config):
    """One set of outside predictions beside the recommended rung."""

    name: str
    """As among the rungs, where its scores stand."""
    source: str
    """The name of the file that the predictions came in."""
    predictions_fingerprint: str
    """Of what was predicted."""
    on_dev: bool
    """Whether the dev rows were predicted too: only then it stands among the rungs that may be the best."""
    against: str
    """The name of the recommended rung."""
    differences: dict[str, Estimate]
    """Metric → its value minus the recommended rung's, paired row by row on the test rows: only reported."""

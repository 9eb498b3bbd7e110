"""What corrected labels changed: the same recipe fitted before and after, scored on the same rows."""

from __future__ import annotations

from pydantic import Field

from wenmai.core.config import Config
from wenmai.stats.intervals import Estimate


class CorrectedRows(Config):
    """What the corrections did to one part."""

    relabelled: int = 0
    removed: int = 0
    confirmed: int = 0
    """Rows whose label was looked at and left as it was."""


class CorrectedScores(Config):
    """One metric on the test rows that remained."""

    before_on_old_labels: Estimate
    """The recipe fitted on the labels as they were, scored on the labels as they were."""
    before: Estimate
    """The same fit, scored on the corrected labels."""
    after: Estimate
    """The recipe fitted on corrected labels, scored on corrected labels."""
    difference: Estimate
    """``after`` minus ``before``: what learning from corrected labels brought, paired row by row."""
    relabelling: Estimate
    """``before`` minus ``before_on_old_labels``: what correcting the test labels did by itself."""


class Correction(Config):
    """A file of corrections, what it changed, and what the recommended rung gained by it."""

    file: str
    rung: str
    rows: dict[str, CorrectedRows]
    """Part → what was changed there."""
    unused: int = 0
    """Corrections of rows that take no part, because the division left their text out."""
    scores: dict[str, CorrectedScores] = Field(default_factory=dict)
    """Metric → before and after; empty where the notes say why."""
    notes: tuple[str, ...] = ()

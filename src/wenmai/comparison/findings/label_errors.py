"""Likely label errors: rows whose label a model contradicts that did not learn from them."""

from __future__ import annotations

from pydantic import Field

from wenmai.core.config import Config

SHOWN = 20
"""Rows that a report shows; the file has them all."""


class SuspectLabel(Config):
    """A row whose label looks wrong. It is a candidate, not an error."""

    text: str
    """Its beginning."""
    part: str
    """``train``, ``dev`` or ``test``."""
    row: int = Field(ge=1)
    """Its place in the data as it was loaded, from 1; where data comes in parts they are counted through."""
    line: int | None = None
    """Where it stands in the file it was read from, from 1."""
    given: tuple[str, ...]
    suggested: tuple[str, ...]
    probability_given: float = Field(ge=0, le=1)
    """That the label is as it was given; with several labels a row, of the label that is most in doubt."""
    probability_suggested: float = Field(ge=0, le=1)


class SuspectPair(Config):
    """How many rows of one label look like another.

    With several labels a row, ``given`` is empty for a label that seems to be missing, ``suggested`` for one too many.
    """

    given: tuple[str, ...]
    suggested: tuple[str, ...]
    rows: int = Field(ge=1)


class LabelErrors(Config):
    """What cross-validation of the recommended recipe over all rows says of their labels."""

    rung: str
    folds: int = Field(ge=2)
    rows: int = Field(ge=0)
    """How many were examined: those of the folds that fitted into the budget."""
    flagged: dict[str, int] = Field(default_factory=dict)
    """Part → rows whose label looks wrong."""
    settled: int = 0
    """Rows that were left out because a correction has settled them."""
    pairs: tuple[SuspectPair, ...] = ()
    """The most frequent first."""
    shown: tuple[SuspectLabel, ...] = Field(default=(), max_length=SHOWN)
    """The clearest first."""
    file: str | None = None
    """Where all of them stand, in the run folder; None where nothing was written."""
    notes: tuple[str, ...] = ()
    """Why fewer rows were examined than there are, or none."""

    @property
    def total(self) -> int:
        """Rows whose label looks wrong, in all parts."""
        return sum(self.flagged.values())

"""Whether probabilities mean what they say, and what is gained by leaving the least sure rows to a person."""

from __future__ import annotations

from pydantic import Field

from wenmai.core.config import Config
from wenmai.stats.intervals import Estimate

LEAST_TOLD = 0.05
"""The probability from which on an entry of a row and a label is told in the table of what is said and what is so: the
rest, most of all entries, only say that a label is not meant."""
WORTH_A_TEMPERATURE = 0.002
"""The calibration error that a temperature must take off before it is spoken of."""


class ReliabilityRow(Config):
    """Test rows of about the same confidence; with several labels a row, entries of a row and a label from
    ``LEAST_TOLD`` on, if any."""

    lowest: float
    highest: float
    confidence: float
    """The mean: what the model says."""
    accuracy: Estimate
    """The share that is right: what is so."""
    rows: int


class CoveragePoint(Config):
    """The surest test rows."""

    coverage: float
    """Their share of all."""
    accuracy: Estimate
    """How many of their answers are right; with several labels a row, whole sets of labels."""


class CoverageChoice(Config):
    """A confidence below which a person reads, set where choices are made, and what it comes to on the test rows."""

    wanted: float
    """The share of rows that was to be answered."""
    threshold: float
    """The confidence from which on they are: `wenmai predict --unsure-below`."""
    coverage: Estimate
    """The share of test rows that is answered."""
    accuracy: Estimate | None
    """Of the answers; None where no test row is sure enough."""
    gain: Estimate | None
    """The accuracy less that of answering every row, paired."""


class RungCalibration(Config):
    """One rung's probabilities on the test rows."""

    name: str
    error: Estimate
    """The expected calibration error: how far confidence is from accuracy, on average."""
    error_by_chance: float
    """What a perfectly calibrated model with these confidences would show on so many rows, on average."""
    brier: Estimate
    """The mean squared distance of the probabilities from the truth."""
    too_sure: Estimate
    """Mean confidence less accuracy: above 0 the model promises too much, below 0 too little."""
    temperature: float = Field(gt=0)
    """By which logits are to be divided, fitted where choices are made; above 1 the model was too sure."""
    error_with_temperature: Estimate
    """The expected calibration error on the test rows with it."""
    temperature_gain: Estimate
    """The error with a temperature less that without, where choices are made, by cross-validation."""
    reliability: tuple[ReliabilityRow, ...]
    area: Estimate
    """Under the curve of risk against coverage (AURC): the mean share of wrong answers over all coverages."""
    best_area: float
    """The same if every error were less sure than every right answer."""
    curve: tuple[CoveragePoint, ...]
    coverages: tuple[CoverageChoice, ...]

    @property
    def advises_temperature(self) -> bool:
        """Whether a temperature made the probabilities better where choices are made, beyond chance and notably."""
        return self.temperature_gain.high < 0 and self.temperature_gain.value <= -WORTH_A_TEMPERATURE


class Calibration(Config):
    """Every rung's."""

    rungs: tuple[RungCalibration, ...]

    def of(self, name: str) -> RungCalibration | None:
        """One rung's; None where it has none."""
        return next((rung for rung in self.rungs if rung.name == name), None)

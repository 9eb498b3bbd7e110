"""What a comparison finds out besides scores and costs, as it stands under ``findings`` in ``results.json``.

One module for each analysis, all of them plain configs; `wenmai.comparison.analyses` computes them.
"""

from __future__ import annotations

from wenmai.comparison.findings.calibration import Calibration
from wenmai.comparison.findings.correction import Correction
from wenmai.comparison.findings.curves import LearningCurves
from wenmai.comparison.findings.factors import Segmentations
from wenmai.comparison.findings.label_errors import LabelErrors
from wenmai.comparison.findings.outside import OutsideDifference
from wenmai.comparison.findings.thresholds import Thresholds
from wenmai.comparison.findings.training import TrainingCourse
from wenmai.core.config import Config


class Findings(Config):
    """Each is absent where it was not asked for, or does not apply to the task."""

    label_errors: LabelErrors | None = None
    correction: Correction | None = None
    outside: tuple[OutsideDifference, ...] = ()

    calibration: Calibration | None = None
    thresholds: Thresholds | None = None

    curves: LearningCurves | None = None
    segmentations: Segmentations | None = None

    training: tuple[TrainingCourse, ...] = ()

    def redacted(self) -> Findings:
        """The same without any text."""
        found = self.label_errors
        return self if found is None else self.but(label_errors=found.but(shown=()))

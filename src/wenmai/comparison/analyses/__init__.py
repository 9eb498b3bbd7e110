"""The analyses that follow the rungs of a comparison: each from the ground that all share to its findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wenmai.catalog import CATALOG, Catalog
from wenmai.comparison.analyses.calibration import calibration
from wenmai.comparison.analyses.correction import correction
from wenmai.comparison.analyses.curves import learning_curves
from wenmai.comparison.analyses.factors import segmentations
from wenmai.comparison.analyses.label_errors import label_errors
from wenmai.comparison.analyses.outside import outside
from wenmai.comparison.analyses.thresholds import thresholds
from wenmai.comparison.analyses.training import training
from wenmai.comparison.division import Division
from wenmai.comparison.findings import Findings
from wenmai.comparison.outside import Outsider
from wenmai.comparison.results import Recommendation
from wenmai.comparison.rung import Circumstances, Rung
from wenmai.comparison.study import Study
from wenmai.comparison.vector_memory import FOLDER, VectorMemory
from wenmai.core.progress import Progress
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded


@dataclass(frozen=True, slots=True)
class Ground:
    """What every analysis may stand on.

    Attributes:
        data: as it was given; division: how it was divided; circumstances: what all rungs shared.
        done: the rungs that were fitted; recommendation: which of them to use; None where none was fitted.
        folder: the run folder; None where nothing is written.
        deadline: the moment (`time.monotonic`) when the budget is spent; None for no limit.
        outsiders: predictions that were made elsewhere.
    """

    data: Dataset | Loaded
    division: Division
    circumstances: Circumstances
    study: Study
    done: Sequence[Rung]
    recommendation: Recommendation | None
    folder: Path | None
    deadline: float | None
    catalog: Catalog
    progress: Progress
    outsiders: Sequence[Outsider] = ()

    @property
    def recommended(self) -> Rung | None:
        """The rung to use."""
        names = {rung.name: rung for rung in self.done}
        return None if self.recommendation is None else names[self.recommendation.name]

    def memory(self) -> VectorMemory:
        """What the rungs left of the vectors of the division's texts."""
        kept = self.folder if self.catalog is CATALOG else None  # The rungs of another catalog leave nothing.
        return VectorMemory(
            self.division,
            folder=None if kept is None else kept / FOLDER,
            threads=self.circumstances.threads,
            deadline=self.deadline,
            progress=self.progress,
        )


def find_out(ground: Ground) -> Findings:
    """Every analysis that the study asks for and the task allows."""
    return Findings(
        label_errors=label_errors(ground),
        correction=correction(ground),
        calibration=calibration(ground),
        thresholds=thresholds(ground),
        outside=outside(ground),
        curves=learning_curves(ground),
        segmentations=segmentations(ground),
        training=training(ground),
    )

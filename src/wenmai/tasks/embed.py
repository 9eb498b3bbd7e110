"""Embed: unlabelled text in, a vector for every word or text out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from wenmai.core.errors import DataError
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Head, Outputs
from wenmai.stats.bootstrap import Bootstrap
from wenmai.tasks.contract import Task


@dataclass(frozen=True, slots=True)
class VectorPrediction:
    """The vector of one text.

    Attributes:
        vector: [width]; all zeros where no word of the text is known.
        known: whether any is.
    """

    vector: tuple[float, ...]
    known: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and tables."""
        return {"vector": list(self.vector), "known": self.known}


class Embed(Task):
    """Vectors of words. Without answers there is one score: the share of texts of which anything is known."""

    kind: Literal["embed"] = "embed"
    metric: ClassVar[str] = "coverage"

    @classmethod
    def of(cls, train: Dataset) -> Self:
        """The task, which no row decides; raises `DataError` without rows."""
        if not len(train):
            raise DataError("there is no row to learn from", where=train.name)
        return cls()

    def head(self) -> Head:
        """Vectors of the model's own width."""
        return Head("vectors", 0)

    def targets(self, data: Dataset) -> None:
        """There is nothing to be predicted."""

    def predictions(self, outputs: Outputs, inputs: Inputs) -> list[VectorPrediction]:
        """The vectors as they are."""
        return [VectorPrediction(tuple(np.asarray(row).tolist()), bool(np.any(row))) for row in outputs]

    def scores(self, outputs: Outputs, targets: None) -> Mapping[str, float]:
        """``coverage``, the share of rows whose vector is not all zeros."""
        return {"coverage": float(np.mean([bool(np.any(row)) for row in outputs]))}

    def bootstrap(self, outputs: Outputs, targets: None, *, seed: int = 0) -> Bootstrap:
        """Resamples of the rows, of which no answer need be drawn."""
        known = np.array([[bool(np.any(row))] for row in outputs])
        return super().bootstrap(known, np.zeros(len(known)), seed=seed)

"""What every task family agrees on.

A task is made from the training rows, becomes part of the bundle as JSON, and stands between a data set's answers and
a model's outputs: answers → targets, outputs → predictions, both → scores.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from wenmai.core.config import Config
from wenmai.core.schema import Kind
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Head, Model, Outputs
from wenmai.stats.bootstrap import Bootstrap, resampled_rows
from wenmai.text.pipeline import Pipeline

SLOW_RESAMPLES = 200
"""Resamples where every one is scored anew."""


class Prediction(Protocol):
    """What is said of one row, in a person's terms."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and tables."""


class Task(Config):
    """Base of every task family."""

    kind: Kind
    metric: ClassVar[str]
    """The name of the metric by which models are chosen."""
    larger_is_better: ClassVar[bool] = True
    unit: ClassVar[str] = "row"
    """What the scores are means over, and what is resampled for their intervals."""

    @classmethod
    @abstractmethod
    def of(cls, train: Dataset) -> Task:
        """The task as the training rows define it: its labels, its tags.

        Raises:
            DataError: when the rows cannot define it (a single class).
        """

    @classmethod
    def restored(cls, values: Mapping[str, Any], *, where: str | None = None) -> Task:
        """The task that was written into a bundle; raises `ConfigError` where the values do not fit."""
        return cls.parse(values, where=where)

    @abstractmethod
    def head(self) -> Head:
        """What a model's outputs shall mean."""

    @abstractmethod
    def targets(self, data: Dataset) -> Any:
        """The answers of a data set as models learn them.

        Raises:
            DataError: when an answer is none that the training rows had.
        """

    def class_names(self) -> tuple[str, ...]:
        """What the scores of classes are of, in their order."""
        return self.head().names

    def prepared(self, inputs: Inputs, pipeline: Pipeline) -> Inputs:
        """The inputs as `outputs` and `predictions` take them; a task that needs tokens has raw text cut into them."""
        return inputs

    @abstractmethod
    def predictions(self, outputs: Outputs, inputs: Inputs) -> Sequence[Prediction]:
        """What outputs say of the rows of a batch."""

    @abstractmethod
    def scores(self, outputs: Outputs, targets: Any) -> Mapping[str, float]:
        """Each metric of outputs against targets."""

    def bootstrap(self, outputs: Outputs, targets: Any, *, seed: int = 0) -> Bootstrap:
        """The scores with what intervals and paired differences need: the same scores of resampled rows.

        A task whose scores can be resampled quicker than one by one overrides it.
        """
        rows = len(outputs)
        points = self.scores(outputs, targets)
        draws: dict[str, list[float]] = {name: [] for name in points}
        for block in resampled_rows(rows, SLOW_RESAMPLES, seed):
            for chosen in block:
                resampled = self.scores(self.select(outputs, chosen), self.select(targets, chosen))
                for name, values in draws.items():
                    values.append(resampled[name])
        return Bootstrap(rows, seed, 0.95, dict(points), {name: np.array(values) for name, values in draws.items()}, ())

    def contributions(self, outputs: Outputs, targets: Any) -> Mapping[str, NDArray[np.float64]]:
        """Metric → what each row [N] contributes to it, the mean being the metric; only where a task knows this.

        With it differences between models are judged for all models at once and the rows needed can be told.
        """
        return {}

    def remarks(self, targets: Any) -> tuple[str, ...]:
        """What a reader must know of how these rows are scored, as sentences without their full stops."""
        return ()

    def select(self, outputs: Outputs, rows: NDArray[np.int64]) -> Outputs:
        """The outputs of some rows, with repetitions: what a bootstrap scores again."""
        return outputs[rows] if isinstance(outputs, np.ndarray) else [outputs[row] for row in rows]

    def winner(self, outputs: Outputs) -> int:
        """The number of the output that wins in the first row."""
        return int(np.argmax(outputs[0]))

    def outputs(self, model: Model, inputs: Inputs) -> Outputs:
        """What a model says of a batch; a task that searches (generation) overrides it."""
        return model.outputs(inputs)


def concatenate(parts: Sequence[Outputs]) -> Outputs:
    """The outputs of consecutive batches as one."""
    if parts and all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    return [row for part in parts for row in part]

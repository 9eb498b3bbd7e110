"""Classification: one label a row, or any number of labels a row.

Letters of the shapes: N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError
from wenmai.core.schema import ClassifyColumns
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Head, Outputs
from wenmai.stats.bootstrap import Bootstrap, bootstrap_label_sets, bootstrap_labels
from wenmai.tasks.contract import Task

THRESHOLD = 0.5
"""A row carries a label of several when the label's probability reaches this."""


@dataclass(frozen=True, slots=True)
class LabelPrediction:
    """What a classifier says of one text.

    Attributes:
        label: the most probable label; with several labels a row, the most probable of those given, or "".
        score: its probability; with no label given, the probability of the most probable one.
        probabilities: every label's probability.
        labels: with several labels a row, all that are given; otherwise the one label.
        note: what the person should know of this row, where there is something.
    """

    label: str
    score: float
    probabilities: Mapping[str, float]
    labels: tuple[str, ...]
    note: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; ``labels`` only where rows may carry several."""
        return {"label": self.label, "score": self.score, "probabilities": dict(self.probabilities)}


@dataclass(frozen=True, slots=True)
class LabelsPrediction(LabelPrediction):
    """What a classifier says of one text that may carry several labels."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"labels": list(self.labels), "score": self.score, "probabilities": dict(self.probabilities)}


class Classify(Task):
    """The labels in their order, and whether a row may carry several."""

    kind: Literal["classify"] = "classify"
    labels: tuple[str, ...]
    several: bool = False
    metric: ClassVar[str] = "macro_f1"

    @classmethod
    def of(cls, train: Dataset) -> Self:
        """The labels of the training rows, in alphabetical order (numbers by their value)."""
        columns = train.schema.columns
        if not isinstance(columns, ClassifyColumns):
            raise DataError("the data has no label column to learn from", where=train.name)
        answers = train.answers()
        found = {name for row in answers for name in row} if columns.several_labels else set(answers)
        labels = tuple(sorted(found, key=_by_value))
        if len(labels) < 2:
            only = f"only the label {labels[0]!r}" if labels else "no label at all"
            raise DataError(
                f"column {columns.label!r} holds {only}",
                where=train.name,
                remedy="There must be at least two classes to tell apart; is this the label column? See --label",
            )
        return cls(labels=labels, several=columns.several_labels)

    def head(self) -> Head:
        """Logits [N, C]: of one class a row, or of each label on its own."""
        return Head("labels" if self.several else "classes", len(self.labels), self.labels)

    def targets(self, data: Dataset) -> NDArray[Any]:
        """Label numbers [N] int64, or [N, C] of 0 and 1 where a row may carry several."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        answers = data.answers()
        if not self.several:
            unknown = next((row for row, label in enumerate(answers) if label not in numbers), None)
            if unknown is not None:
                raise self._unknown(data, unknown, answers[unknown])
            return np.fromiter((numbers[label] for label in answers), np.int64, len(answers))
        targets = np.zeros((len(answers), len(self.labels)), np.int8)
        for row, names in enumerate(answers):
            for name in names:
                if name not in numbers:
                    raise self._unknown(data, row, name)
                targets[row, numbers[name]] = 1
        return targets

    def probabilities(self, outputs: Outputs) -> NDArray[np.float64]:
        """Logits [N, C] as probabilities [N, C]."""
        logits = np.asarray(outputs, np.float64)
        if self.several:
            halves = np.tanh(logits / 2)  # the logistic function without overflow
            return (1 + halves) / 2
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shifted / shifted.sum(axis=1, keepdims=True)

    def predictions(self, outputs: Outputs, inputs: Inputs) -> Sequence[LabelPrediction]:
        """A prediction a row."""
        probabilities = self.probabilities(outputs)
        best = probabilities.argmax(axis=1).tolist()
        rows = probabilities.tolist()
        labels = self.labels
        notes = [None if text and not text.isspace() else "the text is empty" for text in inputs.text]
        if not self.several:
            return [
                LabelPrediction(labels[top], row[top], dict(zip(labels, row, strict=True)), (labels[top],), note)
                for row, top, note in zip(rows, best, notes, strict=True)
            ]
        predictions = []
        for row, top, note in zip(rows, best, notes, strict=True):
            given = tuple(label for label, value in zip(labels, row, strict=True) if value >= THRESHOLD)
            label = labels[top] if given else ""
            predictions.append(LabelsPrediction(label, row[top], dict(zip(labels, row, strict=True)), given, note))
        return predictions

    def scores(self, outputs: Outputs, targets: Any) -> dict[str, float]:
        """Accuracy, F1 (macro, micro, weighted), AUC, log-loss; their counterparts where rows carry several labels."""
        from wenmai.metrics.labels import classification_metrics, label_set_metrics

        probabilities = self.probabilities(outputs)
        if self.several:
            return label_set_metrics(targets, probabilities, self.labels)
        return classification_metrics(targets, probabilities, self.labels)

    def bootstrap(self, outputs: Outputs, targets: Any, *, seed: int = 0) -> Bootstrap:
        """The same scores with their resamples, from counts instead of one by one."""
        probabilities = self.probabilities(outputs)
        resample = bootstrap_label_sets if self.several else bootstrap_labels
        return resample(targets, probabilities, seed=seed)

    def _unknown(self, data: Dataset, row: int, label: Any) -> DataError:
        return DataError(
            f"label {label!r} does not occur in the training rows",
            where=data.where(row),
            remedy=f"Labels that were learnt: {', '.join(self.labels)}",
        )


def _by_value(label: str) -> tuple[bool, float, str]:
    try:
        return (False, float(label), label)
    except ValueError:
        return (True, 0.0, label)

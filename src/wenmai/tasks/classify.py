"""Classification: one label a row, or any number of labels a row. A row is a text or a pair of texts.

Letters of the shapes: N rows, C labels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from wenmai.core.errors import DataError
from wenmai.core.schema import ClassifyColumns, PairColumns
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Head, Outputs
from wenmai.stats.bootstrap import Bootstrap, bootstrap_label_sets, bootstrap_labels
from wenmai.stats.contributions import label_contributions, label_set_contributions
from wenmai.tasks.contract import Task

THRESHOLD = 0.5
"""A row carries a label of several when the label's probability reaches this, unless the task has thresholds."""


@dataclass(frozen=True, slots=True)
class LabelPrediction:
    """What a classifier says of one text.

    Attributes:
        label: the predicted label; with several labels a row, the most probable of those given, or "".
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

    @property
    def confidence(self) -> float:
        """The probability that the prediction is right, by the model's own account.

        With several labels a row, that all of its decisions are right, taken as independent.
        """
        return self.score

    def to_dict(self) -> dict[str, Any]:
        """Plain values; ``labels`` only where rows may carry several."""
        return {"label": self.label, "score": self.score, "probabilities": dict(self.probabilities)}


@dataclass(frozen=True, slots=True)
class LabelsPrediction(LabelPrediction):
    """What a classifier says of one text that may carry several labels."""

    @property
    def confidence(self) -> float:
        """The probability that all decisions on labels are right, taken as independent."""
        given = set(self.labels)
        return math.prod(value if label in given else 1 - value for label, value in self.probabilities.items())

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"labels": list(self.labels), "score": self.score, "probabilities": dict(self.probabilities)}


class Classify(Task):
    """The labels in their order, whether a row may carry several, and from which probability on a label is given."""

    kind: Literal["classify", "pair"] = "classify"
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    several: bool = False
    thresholds: tuple[float, ...] | None = None
    """One a label. With several labels a row, a label is given where its probability reaches its own; where that is
    above 1, never. With two classes, one a row, they add up to 1, and the class is predicted whose probability exceeds
    its own. None: 0.5 each, and the most probable class of one label a row."""
    metric: ClassVar[str] = "macro_f1"

    @field_validator("labels")
    @classmethod
    def _each_once(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(labels)) < len(labels):
            raise ValueError("each label may stand there once")
        return labels

    @model_validator(mode="after")
    def _one_threshold_each(self) -> Self:
        if self.thresholds is None:
            return self
        if len(self.thresholds) != len(self.labels):
            raise ValueError(f"there are {len(self.thresholds)} thresholds for {len(self.labels)} labels")
        if not self.several and (len(self.labels) != 2 or abs(sum(self.thresholds) - 1) > 1e-9):
            raise ValueError("with one label a row, thresholds are for two classes and add up to 1")
        return self

    @model_serializer(mode="wrap")
    def _without_absent_thresholds(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Absent thresholds are not written, so that tasks of before there were any keep their fingerprints."""
        written: dict[str, Any] = write(self)
        if self.thresholds is None:
            written.pop("thresholds", None)
        return written

    @classmethod
    def of(cls, train: Dataset) -> Self:
        """The labels of the training rows, in alphabetical order (numbers by their value)."""
        columns = _label_columns(train)
        several = _several(columns)
        answers = _labels_of_rows(train, several)
        found = {name for row in answers for name in row} if several else set(answers)
        labels = tuple(sorted(found, key=_by_value))
        if len(labels) < 2:
            only = f"only the label {labels[0]!r}" if labels else "no label at all"
            raise DataError(
                f"column {columns.label!r} holds {only}",
                where=train.name,
                remedy="There must be at least two classes to tell apart; is this the label column? See --label",
            )
        return cls(labels=labels, several=several)

    def head(self) -> Head:
        """Logits [N, C]: of one class a row, or of each label on its own."""
        return Head("labels" if self.several else "classes", len(self.labels), self.labels)

    def targets(self, data: Dataset) -> NDArray[Any]:
        """Label numbers [N] int64, or [N, C] of 0 and 1 where a row may carry several."""
        numbers = {label: number for number, label in enumerate(self.labels)}
        if _several(_label_columns(data)) != self.several:
            found, learnt = ("one label", "several") if self.several else ("several labels", "one")
            raise DataError(f"the rows carry {found} each, the model learnt {learnt}", where=data.name)
        answers = _labels_of_rows(data, self.several)
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
            halves: NDArray[np.float64] = np.tanh(logits / 2)  # the logistic function without overflow
            return (1 + halves) / 2
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = shifted / shifted.sum(axis=1, keepdims=True)
        return shares

    def decided(self, probabilities: NDArray[np.float64]) -> NDArray[Any]:
        """What probabilities [N, C] are taken for: class numbers [N], or [N, C] of bool with several labels a row."""
        if self.several:
            given: NDArray[np.bool_] = probabilities >= self._thresholds
            return given
        if self.thresholds is None:
            best: NDArray[np.int64] = probabilities.argmax(axis=1)
            return best
        ahead: NDArray[np.int64] = (probabilities - self._thresholds).argmax(axis=1)
        return ahead

    def confidence(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """How sure [N] the model is of each decision, as `LabelPrediction.confidence`, from probabilities [N, C]."""
        said = self.decided(probabilities)
        if self.several:
            all_right: NDArray[np.float64] = np.where(said, probabilities, 1 - probabilities).prod(axis=1)
            return all_right
        right: NDArray[np.float64] = probabilities[np.arange(len(said)), said]
        return right

    def predictions(self, outputs: Outputs, inputs: Inputs) -> Sequence[LabelPrediction]:
        """A prediction a row."""
        probabilities = self.probabilities(outputs)
        decided = self.decided(probabilities)
        rows, labels = probabilities.tolist(), self.labels
        notes = empty_notes(inputs)
        if not self.several:
            return [
                LabelPrediction(labels[top], row[top], dict(zip(labels, row, strict=True)), (labels[top],), note)
                for row, top, note in zip(rows, decided.tolist(), notes, strict=True)
            ]
        best = _most_probable(probabilities, decided).tolist()
        predictions = []
        for row, top, said, note in zip(rows, best, decided.tolist(), notes, strict=True):
            given = tuple(label for label, yes in zip(labels, said, strict=True) if yes)
            label = labels[top] if given else ""
            predictions.append(LabelsPrediction(label, row[top], dict(zip(labels, row, strict=True)), given, note))
        return predictions

    def winner(self, outputs: Outputs) -> int:
        """The number of the predicted label in the first row: `LabelPrediction.label`, or the most probable of none."""
        probabilities = self.probabilities(outputs)
        decided = self.decided(probabilities)
        return int((_most_probable(probabilities, decided) if self.several else decided)[0])

    def scores(self, outputs: Outputs, targets: Any) -> dict[str, float]:
        """Accuracy, F1 (macro, micro, weighted), AUC, log-loss; their counterparts where rows carry several labels."""
        from wenmai.metrics.labels import classification_metrics, label_set_metrics

        probabilities = self.probabilities(outputs)
        if self.several:
            return label_set_metrics(targets, probabilities, self.labels, threshold=self._thresholds)
        return classification_metrics(targets, probabilities, self.labels, predicted=self.decided(probabilities))

    def contributions(self, outputs: Outputs, targets: Any) -> dict[str, NDArray[np.float64]]:
        """What each row [N] contributes to each metric."""
        probabilities = self.probabilities(outputs)
        if self.several:
            return label_set_contributions(targets, probabilities, threshold=self._thresholds)
        return label_contributions(targets, probabilities, predicted=self.decided(probabilities))

    def bootstrap(self, outputs: Outputs, targets: Any, *, seed: int = 0) -> Bootstrap:
        """The same scores with their resamples, from counts instead of one by one."""
        probabilities = self.probabilities(outputs)
        if self.several:
            return bootstrap_label_sets(targets, probabilities, threshold=self._thresholds, seed=seed)
        return bootstrap_labels(targets, probabilities, predicted=self.decided(probabilities), seed=seed)

    @property
    def _thresholds(self) -> NDArray[np.float64]:
        """One a label [C]."""
        return np.full(len(self.labels), THRESHOLD) if self.thresholds is None else np.array(self.thresholds)

    def _unknown(self, data: Dataset, row: int, label: Any) -> DataError:
        return DataError(
            f"label {label!r} does not occur in the training rows",
            where=data.where(row),
            remedy=f"Labels that were learnt: {', '.join(self.labels)}",
        )


def _most_probable(probabilities: NDArray[np.float64], given: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The most probable of the given labels [N, C]; where none is given, of all: [N]."""
    none_given = ~given.any(axis=1, keepdims=True)
    best: NDArray[np.int64] = np.where(given | none_given, probabilities, -1.0).argmax(axis=1)
    return best


def empty_notes(inputs: Inputs) -> list[str | None]:
    """What is to be said of each row where nothing can be read."""
    if inputs.second is None:
        return [None if text and not text.isspace() else "the text is empty" for text in inputs.text]
    notes: list[str | None] = []
    for pair in zip(inputs.text, inputs.second, strict=True):
        empty = [side for side, text in zip(("first", "second"), pair, strict=True) if not text or text.isspace()]
        notes.append(f"the {empty[0]} text is empty" if len(empty) == 1 else "both texts are empty" if empty else None)
    return notes


def _label_columns(data: Dataset) -> ClassifyColumns | PairColumns:
    columns = data.schema.columns
    labelled = isinstance(columns, ClassifyColumns) or (
        isinstance(columns, PairColumns) and columns.answer == "label" and columns.label is not None
    )
    if not labelled:
        raise DataError("the data has no label column", where=data.name, remedy="Name it with --label")
    assert isinstance(columns, ClassifyColumns | PairColumns)
    return columns


def _several(columns: ClassifyColumns | PairColumns) -> bool:
    return isinstance(columns, ClassifyColumns) and columns.several_labels


def _labels_of_rows(data: Dataset, several: bool) -> list[Any]:
    """The label of each row, or its list of labels.

    Raises:
        DataError: for a row whose label is missing or no text.
    """
    answers = data.answers()
    for row, answer in enumerate(answers):
        if not (_are_texts(answer) if several else isinstance(answer, str)):
            found = "no label" if answer is None else f"the label {answer!r}"
            raise DataError(
                f"{found} where {'a list of texts' if several else 'a text'} is expected",
                where=data.where(row),
                remedy="Load the file with wenmai.load, which leaves rows without a label out",
            )
    return answers


def _are_texts(answer: Any) -> bool:
    return isinstance(answer, list) and all(isinstance(name, str) for name in answer)


def _by_value(label: str) -> tuple[bool, float, str]:
    """The order of labels: numbers by their value, then words; ``nan`` is a word, as nothing is smaller than it."""
    try:
        value = float(label)
    except ValueError:
        return (True, 0.0, label)
    return (False, value, label) if math.isfinite(value) else (True, 0.0, label)

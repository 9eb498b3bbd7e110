"""Metrics of classification, one label or several a row, as scikit-learn defines them.

Shapes: N rows, C classes.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating[Any]]
Ids = NDArray[np.integer[Any]]

SUM_TOLERANCE = 1e-3
"""How far a row may sum from one and still be a distribution: probabilities come as float32, over many classes."""


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """How one class was treated.

    Attributes:
        label: its name.
        precision: share of the rows predicted as it that are it; 0 when none was predicted.
        recall: share of its rows that were found; 0 when it has none.
        f1: harmonic mean of the two.
        support: rows that are it.
        predicted: rows predicted as it.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


def are_distributions(probabilities: Scores) -> bool:
    """Whether every row [C] of [N, C] is a distribution; the margins of an SVM are not, and have no log loss."""
    sums = probabilities.sum(axis=1, dtype=np.float64)
    return bool(probabilities.min() >= 0 and np.abs(sums - 1).max() <= SUM_TOLERANCE)


def are_probabilities(probabilities: Scores) -> bool:
    """Whether every entry of [N, C] is a probability by itself, as for several labels a row."""
    return bool(probabilities.min() >= 0 and probabilities.max() <= 1)


def classification_metrics(
    gold: Ids, probabilities: Scores, labels: Sequence[str], *, predicted: Ids | None = None
) -> dict[str, float]:
    """The metrics of one label a row.

    Args:
        gold: [N] true class of each row.
        probabilities: [N, C]; scores that are no distributions are welcome, they only have no log loss.
        labels: C names.
        predicted: [N] predicted class; the one with the highest score by default.

    Returns:
        ``accuracy``, ``macro_f1``, ``micro_f1``, ``weighted_f1`` (over the classes that occur in the gold or the
        predicted column), ``auc`` (macro one-vs-rest over all classes; absent unless each has rows on both sides) and
        ``log_loss`` (absent for scores that are no distributions).

    Raises:
        ValueError: when the shapes do not fit each other.
    """
    from sklearn.metrics import accuracy_score, f1_score, log_loss

    _check(gold, probabilities, labels, (probabilities.shape[0],))
    predicted = probabilities.argmax(axis=1) if predicted is None else predicted
    found = {"accuracy": float(accuracy_score(gold, predicted))}
    for average in ("macro", "micro", "weighted"):
        found[f"{average}_f1"] = float(f1_score(gold, predicted, average=average, zero_division=0))
    indicators = gold[:, None] == np.arange(len(labels))
    found |= _auc(indicators[:, 1:], probabilities[:, 1:]) if len(labels) == 2 else _auc(indicators, probabilities)
    if are_distributions(probabilities):
        with _no_sum_warning():
            found["log_loss"] = float(log_loss(gold, probabilities.clip(0, 1), labels=np.arange(len(labels))))
    return found


def label_set_metrics(
    gold: Ids, probabilities: Scores, labels: Sequence[str], *, threshold: float | Scores = 0.5
) -> dict[str, float]:
    """The metrics of several labels a row; a label is predicted where its probability reaches the threshold.

    Args:
        gold: [N, C] of 0 and 1.
        probabilities: [N, C], each by itself.
        labels: C names.
        threshold: from which probability on a label is predicted, for all labels or for each [C].

    Returns:
        ``exact_match``, ``micro_f1``, ``macro_f1``, ``weighted_f1``, ``samples_f1``, ``auc`` (macro; absent unless
        every label has rows on both sides) and ``log_loss`` (binary, mean over labels and rows; absent for scores
        that are no probabilities).

    Raises:
        ValueError: when the shapes do not fit each other.
    """
    from sklearn.metrics import accuracy_score, f1_score

    _check(gold, probabilities, labels, probabilities.shape)
    predicted = (probabilities >= threshold).astype(np.int64)
    found = {"exact_match": float(accuracy_score(gold, predicted))}
    for average in ("micro", "macro", "weighted", "samples"):
        found[f"{average}_f1"] = float(f1_score(gold, predicted, average=average, zero_division=0))
    found |= _auc(gold == 1, probabilities)
    if are_probabilities(probabilities):
        found["log_loss"] = float(np.mean(binary_log_losses(gold, probabilities)))
    return found


def binary_log_losses(gold: Ids, probabilities: Scores) -> NDArray[np.float64]:
    """-ln of the probability given to the truth, per entry: [N, C] from two [N, C]."""
    truth = np.where(gold == 1, probabilities, 1 - probabilities)
    return -np.log(np.maximum(truth, np.finfo(probabilities.dtype).eps), dtype=np.float64)


def per_class(gold: Ids, probabilities: Scores, labels: Sequence[str]) -> list[ClassCounts]:
    """How each class was treated, one label a row; arguments as for `classification_metrics`."""
    _check(gold, probabilities, labels, (probabilities.shape[0],))
    return _class_counts(gold, probabilities.argmax(axis=1), labels, np.arange(len(labels)))


def per_label(
    gold: Ids, probabilities: Scores, labels: Sequence[str], *, threshold: float | Scores = 0.5
) -> list[ClassCounts]:
    """How each label was treated, several a row; arguments as for `label_set_metrics`."""
    _check(gold, probabilities, labels, probabilities.shape)
    return _class_counts(gold, (probabilities >= threshold).astype(np.int64), labels, None)


def confusion(gold: Ids, predicted: Ids, classes: int) -> NDArray[np.int64]:
    """Rows by true class and predicted class: [C, C] from two [N]."""
    return np.bincount(gold * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def _class_counts(gold: Ids, predicted: Ids, labels: Sequence[str], ids: Ids | None) -> list[ClassCounts]:
    from sklearn.metrics import precision_recall_fscore_support

    precision, recall, f1, support = precision_recall_fscore_support(gold, predicted, labels=ids, zero_division=0)
    counts = predicted.sum(axis=0) if predicted.ndim == 2 else np.bincount(predicted, minlength=len(labels))
    return [
        ClassCounts(label, float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]), int(counts[i]))
        for i, label in enumerate(labels)
    ]


def _auc(indicators: NDArray[np.bool_], scores: Scores) -> dict[str, float]:
    """Macro AUC of [N, C] scores against [N, C] truths; nothing where a class lacks one side."""
    from sklearn.metrics import roc_auc_score

    positives = indicators.sum(axis=0)
    if not np.all((positives > 0) & (positives < len(indicators))):
        return {}
    return {"auc": float(roc_auc_score(indicators, scores, average="macro"))}


def _check(gold: Ids, probabilities: Scores, labels: Sequence[str], shape: tuple[int, ...]) -> None:
    if probabilities.ndim != 2 or probabilities.shape[1] != len(labels) or len(labels) < 2:
        raise ValueError(
            f"probabilities have the shape {probabilities.shape}, expected [N, C] with C = {len(labels)} labels >= 2"
        )
    if gold.shape != shape or gold.size == 0:
        raise ValueError(f"gold has the shape {gold.shape}, expected {shape} with at least one row")


@contextmanager
def _no_sum_warning() -> Iterator[None]:
    """float32 rows miss one by more than scikit-learn likes; `are_distributions` has looked already."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The y_prob values do not sum to one", category=UserWarning)
        warnings.filterwarnings("ignore", message="The y_pred values do not sum to one", category=UserWarning)
        yield

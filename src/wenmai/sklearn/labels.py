"""y: one label a row, or any number of labels a row, in every form that scikit-learn's users have them.

Letters of the shapes: N rows, C classes or labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from wenmai.core.schema import ClassifyColumns, Language, Schema
from wenmai.data.dataset import Dataset
from wenmai.sklearn.errors import InputError, InputTypeError
from wenmai.sklearn.texts import is_missing
from wenmai.tasks.classify import Classify


@dataclass(frozen=True, slots=True)
class Answers:
    """What the rows are labelled as.

    Attributes:
        classes: [C] the classes as they were given, in ascending order; of an indicator matrix 0 to C - 1, or the
            names of its columns.
        targets: [N] the class of each row, or [N, C] of 0 and 1.
        several: whether a row may carry several labels.
        sparse: whether they came as a sparse matrix.
    """

    classes: NDArray[Any]
    targets: NDArray[Any]
    several: bool = False
    sparse: bool = False

    def task(self) -> Classify:
        """The task, its labels in the order of the classes."""
        return Classify(labels=names_of(self.classes), several=self.several)

    def labelled(self, texts: list[str], language: Language) -> Dataset:
        """A data set of the texts with their labels as text."""
        names = np.array(names_of(self.classes), object)
        labels = [names[row == 1].tolist() for row in self.targets] if self.several else names[self.targets].tolist()
        column = pa.array(labels, pa.list_(pa.string()) if self.several else pa.string())
        schema = Schema(columns=ClassifyColumns(several_labels=self.several), language=language)
        return Dataset(pa.table({"text": pa.array(texts, pa.string()), "label": column}), schema, "the rows given")


def answers_of(y: Any, rows: int) -> Answers:
    """Read labels.

    Args:
        y: [N] strings, whole numbers or truth values; [N, C] of 0 and 1, dense, sparse or a data frame; or N
            collections of labels.
        rows: how many texts there are.

    Raises:
        InputError: when there are none, one is missing, they are no classes, their number is not that of the texts, or
            fewer than two differ; InputTypeError: when they are of kinds that cannot be ordered.
    """
    if y is None:
        raise InputError("TextClassifier requires y to be passed, but the target y is None")
    answers = _several_of(y) if holds_collections(y) else _array_answers(y)
    if len(answers.targets) != rows:
        raise InputError(
            "Found input variables with inconsistent numbers of samples: "
            f"X has {rows} texts, y the labels of {len(answers.targets)}"
        )
    if len(answers.classes) < 2:
        only = f" ({names_of(answers.classes)[0]!r})" if len(answers.classes) else ""
        found = f"1 class{only}" if only else "no label"
        raise InputError(f"y holds {found} in {rows} rows", remedy="Give rows of at least two classes")
    return answers


def names_of(classes: NDArray[Any]) -> tuple[str, ...]:
    """Classes [C] as text, whole numbers without ``.0``: how a bundle writes them."""
    return tuple(str(int(one)) if isinstance(one, float) else str(one) for one in classes.tolist())


def weights_of(class_weight: Any, classes: NDArray[Any]) -> Any:
    """A class weight by the classes' names; ``balanced`` and what is neither are for the config to judge."""
    if not isinstance(class_weight, dict):
        return class_weight
    names = dict(zip(classes.tolist(), names_of(classes), strict=True))
    return {names.get(one, str(one)): weight for one, weight in class_weight.items()}


def holds_collections(y: Any) -> bool:
    """Whether y holds a collection of labels a row, and not the rows of an indicator matrix."""
    if hasattr(y, "columns") or getattr(y, "ndim", 1) != 1 or not hasattr(y, "__len__") or isinstance(y, str):
        return False
    rows = list(y)
    if any(isinstance(row, set | frozenset) for row in rows):
        return True
    if not rows or not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        return False
    sizes = {len(row) for row in rows}
    return len(sizes) > 1 or sizes == {0} or any(isinstance(value, str) for row in rows for value in row)


def _several_of(y: Any) -> Answers:
    """Of collections of labels."""
    rows = list(y)
    for row, labels in enumerate(rows):
        if isinstance(labels, str) or not hasattr(labels, "__iter__"):
            raise InputTypeError(f"y[{row}] is {labels!r} where a list of labels is expected")
    flat = np.array([one for labels in rows for one in labels], object)
    classes, numbers = _distinct(flat)
    targets = np.zeros((len(rows), len(classes)), np.int8)
    targets[np.repeat(np.arange(len(rows)), [len(labels) for labels in rows]), numbers] = 1
    return Answers(classes, targets, several=True)


def _array_answers(y: Any) -> Answers:
    if hasattr(y, "toarray"):
        return _indicators(y.toarray(), None, sparse=True)
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] > 1:
        names = [str(name) for name in y.columns] if hasattr(y, "columns") else None
        return _indicators(values, names)
    values = column_or_1d(values, warn=True)
    if values.dtype.kind == "U" and not all(isinstance(label, str) for label in y):
        values = np.array(list(y), object)  # numpy writes what stands between strings, NaN too, as a string
    _check_present(values)
    answers = Answers(*_distinct(values))
    check_classification_targets(values)
    return answers


def _indicators(values: NDArray[Any], names: Sequence[str] | None, *, sparse: bool = False) -> Answers:
    if values.dtype.kind not in "biuf" or not np.isin(values, (0, 1)).all():
        found = type_of_target(values) if values.dtype.kind in "biuf" and np.isfinite(values).all() else "unknown"
        raise InputError(
            f"Unknown label type: {found}: y is a matrix of {' × '.join(map(str, values.shape))} values",
            remedy="Give one label a row, or 0 and 1 in a column for each label",
        )
    classes = np.arange(values.shape[1]) if names is None else np.array(names, object)
    return Answers(classes, values.astype(np.int8), several=True, sparse=sparse)


def _check_present(values: NDArray[Any]) -> None:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InputError(f"Input y contains {'NaN' if np.isnan(values[row]) else 'infinity'}: y[{row}]")
    if values.dtype.kind == "O":
        row = next((row for row, value in enumerate(values) if is_missing(value)), -1)
        if row >= 0:
            raise InputError(f"Input y contains NaN: y[{row}] is {values[row]!r}", remedy="Remove rows without a label")


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The classes [C] in ascending order and the class [N] of each value."""
    try:
        classes, numbers = np.unique(values, return_inverse=True)
    except TypeError:
        kinds = sorted({type(value).__name__ for value in values})
        raise InputTypeError(
            f"y mixes labels of the types {', '.join(kinds)}", remedy="Make them all strings: list(map(str, y))"
        ) from None
    return classes, numbers

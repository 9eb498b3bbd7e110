"""The labels and the probabilities of a table of outside predictions, each checked where it stands.

Shapes: N rows of the table, C labels.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.comparison.outside import Answers
from wenmai.core.errors import DataError, UnknownChoiceError, UsageError, WenmaiError
from wenmai.data.records import RawTable, scalar_text
from wenmai.tasks.classify import Classify

Floats = NDArray[np.float64]

LABEL_COLUMNS = ("predicted", "label", "labels")
"""Where the labels stand: the first of these that there is."""
SEPARATORS = (";", "|", ",", "/", "、", "\t", " ")
"""What may stand between the labels of a row, besides what stands there in the data."""
ROUNDED_BY = 0.005
"""How far each probability of a row may have been rounded; a sum that this explains is scaled to 1."""
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class OutsideTable:
    """A table of outside predictions as it was read.

    Attributes:
        raw: its columns; task: the labels that they speak of.
        separator: what stands between the labels of a row in the data, where it is known.
    """

    raw: RawTable
    task: Classify
    separator: str | None = None

    def cells(self, name: str) -> list[Any] | None:
        """A column by its name, in whatever case; None where there is none."""
        names = {one.strip().casefold(): one for one in self.raw.table.column_names}
        if name not in names:
            return None
        cells: list[Any] = self.raw.table.column(names[name]).to_pylist()
        return cells

    def where(self, at: int) -> str:
        """``file:line`` of a row of the table."""
        if self.raw.lines is None:
            return f"{self.raw.name} row {at + 1}"
        return f"{self.raw.name}:{self.raw.lines[at]}"

    def answers(self) -> Answers:
        """Labels and probabilities in the order of the table; labels that are not there follow from probabilities.

        Raises:
            UsageError: when there are neither, only some of the probabilities, or an unknown label.
            DataError: for a row without a label, and for what are no probabilities.
        """
        probabilities = self._probabilities()
        cells = next((found for name in LABEL_COLUMNS if (found := self.cells(name)) is not None), None)
        if cells is not None:
            return Answers(self._label_sets(cells) if self.task.several else self._labels(cells), probabilities)
        if probabilities is None:
            raise UsageError(
                "there is no column 'predicted' or 'label'",
                where=self.raw.name,
                remedy=f"Columns found: {', '.join(self.raw.table.column_names)}",
            )
        return Answers(self.task.but(thresholds=None).decided(probabilities), probabilities)

    def _labels(self, cells: Sequence[Any]) -> NDArray[np.int64]:
        numbers = {label: number for number, label in enumerate(self.task.labels)}
        found = np.empty(len(cells), np.int64)
        for at, cell in enumerate(cells):
            label = (scalar_text(cell) or "").strip()
            if label not in numbers:
                raise self._unknown(label, at)
            found[at] = numbers[label]
        return found

    def _label_sets(self, cells: Sequence[Any]) -> NDArray[np.bool_]:
        numbers = {label: number for number, label in enumerate(self.task.labels)}
        separators = dict.fromkeys([*([self.separator] if self.separator else []), *SEPARATORS])
        read = [[_label_set(cell, separator, numbers) for cell in cells] for separator in separators]
        known = [sum(set(row or ()) <= numbers.keys() for row in rows) for rows in read]
        found = np.zeros((len(cells), len(numbers)), bool)
        for at, row in enumerate(read[int(np.argmax(known))]):
            if row is None:
                raise self._unknown("", at)
            for label in row:
                if label not in numbers:
                    raise self._unknown(label, at)
                found[at, numbers[label]] = True
        return found

    def _unknown(self, label: str, at: int) -> WenmaiError:
        if label:
            return UnknownChoiceError("label", label, self.task.labels, where=self.where(at))
        return DataError("there is no label", where=self.where(at), remedy="Give every row its prediction")

    def _probabilities(self) -> Floats | None:
        """Probabilities [N, C]; None where there is no column of them."""
        columns = {name.strip(): name for name in self.raw.table.column_names}
        names = [f"p_{label}" for label in self.task.labels]
        missing = [name for name in names if name not in columns]
        if len(missing) == len(names):
            return None
        if self.task.several or not missing:
            self._check_whole(missing)
            values = np.stack([self._numbers(columns[name]) for name in names], axis=1)
            return values if self.task.several else self._distributions(values)
        if len(names) > 2:
            self._check_whole(missing)
        # Of two exclusive classes one says it all.
        one = self._numbers(next(columns[name] for name in names if name in columns))
        return np.stack([1 - one, one] if missing == names[:1] else [one, 1 - one], axis=1)

    def _check_whole(self, missing: Sequence[str]) -> None:
        if missing:
            raise UsageError(
                f"there is no column {missing[0]!r} beside the other probabilities",
                where=self.raw.name,
                remedy="Give a column for every label, or none",
            )

    def _numbers(self, name: str) -> Floats:
        """A column of probabilities [N]."""
        values = np.empty(self.raw.table.num_rows)
        for at, cell in enumerate(self.raw.table.column(name).to_pylist()):
            values[at] = value = _number(cell)
            if not -_TOLERANCE <= value <= 1 + _TOLERANCE:  # NaN is not either.
                raise DataError(
                    f"{name!r} is {cell!r}, which is no probability",
                    where=self.where(at),
                    remedy="Give numbers from 0 to 1 in every row",
                )
        return values.clip(0, 1)

    def _distributions(self, values: Floats) -> Floats:
        sums = values.sum(axis=1)
        wrong = np.flatnonzero(np.abs(sums - 1) > ROUNDED_BY * values.shape[1] + _TOLERANCE)
        if len(wrong):
            raise DataError(
                f"the probabilities sum to {sums[wrong[0]]:.4g}",
                where=self.where(int(wrong[0])),
                remedy="With one label a row they sum to 1; leave the columns out where they are scores",
            )
        scaled: Floats = values / sums[:, None]
        return scaled


def _number(cell: Any) -> float:
    """A cell as a number; NaN where it is none."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return float("nan")


def _label_set(cell: Any, separator: str, labels: Collection[str]) -> list[str] | None:
    """The labels of a cell: a list, a list as JSON, one label, or several with a separator; None where it says nothing.

    An empty text is a row without a label.
    """
    if cell is None or cell != cell:
        return None
    if isinstance(cell, str) and cell.lstrip()[:1] == "[" and cell.strip() not in labels:
        cell = _json_list(cell)
    if isinstance(cell, list):
        texts = [scalar_text(one) or "" for one in cell]
    else:
        text = scalar_text(cell) or ""
        texts = [text] if text.strip() in labels else text.split(separator)
    return [text.strip() for text in texts if text.strip()]


def _json_list(cell: str) -> str | list[Any]:
    try:
        value = json.loads(cell)
    except ValueError:
        return cell
    return value if isinstance(value, list) else cell

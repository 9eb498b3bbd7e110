"""A table with what a bundle says of each row added to its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from wenmai.bundle.bundle import Bundle
from wenmai.core.errors import UsageError
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.tasks.classify import Classify, LabelPrediction

SUFFIX = "_wenmai"


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the added columns.

    Attributes:
        label: the label; the list of labels where rows may carry several.
        score: its probability.
        probabilities: the column of each label's probability, by the label.
        renamed: names that were taken already, with what they became.
    """

    label: str
    score: str
    probabilities: dict[str, str]
    renamed: dict[str, str]


def added_columns(bundle: Bundle, names: Sequence[str]) -> Columns:
    """How the added columns are called beside columns of these names: ``label``, ``score``, ``p_LABEL``.

    Raises:
        UsageError: for a bundle that does not give labels.
    """
    if not isinstance(bundle.task, Classify):
        raise UsageError(
            f"{bundle.recipe.member} gives no labels that could become columns",
            remedy="Give it lines of text instead: wenmai predict BUNDLE - --format json",
        )
    taken = set(names)
    renamed: dict[str, str] = {}

    def free(name: str) -> str:
        found = name
        while found in taken:
            found += SUFFIX
        if found != name:
            renamed[name] = found
        taken.add(found)
        return found

    several = bundle.task.head().kind == "labels"
    label, score = free("labels" if several else "label"), free("score")
    probabilities = {name: free(f"p_{name}") for name in bundle.task.head().names}
    return Columns(label, score, probabilities, renamed)


def predicted_tables(bundle: Bundle, data: Dataset, columns: Columns) -> Iterator[pa.Table]:
    """The rows of a data set, a batch at a time, with all their columns and the bundle's predictions.

    A data set without rows gives one table without rows.
    """
    for start in range(0, max(1, len(data)), BATCH_ROWS):
        table = data.take(None, start, start + BATCH_ROWS)
        predictions: list[Any] = list(bundle.stream([data.inputs(start, start + BATCH_ROWS)]))
        yield _with_predictions(table, predictions, columns, bundle.task.head().kind == "labels")


def _with_predictions(
    table: pa.Table, predictions: Sequence[LabelPrediction], columns: Columns, several: bool
) -> pa.Table:
    kind = pa.list_(pa.string()) if several else pa.string()
    labels = [list(one.labels) if several else one.label for one in predictions]
    table = table.append_column(columns.label, pa.array(labels, kind))
    table = table.append_column(columns.score, pa.array([one.score for one in predictions], pa.float64()))
    for label, name in columns.probabilities.items():
        values = [one.probabilities[label] for one in predictions]
        table = table.append_column(name, pa.array(values, pa.float64()))
    return table

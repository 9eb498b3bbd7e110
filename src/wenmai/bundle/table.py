"""A table with what a bundle says of each row added to its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from wenmai.bundle.bundle import Bundle
from wenmai.core.errors import UsageError
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.tasks.classify import Classify

SUFFIX = "_wenmai"


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the added columns.

    Attributes:
        label: the label; the list of labels where rows may carry several; None where numbers are predicted.
        score: its probability; or the number that is predicted.
        probabilities: the column of each label's probability, by the label.
        unsure: whether the row is below the confidence that was asked for; None where none was.
        renamed: names that were taken already, with what they became.
    """

    label: str | None
    score: str
    probabilities: dict[str, str]
    unsure: str | None
    renamed: dict[str, str]


def added_columns(bundle: Bundle, names: Sequence[str], *, unsure: bool = False) -> Columns:
    """How the added columns are called beside columns of these names: ``label``, ``score``, ``p_LABEL``.

    Where a number is predicted there is ``score`` alone.

    Args:
        bundle: whose predictions they are.
        names: of the columns that there are.
        unsure: whether a column ``unsure`` is added too, after the score.

    Raises:
        UsageError: for a bundle that gives neither labels nor numbers, and for doubt about numbers.
    """
    numbers = bundle.task.head().kind in ("value", "ranks")
    if numbers and unsure:
        raise UsageError(f"what {bundle.recipe.member} says has no probability", remedy="Leave out --unsure-below")
    if not numbers and not isinstance(bundle.task, Classify):
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

    if numbers:
        return Columns(None, free("score"), {}, None, renamed)
    several = bundle.task.head().kind == "labels"
    label, score = free("labels" if several else "label"), free("score")
    doubt = free("unsure") if unsure else None
    probabilities = {name: free(f"p_{name}") for name in bundle.task.head().names}
    return Columns(label, score, probabilities, doubt, renamed)


def predicted_tables(
    bundle: Bundle, data: Dataset, columns: Columns, *, unsure_below: float = 0.0
) -> Iterator[pa.Table]:
    """The rows of a data set, a batch at a time, with all their columns and the bundle's predictions.

    A data set without rows gives one table without rows.

    Args:
        bundle: what predicts; data: the rows; columns: from `added_columns`.
        unsure_below: a row is unsure whose prediction has less confidence; for a column ``unsure``.
    """
    for start in range(0, max(1, len(data)), BATCH_ROWS):
        table = data.take(None, start, start + BATCH_ROWS)
        predictions: list[Any] = list(bundle.stream([data.inputs(start, start + BATCH_ROWS)]))
        yield _with_predictions(table, predictions, columns, bundle.task.head().kind == "labels", unsure_below)


def _with_predictions(
    table: pa.Table, predictions: Sequence[Any], columns: Columns, several: bool, unsure_below: float
) -> pa.Table:
    if columns.label is not None:
        kind = pa.list_(pa.string()) if several else pa.string()
        labels = [list(one.labels) if several else one.label for one in predictions]
        table = table.append_column(columns.label, pa.array(labels, kind))
    table = table.append_column(columns.score, pa.array([one.score for one in predictions], pa.float64()))
    if columns.unsure is not None:
        unsure = pa.array([one.confidence < unsure_below for one in predictions], pa.bool_())
        table = table.append_column(columns.unsure, unsure)
    for label, name in columns.probabilities.items():
        values = [one.probabilities[label] for one in predictions]
        table = table.append_column(name, pa.array(values, pa.float64()))
    return table

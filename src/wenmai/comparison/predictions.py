"""What every rung said of every row: ``predictions.parquet``; and the rows that others may predict: ``to_predict.csv``.

Neither holds a label and a text together: the first has labels and no texts, the second has texts and no labels.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wenmai.comparison.division import Division
from wenmai.comparison.outside import Outsider
from wenmai.comparison.rung import Rung
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.data.loading import Loaded
from wenmai.data.sources import Sources
from wenmai.data.write import write_table
from wenmai.models.contract import Outputs
from wenmai.tasks.classify import Classify
from wenmai.tasks.contract import Task

Rows = NDArray[np.int64]

PREDICTIONS = "predictions.parquet"
TO_PREDICT = "to_predict.csv"
GROUP_ROWS = 16 * BATCH_ROWS
"""Rows of one row group of the Parquet file: what is held at a time."""


@dataclass(frozen=True, slots=True)
class RowNumbers:
    """Where the rows of a division stand in the data as it was loaded.

    Attributes:
        choosing: of the rows that choices are made on, counted from 1; test: of the test rows.
        lines: of every row of the data, the line of its file, from 1; 0 where it has none.
    """

    choosing: Rows
    test: Rows
    lines: Rows

    @classmethod
    def of(cls, data: Dataset | Loaded, division: Division) -> RowNumbers:
        """Of the rows of a division of the data, its labels corrected or not."""
        sources = Sources.of(data)
        choosing, test = (sources.rows_of(_as_loaded(part, sources)) for part in (division.choosing, division.test))
        return cls(choosing, test, np.concatenate(list(map(_lines, sources.parts))))


def write_to_predict(division: Division, numbers: RowNumbers, folder: Path, *, redact: bool = False) -> None:
    """Write the texts of the test rows and, where choices are made on them, of the dev rows: no labels.

    Columns: ``row``, ``part``, and the columns that hold the text; one that has such a name itself gets ``_text``.
    Where texts shall not leave, the file is not written, and what an earlier run left is removed.
    """
    if redact:
        (folder / TO_PREDICT).unlink(missing_ok=True)
        return
    parts = [("test", division.test, numbers.test)]
    if division.dev is not None:
        parts.append(("dev", division.dev, numbers.choosing))
    write_table((table for part, rows, at in parts for table in _texts(part, rows, at)), folder / TO_PREDICT)


def write_predictions(
    rungs: Sequence[Rung], outsiders: Sequence[Outsider], division: Division, numbers: RowNumbers, folder: Path
) -> None:
    """Write what rungs and outsiders said of the rows that choices were made on and of the test rows.

    One row for each rung, seed, part and row of the data; ``docs/results.md`` describes the columns. What an earlier
    run left is removed where there is nothing to write.
    """
    said: list[Rung | Outsider] = [*rungs, *outsiders]
    if said:
        writer = _Writer(division, numbers)
        write_table((table for one in said for table in writer.tables(one)), folder / PREDICTIONS)
    else:
        (folder / PREDICTIONS).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Writer:
    division: Division
    numbers: RowNumbers

    def tables(self, one: Rung | Outsider) -> Iterator[pa.Table]:
        """The tables of a rung, all its seeds, or of an outsider."""
        division, numbers = self.division, self.numbers
        parts = [
            ("dev" if division.dev is not None else "cross-validation", division.choosing, numbers.choosing),
            ("test", division.test, numbers.test),
        ]
        for part, data, at in parts:
            for start in range(0, len(data), GROUP_ROWS):
                stop = min(start + GROUP_ROWS, len(data))
                for seed, answers in self._answers(one, part, data, start, stop):
                    yield self._table(one.name, seed, part, data, at[start:stop], start, answers)

    def _answers(
        self, one: Rung | Outsider, part: str, data: Dataset, start: int, stop: int
    ) -> Iterator[tuple[int | None, dict[str, pa.Array[Any]]]]:
        """The columns of what was said of some rows, by the seed of the fit that said it."""
        if isinstance(one, Outsider):
            answers = one.test if part == "test" else one.dev
            if answers is not None:
                probabilities = None if answers.probabilities is None else answers.probabilities[start:stop]
                yield None, _label_columns(one.task, answers.predicted[start:stop], probabilities)
            return
        for fit in one.fits:
            outputs = fit.test_outputs if part == "test" else fit.chosen_outputs
            yield fit.seed, _columns(one.bundle.task, outputs[start:stop], data, start, stop)

    def _table(
        self,
        name: str,
        seed: int | None,
        part: str,
        data: Dataset,
        at: Rows,
        start: int,
        answers: dict[str, pa.Array[Any]],
    ) -> pa.Table:
        rows, lines = len(at), self.numbers.lines[at - 1]
        columns: dict[str, Any] = {
            "rung": pa.repeat(pa.scalar(name, pa.string()), rows),
            "seed": pa.repeat(pa.scalar(seed, pa.int64()), rows),
            "part": pa.repeat(pa.scalar(part, pa.string()), rows),
            "row": pa.array(at, pa.int64()),
            "line": pa.array(lines, pa.int64(), mask=lines == 0),
            "label": _gold(data, start, start + rows),
        }
        return pa.table(columns | answers)


def _texts(part: str, data: Dataset, numbers: Rows) -> Iterator[pa.Table]:
    names = data.schema.required()
    written = [f"{name}_text" if name in ("row", "part") else name for name in names]
    for start in range(0, len(data), BATCH_ROWS):
        table = data.take(names, start, start + BATCH_ROWS)
        at = numbers[start : start + BATCH_ROWS]
        first: dict[str, Any] = {
            "row": pa.array(at, pa.int64()),
            "part": pa.repeat(pa.scalar(part, pa.string()), len(at)),
        }
        yield pa.table([*first.values(), *table.select(names).columns], names=[*first, *written])


def _gold(data: Dataset, start: int, stop: int) -> pa.Array[Any] | pa.ChunkedArray[Any]:
    """The answers of some rows: labels and numbers as they are, anything else as JSON."""
    table = data.take(data.schema.answers(), start, stop)
    if not table.num_columns:
        return pa.nulls(stop - start, pa.string())
    column = table.column(0)
    if data.schema.kind in ("classify", "pair"):
        return column
    answers = column.to_pylist() if table.num_columns == 1 else table.to_pylist()
    return pa.array([json.dumps(answer, ensure_ascii=False, default=str) for answer in answers], pa.string())


def _columns(task: Task, outputs: Outputs, data: Dataset, start: int, stop: int) -> dict[str, pa.Array[Any]]:
    """What outputs say of some rows: labels and their probabilities, numbers, or JSON."""
    if isinstance(task, Classify):
        probabilities = task.probabilities(outputs)
        return _label_columns(task, task.decided(probabilities), probabilities)
    if task.head().kind in ("value", "ranks"):
        return {"predicted": pa.array(np.asarray(outputs, np.float64).reshape(-1))}
    found = [
        json.dumps(prediction.to_dict(), ensure_ascii=False, default=str)
        for prediction in task.predictions(outputs, data.inputs(start, stop))
    ]
    return {"predicted": pa.array(found, pa.string())}


def _label_columns(
    task: Classify, predicted: NDArray[Any], probabilities: NDArray[np.floating[Any]] | None
) -> dict[str, pa.Array[Any]]:
    """``predicted`` and ``p_LABEL`` from label numbers [N], or [N, C] of 0 and 1, and probabilities [N, C]."""
    names = pa.array(task.labels, pa.string())
    if task.several:
        ends = np.concatenate([[0], np.count_nonzero(predicted, axis=1).cumsum()])
        given = names.take(np.nonzero(predicted)[1])
        said: pa.Array[Any] = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), given)
    else:
        said = names.take(predicted)
    rows = len(predicted)
    columns = {
        f"p_{label}": (
            pa.nulls(rows, pa.float32())
            if probabilities is None
            else pa.array(probabilities[:, number].astype(np.float32))
        )
        for number, label in enumerate(task.labels)
    }
    return {"predicted": said, **columns}


def _as_loaded(view: Dataset, sources: Sources) -> Dataset:
    """The view on the table that was loaded, where its own has the same rows with other labels."""
    if any(view.table is part.table for part in sources.parts):
        return view
    names = view.schema.required()
    texts = view.table.select(names)
    same = (part.table for part in sources.parts if part.table.select(names).equals(texts))
    return replace(view, table=next(same, view.table))


def _lines(part: Dataset) -> Rows:
    if part.lines is None:
        return np.zeros(len(part), np.int64)
    return part.lines if part.rows is None else part.lines[part.rows]

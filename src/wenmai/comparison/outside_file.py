"""The file in which outside predictions come: every test row answered once, or refused with the line that is wrong.

Columns: ``row``, as ``to_predict.csv`` has it; ``predicted`` or ``label``; ``p_LABEL`` for each label, where there are
probabilities. Others are ignored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.catalog import Catalog
from wenmai.comparison.division import Division
from wenmai.comparison.outside import Answers, Outsider
from wenmai.comparison.outside_answers import OutsideTable
from wenmai.core.errors import DataError, UsageError
from wenmai.data.columnar import from_memory
from wenmai.data.read import Request, read_source
from wenmai.data.records import RawTable, scalar_text
from wenmai.data.wording import counted
from wenmai.tasks.classify import Classify

Rows = NDArray[np.int64]

_NAMED_ROWS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """The rows that an outsider may answer.

    Attributes:
        test: their numbers, as ``to_predict.csv`` has them; dev: those of the dev rows; empty where there are none.
        separator: what stands between the labels of a row in the data, where it is known.
    """

    test: Rows
    dev: Rows
    separator: str | None = None


def read_outside(
    outside: Mapping[str, Any], asked: Asked, division: Division, catalog: Catalog, rungs: Sequence[str]
) -> tuple[Outsider, ...]:
    """Outside predictions by their names.

    Args:
        outside: name → a file, a frame, or a list of dicts, as `wenmai.load` reads them.
        asked: the rows that can be answered.
        division: from whose training rows the labels are known.
        rungs: names that are taken.

    Raises:
        UsageError: for a task without labels, a name that is taken, a missing column, an unknown label.
        DataError: for rows that are missing, unknown or answered twice, and for what are no probabilities.
    """
    if not outside:
        return ()
    task = catalog.task(division.train.schema.kind).of(division.train)
    if not isinstance(task, Classify):
        raise UsageError(
            f"outside predictions are labels, and the task is {task.kind!r}", remedy="Compare without them"
        )
    for name in outside:
        if not name.strip() or name in rungs:
            raise UsageError(
                f"outside predictions cannot be called {name!r}{', as a rung is' if name in rungs else ''}",
                remedy="Give them a name of their own: --outside NAME=FILE",
            )
    return tuple(
        _outsider(name, OutsideTable(_table(name, source), task, asked.separator), asked)
        for name, source in outside.items()
    )


def _table(name: str, source: Any) -> RawTable:
    if not isinstance(source, str | Path):
        return from_memory(source, name)
    tables = read_source(source, Request())
    if "" not in tables:
        raise UsageError("the predictions come in several parts", where=str(source), remedy="Give one table")
    return tables[""]


def _outsider(name: str, table: OutsideTable, asked: Asked) -> Outsider:
    order, notes = _order(table, asked)
    answers = table.answers()
    tests = len(asked.test)
    test, dev = _picked(answers, order[:tests]), _picked(answers, order[tests:])
    empty = int((~answers.predicted[order].any(axis=1)).sum()) if table.task.several else 0
    if empty:
        notes.append(counted(empty, "row was given no label", "rows were given no label"))
    return Outsider(
        name=name,
        source=Path(table.raw.name).name,
        fingerprint=_fingerprint(test, dev),
        task=table.task,
        test=test,
        dev=dev if len(order) > tests else None,
        notes=tuple(notes),
    )


def _order(table: OutsideTable, asked: Asked) -> tuple[Rows, list[str]]:
    """The rows of the table that answer the test rows and, where they are answered, the dev rows; and notes."""
    cells = table.cells("row")
    if cells is not None:
        return _order_by_number(table, cells, asked), []
    rows, tests, devs = table.raw.table.num_rows, len(asked.test), len(asked.dev)
    if rows not in (tests, tests + devs):
        either = f"{tests:,} test rows" + (f", or {tests + devs:,} with the dev rows" if devs else "")
        raise DataError(
            f"there is no column 'row' and there are {rows:,} rows instead of {either}",
            where=table.raw.name,
            remedy="Keep the column 'row' of to_predict.csv",
        )
    which = "test rows" if rows == tests else "rows of to_predict.csv"
    return np.arange(rows), [f"as there is no column 'row', its rows were taken to be the {which} in their order"]


def _order_by_number(table: OutsideTable, cells: Sequence[Any], asked: Asked) -> Rows:
    numbers = np.concatenate([asked.test, asked.dev])
    places = {int(number): place for place, number in enumerate(numbers)}
    order = np.full(len(numbers), -1)
    for at, cell in enumerate(cells):
        number = _number(table, cell, at)
        place = places.get(number)
        if place is None:
            raise DataError(
                f"row {number} is none of the rows to predict",
                where=table.where(at),
                remedy="Predict the rows of to_predict.csv in the run folder; another division has others",
            )
        if order[place] >= 0:
            raise DataError(
                f"row {number} has a prediction already, at {table.where(int(order[place]))}",
                where=table.where(at),
                remedy="Give each row one prediction",
            )
        order[place] = at
    tests = len(asked.test)
    _check_all(table, "test", numbers[:tests][order[:tests] < 0], tests)
    if (order[tests:] < 0).all():
        return order[:tests]
    _check_all(table, "dev", numbers[tests:][order[tests:] < 0], len(asked.dev))
    return order


def _check_all(table: OutsideTable, part: str, missing: Rows, rows: int) -> None:
    if len(missing):
        named = ", ".join(map(str, missing[:_NAMED_ROWS])) + (", …" if len(missing) > _NAMED_ROWS else "")
        optional = ", or none of them" if part == "dev" else ""
        raise DataError(
            f"{len(missing):,} of {rows:,} {part} rows have no prediction: row {named}",
            where=table.raw.name,
            remedy=f"Predict every row of to_predict.csv whose part is {part}{optional}",
        )


def _number(table: OutsideTable, cell: Any, at: int) -> int:
    text = (scalar_text(cell) or "").strip().removesuffix(".0")
    if not (text.isascii() and text.isdecimal()):
        raise DataError(
            f"the row is {text!r}, which is no number" if text else "there is no row number",
            where=table.where(at),
            remedy="Keep the column 'row' as it is in to_predict.csv",
        )
    return int(text)


def _picked(answers: Answers, rows: Rows) -> Answers:
    probabilities = answers.probabilities
    return Answers(answers.predicted[rows], None if probabilities is None else probabilities[rows])


def _fingerprint(*parts: Answers) -> str:
    """16 hexadecimal digits of what was said."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.predicted.tobytes())
        digest.update(b"-" if part.probabilities is None else part.probabilities.tobytes())
    return digest.hexdigest()[:16]

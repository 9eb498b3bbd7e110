"""Dataset: an Arrow table, what its columns mean, and a view of its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wenmai.core.errors import UsageError
from wenmai.core.schema import (
    ClassifyColumns,
    EmbedColumns,
    GenerateColumns,
    PairColumns,
    Schema,
    SpanColumns,
    TagColumns,
)

Rows = NDArray[np.int64]

BATCH_ROWS = 4096
"""Rows that a pass over a data set holds as Python objects at a time."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a model may see of a batch of rows; never the answers.

    Attributes:
        text: one text a row: the text, the first of a pair, the context, the source, or the sentence of the tokens.
        second: the second of a pair, or the question; None for tasks with one text.
        tokens: given tokens a row; None where the text is not segmented beforehand.
        factors: what else is given of each token, by the name of its column: values a row, one for each token.
    """

    text: Sequence[str]
    second: Sequence[str] | None = None
    tokens: Sequence[Sequence[str]] | None = None
    factors: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, rows: slice) -> Inputs:
        """A part of the batch."""
        return Inputs(
            self.text[rows],
            None if self.second is None else self.second[rows],
            None if self.tokens is None else self.tokens[rows],
            {name: values[rows] for name, values in self.factors.items()},
        )


@dataclass(frozen=True)
class Dataset:
    """A table that was read once, with a schema; `select` gives views that share the table.

    Attributes:
        table: the columns as they were read.
        schema: which columns mean what.
        name: where it came from, for messages and reports.
        lines: the line of the file (from 1) on which each row of the table began; None for tables from memory.
        rows: the rows of the table that this view shows, in order; None shows all.
    """

    table: pa.Table
    schema: Schema
    name: str = "data"
    lines: NDArray[np.int64] | None = None
    rows: Rows | None = None

    def __post_init__(self) -> None:
        missing = [name for name in self._columns() if name not in self.table.column_names]
        if missing:
            raise UsageError(
                f"no column {missing[0]!r}",
                where=self.name,
                remedy=f"Columns found: {', '.join(self.table.column_names)}",
            )

    def __len__(self) -> int:
        return self.table.num_rows if self.rows is None else len(self.rows)

    def select(self, rows: Sequence[int] | NDArray[Any]) -> Self:
        """A view of some rows, by their positions in this view."""
        positions = np.asarray(rows, dtype=np.int64)
        return replace(self, rows=positions if self.rows is None else self.rows[positions])

    def take(self, names: Sequence[str] | None = None, start: int = 0, stop: int | None = None) -> pa.Table:
        """The named columns (all by default) of rows ``start:stop`` of this view, as a table of their own."""
        table = self.table if names is None else self.table.select(list(dict.fromkeys(names)))
        stop = len(self) if stop is None else min(stop, len(self))
        if self.rows is None:
            return table.slice(start, stop - start)
        return table.take(self.rows[start:stop])

    def values(self, name: str) -> list[Any]:
        """One column of this view as Python values."""
        values: list[Any] = self.take([name]).column(name).to_pylist()
        return values

    def batches(self, size: int = BATCH_ROWS) -> Iterator[Inputs]:
        """The inputs of consecutive batches of rows, built one at a time."""
        for start in range(0, len(self), size):
            yield self.inputs(start, start + size)

    def inputs(self, start: int = 0, stop: int | None = None) -> Inputs:
        """The inputs of rows ``start:stop``."""
        names = self.schema.required()
        table = self.take(names, start, stop)
        columns: dict[str, list[Any]] = {name: table.column(name).to_pylist() for name in table.column_names}
        match self.schema.columns:
            case ClassifyColumns(text=text) | EmbedColumns(text=text):
                return Inputs(_joined([columns[name] for name in text]))
            case TagColumns(tokens=tokens, sentence=sentence, factors=factors):
                given = columns[tokens]
                joiner = "" if self.schema.language == "zh" else " "
                texts = [joiner.join(row) for row in given] if sentence is None else columns[sentence]
                return Inputs(texts, tokens=given, factors={name: columns[name] for name in factors})
            case PairColumns(first=first, second=second):
                return Inputs(_joined([columns[first]]), _joined([columns[second]]))
            case SpanColumns(context=context, question=question):
                return Inputs(_joined([columns[context]]), _joined([columns[question]]))
            case GenerateColumns(source=source):
                return Inputs([""] * table.num_rows if source is None else _joined([columns[source]]))

    def answers(self) -> list[Any]:
        """What a model shall predict, row by row, as Python values; empty for unlabelled data.

        A label, a list of labels, a list of tags, a score, a list of ``{start, text}``, or a text, as the task has it.
        """
        names = self.schema.answers()
        return self.values(names[0]) if names else []

    def groups(self) -> list[Any] | None:
        """The group of each row; None where the schema has no column that keeps rows together."""
        name = self.schema.together
        return None if name is None else self.values(name)

    def where(self, row: int) -> str:
        """``file:line`` of a row of this view, for messages; the row's number where there are no lines."""
        at = int(row if self.rows is None else self.rows[row])
        return f"{self.name} row {at + 1}" if self.lines is None else f"{self.name}:{self.lines[at]}"

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of the schema and of the columns that it names, in the order of the view's rows."""
        digest = hashlib.sha256(self.schema.fingerprint.encode())
        for start in range(0, len(self), BATCH_ROWS):
            table = self.take(self._columns(), start, start + BATCH_ROWS)
            digest.update(repr(table.to_pydict()).encode("utf-8", "surrogatepass"))
        return digest.hexdigest()[:16]

    @cached_property
    def source_fingerprint(self) -> str:
        """The fingerprint without the group column, which decides a division and is not there when a bundle is used."""
        if self.schema.group is None:
            return self.fingerprint
        return replace(self, schema=self.schema.but(group=None)).fingerprint

    def _columns(self) -> tuple[str, ...]:
        group = () if self.schema.group is None else (self.schema.group,)
        return (*self.schema.required(), *self.schema.answers(), *group)


def _joined(columns: list[list[Any]]) -> list[str]:
    """Several text columns as one text a row, joined by line breaks; an empty cell adds nothing."""
    if len(columns) == 1:
        return ["" if value is None else value for value in columns[0]]
    return ["\n".join(value for value in row if value) for row in zip(*columns, strict=True)]

"""What every reader gives: a table, the lines on which its rows began, and what a person should know."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wenmai.core.errors import DataError
from wenmai.data.wording import counted

Layout = Literal["delimited", "tabs", "fasttext", "label text", "lines", "json", "parquet", "folders", "memory"]

CHUNK_ROWS = 8192
"""Rows that a reader holds as Python objects at a time."""

_MOST_BYTES = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class RawTable:
    """Columns as they were read, before anybody says what they mean.

    Attributes:
        table: the columns.
        name: where they came from.
        lines: [rows], the line (from 1) on which each row began; None where there are no lines.
        notes: what was detected or changed, as sentences.
        layout: the arrangement that the reader recognised, so that a sibling file is read the same way.
        header: whether the first row named the columns; None where the format settles it.
        quoted: whether quotes enclose fields; None where the format settles it, or no field began with one.
    """

    table: pa.Table
    name: str
    lines: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()
    layout: Layout = "memory"
    header: bool | None = None
    quoted: bool | None = None


@dataclass(slots=True)
class TextColumn:
    """One column of strings that grows chunk by chunk into one Arrow array.

    Taking rows from a column of many chunks copies the whole column first, and joining the chunks at the end holds
    everything twice; so the bytes are gathered in one buffer from the start.
    """

    _bytes: bytearray = field(default_factory=bytearray)
    _offsets: list[NDArray[np.int32]] = field(default_factory=list)
    _full: list[pa.Array[Any]] = field(default_factory=list)

    def extend(self, values: Sequence[str]) -> None:
        """Take more values."""
        chunk = pa.array(values, pa.string())
        _, offsets, content = chunk.buffers()
        if content is None or offsets is None:  # Arrow allocates nothing for no bytes.
            ends = np.zeros(len(values) + 1, np.int32)
        else:
            ends = np.frombuffer(memoryview(offsets), np.int32, len(values) + 1)
            if len(self._bytes) + int(ends[-1]) > _MOST_BYTES:
                self._full.append(self._array())
            ends = ends + np.int32(len(self._bytes))
            self._bytes += memoryview(content)[: int(ends[-1]) - len(self._bytes)]
        self._offsets.append(ends if not self._offsets else ends[1:])

    def finish(self) -> pa.ChunkedArray[Any]:
        """All values: one chunk, or as many as Arrow needs beyond 2 GB."""
        return pa.chunked_array([*self._full, self._array()], pa.string())

    def _array(self) -> pa.Array[Any]:
        offsets = np.concatenate(self._offsets) if self._offsets else np.zeros(1, np.int32)
        parts = [None, pa.py_buffer(offsets.data), pa.py_buffer(self._bytes)]
        self._bytes, self._offsets = bytearray(), []
        array: pa.Array[Any] = pa.Array.from_buffers(pa.string(), len(offsets) - 1, parts)
        return array


def one_chunk(table: pa.Table) -> pa.Table:
    """The same table with each column in one chunk, joined column by column so that little is held twice."""
    names = table.column_names
    columns = table.columns
    del table
    joined = []
    while columns:
        column = columns.pop(0)
        joined.append(column if column.num_chunks <= 1 else pa.chunked_array([column.combine_chunks()], column.type))
    return pa.table(joined, names)


@dataclass(slots=True)
class RecordBuilder:
    """Gathers rows given as mappings into an Arrow table, a chunk at a time, whatever keys they have."""

    chunks: list[pa.Table] = field(default_factory=list)
    replaced: int = 0
    _rows: list[Mapping[str, Any]] = field(default_factory=list)
    _lines: array[int] = field(default_factory=lambda: array("q"))

    def add(self, row: Mapping[str, Any], line: int = 0) -> None:
        """Take one more row."""
        self._rows.append(row)
        self._lines.append(line)
        if len(self._rows) == CHUNK_ROWS:
            self._flush()

    def finish(self, name: str, layout: Layout, notes: Sequence[str] = ()) -> RawTable:
        """The table of all rows; a column whose values are of several types becomes text.

        Raises:
            DataError: when there was no row, or no row had a column.
        """
        if self._rows or not self.chunks:
            self._flush()
        chunks, self.chunks = self.chunks, []
        table = one_chunk(unify(chunks))
        if table.num_rows == 0 or table.num_columns == 0:
            raise DataError("there are no rows", where=name, remedy="Give at least two labelled rows")
        lines = np.frombuffer(self._lines, dtype=np.int64)
        extra = (
            (f"{counted(self.replaced, 'lone surrogate was', 'lone surrogates were')} replaced by U+FFFD",)
            if self.replaced
            else ()
        )
        return RawTable(table, name, lines if lines.any() else None, (*notes, *extra), layout)

    def _flush(self) -> None:
        names = dict.fromkeys(key for row in self._rows for key in row)
        columns = {key: self._column([row.get(key) for row in self._rows]) for key in names}
        self.chunks.append(pa.table(columns))
        self._rows = []

    def _column(self, values: list[Any]) -> pa.Array[Any]:
        try:
            return _plain_array(values)
        except UnicodeEncodeError:
            cleaned = [_without_surrogates(value) for value in values]
            self.replaced += sum(_surrogates(value) for value in values)
            return _plain_array(cleaned)


def unify(chunks: Sequence[pa.Table]) -> pa.Table:
    """Chunks under one schema: missing columns become nulls, columns whose types do not agree become text."""
    try:
        return pa.concat_tables(chunks, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        types: dict[str, set[pa.DataType]] = {}
        for chunk in chunks:
            for column in chunk.schema:
                types.setdefault(column.name, set()).add(column.type)
        mixed = {name for name, found in types.items() if len(found - {pa.null()}) > 1}
        return pa.concat_tables([_as_text(chunk, mixed) for chunk in chunks], promote_options="permissive")


def scalar_text(value: Any) -> str | None:
    """A value as the text that a person would write: ``true``, ``1`` for 1.0, JSON for what has parts."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        if value != value:
            return None
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _plain_array(values: list[Any]) -> pa.Array[Any]:
    try:
        found: pa.Array[Any] = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([scalar_text(value) for value in values], pa.string())
    return found


def _as_text(chunk: pa.Table, names: set[str]) -> pa.Table:
    for name in names & set(chunk.column_names):
        values = [scalar_text(value) for value in chunk.column(name).to_pylist()]
        chunk = chunk.set_column(chunk.column_names.index(name), name, pa.array(values, pa.string()))
    return chunk


def _surrogates(value: Any) -> int:
    if isinstance(value, str):
        return sum("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return sum(_surrogates(part) for pair in value.items() for part in pair)
    return sum(map(_surrogates, value)) if isinstance(value, list) else 0


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(part) for key, part in value.items()}
    return [_without_surrogates(part) for part in value] if isinstance(value, list) else value

"""The label column: made of strings, or of lists of strings, with what is missing as null."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wenmai.core.errors import DataError, UsageError
from wenmai.data.records import RawTable, scalar_text


def is_several(column: pa.ChunkedArray[Any], separator: str | None) -> bool:
    """Whether rows may carry several labels: lists, or texts that a separator parts."""
    return separator is not None or _is_list(column.type)


def at_most_one(column: pa.ChunkedArray[Any]) -> bool:
    """Whether no list of a column of lists has two values."""
    longest = pc.max(pc.list_value_length(column)).as_py()
    return longest is None or int(longest) <= 1


def single_labels(column: pa.ChunkedArray[Any], name: str, where: str) -> pa.ChunkedArray[Any]:
    """One label a row as a string: no spaces around it, whole numbers without ``.0``, empty or NaN as null.

    Raises:
        UsageError: when the column holds what cannot be a label, such as a structure or a date.
    """
    kind = column.type
    if _is_list(kind):
        rows = column.to_pylist()
        return pa.chunked_array([pa.array([_text(row[0]) if row else None for row in rows], pa.string())])
    if pa.types.is_null(kind):
        return pa.chunked_array([pa.nulls(len(column), pa.string())])
    if pa.types.is_floating(kind):
        return pa.chunked_array([pa.array([scalar_text(value) for value in column.to_pylist()], pa.string())])
    if not (pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        raise UsageError(
            f"column {name!r} holds values of the type {kind}, which cannot be labels",
            where=where,
            remedy="Name the label column with --label",
        )
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    empty = pc.equal(trimmed, pa.scalar(""))
    labels: pa.ChunkedArray[Any] = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
    return labels


def several_labels(column: pa.ChunkedArray[Any], separator: str | None, name: str, where: str) -> pa.ChunkedArray[Any]:
    """The set of labels of a row as a list of different strings, in their order; an empty list is a row with none.

    An empty cell that a separator would part is missing, hence null: it does not say that no label fits.

    Raises:
        UsageError: when the column holds neither lists nor texts.
    """
    if not _is_list(column.type):
        cells = single_labels(column, name, where).to_pylist()
        rows = [None if cell is None else cell.split(separator) for cell in cells]
    else:
        rows = column.to_pylist()
    return pa.chunked_array([pa.array([None if row is None else _set(row) for row in rows], pa.list_(pa.string()))])


def numbers(column: pa.ChunkedArray[Any], name: str, raw: RawTable, *, yes_or_no: bool = False) -> pa.ChunkedArray[Any]:
    """One number a row as float64: empty cells and NaN as null.

    Args:
        column: numbers, booleans, or texts that hold numbers.
        name: of the column; raw: the table it is of, for messages.
        yes_or_no: whether 0 and 1 (and ``true`` and ``false``) are the only numbers there may be.

    Raises:
        DataError: with file and line, for a cell that holds no number, an endless one, or none of those allowed.
    """
    found: list[float | None] = []
    for row, cell in enumerate(column.to_pylist()):
        text = "" if cell is None else str(cell).strip().casefold()
        if yes_or_no and text in ("true", "false"):
            text = "1" if text == "true" else "0"
        value = _number(text)
        if text in ("", "nan"):
            found.append(None)
        elif value is None or (yes_or_no and value not in (0, 1)):
            line = f"{raw.name} row {row + 1}" if raw.lines is None else f"{raw.name}:{raw.lines[row]}"
            wanted = "0 or 1" if yes_or_no else "a number"
            remedy = (
                "Write 1 where the second text answers the first and 0 where it does not"
                if yes_or_no
                else (f"Write a number in column {name!r}, leave the cell empty, or name classes with --label")
            )
            raise DataError(f"column {name!r} holds {_brief(cell)}, not {wanted}", where=line, remedy=remedy)
        else:
            found.append(value)
    return pa.chunked_array([pa.array(found, pa.float64())])


def present(column: pa.ChunkedArray[Any]) -> NDArray[np.int64]:
    """The positions of the rows that have a label."""
    return np.flatnonzero(np.asarray(pc.is_valid(column)))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _text(value: Any) -> str | None:
    text = scalar_text(value)
    return (text.strip() or None) if text is not None else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _brief(cell: Any) -> str:
    shown = " ".join(str(cell).split())
    return repr(shown if len(shown) <= 40 else shown[:39] + "…")


def _set(row: list[Any]) -> list[str]:
    return list(dict.fromkeys(text for value in row if (text := _text(value)) is not None))

"""Tables to files and streams: CSV, TSV, JSON lines and Parquet, batch by batch, whole or not at all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TextIO

import pyarrow as pa

from wenmai.core.errors import UsageError
from wenmai.core.io import replacing

TextKind = Literal["csv", "tsv", "jsonl"]
Kind = Literal["csv", "tsv", "jsonl", "parquet"]

ENDINGS: dict[str, Kind] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def kind_of(path: Path) -> Kind:
    """The format that a file's ending names.

    Raises:
        UsageError: when it names none.
    """
    kind = ENDINGS.get(path.suffix.casefold())
    if kind is None:
        found = f"the ending {path.suffix!r} names no format" if path.suffix else "the file has no ending"
        raise UsageError(found, where=str(path), remedy=f"End it in one of {', '.join(ENDINGS)}")
    return kind


def write_table(batches: Iterable[pa.Table], path: Path) -> int:
    """Write tables of the same columns, one after the other, as one file by its ending; gives the number of rows.

    The file appears when everything is written; until then, and after an error, what stood there stands.

    Raises:
        UsageError: for an ending that names no format.
    """
    kind = kind_of(path)
    rows = 0
    with replacing(path) as temporary:
        if kind == "parquet":
            return _write_parquet(batches, temporary)
        with temporary.open("w", encoding="utf-8", newline="") as file:
            rows = write_text(batches, file, kind)
    return rows


def write_text(batches: Iterable[pa.Table], stream: TextIO, kind: TextKind) -> int:
    """Write tables of the same columns to a text stream; gives the number of rows.

    In CSV and TSV a list is written as JSON, and a missing value as an empty field.
    """
    rows = 0
    for number, table in enumerate(batches):
        columns = [column.to_pylist() for column in table.columns]
        if kind == "jsonl":
            names = table.column_names
            stream.writelines(
                json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str) + "\n"
                for row in zip(*columns, strict=True)
            )
        else:
            writer = csv.writer(stream, delimiter="\t" if kind == "tsv" else ",", lineterminator="\n")
            if number == 0:
                writer.writerow(table.column_names)
            writer.writerows(zip(*map(_fields, columns), strict=True))
        rows += table.num_rows
    return rows


def _fields(values: list[Any]) -> list[Any]:
    if any(isinstance(value, list | dict) for value in values):
        return [json.dumps(value, ensure_ascii=False, default=str) for value in values]
    # As JSON writes them, and not as Python does.
    return [str(value).lower() if isinstance(value, bool) else value for value in values]


def _write_parquet(batches: Iterable[pa.Table], path: Path) -> int:
    import pyarrow.parquet as pq

    rows = 0
    writer: pq.ParquetWriter | None = None
    try:
        for table in batches:
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
            rows += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    return rows

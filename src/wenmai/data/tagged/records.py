"""Tagged text as rows of mappings: JSON, Parquet, frames; and rows that have tokens and tags as lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from wenmai.core.errors import DataError
from wenmai.data.columnar import from_memory, read_parquet
from wenmai.data.files import ending, examine, open_bytes
from wenmai.data.json_lines import json_objects
from wenmai.data.tagged.rows import TaggedRows, TagRequest
from wenmai.data.wording import counted

TOKEN_NAMES = ("tokens", "words")
TAG_NAMES = ("tags", "ner_tags", "pos_tags", "chunk_tags", "labels", "label")
PARQUET = (".parquet", ".pq")

_SAMPLE_BYTES = 1 << 16
_SAMPLE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Records:
    """Rows as mappings, which an Arrow table could not hold where keys are surfaces.

    Attributes:
        name: where they came from; notes: what was detected.
        rows: the mappings; lines: the line on which each began, 0 where there are no lines.
    """

    name: str
    notes: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    lines: Sequence[int]

    def where(self, number: int) -> str:
        """``file:line`` of a row, counted from 0."""
        line = self.lines[number]
        return f"{self.name}:{line}" if line else f"{self.name} row {number + 1}"


def read_records(source: Any, name: str, encoding: str | None = None) -> Records:
    """The rows of a JSON or Parquet file, a frame or a list of dicts.

    Raises:
        UsageError: no such file, or no such kind of data.
        DataError: as `wenmai.data.json_lines.read_json`.
    """
    if isinstance(source, Path) and ending(source) not in PARQUET:
        file = examine(source, encoding)
        found = list(json_objects(file, array=ending(source) == ".json"))
        return Records(str(source), (file.note,), [row for _, row in found], [line for line, _ in found])
    if isinstance(source, Sequence) and all(isinstance(row, Mapping) for row in source):
        return Records(name, (), source, [0] * len(source))
    raw = read_parquet(source) if isinstance(source, Path) else from_memory(source, name)
    return Records(raw.name, raw.notes, raw.table.to_pylist(), [0] * raw.table.num_rows)


def tagged_columns(rows: Sequence[Mapping[str, Any]], request: TagRequest) -> tuple[str, str] | None:
    """The columns of tokens and tags, where rows have both as lists; tags "" where none are there or wanted."""
    first = next(iter(rows), {})
    lists = [name for name, value in first.items() if isinstance(value, list) and _texts_or_numbers(value)]
    tokens = request.tokens or next((name for name in TOKEN_NAMES if name in lists), None)
    tags = request.tags or next((name for name in TAG_NAMES if name in lists and name != tokens), None)
    if tokens is None or tokens not in lists:
        return None
    if tags is not None and tags in lists:
        return tokens, tags
    return None if request.labelled else (tokens, "")


def first_lines(path: Path, encoding: str | None = None) -> list[str]:
    """The first whole lines of a text file, without proof that all of it decodes."""
    with open_bytes(path) as file:
        content = file.read(_SAMPLE_BYTES)
    try:
        text = content.decode(encoding or "utf-8-sig", "replace")
    except LookupError:
        return []
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if len(content) == _SAMPLE_BYTES else lines)]


def first_records(source: Any) -> list[Mapping[str, Any]]:
    """The first rows of a JSON or Parquet file, a frame, a table or a list of dicts; none where they cannot be told."""
    if isinstance(source, Path):
        return _first_of_parquet(source) if ending(source) in PARQUET else _first_of_json(source)
    if isinstance(source, Sequence):
        rows = list(source[:_SAMPLE_ROWS])
    else:
        rows = _first_of_frame(source) if hasattr(source, "columns") else []
    return [row for row in rows if isinstance(row, Mapping)]


def _first_of_frame(frame: Any) -> list[Mapping[str, Any]]:
    """Of a polars or pandas frame or a pyarrow table."""
    return list(from_memory(frame[:_SAMPLE_ROWS], "data").table.to_pylist())


def _first_of_parquet(path: Path) -> list[Mapping[str, Any]]:
    from pyarrow import parquet

    try:
        batch = next(parquet.ParquetFile(path).iter_batches(_SAMPLE_ROWS), None)
    except (pa.ArrowException, OSError):  # The reader says what is wrong with it.
        return []
    return [] if batch is None else list(batch.to_pylist())


def _first_of_json(path: Path) -> list[Mapping[str, Any]]:
    text = "\n".join(first_lines(path))
    decoder, at = json.JSONDecoder(), 0
    rows: list[Any] = []
    while len(rows) < _SAMPLE_ROWS:
        while at < len(text) and text[at] in " \t\r\n[,":
            at += 1
        try:
            row, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            break
        rows.append(row)
    return [row for row in rows if isinstance(row, Mapping)]


def read_tokens(records: Records, names: tuple[str, str], request: TagRequest) -> TaggedRows:
    """Rows of tokens and tags, each a list.

    Raises:
        DataError: for a row whose tags are not as many as its tokens, or no texts.
    """
    tokens, tags = names
    rows = TaggedRows(records.name, list(records.notes), factors={name: [] for name in request.factors})
    for number, row in enumerate(records.rows):
        words, marks = list(row.get(tokens) or ()), list(row.get(tags) or ()) if tags else []
        _check_row(words, marks, names, records.where(number))
        if tags and len(words) != len(marks):
            raise DataError(
                f"{counted(len(words), 'token', 'tokens')} and {counted(len(marks), 'tag', 'tags')}",
                where=records.where(number),
                remedy="Give each token one tag",
            )
        rows.tokens.append(words)
        rows.tags.append(marks)
        for name, values in rows.factors.items():
            values.append(_factor(row.get(name), name, len(words), records.where(number)))
        rows.lines.append(records.lines[number])
    said = f", column {tags!r} the tags" if tags else ""
    read = f"; {', '.join(map(repr, rows.factors))} read beside the tokens" if rows.factors else ""
    rows.notes.append(f"Column {tokens!r} holds the tokens{said}{read}")
    return rows.checked()


def _factor(values: Any, name: str, count: int, where: str) -> list[str]:
    """What a further column says of each token."""
    if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
        raise DataError(
            f"column {name!r} holds {str(values)[:60]}, and not a text for each token",
            where=where,
            remedy=f"Write a list of {count:,} texts there, or leave {name} out of --factors",
        )
    if len(values) != count:
        raise DataError(
            f"{counted(count, 'token', 'tokens')} and {counted(len(values), 'value', 'values')} of {name!r}",
            where=where,
            remedy="Give each token one",
        )
    return list(values)


def _check_row(words: Sequence[Any], marks: Sequence[Any], names: tuple[str, str], where: str) -> None:
    odd = next((word for word in words if not isinstance(word, str) or not word), None)
    if odd is not None:
        raise DataError(
            f"column {names[0]!r} holds {odd!r}, which is no token", where=where, remedy="Write tokens as texts"
        )
    odd = next((mark for mark in marks if not isinstance(mark, str) or not mark), None)
    if odd is not None:
        raise DataError(
            f"column {names[1]!r} holds {odd!r}, which is no tag's name",
            where=where,
            remedy="Write the tags as texts, for example B-PER",
        )


def _texts_or_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str | int) for value in values)

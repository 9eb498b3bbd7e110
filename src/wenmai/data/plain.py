"""Lines of text: fastText's ``__label__x text``, ``0 some text``, and one text a line."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from wenmai.core.errors import DataError
from wenmai.data.columns import is_role_name
from wenmai.data.delimited import sample_lines, sniff_delimiter
from wenmai.data.files import TextFile
from wenmai.data.records import CHUNK_ROWS, Layout, RawTable, one_chunk

_PREFIX = "__label__"
_LABEL = re.compile(r"\s*__label__(\S*)\s*")
_NUMBERED = re.compile(r"([+-]?\d{1,3}) +(?=\S)")
_FEWEST_LINES = 10
_MOST_CLASSES = 20


def recognise(file: TextFile) -> tuple[Layout, str | None]:
    """How a text file is arranged, and the delimiter where it is a table, told from its first lines.

    ``label text`` is believed only if every line begins with one of few whole numbers, since any sentence begins with
    some word.
    """
    sample = sample_lines(file)
    if sum(line.startswith(_PREFIX) for line in sample) * 2 > len(sample):
        return "fasttext", None
    widths = [line.count("\t") for line in sample]
    if widths and widths[0] and widths.count(widths[0]) * 2 > len(widths):
        return "tabs", "\t"
    delimiter = sniff_delimiter(sample)
    if delimiter is not None and any(map(is_role_name, sample[0].split(delimiter))):
        return "delimited", delimiter
    numbers = [match.group(1) for line in sample if (match := _NUMBERED.match(line))]
    few = 2 <= len(set(numbers)) <= min(_MOST_CLASSES, len(sample) // 3)
    if len(numbers) == len(sample) >= _FEWEST_LINES and few:
        return "label text", None
    return "lines", None


def read_fasttext(file: TextFile) -> RawTable:
    """Read ``__label__a __label__b text``: the labels that lead a line become a list in the column ``label``."""
    return _read(file, ("label", "text"), _labels_first, "fasttext", "fastText lines: __label__x text")


def read_label_text(file: TextFile) -> RawTable:
    """Read ``0 some text``: what stands before the first space is the label.

    Raises:
        DataError: a line without a space.
    """
    return _read(file, ("label", "text"), _number_first, "label text", "Each line is a label, a space and a text")


def read_lines(file: TextFile) -> RawTable:
    """Read one text a line into the column ``text``; a blank line is an empty text."""
    return _read(file, ("text",), lambda line: (line,), "lines", "Each line is one text")


def _read(file: TextFile, names: Sequence[str], parse: Any, layout: Layout, note: str) -> RawTable:
    batches = []
    begins = array("q")
    keep_blank = layout == "lines"
    types = [pa.list_(pa.string()) if layout == "fasttext" and name == "label" else pa.string() for name in names]
    schema = pa.schema(list(zip(names, types, strict=True)))
    for rows in _chunks(file, keep_blank, begins):
        cells = [parse(line) for line in rows]
        if layout == "label text" and (None, None) in cells:
            at = len(begins) - len(rows) + cells.index((None, None))
            raise DataError(
                "the line has no space after its label",
                where=file.where(begins[at]),
                remedy="Write each line as a label, a space and a text",
            )
        columns = [pa.array(column, kind) for column, kind in zip(zip(*cells, strict=True), types, strict=True)]
        batches.append(pa.RecordBatch.from_arrays(columns, schema=schema))
    if not batches:
        raise DataError("the file holds only blank lines", where=str(file.path), remedy="Give at least two rows")
    lines = np.frombuffer(begins, dtype=np.int64)
    return RawTable(one_chunk(pa.Table.from_batches(batches, schema)), str(file.path), lines, (file.note, note), layout)


def _chunks(file: TextFile, keep_blank: bool, begins: array[int]) -> Iterator[list[str]]:
    """Lines, a chunk at a time; the number of each goes to ``begins``."""
    chunk: list[str] = []
    for number, line in enumerate(file.lines(), 1):
        if keep_blank or not (line == "" or line.isspace()):
            chunk.append(line)
            begins.append(number)
            if len(chunk) == CHUNK_ROWS:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


def _labels_first(line: str) -> tuple[list[str] | None, str]:
    labels: list[str] = []
    at = 0
    while (match := _LABEL.match(line, at)) is not None:
        labels.append(match.group(1).rstrip(","))
        at = match.end()
    return (list(dict.fromkeys(labels)) or None), line[at:]


def _number_first(line: str) -> tuple[str | None, str | None]:
    label, space, text = line.lstrip().partition(" ")
    return (label, text.lstrip()) if space else (None, None)

"""Tables of delimited text: CSV by RFC 4180, and tab-separated lines whose quotes are ordinary characters."""

from __future__ import annotations

import csv
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import pyarrow as pa

from wenmai.core.errors import DataError, UsageError
from wenmai.data.columns import is_number, is_role_name
from wenmai.data.files import TextFile, bare
from wenmai.data.quoting import Fault, cell_starts, first_fault
from wenmai.data.records import CHUNK_ROWS, RawTable, TextColumn
from wenmai.data.wording import counted

_SAMPLE_LINES = 200
_DELIMITERS = (",", "\t", ";", "|")
_NAMES = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a vertical bar"}
_NAME_LENGTH = 30
_TEXT_LENGTH = 20

Row = tuple[int, list[str]]


def read_csv(
    file: TextFile, *, delimiter: str | None = None, header: bool | None = None, surplus: bool = False
) -> RawTable:
    """Read a CSV file by RFC 4180: a field with the delimiter, a quote or a line break stands in double quotes.

    Args:
        file: an examined file.
        delimiter: the character between fields; told from the first lines where it is not given.
        header: whether the first row names the columns; told from the first rows where it is not given.
        surplus: whether a row may have more fields than the first one; they are left out, and it is said.

    Raises:
        DataError: wrong quoting, or a row with too many or too few fields, with line and column.
        UsageError: a delimiter that is not one character.
    """
    sample = sample_lines(file)
    found = check_delimiter(delimiter) or sniff_delimiter(sample) or ","
    header = _header(_parsed(sample, found), header, default=True)
    with file.open() as text:
        raw = _gather(file, _quoted_rows(file, text, found), found, header, quoted=True, surplus=surplus)
    notes = (file.note, f"Fields are separated by {delimiter_name(found)}", _header_note(header), *raw.notes)
    return replace(raw, notes=notes, layout="delimited", header=header)


def read_tabs(
    file: TextFile,
    *,
    delimiter: str | None = None,
    header: bool | None = None,
    quoted: bool | None = None,
    surplus: bool = False,
) -> RawTable:
    """Read lines of fields with a tab, or the delimiter given, between them.

    Most such files are written without quoting, so quotes are ordinary characters, unless fields begin with one and
    the whole file is well formed by RFC 4180.

    Args:
        file: an examined file.
        delimiter: the character between fields, where it is not a tab.
        header: whether the first row names the columns; told from the first rows where it is not given.
        quoted: whether quotes enclose fields; told from the whole file where it is not given.
        surplus: whether a row may have more fields than the first one; they are left out, and it is said.

    Raises:
        DataError: a row with too many or too few fields, with line and column.
    """
    found = check_delimiter(delimiter) or "\t"
    sample = sample_lines(file)
    note = "Quotes are read as ordinary characters"
    if quoted or (quoted is None and _has_quoted_field(file, found)):
        named = _header(_parsed(sample, found), header, default=False)
        try:
            raw = read_csv(file, delimiter=found, header=named, surplus=surplus)
        except DataError:
            if quoted:
                raise
            quoted, note = False, f"{note}, because the file is not quoted as CSV is"
        else:
            return replace(raw, notes=(*raw.notes, "Fields are quoted as in CSV"), layout="tabs", quoted=True)
    header = _header([line.split(found) for line in sample], header, default=False)
    raw = _gather(file, _literal_rows(file, found), found, header, quoted=False, surplus=surplus)
    notes = (file.note, f"Fields are separated by {delimiter_name(found)}", _header_note(header), note, *raw.notes)
    return replace(raw, notes=notes, layout="tabs", header=header, quoted=quoted)


def sample_lines(file: TextFile, count: int = _SAMPLE_LINES) -> list[str]:
    """The first lines of a file that are not blank, without their ends."""
    return list(islice((line for line in file.lines() if line and not line.isspace()), count))


def sniff_delimiter(sample: Sequence[str]) -> str | None:
    """The delimiter that gives the most rows the width of the first; None when none splits the first row."""
    agreeing = {}
    for delimiter in _DELIMITERS:
        widths = [len(row) for row in _parsed(sample, delimiter)]
        agree = sum(width == widths[0] for width in widths)
        if widths and widths[0] > 1 and (agree * 2 >= len(widths) or delimiter == ","):
            agreeing[delimiter] = agree
    return max(agreeing, key=lambda delimiter: agreeing[delimiter]) if agreeing else None


def check_delimiter(delimiter: str | None) -> str | None:
    r"""The delimiter that a person gave, ``\t`` understood; raises `UsageError` unless it is one character."""
    delimiter = "\t" if delimiter in {r"\t", "tab"} else delimiter
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise UsageError(
            f"the delimiter {delimiter!r} cannot separate fields",
            remedy="Give one character, for example , or ; or tab",
        )
    return delimiter


def delimiter_name(delimiter: str) -> str:
    """The delimiter in words."""
    return _NAMES.get(delimiter, repr(delimiter))


def has_header(rows: Sequence[Sequence[str]], *, default: bool) -> bool:
    """Whether the first row names the columns, told by comparing it with the rows that follow."""
    first, rest = [cell.strip() for cell in rows[0]], rows[1:]
    columns = [[row[at].strip() for row in rest if at < len(row)] for at in range(len(first))]
    pairs = list(zip(first, columns, strict=True))
    if any(is_role_name(cell) and cell not in values for cell, values in pairs):
        return True
    if not rest or len(set(first)) < len(first) or any(cell and cell in values for cell, values in pairs):
        return False
    if any(is_number(cell) for cell in first):
        return False
    votes = sum(_votes(cell, values) for cell, values in pairs)
    return votes > 0 or (votes == 0 and default and all(len(cell) <= _NAME_LENGTH for cell in first))


def _votes(cell: str, values: Sequence[str]) -> int:
    """1 where a cell looks like the name of the values below it, -1 where it looks like one of them."""
    filled = [value for value in values if value]
    if not filled:
        return 0
    if all(is_number(value) for value in filled):
        return 1 if cell else 0
    mean = sum(map(len, filled)) / len(filled)
    if mean < _TEXT_LENGTH:
        return 0
    return 1 if len(cell) <= _NAME_LENGTH and len(cell) * 3 < mean and len(cell) < min(map(len, filled)) else -1


def _header(rows: Sequence[Sequence[str]], header: bool | None, *, default: bool) -> bool:
    return header if header is not None else bool(rows) and has_header(rows, default=default)


def _header_note(header: bool) -> str:
    return "The first row names the columns" if header else "No header: the columns are named column_1, column_2, …"


def _parsed(sample: Sequence[str], delimiter: str) -> list[list[str]]:
    lines = [line.replace("\r", " ") + "\n" for line in sample]
    with _unlimited_fields():
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]


class _unlimited_fields:  # noqa: N801  (reads as a function where it is used)
    """The csv module refuses fields over 128 kB unless its limit, which is global, is raised for the while."""

    def __enter__(self) -> None:
        self._before = csv.field_size_limit(1 << 30)

    def __exit__(self, *_: object) -> None:
        csv.field_size_limit(self._before)


def _has_quoted_field(file: TextFile, delimiter: str) -> bool:
    opening = delimiter + '"'
    return any('"' in line and (line[0] == '"' or opening in line) for line in file.lines())


def _quoted_rows(file: TextFile, text: Iterator[str], delimiter: str) -> Iterator[Row]:
    """Rows with the line on which each began."""
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error:
        fault = first_fault(_from_line(file, line), delimiter) or Fault("a row that cannot be read", 0, 0, None)
        raise _fault_error(file, line, fault) from None


def _literal_rows(file: TextFile, delimiter: str) -> Iterator[Row]:
    for number, line in enumerate(file.lines(), 1):
        yield number, line.split(delimiter) if line else []


def _gather(
    file: TextFile, rows: Iterator[Row], delimiter: str, header: bool, *, quoted: bool, surplus: bool
) -> RawTable:
    """Rows into Arrow columns, a chunk of rows at a time."""
    with _unlimited_fields():
        first = next((found for found in rows if found[1]), None)
        if first is None:
            raise DataError("the file holds no rows", where=str(file.path), remedy="Give at least two labelled rows")
        width = len(first[1])
        names = _column_names(file, first) if header else [f"column_{at}" for at in range(1, width + 1)]
        chunk, begins = ([], array("q")) if header else ([first[1]], array("q", [first[0]]))
        columns = [TextColumn() for _ in names]
        longer = array("q")
        for line, row in rows:
            if row or width == 1:
                if surplus and len(row) > width:
                    longer.append(line)
                chunk.append((row[:width] if surplus else row) or [""])
                begins.append(line)
                if len(chunk) >= CHUNK_ROWS:
                    _check_widths(file, chunk, begins, names, delimiter, quoted)
                    _extend(columns, chunk)
                    chunk = []
        _check_widths(file, chunk, begins, names, delimiter, quoted)
        _extend(columns, chunk)
    if not begins:
        raise DataError(
            "the file holds a header and no rows", where=str(file.path), remedy="Give at least two labelled rows"
        )
    table = pa.table([column.finish() for column in columns], names)
    notes = (_surplus_note(file, longer, width),) if longer else ()
    return RawTable(table, str(file.path), np.frombuffer(begins, dtype=np.int64), notes)


def _surplus_note(file: TextFile, longer: Sequence[int], width: int) -> str:
    rows = counted(len(longer), f"row has more than {width} fields", f"rows have more than {width} fields")
    more = ", …" if len(longer) > 1 else ""
    return f"{rows}, the number of the first: what goes beyond was left out ({file.where(longer[0])}{more})"


def _extend(columns: Sequence[TextColumn], rows: list[list[str]]) -> None:
    for column, values in zip(columns, zip(*rows, strict=True), strict=bool(rows)):
        column.extend(values)


def _check_widths(
    file: TextFile, rows: list[list[str]], begins: Sequence[int], names: list[str], delimiter: str, quoted: bool
) -> None:
    if set(map(len, rows)) - {len(names)}:
        at, row = next((at, row) for at, row in enumerate(rows) if len(row) != len(names))
        raise _width_error(file, begins[len(begins) - len(rows) + at], row, names, delimiter, quoted)


def _column_names(file: TextFile, first: Row) -> list[str]:
    names = [name.strip() or f"column_{at}" for at, name in enumerate(first[1], 1)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(
            f"two columns are named {twice[0]!r}", where=file.where(first[0]), remedy="Give each column its own name"
        )
    return names


def _from_line(file: TextFile, line: int) -> Iterator[str]:
    with file.open() as text:
        yield from islice(text, line - 1, None)


def _fault_error(file: TextFile, line: int, fault: Fault) -> DataError:
    opened = fault.opened
    began = "" if opened is None else f" (the quoted field began at {line + opened[0]}:{opened[1] + 1})"
    return DataError(
        f"{fault.found}{began}",
        where=file.where(line + fault.line, fault.column + 1),
        remedy='Close each quoted field with one ", and write a quote inside it as ""',
    )


def _width_error(
    file: TextFile, line: int, row: Sequence[str], names: Sequence[str], delimiter: str, quoted: bool
) -> DataError:
    source = _from_line(file, line)
    starts = cell_starts(source if quoted else (bare(next(source)).replace('"', "'"),), delimiter, len(row))
    many = len(row) > len(names)
    place, column = starts[len(names)] if many else starts[-1]
    quoting = f"put a field that contains {delimiter_name(delimiter)} in double quotes"
    too_many = f"Check for a stray delimiter; {quoting}; or leave the rest of such rows out with --surplus"
    return DataError(
        f"{len(row)} field{'s' if len(row) != 1 else ''} where {len(names)} are expected ({', '.join(names)})",
        where=file.where(line + place, column + 1),
        remedy=too_many if many else "Add the missing fields, even if they are empty",
    )

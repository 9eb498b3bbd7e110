"""Corrected labels: the table in which a person writes them, and what it says of the rows of a data set.

The table has a row for each label in doubt. Whoever looks through it writes into ``corrected``: the right label; the
given one again, which confirms it; or ``-``, which takes the row out. Where the cell stays empty nothing is said.

A correction holds for a text, wherever it stands: rows that repeat it have the same label.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from wenmai.core.errors import DataError, UnknownChoiceError, UsageError
from wenmai.data.dataset import Dataset
from wenmai.data.delimited import read_csv
from wenmai.data.duplicates import normalised, text_keys
from wenmai.data.files import TextFile, examine
from wenmai.data.loading import Loaded
from wenmai.data.sources import Sources
from wenmai.data.strata import classes_of, has_classes, has_several_labels

COLUMNS = ("row", "line", "part", "text", "label", "suggested", "p_given", "p_suggested", "corrected")
TABLE_NAMES = ("label_errors.csv", *(f"label_errors-{number}.csv" for number in range(2, 10)))
"""What tables are called in a run folder, in this order: one that somebody has written into is never replaced."""
REMOVE = "-"
"""What takes a row out, unless it is a label."""
NO_LABEL = "[]"
"""How a row without any label is written where rows may carry several."""
LONGEST_TEXT = 30_000
"""Characters of a text in the table: a spreadsheet's cell holds 32,767."""

_CUT = " …"
_SEPARATORS = (";", "|", "/", "\t", " ; ", " | ")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""
_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".numbers")

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of one row.

    Attributes:
        row: its place in the data, from 1; key: of its text.
        labels: the right label, or the right set of labels; None takes the row out.
        line: of the table.
    """

    row: int
    key: bytes
    labels: Labels | None
    line: int


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a person said of some rows of a data set: one correction a text."""

    name: str
    entries: tuple[Correction, ...]

    def of(self, data: Dataset) -> dict[int, Correction]:
        """Position in the data set → its correction."""
        by_key = {entry.key: entry for entry in self.entries}
        found = ((position, by_key.get(key)) for position, key in enumerate(text_keys(data).tolist()))
        return {position: entry for position, entry in found if entry is not None}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row of the table as it is written: a label in doubt, or one that was corrected before.

    Attributes:
        row: its place in the data, from 1; line: of its file; part: of the division.
        label: as it is in the data; suggested: as a model would have it; None for a row that is carried on.
        probabilities: of the given and of the suggested label.
        settled: whether it was corrected before; corrected: to what, None where it was taken out.
    """

    row: int
    line: int | None
    part: str
    text: str
    label: Labels
    suggested: Labels | None = None
    probabilities: tuple[float, float] | None = None
    corrected: Labels | None = None
    settled: bool = False


def label_separator(labels: Iterable[str]) -> str:
    """What parts the labels of a row in the table: the first separator that stands in no label."""
    names = list(labels)
    return next((one for one in _SEPARATORS if not any(one in name for name in names)), "\n")


def table_of(candidates: Iterable[Candidate], labels: Sequence[str], *, several: bool) -> bytes:
    """The table as CSV: UTF-8 with the byte order mark by which Excel on Windows knows it, lines that end in CRLF."""
    separator = label_separator(labels)

    def cell(found: Labels | None) -> str:
        if found is None:
            return ""
        return separator.join(found) if found else NO_LABEL if several else ""

    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in candidates:
        given, suggested = ("", "") if one.probabilities is None else (f"{p:.4f}" for p in one.probabilities)
        said = "" if not one.settled else REMOVE if one.corrected is None else cell(one.corrected)
        line = "" if one.line is None else one.line
        shown = _shown(one.text)
        writer.writerow((one.row, line, one.part, shown, cell(one.label), cell(one.suggested), given, suggested, said))
    return stream.getvalue().encode("utf-8-sig", "replace")


def has_entries(path: Path) -> bool:
    """Whether somebody has written into a table; one that cannot be read counts, for it is not ours to replace."""
    try:
        table = read_csv(examine(path), header=True).table
    except (DataError, UsageError):
        return path.stat().st_size > 0
    names = {name.strip().casefold(): name for name in table.column_names}
    column = names.get("corrected")
    return column is None or any(cell.strip() for cell in _cells(table, column))


def read_corrections(path: Path, data: Dataset | Loaded) -> Corrections:
    """Read a table that a person filled in, however a spreadsheet has saved it.

    Its columns may stand in any order and some may be missing: ``row`` and ``corrected`` are needed, and ``text`` or
    ``line``, which show that the row is the one that was meant.

    Raises:
        UsageError: no such file, a spreadsheet's own format, a missing column, data without labels, an unknown label.
        DataError: a row that is not there or holds another text, or two rows that contradict each other.
    """
    sources = Sources.of(data)
    if not has_classes(sources.parts[0]):
        raise UsageError("only labels can be corrected, and these rows have none", where=sources.parts[0].name)
    if path.suffix.casefold() in _SPREADSHEETS:
        raise UsageError(
            f"{path.suffix} is a spreadsheet's own format", where=str(path), remedy="Save it as CSV (UTF-8) there"
        )
    file = examine(path)
    raw = read_csv(file, header=True)
    table = {name.strip().casefold(): _cells(raw.table, name) for name in raw.table.column_names}
    _check_columns(file, list(table))
    lines = raw.lines if raw.lines is not None else np.arange(2, raw.table.num_rows + 2)
    reader = _Reader(file, sources, _known_labels(sources), has_several_labels(sources.parts[0]))
    found: dict[bytes, Correction] = {}
    for number, said in enumerate(table["corrected"]):
        if said.strip():
            cells = {name: values[number] for name, values in table.items()}
            entry = reader.entry(cells, int(lines[number]))
            _check_agreement(file, found.setdefault(entry.key, entry), entry)
    return Corrections(path.name, tuple(found.values()))


@dataclass(frozen=True, slots=True)
class _Reader:
    file: TextFile
    sources: Sources
    labels: tuple[str, ...]
    several: bool

    def entry(self, cells: dict[str, str], line: int) -> Correction:
        where = self.file.where(line)
        row = self._row(cells["row"].strip(), where)
        self._check_row(cells, row, where)
        part, position = self.sources.at(row)
        key = text_keys(part.select([position])).tolist()[0]
        return Correction(row, key, self._labels(cells["corrected"].strip(), where), line)

    def _row(self, cell: str, where: str) -> int:
        digits = cell.removesuffix(".0").replace(",", "")
        if not digits.isdecimal():
            raise DataError(
                f"the row is {cell!r}, which is no number", where=where, remedy="Leave the column 'row' as it was"
            )
        row = int(digits)
        if not 1 <= row <= len(self.sources):
            raise DataError(
                f"row {row} of data that has {len(self.sources):,} rows",
                where=where,
                remedy="Give the data that the table was made from",
            )
        return row

    def _check_row(self, cells: dict[str, str], row: int, where: str) -> None:
        """Refuse a row that is not the one that the table was made from."""
        text, line = cells.get("text", ""), cells.get("line", "").strip()
        held = self.sources.text(row)
        if text.strip() or not held.strip():
            if not same_text(text, held):
                raise DataError(
                    f"row {row} holds the text {_short(held)} in the data and {_short(text)} here",
                    where=where,
                    remedy="Give the data that the table was made from",
                )
            return
        known = self.sources.line(row)
        if not line or known is None:
            raise DataError(
                f"nothing shows that row {row} is the one that was meant",
                where=where,
                remedy="Keep the column 'text'",
            )
        if line.removesuffix(".0").replace(",", "") != str(known):
            raise DataError(
                f"row {row} stands on line {known} of the data, and on line {line} here",
                where=where,
                remedy="Give the data that the table was made from",
            )

    def _labels(self, cell: str, where: str) -> Labels | None:
        if cell == REMOVE and cell not in self.labels:
            return None
        if not self.several:
            return (self._known(cell, where),)
        names = cell.split(label_separator(self.labels))
        if cell.startswith("["):
            try:
                value = json.loads(cell)
            except ValueError:
                value = None
            if isinstance(value, list) and all(isinstance(name, str) for name in value):
                names = value
        return tuple(dict.fromkeys(self._known(name.strip(), where) for name in names if name.strip()))

    def _known(self, name: str, where: str) -> str:
        if name in self.labels:
            return name
        folded = [label for label in self.labels if label.casefold() == name.casefold()]
        if len(folded) == 1:  # A spreadsheet writes true as TRUE.
            return folded[0]
        raise UnknownChoiceError("label", name, self.labels, where=where)


def same_text(written: str, held: str) -> bool:
    """Whether a table's text is the data's, as far as a spreadsheet leaves a text as it was.

    It may trim spaces, change line ends, and, where it saves in a Chinese encoding, write ``?`` for what that lacks.
    """
    forms = [written, written[1:]] if written[:1] == "'" else [written]
    for form in forms:
        cut = form.rstrip().endswith(_CUT.strip()) and len(held) > LONGEST_TEXT
        whole, ours = (form.rstrip()[: -len(_CUT)], held[:LONGEST_TEXT]) if cut else (form, held)
        if normalised(whole) == normalised(ours) or ("?" in whole and _kept(whole) == _kept(ours)):
            return True
    return False


def _kept(text: str) -> str:
    """What is left of a text that is saved as GBK, without the question marks; empty text equals nothing."""
    known = text.encode("gbk", "ignore").decode("gbk").replace("?", "")
    return normalised(known) or text


def _shown(text: str) -> str:
    """A text for a spreadsheet's cell: not too long, and never taken for a formula."""
    cut = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + _CUT
    return f"'{cut}" if cut.startswith(_FORMULA) else cut


def _short(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def _known_labels(sources: Sources) -> tuple[str, ...]:
    return tuple(sorted({label for part in sources.parts for labels in classes_of(part) for label in labels if label}))


def _cells(table: pa.Table, name: str) -> list[str]:
    return [value or "" for value in table.column(name).to_pylist()]


def _check_columns(file: TextFile, names: Sequence[str]) -> None:
    missing = [name for name in ("row", "corrected") if name not in names]
    if not missing and not {"text", "line"} & set(names):
        missing = ["text"]
    if missing:
        raise UsageError(
            f"no column {missing[0]!r}",
            where=file.where(1),
            remedy=f"Columns found: {', '.join(names)}; a table of likely label errors has {', '.join(COLUMNS)}",
        )


def _check_agreement(file: TextFile, first: Correction, entry: Correction) -> None:
    if first.labels is entry.labels or (
        first.labels is not None and entry.labels is not None and set(first.labels) == set(entry.labels)
    ):
        return
    raise DataError(
        f"row {entry.row} is corrected to {_said(entry)}, and the same text on line {first.line} to {_said(first)}",
        where=file.where(entry.line),
        remedy="Keep one of the two",
    )


def _said(entry: Correction) -> str:
    return REMOVE if entry.labels is None else ", ".join(entry.labels) or NO_LABEL

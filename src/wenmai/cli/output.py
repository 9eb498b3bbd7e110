"""Words and tables on the two streams: results on standard output, everything else on standard error."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDE = 1000
"""Columns of an output that is no terminal: nothing is cut to fit."""
_NARROWEST_WRAPPED = 20
_WIDEST = 60
"""Columns of the terminal after which a value that does not wrap is cut."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a table's column; ``number`` aligns to the right, ``wrap`` lets long values take several lines."""

    name: str
    number: bool = False
    wrap: bool = False


def console(*, stderr: bool = False) -> Console:
    """A console on one of the streams; text of the data is never taken for markup."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, width=width)


def show(*lines: RenderableType) -> None:
    """Write to standard output; long lines are wrapped by words on a terminal."""
    out = console()
    for line in lines:
        out.print(line)


def note(*lines: str) -> None:
    """Write to standard error."""
    out = console(stderr=True)
    for line in lines:
        out.print(line, soft_wrap=not out.is_terminal)


def show_whole(*lines: str) -> None:
    """Write lines that are never broken, so that a path or a command can be copied off the terminal."""
    out = console()
    for line in lines:
        out.print(line, soft_wrap=True)


def show_table(title: str, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Draw a table; where the terminal is too narrow for it, write each row as lines of ``column: value``."""
    from rich.text import Text

    out = console()
    rows = [tuple(_cell(column, value) for column, value in zip(columns, row, strict=True)) for row in rows]
    if title:
        out.print(Text(title, style="bold"))
    widths = _widths(columns, rows)
    gap = next((gap for gap in (2, 1) if sum(widths) + gap * (len(widths) - 1) <= out.width), None)
    if gap is not None:
        with out.capture() as drawn:
            out.print(_table(columns, rows, widths, gap))
        out.file.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))
        return
    for row in rows:
        out.print(Text(row[0], style="bold"))
        for column, value in zip(columns[1:], row[1:], strict=True):
            if value:
                out.print(Text(f"  {' '.join(column.name.split())}: {value}".replace("  : ", "  ")))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]], stream: TextIO | None = None) -> None:
    """Write rows of CSV, one line break a row whatever the system."""
    writer = csv.writer(stream or sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)


def write_json(value: Any) -> None:
    """Write readable JSON, characters as they are."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def printable(text: str) -> str:
    """The text with control characters made visible, so that no data steers the terminal; line breaks stay."""
    return text.translate(_VISIBLE)


def _cell(column: Column, value: str) -> str:
    """A value as it stands in a table: a label may hold line breaks, or be as long as a text."""
    from rich.cells import cell_len, set_cell_size

    if column.wrap:
        return printable(value)
    value = one_line(value)
    return value if cell_len(value) <= _WIDEST else set_cell_size(value, _WIDEST - 1).rstrip() + "…"


def one_line(text: str) -> str:
    """A label or another short text with its control characters and line breaks made visible."""
    return printable(text.replace("\r\n", "\n").replace("\n", "↵"))


_VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421, 0x9B: 0xFFFD}


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    """The least width of each column: all of its longest line, or enough to read in where it may wrap."""
    from rich.cells import cell_len

    widths = []
    for at, column in enumerate(columns):
        lines = [line for value in (column.name, *(row[at] for row in rows)) for line in value.splitlines()]
        widest = max(map(cell_len, lines), default=0)
        widths.append(min(widest, _NARROWEST_WRAPPED) if column.wrap else widest)
    return widths


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], widths: Sequence[int], gap: int) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None,
        show_header=any(column.name for column in columns),
        header_style="bold",
        pad_edge=False,
        padding=(0, gap, 0, 0),
    )
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            column.name,
            justify="right" if column.number else "left",
            no_wrap=not column.wrap,
            overflow="fold",
            min_width=width,
        )
    for row in rows:
        table.add_row(*(Text(value) for value in row))
    return table

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
_NARROWEST_WRAPPED = 24


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


def show_table(title: str, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, stderr: bool = False) -> None:
    """Draw a table; where the terminal is too narrow for it, write each row as lines of ``column: value``."""
    from rich.measure import Measurement
    from rich.text import Text

    out = console(stderr=stderr)
    rows = [tuple(map(printable, row)) for row in rows]
    if title:
        out.print(Text(title, style="bold"))
    for gap in (2, 1):
        table = _table(columns, rows, gap)
        if Measurement.get(out, out.options.update(max_width=WIDE), table).minimum <= out.width:
            with out.capture() as drawn:
                out.print(table)
            out.file.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))
            return
    for row in rows:
        out.print(Text(row[0], style="bold"))
        for column, value in zip(columns[1:], row[1:], strict=True):
            if value:
                out.print(Text(f"  {' '.join(column.name.split())}: {value}"))


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


_VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"} | {0x7F: 0x2421, 0x9B: 0xFFFD}


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], gap: int) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None,
        show_header=any(column.name for column in columns),
        header_style="bold",
        pad_edge=False,
        padding=(0, gap, 0, 0),
    )
    for column in columns:
        table.add_column(
            column.name,
            justify="right" if column.number else "left",
            vertical="top",
            no_wrap=not column.wrap,
            overflow="fold",
            min_width=_NARROWEST_WRAPPED if column.wrap else None,
        )
    for row in rows:
        table.add_row(*(Text(value) for value in row))
    return table

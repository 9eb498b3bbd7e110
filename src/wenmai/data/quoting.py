"""Where quoting goes wrong: a slow, exact reading of one row of a CSV file, for messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Place = tuple[int, int]
"""A line, counted from the row's first, and a column, both from 0."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row's quoting, where, and where the quoted field in question began."""

    found: str
    line: int
    column: int
    opened: Place | None


@dataclass(slots=True)
class _Scan:
    """The state of a reading: where the open quote stands, and whether a quote has just closed the field."""

    opened: Place | None = None
    closed: bool = False
    at_start: bool = True


def first_fault(lines: Iterable[str], delimiter: str) -> Fault | None:
    """The first fault of the row that begins with the first line; None when the row is well formed."""
    for event in _events(lines, delimiter):
        if isinstance(event, Fault):
            return event
    return None


def cell_starts(lines: Iterable[str], delimiter: str, count: int) -> list[Place]:
    """Where each of the first ``count`` fields of a row begins."""
    starts: list[Place] = []
    for event in _events(lines, delimiter):
        if len(starts) == count:
            break
        if not isinstance(event, Fault):
            starts.append(event)
    return starts


def _events(lines: Iterable[str], delimiter: str) -> Iterator[Place | Fault]:
    """The place of each field of one row, until the row ends or a fault ends it."""
    scan = _Scan()
    opened: Place | None = None
    number, line = 0, ""
    for number, line in enumerate(lines):
        if scan.opened is None:
            yield number, 0
        column = 0
        while column < len(line):
            step = _step(scan, line, number, column, delimiter, opened)
            if isinstance(step, Fault):
                yield step
                return
            opened = scan.opened or opened
            column += step
            if scan.at_start and scan.opened is None:
                yield number, column
        if scan.opened is None:
            return
    if scan.opened is not None:
        yield Fault("a quoted field is never closed", scan.opened[0], scan.opened[1], None)


def _step(scan: _Scan, line: str, number: int, column: int, delimiter: str, opened: Place | None) -> int | Fault:
    """Read one character, or as far as the next quote inside quotes; returns how many characters were read."""
    character = line[column]
    if scan.opened is not None:
        if character != '"':
            following = line.find('"', column)
            return (len(line) if following < 0 else following) - column
        if line[column + 1 : column + 2] == '"':
            return 2
        scan.opened, scan.closed = None, True
        return 1
    if character == delimiter:
        scan.at_start, scan.closed = True, False
        return 1
    if character == "\n" or line[column:] == "\r\n":
        scan.at_start = False
        return len(line) - column
    if scan.closed:
        return Fault(f"{character!r} follows the quote that closes a field", number, column, opened)
    if character == '"' and scan.at_start:
        scan.opened = (number, column)
    elif character == "\r":
        return Fault("a carriage return without a line feed, outside quotes", number, column, None)
    scan.at_start = False
    return 1

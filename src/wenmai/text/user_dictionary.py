"""A person's own words for segmentation, in jieba's format: ``word``, ``word frequency`` or ``word frequency tag``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from wenmai.core.errors import DataError, UsageError

_FORMAT = "Write one entry a line: word, or word frequency, or word frequency tag"
_TAG = re.compile(r"[A-Za-z]+")
_MAX_FREQUENCY = 2**31 - 1


class Entry(NamedTuple):
    """A word, how often it is seen (None: often enough to be kept whole) and its part of speech."""

    word: str
    frequency: int | None = None
    tag: str | None = None

    def __str__(self) -> str:
        return " ".join(str(part) for part in self if part is not None)


class Problem(NamedTuple):
    """An entry that was not loaded: where it stands (``file:line``), what is wrong, and what to do."""

    where: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}. {self.remedy}."


def parse_entry(line: str) -> Entry:
    """Read one entry.

    Raises:
        ValueError: saying what is wrong with it.
    """
    parts = line.split()
    if not parts:
        raise ValueError("the entry is empty")
    if len(parts) > 3:
        raise ValueError(f"{len(parts)} parts in {line.strip()!r}, which holds white space that no word can have")
    word, *rest = parts
    frequency: int | None = None
    if rest and rest[0].isdecimal():
        frequency = int(rest.pop(0))
        if frequency > _MAX_FREQUENCY:
            raise ValueError(f"the frequency {frequency} of {word!r} is more than {_MAX_FREQUENCY}")
    elif len(rest) == 2:
        raise ValueError(f"the frequency of {word!r} is {rest[0]!r}, which is no whole number")
    if len(rest) > 1:
        raise ValueError(f"{line.strip()!r} has more parts than a word, its frequency and its tag")
    if rest and not _TAG.fullmatch(rest[0]):
        raise ValueError(f"{rest[0]!r} after {word!r} is neither a frequency nor a tag of Latin letters")
    return Entry(word, frequency, rest[0] if rest else None)


def load_user_dictionary(path: Path) -> tuple[tuple[str, ...], list[Problem]]:
    """Read a user dictionary: its entries, ready for `WordSegment.user_words`, and those that could not be loaded.

    Raises:
        UsageError: when there is no such file.
        DataError: when the file is not UTF-8 text.
    """
    try:
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise UsageError(f"no user dictionary {str(path)!r}", remedy="Give the path of a text file") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"byte 0x{content[error.start]:02X} is not UTF-8", where=f"{path}:{at}", remedy="Save the file as UTF-8"
        ) from None
    entries: dict[str, str] = {}
    first_line: dict[str, int] = {}
    problems: list[Problem] = []
    lines = text.removesuffix("\n").split("\n") if text else []
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        try:
            entry = parse_entry(line)
        except ValueError as error:
            problems.append(Problem(where, str(error), _FORMAT))
            continue
        if entry.word in entries:
            found = f"{entry.word!r} stands already on line {first_line[entry.word]}"
            problems.append(Problem(where, found, "Remove one of the two"))
            continue
        entries[entry.word] = str(entry)
        first_line[entry.word] = number
    return tuple(entries.values()), problems

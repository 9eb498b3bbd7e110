r"""Tagged text: lines of words that each carry a tag, read as rows of ``word|tag``.

Read are ``word/tag`` (the People's Daily of 1998; its names of several words, ``[中国/ns 人民/n]nt``, are taken word by
word), ``word_TAG`` and ``word|tag``, pieces parted by white space. A line with a piece that is not so is left out and
told with its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from wenmai.core.errors import DataError
from wenmai.data.files import TextFile

SENSE = "|"
"""Stands between a word and its tag in what is made of a text."""
SEPARATORS = ("|", "/", "_")

_SAMPLE_LINES = 1000
_MOSTLY = 0.9
_TOLD = 5
_ROWS_AT_A_TIME = 1 << 12
_PIECE = re.compile(r"\S+")
_COMPOUND = re.compile(r"(?<!\S)\[(?=\S)([^\[\]]*/[A-Za-z]+)\][A-Za-z]+(?!\S)")


@dataclass
class TaggedText:
    """A file of tagged lines.

    Attributes:
        file: the lines; separator: what stands between a word and its tag.
        left_out: how many lines `rows` left out; problems: what the first of them have, and where.
    """

    file: TextFile
    separator: str
    left_out: int = 0
    problems: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[list[str]]:
        """The lines as ``word|tag`` parted by spaces, some at a time; what is left out is counted anew."""
        self.left_out = 0
        self.problems.clear()
        lines = enumerate(self.file.lines(), 1)
        while block := list(islice(lines, _ROWS_AT_A_TIME)):
            yield [row for number, line in block if (row := self._row(line, number)) is not None]

    def notes(self) -> tuple[str, ...]:
        """What a person should know of the lines that were left out by `rows`."""
        if not self.left_out:
            return ()
        more = f", and {self.left_out - len(self.problems):,} more" if self.left_out > len(self.problems) else ""
        return (f"{self.left_out:,} lines without a tag for each word are left out: {'; '.join(self.problems)}{more}",)

    def _row(self, line: str, number: int) -> str | None:
        """A line; None for one that is left out."""
        if self.separator == "/" and "[" in line:
            line = _COMPOUND.sub(r"\1", line)
        pieces = []
        for piece in line.split():
            word, separator, tag = piece.rpartition(self.separator)
            if not (word and separator and tag) or SENSE in tag:
                self._leave_out(line, number, piece)
                return None
            pieces.append(f"{word}{SENSE}{tag}")
        return " ".join(pieces)

    def _leave_out(self, line: str, number: int, piece: str) -> None:
        self.left_out += 1
        if len(self.problems) < _TOLD:
            column = 1 + next(match.start() for match in _PIECE.finditer(line) if match[0] == piece)
            self.problems.append(f"{piece[:40]!r} at {self.file.where(number, column)}")


def tagged_text(file: TextFile, separator: str | None = None) -> TaggedText:
    """A file of tagged lines.

    Args:
        file: the text; separator: what stands between a word and its tag; None finds it in the first lines.

    Raises:
        DataError: when the first lines are not tagged, with one of their pieces.
    """
    tried = SEPARATORS if separator is None else (separator,)
    found = separator_of(_first(file), tried)
    if found is None:
        piece = next((pieces[0] for line in _first(file) if (pieces := line.split())), "")
        written = " or ".join(f"word{one}tag" for one in tried)
        raise DataError(
            f"the text is not tagged: it begins with {piece[:40]!r}, and most of its first pieces are not {written}",
            where=str(file.path),
            remedy="Give a text in which a tag follows each word, or train another model, such as word2vec",
        )
    return TaggedText(file, found)


def separator_of(lines: Iterable[str], tried: Sequence[str] = SEPARATORS) -> str | None:
    """What stands between words and tags in nearly all pieces of some lines; None where nothing does."""
    found: Counter[str] = Counter()
    pieces = 0
    for line in lines:
        for piece in _COMPOUND.sub(r"\1", line).split():
            pieces += 1
            found.update(one for one in tried if all(piece.rpartition(one)))
    best = max(tried, key=lambda one: found[one])
    return best if pieces and found[best] >= _MOSTLY * pieces else None


def _first(file: TextFile) -> Iterator[str]:
    return islice(file.lines(), _SAMPLE_LINES)

"""Tests of word vectors as files: pairs of words with people's scores, analogies in sections."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from wenmai.core.errors import DataError
from wenmai.data.files import examine


@dataclass(frozen=True, slots=True)
class WordPair:
    """Two words and how alike people find them."""

    first: str
    second: str
    score: float


@dataclass(frozen=True, slots=True)
class Question:
    """``first`` is to ``second`` as ``third`` is to ``answer``."""

    first: str
    second: str
    third: str
    answer: str

    @property
    def words(self) -> tuple[str, str, str, str]:
        """All four."""
        return self.first, self.second, self.third, self.answer


def read_pairs(path: Path) -> list[WordPair]:
    """The pairs of a file: two words and a score a line, parted by tabs, commas or spaces.

    Further columns, empty lines, lines of ``#`` and a first line of names are passed over.

    Raises:
        UsageError: when it is not there; DataError: for a line that is no pair, and for a file without one.
    """
    pairs: list[WordPair] = []
    file = examine(path)
    for number, line in enumerate(file.lines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = _fields(line)
        score = _number(fields[2]) if len(fields) > 2 and fields[0] and fields[1] else None
        if score is not None:
            pairs.append(WordPair(fields[0], fields[1], score))
        elif number > 1:
            raise DataError(
                f"{line[:60]!r} is not two words and a number", where=file.where(number), remedy="Write: tiger cat 7.35"
            )
    if not pairs:
        raise DataError("there is no pair of words", where=str(path), remedy="Write two words and a score a line")
    return pairs


def read_questions(path: Path) -> dict[str, list[Question]]:
    """The sections of a file of analogies: ``: name`` begins one, and every other line has four words.

    Raises:
        UsageError: when it is not there; DataError: for a line that is neither, and for a file without questions.
    """
    sections: dict[str, list[Question]] = {}
    name = path.name.partition(".")[0]
    file = examine(path)
    for number, line in enumerate(file.lines(), 1):
        words = line.split()
        if not words:
            continue
        if words[0].startswith(":"):
            name = line.strip().removeprefix(":").strip() or name
        elif len(words) == 4:
            sections.setdefault(name, []).append(Question(*words))
        else:
            raise DataError(
                f"{line[:60]!r} is not four words", where=file.where(number), remedy="Write: Athens Greece Oslo Norway"
            )
    if not sections:
        raise DataError("there is no question", where=str(path), remedy="Write four words a line")
    return sections


def _fields(line: str) -> list[str]:
    for separator in ("\t", ","):
        if separator in line:
            return [field.strip() for field in line.split(separator)]
    return line.split()


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

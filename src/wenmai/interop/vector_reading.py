"""Readers of word vectors: word2vec text and binary, GloVe text, fastText .vec.

::

    word2vec, fastText .vec     V D\\n    word number … number\\n   V times
    GloVe                                word number … number\\n   to the end
    word2vec binary             V D\\n    word␠[D float32, lowest byte first]   V times, line feeds between or none

A header is never believed: what it claims must fit into the file before room is made for it.
Letters of the shapes: V words, D width of a vector.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError
from wenmai.data.files import is_gzip, open_bytes
from wenmai.interop.vector_table import VectorFormat, VectorTable

CHUNK_BYTES = 1 << 24
LONGEST_WORD = 10_000
"""Bytes of a word; the longest of published files have a few hundred."""
LONGEST_LINE = 1 << 26
"""Bytes of a line; that of a vector of a million numbers is shorter."""

_HEADER = re.compile(rb"\s*(\d{1,19})[ \t]+(\d{1,19})[ \t]*\r?\n")
_HEADER_BYTES = 64
_GZIP_FACTOR = 1032
"""No gzip file unpacks to more than so many times its size."""
_FIRST_ROWS = 1 << 16
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a file says: rows [V], width [D], and how many bytes it took."""

    rows: int
    width: int
    size: int


def header_of(start: bytes) -> Header | None:
    """The header with which a file starts; None where it starts with something else."""
    mark = len(_MARK) if start.startswith(_MARK) else 0
    found = _HEADER.match(start[mark : mark + _HEADER_BYTES])
    return Header(int(found[1]), int(found[2]), mark + found.end()) if found else None


def read_vectors(path: Path, form: VectorFormat) -> VectorTable:
    """Read a file of one of the four formats above.

    Raises:
        UsageError: when it is not there; DataError: when it is damaged, cut short or made to mislead, with the line or
            byte.
    """
    with open_bytes(path) as stream:
        start = stream.read(_HEADER_BYTES + len(_MARK))
    with open_bytes(path) as stream:
        if form is VectorFormat.GLOVE:
            return _Reader(path, stream, None, _glove_width(path), text=True).read()
        header = header_of(start)
        if header is None:
            raise DataError(
                f"the first line is not the number of words and the width of their vectors: {_shown(start)}",
                where=f"{path}:1",
                remedy="Give a file in the format of word2vec or fastText",
            )
        text = form is not VectorFormat.WORD2VEC_BINARY
        _check_claim(path, header, text)
        stream.read(header.size)
        return _Reader(path, stream, header, header.width, text=text).read()


def _check_claim(path: Path, header: Header, text: bool) -> None:
    if not header.rows or not header.width:
        raise DataError(f"the header states {header.rows} words of {header.width} numbers", where=f"{path}:1")
    least = header.rows * (2 * header.width + 1 if text else 4 * header.width + 1)
    size = path.stat().st_size * (_GZIP_FACTOR if is_gzip(path) else 1)
    if least > size:
        raise DataError(
            f"the header claims {header.rows:,} words of {header.width:,} numbers, at least {least:,} bytes, and the "
            f"file has {path.stat().st_size:,}",
            where=f"{path}:1",
            remedy="The file was cut short, or is not what it claims to be: copy or download it again",
        )


def _glove_width(path: Path) -> int:
    """How many numbers the first line of a file without header ends with, its word left aside."""
    with open_bytes(path) as stream:
        line = stream.readline(LONGEST_LINE).removeprefix(_MARK)
    parts = line.split()
    width = 0
    for part in reversed(parts[1:]):
        if not _is_number(part):
            break
        width += 1
    if not width or (len(line) == LONGEST_LINE and not line.endswith(b"\n")):
        raise DataError(
            f"the first line is not a word and its numbers: {_shown(line)}",
            where=f"{path}:1",
            remedy="Give word vectors in the format of word2vec, GloVe or fastText, or a bundle",
        )
    return width


def _is_number(part: bytes) -> bool:
    try:
        float(part)
    except ValueError:
        return False
    return True


class _Reader:
    """Rows of one file, part by part."""

    def __init__(self, path: Path, stream: BinaryIO, header: Header | None, width: int, *, text: bool) -> None:
        self.path, self.stream, self.header, self.text = path, stream, header, text
        self.rows = 0
        self.consumed = header.size if header else 0
        first = _FIRST_ROWS if header is None or is_gzip(path) else header.rows
        self.vectors = np.empty((min(first, header.rows) if header else self._at_most(first, width), width), np.float32)
        self.words: list[str] = []

    def read(self) -> VectorTable:
        """All rows."""
        rest = b""
        if self.header is None and self.stream.read(len(_MARK)) != _MARK:
            self.stream.seek(0)
        while part := self.stream.read(CHUNK_BYTES):
            rest = self._take(rest + part)
            longest = LONGEST_LINE if self.text else LONGEST_WORD + 1 + 4 * self.vectors.shape[1]
            if len(rest) > longest and not self._full:
                raise self._error("a line without end", self.consumed)
        if self.text and rest:
            rest = self._take(rest + b"\n")
        self._finish(rest)
        self.vectors.resize((self.rows, self.vectors.shape[1]), refcheck=False)
        return VectorTable.of(self.words, self.vectors)

    @property
    def _full(self) -> bool:
        return self.header is not None and self.rows == self.header.rows

    def _take(self, content: bytes) -> bytes:
        """Read the whole rows of some bytes; gives what is left of them."""
        from wenmai.kernels.vector_text import GOOD, scan_lines, scan_records

        buffer = np.frombuffer(content, np.uint8)
        words = np.empty(len(buffer) + 1, np.uint8)
        while len(buffer) and not self._full:
            self._make_room()
            room = self.vectors[self.rows :]
            starts = np.empty(len(room), np.int64)
            if self.text:
                scan = scan_lines(buffer, room, words, starts)
            else:
                scan = scan_records(buffer, room, words, starts, LONGEST_WORD)
            self._spell(words[: scan.spelt].tobytes(), buffer, starts)
            self.rows += scan.rows
            if scan.found != GOOD:
                raise self._wrong(scan.found, buffer, scan.consumed, scan.place)
            self.consumed += scan.consumed
            buffer = buffer[scan.consumed :]
            if self.rows < len(self.vectors):
                break
        return buffer.tobytes()

    def _make_room(self) -> None:
        if self.rows == len(self.vectors):
            more = self.rows + self.rows // 2 + 1
            limit = more if self.header is None else self.header.rows
            self.vectors.resize((min(more, limit), self.vectors.shape[1]), refcheck=False)

    def _at_most(self, rows: int, width: int) -> int:
        """So many rows, or how many of this width a text as long as the file can hold."""
        size = self.path.stat().st_size * (_GZIP_FACTOR if is_gzip(self.path) else 1)
        return min(rows, size // (2 * width + 1) + 1)

    def _spell(self, content: bytes, buffer: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        try:
            self.words += content.decode().split("\n")[:-1]
        except UnicodeDecodeError as error:
            row = content.count(b"\n", 0, error.start)
            self.rows += row
            found = content[error.start : error.end].hex(" ")
            raise self._error(
                f"the word has the bytes {found}, which are not UTF-8",
                self.consumed + int(starts[row]),
                remedy="Write the words as UTF-8",
            ) from None

    def _wrong(self, found: int, buffer: NDArray[np.uint8], start: int, place: int) -> DataError:
        """The error of the row that begins with byte ``start`` of a buffer."""
        from wenmai.kernels.vector_text import LONG_WORD, NO_WORD, NOT_FINITE, TOO_FEW, TOO_MANY

        width = self.vectors.shape[1]
        line = buffer[start : start + LONGEST_LINE].tobytes().partition(b"\n")[0].rstrip()
        token = buffer[place : place + LONGEST_WORD].tobytes().split(maxsplit=1)[:1]
        column = len(buffer[start:place].tobytes().decode(errors="replace")) + 1 if self.text else None
        stated = f"where the header states {width}" if self.header else f"where the first line has {width}"
        match found:
            case code if code == NO_WORD:
                said = "an empty line" if self.text and not line else "a row without a word"
            case code if code == LONG_WORD:
                said = f"a word of more than {LONGEST_WORD:,} bytes"
            case code if code in (TOO_FEW, TOO_MANY):
                said, column = f"{len(line.split()) - 1} numbers {stated}", None
            case code if code == NOT_FINITE:
                said = (
                    f"{_shown(token[0])} is not a finite number of 32 bits" if self.text else "a number is not finite"
                )
            case _:
                said = f"{_shown(token[0]) if token else 'nothing'} where a number is expected"
        return self._error(said, self.consumed + (start if self.text else place), column)

    def _finish(self, rest: bytes) -> None:
        """Refuse a file that ends too soon or too late."""
        if self.header is None or self.rows == self.header.rows:
            if self._full and rest.strip(b"\r\n\t " if self.text else b"\n"):
                said = f"the file goes on after the {self.rows:,} words that its header states"
                raise self._error(said, self.consumed)
            return
        inside = f", in the middle of a row of {len(rest)} bytes" if rest else ""
        raise self._error(
            f"the file ends after {self.rows:,} of the {self.header.rows:,} words that its header states{inside}",
            self.consumed,
            remedy="The file was cut short: copy or download it again",
        )

    def _error(self, said: str, place: int, column: int | None = None, remedy: str | None = None) -> DataError:
        if self.text:
            where = f"{self.path}:{self.rows + (self.header is not None) + 1}"
            return DataError(said, where=where if column is None else f"{where}:{column}", remedy=remedy)
        row = f"word {self.rows + 1:,}: " if self.rows else ""
        return DataError(f"{row}{said}", where=f"{self.path}, byte {place:,}", remedy=remedy)


def _shown(content: bytes) -> str:
    """Bytes as a message shows them."""
    text = content[:40].decode(errors="replace").strip()
    return repr(text) + ("…" if len(content) > 40 else "")

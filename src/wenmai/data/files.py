"""Files as streams of characters: gzip opened, the encoding found and proved before anything is read for good."""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from wenmai.core.errors import DataError, UnknownChoiceError, UsageError

CHUNK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 18

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32 (byte order mark)"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32 (byte order mark)"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16 (byte order mark)"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16 (byte order mark)"),
)
_NAMES = ("utf-8", "utf-16", "gb18030", "big5", "latin-1", "cp1252", "shift_jis", "euc-kr")
_WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
_MOSTLY_UTF8 = 0.5
_ENOUGH = 100_000
_EQUAL_CHAOS = 0.03
_PLAUSIBLE_HAN = 0.9
_PLAUSIBLE_COMMON = 0.7


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file that decodes from its first to its last byte.

    Attributes:
        path: where it is.
        encoding: the Python codec that reads it.
        note: how the encoding was found, as a sentence.
    """

    path: Path
    encoding: str
    note: str

    @contextlib.contextmanager
    def open(self) -> Iterator[TextIO]:
        r"""The characters, line ends as they are; iterating gives lines that end in ``\n`` and nothing else."""
        with open_bytes(self.path) as raw, io.TextIOWrapper(raw, self.encoding, newline="\n") as text:
            yield text

    def lines(self) -> Iterator[str]:
        r"""The lines without their ends; only ``\n`` and ``\r\n`` end a line."""
        with self.open() as text:
            for line in text:
                yield bare(line)

    def where(self, line: int, column: int | None = None) -> str:
        """``file:line`` or ``file:line:column``."""
        return f"{self.path}:{line}" if column is None else f"{self.path}:{line}:{column}"


def bare(line: str) -> str:
    r"""A line without its ``\n`` or ``\r\n``."""
    return line[:-2] if line.endswith("\r\n") else line.removesuffix("\n")


def is_gzip(path: Path) -> bool:
    """Whether the name says that the file is compressed."""
    return path.suffix.casefold() == ".gz"


def ending(path: Path) -> str:
    """The ending that names the format: lower case, without ``.gz``."""
    return (path.with_suffix("") if is_gzip(path) else path).suffix.casefold()


@contextlib.contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The content of a file, decompressed where it is named ``.gz``.

    Raises:
        UsageError: when there is no such file, or it may not be read.
        DataError: when it is named ``.gz`` and is not gzip, is damaged or cut short.
    """
    try:
        with cast(BinaryIO, gzip.open(path) if is_gzip(path) else path.open("rb")) as file:
            yield file
    except gzip.BadGzipFile:
        raise DataError(
            "the name ends in .gz but the content is not gzip", where=str(path), remedy="Rename it or compress it again"
        ) from None
    except (EOFError, zlib.error):
        raise DataError(
            "the gzip file is damaged or cut short", where=str(path), remedy="Copy or download it again"
        ) from None
    except FileNotFoundError:
        raise UsageError("there is no such file", where=str(path), remedy="Check the path") from None
    except (PermissionError, IsADirectoryError) as error:
        reason = (error.strerror or "no access").lower()
        raise UsageError(f"the file cannot be read: {reason}", where=str(path)) from None


def examine(path: Path, encoding: str | None = None) -> TextFile:
    """Find the encoding of a text file and prove that every byte of it decodes.

    In this order: what the caller names, a byte order mark, evident UTF-16, UTF-8, GB18030, and last what
    charset-normalizer believes.

    Raises:
        UsageError: no such file, or no such encoding.
        DataError: an empty file, NUL bytes, or bytes that do not decode, with line, column and the bytes.
    """
    sample = _sample(path)
    if not sample:
        raise DataError("the file is empty", where=str(path), remedy="Give a file with at least two labelled rows")
    if encoding is None:
        return _recognise(path, sample)
    named = TextFile(path, known_encoding(encoding, sample), f"Encoding {encoding}, as asked")
    return _proved(named, f"{named.encoding}, the encoding that was named")


def known_encoding(encoding: str, sample: bytes = b"") -> str:
    """The codec of a name that a person gave; a byte order mark is skipped where there is one.

    Raises:
        UnknownChoiceError: when Python has no such text encoding.
    """
    try:
        codec = codecs.lookup(encoding)
        "".encode(codec.name)
    except LookupError:
        raise UnknownChoiceError("encoding", encoding, _NAMES) from None
    if codec.name == "utf-8" and sample.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    marked = any(sample.startswith(mark) for mark, name, _ in _MARKS if name == codec.name)
    return f"{codec.name}-le" if codec.name in {"utf-16", "utf-32"} and not marked else codec.name


def guess(sample: bytes) -> str | None:
    """The encoding of bytes that are not UTF-8: ``gb18030``, what charset-normalizer believes, or None."""
    if _is_gb18030(sample):
        return "gb18030"
    from charset_normalizer import from_bytes

    matches = from_bytes(sample[:SAMPLE_BYTES])
    best = matches.best()
    if best is None:
        return None
    # Many one-byte encodings read western text equally well; cp1252 is by far the most used of them.
    equal = [m for m in matches if m.chaos <= best.chaos + _EQUAL_CHAOS and m.coherence >= best.coherence]
    if any("cp1252" in match.could_be_from_charset for match in equal):
        return "cp1252"
    found = codecs.lookup(best.encoding).name
    return None if found in _WIDE else found  # Evident UTF-16 is told before, and this would be an accident.


def _sample(path: Path) -> bytes:
    with open_bytes(path) as file:
        return file.read(SAMPLE_BYTES)


def _recognise(path: Path, sample: bytes) -> TextFile:
    for mark, codec, name in _MARKS:
        if sample.startswith(mark):
            return _proved(TextFile(path, codec, f"Encoding {name}"), name)
    if (wide := _evident_utf16(sample)) is not None:
        note = f"Encoding {wide.upper()} (no byte order mark; told by its NUL bytes)"
        return _proved(TextFile(path, wide, note), wide.upper())
    file = TextFile(path, "utf-8", "Encoding UTF-8")
    if _decodes(file):
        return file
    good, bad = _utf8_counts(path)
    if good / (good + bad) >= _MOSTLY_UTF8:
        raise _undecodable(file, "UTF-8, as nearly all of the file is")
    codec_guess = guess(_from_first_non_ascii(path))
    if codec_guess is None:
        raise _undecodable(file, "UTF-8, and no other encoding fits")
    certain = codec_guess == "gb18030"
    note = "Encoding GB18030" if certain else f"Encoding guessed as {codec_guess}; name it if characters look wrong"
    return _proved(TextFile(path, codec_guess, note), codec_guess)


def _evident_utf16(sample: bytes) -> str | None:
    """UTF-16 without a byte order mark: NULs at every other place only, where ASCII and line ends have them."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if (even == 0) == (odd == 0) or max(even, odd) * 50 < len(sample) // 2:
        return None
    codec = "utf-16-le" if odd else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(codec)().decode(sample)
    except UnicodeDecodeError:
        return None
    return codec if "\n" in text and "\0" not in text else None


def _utf8_counts(path: Path) -> tuple[int, int]:
    """Characters beyond ASCII that are UTF-8, and bytes that are not, as far as is needed to tell which are more."""
    lenient = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            beyond = [character for character in lenient.decode(chunk) if character > "\x7f"]
            escaped = sum("\udc80" <= character <= "\udcff" for character in beyond)
            bad += escaped
            good += len(beyond) - escaped
            if bad and good + bad > _ENOUGH:
                return good, bad
    bad += len(lenient.decode(b"", True))
    return good, bad


def _from_first_non_ascii(path: Path) -> bytes:
    """A sample that begins on the first line with a byte beyond ASCII."""
    with open_bytes(path) as file:
        for line in file:
            if not line.isascii():
                return line + file.read(SAMPLE_BYTES)
    return b""


def _is_gb18030(sample: bytes) -> bool:
    """Whether the bytes decode as GB18030 to what Chinese text is made of.

    Nearly any bytes decode as GB18030, so the characters must be Han or Chinese punctuation, and mostly common ones.
    """
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(sample)
    except UnicodeDecodeError:
        return False
    beyond = [character for character in text if character > "\x7f"]
    han = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" or c in "—…“”‘’·"
              for c in beyond)  # fmt: skip
    common = len("".join(beyond).encode("gb2312", "ignore")) // 2
    return bool(beyond) and han >= _PLAUSIBLE_HAN * len(beyond) and common >= _PLAUSIBLE_COMMON * len(beyond)


def _proved(file: TextFile, name: str) -> TextFile:
    if not _decodes(file):
        raise _undecodable(file, name)
    return file


def _decodes(file: TextFile) -> bool:
    """Whether every byte decodes; raises `DataError` for NUL characters."""
    decoder = codecs.getincrementaldecoder(file.encoding)()
    nul = False
    try:
        with open_bytes(file.path) as raw:
            while chunk := raw.read(CHUNK_BYTES):
                nul = nul or "\0" in decoder.decode(chunk)
            decoder.decode(b"", True)
    except UnicodeError:
        return False
    if nul:
        raise _nul_error(file)
    return True


def _undecodable(file: TextFile, wanted: str) -> DataError:
    line, column, found = _first_undecodable(file)
    return DataError(
        f"bytes {found.hex(' ')} are not {wanted}",
        where=file.where(line, column),
        remedy="Name the file's encoding (--encoding gb18030, for one), or correct these bytes",
    )


def _first_undecodable(file: TextFile) -> tuple[int, int, bytes]:
    """Line and column, from 1, of the first bytes that do not decode, and the bytes."""
    if file.encoding in _WIDE:
        with open_bytes(file.path) as raw:
            return _fault(raw.read(), file.encoding, 1) or (1, 1, b"")
    with open_bytes(file.path) as raw:
        for number, line in enumerate(raw, 1):
            if (place := _fault(line, file.encoding, number)) is not None:
                return place
    return 1, 1, b""


def _fault(data: bytes, encoding: str, first_line: int) -> tuple[int, int, bytes] | None:
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, "ignore")
        return first_line + before.count("\n"), len(before) - before.rfind("\n"), data[error.start : error.end]
    return None


def _nul_error(file: TextFile) -> DataError:
    for number, line in enumerate(file.lines(), 1):
        if (at := line.find("\0")) >= 0:
            return DataError(
                "a NUL byte, which no text contains",
                where=file.where(number, at + 1),
                remedy="Remove it, or name the encoding if the file is UTF-16 without a byte order mark",
            )
    return DataError("a NUL byte, which no text contains", where=str(file.path), remedy="Remove it")

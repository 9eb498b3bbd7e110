"""Which format a file of word vectors is in, told by its content."""

from __future__ import annotations

import re
from pathlib import Path

from wenmai.core.errors import DataError
from wenmai.data.files import open_bytes
from wenmai.interop.vector_reading import header_of
from wenmai.interop.vector_table import VectorFormat

FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")

_SAMPLE_BYTES = 1 << 16
_OTHERS = (
    (b"\x1f\x8b", "a gzip file that is not named .gz", "Rename it so that it ends in .gz"),
    (b"PK\x03\x04", "a zip archive", "Unpack it first"),
    (b"BZh", "a bzip2 file", "Unpack it first"),
    (b"\xfd7zXZ", "an xz file", "Unpack it first"),
    (b"\x80", "a Python pickle, which could run code and is never opened", "Save it in word2vec's format, with gensim"),
    (b"\x93NUMPY", "an array without words", "Give a file of word vectors"),
)
"""Beginnings of files of other kinds, what they are, and what to do."""
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NUMBER = re.compile(rb"[-+]?[\d.][\d.eE+-]*|[-+]?(?i:nan|inf(?:inity)?)")


def recognise(path: Path) -> VectorFormat:
    """The format of a file; of fastText's ``.vec``, ``word2vec``, which is the same.

    Raises:
        UsageError: when it is not there; DataError: when it is empty or of a kind that is known to be none of them.
    """
    with open_bytes(path) as stream:
        sample = stream.read(_SAMPLE_BYTES)
    if not sample:
        raise DataError("the file is empty", where=str(path), remedy="Give a file of word vectors")
    if sample.startswith(FASTTEXT_MAGIC):
        return VectorFormat.FASTTEXT_BIN
    for start, kind, remedy in _OTHERS:
        if sample.startswith(start):
            raise DataError(f"the file is {kind}", where=str(path), remedy=remedy)
    header = header_of(sample)
    if header is None:
        return VectorFormat.GLOVE
    return VectorFormat.WORD2VEC if _is_text(sample[header.size :], header.width) else VectorFormat.WORD2VEC_BINARY


def _is_text(sample: bytes, width: int) -> bool:
    """Whether the first row is a line of text: it has no control characters, or ends in written numbers."""
    line = sample.partition(b"\n")[0]
    parts = line.split()[1:]
    if parts and all(_NUMBER.fullmatch(part) for part in parts[-min(width, 8) : -1] or parts):
        return True
    if _CONTROL.search(sample):
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.end >= len(sample) - 3 and error.start > 0
    return True

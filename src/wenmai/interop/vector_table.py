"""VectorTable: what every file of word vectors holds, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError


class VectorFormat(StrEnum):
    """The formats of word vectors that there are beside bundles."""

    WORD2VEC = "word2vec"
    WORD2VEC_BINARY = "word2vec-binary"
    GLOVE = "glove"
    FASTTEXT_VEC = "fasttext-vec"
    FASTTEXT_BIN = "fasttext-bin"


@dataclass(frozen=True, slots=True)
class VectorTable:
    """Words and their vectors as a file has them.

    Attributes:
        words: [V], each once; vectors: [V, D] float32, all finite.
        counts: [V], how often each word occurred; None where the format does not say.
        notes: what a person should know about how the file was read.
    """

    words: tuple[str, ...]
    vectors: NDArray[np.float32]
    counts: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Sequence[str], vectors: NDArray[np.float32]) -> Self:
        """The table of words [V] and vectors [V, D]; of a word that stands there twice, the first vector is kept."""
        first = dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))
        if len(first) == len(words):
            return cls(tuple(words), vectors)
        rows = np.sort(np.fromiter(first.values(), np.int64, len(first)))
        again = len(words) - len(first)
        note = (
            f"{again:,} {'rows repeat' if again > 1 else 'row repeats'} a word; the first vector of each word is kept"
        )
        return cls(tuple(words[row] for row in rows.tolist()), vectors[rows], notes=(note,))


_UNWRITABLE = re.compile(r"[ \t\n\r]|^$")


def check_writable(table: VectorTable, path: str) -> None:
    """Refuse a table that a file of lines or records cannot hold.

    Raises:
        DataError: for a word that is empty, holds white space or a lone surrogate, and for a number that is not finite.
    """
    for word in table.words:
        if _UNWRITABLE.search(word):
            raise DataError(
                f"the word {word!r} is empty or holds white space, which ends a word in this format",
                where=path,
                remedy="Rename it first, for example with _ in the place of spaces",
            )
    try:
        "".join(table.words).encode()
    except UnicodeEncodeError as error:
        raise DataError(f"a word holds {error.object[error.start]!r}, which UTF-8 cannot write", where=path) from None
    finite = np.isfinite(table.vectors).all(axis=1)
    if not finite.all():
        raise DataError(f"the vector of {table.words[int(np.argmin(finite))]!r} is not finite", where=path)

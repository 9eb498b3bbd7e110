"""Arena: the symbols of many texts in one flat array, with no Python object a token."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Arena:
    """Whole numbers of D texts one after the other.

    Attributes:
        symbols: [S] int32, or uint16 where that holds them all; 0 stands for a piece that is not known.
        offsets: [D + 1] int64; text d is ``symbols[offsets[d]:offsets[d + 1]]``.
    """

    symbols: NDArray[Any]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of_code_points(cls, texts: Sequence[str]) -> Arena:
        """Each character as its Unicode code point plus one."""
        points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        narrow = points.max(initial=0) < np.iinfo(np.uint16).max
        return cls(points.astype(np.uint16 if narrow else np.int32) + 1, _offsets(map(len, texts)))

    @classmethod
    def of_words(cls, rows: Sequence[Sequence[str]], index: dict[str, int]) -> Arena:
        """Each word as its number in the index; a new word gets 0, or its own where the index grows."""
        if isinstance(index, defaultdict):
            symbols = [index[word] for row in rows for word in row]
        else:
            number = index.get
            symbols = [number(word, 0) for row in rows for word in row]
        return cls(np.array(symbols, np.int32), _offsets(map(len, rows)))


def _offsets(lengths: Iterable[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    sizes = np.fromiter(lengths, np.int64)
    offsets = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets

"""Texts as rows of token numbers of different lengths, without a Python object a token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenRows:
    """The tokens of N texts one after the other, S in all.

    Attributes:
        token_ids: [S] int32, numbers of a vocabulary.
        offsets: [N + 1] int64; text n is ``token_ids[offsets[n]:offsets[n + 1]]``.
    """

    token_ids: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]]) -> TokenRows:
        """Rows given as lists of numbers."""
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        flat = np.fromiter((number for row in rows for number in row), np.int32, int(offsets[-1]))
        return cls(flat, offsets)

    @classmethod
    def concatenated(cls, parts: Iterable[TokenRows]) -> TokenRows:
        """Consecutive parts as one."""
        found = list(parts)
        if not found:
            return cls.of([])
        lengths = np.concatenate([part.lengths for part in found])
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return cls(np.concatenate([part.token_ids for part in found]), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has [N]."""
        return np.diff(self.offsets)

    def padded(self, rows: Rows, padding_id: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Some rows as a rectangle: token ids [B, T], padded on the right, and lengths [B]; T is at least 1."""
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        steps = np.arange(max(int(lengths.max(initial=0)), 1))
        inside = steps < lengths[:, None]
        places = np.where(inside, starts[:, None] + steps, 0)
        if not len(self.token_ids):
            return np.full(places.shape, padding_id, np.int64), lengths
        return np.where(inside, self.token_ids[places], padding_id).astype(np.int64), lengths

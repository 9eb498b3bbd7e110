"""Texts as rows of token numbers of different lengths, without a Python object a token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reading:
    """How much of some texts a model read.

    Attributes:
        texts: how many there were; cut_texts: of how many it read the beginning alone.
        tokens: how many it read; cut_tokens: how many it did not.
    """

    texts: int = 0
    cut_texts: int = 0
    tokens: int = 0
    cut_tokens: int = 0

    def __add__(self, other: Reading) -> Reading:
        return Reading(
            self.texts + other.texts,
            self.cut_texts + other.cut_texts,
            self.tokens + other.tokens,
            self.cut_tokens + other.cut_tokens,
        )

    def note(self, limit: int | None) -> str | None:
        """What a person should know of it; None where everything was read."""
        if not self.cut_texts:
            return None
        share = self.cut_tokens / (self.tokens + self.cut_tokens)
        return (
            f"{self.cut_texts:,} of {self.texts:,} texts have more than the {limit} tokens that are read "
            f"(pipeline.max_pieces): {share:.1%} of all tokens were cut off"
        )


@dataclass(frozen=True, slots=True)
class TokenRows:
    """The tokens of N texts one after the other, S in all.

    Attributes:
        token_ids: [S] int32, numbers of a vocabulary.
        offsets: [N + 1] int64; text n is ``token_ids[offsets[n]:offsets[n + 1]]``.
        second_starts: [N] int64, where in its row the second text of a pair begins; None where texts stand alone.
        cut: [N] int64, how many tokens each text lost to the length that is read; None where nobody counted.
        columns: [S, E] int32, further numbers of each token, its characters for example, 0 for none; None where the
            model reads no more than the token's own.
    """

    token_ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    second_starts: NDArray[np.int64] | None = None
    cut: NDArray[np.int64] | None = None
    columns: NDArray[np.int32] | None = None

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
        return cls(
            np.concatenate([part.token_ids for part in found]),
            offsets,
            _joined([part.second_starts for part in found]),
            _joined([part.cut for part in found]),
            _joined([part.columns for part in found]),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many tokens each text has [N]."""
        return np.diff(self.offsets)

    @property
    def read(self) -> Reading:
        """How much of the texts the rows hold."""
        if self.cut is None:
            return Reading(len(self), 0, len(self.token_ids), 0)
        return Reading(len(self), int(np.count_nonzero(self.cut)), len(self.token_ids), int(self.cut.sum()))

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

    def padded_columns(self, rows: Rows) -> NDArray[np.int64] | None:
        """The further numbers of the same rectangle's tokens [B, T, E], 0 at padding; None where there are none."""
        if self.columns is None:
            return None
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        steps = np.arange(max(int(lengths.max(initial=0)), 1))
        found = np.zeros((len(rows), len(steps), self.columns.shape[1]), np.int64)
        inside = steps < lengths[:, None]
        found[inside] = self.columns[(starts[:, None] + steps)[inside]]
        return found


def _joined(parts: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    """Numbers of rows or tokens, of consecutive parts, all of which have them or none."""
    given = [part for part in parts if part is not None]
    if given and len(given) < len(parts):
        raise ValueError("some rows are pairs, were cut, or have columns, and others tell nothing of it")
    return np.concatenate(given) if given else None

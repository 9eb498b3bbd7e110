"""Sums over the rows of fastText's table, a part at a time, so that long texts take little memory.

Letters of the shapes: R rows of the table, W width of a row, N rows of a text.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.fasttext_dictionary import UNSEEN

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

_ROWS_AT_A_TIME = 1 << 16


@dataclass(frozen=True, slots=True)
class RowSums:
    """A table [R, W], and whether a bucket without a row is left out of a mean or counts in it."""

    table: NDArray[np.float32]
    left_out: bool

    def mean(self, rows: Rows) -> Floats:
        """The mean [W] of the rows [N] of one text."""
        known = rows[rows != UNSEEN]
        sums = np.zeros(self.table.shape[1])
        for start in range(0, len(known), _ROWS_AT_A_TIME):
            sums += self.table[known[start : start + _ROWS_AT_A_TIME]].sum(axis=0, dtype=np.float64)
        mean: Floats = sums / self.counted(rows).sum()
        return mean

    def counted(self, rows: Rows) -> NDArray[np.bool_]:
        """Which rows [N] count in a mean; the end of a text, which always has one, does."""
        return rows != UNSEEN if self.left_out else np.ones(len(rows), np.bool_)

    def products(self, rows: Rows, direction: Floats) -> Floats:
        """The product [N] of each row with a vector [W]; 0 for a bucket without a row."""
        products = np.zeros(len(rows))
        for start in range(0, len(rows), _ROWS_AT_A_TIME):
            part = rows[start : start + _ROWS_AT_A_TIME]
            products[start : start + len(part)] = (self.table[part] @ direction) * (part != UNSEEN)
        return products

"""The rows of a data set as it was loaded, counted through from 1, whatever parts it came in."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from wenmai.data.dataset import Dataset
from wenmai.data.duplicates import first_with_key, text_keys
from wenmai.data.loading import Loaded

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sources:
    """The parts of a data set in the order train, dev, test; one where it is undivided."""

    parts: tuple[Dataset, ...]

    @classmethod
    def of(cls, data: Dataset | Loaded) -> Sources:
        """Of data as it was loaded."""
        if isinstance(data, Dataset):
            return cls((data,))
        if data.splits is None:
            return cls((data.dataset,))
        return cls(tuple(data.splits[name] for name in ("train", "dev", "test") if name in data.splits))

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def at(self, row: int) -> tuple[Dataset, int]:
        """The part and the position in it of a row that counts from 1."""
        left = row - 1
        for part in self.parts:
            if left < len(part):
                return part, left
            left -= len(part)
        raise IndexError(row)

    def text(self, row: int) -> str:
        """The text of a row."""
        part, position = self.at(row)
        return part.inputs(position, position + 1).text[0]

    def line(self, row: int) -> int | None:
        """The line of its file on which a row began; None where there are no lines."""
        part, position = self.at(row)
        if part.lines is None:
            return None
        return int(part.lines[position if part.rows is None else part.rows[position]])

    def rows_of(self, view: Dataset) -> Rows:
        """[rows of the view]: where each stands, from 1.

        Views of a part's table are told by their rows. Rows that were copied into another table are told by their text,
        the first that has it.
        """
        found = np.full(len(view), -1)
        wanted = np.arange(len(view)) if view.rows is None else view.rows
        starts = accumulate((len(part) for part in self.parts), initial=0)
        for part, start in zip(self.parts, starts, strict=False):
            if part.table is view.table:
                places = np.full(part.table.num_rows, -1)
                places[np.arange(len(part)) if part.rows is None else part.rows] = np.arange(start, start + len(part))
                found = np.where(found < 0, places[wanted], found)
        if (found < 0).any():
            keys = np.concatenate([*map(text_keys, self.parts), text_keys(view)])
            found = np.where(found < 0, first_with_key(keys)[len(self) :], found)
        return found + 1

"""The division of a comparison: which rows are learnt from, which are chosen on, which are locked away.

The test rows are looked at once, by every rung, after all choices are made. Choices are made on the dev rows, or, where
there are too few rows for that, by cross-validation over everything but the test rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded
from wenmai.data.splits import Splits, folds, respect, split

CROSS_VALIDATED_BELOW = 2000
"""With fewer rows than this outside the test set, choices are made by cross-validation."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Division:
    """Rows by their part in the comparison.

    Attributes:
        train: what every rung learns from; with cross-validation, all rows but the test rows.
        dev: what choices are made on; None with cross-validation.
        test: locked until all choices are made.
        folds: pairs of positions in ``train`` (learnt from, held out); empty where there is a dev set.
        notes: how the parts came to be, as sentences without their full stops.
        source_fingerprint: of all rows that were divided; where the source came in parts, of its training part.
    """

    train: Dataset
    dev: Dataset | None
    test: Dataset
    folds: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    notes: tuple[str, ...]
    source_fingerprint: str | None = None

    @property
    def choosing(self) -> Dataset:
        """The rows that choices are made on, in the order of the folds."""
        if self.dev is not None:
            return self.dev
        return self.train.select(np.concatenate([held_out for _, held_out in self.folds]))

    def sentences(self) -> tuple[str, ...]:
        """The protocol in words."""
        chosen = (
            f"All choices were made on {len(self.dev):,} dev rows"
            if self.dev is not None
            else f"All choices were made by {len(self.folds)}-fold cross-validation over {len(self.train):,} rows"
        )
        found = (
            f"Every rung learnt from the same {len(self.train):,} rows",
            chosen,
            f"The {len(self.test):,} test rows were scored once, after all choices",
            *self.notes,
        )
        return tuple(f"{one[:1].upper()}{one[1:]}." for one in found)


def division_of(data: Dataset | Loaded, *, seed: int = 0) -> Division:
    """Divide a data set for a comparison, or respect the division that it has.

    Raises:
        DataError: when it cannot be divided: one class, a class with one row, nothing but duplicates; when a part
            that is scored has a single row.
    """
    parts = divide(data, seed=seed)
    source = (data.dataset if isinstance(data, Loaded) else data).source_fingerprint
    _check_rows(parts.test, "test")
    few = len(parts.train) + len(parts.dev) < CROSS_VALIDATED_BELOW
    if not few:
        _check_rows(parts.dev, "dev")
        return Division(parts.train, parts.dev, parts.test, (), parts.notes, source)
    train = joined(parts.train, parts.dev)
    note = f"With so few rows the {len(parts.dev):,} dev rows were joined to the {len(parts.train):,} training rows"
    notes = (*parts.notes, note)
    return Division(train, None, parts.test, tuple(folds(train, FOLDS, seed=seed)), notes, source)


def _check_rows(part: Dataset, name: str) -> None:
    """Refuse a part of which nothing can be told."""
    if len(part) == 1:
        raise DataError(
            f"the {name} part has a single row, which cannot tell one model from another",
            where=part.name,
            remedy="Give at least 2 rows, better hundreds",
        )


def divide(data: Dataset | Loaded, *, seed: int = 0) -> Splits:
    """Train, dev and test rows without a text, or a group, on two sides."""
    if isinstance(data, Loaded) and data.splits is not None:
        return respect(data.splits["train"], data.splits.get("dev"), data.splits.get("test"), seed=seed)
    return split(data.dataset if isinstance(data, Loaded) else data, seed=seed)


def joined(first: Dataset, second: Dataset) -> Dataset:
    """Two data sets as one; views of the same table share it."""
    if first.table is second.table:
        whole = Dataset(first.table, first.schema, first.name, first.lines)
        return whole.select(np.concatenate([_rows(first), _rows(second)]))
    import pyarrow as pa

    names = [*first.schema.required(), *first.schema.answers()]
    if first.schema.group is not None:
        names.append(first.schema.group)
    return Dataset(pa.concat_tables([first.take(names), second.take(names)]), first.schema, first.name)


def _rows(data: Dataset) -> Sequence[int] | NDArray[np.int64]:
    return np.arange(len(data)) if data.rows is None else data.rows

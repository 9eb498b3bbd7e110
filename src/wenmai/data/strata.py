"""What a split keeps in proportion: the classes of each row, and who is dealt to which part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError
from wenmai.core.schema import ClassifyColumns, PairColumns
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.data.wording import counted

Rows = NDArray[np.int64]
Classes = Sequence[tuple[str, ...]]
"""The classes of each row: one, several, or none."""


def has_classes(dataset: Dataset) -> bool:
    """Whether rows are told apart by labels, and not by scores, tags, spans or texts."""
    columns = dataset.schema.columns
    return isinstance(columns, ClassifyColumns) or (isinstance(columns, PairColumns) and columns.answer == "label")


def has_several_labels(dataset: Dataset) -> bool:
    """Whether a row may carry several labels."""
    columns = dataset.schema.columns
    return isinstance(columns, ClassifyColumns) and columns.several_labels


def classes_of(dataset: Dataset) -> list[tuple[str, ...]]:
    """[rows]: the labels of each row, in ascending order; an empty tuple where the task has no classes."""
    if not has_classes(dataset):
        return [()] * len(dataset)
    several = has_several_labels(dataset)
    name = dataset.schema.answers()[0]
    shared: dict[tuple[str, ...], tuple[str, ...]] = {}  # One object a set of labels, not one a row.
    classes = []
    for start in range(0, len(dataset), BATCH_ROWS):
        for answer in dataset.take([name], start, start + BATCH_ROWS).column(0).to_pylist():
            labels = tuple(sorted(answer or ())) if several else (answer,)
            classes.append(shared.setdefault(labels, labels))
    return classes


def check_classes(dataset: Dataset, classes: Classes, *, removed: int = 0, divided: bool = True) -> None:
    """Refuse what nothing can be learned from, or what cannot stand on both sides of a split.

    Args:
        dataset: the rows, without duplicates.
        classes: [rows], their classes.
        removed: duplicates that were taken out, for the message.
        divided: whether a test part is still to be taken from the rows; only then is a class with a single row refused.

    Raises:
        DataError: no rows, one text, one class, or a class with a single row.
    """
    after = f" after {counted(removed, 'duplicate was', 'duplicates were')} removed" if removed else ""
    if len(dataset) == 0:
        raise DataError(f"no rows are left{after}", where=dataset.name, remedy="Give at least two texts of two classes")
    if len(dataset) == 1:
        raise DataError(
            f"all rows hold the same text: one is left{after}" if removed else "there is only one row",
            where=dataset.name,
            remedy="Give at least two different texts of two classes",
        )
    if not has_classes(dataset):
        return
    rows_of: dict[str, list[int]] = {}
    for row, labels in enumerate(classes):
        for label in labels:
            rows_of.setdefault(label, []).append(row)
    if len(rows_of) < 2 and not (has_several_labels(dataset) and rows_of and () in classes):
        found = f"only one class, {next(iter(rows_of))!r}" if rows_of else "no class"
        raise DataError(
            f"there is {found} in {len(dataset):,} rows{after}",
            where=dataset.name,
            remedy="A classifier needs rows of two classes; check the label column",
        )
    single = [label for label, rows in rows_of.items() if len(rows) == 1]
    if single and divided and not has_several_labels(dataset):
        others = f" (and so have {', '.join(map(repr, single[1:6]))})" if len(single) > 1 else ""
        raise DataError(
            f"class {single[0]!r} has a single row{after}{others}, which cannot stand in both training and test part",
            where=dataset.where(rows_of[single[0]][0]),
            remedy="Add rows of this class, give it the label of a class it belongs with, or remove the row",
        )


def deal(classes: Classes, units: Rows, shares: Sequence[float], generator: np.random.Generator) -> Rows:
    """[rows]: the part of each row, so that each part has its share of each class and no unit is divided.

    Whole classes of single rows are dealt exactly, by largest remainder; units of several rows, and rows of several
    classes, one after the other to the part that lacks most of their rarest class, after Sechidis, Tsoumakas and
    Vlahavas, "On the stratification of multi-label data", 2011. Each part is given a row of each class that has enough.

    Args:
        classes: [rows], the classes of each row.
        units: [rows], rows with the same number stay together.
        shares: the share of each part; they sum to 1, and the largest one takes what is left over.
        generator: the source of chance.
    """
    whole = len(np.unique(units)) == len(units) and all(len(labels) <= 1 for labels in classes)
    return _deal_rows(classes, shares, generator) if whole else _deal_units(classes, units, shares, generator)


def _deal_rows(classes: Classes, shares: Sequence[float], generator: np.random.Generator) -> Rows:
    parts = np.empty(len(classes), np.int64)
    codes = {labels: code for code, labels in enumerate(sorted(set(classes)))}
    coded = np.fromiter((codes[labels] for labels in classes), np.int64, len(classes))
    carried = np.zeros(len(shares))
    for code in range(len(codes)):
        rows = generator.permutation(np.flatnonzero(coded == code))
        counts, carried = _counts(len(rows), shares, carried)
        parts[rows] = np.repeat(np.arange(len(shares)), counts)
    return parts


def _counts(rows: int, shares: Sequence[float], carried: NDArray[np.float64]) -> tuple[Rows, NDArray[np.float64]]:
    """How many of a class's rows each part gets; what rounding withheld from a part is carried to the next class."""
    wanted = np.asarray(shares) * rows
    counts = np.floor(wanted).astype(np.int64)
    remainders = wanted - counts + carried
    for part in np.argsort(-remainders, kind="stable")[: rows - int(counts.sum())]:
        counts[part] += 1
    # A class too small for every part goes to the largest and to the one that lacks most, the last of equals.
    positive = [part for part, share in enumerate(shares) if share > 0]
    needy = sorted(positive, key=lambda part: (-shares[part], -carried[part], -part))
    for part in needy[:rows]:
        if counts[part] == 0:
            counts[np.argmax(counts)] -= 1
            counts[part] = 1
    return counts, carried + wanted - counts


def _deal_units(classes: Classes, units: Rows, shares: Sequence[float], generator: np.random.Generator) -> Rows:
    """Units in the order of their rarest class, the larger first, each to the part that lacks most of that class."""
    _, number, sizes = np.unique(units, return_inverse=True, return_counts=True)
    labels_of: list[Counter[str | None]] = [Counter() for _ in sizes]
    for unit, labels in zip(number, classes, strict=True):
        labels_of[unit].update(labels or (None,))  # A row without a class is in proportion too.
    total: Counter[str | None] = Counter()
    within: Counter[str | None] = Counter()
    for labels_count in labels_of:
        total.update(labels_count)
        within.update(labels_count.keys())
    rarest = [min(labels, key=lambda label: (total[label], label or "")) for labels in labels_of]
    lacking = _lacking(total, within, shares)
    rows_lacking = np.asarray(shares) * len(classes)
    chance = generator.permutation(len(sizes))
    order = sorted(
        range(len(sizes)), key=lambda unit: (total[rarest[unit]], rarest[unit] or "", -int(sizes[unit]), chance[unit])
    )
    open_parts = [part for part in range(len(shares)) if shares[part] > 0]
    part_of = np.empty(len(sizes), np.int64)
    for unit in order:
        lack = lacking[rarest[unit]]
        part = max(open_parts, key=lambda part: (lack[part], rows_lacking[part]))
        part_of[unit] = part
        rows_lacking[part] -= sizes[unit]
        for label, count in labels_of[unit].items():
            lacking[label][part] -= count
    parts: Rows = part_of[number]
    return parts


def _lacking(
    total: Counter[str | None], within: Counter[str | None], shares: Sequence[float]
) -> dict[str | None, list[float]]:
    """How many rows of each class each part shall have; at least one where the class has a unit for every part."""
    lacking = {}
    largest = int(np.argmax(shares))
    positive = sum(share > 0 for share in shares)
    for label, rows in total.items():
        wanted = [share * rows for share in shares]
        if within[label] >= positive:
            wanted = [max(1.0, want) if share > 0 else 0.0 for want, share in zip(wanted, shares, strict=True)]
            wanted[largest] = max(1.0, rows - sum(wanted) + wanted[largest])
        lacking[label] = wanted
    return lacking

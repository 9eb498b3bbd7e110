"""A division with corrected labels: the same rows on the same sides, for the division is made before they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wenmai.comparison.division import Division, division_of
from wenmai.core.errors import DataError
from wenmai.data.corrections import Corrections, read_corrections
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded
from wenmai.data.strata import classes_of, has_several_labels
from wenmai.data.wording import counted

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Changes:
    """What corrections do to one part.

    Attributes:
        answers: position → the new label or labels, where they differ from the given ones.
        removed: positions of rows that are taken out.
        confirmed: how many labels are said to be right as they are.
        kept: positions of the rows that stay.
    """

    answers: Mapping[int, Any]
    removed: Rows
    confirmed: int
    kept: Rows


def corrected_division(data: Dataset | Loaded, *, seed: int, corrections: str | None) -> Division:
    """As `division_of`, and then with the labels of a table of corrections, where there is one.

    Raises:
        WenmaiError: as `division_of`, `read_corrections` and `corrected`.
    """
    read = None if corrections is None else read_corrections(Path(corrections), data)
    division = division_of(data, seed=seed)
    return division if read is None else corrected(division, read)


def corrected(division: Division, corrections: Corrections) -> Division:
    """The division with corrected labels in all parts, and without the rows that corrections take out.

    Raises:
        DataError: when no row with some label is left to learn from, and other rows still have it.
    """
    parts = {"train": division.train, "test": division.test}
    if division.dev is not None:
        parts["dev"] = division.dev
    changes = {name: changes_of(part, corrections) for name, part in parts.items()}
    tables = _relabelled(parts, changes)
    new = {name: _kept(replace(part, table=tables[id(part.table)]), changes[name]) for name, part in parts.items()}
    _check_classes(division, new, corrections)
    return replace(
        division,
        train=new["train"],
        dev=new.get("dev"),
        test=new["test"],
        folds=_renumbered(division.folds, changes["train"], len(division.train)),
        notes=(*division.notes, _note(changes, corrections)),
    )


def changes_of(part: Dataset, corrections: Corrections) -> Changes:
    """What corrections do to a part."""
    given, several = classes_of(part), has_several_labels(part)
    answers: dict[int, Any] = {}
    removed, confirmed = [], 0
    for position, entry in corrections.of(part).items():
        if entry.labels is None:
            removed.append(position)
        elif set(entry.labels) == set(given[position]):
            confirmed += 1
        else:
            answers[position] = list(entry.labels) if several else entry.labels[0]
    gone = np.array(removed, np.int64)
    return Changes(answers, gone, confirmed, np.setdiff1d(np.arange(len(part)), gone))


def _relabelled(parts: Mapping[str, Dataset], changes: Mapping[str, Changes]) -> dict[int, pa.Table]:
    """Identity of a table → the same with new labels; parts that share a table share the new one."""
    tables: dict[int, pa.Table] = {}
    for name, part in parts.items():
        table = tables.get(id(part.table), part.table)
        label = part.schema.answers()[0]
        values = table.column(label).to_pylist()
        for position, answer in changes[name].answers.items():
            values[position if part.rows is None else int(part.rows[position])] = answer
        place, kind = table.column_names.index(label), table.schema.field(label).type
        tables[id(part.table)] = table.set_column(place, label, pa.chunked_array([pa.array(values, kind)]))
    return tables


def _kept(part: Dataset, changes: Changes) -> Dataset:
    return part.select(changes.kept) if len(changes.removed) else part


def _renumbered(folds: tuple[tuple[Rows, Rows], ...], changes: Changes, rows: int) -> tuple[tuple[Rows, Rows], ...]:
    """Folds as positions among the rows that stay."""
    if not len(changes.removed):
        return folds
    place = np.full(rows, -1)
    place[changes.kept] = np.arange(len(changes.kept))

    def moved(positions: Rows) -> Rows:
        new = place[positions]
        return new[new >= 0]

    return tuple((moved(learnt), moved(held_out)) for learnt, held_out in folds)


def _check_classes(division: Division, parts: Mapping[str, Dataset], corrections: Corrections) -> None:
    """Refuse corrections that leave nothing of a class in train while other rows still have it."""
    had = {label for labels in classes_of(division.train) for label in labels}
    left = {label for labels in classes_of(parts["train"]) for label in labels}
    for name, part in parts.items():
        wanted = {label for labels in classes_of(part) for label in labels}
        gone = sorted(
            (wanted - left) & (had | {label for entry in corrections.entries for label in entry.labels or ()})
        )
        if name != "train" and gone:
            raise DataError(
                f"after the corrections no training row is {gone[0]!r}, and a row of {name} is",
                where=corrections.name,
                remedy=f"Correct those rows too, or leave a training row {gone[0]!r}",
            )
    for name, part in parts.items():
        if not len(part):
            raise DataError(
                f"the corrections take every row of {name} out", where=corrections.name, remedy="Leave some"
            )


def _note(changes: Mapping[str, Changes], corrections: Corrections) -> str:
    relabelled = {name: len(one.answers) for name, one in changes.items()}
    removed = {name: len(one.removed) for name, one in changes.items()}
    first = counted(sum(relabelled.values()), "label was corrected", "labels were corrected") + _by_part(relabelled)
    gone = sum(removed.values())
    taken = counted(gone, "row was taken out", "rows were taken out") + _by_part(removed)
    return f"{first}{f' and {taken}' if gone else ''}, by {corrections.name}"


def _by_part(counts: Mapping[str, int]) -> str:
    found = [f"{counts[name]:,} in {name}" for name in ("train", "dev", "test") if counts.get(name)]
    return f" ({', '.join(found)})" if found else ""

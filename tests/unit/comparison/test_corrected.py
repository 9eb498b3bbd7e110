from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from corpora import labelled, reviews

from wenmai.comparison.corrected import changes_of, corrected, corrected_division
from wenmai.comparison.division import Division, division_of
from wenmai.core.errors import DataError, UsageError
from wenmai.data.corrections import Corrections, read_corrections
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded
from wenmai.data.sources import Sources


def written(path: Path, data: Dataset | Loaded, said: dict[int, str]) -> Path:
    sources = Sources.of(data)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "text", "corrected"])
        writer.writerows([row, sources.text(row), label] for row, label in said.items())
    return path


def read(tmp_path: Path, data: Dataset | Loaded, said: dict[int, str]) -> Corrections:
    return read_corrections(written(tmp_path / "said.csv", data, said), data)


def texts(part: Dataset) -> list[str]:
    return list(part.inputs().text)


def test_the_same_rows_stay_on_the_same_sides_with_new_labels(tmp_path: Path) -> None:
    data = reviews("en", 2, rows=400)
    division = division_of(data, seed=3)
    rows = [*Sources.of(data).rows_of(division.train)[:3].tolist(), int(Sources.of(data).rows_of(division.test)[0])]
    other = {"good": "bad", "bad": "good"}
    said = {row: other[data.answers()[row - 1]] for row in rows}
    new = corrected(division, read(tmp_path, data, said))
    assert texts(new.train) == texts(division.train)
    assert texts(new.test) == texts(division.test)
    changed = [a != b for a, b in zip(division.train.answers(), new.train.answers(), strict=True)]
    assert np.flatnonzero(changed).tolist() == [0, 1, 2]
    assert new.test.answers()[0] == other[division.test.answers()[0]]
    assert new.test.answers()[1:] == division.test.answers()[1:]
    assert new.train.table is new.test.table
    assert new.train.fingerprint != division.train.fingerprint
    assert "4 labels were corrected (3 in train, 1 in test), by said.csv" in new.notes
    assert division.train.answers() == division_of(data, seed=3).train.answers()


def test_rows_that_are_taken_out_leave_their_part_and_their_fold(tmp_path: Path) -> None:
    data = reviews("en", 2, rows=200)
    division = division_of(data, seed=0)
    sources = Sources.of(data)
    gone = [*sources.rows_of(division.train)[[4, 17]].tolist(), int(sources.rows_of(division.test)[2])]
    new = corrected(division, read(tmp_path, data, dict.fromkeys(gone, "-")))
    assert len(new.train) == len(division.train) - 2
    assert len(new.test) == len(division.test) - 1
    assert not {sources.text(row) for row in gone} & {*texts(new.train), *texts(new.test)}
    assert sorted(np.concatenate([held_out for _, held_out in new.folds]).tolist()) == list(range(len(new.train)))
    for (old_learnt, old_held), (learnt, held) in zip(division.folds, new.folds, strict=True):
        kept = {*texts(new.train)}
        assert texts(new.train.select(held)) == [t for t in texts(division.train.select(old_held)) if t in kept]
        assert len(learnt) + len(held) == len(new.train) <= len(old_learnt) + len(old_held)
    assert any(note.endswith("3 rows were taken out (2 in train, 1 in test), by said.csv") for note in new.notes)


def test_a_given_division_of_several_tables_is_corrected_in_each(tmp_path: Path) -> None:
    train, dev, test = (reviews("zh", 2, rows=rows, seed=seed) for rows, seed in ((90, 1), (30, 2), (30, 3)))
    data = Loaded(train, {"train": train, "dev": dev, "test": test}, ())
    division = division_of(data, seed=0)
    sources = Sources.of(data)
    row = int(sources.rows_of(division.test)[5])
    label = "差评" if division.test.answers()[5] == "好评" else "好评"
    first = sources.rows_of(division.train)[0]
    new = corrected(division, read(tmp_path, data, {row: label, int(first): "-"}))
    assert new.test.answers()[5] == label
    assert len(new.train) == len(division.train) - 1
    assert new.test.answers()[:5] == division.test.answers()[:5]


def test_sets_of_labels_are_compared_as_sets(tmp_path: Path) -> None:
    data = labelled(["a", "b", "c", "d"], [["x", "y"], ["x"], [], ["y"]], several=True)
    changes = changes_of(data, read(tmp_path, data, {1: "y;x", 2: "[]", 3: "x;y", 4: "-"}))
    assert changes.confirmed == 1
    assert changes.answers == {1: [], 2: ["x", "y"]}
    assert changes.removed.tolist() == [3]
    division = Division(data, None, data.select([0, 1, 2]), (), ())
    assert corrected(division, read(tmp_path, data, {2: "y"})).train.answers() == [["x", "y"], ["y"], [], ["y"]]


def test_a_class_that_nothing_is_left_of_in_train_is_refused(tmp_path: Path) -> None:
    train, test = labelled(["a", "b", "c"], ["x", "y", "z"]), labelled(["d", "e"], ["x", "z"])
    data = Loaded(train, {"train": train, "test": test}, ())
    division = Division(train, None, test, (), ())
    with pytest.raises(
        DataError, match=r"said\.csv: after the corrections no training row is 'z', and a row of test is"
    ):
        corrected(division, read(tmp_path, data, {3: "x"}))
    assert corrected(division, read(tmp_path, data, {3: "x", 5: "x"})).test.answers() == ["x", "x"]
    with pytest.raises(DataError, match="take every row of test out"):
        corrected(division, read(tmp_path, data, {4: "-", 5: "-"}))


def test_a_table_that_does_not_fit_is_refused_before_anything_is_divided(tmp_path: Path) -> None:
    one = labelled(["a"], ["x"])
    with pytest.raises(UsageError, match="there is no such file"):
        corrected_division(one, seed=0, corrections=str(tmp_path / "none.csv"))
    data = reviews("en", 2, rows=60)
    path = written(tmp_path / "said.csv", data, {1: "bad", 2: "good"})
    division = corrected_division(data, seed=1, corrections=str(path))
    assert division.notes[:-1] == corrected_division(data, seed=1, corrections=None).notes

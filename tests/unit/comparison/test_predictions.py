"""predictions.parquet says what results.json counts; to_predict.csv asks without telling."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpora import labelled, reviews
from doubles import DOUBLES

from wenmai.comparison import Comparison, Study, compare
from wenmai.comparison import predictions as predictions_module
from wenmai.comparison.corrected import corrected
from wenmai.comparison.division import Division, division_of
from wenmai.comparison.predictions import (
    PREDICTIONS,
    TO_PREDICT,
    RowNumbers,
    write_predictions,
    write_to_predict,
)
from wenmai.comparison.rung import Circumstances, run_rung
from wenmai.core.schema import ClassifyColumns, Schema, TagColumns
from wenmai.data.corrections import read_corrections
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded, load

MODELS = "majority,drawn-projection"


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    folder = tmp_path_factory.mktemp("predictions") / "run"
    data = reviews("en", 2, rows=2700)
    return compare(data, models=MODELS, seeds=2, out=folder, catalog=DOUBLES, outside={"other": _answers(data)})


def _answers(data: Dataset) -> list[dict[str, object]]:
    division = division_of(data, seed=0)
    rows = RowNumbers.of(data, division).test
    return [{"row": int(row), "label": "good"} for row in rows]


def said(board: Comparison) -> pl.DataFrame:
    assert board.folder is not None
    return pl.read_parquet(board.folder / PREDICTIONS)


def test_scores_computed_from_it_are_those_of_the_results(board: Comparison) -> None:
    by_seed = (
        said(board)
        .group_by("rung", "part", "seed")
        .agg(accuracy=(pl.col("label") == pl.col("predicted")).mean())
        .group_by("rung", "part")
        .agg(pl.col("accuracy").mean())
    )
    found = {(rung, part): accuracy for rung, part, accuracy in by_seed.iter_rows()}
    results = board.results
    expected = {(rung.name, "test"): rung.test["accuracy"].value for rung in results.scored}
    expected |= {(rung.name, "dev"): rung.dev["accuracy"].value for rung in results.done}
    assert found == pytest.approx(expected)


def test_every_rung_seed_and_row_stands_there_once(board: Comparison) -> None:
    frame, rows = said(board), board.results.data.rows
    assert frame.columns == ["rung", "seed", "part", "row", "line", "label", "predicted", "p_bad", "p_good"]
    counts = {tuple(key): rows for *key, rows in frame.group_by("rung", "seed", "part").len().iter_rows()}
    assert counts == {
        **{("majority:plain", 0, part): rows[part] for part in ("dev", "test")},
        **{("drawn-projection:plain", seed, part): rows[part] for seed in (0, 1) for part in ("dev", "test")},
        ("other", None, "test"): rows["test"],
    }
    assert frame.select("rung", "seed", "row").is_duplicated().sum() == 0
    assert frame["line"].null_count() == len(frame)
    assert frame.filter(pl.col("rung") == "other")["p_bad"].null_count() == rows["test"]
    sums = frame.filter(pl.col("rung") != "other").select(pl.sum_horizontal("p_bad", "p_good"))
    assert sums.to_series().to_list() == pytest.approx([1.0] * len(sums), abs=1e-6)


def test_no_text_stands_in_it_and_no_label_in_what_is_asked(board: Comparison) -> None:
    assert board.folder is not None
    asked = pl.read_csv(board.folder / TO_PREDICT)
    assert asked.columns == ["row", "part", "text"]
    assert dict(asked.group_by("part").len().iter_rows()) == {
        part: rows for part, rows in board.results.data.rows.items() if part != "train"
    }
    frame = said(board).filter(pl.col("rung") == "majority:plain")
    assert asked.select("part", "row").sort("row").equals(frame.select("part", "row").sort("row"))
    texts = {text for text in asked["text"].drop_nulls() if len(text) > 12}
    written = {value for name in frame.columns for value in frame[name].cast(pl.String).to_list()}
    assert texts
    assert not texts & written


def test_texts_are_not_asked_where_they_shall_not_leave(board: Comparison) -> None:
    data = reviews("en", 2, rows=200)
    assert board.folder is not None
    folder = board.folder.parent / "redacted"
    division = division_of(data, seed=0)
    write_to_predict(division, RowNumbers.of(data, division), folder)
    assert (folder / TO_PREDICT).exists()
    compare(data, models="majority", out=folder, redact=True, catalog=DOUBLES, study=Study(duplicates=False))
    assert not (folder / TO_PREDICT).exists()
    assert (folder / PREDICTIONS).exists()


def test_rows_and_lines_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    rows = [
        (f"text {row} {'fine' if row % 3 else 'poor'}", "" if row % 50 == 7 else str(row % 3 > 0)) for row in range(300)
    ]
    path.write_text("text,label\n" + "".join(f'"{text}\nmore",{label}\n' for text, label in rows), "utf-8")
    data = load(path)
    division = division_of(data, seed=0)
    rung = run_rung("majority", division, Circumstances())
    write_predictions([rung], [], division, RowNumbers.of(data, division), tmp_path)
    frame = pl.read_parquet(tmp_path / PREDICTIONS)
    assert set(frame["part"]) == {"cross-validation", "test"}
    assert sorted(frame["row"]) == list(range(1, len(data.dataset) + 1))
    kept = [at for at, (_, label) in enumerate(rows) if label]
    for row, line, label in frame.select("row", "line", "label").iter_rows():
        assert line == 2 + 2 * kept[row - 1]
        assert label == rows[kept[row - 1]][1]


def test_row_numbers_outlast_corrections(tmp_path: Path) -> None:
    train, test = reviews("en", 2, rows=2400), reviews("en", 2, rows=300, seed=1)
    texts = list(test.inputs().text)
    texts[7] = texts[3]  # A given test part keeps a text that stands there twice.
    test = labelled(texts, test.answers())
    data = Loaded(train, {"train": train, "test": test}, ())
    divided = division_of(data, seed=0)
    before = RowNumbers.of(data, divided)
    assert sorted(before.test) == list(range(len(train) + 1, len(train) + len(test) + 1))
    table = tmp_path / "said.csv"
    row = int(before.test[20])
    text = texts[20].replace('"', '""')
    table.write_text(f'row,text,corrected\n{row},"{text}",-\n', "utf-8")
    division = corrected(divided, read_corrections(table, data))
    after = RowNumbers.of(data, division)
    assert len(division.test) == len(divided.test) - 1
    assert after.test.tolist() == [number for number in before.test.tolist() if number != row]
    assert after.choosing.tolist() == before.choosing.tolist()


def test_several_labels_stand_as_lists(tmp_path: Path) -> None:
    data = reviews("en", 3, rows=300, several=True)
    division = division_of(data, seed=0)
    rung = run_rung("naive-bayes:words", division, Circumstances())
    write_predictions([rung], [], division, RowNumbers.of(data, division), tmp_path)
    frame = pl.read_parquet(tmp_path / PREDICTIONS).filter(pl.col("part") == "test")
    assert frame["label"].to_list() == division.test.answers()
    exact = np.mean([set(a) == set(b) for a, b in frame.select("label", "predicted").iter_rows()])
    assert exact == pytest.approx(rung.tested.points["exact_match"])
    probabilities = frame.select("p_bad", "p_delivery", "p_good").to_numpy()
    given = [
        [name for name, p in zip(("bad", "delivery", "good"), row, strict=True) if p >= 0.5] for row in probabilities
    ]
    assert frame["predicted"].to_list() == given


def test_what_is_no_label_stands_as_json(tmp_path: Path) -> None:
    table = pa.table({"tokens": [list("我爱北京"), list("他在上海")], "tags": [list("BBBI"), list("BBBI")]})
    tagged = Dataset(table, Schema(columns=TagColumns(), language="zh"))
    division = Division(tagged, tagged, tagged, (), ())
    rung = run_rung("frequent-tag", division, Circumstances(), catalog=DOUBLES)
    write_predictions([rung], [], division, RowNumbers.of(tagged, division), tmp_path)
    write_to_predict(division, RowNumbers.of(tagged, division), tmp_path)
    frame = pl.read_parquet(tmp_path / PREDICTIONS)
    assert [json.loads(label) for label in frame["label"]] == [list("BBBI")] * 4
    expected = [one.to_dict() for one in rung.bundle.predict(tagged.inputs())]
    assert [json.loads(said) for said in frame["predicted"]] == expected * 2
    assert json.loads(pl.read_csv(tmp_path / TO_PREDICT)["tokens"][0]) == list("我爱北京")


def test_it_is_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = reviews("en", 2, rows=300)
    division = division_of(data, seed=0)
    numbers = RowNumbers.of(data, division)
    rung = run_rung("naive-bayes:words", division, Circumstances())
    write_predictions([rung], [], division, numbers, tmp_path)
    whole = pl.read_parquet(tmp_path / PREDICTIONS)
    monkeypatch.setattr(predictions_module, "GROUP_ROWS", 50)
    write_predictions([rung], [], division, numbers, tmp_path)
    assert pl.read_parquet(tmp_path / PREDICTIONS).equals(whole)
    metadata = pq.ParquetFile(tmp_path / PREDICTIONS).metadata
    assert metadata.num_row_groups == -(-len(division.choosing) // 50) + -(-len(division.test) // 50)
    assert max(metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)) == 50
    write_predictions([], [], division, numbers, tmp_path)
    assert not (tmp_path / PREDICTIONS).exists()


def test_text_columns_with_the_names_of_ours_are_renamed(tmp_path: Path) -> None:
    table = pa.table({"row": [f"a{n}" for n in range(60)], "body": ["b"] * 60, "label": ["x", "y"] * 30})
    data = Dataset(table, Schema(columns=ClassifyColumns(text=("row", "body"))))
    division = division_of(data, seed=0)
    write_to_predict(division, RowNumbers.of(data, division), tmp_path)
    asked = pl.read_csv(tmp_path / TO_PREDICT)
    assert asked.columns == ["row", "part", "row_text", "body"]
    assert asked["row_text"].to_list() == [f"a{row - 1}" for row in asked["row"]]

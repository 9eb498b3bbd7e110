from __future__ import annotations

import pyarrow as pa
import pytest

from wenmai.bundle import Bundle
from wenmai.bundle.table import added_columns, predicted_tables
from wenmai.core.schema import ClassifyColumns, EmbedColumns, Schema
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.recipe import recipe_for
from wenmai.training import fit

TEXTS = ["very good", "good thing", "bad thing", "very bad"]


def trained(several: bool) -> Bundle:
    labels = [["p"], ["p", "x"], ["n"], ["n", "x"]] if several else ["p", "p", "n", "n"]
    kind = pa.list_(pa.string()) if several else pa.string()
    table = pa.table({"text": TEXTS, "label": pa.array(labels, kind)})
    return fit(
        recipe_for("naive-bayes:words", "en"), Dataset(table, Schema(columns=ClassifyColumns(several_labels=several)))
    )


def unlabelled(texts: list[str]) -> Dataset:
    table = pa.table({"text": pa.array(texts, pa.string()), "id": list(range(len(texts)))})
    return Dataset(table, Schema(columns=EmbedColumns()))


@pytest.mark.parametrize("several", [False, True])
def test_columns_are_kept_and_predictions_added(several: bool) -> None:
    bundle = trained(several)
    data = unlabelled(["good", "", "bad bad"])
    columns = added_columns(bundle, data.table.column_names)
    (table,) = predicted_tables(bundle, data, columns)
    label = "labels" if several else "label"
    names = ["text", "id", label, "score", "p_n", "p_p", *(["p_x"] if several else [])]
    assert table.column_names == names
    said = bundle.predict(data)
    rows = table.to_pylist()
    assert [row[label] for row in rows] == [list(one.labels) if several else one.label for one in said]
    assert [row["p_p"] for row in rows] == [one.probabilities["p"] for one in said]
    assert [row["id"] for row in rows] == [0, 1, 2]


def test_names_that_are_taken_get_a_suffix() -> None:
    columns = added_columns(trained(False), ["label", "label_wenmai", "p_n", "text"])
    assert columns.label == "label_wenmai_wenmai"
    assert columns.probabilities == {"n": "p_n_wenmai", "p": "p_p"}
    assert columns.renamed == {"label": "label_wenmai_wenmai", "p_n": "p_n_wenmai"}


@pytest.mark.parametrize("rows", [0, 1, BATCH_ROWS, BATCH_ROWS + 1])
def test_batches_hold_every_row_once(rows: int) -> None:
    bundle = trained(False)
    data = unlabelled(["good"] * rows)
    tables = list(predicted_tables(bundle, data, added_columns(bundle, data.table.column_names)))
    assert sum(table.num_rows for table in tables) == rows
    assert len({table.schema for table in tables}) == 1


@pytest.mark.parametrize("several", [False, True])
def test_rows_below_a_confidence_are_marked(several: bool) -> None:
    bundle = trained(several)
    data = unlabelled(["good good", "", "bad bad", "thing"])
    columns = added_columns(bundle, [*data.table.column_names, "unsure"], unsure=True)
    assert columns.unsure == "unsure_wenmai"
    said = [one.confidence for one in bundle.predict(data)]
    limit = sorted(said)[2]
    (table,) = predicted_tables(bundle, data, columns, unsure_below=limit)
    assert table["unsure_wenmai"].to_pylist() == [one < limit for one in said]
    assert sum(table["unsure_wenmai"].to_pylist()) == 2

from __future__ import annotations

import gzip
import io
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wenmai.core.errors import DataError, MissingExtraError, UsageError
from wenmai.data.columnar import from_hub, from_memory, plain_types, read_parquet

ROWS = {"text": ["一", "two", None], "label": ["a", "b", "a"]}
TABLE = pa.table(ROWS)


class Feature:
    def __init__(self, names: list[str] | None = None) -> None:
        self.names = names


class HubDataset:
    """What wenmai uses of a ``datasets.Dataset``."""

    def __init__(self, table: pa.Table, features: dict[str, Feature]) -> None:
        self.table, self.features = table, features

    def with_format(self, kind: str) -> HubDataset:
        assert kind == "arrow"
        return self

    def __getitem__(self, rows: slice) -> pa.Table:
        return self.table[rows]


@pytest.mark.parametrize(
    "source",
    [
        TABLE,
        pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]),
        TABLE.to_batches()[0],
        pl.DataFrame(ROWS),
        pl.LazyFrame(ROWS),
        pl.DataFrame(ROWS).with_columns(pl.col("label").cast(pl.Categorical)),
        pd.DataFrame(ROWS, index=[5, 6, 7]),
        pd.DataFrame(ROWS).astype({"label": "category"}),
        pd.DataFrame(ROWS, dtype=object),
        [{"text": "一", "label": "a"}, {"label": "b", "text": "two"}, {"label": "a"}],
        HubDataset(TABLE, {"text": Feature(), "label": Feature()}),
    ],
    ids=lambda source: f"{type(source).__module__}.{type(source).__name__}",
)
def test_tables_from_memory(source: Any) -> None:
    raw = from_memory(source, "data")
    assert raw.table.to_pydict() == ROWS
    assert raw.table.schema.field("text").type == pa.string()
    assert raw.table.schema.field("label").type == pa.string()
    assert raw.lines is None
    assert [column.num_chunks for column in raw.table.columns] == [1, 1]


def test_class_numbers_of_a_hub_data_set_get_their_names() -> None:
    table = pa.table({"text": ["x", "y", "z", "w"], "label": [1, 0, -1, None]})
    raw = from_memory(HubDataset(table, {"text": Feature(), "label": Feature(["neg", "pos"])}), "data")
    assert raw.table.column("label").to_pylist() == ["pos", "neg", None, None]


@pytest.mark.parametrize("source", [3, "text", object(), np.zeros(3), pl.Series([1]), pd.Series(["a"])])
def test_what_is_no_table(source: Any) -> None:
    with pytest.raises(UsageError, match=r"is no data set that wenmai reads\. Give a path, a polars or pandas frame"):
        from_memory(source, "data")


@pytest.mark.parametrize("source", [[], TABLE.slice(0, 0), pl.DataFrame(), pd.DataFrame({"text": []})])
def test_tables_without_rows(source: Any) -> None:
    with pytest.raises(DataError, match="data: there are no rows"):
        from_memory(source, "data")


def test_a_list_of_other_things_than_dicts() -> None:
    with pytest.raises(DataError, match=r"data: row 2 is a str, not a dict\. Give each row as a dict"):
        from_memory([{"text": "a"}, "b"], "data")


def test_a_frame_with_mixed_values() -> None:
    with pytest.raises(DataError, match=r"data: a column cannot be read: .*\. Give each column values of one type"):
        from_memory(pd.DataFrame({"text": ["a", 1, b"x"]}, dtype=object), "data")


def test_a_frame_with_two_columns_of_one_name() -> None:
    with pytest.raises(DataError, match="data: a column cannot be read: Duplicate column names"):
        from_memory(pd.DataFrame([["x", "y"]], columns=["a", "a"]), "data")


def test_numbered_columns_of_pandas_get_text_names() -> None:
    assert from_memory(pd.DataFrame([["x", "y"]]), "data").table.column_names == ["0", "1"]


def test_types_that_only_differ_in_layout_become_plain() -> None:
    table = pa.table(
        {
            "large": pa.array(["a"], pa.large_string()),
            "view": pa.array(["b"], pa.string_view()),
            "coded": pa.array(["c"]).dictionary_encode(),
            "numbers": pa.array([1]).dictionary_encode(),
        }
    )
    plain = plain_types(table)
    assert [field.type for field in plain.schema] == [pa.string(), pa.string(), pa.string(), pa.int64()]
    assert plain.to_pylist() == table.to_pylist()


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(TABLE, tmp_path / "data.parquet")
    assert read_parquet(tmp_path / "data.parquet").table.to_pydict() == ROWS


def test_compressed_parquet(tmp_path: Path) -> None:
    content = io.BytesIO()
    pq.write_table(TABLE, content)
    (tmp_path / "data.parquet.gz").write_bytes(gzip.compress(content.getvalue()))
    assert read_parquet(tmp_path / "data.parquet.gz").table.to_pydict() == ROWS


@pytest.mark.parametrize("content", [b"", b"text,label\n", b"PAR1" + b"x" * 20 + b"PAR1"])
def test_what_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"data\.parquet: not a readable Parquet file: .*\. Write it again"):
        read_parquet(tmp_path / "data.parquet")


def test_a_missing_parquet_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        read_parquet(tmp_path / "none.parquet")


def fake_hub(monkeypatch: pytest.MonkeyPatch, load: Any) -> None:
    module = types.ModuleType("datasets")
    module.load_dataset = load  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datasets", module)


def test_a_hub_name_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"reading 'hub:owner/name' needs a package .* 'wenmai\[hub\]'"):
        from_hub("hub:owner/name")


def test_a_hub_name_gives_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load(name: str, configuration: str | None) -> dict[str, pa.Table]:
        asked.append((name, configuration))
        return {"train": TABLE, "validation": TABLE}

    fake_hub(monkeypatch, load)
    assert set(from_hub("hub:owner/name:small")) == {"train", "validation"}
    from_hub("hub:owner/name")
    assert asked == [("owner/name", "small"), ("owner/name", None)]


def test_one_table_of_a_hub_is_a_training_part(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_hub(monkeypatch, lambda name, configuration: TABLE)
    assert from_hub("hub:owner/name") == {"train": TABLE}


def test_a_hub_out_of_reach_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, configuration: str | None) -> None:
        raise ConnectionError("no route\nto the hub.")

    fake_hub(monkeypatch, load)
    with pytest.raises(DataError) as caught:
        from_hub("hub:owner/name")
    assert str(caught.value) == (
        "hub:owner/name: the hub did not give it: no route to the hub. "
        "Check the name and the network, or download the files and give their path."
    )

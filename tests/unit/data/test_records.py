from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError
from wenmai.data import records
from wenmai.data.records import RecordBuilder, TextColumn, one_chunk, scalar_text, unify


@given(chunks=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=6), max_size=6))
@hypothesis_settings(deadline=None, max_examples=60)
def test_a_text_column_is_its_chunks_joined(chunks: list[list[str]]) -> None:
    column = TextColumn()
    for chunk in chunks:
        column.extend(chunk)
    found = column.finish()
    found.validate(full=True)
    assert found.num_chunks == 1
    assert found.to_pylist() == [value for chunk in chunks for value in chunk]


def test_a_text_column_beyond_what_one_array_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MOST_BYTES", 10)
    column = TextColumn()
    for chunk in (["abcd", "ef"], ["ghij"], ["", "klmnop"], ["q"]):
        column.extend(chunk)
    found = column.finish()
    found.validate(full=True)
    assert found.num_chunks == 2
    assert found.to_pylist() == ["abcd", "ef", "ghij", "", "klmnop", "q"]


def test_one_chunk_joins_every_column() -> None:
    table = pa.concat_tables([pa.table({"a": [1], "b": ["x"]}), pa.table({"a": [2], "b": ["y"]})])
    joined = one_chunk(table)
    assert joined.equals(table)
    assert [column.num_chunks for column in joined.columns] == [1, 1]


def test_chunks_with_missing_columns_are_unified() -> None:
    table = unify([pa.table({"a": [1]}), pa.table({"b": ["x"]})])
    assert table.to_pylist() == [{"a": 1, "b": None}, {"a": None, "b": "x"}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (3.0, "3"),
        (3.5, "3.5"),
        (float("nan"), None),
        (float("inf"), "inf"),
        ([1, "二"], '[1, "二"]'),
    ],
)
def test_values_as_text(value: object, text: str | None) -> None:
    assert scalar_text(value) == text


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match=r"data: there are no rows\. Give at least two labelled rows"):
        RecordBuilder().finish("data", "memory")

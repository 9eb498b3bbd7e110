from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wenmai.core.errors import UsageError
from wenmai.core.schema import (
    ClassifyColumns,
    EmbedColumns,
    GenerateColumns,
    PairColumns,
    Schema,
    SpanColumns,
    TagColumns,
)
from wenmai.data.dataset import Dataset


def dataset(columns: Any, table: dict[str, Any], **options: Any) -> Dataset:
    return Dataset(pa.table(table), Schema(columns=columns, **options), "data.csv")


def test_a_missing_column_is_refused() -> None:
    with pytest.raises(UsageError, match=r"data\.csv: no column 'label'\. Columns found: text"):
        dataset(ClassifyColumns(), {"text": ["a"]})


def test_views_share_the_table_and_compose() -> None:
    data = dataset(ClassifyColumns(), {"text": list("abcde"), "label": list("vwxyz")})
    view = data.select([4, 2, 0]).select([2, 1])
    assert view.table is data.table
    assert (len(view), list(view.inputs().text), view.answers()) == (2, ["a", "c"], ["v", "x"])
    assert view.take(["label"]).to_pydict() == {"label": ["v", "x"]}


def test_batches_cover_all_rows() -> None:
    data = dataset(EmbedColumns(), {"text": [str(at) for at in range(10)]})
    batches = [list(batch.text) for batch in data.select(range(9, -1, -1)).batches(4)]
    assert batches == [["9", "8", "7", "6"], ["5", "4", "3", "2"], ["1", "0"]]


def test_joined_texts_leave_out_what_is_empty() -> None:
    data = dataset(EmbedColumns(text=("a", "b")), {"a": ["x", None, ""], "b": ["y", "z", None]})
    assert list(data.inputs().text) == ["x\ny", "z", ""]


@pytest.mark.parametrize(
    ("columns", "table", "language", "expected", "answers"),
    [
        (PairColumns(), {"first": ["a"], "second": [None], "label": ["1"]}, "en", (["a"], [""], None), ["1"]),
        (
            TagColumns(),
            {"tokens": [["很", "好"]], "tags": [["O", "B"]]},
            "zh",
            (["很好"], None, [["很", "好"]]),
            [["O", "B"]],
        ),
        (
            TagColumns(),
            {"tokens": [["a", "b"]], "tags": [["O", "O"]]},
            "en",
            (["a b"], None, [["a", "b"]]),
            [["O", "O"]],
        ),
        (SpanColumns(), {"context": ["c"], "question": ["q"], "answers": [[]]}, "en", (["c"], ["q"], None), [[]]),
        (GenerateColumns(source=None), {"target": ["t"]}, "en", ([""], None, None), ["t"]),
    ],
)
def test_inputs_and_answers_of_every_task(columns: Any, table: Any, language: Any, expected: Any, answers: Any) -> None:
    data = dataset(columns, table, language=language)
    inputs = data.inputs()
    assert (inputs.text, inputs.second, inputs.tokens) == expected
    assert data.answers() == answers


def test_unlabelled_data_has_no_answers() -> None:
    assert dataset(EmbedColumns(), {"text": ["a"]}).answers() == []


def test_places_are_lines_or_rows() -> None:
    data = dataset(EmbedColumns(), {"text": ["a", "b"]})
    assert data.select([1]).where(0) == "data.csv row 2"
    lined = Dataset(data.table, data.schema, "data.csv", np.array([2, 5]))
    assert lined.select([1]).where(0) == "data.csv:5"


def test_fingerprints_tell_content_order_and_meaning() -> None:
    table = {"text": ["a", "b"], "label": ["x", "y"], "other": ["p", "q"]}
    data = dataset(ClassifyColumns(), table)
    assert data.fingerprint == dataset(ClassifyColumns(), {**table, "other": ["r", "s"]}).fingerprint
    assert data.select([0, 1]).fingerprint == data.fingerprint
    others = [
        data.select([1, 0]),
        dataset(ClassifyColumns(), {**table, "text": ["a", "c"]}),
        dataset(ClassifyColumns(label="other"), table),
    ]
    assert len({data.fingerprint, *(other.fingerprint for other in others)}) == 4

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from wenmai.core.errors import UsageError
from wenmai.data.labels import at_most_one, is_several, present, several_labels, single_labels


def chunked(values: list[Any], kind: Any = None) -> pa.ChunkedArray[Any]:
    return pa.chunked_array([pa.array(values, kind)])


@pytest.mark.parametrize(
    ("column", "labels"),
    [
        (chunked([" a ", "b", "", "  ", None]), ["a", "b", None, None, None]),
        (chunked([1, 0, None]), ["1", "0", None]),
        (chunked([1.0, 0.0, None, float("nan")]), ["1", "0", None, None]),
        (chunked([1.5, 2.0]), ["1.5", "2"]),
        (chunked([True, False, None]), ["true", "false", None]),
        (chunked([["a"], [], None]), ["a", None, None]),
        (chunked([None, None]), [None, None]),
    ],
)
def test_single_labels_are_strings(column: pa.ChunkedArray[Any], labels: list[str | None]) -> None:
    found = single_labels(column, "label", "data.csv")
    assert found.to_pylist() == labels
    assert found.type == pa.string()


@pytest.mark.parametrize(
    ("column", "separator", "labels"),
    [
        (chunked(["4,27", "0", "", "a, b ,,a"]), ",", [["4", "27"], ["0"], None, ["a", "b"]]),
        (chunked([[1, 2], [], None]), None, [["1", "2"], [], None]),
        (chunked([["b", "a", "b"]]), None, [["b", "a"]]),
        (chunked([["a"]], pa.large_list(pa.string())), None, [["a"]]),
    ],
)
def test_several_labels_are_lists(column: pa.ChunkedArray[Any], separator: str | None, labels: list[Any]) -> None:
    assert is_several(column, separator)
    assert several_labels(column, separator, "label", "data.csv").to_pylist() == labels


def test_dates_and_structures_are_no_labels() -> None:
    for column in (chunked([{"a": 1}]), chunked([date(2020, 1, 1)])):
        with pytest.raises(UsageError, match=r"column 'when' holds values of the type .*, which cannot be labels"):
            single_labels(column, "when", "data.csv")


def test_present_rows() -> None:
    assert list(present(pa.chunked_array([["a", None], [None, "b"]]))) == [0, 3]


def test_lists_of_at_most_one() -> None:
    assert at_most_one(chunked([["a"], [], None]))
    assert at_most_one(chunked([None], pa.list_(pa.string())))
    assert not at_most_one(chunked([["a", "b"]]))
    assert not is_several(chunked(["a"]), None)

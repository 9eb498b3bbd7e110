from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError
from wenmai.data.files import examine
from wenmai.data.json_lines import read_json, read_json_lines
from wenmai.data.records import RawTable


def read(folder: Path, content: str, name: str = "data.jsonl") -> RawTable:
    path = folder / name
    path.write_bytes(content.encode())
    return (read_json if name.endswith(".json") else read_json_lines)(examine(path))


def test_objects_with_different_keys(tmp_path: Path) -> None:
    raw = read(tmp_path, '{"text": "a", "label": 1}\n\n{"text": "b\\nc", "extra": [1, 2]}\n')
    assert raw.table.to_pylist() == [
        {"text": "a", "label": 1, "extra": None},
        {"text": "b\nc", "label": None, "extra": [1, 2]},
    ]
    assert raw.lines is not None
    assert list(raw.lines) == [1, 3]


def test_values_of_several_types_become_text(tmp_path: Path) -> None:
    raw = read(tmp_path, '{"label": 1}\n{"label": "a"}\n{"label": true}\n{"label": 2.0}\n{"label": {"k": "值"}}\n')
    assert raw.table.column("label").to_pylist() == ["1", "a", "true", "2", '{"k": "值"}']


def test_types_that_differ_between_chunks_become_text(tmp_path: Path) -> None:
    raw = read(tmp_path, '{"label": 1}\n' * 9000 + '{"label": "one"}\n' * 2)
    assert raw.table.column("label").to_pylist() == ["1"] * 9000 + ["one"] * 2
    assert raw.table.column("label").num_chunks == 1


def test_numbers_beyond_64_bits_become_text(tmp_path: Path) -> None:
    raw = read(tmp_path, '{"id": 123456789012345678901234567890}\n')
    assert raw.table.column("id").to_pylist() == ["123456789012345678901234567890"]


def test_nan_is_missing(tmp_path: Path) -> None:
    raw = read(tmp_path, '{"text": "a", "label": NaN}\n{"text": "b", "label": 1}\n')
    assert raw.table.column("label").to_pylist() == [None, 1]


def test_lone_surrogates_are_replaced_and_counted(tmp_path: Path) -> None:
    raw = read(
        tmp_path, '{"text": "cut \\ud83d", "tags": ["\\udc00"], "map": {"k": "\\ud800!"}}\n{"text": "\\ud83d\\ude00"}\n'
    )
    assert raw.table.column("text").to_pylist() == ["cut \ufffd", "😀"]
    assert raw.table.column("tags").to_pylist() == [["\ufffd"], None]
    assert "3 lone surrogates were replaced by U+FFFD" in raw.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"text": "a"}\n{"text": "b",}\n', "data.jsonl:2:14: not JSON: "),
        ('{"text": "a"}\n{"text": \n', "data.jsonl:2:10: not JSON: expecting value"),
        ('{"text": "a"}\nplain words\n', "data.jsonl:2:1: not JSON: expecting value"),
        ('{"text": "a"} {"text": "b"}\n', "data.jsonl:1:15: not JSON: extra data"),
        ('{"text": "a"}\n["b"]\n', "data.jsonl:2: an array stands where a JSON object is expected"),
        ('"text"\n', "data.jsonl:1: a string stands where a JSON object is expected"),
        ("null\n", "data.jsonl:1: null stands where a JSON object is expected"),
        ("true\n", "data.jsonl:1: a truth value stands where a JSON object is expected"),
        ("12\n", "data.jsonl:1: a number stands where a JSON object is expected"),
        ("[" * 100_000 + "\n", "data.jsonl:1:1: not JSON: nested too deeply"),
        ("\n \n", "there are no rows"),
        ("{}\n{}\n", "there are no rows"),
    ],
)
def test_broken_lines_name_their_place(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content)
    assert message in str(caught.value)
    assert caught.value.remedy is not None


def test_an_array_of_objects_knows_its_lines(tmp_path: Path) -> None:
    raw = read(tmp_path, '\ufeff[\n  {"text": "a",\n   "label": "x"},\n  {"text": "b", "label": "y"}\n]\n', "data.json")
    assert raw.table.to_pylist() == [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]
    assert raw.lines is not None
    assert list(raw.lines) == [2, 4]


def test_a_json_file_of_lines(tmp_path: Path) -> None:
    raw = read(tmp_path, '\n{"text": "a"}\n{"text": "b"}\n', "data.json")
    assert raw.table.column("text").to_pylist() == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[\n{"text": "a"},\n{"text": }\n]', "data.json:3:10: not JSON: expecting value"),
        ('[{"text": "a"}', "data.json:1:15: not JSON: the array is not closed, or a comma is missing"),
        ('[{"text": "a"}\n {"text": "b"}]', "data.json:2:2: not JSON: the array is not closed, or a comma is missing"),
        ('[{"text": "a"},', "data.json:1:16: not JSON: expecting value"),
        ('[{"text": "a"}]\nmore', "data.json:2:1: not JSON: something follows the end of the array"),
        ('[{"text": "a"},\n 5]', "data.json:2: a number stands where a JSON object is expected"),
        ("[]", "data.json: there are no rows"),
    ],
)
def test_broken_arrays_name_their_place(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, "data.json")
    assert message in str(caught.value)


value = st.text(st.characters(exclude_categories=["Cs"]), max_size=15)


@given(
    rows=st.lists(st.fixed_dictionaries({"text": value, "label": value}), min_size=1, max_size=20), array=st.booleans()
)
@hypothesis_settings(deadline=None, max_examples=50)
def test_what_json_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], array: bool
) -> None:
    content = json.dumps(rows) if array else "\n".join(json.dumps(row) for row in rows)
    raw = read(tmp_path_factory.mktemp("json"), content, "data.json" if array else "data.jsonl")
    assert raw.table.to_pylist() == rows

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wenmai.core.errors import UsageError
from wenmai.data.loading import load
from wenmai.data.write import write_table, write_text

FIRST = pa.table({"text": ['a "quoted", text', "一\n二"], "labels": [["x"], []], "n": [1, None]})
SECOND = pa.table({"text": ["tab\there"], "labels": [["x", "y"]], "n": [3]})


def test_csv_quotes_what_needs_it() -> None:
    out = io.StringIO()
    assert write_text([FIRST, SECOND], out, "csv") == 3
    assert out.getvalue() == (
        'text,labels,n\n"a ""quoted"", text","[""x""]",1\n"一\n二",[],\ntab\there,"[""x"", ""y""]",3\n'
    )


def test_json_lines_keep_lists_and_nulls() -> None:
    out = io.StringIO()
    assert write_text([FIRST, SECOND], out, "jsonl") == 3
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert rows == FIRST.to_pylist() + SECOND.to_pylist()
    assert "一" in out.getvalue()


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.jsonl", "out.parquet"])
def test_what_is_written_can_be_read(tmp_path: Path, name: str) -> None:
    table = pa.table({"text": ["a, b", 'say "so"', "一\t二", "two\nlines"] * 5, "label": ["x", "y"] * 10})
    assert write_table([table.slice(0, 7), table.slice(7)], tmp_path / name) == 20
    read = load(tmp_path / name).dataset
    assert read.values("text") == table.column("text").to_pylist()
    assert read.answers() == table.column("label").to_pylist()


def test_parquet_keeps_types(tmp_path: Path) -> None:
    write_table([FIRST, SECOND], tmp_path / "deep" / "out.PARQUET")
    assert pq.read_table(tmp_path / "deep" / "out.PARQUET") == pa.concat_tables([FIRST, SECOND])


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_an_error_leaves_what_stood_there(tmp_path: Path, name: str) -> None:
    def tables() -> Iterator[pa.Table]:
        yield FIRST
        raise OSError("the source is gone")

    (tmp_path / name).write_text("old")
    with pytest.raises(OSError, match="gone"):
        write_table(tables(), tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("name", "found"), [("out.xlsx", "'.xlsx' names no format"), ("out", "has no ending")])
def test_an_ending_that_names_no_format(tmp_path: Path, name: str, found: str) -> None:
    with pytest.raises(UsageError, match=found):
        write_table([FIRST], tmp_path / name)


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(UsageError, match="there is a folder of that name"):
        write_table([FIRST], tmp_path / "out.csv")


def test_truth_is_written_as_in_json() -> None:
    stream = io.StringIO()
    write_text([pa.table({"a": [True, None], "b": [False, True]})], stream, "csv")
    assert stream.getvalue() == "a,b\ntrue,false\n,true\n"

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UnknownChoiceError, UsageError, WenmaiError
from wenmai.core.schema import ClassifyColumns, EmbedColumns, Schema
from wenmai.data.corrections import (
    COLUMNS,
    LONGEST_TEXT,
    Candidate,
    has_entries,
    label_separator,
    read_corrections,
    same_text,
    table_of,
)
from wenmai.data.dataset import Dataset
from wenmai.data.loading import load

TEXTS = ("屏幕很好，电池不行", "太差了😡", "=1+1", "an\nother  line", "屏幕很好，电池不行")
LABELS = ("好评", "差评", "中评", "true", "好评")


def dataset(texts=TEXTS, labels=LABELS, *, several: bool = False) -> Dataset:
    kind = pa.list_(pa.string()) if several else pa.string()
    table = pa.table({"text": pa.array(list(texts)), "label": pa.array(list(labels), kind)})
    return Dataset(table, Schema(columns=ClassifyColumns(several_labels=several), language="zh"), "reviews.csv")


def candidates(data: Dataset) -> list[Candidate]:
    several = data.schema.columns.several_labels
    labels = [tuple(answer) if several else (answer,) for answer in data.answers()]
    return [
        Candidate(row, None, "train", text, label, label, (0.1, 0.8))
        for row, (text, label) in enumerate(zip(data.inputs().text, labels, strict=True), 1)
    ]


def written(data: Dataset, said: dict[int, str], path: Path, *, encoding="utf-8-sig", columns=COLUMNS, delimiter=","):
    """The table as a spreadsheet saves it after a person has filled it in."""
    several = data.schema.columns.several_labels
    names = sorted({one for answer in data.answers() for one in (answer if several else [answer])})
    content = table_of(candidates(data), names, several=several).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\r\n", delimiter=delimiter)
        writer.writeheader()
        writer.writerows({**row, "corrected": said.get(int(row["row"]), "")} for row in rows)
    return path


def said_of(data: Dataset, said: dict[int, str], path: Path, **options) -> dict[int, tuple[str, ...] | None]:
    return {entry.row: entry.labels for entry in read_corrections(written(data, said, path, **options), data).entries}


def test_the_table_is_what_a_spreadsheet_on_windows_takes() -> None:
    content = table_of(candidates(dataset()), sorted(set(LABELS)), several=False)
    assert content.startswith(b"\xef\xbb\xbfrow,line,part,text,label,suggested,p_given,p_suggested,corrected\r\n")
    assert "1,,train,屏幕很好，电池不行,好评,好评,0.1000,0.8000,\r\n" in content.decode("utf-8")
    assert ",'=1+1," in content.decode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("columns", [COLUMNS, ("corrected", "text", "row"), ("p_given", "row", "corrected", "text")])
def test_every_way_of_saving_is_read(tmp_path: Path, encoding: str, columns: tuple[str, ...]) -> None:
    data = dataset()
    found = said_of(
        data, {1: "差评", 2: "-", 3: "中评", 4: "TRUE"}, tmp_path / "t.csv", encoding=encoding, columns=columns
    )
    assert found == {1: ("差评",), 2: None, 3: ("中评",), 4: ("true",)}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheet_s_own_delimiter_is_told(tmp_path: Path, delimiter: str) -> None:
    assert said_of(dataset(), {2: "好评"}, tmp_path / "t.csv", delimiter=delimiter) == {2: ("好评",)}


def test_nothing_is_said_where_the_cell_stays_empty(tmp_path: Path) -> None:
    path = written(dataset(), {}, tmp_path / "t.csv")
    assert not has_entries(path)
    assert read_corrections(path, dataset()).entries == ()
    assert has_entries(written(dataset(), {1: "好评"}, path))
    path.write_bytes(b"\x00\x01")
    assert has_entries(path)


def test_a_correction_holds_wherever_the_text_stands(tmp_path: Path) -> None:
    data = dataset()
    corrections = read_corrections(written(data, {1: "差评"}, tmp_path / "t.csv"), data)
    assert {position: entry.labels for position, entry in corrections.of(data).items()} == {0: ("差评",), 4: ("差评",)}
    same = read_corrections(written(data, {1: "差评", 5: "差评"}, tmp_path / "t.csv"), data)
    assert len(same.entries) == 1


def test_a_line_shows_the_row_where_the_text_was_dropped(tmp_path: Path) -> None:
    source, path = tmp_path / "data.csv", tmp_path / "t.csv"
    source.write_text('text,label\n"a\nb",x\nc,y\n', "utf-8")
    data = load(source)
    path.write_text("row,line,corrected\n2,4,x\n", "utf-8")
    assert read_corrections(path, data).entries[0].labels == ("x",)
    path.write_text("row,line,corrected\n2,3,x\n", "utf-8")
    with pytest.raises(DataError, match=r"t\.csv:2: row 2 stands on line 4 of the data, and on line 3 here"):
        read_corrections(path, data)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("row,text,corrected\n2,屏幕,好评\n", DataError, r"t\.csv:2: row 2 holds the text '太差了😡' in the data"),
        ("row,text,corrected\n\n9,太差了,好评\n", DataError, r"t\.csv:3: row 9 of data that has 5 rows"),
        ("row,text,corrected\n0,太差了,好评\n", DataError, r"t\.csv:2: row 0 of data"),
        ("row,text,corrected\nx,太差了,好评\n", DataError, r"t\.csv:2: the row is 'x', which is no number"),
        ("row,text,corrected\n2,太差了😡,好评了\n", UnknownChoiceError, r"t\.csv:2: unknown label '好评了'. Did you"),
        ("row,corrected\n2,好评\n", UsageError, r"t\.csv:1: no column 'text'. Columns found: row, corrected"),
        ("row,text\n2,太差了\n", UsageError, r"t\.csv:1: no column 'corrected'"),
        ("row,line,corrected\n2,7,好评\n", DataError, r"t\.csv:2: nothing shows that row 2 is the one"),
        (
            "row,text,corrected\n1,屏幕很好，电池不行,差评\n5,屏幕很好，电池不行,-\n",
            DataError,
            r"t\.csv:3: row 5 is corrected to -, and the same text on line 2 to 差评. Keep one of the two",
        ),
        ('row,text,corrected\n1,"屏幕,差评\n', DataError, r"t\.csv:2:3: a quoted field is never closed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_line(tmp_path: Path, content: str, error, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(error, match=message):
        read_corrections(path, dataset())


def test_a_spreadsheet_s_own_file_and_data_without_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.xlsx is a spreadsheet's own format. Save it as CSV"):
        read_corrections(tmp_path / "t.xlsx", dataset())
    with pytest.raises(UsageError, match="there is no such file"):
        read_corrections(tmp_path / "none.csv", dataset())
    unlabelled = Dataset(pa.table({"text": ["a"]}), Schema(columns=EmbedColumns()))
    with pytest.raises(UsageError, match="only labels can be corrected"):
        read_corrections(tmp_path / "t.csv", unlabelled)


def test_several_labels_are_parted_by_what_stands_in_none(tmp_path: Path) -> None:
    data = dataset(["p", "q", "r", "s"], [["a"], ["b;c", "a"], [], ["a"]], several=True)
    assert label_separator(["a", "b;c"]) == "|"
    found = said_of(data, {1: "a|b;c", 2: "[]", 3: '["b;c", "a"]', 4: "-"}, tmp_path / "t.csv")
    assert found == {1: ("a", "b;c"), 2: (), 3: ("b;c", "a"), 4: None}


def test_a_dash_is_a_label_where_the_data_has_it(tmp_path: Path) -> None:
    data = dataset(["p", "q"], ["-", "+"])
    assert said_of(data, {2: "-"}, tmp_path / "t.csv") == {2: ("-",)}


def test_a_long_text_is_cut_and_still_known(tmp_path: Path) -> None:
    data = dataset(["长" * (LONGEST_TEXT + 5), "短"], ["a", "b"])
    assert said_of(data, {1: "b"}, tmp_path / "t.csv") == {1: ("b",)}
    assert not same_text("长" * 20 + " …", "长" * (LONGEST_TEXT + 5))


def test_a_text_lost_altogether_is_another_text() -> None:
    assert same_text("太差了??", "太差了😡")
    assert not same_text("????", "屏幕很好")
    assert not same_text("", "屏幕很好")
    assert not same_text("好评", "差评")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_any_text_is_known_again(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "t.csv"
    data = dataset([text, "other text"], ["a", "b"])
    content = table_of(candidates(data), ["a", "b"], several=False).decode("utf-8-sig")
    assert content.endswith(",\r\n")
    path.write_bytes((content[:-2] + "a\r\n").encode("utf-8-sig"))
    (entry,) = read_corrections(path, data).entries
    assert entry.labels == ("a",)
    assert same_text(next(csv.DictReader(io.StringIO(content, newline="")))["text"], text)


@given(st.binary(max_size=80))
def test_any_bytes_give_corrections_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    for begin in (b"", b"row,text,corrected\n", "row,text,corrected\n1,屏幕很好，电池不行,".encode()):
        path.write_bytes(begin + content)
        with contextlib.suppress(WenmaiError):
            read_corrections(path, dataset())
        has_entries(path)

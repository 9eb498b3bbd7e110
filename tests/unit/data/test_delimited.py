from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UsageError
from wenmai.data.delimited import check_delimiter, has_header, read_csv, read_tabs, sniff_delimiter
from wenmai.data.files import examine
from wenmai.data.records import RawTable

FOLLOWS = "{} follows the quote that closes a field (the quoted field began at {})"


def read(folder: Path, content: str, *, tabs: bool = False, **options: object) -> RawTable:
    path = folder / ("data.tsv" if tabs else "data.csv")
    path.write_bytes(content.encode())
    return (read_tabs if tabs else read_csv)(examine(path), **options)  # type: ignore[arg-type]


def lines_of(raw: RawTable) -> list[int]:
    assert raw.lines is not None
    return list(map(int, raw.lines))


def test_rows_know_the_line_on_which_they_began(tmp_path: Path) -> None:
    raw = read(tmp_path, 'text,label\n"one\ntwo\r\nthree",a\n\n"say ""hi""",b\r\nlast,c')
    assert raw.table.to_pydict() == {"text": ["one\ntwo\r\nthree", 'say "hi"', "last"], "label": ["a", "b", "c"]}
    assert lines_of(raw) == [2, 6, 7]


def test_odd_line_separators_stay_in_the_text(tmp_path: Path) -> None:
    raw = read(tmp_path, "text,label\na\x85b\u2028c\x0bd,x\ne,y\n")
    assert raw.table.column("text").to_pylist() == ["a\x85b\u2028c\x0bd", "e"]
    assert lines_of(raw) == [2, 3]


def test_many_chunks_make_one(tmp_path: Path) -> None:
    rows = [(f"text {at}", "") for at in range(20_000)]
    raw = read(tmp_path, "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    assert raw.table.column("text").num_chunks == 1
    assert raw.table.column("text").to_pylist() == [text for text, _ in rows]
    assert raw.table.column("label").to_pylist() == [""] * 20_000
    assert lines_of(raw) == list(range(2, 20_002))


@pytest.mark.parametrize(
    ("content", "place", "found"),
    [
        ('text,label\nfine,a\n"never closed,b\nmore,c\n', "3:1", "a quoted field is never closed"),
        (
            'text,label\n"closed" x,a\n',
            "2:9",
            FOLLOWS.format("' '", "2:1"),
        ),
        (
            'text,label\nok,a\nok,"b"c\n',
            "3:7",
            FOLLOWS.format("'c'", "3:4"),
        ),
        (
            'text,label\n"open,a\n"next",b\n',
            "3:2",
            FOLLOWS.format("'n'", "2:1"),
        ),
        ("text,label\none\rtwo,a\n", "2:4", "a carriage return without a line feed, outside quotes"),
        (
            'text,label\n"a\nb""c\n\nd"e,x\n',
            "5:3",
            FOLLOWS.format("'e'", "2:1"),
        ),
    ],
)
def test_wrong_quoting_names_its_place(tmp_path: Path, content: str, place: str, found: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content)
    message = str(caught.value)
    assert f"data.csv:{place}: {found}." in message
    assert 'Close each quoted field with one ", and write a quote inside it as ""' in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,label\ngood,a\nwell, well,b\n", "data.csv:3:12: 3 fields where 2 are expected (text, label)"),
        ("text,label,id\ngood,a,1\nbad,b\n", "data.csv:3:5: 2 fields where 3 are expected (text, label, id)"),
        ('text,label\n"a\nb",x,"y,\nz"\n', "data.csv:3:6: 3 fields where 2 are expected (text, label)"),
        ("text,label\ngood,a\nonly\n", "data.csv:3:1: 1 field where 2 are expected (text, label)"),
    ],
)
def test_a_row_of_another_width_names_its_place(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content)
    assert message in str(caught.value)
    assert "double quotes" in str(caught.value) or "Add the missing fields" in str(caught.value)


def test_a_late_row_of_another_width(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.csv:9002:7: 3 fields where 2 are expected"):
        read(tmp_path, "text,label\n" + "text,a\n" * 9000 + "a,b,c\n".replace("a,b", "ab,cd"))


def test_a_text_of_ten_megabytes(tmp_path: Path) -> None:
    huge = "很长的文字。" * 600_000
    assert len(huge.encode()) > 10_000_000
    before = csv.field_size_limit()
    raw = read(tmp_path, f"text,label\n{huge},a\nshort,b\n")
    assert raw.table.column("text").to_pylist() == [huge, "short"]
    assert csv.field_size_limit() == before


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.csv:1: two columns are named 'text'"):
        read(tmp_path, "text,text,label\na,b,c\n")


def test_a_header_alone(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a header and no rows"):
        read(tmp_path, "text,label\n")


def test_blank_lines_alone(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file holds no rows"):
        read(tmp_path, "\n\n\n")


def test_an_unnamed_index_column_gets_a_name(tmp_path: Path) -> None:
    raw = read(tmp_path, ",text,label\n0,some words here,a\n1,other words there,b\n")
    assert raw.table.column_names == ["column_1", "text", "label"]


def test_a_table_of_one_column_keeps_blank_lines(tmp_path: Path) -> None:
    raw = read(tmp_path, "text\none\n\nthree\n")
    assert raw.table.column("text").to_pylist() == ["one", "", "three"]
    assert lines_of(raw) == [2, 3, 4]


@pytest.mark.parametrize(
    ("rows", "default", "expected"),
    [
        ([["text", "label"], ["good", "a"]], False, True),
        ([["评论", "情感"], ["很好", "1"], ["不好", "0"]], False, True),
        ([["3", "Fears for pension", "Unions say"], ["4", "The race is on", "SPACE.com"]], True, False),
        ([["a long enough text to be one", "pos"], ["another text of that length", "neg"]] * 2, True, False),
        ([["frobs", "words"], ["1", "a sentence that is long"], ["2", "a sentence also long"]], False, True),
        ([["foo", "bar"], ["x", "y"]], True, True),
        ([["foo", "bar"], ["x", "y"]], False, False),
        ([["a sentence of some length", "b"], ["a sentence also of length", "c"]], True, False),
        ([["same", "same"], ["x", "y"]], True, False),
        ([["how are you", "question"], ["fine", "answer"], ["and you", "question"]], False, False),
        ([["", "notes"], ["0", "x"], ["1", "y"]], True, True),
    ],
)
def test_headers_are_told_from_rows(rows: list[list[str]], default: bool, expected: bool) -> None:
    assert has_header(rows, default=default) is expected


def test_a_file_without_a_header_keeps_its_first_row(tmp_path: Path) -> None:
    raw = read(tmp_path, '"3","Fears for pension","Unions say, angrily"\n"4","The race","SPACE.com - go"\n')
    assert raw.table.column_names == ["column_1", "column_2", "column_3"]
    assert raw.table.num_rows == 2
    assert lines_of(raw) == [1, 2]
    assert "No header: the columns are named column_1, column_2, …" in raw.notes


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["text;label", "a, b;1", "c;0"], ";"),
        (["text|label", "a|1", "b|2"], "|"),
        (["a\tb", "c, d\te"], "\t"),
        (["text,label", '"a;b",1', '"c;d",0'], ","),
        (["text", "one; two", "three"], None),
        ([], None),
    ],
)
def test_delimiters_are_told(lines: list[str], expected: str | None) -> None:
    assert sniff_delimiter(lines) == expected


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n"])
def test_a_delimiter_that_cannot_be_one(delimiter: str) -> None:
    with pytest.raises(UsageError, match="cannot separate fields. Give one character"):
        check_delimiter(delimiter)


def test_a_named_delimiter(tmp_path: Path) -> None:
    assert check_delimiter("tab") == check_delimiter("\\t") == "\t"
    raw = read(tmp_path, "text#label\na,b#1\n", delimiter="#")
    assert raw.table.to_pydict() == {"text": ["a,b"], "label": ["1"]}
    assert "Fields are separated by '#'" in raw.notes


def test_quotes_in_tabbed_lines_are_ordinary(tmp_path: Path) -> None:
    raw = read(tmp_path, '"wow" he said\t1\nshe "laughed\t0\n"open\t1\n', tabs=True)
    assert raw.table.column("column_1").to_pylist() == ['"wow" he said', 'she "laughed', '"open']
    assert "Quotes are read as ordinary characters, because the file is not quoted as CSV is" in raw.notes
    assert raw.quoted is False


def test_tabbed_lines_that_are_quoted_throughout(tmp_path: Path) -> None:
    raw = read(tmp_path, 'text\tlabel\n"a\tb ""c"""\t1\nplain\t0\n', tabs=True)
    assert raw.table.to_pydict() == {"text": ['a\tb "c"', "plain"], "label": ["1", "0"]}
    assert "Fields are quoted as in CSV" in raw.notes
    assert raw.quoted is True


def test_a_sibling_is_read_with_the_quoting_it_is_told(tmp_path: Path) -> None:
    content = '"whole"\t1\n"also"\t0\n'
    assert read(tmp_path, content, tabs=True).table.column(0).to_pylist() == ["whole", "also"]
    assert read(tmp_path, content, tabs=True, quoted=False).table.column(0).to_pylist() == ['"whole"', '"also"']
    with pytest.raises(DataError, match="is never closed"):
        read(tmp_path, '"whole\t1\n', tabs=True, quoted=True)


def test_tabbed_rows_of_another_width(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.tsv:2:7: 3 fields where 2 are expected"):
        read(tmp_path, 'a text\tx\n"b"\tt\ty\n', tabs=True)


def test_a_compressed_file_is_streamed_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress('text,label\n"a\nb",x\nc,y\n'.encode("gb18030")))
    assert lines_of(read_csv(examine(path))) == [2, 4]


cell = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(rows=st.lists(st.tuples(cell, cell, cell), min_size=1, max_size=30), ending=st.sampled_from(["\n", "\r\n"]))
@hypothesis_settings(deadline=None, max_examples=80)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], ending: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=ending, quoting=csv.QUOTE_ALL)
    writer.writerow(("text", "label", "third"))
    begins = []
    for row in rows:
        begins.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    raw = read(tmp_path_factory.mktemp("csv"), out.getvalue(), delimiter=",", header=True)
    assert [tuple(row.values()) for row in raw.table.to_pylist()] == rows
    assert lines_of(raw) == begins

from __future__ import annotations

from pathlib import Path

import pytest

from wenmai.core.errors import DataError
from wenmai.data.files import TextFile, examine
from wenmai.data.plain import read_fasttext, read_label_text, read_lines, recognise


def put(folder: Path, content: str) -> TextFile:
    path = folder / "data.txt"
    path.write_bytes(content.encode())
    return examine(path)


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        ("__label__a one\n__label__b two\n", ("fasttext", None)),
        ("good\t1\nbad\t0\n", ("tabs", "\t")),
        ("good, nice\t1\nbad, dull\t0\n", ("tabs", "\t")),
        ('"open quote\t1\nbad\t0\nfine\t1\n', ("tabs", "\t")),
        ("a tab\there\nno tab\nnor here\n", ("lines", None)),
        ("text,label\ngood,1\n", ("delimited", ",")),
        ("标签|内容\n好|很好\n", ("delimited", "|")),
        ("one, two\nthree, four\n", ("lines", None)),
        ("1 good film\n0 bad film\n" * 10, ("label text", None)),
        ("1 good film\n0 bad film\n", ("lines", None)),
        ("1 good film\n" * 20, ("lines", None)),
        ("1 good film\n0 bad film\n" * 10 + "no number\n", ("lines", None)),
        ("".join(f"{year} was a year\n" for year in range(100, 130)), ("lines", None)),
        ("the first\na second\n" * 20, ("lines", None)),
    ],
)
def test_arrangements_are_told_conservatively(tmp_path: Path, content: str, layout: tuple[str, str | None]) -> None:
    assert recognise(put(tmp_path, content)) == layout


def test_fasttext_lines(tmp_path: Path) -> None:
    raw = read_fasttext(put(tmp_path, "__label__a __label__b two labels\n\n__label__a\tone\nnone here\n__label__c\n"))
    assert raw.table.column("label").to_pylist() == [["a", "b"], ["a"], None, ["c"]]
    assert raw.table.column("text").to_pylist() == ["two labels", "one", "none here", ""]
    assert raw.lines is not None
    assert list(raw.lines) == [1, 3, 4, 5]


def test_repeated_labels_of_a_line_count_once(tmp_path: Path) -> None:
    raw = read_fasttext(put(tmp_path, "__label__a, __label__b __label__a text\n"))
    assert raw.table.column("label").to_pylist() == [["a", "b"]]


def test_label_and_text(tmp_path: Path) -> None:
    raw = read_label_text(put(tmp_path, "1  a fine film\n\n0 dull\n"))
    assert raw.table.to_pydict() == {"label": ["1", "0"], "text": ["a fine film", "dull"]}


def test_a_label_without_a_text_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.txt:4: the line has no space after its label\. Write each line as"):
        read_label_text(put(tmp_path, "1 good\n0 bad\n\n1\n"))


def test_lines_keep_blank_ones(tmp_path: Path) -> None:
    raw = read_lines(put(tmp_path, "one\n\n  three  \r\n"))
    assert raw.table.column("text").to_pylist() == ["one", "", "  three  "]
    assert raw.table.column("text").num_chunks == 1


def test_many_lines_make_one_chunk(tmp_path: Path) -> None:
    raw = read_lines(put(tmp_path, "".join(f"line {at}\n" for at in range(20_000))))
    assert raw.table.num_rows == 20_000
    assert raw.table.column("text").num_chunks == 1
    assert raw.table.column("text")[19_999].as_py() == "line 19999"


def test_blank_fasttext_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file holds only blank lines"):
        read_fasttext(put(tmp_path, "\n \n"))

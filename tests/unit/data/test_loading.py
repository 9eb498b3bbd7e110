from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import ClassifyColumns, EmbedColumns
from wenmai.data.loading import Loaded, load, load_lines_by_class, load_splits

ROWS = [
    ("屏幕很好，就是电池不太行", "好评"),
    ("物流太慢了，等了一个星期", "差评"),
    ("已经用了一个月，非常满意", "好评"),
]
CSV = "text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS)
ENGLISH = "text,label\n" + "".join(f"this is text number {at},{'pos' if at % 2 else 'neg'}\n" for at in range(30))


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def rows_of(loaded: Loaded) -> list[tuple[str, Any]]:
    return list(zip(loaded.dataset.inputs().text, loaded.dataset.answers(), strict=True))


@pytest.mark.parametrize("compressed", ["", ".gz"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data.csv", CSV),
        ("data.csv", CSV.replace(",", ";")),
        ("data.tsv", CSV.replace(",", "\t")),
        ("data.txt", CSV.replace(",", "\t")),
        ("data.txt", "".join(f"{text}\t{label}\n" for text, label in ROWS)),
        ("data.txt", "".join(f"{label}\t{text}\n" for text, label in ROWS)),
        ("data.txt", "".join(f"__label__{label} {text}\n" for text, label in ROWS)),
        ("data.ft", "".join(f"__label__{label} {text}\n" for text, label in ROWS)),
        ("data.jsonl", "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in ROWS)),
        ("data.json", json.dumps([{"text": text, "label": label} for text, label in ROWS], ensure_ascii=False)),
    ],
)
def test_files_of_every_kind(tmp_path: Path, name: str, content: str, compressed: str) -> None:
    path = put(tmp_path, name + compressed, content)
    loaded = load(path)
    assert rows_of(loaded) == ROWS
    assert loaded.splits is None
    assert loaded.dataset.schema.language == "zh"
    assert loaded.dataset.name == str(path)
    assert loaded.notes[0] == "Encoding UTF-8"
    assert loaded.notes[-1] == "Language zh"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert rows_of(load(put(tmp_path, "data.csv", CSV.encode(encoding)))) == ROWS


@pytest.mark.parametrize(
    "source",
    [
        pl.DataFrame(ROWS, schema=["text", "label"], orient="row"),
        pd.DataFrame(ROWS, columns=["text", "label"]),
        pa.table({"text": [text for text, _ in ROWS], "label": [label for _, label in ROWS]}),
        [{"text": text, "label": label} for text, label in ROWS],
    ],
)
def test_tables_from_memory(source: Any) -> None:
    loaded = load(source)
    assert rows_of(loaded) == ROWS
    assert loaded.dataset.where(1) == "data row 2"


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": [text for text, _ in ROWS], "label": [1, 0, 1]}), tmp_path / "data.parquet")
    assert load(str(tmp_path / "data.parquet")).dataset.answers() == ["1", "0", "1"]


def test_numbered_lines(tmp_path: Path) -> None:
    loaded = load(put(tmp_path, "data.txt", "1 a fine film\n0 a dull one\n" * 10))
    assert rows_of(loaded)[:2] == [("a fine film", "1"), ("a dull one", "0")]
    assert "Each line is a label, a space and a text" in loaded.notes


def test_a_source_is_called_after_its_file_or_folder(tmp_path: Path) -> None:
    folder = tmp_path / "my reviews"
    folder.mkdir()
    path = put(folder, "train.csv", "text,label\none,a\ntwo,b\n")
    put(folder, "test.csv", "text,label\nthree,a\nfour,b\n")
    assert load(path).name == "train.csv"
    assert load(f"{folder}/").name == "my reviews"
    assert load_splits(path, test=folder / "test.csv").name == "train.csv"
    assert load([{"text": "one", "label": "a"}, {"text": "two", "label": "b"}]).name == "data"


def test_unused_columns_are_kept_and_named(tmp_path: Path) -> None:
    loaded = load(put(tmp_path, "data.csv", "id,text,label\n1,good words,a\n2,bad words,b\n"))
    assert loaded.dataset.table.column_names == ["id", "text", "label"]
    assert "Columns kept but not used: id" in loaded.notes


def test_several_text_columns_are_joined(tmp_path: Path) -> None:
    path = put(tmp_path, "data.csv", "title,review,label\nFine,works well,a\n,only a body,b\n")
    assert rows_of(load(path)) == [("Fine\nworks well", "a"), ("only a body", "b")]
    assert rows_of(load(path, text="review"))[0] == ("works well", "a")
    assert rows_of(load(path, text=["review", "title"]))[0] == ("works well\nFine", "a")


def test_a_group_column_is_in_the_schema(tmp_path: Path) -> None:
    path = put(tmp_path, "data.csv", "text,label,user\ngood words,a,u1\nbad words,b,u2\n")
    assert load(path, group="user").dataset.groups() == ["u1", "u2"]
    with pytest.raises(UsageError, match="no column 'users'. Did you mean 'user'"):
        load(path, group="users")


def test_a_language_that_is_named_wins(tmp_path: Path) -> None:
    loaded = load(put(tmp_path, "data.csv", CSV), language="mixed")
    assert loaded.dataset.schema.language == "mixed"
    assert loaded.notes[-1] == "Language mixed, as asked"


def test_lists_are_several_labels() -> None:
    loaded = load([{"text": "words one", "label": ["a", "b"]}, {"text": "words two", "label": []}])
    assert loaded.dataset.answers() == [["a", "b"], []]
    assert loaded.dataset.schema.columns == ClassifyColumns(several_labels=True)


def test_a_separator_makes_several_labels(tmp_path: Path) -> None:
    path = put(tmp_path, "data.csv", "text,label\nwords one,4|27\nwords two,0\n")
    assert load(path, label_separator="|", delimiter=",").dataset.answers() == [["4", "27"], ["0"]]


def test_fasttext_lines_with_several_labels(tmp_path: Path) -> None:
    loaded = load(put(tmp_path, "data.txt", "__label__a __label__b one\n__label__b two\n"))
    assert loaded.dataset.answers() == [["a", "b"], ["b"]]


def test_several_labels_anywhere_make_several_everywhere(tmp_path: Path) -> None:
    put(tmp_path, "train.txt", "__label__a one\n__label__b two\n")
    put(tmp_path, "test.txt", "__label__a __label__b three\n")
    splits = load(tmp_path).splits
    assert splits is not None
    assert splits["train"].answers() == [["a"], ["b"]]
    assert splits["test"].answers() == [["a", "b"]]


def test_rows_without_labels_are_dropped_and_counted(tmp_path: Path) -> None:
    path = put(tmp_path, "data.csv", "text,label\none word,a\ntwo words,\nthree words,b\nfour words,  \n")
    loaded = load(path)
    assert [text for text, _ in rows_of(loaded)] == ["one word", "three words"]
    assert loaded.dataset.where(1) == f"{path}:4"
    note = f"2 of 4 rows have no label in column 'label' and were dropped ({path}:3, {path}:5)"
    assert note in loaded.notes
    with pytest.raises(DataError) as caught:
        load(path, strict=True)
    assert str(caught.value) == (
        f"{path}:3: 2 of 4 rows have no label in column 'label' ({path}:3, {path}:5). "
        "Label them, remove them, or leave out --strict."
    )


def test_no_labels_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no row has a label\. Name another column with --label"):
        load(put(tmp_path, "data.csv", "text,label\none word,\ntwo words,\n"))


def test_prediction_needs_only_the_text_and_drops_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, "data.csv", "id,text\n1,one word\n2,\n3,three words\n")
    loaded = load(path, labelled=False)
    assert loaded.dataset.schema.columns == EmbedColumns(text=("text",))
    assert list(loaded.dataset.inputs().text) == ["one word", "", "three words"]
    assert loaded.dataset.table.column_names == ["id", "text"]
    lines = load(put(tmp_path, "lines.txt", "one line\n\nthree\n"), labelled=False)
    assert list(lines.dataset.inputs().text) == ["one line", "", "three"]


def test_numbers_named_as_text_are_written_out() -> None:
    loaded = load([{"n": 1, "label": "a"}, {"n": None, "label": "b"}], text="n")
    assert list(loaded.dataset.inputs().text) == ["1", ""]
    with pytest.raises(UsageError, match=r"column 'n' holds values of the type list<.*>, not text"):
        load([{"n": [1], "label": "a"}], text="n")


def test_a_folder_of_parts(tmp_path: Path) -> None:
    for part in ("train", "valid", "test"):
        put(tmp_path, f"{part}.csv", ENGLISH)
    put(tmp_path, "labels.txt", "pos\nneg\n")
    loaded = load(tmp_path)
    assert loaded.splits is not None
    assert {part: len(dataset) for part, dataset in loaded.splits.items()} == {"train": 30, "dev": 30, "test": 30}
    assert loaded.dataset is loaded.splits["train"]
    assert loaded.splits["test"].name == str(tmp_path / "test.csv")
    assert len({dataset.schema for dataset in loaded.splits.values()}) == 1
    assert "Files not read, because their names are not those of parts: labels.txt" in loaded.notes


def test_a_folder_with_a_training_file_only(tmp_path: Path) -> None:
    put(tmp_path, "train.csv", ENGLISH)
    assert load(tmp_path).splits is None
    assert len(load(tmp_path).dataset) == 30


def test_a_folder_with_one_file(tmp_path: Path) -> None:
    put(tmp_path, "reviews.csv", ENGLISH)
    assert len(load(tmp_path).dataset) == 30


def test_parts_share_header_and_columns(tmp_path: Path) -> None:
    train = put(tmp_path, "a.tsv", "\n".join(f"a sentence of some length {at}\t{at % 2}" for at in range(30)))
    test = put(tmp_path, "b.tsv", "text\tlabel\nshort\t1\n")
    loaded = load_splits(train, test=test)
    assert loaded.splits is not None
    assert list(loaded.splits["test"].inputs().text) == ["text", "short"]


def test_parts_of_different_columns(tmp_path: Path) -> None:
    train, test = put(tmp_path, "a.csv", ENGLISH), put(tmp_path, "b.csv", "review,label\ngood,pos\n")
    with pytest.raises(UsageError, match=r"b\.csv: no column 'text'\. Columns found: review, label"):
        load_splits(train, test=test)
    unlabelled = put(tmp_path, "c.csv", "text,other\ngood,pos\n")
    with pytest.raises(UsageError, match=r"c\.csv: no column 'label'"):
        load_splits(train, dev=unlabelled)


def test_parts_of_different_kinds(tmp_path: Path) -> None:
    loaded = load({"train": put(tmp_path, "a.csv", ENGLISH), "validation": [{"text": "words", "label": "pos"}]})
    assert loaded.splits is not None
    assert {part: len(dataset) for part, dataset in loaded.splits.items()} == {"train": 30, "dev": 1}


def test_parts_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the parts are named 'train', 'text'\. Name them train"):
        load({"train": [{"text": "a", "label": "b"}], "text": []})
    with pytest.raises(UsageError, match="the parts are named 'test'"):
        load({"test": [{"text": "a", "label": "b"}]})


def test_folders_of_classes(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for label, text in (("pos", "a fine film"), ("neg", "a dull film")):
            put(tmp_path, f"{part}/{label}/1.txt", text)
    splits = load(tmp_path).splits
    assert splits is not None
    assert splits["test"].answers() == ["neg", "pos"]
    one = load(tmp_path / "train")
    assert one.splits is None
    assert rows_of(one) == [("a dull film", "neg"), ("a fine film", "pos")]
    again = load_splits(tmp_path / "train", test=tmp_path / "test").splits
    assert again is not None
    assert again["train"].answers() == ["neg", "pos"]


def test_a_folder_that_holds_nothing_readable(tmp_path: Path) -> None:
    put(tmp_path, "notes.md", "x")
    with pytest.raises(UsageError, match=r"the folder holds nothing that can be read\. It should hold"):
        load(tmp_path)
    with pytest.raises(UsageError, match="the folder is no part of a split"):
        load_splits(put(tmp_path, "a.csv", ENGLISH), test=tmp_path)


def test_a_folder_of_files_without_a_training_part(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "x")
    put(tmp_path, "b.csv", "x")
    with pytest.raises(UsageError, match=r"the folder holds 2 files and none is named train: a\.csv, b\.csv"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("data.xlsx", r"data\.xlsx: unknown file ending '\.xlsx'\. Rename it to end in one of \.csv, \.tsv"),
        ("data.xlsx.gz", r"data\.xlsx\.gz: unknown file ending '\.xlsx'"),
        ("data", "data: the file has no ending that names its format"),
    ],
)
def test_unknown_endings(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load(put(tmp_path, name, "x"))


@pytest.mark.parametrize("name", ["none.csv", "none", "none.xlsx", "none.parquet", "none/data.jsonl"])
def test_missing_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"none.*: there is no such file\. Check the path"):
        load(tmp_path / name)


def test_lines_by_class(tmp_path: Path) -> None:
    pos = put(tmp_path, "pos.txt", "很好\n\n不错，下次还来\n")
    neg = put(tmp_path, "neg.txt", "太差了".encode("gb18030") + "\n   \n房间很小，早餐也不好吃\n".encode("gb18030"))
    loaded = load_lines_by_class({"pos": pos, "neg": neg})
    assert rows_of(loaded) == [
        ("很好", "pos"),
        ("不错，下次还来", "pos"),
        ("太差了", "neg"),
        ("房间很小，早餐也不好吃", "neg"),
    ]
    assert loaded.dataset.table.column("line").to_pylist() == [1, 3, 1, 3]
    assert loaded.dataset.table.column("file").to_pylist() == [str(pos)] * 2 + [str(neg)] * 2
    assert f"{neg}: Encoding GB18030; 2 texts of the class 'neg'" in loaded.notes


def test_lines_by_class_without_lines(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the files hold only blank lines"):
        load_lines_by_class({"a": put(tmp_path, "a.txt", "\n"), "b": put(tmp_path, "b.txt", " \n")})


def test_a_hub_name(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"text": ["good words", "bad words"], "label": ["a", "b"]})
    monkeypatch.setattr(
        "wenmai.data.read.from_hub", lambda name: {"train": table, "test": table, "unsupervised": table}
    )
    loaded = load("hub:owner/name")
    assert loaded.splits is not None
    assert list(loaded.splits) == ["train", "test"]
    assert loaded.splits["test"].name == "hub:owner/name:test"
    assert "Parts not read: unsupervised" in loaded.notes

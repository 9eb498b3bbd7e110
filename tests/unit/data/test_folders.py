from __future__ import annotations

from pathlib import Path

import pytest

from wenmai.core.errors import DataError, UsageError
from wenmai.data.folders import class_folders, part_files, read_class_folders, readable_files


def fill(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_parts_are_told_by_the_names_of_files(tmp_path: Path) -> None:
    fill(
        tmp_path,
        dict.fromkeys(("20ng_train.jsonl.gz", "news-validation.csv", "stsa.binary.test.txt", "labels.txt"), ""),
    )
    fill(tmp_path, dict.fromkeys((".train.csv", "train.md", "constrained.csv"), ""))
    parts, others = part_files(tmp_path)
    assert {part: path.name for part, path in parts.items()} == {
        "train": "20ng_train.jsonl.gz",
        "dev": "news-validation.csv",
        "test": "stsa.binary.test.txt",
    }
    assert others == ["constrained.csv", "labels.txt"]
    assert "train.md" not in [path.name for path in readable_files(tmp_path)]


def test_two_files_for_one_part(tmp_path: Path) -> None:
    fill(tmp_path, {"dev.tsv": "", "val.tsv": "", "train.tsv": ""})
    with pytest.raises(
        UsageError, match=r"dev\.tsv and val\.tsv could both be the dev part\. Name the files one by one"
    ):
        part_files(tmp_path)


def test_two_folders_for_one_part(tmp_path: Path) -> None:
    fill(tmp_path, {"dev/a/1.txt": "x", "valid/a/1.txt": "x"})
    with pytest.raises(UsageError, match="two folders could be the dev part"):
        class_folders(tmp_path)


def test_the_layout_of_aclimdb(tmp_path: Path) -> None:
    files = ("train/pos/0_9.txt", "train/neg/0_1.txt", "train/unsup/0_0.txt", "test/pos/1.txt", "test/neg/1.txt")
    fill(tmp_path, dict.fromkeys((*files, "README", "train/urls_pos.txt", "other/readme.md"), "x"))
    found = class_folders(tmp_path)
    assert {part: list(classes) for part, classes in found.items()} == {"train": ["neg", "pos"], "test": ["neg", "pos"]}


def test_classes_without_parts(tmp_path: Path) -> None:
    fill(tmp_path, {"体育/1.txt": "比赛", "alt.atheism/49960": "From: x", "train/1.txt": "y", ".git/config": "z"})
    assert list(class_folders(tmp_path)[""]) == ["alt.atheism", "体育"]


def test_texts_of_class_folders(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"neg/2.txt": "bad", "neg/10.txt": "\ufeffworse\n", "pos/1.txt": "好\n\n很好", "pos/.hidden.txt": "no"},
    )
    raw = read_class_folders(class_folders(tmp_path)[""], "reviews")
    assert raw.table.to_pylist() == [
        {"text": "worse\n", "label": "neg", "file": "neg/10.txt"},
        {"text": "bad", "label": "neg", "file": "neg/2.txt"},
        {"text": "好\n\n很好", "label": "pos", "file": "pos/1.txt"},
    ]
    assert raw.notes == ("Encoding UTF-8", "A folder per class, one text a file: 3 files in neg, pos")


def test_other_encodings_of_class_folders(tmp_path: Path) -> None:
    text = "这家酒店的服务非常好，房间也很干净。"
    fill(tmp_path, {"a/1.txt": text.encode("gb18030"), "a/2.txt": text, "b/1.txt": text.encode("gb18030")})
    classes = class_folders(tmp_path)[""]
    assert read_class_folders(classes, "x").table.column("text").to_pylist() == [text] * 3
    assert read_class_folders(classes, "x").notes[0] == "Encoding UTF-8, else gb18030"
    with pytest.raises(DataError, match=r"a/1\.txt:1:1: bytes d5 are not utf-8\. Name the files' encoding"):
        read_class_folders(classes, "x", "utf-8")


def test_undecodable_files_name_their_place(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {"a/1.txt": "fine", "b/1.txt": b"ok\nab" + bytes([0x81, 0xFF, 0x0E, 0x1F, 0x80, 0xFE, 0x7F, 0x9D] * 9)},
    )
    with pytest.raises(DataError, match=r"b/1\.txt:2:3: bytes 81 are not utf-8"):
        read_class_folders(class_folders(tmp_path)[""], "x")


def test_nul_bytes_name_their_place(tmp_path: Path) -> None:
    fill(tmp_path, {"a/1.txt": "one\ntw\0o"})
    with pytest.raises(DataError, match=r"a/1\.txt:2:3: a NUL byte, which no text contains"):
        read_class_folders(class_folders(tmp_path)[""], "x")

from __future__ import annotations

from pathlib import Path

import pytest

from wenmai.core.errors import DataError, UsageError
from wenmai.text.segment import WordSegment, build_segmenter
from wenmai.text.user_dictionary import load_user_dictionary


def test_entries_load_and_every_other_line_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text(
        "文脉\n云计算 5\n小明同学 10000 nr\n坏词 -3\n坏词 often n\n\n文脉 7\na b 5 n\n金刚 nz\n"
        "过多 99999999999\n坏标签 3 名词\n",
        "utf-8-sig",
    )
    entries, problems = load_user_dictionary(path)
    assert entries == ("文脉", "云计算 5", "小明同学 10000 nr", "金刚 nz")
    assert [problem.where.removeprefix(f"{path}:") for problem in problems] == ["4", "5", "6", "7", "8", "10", "11"]
    assert [problem.found for problem in problems] == [
        "'-3' after '坏词' is neither a frequency nor a tag of Latin letters",
        "the frequency of '坏词' is 'often', which is no whole number",
        "the entry is empty",
        "'文脉' stands already on line 1",
        "4 parts in 'a b 5 n', which holds white space that no word can have",
        "the frequency 99999999999 of '过多' is more than 2147483647",
        "'名词' after '坏标签' is neither a frequency nor a tag of Latin letters",
    ]
    assert str(problems[3]) == f"{path}:7: '文脉' stands already on line 1. Remove one of the two."
    assert build_segmenter(WordSegment(user_words=entries)).words("小明同学用文脉") == ["小明同学", "用", "文脉"]


def test_an_empty_file_has_neither_entries_nor_problems(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(b"")
    assert load_user_dictionary(path) == ((), [])


def test_line_ends_of_windows(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("文脉 3 n\r\n小明\r\n".encode())
    assert load_user_dictionary(path) == (("文脉 3 n", "小明"), [])


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no user dictionary"):
        load_user_dictionary(tmp_path / "none.txt")


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("好\n文脉\n".encode() + "文脉\n".encode("gb18030"))
    with pytest.raises(DataError, match=r"words\.txt:3: byte 0xCE is not UTF-8\. Save the file as UTF-8\."):
        load_user_dictionary(path)

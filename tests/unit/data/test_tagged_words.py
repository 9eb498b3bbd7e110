"""Tagged text: what is read, what is refused, and where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError
from wenmai.data.files import TextFile, examine
from wenmai.data.tagged_words import SEPARATORS, separator_of, tagged_text

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=6).filter(
    lambda word: len(word.split()) == 1 and "[" not in word
)
TAGS = st.from_regex(r"[A-Za-z]{1,3}", fullmatch=True)


def written(folder: Path, content: str) -> TextFile:
    path = folder / "tagged.txt"
    path.write_text(content, "utf-8", newline="")
    return examine(path)


@pytest.mark.parametrize(
    ("content", "separator", "rows"),
    [
        ("迈向/v  充满/v  希望/n\n\n新/a 世纪/n\n", "/", ["迈向|v 充满|v 希望|n", "", "新|a 世纪|n"]),
        ("The_DT dog_NN barks_VBZ ._.\r\n", "_", ["The|DT dog|NN barks|VBZ .|."]),
        ("duck|NOUN snake_case|NOUN a/b|X", "|", ["duck|NOUN snake_case|NOUN a/b|X"]),
        ("1/2/m a|b/n //w", "/", ["1/2|m a|b|n /|w"]),
        ("在/p [中国/ns 人民/n]nt ，/w [/w 注/n ]/w", "/", ["在|p 中国|ns 人民|n ，|w [|w 注|n ]|w"]),
    ],
)
def test_words_and_tags(tmp_path: Path, content: str, separator: str, rows: list[str]) -> None:
    text = tagged_text(written(tmp_path, content))
    assert text.separator == separator
    assert [row for block in text.rows() for row in block] == rows
    assert text.notes() == ()


def test_lines_without_tags_are_left_out_and_told_with_their_places(tmp_path: Path) -> None:
    lines = ["我/r 爱/v 北京/ns"] * 40
    lines[3:3] = ["我/r 爱 北京/ns", "/n", "x/", "好/n|v"]
    text = tagged_text(written(tmp_path, "\n".join([*lines, "a", "b"])))
    for _ in range(2):
        rows = [row for block in text.rows() for row in block]
        assert rows == ["我|r 爱|v 北京|ns"] * 40
        assert text.left_out == 6
    (note,) = text.notes()
    path = tmp_path / "tagged.txt"
    assert note == (
        f"6 lines without a tag for each word are left out: '爱' at {path}:4:5; '/n' at {path}:5:1; "
        f"'x/' at {path}:6:1; '好/n|v' at {path}:7:1; 'a' at {path}:45:1, and 1 more"
    )


@pytest.mark.parametrize("content", ["我 爱 北京\n", "我/r 爱 北京\n", "\n \n", "http://a.b c d"])
def test_a_text_without_tags_is_refused(tmp_path: Path, content: str) -> None:
    file = written(tmp_path, content)
    with pytest.raises(
        DataError, match=r"tagged\.txt: the text is not tagged: .* not word\|tag or word/tag or word_tag"
    ):
        tagged_text(file)


def test_a_separator_that_was_told_is_the_only_one(tmp_path: Path) -> None:
    file = written(tmp_path, "a_x/N b_y/V\n")
    assert tagged_text(file).separator == "/"
    assert tagged_text(file, "_").separator == "_"
    with pytest.raises(DataError, match=r"begins with 'a_x/N', and most of its first pieces are not word\|tag\."):
        tagged_text(file, "|")


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.lists(st.tuples(WORDS, TAGS), min_size=1, max_size=5), min_size=1, max_size=4),
    separator=st.sampled_from(SEPARATORS),
)
def test_every_word_comes_back_with_its_tag(tmp_path_factory, lines, separator) -> None:
    content = "\n".join("  ".join(f"{word}{separator}{tag}" for word, tag in line) for line in lines)
    text = tagged_text(written(tmp_path_factory.mktemp("tagged"), content), separator)
    rows = [row.split() for block in text.rows() for row in block]
    assert [[tuple(piece.rsplit("|", 1)) for piece in row] for row in rows] == lines


def test_nothing_has_no_separator() -> None:
    assert separator_of([]) is None

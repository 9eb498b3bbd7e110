from __future__ import annotations

import re

import pytest
from ftfy import fix_encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.text.alignment import apply_edits
from wenmai.text.mojibake import lost_characters, mojibake_edits, suspicious


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from("好的这个手机éèü“”’…—Ωжabc 。，"), max_size=12),
    st.sampled_from(["latin-1", "cp1252", "mac-roman", "cp437"]),
)
def test_the_text_is_the_one_that_ftfy_gives(text: str, encoding: str) -> None:
    broken = text.encode().decode(encoding, "replace")
    assert apply_edits(broken, mojibake_edits(broken)) == fix_encoding(broken)
    if fix_encoding(broken) != broken:
        assert re.search(suspicious(), broken)


def test_each_character_is_found_where_it_was_misread() -> None:
    broken = "手机" + "好的é".encode().decode("latin-1") + "ok"
    edits = mojibake_edits(broken)
    assert [(broken[start:end].encode("latin-1").decode(), new) for start, end, new in edits] == [
        ("好", "好"),
        ("的", "的"),
        ("é", "é"),
    ]


def test_misread_twice() -> None:
    broken = "café 好".encode().decode("latin-1").encode().decode("latin-1")
    edits = mojibake_edits(broken)
    assert apply_edits(broken, edits) == "café 好"
    assert len(edits) == 2


def test_lines_are_put_right_each_in_its_way() -> None:
    assert apply_edits("cafÃ©\nnaïve", mojibake_edits("cafÃ©\nnaïve")) == "café\nnaïve"


@pytest.mark.parametrize("text", ["naïve café", "übergroß", "Москва", "价格·便宜", "“ok”…", "50°C ± 1"])
def test_ordinary_letters_stay(text: str) -> None:
    assert mojibake_edits(text) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("好", 0),
        ("a\ufffd\ufffdb", 2),
        ("锟斤拷锟斤拷", 6),
        ("锟斤拷锟斤", 5),
        ("烫烫烫烫", 4),
        ("很烫", 0),
        ("ï¿½x", 1),
        ("屯屯屯", 3),
    ],
)
def test_lost_characters_are_counted(text: str, count: int) -> None:
    assert lost_characters(text) == count

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.text.sentences import split_sentences

PARTS = [
    "好", "他说", "。", "！", "？", "；", "…", "……", "”", "“", '"', "'", ")", "Dr.", "J.",
    "U.S.", "3.5", "word", "Word", ".", "...", "!", "?", ";", " ", "\n", "x", "1",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=20).map("".join) | st.text(max_size=30))
def test_sentences_stand_where_they_say_and_hold_all_that_is_no_space(text: str) -> None:
    sentences = split_sentences(text)
    assert all(text[piece.start : piece.end] == piece.text == piece.text.strip() != "" for piece in sentences)
    assert all(one.end <= other.start for one, other in pairwise(sentences))
    assert "".join("".join(piece.text.split()) for piece in sentences) == "".join(text.split())


@pytest.mark.parametrize(
    "sentences",
    [
        ["他说：“你好。”", "然后走了！", "真的吗？", "是的；", "好……", "吧。"],
        ["好!", "真的?", "当然;", "行.", "对"],
        ['他说"走吧。"', "就走了。", '"好"'],
        ["价格3.5元。", "OK!", "好的"],
        ["（真的吗？）", "对。"],
        ["第一行", "第二行"],
    ],
)
def test_chinese(sentences: list[str]) -> None:
    joiner = "\n" if sentences[0] == "第一行" else ""
    assert [piece.text for piece in split_sentences(joiner.join(sentences))] == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith paid $3.50 to J. K. Rowling in the U.S.", "Then he left."],
        ['"What?" he asked.', '"Go."', "She went... and came back."],
        ["It is No. 5.", "Oh no.", "Yes!"],
        ["See e.g. Fig. 3 of the paper.", "Good."],
        ["What?!", "Really.", "(He left.)", "So am I.", "Then?"],
        ["Use v1.2.3 or example.com now.", "Done"],
        ["1. First item."],
        ["Smith et al. 2019 said so.", "Right."],
    ],
)
def test_english(sentences: list[str]) -> None:
    assert [piece.text for piece in split_sentences(" ".join(sentences))] == sentences


def test_a_long_text_takes_linear_time() -> None:
    text = "这是一句话。And this is one too. " * 5000
    assert len(split_sentences(text)) == 10_000

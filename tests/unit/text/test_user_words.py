"""A person's own words over another segmentation: forced, or only where the bounds agree."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wenmai.text.segment import CharacterSegment, GivenSegment, build_segmenter
from wenmai.text.user_words import UserWordSegmenter

GIVEN = build_segmenter(GivenSegment())


@pytest.mark.parametrize(
    ("text", "words", "dictionary", "pieces"),
    [
        ("研究 生命 起源", ["研究生 5 n"], "forces", ["研究", "生命", "起源"]),
        ("研究生命 起源", ["研究生"], "forces", ["研究生", "命", "起源"]),
        ("研究生命 起源", ["研究生"], "suggests", ["研究生命", "起源"]),
        ("abc", ["b"], "forces", ["abc"]),
        ("c++ 好", ["c++"], "forces", ["c++", "好"]),
    ],
)
def test_own_words(text, words, dictionary, pieces):
    segmenter = UserWordSegmenter(GIVEN, words, dictionary)
    assert segmenter.words(text) == pieces


def test_pieces_are_joined_and_the_longest_word_goes_first():
    characters = build_segmenter(CharacterSegment())
    assert UserWordSegmenter(characters, ["北京", "北京大学"], "suggests").words("在北京大学和北京") == [
        "在",
        "北京大学",
        "和",
        "北京",
    ]


@given(
    st.text("ab甲乙丙 ", max_size=12),
    st.lists(st.text("ab甲乙丙", min_size=1, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["forces", "suggests"]),
)
@example("乙", ["乙", "乙a"], "forces")
def test_every_character_stays_in_exactly_one_piece(text, words, dictionary):
    spans = UserWordSegmenter(GIVEN, words, dictionary).spans(text)
    covered = [at for start, end in spans for at in range(start, end)]
    assert covered == [at for at in range(len(text)) if not text[at].isspace()]

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.config import Config
from wenmai.core.errors import ConfigError
from wenmai.text.segment import (
    CharacterSegment,
    GivenSegment,
    SegmentConfig,
    Segmenter,
    TaggedSegment,
    WordSegment,
    build_segmenter,
)

SEGMENTERS = {
    "zh": build_segmenter(WordSegment()),
    "zh with words": build_segmenter(WordSegment(user_words=("文脉", "小明同学 10000 nr"))),
    "en": build_segmenter(WordSegment(language="en")),
    "mixed": build_segmenter(WordSegment(language="mixed", user_words=("C++", "文脉"))),
    "characters": build_segmenter(CharacterSegment()),
    "given": build_segmenter(GivenSegment()),
    "tagged": build_segmenter(TaggedSegment()),
}
PARTS = [
    "我爱北京", "天安门", "iPhone", "don't", "3.5", "U.S.", "C++", "文脉", "<num>", "<url>",
    "👩\u200d👧", "👍🏽", "cafe\u0301", "，", "...", " ", "\n", "\u3000", "_", "々", "\u0301",
    "𠮷",
]  # fmt: skip


@pytest.mark.parametrize("segmenter", SEGMENTERS.values(), ids=SEGMENTERS.keys())
@settings(max_examples=120, deadline=None)
@given(
    text=st.lists(st.sampled_from(PARTS), max_size=10).map("".join) | st.text(st.characters(codec="utf-8"), max_size=20)
)
def test_pieces_hold_every_character_but_white_space_once(segmenter: Segmenter, text: str) -> None:
    spans = segmenter.spans(text)
    assert segmenter.words(text) == [text[start:end] for start, end in spans]
    assert all(start < end for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("zh", "我爱北京天安门", ["我", "爱", "北京", "天安门"]),
        ("zh", "价格<num>元", ["价格", "<num>", "元"]),
        ("zh with words", "小明同学用文脉", ["小明同学", "用", "文脉"]),
        (
            "en",
            "I don't like state-of-the-art U.S. stuff!",
            ["I", "don't", "like", "state-of-the-art", "U.S.", "stuff", "!"],
        ),
        ("en", "3.5 or 1,000... see <url>", ["3.5", "or", "1,000", "...", "see", "<url>"]),
        ("en", "the café's cafe\u0301", ["the", "café's", "cafe\u0301"]),
        ("en", "'quoted' rock-n-roll-", ["'", "quoted", "'", "rock-n-roll", "-"]),
        ("mixed", "我爱北京iPhone 15和C++", ["我", "爱", "北京", "iPhone", "15", "和", "C++"]),
        ("characters", "好👍🏽cafe\u0301 <num>", ["好", "👍🏽", "c", "a", "f", "e\u0301", "<num>"]),
        ("given", "我 爱  北京\u3000x", ["我", "爱", "北京", "x"]),
        ("tagged", "我|r 爱|v  北京|ns", ["我|r", "爱|v", "北京|ns"]),
    ],
)
def test_pieces(name: str, text: str, words: list[str]) -> None:
    assert SEGMENTERS[name].words(text) == words


def test_one_persons_words_are_not_anothers() -> None:
    assert SEGMENTERS["zh"].words("小明同学") == ["小明", "同学"]


def test_a_user_word_that_cannot_be_read_is_refused_with_the_reason() -> None:
    with pytest.raises(ConfigError, match="the frequency of '文脉' is 'often', which is no whole number"):
        WordSegment.parse({"user_words": ["文脉 often n"]})


def test_the_kind_decides_the_config() -> None:
    class Holder(Config):
        segment: SegmentConfig

    assert Holder.parse({"segment": {"kind": "characters"}}).segment == CharacterSegment()
    with pytest.raises(ConfigError, match="segment"):
        Holder.parse({"segment": {"kind": "letters"}})


def test_characters_need_no_dictionary() -> None:
    code = (
        "import sys; from wenmai.text.pipeline import *; from wenmai.text.segment import *; "
        "p = Pipeline(PipelineConfig(segment=CharacterSegment())); p.words(['好 x']); p.pieces('好'); "
        "heavy = {'rjieba', 'tokenizers', 'ftfy', 'selectolax', 'opencc', 'trafilatura'} & set(sys.modules); "
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.errors import BundleError, ConfigError, UsageError
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import BundleSegment, CharacterSegment, GivenSegment, SubwordSegment, WordSegment
from wenmai.text.tokenizer import TokenizerConfig
from wenmai.text.vocabulary import VocabularyConfig

BATCHES = [["屏幕很好，电池不行", "The Ｓcreen is &amp; was fine"], ["<b>好</b>手机 3.5 寸", ""]]
OPEN = CleanConfig(numbers=True, urls=True)


class EveryTwo:
    """A segmenter such as a trained model would be: two characters a piece."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [(at, min(at + 2, len(text))) for at in range(0, len(text), 2) if text[at : at + 2].strip()]

    def words(self, text: str) -> list[str]:
        return [text[start:end] for start, end in self.spans(text)]


def fitted(config: PipelineConfig) -> Pipeline:
    return Pipeline.fit(config, BATCHES, EveryTwo() if isinstance(config.segment, BundleSegment) else None)


PIPELINES = {
    "zh": fitted(PipelineConfig(stop_words="zh", vocabulary=VocabularyConfig())),
    "mixed": fitted(PipelineConfig(clean=OPEN, segment=WordSegment(language="mixed"), own_stop_words=("好",))),
    "en": fitted(PipelineConfig(segment=WordSegment(language="en"), stop_words="both")),
    "characters": fitted(PipelineConfig(segment=CharacterSegment(), clean=CleanConfig(punctuation="strip"))),
    "given": fitted(PipelineConfig(segment=GivenSegment(), clean=CleanConfig.minimal())),
    "bundle": fitted(PipelineConfig(segment=BundleSegment())),
} | {
    kind: fitted(
        PipelineConfig(
            clean=OPEN,
            segment=SubwordSegment(),
            tokenizer=TokenizerConfig.parse(
                {"kind": kind, "vocabulary_size": 300, "min_frequency": 1, "frame": "bert"}
            ),
        )
    )
    for kind in ("bpe", "byte_bpe", "wordpiece", "unigram")
}
PARTS = [
    "屏幕",
    "很好",
    "，",
    "Ｓcreen",
    "THE",
    "<br>",
    "&amp;",
    "<b>",
    "</b>",
    "3.5",
    "www.a.cn",
    "ﬁ",
    "İ",
    "e\u0301",
    "😀",
    " ",
    "\n",
    "å¥½",
    "\u200b",
    "的",
]
TEXTS = st.lists(st.sampled_from(PARTS) | st.text(st.characters(codec="utf-8"), max_size=3), max_size=8).map("".join)


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES.keys())
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, max_size=3))
def test_the_quick_way_gives_the_pieces_and_pieces_stand_in_the_original(pipeline: Pipeline, texts: list[str]) -> None:
    pieces = [pipeline.pieces(text) for text in texts]
    assert pipeline.words(texts) == [[piece.text for piece in row] for row in pieces]
    for text, row in zip(texts, pieces, strict=True):
        assert all(0 <= piece.start < piece.end <= len(text) for piece in row)
        assert all(one.start <= other.start and one.end <= other.end for one, other in pairwise(row))


def test_pieces_lead_to_the_original() -> None:
    text = "<p>The Ｓcreen &amp; 屏幕，ok"
    pieces = PIPELINES["mixed"].pieces(text)
    assert [(piece.text, text[piece.start : piece.end]) for piece in pieces] == [
        ("the", "The"),
        ("screen", "Ｓcreen"),
        ("&", "&amp;"),
        ("屏幕", "屏幕"),
        (",", "，"),
        ("ok", "ok"),
    ]


def test_stop_words_are_dropped_after_cleaning() -> None:
    assert PIPELINES["en"].words(["The screen is Fine."]) == [["screen", "fine"]]
    assert PIPELINES["zh"].words(["我的屏幕很好，"]) == [["屏幕", "好"]] or PIPELINES["zh"].words(
        ["我的屏幕很好，"]
    ) == [["屏幕", "很好"]]


def test_encoding_by_a_vocabulary() -> None:
    pipeline = PIPELINES["zh"]
    assert pipeline.vocabulary is not None
    encoding = pipeline.encode("屏幕 电脑", "手机")
    assert encoding.pieces == ["屏幕", "电脑", "手机"]
    assert encoding.token_ids == [pipeline.vocabulary.token_to_id["屏幕"], 1, pipeline.vocabulary.token_to_id["手机"]]
    assert encoding.segment_ids == [0, 0, 1]
    assert encoding.offsets == [(0, 2), (3, 5), (0, 2)]


def test_encoding_leads_to_the_original() -> None:
    text = "<p>屏幕 &amp; 3.5 寸"
    for kind in ("bpe", "byte_bpe", "wordpiece", "unigram"):
        encoding = PIPELINES[kind].encode(text)
        places = {text[start:end] for start, end in encoding.offsets}
        assert {"&amp;", "3.5"} <= places, kind
        assert encoding.pieces[0] == "[CLS]"
        assert "<num>" in encoding.pieces


def test_nothing_is_cut_silently() -> None:
    config = PIPELINES["zh"].config.but(max_pieces=3)
    pipeline = Pipeline(config, vocabulary=PIPELINES["zh"].vocabulary)
    encoding = pipeline.encode("屏幕 手机 电池 屏幕 手机")
    assert len(encoding.token_ids) == 3
    assert encoding.truncated == 2
    subwords = Pipeline(PIPELINES["bpe"].config.but(max_pieces=4), tokenizer=PIPELINES["bpe"].tokenizer)
    assert len(subwords.encode("屏幕很好 screen 电池", "fine").token_ids) == 4


@pytest.mark.parametrize("name", PIPELINES.keys())
def test_saved_and_loaded_reads_the_same(name: str, tmp_path: Path) -> None:
    pipeline = PIPELINES[name]
    pipeline.save(tmp_path)
    config = PipelineConfig.parse_json(pipeline.config.to_json())
    assert config == pipeline.config
    loaded = Pipeline.load(tmp_path, config, EveryTwo() if name == "bundle" else None)
    texts = [text for batch in BATCHES for text in batch]
    assert loaded.words(texts) == pipeline.words(texts)
    if pipeline.vocabulary is not None or pipeline.tokenizer is not None:
        assert [loaded.encode(text) for text in texts] == [pipeline.encode(text) for text in texts]


def test_what_was_learnt_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="the vocabulary is missing"):
        Pipeline.load(tmp_path, PIPELINES["zh"].config)
    with pytest.raises(BundleError, match="the tokenizer is missing"):
        Pipeline.load(tmp_path, PIPELINES["bpe"].config)
    with pytest.raises(UsageError, match="the pipeline's tokenizer is not trained"):
        Pipeline(PIPELINES["bpe"].config)
    with pytest.raises(UsageError, match="the recipe's input 'segmenter' is missing"):
        Pipeline(PIPELINES["bundle"].config)
    with pytest.raises(UsageError, match="gives its pieces no numbers"):
        PIPELINES["en"].encode("x")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"segment": {"kind": "subwords"}}, "a tokenizer goes with segment 'subwords'"),
        ({"tokenizer": {}}, "a tokenizer goes with segment 'subwords'"),
        ({"segment": {"kind": "subwords"}, "tokenizer": {}, "vocabulary": {}}, "leave 'vocabulary' out"),
        ({"segment": {"kind": "subwords"}, "tokenizer": {}, "stop_words": "en"}, "leave the stop words out"),
        ({"segment": {"kind": "words", "langage": "en"}}, "unknown setting 'segment.langage'. Did you mean 'language'"),
    ],
)
def test_settings_that_do_not_fit(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PipelineConfig.parse(values)


@pytest.mark.data
@pytest.mark.skipif("WENMAI_DATA" not in os.environ, reason="WENMAI_DATA names no folder with the data sets")
@pytest.mark.parametrize("name", ["zh", "mixed", "characters", "wordpiece"])
def test_real_reviews(name: str) -> None:
    import csv
    import gzip

    paths = sorted(Path(os.environ["WENMAI_DATA"]).glob("zh/online_shopping_10_cats/*.csv*"))
    if not paths:
        pytest.skip("WENMAI_DATA has no zh/online_shopping_10_cats")
    with (
        gzip.open(paths[0], "rt", encoding="utf-8")
        if paths[0].suffix == ".gz"
        else paths[0].open(encoding="utf-8") as file
    ):
        texts = [row["review"] or "" for _, row in zip(range(1500), csv.DictReader(file), strict=False)]
    pipeline = PIPELINES[name]
    assert len(texts) == 1500
    assert pipeline.words(texts) == [[piece.text for piece in pipeline.pieces(text)] for text in texts]

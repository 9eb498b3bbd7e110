"""A trained tagger of words cuts text for another pipeline, with a person's own words, saved and loaded with it."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.bundle import load_bundle
from wenmai.catalog import CATALOG, Entry
from wenmai.core.errors import UsageError
from wenmai.core.schema import ClassifyColumns, Schema, TagColumns
from wenmai.data.dataset import Dataset
from wenmai.recipe import InputReference, recipe_for
from wenmai.tasks.tag_segmenter import TaggerSegmenter
from wenmai.text.segment import BundleSegment
from wenmai.training import fit

USUAL = CATALOG.extended(
    [
        Entry(
            name="usual-tag",
            title="usual tag",
            summary="a tagger",
            config="wenmai.models.frequent_tag:FrequentTagConfig",
            presets={"plain": "wenmai.models.frequent_tag:plain"},
            tasks=("tag",),
            year=2026,
            paper="none",
            ancestor=None,
        )
    ]
)
LABELLED = Dataset(
    pa.table({"text": ["好书", "好看", "坏车", "车坏了"], "label": ["p", "p", "n", "n"]}),
    Schema(columns=ClassifyColumns(), language="zh"),
)


def tagger(tokens, tags):
    data = Dataset(pa.table({"tokens": tokens, "tags": tags}), Schema(columns=TagColumns(scheme="bmes"), language="zh"))
    return fit(recipe_for("usual-tag", "zh", catalog=USUAL), data, catalog=USUAL)


@pytest.fixture(scope="module")
def words():
    return tagger([list("我爱北京"), list("他在上海")], [list("SSBE"), list("SSBE")])


def classifier(segmenter, segment):
    recipe = recipe_for("tfidf-lr:words", "zh", catalog=USUAL)
    recipe = recipe.but(
        pipeline=recipe.pipeline.but(segment=segment),
        inputs=(InputReference(name="segmenter", content=segmenter.fingerprint),),
    )
    return fit(recipe, LABELLED, inputs={"segmenter": segmenter}, catalog=USUAL)


def test_a_tagger_of_words_segments_and_travels_along(words, tmp_path):
    bundle = classifier(words, BundleSegment())
    assert bundle.pipeline.words(["我爱 北京上海", ""]) == [["我", "爱", "北京", "上海"], []]
    assert [piece.text for piece in bundle.pipeline.pieces("在北 京")] == ["在", "北", "京"]
    bundle.save(tmp_path / "bundle")
    again = load_bundle(tmp_path / "bundle", catalog=USUAL)
    assert again.pipeline.words(["我爱北京"]) == [["我", "爱", "北京"]]


@pytest.mark.parametrize(
    ("dictionary", "pieces"), [("forces", ["爱北", "京", "上海在"]), ("suggests", ["爱", "北京", "上海在"])]
)
def test_own_words_over_a_tagger(words, dictionary, pieces):
    segment = BundleSegment(user_words=("爱北", "上海在 3"), dictionary=dictionary)
    assert classifier(words, segment).pipeline.words(["爱北京上海在"]) == [pieces]


def test_a_tagger_of_names_cannot_segment():
    names = tagger([["我", "爱"]], [["S-X", "O"]])
    with pytest.raises(UsageError, match=r"'segmenter' cannot segment text. Give a tagger that was trained on words"):
        classifier(names, BundleSegment())


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(st.sampled_from("我爱北京上海在…ﬁ \t\u3000ａé，"), max_size=12), max_size=6))
def test_many_texts_are_cut_as_each_is_and_as_predictions_say(words, texts):
    segmenter = TaggerSegmenter(words.task, words.model, words.pipeline)
    together = segmenter.spans_of(texts)
    assert together == [segmenter.spans(text) for text in texts]
    assert segmenter.words_of(texts) == [
        [text[a:b] for a, b in spans] for text, spans in zip(texts, together, strict=True)
    ]
    for text, spans, said in zip(texts, together, words.predict(texts), strict=True):
        assert "".join(text[a:b] for a, b in spans) == "".join(text.split())
        assert {place for span in spans for place in span} >= {
            place for piece in said.pieces for place in (piece.start, piece.end)
        }


def test_a_model_that_finds_paths_cuts_as_its_outputs_do():
    tokens, tags = [list("我爱北京"), list("他在上海"), list("北京在")], [list("SSBE"), list("SSBE"), list("BES")]
    data = Dataset(pa.table({"tokens": tokens, "tags": tags}), Schema(columns=TagColumns(scheme="bmes"), language="zh"))
    bundle = fit(recipe_for("crf:chars", "zh"), data)
    segmenter = TaggerSegmenter(bundle.task, bundle.model, bundle.pipeline)
    texts = ["他爱北京", "", "上海 在北京"] * 3
    said = [[(piece.start, piece.end) for piece in one.pieces] for one in bundle.predict(texts)]
    assert [segmenter.spans(text) for text in texts[:2]] == said[:2]
    assert segmenter.words_of(texts)[0] == ["他", "爱", "北京"]


def test_few_characters_are_held_at_a_time(words, monkeypatch):
    segmenter = TaggerSegmenter(words.task, words.model, words.pipeline)
    texts = ["我爱北京", "", "他在上海", "北京"]
    whole = segmenter.spans_of(texts)
    monkeypatch.setattr("wenmai.tasks.tag_segmenter.BATCH_CHARACTERS", 5)
    assert segmenter.spans_of(texts) == whole
    assert segmenter.spans_of([]) == []


def test_what_cleaning_makes_several_characters_of_is_one_token(words):
    (prediction,) = words.predict("我爱…北京")
    assert [piece.text for piece in prediction.pieces] == ["我", "爱", "…", "北京"]

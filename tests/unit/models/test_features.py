import numpy as np
import pytest
from corpora import labelled, reviews
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.errors import ConfigError, FitError
from wenmai.models.contract import Run
from wenmai.models.features import CountConfig, CountFeatures
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import CharacterSegment, GivenSegment, WordSegment


def features_of(texts, segment=None, clean=None, **settings):
    pipeline = Pipeline(PipelineConfig(segment=segment or GivenSegment(), clean=clean or CleanConfig.minimal()))
    features = CountFeatures(CountConfig(**settings), pipeline)
    rows = features.fit(labelled(texts, ["x"] * len(texts)), Run())
    return features, rows.to_csr().toarray()


def names(features):
    return [features.name(column) for column in range(len(features.keys))]


def test_words_are_counted():
    features, rows = features_of(["b a b", "c", ""], weighting="counts")
    assert names(features) == ["a", "b", "c"]
    assert rows.tolist() == [[1, 2, 0], [0, 0, 1], [0, 0, 0]]


def test_ngrams_do_not_reach_over_the_end_of_a_text():
    features, _ = features_of(["a b", "c d"], ngrams=(2, 3))
    assert names(features) == ["a b", "c d"]


def test_characters_are_counted_with_their_single_spaces():
    features, _ = features_of(["好  书 "], CharacterSegment(), ngrams=(1, 2))
    assert set(names(features)) == {"好", "书", " ", "好 ", " 书"}


def test_a_single_feature_is_enough():
    features, rows = features_of(["a", "a a", "a"])
    assert names(features) == ["a"]
    np.testing.assert_allclose(rows, [[1], [1], [1]])
    assert features.rows(["b"])[0].tolist() == []


def test_the_most_frequent_features_are_kept_first_come_of_the_equal():
    features, rows = features_of(["a a a b b c", "d d e"], max_features=3, weighting="counts")
    assert names(features) == ["a", "b", "d"]
    assert rows.tolist() == [[3, 2, 0], [0, 0, 2]]
    assert len(features.words) == 3


def test_words_in_no_kept_ngram_are_forgotten():
    features, _ = features_of(["a b", "a b", "c d"], ngrams=(2, 2), min_documents=2)
    assert names(features) == ["a b"]
    assert len(features.words) == 2
    assert features.arrays()["words"].tobytes() == b"a\nb"


def test_a_share_is_of_all_texts_the_empty_ones_too():
    features, _ = features_of(["a b", "a", "a c", ""], max_share=0.75)
    assert "a" in names(features)
    features, _ = features_of(["a b", "a", "a c", ""], max_share=0.7)
    assert names(features) == ["b", "c"]


@pytest.mark.parametrize("texts", [["", " "], ["a", "b"]])
def test_texts_of_which_nothing_is_left_are_a_failure_that_says_what_to_do(texts):
    with pytest.raises(
        FitError, match="none of the 2 texts has an n-gram that min_documents=2 and max_share=1.0 keep. L"
    ):
        features_of(texts, min_documents=2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ngrams": (3, 1)}, "the shortest n-gram must not be longer than the longest"),
        ({"ngrams": (0, 1)}, "setting 'ngrams.0' is 0"),
        ({"ngrams": (1, 4)}, "setting 'ngrams.1' is 4"),
        ({"max_share": 0}, "setting 'max_share' is 0"),
        ({"min_documents": 0}, "setting 'min_documents' is 0"),
        ({"max_feature": 3}, "unknown setting 'max_feature'. Did you mean 'max_features'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        CountConfig.parse(settings)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=6), st.booleans(), st.booleans(), st.integers(1, 3))
def test_few_texts_have_the_values_of_many(texts, by_character, sublinear, longest):
    segment = CharacterSegment() if by_character else WordSegment(language="mixed")
    try:
        features, rows = features_of(texts, segment, CleanConfig(), ngrams=(1, longest), sublinear=sublinear)
    except FitError:
        assert not any(Pipeline(PipelineConfig()).cleaned(texts))
        return
    at, columns, values = features.rows(texts)
    dense = np.zeros_like(rows)
    dense[at, columns] = values
    np.testing.assert_allclose(dense, rows, atol=1e-6)
    lengths = np.linalg.norm(rows, axis=1)
    np.testing.assert_allclose(lengths[lengths > 0], 1, atol=1e-6)


@given(st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=20))
def test_every_occurrence_stands_where_its_span_says(text):
    for segment in (CharacterSegment(), WordSegment(language="mixed")):
        pipeline = Pipeline(PipelineConfig(segment=segment, clean=CleanConfig.minimal()))
        features = CountFeatures(CountConfig(), pipeline)
        features.fit(labelled([f"{text} x"], ["x"]), Run())
        found, spans = features.occurrences([text]), features.spans(text)
        assert len(spans) == found.offsets[-1]
        for column, position in zip(found.columns, found.positions, strict=True):
            start, end = spans[position]
            assert features.name(column) in (text[start:end], " ")


def test_the_arrays_are_the_features():
    features, _ = features_of(list(reviews("zh").inputs().text), WordSegment(), ngrams=(1, 2))
    again = CountFeatures(features.config, features.pipeline)
    again.restore(features.arrays())
    texts = ["这个手机真的好看", ""]
    for ours, theirs in zip(features.rows(texts), again.rows(texts), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert names(features) == names(again)


def test_many_threads_find_what_one_finds():
    data, pipeline = reviews("en", rows=500), Pipeline(PipelineConfig(segment=WordSegment(language="en")))
    one, many = (CountFeatures(CountConfig(ngrams=(1, 3)), pipeline) for _ in range(2))
    alone, together = one.fit(data, Run(threads=1)).to_csr(), many.fit(data, Run(threads=4)).to_csr()
    np.testing.assert_array_equal(one.keys, many.keys)
    assert (alone != together).nnz == 0

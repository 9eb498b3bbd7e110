"""The estimators against scikit-learn's own, on the same tokens: the same matrices, and the same folds' predictions."""

import gzip

import numpy as np
import pytest
from corpora import reviews
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from wenmai.sklearn import TextClassifier, TextVectorizer


def same(tokens):
    return tokens


def reference_for(vectorizer, **changes):
    """scikit-learn's vectorizer with the same parameters, for texts that are read already."""
    shared = ("ngram_range", "min_df", "max_df", "max_features")
    parameters = {name: getattr(vectorizer, name) for name in shared} | {"lowercase": False} | changes
    if vectorizer.analyzer == "chars":
        parameters["analyzer"] = "char"
    else:
        parameters |= {"tokenizer": same, "preprocessor": same, "token_pattern": None}
    if vectorizer.weighting == "counts":
        return CountVectorizer(**parameters)
    return TfidfVectorizer(sublinear_tf=vectorizer.sublinear_tf, **parameters)


def tokens(vectorizer, texts):
    pipeline = vectorizer.features_.pipeline
    return pipeline.cleaned(texts) if vectorizer.analyzer == "chars" else pipeline.words(texts)


def assert_same_matrices(vectorizer, texts, others):
    rows = vectorizer.fit_transform(texts)
    reference = reference_for(vectorizer)
    expected = reference.fit_transform(tokens(vectorizer, texts))
    assert vectorizer.vocabulary_ == reference.vocabulary_
    assert vectorizer.get_feature_names_out().tolist() == reference.get_feature_names_out().tolist()
    for found, wanted in (
        (rows, expected),
        (vectorizer.transform(others), reference.transform(tokens(vectorizer, others))),
    ):
        wanted.sort_indices()
        np.testing.assert_array_equal(found.indptr, wanted.indptr)
        np.testing.assert_array_equal(found.indices, wanted.indices)
        np.testing.assert_allclose(found.data, wanted.data, atol=1e-6)
    if vectorizer.weighting == "tfidf":
        np.testing.assert_allclose(vectorizer.idf_, reference.idf_, atol=1e-6)


VECTORIZERS = {
    "words": {},
    "words, bigrams too": {"ngram_range": (1, 2), "min_df": 2},
    "words, shares": {"ngram_range": (1, 3), "min_df": 0.02, "max_df": 0.4, "sublinear_tf": True},
    "words, numbers": {"min_df": 3, "max_df": 60},
    "words, counts": {"weighting": "counts", "ngram_range": (1, 2)},
    "characters": {"analyzer": "chars", "ngram_range": (1, 3), "min_df": 2},
    "characters, counts": {"analyzer": "chars", "weighting": "counts", "ngram_range": (2, 2), "max_df": 0.5},
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", VECTORIZERS)
def test_matrices_are_those_of_scikit_learn_column_for_column(what, language):
    texts, others = (list(reviews(language, 3, seed=seed).inputs().text) for seed in (0, 1))
    assert_same_matrices(TextVectorizer(**VECTORIZERS[what]), texts, others)


def test_as_many_features_as_scikit_learn_keeps():
    texts = list(reviews("en", 3).inputs().text)
    vectorizer = TextVectorizer(ngram_range=(1, 2)).fit(texts)
    totals = np.sort(TextVectorizer("counts", ngram_range=(1, 2)).fit_transform(texts).sum(axis=0).A1)[::-1]
    limits = np.flatnonzero(totals[:-1] > totals[1:]) + 1  # where no two that are equally frequent compete
    for limit in limits[:: max(1, len(limits) // 4)]:
        assert_same_matrices(vectorizer.set_params(max_features=int(limit)), texts, texts[:20])


WORDS = st.sampled_from(["a", "b", "ab", "b!", "é", "好", "好看", "𠮷", "x", "the"])


@settings(max_examples=40)
@given(
    st.lists(st.lists(WORDS, max_size=8).map(" ".join), min_size=1, max_size=6).filter(lambda texts: any(texts)),
    st.sampled_from(["words", "chars"]),
    st.sampled_from([(1, 1), (1, 2), (2, 3), (1, 3)]),
)
def test_any_texts(texts, analyzer, ngram_range):
    vectorizer = TextVectorizer("counts", analyzer=analyzer, ngram_range=ngram_range, language="mixed")
    if ngram_range[0] > 1:
        texts = [*texts, "a b a b"]
    assert_same_matrices(vectorizer, texts, texts[:1])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cross_validated_predictions_are_those_of_scikit_learn(language):
    data = reviews(language, 3, 240)
    texts, labels = list(data.inputs().text), np.array(data.answers())
    classifier = TextClassifier("tfidf-lr:words", settings={"model.learner.C": 3})
    ours = cross_val_predict(classifier, texts, labels, cv=4, method="predict_proba")
    reader = TextVectorizer(language=language).fit(texts)
    words = tokens(reader, texts)
    estimator = LogisticRegression(C=3, max_iter=5000, tol=1e-9)
    pipeline = make_pipeline(reference_for(reader, min_df=2), estimator)
    theirs = cross_val_predict(pipeline, words, labels, cv=4, method="predict_proba")
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    np.testing.assert_array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


@pytest.mark.data
def test_real_reviews(real_data):
    with gzip.open(real_data / "zh/chnsenticorp/train.tsv.gz", "rt", encoding="utf-8", newline="\n") as file:
        texts = [line.rstrip("\r\n").rsplit("\t", 1)[0] for line in file][1:1501]
    assert len(texts) == 1500
    assert_same_matrices(TextVectorizer(ngram_range=(1, 2), min_df=2), texts[:1000], texts[1000:])
    assert_same_matrices(TextVectorizer(analyzer="chars", ngram_range=(1, 3), min_df=3), texts[:1000], texts[1000:])

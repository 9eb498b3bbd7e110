import pickle

import numpy as np
import pandas as pd
import pytest
from corpora import reviews
from scipy.sparse import csr_array, csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder

from wenmai.core.errors import BundleError, WenmaiError
from wenmai.sklearn import TextVectorizer
from wenmai.sklearn.errors import FittingError, InputError, ParameterError

DATA = reviews("en")
TEXTS, LABELS = list(DATA.inputs().text), DATA.answers()
CHINESE = list(reviews("zh").inputs().text)


def sent(estimator):
    """The estimator as another process would receive it."""
    return pickle.loads(pickle.dumps(estimator))  # noqa: S301


def same(left, right):
    assert left.shape == right.shape
    assert abs(left - right).max() == 0


def test_counts_are_counted_in_the_columns_of_their_names():
    vectorizer = TextVectorizer("counts", language="en", ngram_range=(1, 2))
    rows = vectorizer.fit_transform(["b a b", "a!", ""])
    assert vectorizer.get_feature_names_out().tolist() == ["!", "a", "a !", "a b", "b", "b a"]
    assert vectorizer.vocabulary_ == {"!": 0, "a": 1, "a !": 2, "a b": 3, "b": 4, "b a": 5}
    assert rows.toarray().tolist() == [[0, 1, 0, 1, 2, 1], [1, 1, 1, 0, 0, 0], [0] * 6]
    assert vectorizer.idf_.tolist() == [1] * 6


@pytest.mark.parametrize("analyzer", ["words", "chars"])
def test_fit_transform_is_fit_and_transform(analyzer):
    vectorizer = TextVectorizer(analyzer=analyzer, ngram_range=(1, 3), n_jobs=2)
    rows = vectorizer.fit_transform(CHINESE)
    assert isinstance(rows, csr_matrix)
    assert rows.has_sorted_indices
    assert rows.dtype == np.float32
    assert vectorizer.language_ == "zh"
    same(rows, vectorizer.transform(CHINESE))
    same(rows, clone(vectorizer).set_params(n_jobs=None).fit(CHINESE).transform(CHINESE))
    same(rows[3], vectorizer.transform(pd.Series(CHINESE[3:4])))
    np.testing.assert_allclose(np.sqrt(rows.multiply(rows).sum(axis=1))[:-1], 1, atol=1e-6)
    assert vectorizer.transform(["qqq"]).nnz == 0


def test_the_values_are_of_the_type_that_was_asked_for():
    narrow, wide = (TextVectorizer(dtype=dtype).fit_transform(TEXTS) for dtype in (np.float32, "float64"))
    assert (narrow.dtype, wide.dtype) == (np.float32, np.float64)
    same(narrow.astype(np.float64), wide)


def test_arrays_instead_of_matrices_where_scikit_learn_is_set_so():
    with config_context(sparse_interface="sparray"):
        assert isinstance(TextVectorizer().fit_transform(TEXTS), csr_array)


def test_document_frequencies_are_numbers_of_texts_or_shares():
    def kept(**limits):
        return TextVectorizer("counts", language="en", **limits).fit(texts).get_feature_names_out().tolist()

    texts = ["a b c", "a b", "a", "a d", *["a b"] * 6]
    assert kept() == kept(min_df=0.0, max_df=10) == ["a", "b", "c", "d"]
    assert kept(min_df=2) == kept(min_df=0.15) == ["a", "b"]
    assert kept(max_df=8) == kept(max_df=0.8) == ["b", "c", "d"]
    assert kept(max_df=7) == kept(max_df=0.75) == ["c", "d"]
    assert kept(min_df=8, max_df=9) == ["b"]
    assert kept(max_features=1) == ["a"]


def test_settings_of_the_pipeline_change_how_texts_are_read():
    plain, cased = (
        TextVectorizer("counts", settings=settings).fit(["The Cat", "cat"])
        for settings in ((), {"pipeline.clean.lowercase": False, "pipeline.stop_words": "en"})
    )
    assert plain.get_feature_names_out().tolist() == ["cat", "the"]
    assert cased.get_feature_names_out().tolist() == ["Cat", "The", "cat"]
    assert cased.recipe_.pipeline.stop_words == "en"


@pytest.mark.parametrize("analyzer", ["words", "chars"])
def test_what_was_learnt_goes_through_pickle_to_the_bit(analyzer):
    vectorizer = TextVectorizer(analyzer=analyzer, ngram_range=(1, 2), max_features=300).fit(CHINESE)
    copy = sent(vectorizer)
    same(copy.transform(CHINESE), vectorizer.transform(CHINESE))
    assert copy.vocabulary_ == vectorizer.vocabulary_
    assert (copy.get_params(), copy.recipe_, copy.language_) == (vectorizer.get_params(), vectorizer.recipe_, "zh")
    state = vectorizer.__getstate__()
    values, arrays, files = state["fitted"]
    for name in arrays:
        with pytest.raises(BundleError):
            TextVectorizer().__setstate__(
                {**state, "fitted": (values, {**arrays, name: arrays[name][:-1, None]}, files)}
            )


def test_a_clone_has_the_parameters_and_nothing_learnt():
    copy = clone(TextVectorizer("counts", min_df=2, settings={"pipeline.stop_words": "en"}).fit(TEXTS))
    assert copy.get_params()["settings"] == {"pipeline.stop_words": "en"}
    for ask in (copy.get_feature_names_out, lambda: copy.transform(TEXTS), lambda: copy.vocabulary_, lambda: copy.idf_):
        with pytest.raises(NotFittedError):
            ask()


def test_in_a_pipeline_that_is_cross_validated_and_searched():
    pipeline = make_pipeline(TextVectorizer(), LogisticRegression())
    scores = cross_validate(pipeline, TEXTS, LABELS, cv=3, error_score="raise")["test_score"]
    assert scores.mean() > 0.7
    grid = {"textvectorizer__analyzer": ["words", "chars"], "textvectorizer__weighting": ["counts", "tfidf"]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(TEXTS, LABELS)
    assert len(set(search.cv_results_["mean_test_score"])) > 1
    assert search.score(TEXTS, LABELS) > 0.8


def test_beside_other_columns_and_other_vectorizers():
    frame = pd.DataFrame({"text": TEXTS, "shop": ["a", "b"] * 75})
    both = make_union(TextVectorizer(language="en"), TextVectorizer(analyzer="chars"))
    columns = ColumnTransformer([("text", both, "text"), ("shop", OneHotEncoder(), ["shop"])])
    rows = columns.fit_transform(frame)
    names = columns.get_feature_names_out().tolist()
    assert rows.shape == (150, len(names))
    assert names[-2:] == ["shop__shop_a", "shop__shop_b"]
    assert "text__textvectorizer-1__great" in names
    with pytest.raises(TypeError, match="several columns.*write its name alone"):
        ColumnTransformer([("text", TextVectorizer(), ["text"])]).fit(frame)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"weighting": "idf"}, "weighting.*idf.*'counts' or 'tfidf'"),
        ({"analyzer": "word"}, "unknown preset of tfidf-lr 'word'.*words"),
        ({"analyzer": str.split}, "analyzer is"),
        ({"language": "fr"}, "unknown language"),
        ({"ngram_range": (1, 4)}, r"ngram_range is \(1, 4\).*from 1 to 3"),
        ({"ngram_range": (2, 1)}, "ngram_range"),
        ({"ngram_range": 2}, "ngram_range is 2"),
        ({"ngram_range": (1, 2.5)}, "ngram_range"),
        ({"min_df": 0}, "min_df is 0"),
        ({"min_df": 1.5}, "min_df is 1.5"),
        ({"min_df": "2"}, "min_df is '2'"),
        ({"max_df": 0.0}, "max_df is 0.0"),
        ({"max_df": -1}, "max_df is -1"),
        ({"max_df": True}, "max_df is True"),
        ({"min_df": 5, "max_df": 4}, "max_df corresponds to fewer texts than min_df: 4 and 5 of 150"),
        ({"max_features": 0}, "max_features"),
        ({"sublinear_tf": "often"}, "sublinear_tf"),
        ({"settings": ["model.features.sublinear=true"]}, "is no setting of the pipeline"),
        ({"settings": ["pipeline.stop_word=en"]}, "there is no setting.*Did you mean 'pipeline.stop_words'"),
        ({"n_jobs": "all"}, "n_jobs"),
        ({"dtype": np.int32}, "dtype is.*float32 or numpy.float64"),
        ({"dtype": "number"}, "dtype is 'number'"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused_in_fit(parameters, message):
    vectorizer = TextVectorizer(**parameters)
    with pytest.raises(ParameterError, match=message) as refused:
        vectorizer.fit(TEXTS)
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, WenmaiError)


def test_texts_that_cannot_be_used():
    with pytest.raises(InputError, match=r"X\[1\] is missing"):
        TextVectorizer().fit(["a", None])
    with pytest.raises(FittingError, match="none of the 2 texts has an n-gram"):
        TextVectorizer().fit(["", " "])

import pickle

import numpy as np
import pandas as pd
import pytest
from corpora import reviews
from scipy.sparse import csr_matrix, issparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score, cross_validate
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MultiLabelBinarizer

import wenmai
from wenmai.catalog import CATALOG, Entry
from wenmai.core.errors import BundleError, WenmaiError
from wenmai.models.contract import Preset
from wenmai.models.majority import MajorityClassifier, MajorityConfig
from wenmai.recipe import has_setting, input_names, recipe_for
from wenmai.sklearn import TextClassifier
from wenmai.sklearn.errors import FittingError, InputError, InputTypeError, ParameterError
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment


def rows(language="en", classes=2, count=120, *, several=False):
    data = reviews(language, classes, count, several=several)
    return list(data.inputs().text), data.answers()


def sent(estimator):
    """The estimator as another process would receive it."""
    return pickle.loads(pickle.dumps(estimator))  # noqa: S301


TEXTS, LABELS = rows()
SEVERAL_TEXTS, SETS = rows(classes=3, several=True)
INDICATORS = MultiLabelBinarizer().fit_transform(SETS)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, entry in CATALOG.entries.items()
        if "classify" in entry.tasks and not input_names(recipe_for(name, "en"))
    ],
)
@pytest.mark.parametrize("several", [False, True])
def test_every_member_says_what_its_bundle_says(name, several):
    texts, labels = (SEVERAL_TEXTS[:40], SETS[:40]) if several else (TEXTS[:40], LABELS[:40])
    short = [one for one in ("training.loop.budget.epochs=1",) if has_setting(recipe_for(name, "en"), one)]
    classifier = TextClassifier(name, random_state=0, settings=short).fit(texts, labels)
    said = classifier.bundle_.predict(texts)
    found = classifier.predict(texts)
    if several:
        found = [tuple(classifier.classes_[row == 1]) for row in found]
        assert found == [one.labels for one in said]
    else:
        assert found.tolist() == [one.label for one in said]
    probabilities = classifier.predict_proba(texts)
    assert probabilities.shape == (len(texts), len(classifier.classes_))
    expected = [[one.probabilities[label] for label in classifier.classes_] for one in said]
    np.testing.assert_allclose(probabilities, expected, atol=1e-12)


@pytest.mark.parametrize(
    "given",
    [
        np.array([3, 12]),
        np.array([True, False]),
        np.array([1.0, 0.0]),
        np.array(["负", "正"]),
        np.array(["b", "a"], object),
    ],
)
def test_classes_keep_their_kind_and_their_order(given):
    y = given[(np.array(LABELS) == "good").astype(int)]
    classifier = TextClassifier(random_state=0).fit(TEXTS, y)
    assert classifier.classes_.tolist() == sorted(set(given.tolist()))
    assert classifier.classes_.dtype == np.unique(y).dtype
    said = classifier.predict(TEXTS)
    assert said.dtype == classifier.classes_.dtype
    assert classifier.score(TEXTS, y) == np.mean(said == y) > 0.8
    decisions = classifier.decision_function(TEXTS)
    assert decisions.shape == (len(TEXTS),)
    np.testing.assert_array_equal(said, classifier.classes_[(decisions > 0).astype(int)])
    np.testing.assert_allclose(classifier.predict_proba(TEXTS)[:, 1], 1 / (1 + np.exp(-decisions)), atol=1e-9)


def test_three_classes_have_a_logit_each():
    texts, labels = rows("zh", 3)
    classifier = TextClassifier("tfidf-svm:chars", random_state=0).fit(texts, labels)
    decisions = classifier.decision_function(texts)
    assert decisions.shape == (len(texts), 3)
    assert classifier.language_ == "zh"
    np.testing.assert_array_equal(classifier.predict(texts), classifier.classes_[decisions.argmax(axis=1)])


def test_a_series_of_pandas_with_its_own_index():
    frame = pd.DataFrame({"text": TEXTS, "label": LABELS}).sample(frac=1, random_state=1)
    classifier = TextClassifier(random_state=0).fit(frame["text"], frame["label"])
    same = TextClassifier(random_state=0).fit(frame["text"].tolist(), frame["label"].tolist())
    np.testing.assert_array_equal(classifier.predict_proba(TEXTS), same.predict_proba(TEXTS))


def test_several_labels_in_every_form_are_the_same():
    forms = [SETS, INDICATORS, csr_matrix(INDICATORS), pd.DataFrame(INDICATORS, columns=["bad", "delivery", "good"])]
    fitted = [TextClassifier("tfidf-svm", random_state=0).fit(SEVERAL_TEXTS, form) for form in forms]
    probabilities = [one.predict_proba(SEVERAL_TEXTS) for one in fitted]
    for other in probabilities[1:]:
        np.testing.assert_array_equal(probabilities[0], other)
    assert [one.classes_.tolist() for one in fitted[1:3]] == [[0, 1, 2]] * 2
    assert fitted[0].classes_.tolist() == fitted[3].classes_.tolist() == ["bad", "delivery", "good"]
    assert [issparse(one.predict(SEVERAL_TEXTS)) for one in fitted] == [False, False, True, False]
    scores = [one.score(SEVERAL_TEXTS, form) for one, form in zip(fitted, forms, strict=True)]
    assert scores == [scores[0]] * 4
    assert scores[0] > 0.5
    weights = np.arange(len(SETS))
    weighed = [one.score(SEVERAL_TEXTS, form, weights) for one, form in zip(fitted, forms, strict=True)]
    assert weighed == pytest.approx([weighed[0]] * 4)
    assert weighed[0] != scores[0]
    np.testing.assert_array_equal(fitted[1].predict(SEVERAL_TEXTS), fitted[1].decision_function(SEVERAL_TEXTS) >= 0)


@pytest.mark.parametrize("form", [np.array, csr_matrix])
def test_several_labels_are_searched_as_a_matrix(form):
    grid = {"settings": ["model.learner.C=0.01", "model.learner.C=10"]}
    search = GridSearchCV(TextClassifier(random_state=0), grid, cv=2, error_score="raise")
    search.fit(SEVERAL_TEXTS, form(INDICATORS))
    assert search.best_params_ == {"settings": "model.learner.C=10"}
    assert search.best_score_ == np.mean(cross_val_score(search.best_estimator_, SEVERAL_TEXTS, INDICATORS, cv=2))


def test_settings_reach_the_recipe_however_they_are_written():
    forms = ["model.learner.C=3", ["model.learner.C=3"], {"model.learner.C": np.float64(3)}]
    fitted = [TextClassifier(settings=form, random_state=0).fit(TEXTS, LABELS) for form in forms]
    assert [one.bundle_.recipe.model.learner.C for one in fitted] == [3, 3, 3]
    assert len({one.bundle_.fingerprint for one in fitted}) == 1
    assert fitted[0].bundle_.fingerprint != TextClassifier(random_state=0).fit(TEXTS, LABELS).bundle_.fingerprint


def test_class_weights_go_by_the_classes_as_they_were_given():
    y = (np.array(LABELS) == "good").astype(int)
    plain, weighed = (
        TextClassifier(class_weight=weight, random_state=0).fit(TEXTS, y) for weight in (None, {1: 50.0, 0: 1.0})
    )
    assert weighed.bundle_.recipe.training.class_weight == {"0": 1.0, "1": 50.0}
    more = weighed.predict_proba(TEXTS)[:, 1] > plain.predict_proba(TEXTS)[:, 1]
    assert more.mean() > 0.95
    assert TextClassifier(class_weight="balanced").fit(TEXTS, y).bundle_.recipe.training.class_weight == "balanced"


def test_a_search_over_models_and_settings_in_processes():
    grid = [{"model": ["majority"]}, {"settings": [{"model.learner.C": 0.1}, {"model.learner.C": 10}]}]
    search = GridSearchCV(TextClassifier(random_state=0, language="en"), grid, cv=2, n_jobs=2, error_score="raise")
    search.fit(TEXTS, LABELS)
    assert len(search.cv_results_["params"]) == 3
    assert "model" not in search.best_params_
    assert search.predict(TEXTS).shape == (len(TEXTS),)
    found = cross_validate(search.best_estimator_, TEXTS, LABELS, cv=2, n_jobs=2, return_estimator=True)
    folds = StratifiedKFold(2).split(TEXTS, LABELS)
    for estimator, score, (_, held_out) in zip(found["estimator"], found["test_score"], folds, strict=True):
        texts, labels = ([column[row] for row in held_out] for column in (TEXTS, LABELS))
        assert estimator.score(texts, labels) == score
        assert estimator.bundle_.predict(TEXTS[:1])


def test_parameters_are_set_through_a_pipeline():
    pipeline = Pipeline([("classify", TextClassifier())])
    pipeline.set_params(classify__model="naive-bayes:chars", classify__settings=("model.learner.alpha=0.5",))
    pipeline.fit(TEXTS, LABELS)
    assert pipeline["classify"].bundle_.recipe.model.learner.alpha == 0.5
    assert pipeline.score(TEXTS, LABELS) > 0.8


def test_a_clone_has_the_parameters_and_nothing_learnt():
    classifier = TextClassifier("tfidf-svm", settings={"model.learner.C": 2}, class_weight={"good": 2.0})
    copy = clone(classifier.fit(TEXTS, LABELS))
    assert copy.get_params() == classifier.get_params()
    assert not hasattr(copy, "bundle_")


def test_what_was_learnt_goes_through_pickle_to_the_bit():
    classifier = TextClassifier("tfidf-svm:chars", random_state=0).fit(TEXTS, LABELS)
    for copy in (sent(classifier), sent(clone(classifier))):
        assert copy.get_params() == classifier.get_params()
    copy = sent(classifier)
    np.testing.assert_array_equal(copy.predict_proba(TEXTS), classifier.predict_proba(TEXTS))
    assert copy.bundle_.fingerprint == classifier.bundle_.fingerprint
    assert copy.explain(TEXTS[0]).spans == classifier.explain(TEXTS[0]).spans


def test_a_pickle_holds_files_and_no_object_of_a_model_and_is_checked():
    classifier = TextClassifier(random_state=0).fit(TEXTS, LABELS)
    files = classifier.__getstate__()["bundle_"]
    assert {"bundle.json", "weights.safetensors", "SHA256SUMS"} <= set(files)
    assert all(isinstance(content, bytes) for content in files.values())
    state = classifier.__getstate__()
    state["bundle_"] = {**files, "weights.safetensors": files["weights.safetensors"][:-1] + b"x"}
    with pytest.raises(BundleError, match="changed or damaged"):
        TextClassifier().__setstate__(state)


def test_the_bundle_is_saved_and_loaded(tmp_path):
    classifier = TextClassifier(random_state=0).fit(TEXTS, LABELS)
    loaded = wenmai.load_bundle(classifier.bundle_.save(tmp_path / "bundle"))
    assert [one.label for one in loaded.predict(TEXTS)] == classifier.predict(TEXTS).tolist()


def test_explains_by_the_classes_as_they_were_given():
    y = (np.array(LABELS) == "good").astype(int)
    classifier = TextClassifier(random_state=0).fit(TEXTS, y)
    assert dict(classifier.top_features(1, 8)).keys() & {"great", "lovely", "happy", "recommend", "sharp"}
    assert dict(classifier.top_features(0, 8)).keys() & {"awful", "boring", "broken", "refund", "blurry"}
    one, other = (classifier.explain("great phone", label).weights for label in (1, 0))
    np.testing.assert_allclose(one, -other)
    np.testing.assert_allclose(classifier.explain("great phone").weights, one)
    for ask in (lambda: classifier.top_features(2), lambda: classifier.explain("great", "1")):
        with pytest.raises(ParameterError, match="there is no class"):
            ask()


def test_random_states_decide_the_seed():
    assert TextClassifier(random_state=7).fit(TEXTS, LABELS).bundle_.provenance.seed == 7
    drawn = [
        TextClassifier(random_state=np.random.RandomState(3)).fit(TEXTS, LABELS).bundle_.provenance.seed
        for _ in range(2)
    ]
    assert drawn[0] == drawn[1]
    np.random.seed(5)
    first, second = (TextClassifier().fit(TEXTS, LABELS).bundle_.provenance.seed for _ in range(2))
    np.random.seed(5)
    assert TextClassifier().fit(TEXTS, LABELS).bundle_.provenance.seed == first != second


class StoppingConfig(MajorityConfig):
    """A member that would stop by dev rows; it notes which it was given."""

    stops_by_dev = True

    def build(self, parts):
        return Stopping(parts.head)


class Stopping(MajorityClassifier):
    def fit(self, train, dev, run):
        super().fit(train, dev, run)
        held_out = [] if dev is None else [*dev.data.inputs().text]
        return (f"{len(train.data)} train rows", *held_out)


def stopping(language):
    return Preset(StoppingConfig(), PipelineConfig(segment=CharacterSegment()))


OWN = CATALOG.extended(
    [
        Entry(
            "stopping",
            "Stopping",
            "",
            f"{__name__}:StoppingConfig",
            {"plain": f"{__name__}:stopping"},
            ("classify",),
            2024,
            "",
            None,
        )
    ]
)


def held_out(texts, labels, **parameters):
    parameters = {"random_state": 0, **parameters}
    classifier = TextClassifier("stopping", catalog=OWN, **parameters).fit(texts, labels)
    train, *dev = classifier.bundle_.provenance.notes
    return int(train.split()[0]), dev


@pytest.mark.parametrize(("dev_size", "count"), [(0.1, 20), (0.25, 50), (30, 30), (np.int64(30), 30)])
def test_a_member_that_stops_by_dev_rows_is_given_each_class_in_proportion(dev_size, count):
    texts = [f"text {row}" for row in range(200)]
    labels = ["rare" if row % 10 == 0 else "often" for row in range(200)]
    train, dev = held_out(texts, labels, dev_size=dev_size)
    assert (train, len(dev)) == (200 - count, count)
    assert sum(int(text.split()[1]) % 10 == 0 for text in dev) == pytest.approx(count / 10, abs=1)
    assert held_out(texts, labels, dev_size=dev_size) == (train, dev)
    assert held_out(texts, labels, dev_size=dev_size, random_state=1)[1] != dev


def test_equal_texts_are_held_out_together():
    texts = [f"text {row % 50}" for row in range(200)]
    labels = ["even" if row % 2 else "odd" for row in range(200)]
    train, dev = held_out(texts, labels, dev_size=0.2)
    assert len(dev) == 4 * len(set(dev)) > 0
    assert train + len(dev) == 200


@pytest.mark.parametrize("dev_size", [None, 0, 0.0])
def test_no_row_is_held_out_where_none_shall(dev_size):
    assert held_out(TEXTS, LABELS, dev_size=dev_size) == (len(TEXTS), [])


def test_a_class_with_a_single_row_is_learnt_from():
    train, dev = held_out(["a", "b", "c", "d"], ["x", "x", "x", "y"], dev_size=0.25)
    assert (train, len(dev)) == (3, 1)
    assert dev != ["d"]


def test_a_member_that_does_not_stop_learns_from_all_rows():
    classifier = TextClassifier("tfidf-svm", random_state=0, dev_size=0.5).fit(TEXTS, LABELS)
    assert classifier.bundle_.provenance.rows == len(TEXTS)


def test_an_own_member_travels_with_its_catalog():
    classifier = TextClassifier("stopping", catalog=OWN).fit(TEXTS, LABELS)
    copy = sent(classifier)
    np.testing.assert_array_equal(copy.predict_proba(TEXTS), classifier.predict_proba(TEXTS))
    assert clone(classifier).fit(TEXTS, LABELS).predict(TEXTS[:1]) == classifier.predict(TEXTS[:1])


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "decision_function", "explain", "top_features"])
def test_nothing_is_said_before_fit(ask):
    with pytest.raises(NotFittedError):
        getattr(TextClassifier(), ask)(["text"])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"model": "tfidf-rl"}, "unknown model 'tfidf-rl'. Did you mean 'tfidf-lr'"),
        ({"model": "tfidf-lr:word"}, "unknown preset of tfidf-lr 'word'"),
        ({"model": 3}, "model is 3"),
        ({"language": "fr"}, "unknown language 'fr'.*auto, zh, en, mixed"),
        ({"settings": ["model.learner.D=3"]}, "there is no setting 'model.learner.D'"),
        ({"settings": ["model.learner.C"]}, "has no value"),
        ({"settings": {"model.learner.C": -1}}, "greater than 0"),
        ({"settings": {"model.learner.C": object()}}, "plain values"),
        ({"settings": 3}, "settings is 3"),
        ({"settings": [3]}, r"settings is \[3\]"),
        ({"class_weight": {"godo": 2.0}}, "unknown class 'godo'. Did you mean 'good'"),
        ({"class_weight": {"good": -2.0}}, "greater than 0"),
        ({"class_weight": "heavy"}, "class_weight"),
        ({"random_state": -1}, "seed"),
        ({"random_state": 1 << 32}, "seed"),
        ({"n_jobs": 0}, "n_jobs is 0"),
        ({"n_jobs": 1.5}, "n_jobs is 1.5"),
        ({"n_jobs": True}, "n_jobs is True"),
        ({"dev_size": 1.0}, "dev_size is 1.0 of 120 rows"),
        ({"dev_size": 120}, "dev_size is 120 of 120 rows"),
        ({"dev_size": -0.1}, "dev_size is -0.1"),
        ({"dev_size": "0.1"}, "dev_size is '0.1'"),
        ({"dev_size": True}, "dev_size is True"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused_in_fit(parameters, message):
    classifier = TextClassifier(**parameters)
    with pytest.raises(ParameterError, match=message) as refused:
        classifier.fit(TEXTS, LABELS)
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, WenmaiError)
    assert not hasattr(classifier, "bundle_")


def test_a_budget_that_is_spent_is_an_error_of_fitting():
    with pytest.raises(FittingError, match="budget was spent"):
        TextClassifier(budget=0.0).fit(TEXTS, LABELS)


def test_texts_without_words_are_an_error_of_fitting():
    with pytest.raises(FittingError, match="none of the 4 texts has an n-gram"):
        TextClassifier().fit(["", " ", "", ""], ["a", "b"] * 2)


def test_texts_and_labels_that_cannot_be_used():
    with pytest.raises(InputTypeError):
        TextClassifier().fit([1, 2], ["a", "b"])
    with pytest.raises(InputError):
        TextClassifier().fit(["one", "two"], ["a", "a"])
    with pytest.raises(InputError):
        TextClassifier().fit(TEXTS, LABELS).predict("one text")


def test_it_is_shown_with_the_parameters_that_were_given():
    assert repr(TextClassifier("tfidf-lr:chars", n_jobs=2)) == "TextClassifier(model='tfidf-lr:chars', n_jobs=2)"
    assert "TextClassifier" in TextClassifier().fit(TEXTS, LABELS)._repr_html_()
    assert not hasattr(TextClassifier().fit(TEXTS, LABELS), "n_features_in_")

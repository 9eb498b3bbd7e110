"""The linear rungs against scikit-learn's own pipelines, on the same words, the same characters, the same split."""

import gzip

import numpy as np
import pytest
from corpora import labelled, reviews
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from wenmai.models.contract import Run
from wenmai.models.features import CountConfig, CountFeatures
from wenmai.models.learners import LinearSVM, Logistic, NaiveBayes
from wenmai.models.linear import LinearConfig
from wenmai.recipe import Recipe, TrainingConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment
from wenmai.training import fit

UNITS = ("words", "characters")


def pipeline_config(unit, language):
    return PipelineConfig(segment=WordSegment(language=language) if unit == "words" else CharacterSegment())


def symbols(pipeline, data):
    """What scikit-learn is given of each text: our words, or our cleaned text."""
    texts = list(data.inputs().text)
    return pipeline.cleaned(texts) if pipeline.by_character else pipeline.words(texts)


def same(words):
    return words


def vectorizer(unit, config, **settings):
    kind = TfidfVectorizer if config.weighting == "tfidf" else CountVectorizer
    if config.weighting == "tfidf":
        settings["sublinear_tf"] = config.sublinear
    if unit == "words":
        settings |= {"tokenizer": same, "preprocessor": same, "token_pattern": None}
    else:
        settings["analyzer"] = "char"
    return kind(
        ngram_range=config.ngrams,
        min_df=config.min_documents,
        max_df=config.max_share,
        max_features=config.max_features,
        lowercase=False,
        **settings,
    )


def without_tie(unit, config, texts, near):
    """A number of features, close to ``near``, at which scikit-learn need not choose between equally frequent ones."""
    counted = vectorizer(unit, config.but(weighting="counts", sublinear=False, max_features=None)).fit_transform(texts)
    totals = np.sort(np.asarray(counted.sum(axis=0)).ravel())[::-1]
    limits = np.flatnonzero(totals[:-1] > totals[1:]) + 1
    return int(limits[np.argmin(np.abs(limits - near))])


CONFIGS = {
    ("words", "unigrams"): CountConfig(),
    ("words", "bigrams too"): CountConfig(ngrams=(1, 2)),
    ("words", "rare and common ones out"): CountConfig(ngrams=(1, 2), min_documents=3, max_share=0.4),
    ("words", "sublinear"): CountConfig(ngrams=(2, 3), sublinear=True, min_documents=2),
    ("words", "limited"): CountConfig(ngrams=(1, 2), max_features=60),
    ("words", "counts"): CountConfig(ngrams=(1, 2), weighting="counts", max_share=0.5),
    ("characters", "one to three"): CountConfig(ngrams=(1, 3)),
    ("characters", "rare and common ones out"): CountConfig(ngrams=(1, 3), min_documents=4, max_share=0.6),
    ("characters", "limited and sublinear"): CountConfig(ngrams=(1, 2), max_features=90, sublinear=True),
    ("characters", "counts"): CountConfig(ngrams=(2, 3), weighting="counts", min_documents=2),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("unit", "what"), CONFIGS)
def test_features_and_their_values_are_those_of_scikit_learn(unit, what, language):
    train, other = reviews(language, 3), reviews(language, 3, rows=60, seed=1)
    pipeline, config = Pipeline(pipeline_config(unit, language)), CONFIGS[unit, what]
    texts = symbols(pipeline, train)
    if config.max_features is not None:
        config = config.but(max_features=without_tie(unit, config, texts, config.max_features))
    reference, features = vectorizer(unit, config), CountFeatures(config, pipeline)
    expected, rows = reference.fit_transform(texts), features.fit(train, Run(threads=2))
    names = [features.name(column) for column in range(len(features.keys))]
    assert set(names) == set(reference.vocabulary_)
    order = [reference.vocabulary_[name] for name in names]
    np.testing.assert_allclose(rows.to_csr().toarray(), expected.toarray()[:, order], atol=1e-6)
    expected = reference.transform(symbols(pipeline, other)).toarray()[:, order]
    np.testing.assert_allclose(features.transform(other, Run()).to_csr().toarray(), expected, atol=1e-6)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("unit", "what"), CONFIGS)
def test_a_few_texts_by_numpy_alone_have_the_values_of_the_kernel(unit, what, language):
    other = reviews(language, 3, rows=60, seed=1)
    features = CountFeatures(CONFIGS[unit, what], Pipeline(pipeline_config(unit, language)))
    features.fit(reviews(language, 3), Run())
    rows, columns, values = features.rows(other.inputs().text)
    dense = np.zeros((len(other), len(features.keys)))
    dense[rows, columns] = values
    np.testing.assert_allclose(dense, features.transform(other, Run()).to_csr().toarray(), atol=1e-6)


LEARNERS = {
    "naive bayes": (CountConfig(weighting="counts"), NaiveBayes(alpha=0.5), lambda: MultinomialNB(alpha=0.5)),
    "logistic": (CountConfig(), Logistic(C=3), lambda: LogisticRegression(C=3, max_iter=5000, tol=1e-9)),
    "svm": (CountConfig(), LinearSVM(C=0.7), lambda: LinearSVC(C=0.7, random_state=0)),
}


MARGIN = 1e-3
"""Both solvers of the SVM stop once no row violates its condition by more than 1e-4; in between they go other ways."""


def trained(learner, unit, train, class_weight="none"):
    counts, ours, _ = LEARNERS[learner]
    features = counts if unit == "words" else counts.but(ngrams=(1, 3), min_documents=2)
    recipe = Recipe(
        member={"naive bayes": "naive-bayes", "logistic": "tfidf-lr", "svm": "tfidf-svm"}[learner],
        model=LinearConfig(features=features, learner=ours),
        pipeline=pipeline_config(unit, train.schema.language),
        training=TrainingConfig(class_weight=class_weight),
    )
    return fit(recipe, train, seed=0)


def reference_pipeline(bundle, unit, estimator):
    return make_pipeline(vectorizer(unit, bundle.recipe.model.features), estimator)


def assert_same_classes(learner, unit, train, test, class_weight="none"):
    bundle = trained(learner, unit, train, class_weight)
    estimator = LEARNERS[learner][2]()
    weights = {}
    if class_weight == "balanced":
        # As rows, not by the estimator's class_weight: of several classes LIBLINEAR weighs each only against an
        # unweighted rest, and naive Bayes has no such setting. Elsewhere the two are the same, as the next test shows.
        _, numbers, counts = np.unique(train.answers(), return_inverse=True, return_counts=True)
        step = type(estimator).__name__.lower()
        weights[f"{step}__sample_weight"] = len(train) / (len(counts) * counts[numbers])
    reference = reference_pipeline(bundle, unit, estimator)
    reference.fit(symbols(bundle.pipeline, train), train.answers(), **weights)
    texts = symbols(bundle.pipeline, test)
    predictions = bundle.predict(test)
    order = [bundle.task.labels.index(label) for label in reference.classes_]
    if learner == "svm":
        logits = bundle.outputs(test)[:, order] / bundle.model.sharpness
        margins = logits[:, 1] - logits[:, 0] if len(order) == 2 else logits
        np.testing.assert_allclose(margins, reference.decision_function(texts), atol=MARGIN)
    else:
        ours = np.array([[row.probabilities[label] for label in reference.classes_] for row in predictions])
        np.testing.assert_allclose(ours, reference.predict_proba(texts), atol=1e-4)
    expected = reference.predict(texts).tolist()
    assert [row.label for row in predictions] == expected
    accuracy = np.mean([said == label for said, label in zip(expected, test.answers(), strict=True)])
    found = bundle.task.scores(bundle.outputs(test), bundle.task.targets(test))["accuracy"]
    assert found == pytest.approx(accuracy, abs=1e-12)
    return accuracy


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("learner", LEARNERS)
def test_one_label_a_row_is_predicted_as_by_scikit_learn(learner, unit, classes, language):
    train, test = reviews(language, classes), reviews(language, classes, rows=90, seed=1)
    assert assert_same_classes(learner, unit, train, test) > 0.7


def unbalanced(classes):
    data = reviews("en", classes)
    return data.select([row for row, label in enumerate(data.answers()) if label != "good" or row % 5 == 0])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("learner", LEARNERS)
def test_balanced_classes_are_predicted_as_by_scikit_learn(learner, classes):
    assert_same_classes(learner, "words", unbalanced(classes), reviews("en", classes, rows=90, seed=1), "balanced")


@pytest.mark.parametrize(("learner", "classes"), [("logistic", 2), ("logistic", 3), ("svm", 2)])
def test_balanced_means_what_it_means_in_scikit_learn(learner, classes):
    train = unbalanced(classes)
    bundle = trained(learner, "words", train, "balanced")
    reference = reference_pipeline(bundle, "words", LEARNERS[learner][2]().set_params(class_weight="balanced"))
    reference.fit(symbols(bundle.pipeline, train), bundle.task.targets(train))
    ours = bundle.outputs(train) / bundle.model.sharpness
    ours = ours[:, 1] - ours[:, 0] if classes == 2 else ours
    np.testing.assert_allclose(ours, reference.decision_function(symbols(bundle.pipeline, train)), atol=1e-3)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("learner", "class_weight"), [*((name, "none") for name in LEARNERS), ("logistic", "balanced"), ("svm", "balanced")]
)
def test_several_labels_a_row_are_predicted_as_one_against_the_rest(learner, language, class_weight):
    train, test = (reviews(language, 3, rows=rows, seed=rows, several=True) for rows in (150, 70))
    bundle = trained(learner, "words", train, class_weight)
    estimator = LEARNERS[learner][2]()
    if class_weight == "balanced":
        estimator.set_params(class_weight="balanced")
    reference = reference_pipeline(bundle, "words", OneVsRestClassifier(estimator))
    reference.fit(symbols(bundle.pipeline, train), bundle.task.targets(train))
    texts, outputs = symbols(bundle.pipeline, test), bundle.outputs(test)
    if learner == "svm":
        np.testing.assert_allclose(outputs / bundle.model.sharpness, reference.decision_function(texts), atol=MARGIN)
    else:
        np.testing.assert_allclose(bundle.task.probabilities(outputs), reference.predict_proba(texts), atol=1e-4)
    expected = [
        tuple(label for label, carried in zip(bundle.task.labels, row, strict=True) if carried)
        for row in reference.predict(texts)
    ]
    assert [row.labels for row in bundle.predict(test)] == expected


def real_rows(folder, language, part, count):
    if language == "en":
        with gzip.open(folder / f"en/sst2/stsa.binary.{part}.gz", "rt", encoding="utf-8") as file:
            pairs = [line.rstrip("\n").split(" ", 1)[::-1] for line in file]
    else:
        with gzip.open(folder / f"zh/chnsenticorp/{part}.tsv.gz", "rt", encoding="utf-8", newline="\n") as file:
            pairs = [line.rstrip("\r\n").rsplit("\t", 1) for line in file]
    pairs = [pair for pair in pairs if len(pair) == 2 and pair[1] in ("0", "1", "negative", "positive")][:count]
    return labelled(*map(list, zip(*pairs, strict=True)), language)


@pytest.mark.data
@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize(("language", "unit"), [("zh", "words"), ("en", "words"), ("zh", "characters")])
def test_real_reviews_are_predicted_as_by_scikit_learn(language, unit, learner, real_data):
    train, test = real_rows(real_data, language, "train", 2500), real_rows(real_data, language, "dev", 800)
    assert len(train) == 2500
    assert len(test) == 800
    assert assert_same_classes(learner, unit, train, test) > 0.7

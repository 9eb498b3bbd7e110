import numpy as np
import pytest
from corpora import WORDS, labelled, reviews

from wenmai.data.dataset import Inputs
from wenmai.models.calibration import cross_fitted_sharpness, fit_sharpness
from wenmai.models.contract import Head, Run
from wenmai.models.learners import LinearSVM
from wenmai.recipe import recipe_for
from wenmai.training import fit

TWO = Head("classes", 2, ("a", "b"))


def trained(rung, data, dev=None, **features):
    recipe = recipe_for(rung, data.schema.language)
    if features:
        recipe = recipe.but(model=recipe.model.but(features=recipe.model.features.but(**features)))
    return fit(recipe, data, dev)


def log_loss(bundle, data):
    return bundle.task.scores(bundle.outputs(data), bundle.task.targets(data))["log_loss"]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_an_svm_has_sensible_probabilities_with_dev_rows_and_without(classes, several):
    train, dev, test = (reviews("en", classes, rows=240, seed=seed, several=several) for seed in range(3))
    with_dev, without = trained("tfidf-svm:words", train, dev), trained("tfidf-svm:words", train)
    logistic = trained("tfidf-lr:words", train)
    assert without.model.sharpness[0] == pytest.approx(with_dev.model.sharpness[0], rel=0.35)
    for bundle in (with_dev, without):
        assert log_loss(bundle, test) < log_loss(logistic, test) * 1.1
        bundle.model.sharpness = np.ones(1, np.float32)
    assert log_loss(trained("tfidf-svm:words", train), test) < log_loss(without, test)


@pytest.mark.parametrize("several", [False, True])
def test_probabilities_change_no_decision(several):
    train, test = (reviews("en", 3, seed=seed, several=several) for seed in range(2))
    bundle = trained("tfidf-svm:words", train)
    before = [row.labels for row in bundle.predict(test)]
    bundle.model.sharpness = np.ones(1, np.float32)
    assert [row.labels for row in bundle.predict(test)] == before


def test_sharpness_makes_the_targets_most_probable():
    generator = np.random.default_rng(0)
    margins = generator.normal(size=20_000)
    targets = (generator.random(20_000) < 1 / (1 + np.exp(-3 * margins))).astype(np.int64)
    logits = np.stack([-margins / 2, margins / 2], axis=1)
    assert fit_sharpness(logits, targets, TWO)[0] == pytest.approx(3, rel=0.05)
    found = fit_sharpness(margins[:, None], targets[:, None].astype(np.int8), Head("labels", 1, ("a",)))
    assert found[0] == pytest.approx(3, rel=0.05)


def test_a_few_rows_that_are_all_right_are_not_taken_for_certain():
    logits = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    sharpness = fit_sharpness(logits, np.array([0, 1, 0, 1]), TWO)
    probability = 1 / (1 + np.exp(-2 * sharpness[0]))
    assert probability == pytest.approx(3 / 4, abs=0.01)


@pytest.mark.parametrize(
    ("targets", "head"),
    [
        (np.array([0, 1]), TWO),
        (np.array([0, 1, 1, 1, 1, 1]), TWO),
        (np.array([[1, 0], [1, 0], [0, 0], [0, 0]], np.int8)[:, 1:], Head("labels", 1, ("a",))),
    ],
    ids=["two rows", "a class of one row", "a label that no row has"],
)
def test_rows_that_cannot_tell_leave_the_margins_as_they_are(targets, head):
    assert cross_fitted_sharpness(LinearSVM(), None, targets, head, Run()).tolist() == [1]


def test_a_label_of_few_rows_is_left_aside_and_the_others_judged():
    data = reviews("en", 2, rows=60, several=True)
    answers = [[*labels, "rare"] if row == 0 else labels for row, labels in enumerate(data.answers())]
    bundle = trained("tfidf-svm:words", labelled(list(data.inputs().text), answers, several=True))
    plain = trained("tfidf-svm:words", data)
    assert bundle.model.sharpness[0] == pytest.approx(plain.model.sharpness[0], rel=1e-3)


def test_a_text_without_a_known_word_has_the_bias_alone():
    bundle = trained("tfidf-lr:words", reviews("en"))
    outputs = bundle.outputs(Inputs(["", "zzz yyy", "\n"]))
    assert (outputs == outputs[0]).all()
    assert outputs[0, 1] - outputs[0, 0] == pytest.approx(float(bundle.model.bias[0]))


@pytest.mark.parametrize("rung", ["naive-bayes:words", "tfidf-lr:words", "tfidf-svm:words"])
def test_one_feature_is_enough(rung):
    bundle = trained(rung, labelled(["great", "", "great", "", "great", ""], list("yxyxyx")))
    assert [row.label for row in bundle.predict(["great", ""])] == ["y", "x"] or rung == "naive-bayes:words"
    assert [name for name, _ in bundle.top_features(1)] == ["great"]


def test_the_words_that_decide_are_those_of_the_class():
    bundle = trained("tfidf-lr:words", reviews("en", 3))
    top = {label: [name for name, _ in bundle.top_features(at, 4)] for at, label in enumerate(bundle.task.labels)}
    assert set(top["good"]) <= set(WORDS["en"]["good"])
    text = "the phone is great but the courier late"
    found = bundle.explain(text, bundle.task.labels.index("good"))
    weights = {text[start:end]: weight for (start, end), weight in zip(found.spans, found.weights, strict=True)}
    assert weights["great"] == max(weights.values()) > 0
    assert weights["but"] == 0
    assert min(weights, key=weights.get) in ("courier", "late")


@pytest.mark.parametrize("ngrams", [(1, 1), (1, 2), (2, 2), (1, 3)])
@pytest.mark.parametrize("sublinear", [False, True])
def test_ngrams_share_their_weight_among_their_words(ngrams, sublinear):
    bundle = trained("tfidf-lr:words", reviews("en", 3), ngrams=ngrams, sublinear=sublinear)
    texts = Inputs(["really really great phone , great phone it is", ""])
    gained = bundle.outputs(texts)[0] - bundle.outputs(texts)[1]
    for output in range(3):
        expected = gained[output] - np.delete(gained, output).mean()
        assert bundle.model.attribute(texts.text[0], output).weights.sum() == pytest.approx(expected, abs=1e-6)


def test_the_kernel_and_numpy_give_the_same_logits():
    train, test = reviews("zh", 3), reviews("zh", 3, seed=1)
    bundle = trained("tfidf-lr:chars", train)
    rows = bundle.model.features.transform(test, Run())
    np.testing.assert_allclose(rows.times(bundle.model.weights) + bundle.model.bias, bundle.outputs(test), atol=1e-5)

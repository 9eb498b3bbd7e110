"""Averaged vectors: features by their formulas, and inputs that are missing, others, or without vectors."""

import numpy as np
import pytest
from corpora import labelled, reviews
from given import fit, vectors

from wenmai.bundle import load_bundle
from wenmai.core.errors import BundleError, UsageError
from wenmai.models.averaged_vectors import WeightedVectorsConfig
from wenmai.models.contract import Head, Parts, Run
from wenmai.models.word_features import (
    Centroids,
    Mean,
    SmoothInverse,
    TfidfMean,
    WordFeatures,
    leading_direction,
)
from wenmai.recipe import InputReference, recipe_for, with_inputs
from wenmai.training import fit as fit_alone

PRESETS = ("mean", "tfidf", "sif", "centroids")
presets = pytest.mark.parametrize("preset", PRESETS)


class Table:
    """Three words, and vectors composed for words that begin with x."""

    words = ("a", "b", "c")
    counts = np.array([6, 3, 1], np.int64)
    vectors = np.array([[1, 0], [0, 1], [1, 1]], np.float32)

    def vector_of(self, word):
        if word in self.words:
            return self.vectors[self.words.index(word)]
        return np.array([5, len(word)], np.float32) if word.startswith("x") else None


def features(config, *texts):
    found = WordFeatures(config, Table())
    found.fit([found.numbers(text.split()) for text in texts], Run())
    return found


def feature(found, text):
    return found.sum_of(found.numbers(text.split())).tolist()


def test_the_mean_is_of_the_known_words():
    found = features(Mean())
    assert feature(found, "a b unknown") == [0.5, 0.5]
    assert feature(found, "a xyz") == [3.0, 1.5]
    assert feature(found, "unknown") == feature(found, "") == [0, 0]


def test_words_of_few_texts_weigh_more_by_tfidf():
    found = features(TfidfMean(), "a b", "a a", "a c", "a")
    rare, common, unseen = np.log(5 / 2) + 1, 1.0, np.log(5) + 1
    expected = (common * np.array([1, 0]) + rare * np.array([0, 1])) / (rare + common)
    np.testing.assert_allclose(feature(found, "a b"), expected)
    np.testing.assert_allclose(
        feature(found, "b xy"), (rare * np.array([0, 1]) + unseen * np.array([5, 2])) / (rare + unseen)
    )


def test_frequent_words_weigh_less_by_sif():
    found = features(SmoothInverse(a=0.1))
    weight = {"a": 0.1 / 0.7, "b": 0.1 / 0.4, "c": 0.1 / 0.2}
    np.testing.assert_allclose(feature(found, "a b"), [weight["a"] / 2, weight["b"] / 2])
    np.testing.assert_allclose(feature(found, "c xy"), [(weight["c"] + 5) / 2, (weight["c"] + 2) / 2])


def test_sif_needs_counts():
    found = WordFeatures(SmoothInverse(), Table())
    found.source.counts = np.zeros(3, np.int64)
    with pytest.raises(UsageError, match="without counts of their words"):
        found.fit([], Run())


def test_clusters_are_counted_as_shares():
    found = features(Centroids(clusters=3))
    cluster = {word: int(np.argmax(feature(found, word))) for word in "abc"}
    assert sorted(cluster.values()) == [0, 1, 2]
    shares = feature(found, "a a b unknown")
    assert shares[cluster["a"]] == pytest.approx(2 / 3)
    assert shares[cluster["b"]] == pytest.approx(1 / 3)
    assert feature(found, "xyzxyz")[cluster["c"]] == 1
    assert len(features(Centroids(clusters=50)).centres) == 3


@pytest.mark.parametrize("config", [Mean(), TfidfMean(), SmoothInverse(), Centroids(clusters=2)])
def test_shares_add_up_to_the_feature(config):
    found = features(config, "a b", "a c")
    text = found.numbers(["b", "unknown", "a", "xy", "a"])
    shares = dict(found.shares(text))
    assert list(shares) == [0, 2, 3, 4]
    np.testing.assert_allclose(sum(shares.values()), found.sum_of(text))
    direction = np.array([0.5, -2.0])
    one_word = [found.sum_of(found.numbers([word])) @ direction for word in found.source.words]
    np.testing.assert_allclose(found.times(direction), one_word, rtol=1e-6)


def test_the_leading_direction_is_the_first_singular_vector():
    rows = np.random.default_rng(0).standard_normal((30, 4)) + np.array([3, 0, 0, 0])
    exact = np.linalg.svd(rows)[2][0]
    assert abs(leading_direction(rows) @ exact) == pytest.approx(1)
    assert leading_direction(np.zeros((3, 2))).tolist() == [0, 0]


def test_sif_takes_out_what_all_texts_have_in_common():
    bundle = fit(recipe_for("averaged-vectors:sif", "en"), reviews("en", 3))
    model = bundle.model
    rows = np.array(
        [
            model.features.sum_of(model.features.numbers(words))
            for words in bundle.pipeline.words(list(reviews("en", 3).inputs().text))
        ]
    )
    np.testing.assert_allclose(leading_direction(rows) @ model.weights, 0, atol=1e-9)


@presets
def test_the_fit_says_how_many_words_have_vectors(preset):
    bundle = fit(
        recipe_for(f"averaged-vectors:{preset}", "en"), labelled(["great nonsuch", "awful nonsuch"], ["x", "y"])
    )
    assert bundle.provenance.notes[0] == "the input has vectors of 50.0% of the 4 words of the training texts"


@presets
def test_without_its_input_it_is_refused(preset):
    with pytest.raises(UsageError, match="'vectors', which the recipe does not have. Give a bundle of word vectors"):
        fit_alone(recipe_for(f"averaged-vectors:{preset}", "en"), reviews("en"))


def test_an_input_without_vectors_is_refused():
    classifier = fit_alone(recipe_for("majority", "en"), reviews("en"))
    recipe = recipe_for("averaged-vectors", "en")
    recipe = with_inputs(recipe, [InputReference(name="vectors", content=classifier.fingerprint)])
    with pytest.raises(UsageError, match="the input 'vectors' holds no vectors of words"):
        fit_alone(recipe, reviews("en"), inputs={"vectors": classifier})


def test_the_saved_bundle_takes_the_vectors_along(tmp_path):
    bundle = fit(recipe_for("averaged-vectors:tfidf", "en"), reviews("en", 3))
    bundle.save(tmp_path / "saved")
    again = load_bundle(tmp_path / "saved")
    assert again.inputs["vectors"].fingerprint == vectors("en").fingerprint
    assert again.predict("a great phone")[0].to_dict() == bundle.predict("a great phone")[0].to_dict()


def test_a_state_of_other_clusters_is_refused():
    model = fit(recipe_for("averaged-vectors:centroids", "en"), reviews("en", 3)).model
    parts = Parts(model.pipeline, Head("classes", 3, ("a", "b", "c")), {"vectors": vectors("en")})
    arrays = model.arrays()
    for centres, message in (
        (arrays["centres"][:-1], "weights for .* features"),
        (arrays["centres"][:0], "no cluster"),
    ):
        with pytest.raises(BundleError, match=message):
            WeightedVectorsConfig(weighting=Centroids()).build(parts).restore({**arrays, "centres": centres})

"""What every member that learns vectors of words keeps to, a new one too: each test runs over all of their presets."""

import itertools
import json

import numpy as np
import pyarrow as pa
import pytest
from corpora import VERY_ODD, WORDS, reviews
from fresh_process import assert_they_come_back

from wenmai.catalog import CATALOG
from wenmai.core.errors import ConfigError, FitError, UsageError
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.word_table import HoldsWordVectors
from wenmai.recipe import has_setting, parse_recipe, recipe_for, with_settings
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import TaggedSegment, WordSegment
from wenmai.training import fit

RUNGS = [
    f"{name}:{preset}" for name, entry in CATALOG.entries.items() if "embed" in entry.tasks for preset in entry.presets
]
BRIEF = ("model.dim=16", "model.epochs=25", "model.hidden_size=16", "model.sample=0")
"""Narrow vectors, and as many passes over all words as show something on so little text, where a member has these."""

rungs = pytest.mark.parametrize("rung", RUNGS)
languages = pytest.mark.parametrize("language", ["zh", "en"])


def tagged(rung):
    """Whether a member learns of words with their tags."""
    return isinstance(recipe_for(rung, "en").pipeline.segment, TaggedSegment)


def data_of(rung, language, rows=300, seed=0):
    texts = list(reviews(language, 3, rows=rows, seed=seed).inputs().text)
    if tagged(rung):
        words = Pipeline(PipelineConfig(segment=WordSegment(language=language))).words(texts)
        texts = [" ".join(f"{word}|w" for word in row) for row in words]
    return Dataset(pa.table({"text": texts}), Schema(columns=EmbedColumns(), language=language), "made up")


def briefly(rung, language):
    recipe = recipe_for(rung, language)
    return with_settings(recipe, [setting for setting in BRIEF if has_setting(recipe, setting)])


_fitted = {}


def fitted(rung, language):
    """The bundle of a rung, fitted once and only read by the tests."""
    if (rung, language) not in _fitted:
        _fitted[rung, language] = fit(briefly(rung, language), data_of(rung, language))
    return _fitted[rung, language]


@rungs
@languages
def test_it_holds_words_by_falling_frequency_and_their_vectors(rung, language):
    bundle = fitted(rung, language)
    model = bundle.model
    assert isinstance(model, HoldsWordVectors)
    assert model.vectors.dtype == np.float32
    assert model.vectors.shape == (len(model.words), bundle.recipe.model.dim)
    assert len(set(model.words)) == len(model.words) > 10
    assert (np.diff(model.counts) <= 0).all()
    assert all(np.any(model.vector_of(word)) for word in model.words)


@rungs
@languages
def test_a_word_is_its_vector_and_a_text_the_mean_of_its_words(rung, language):
    bundle, known = fitted(rung, language), fitted(rung, language).model.words[:3]
    model = bundle.model
    vectors = [model.vector_of(word) for word in known]
    np.testing.assert_array_equal(bundle.outputs(Inputs(known)), np.stack(vectors))
    text = " ".join(known)
    pieces = [piece for piece in bundle.pipeline.words([text])[0] if model.vector_of(piece) is not None]
    mean = np.mean([model.vector_of(piece) for piece in pieces], axis=0)
    np.testing.assert_allclose(bundle.outputs(Inputs([text]))[0], mean, rtol=1e-5, atol=1e-6)
    assert not bundle.outputs(Inputs([""])).any()


@rungs
@languages
def test_a_text_is_answered_alone_as_in_a_batch(rung, language):
    bundle, texts = fitted(rung, language), list(data_of(rung, language, 40, seed=1).inputs().text)
    alone = np.concatenate([bundle.outputs(Inputs([text])) for text in texts])
    np.testing.assert_array_equal(alone, bundle.outputs(Inputs(texts)))


@rungs
def test_words_that_stand_together_come_to_be_alike(rung):
    bundle = fit(briefly(rung, "en"), data_of(rung, "en", 1500))
    model = bundle.model
    spelt = "{}|w" if tagged(rung) else "{}"
    groups = [
        [known for word in words if (known := spelt.format(word)) in model.words]
        for name, words in WORDS["en"].items()
        if name
    ]
    if not all(len(group) > 3 for group in groups):
        pytest.skip("its pieces are no words")
    unit = {word: model.vector_of(word) / np.linalg.norm(model.vector_of(word)) for word in itertools.chain(*groups)}
    same = [unit[one] @ unit[other] for group in groups for one, other in itertools.combinations(group, 2)]
    apart = [
        unit[one] @ unit[other]
        for first, second in itertools.combinations(groups, 2)
        for one, other in itertools.product(first, second)
    ]
    assert np.mean(same) > np.mean(apart) + 0.05


def test_every_rung_comes_back_from_disk_in_a_fresh_process(tmp_path):
    texts = (*data_of("word2vec", "zh", 5, seed=1).inputs().text, "", "别的 anything else")
    assert_they_come_back({rung: fitted(rung, "zh") for rung in RUNGS}, Inputs(texts), tmp_path)


@rungs
@languages
def test_its_recipe_comes_back_from_json(rung, language):
    recipe = recipe_for(rung, language)
    assert parse_recipe(json.loads(recipe.to_json())) == recipe


@rungs
def test_an_unknown_setting_is_refused_naming_the_nearest(rung):
    values = json.loads(recipe_for(rung, "en").to_json())
    for known in values["model"]:
        with pytest.raises(ConfigError, match=f"unknown setting 'model.{known[:-1]}z'. Did you mean '"):
            parse_recipe({**values, "model": {**values["model"], f"{known[:-1]}z": 1}})


@rungs
def test_the_same_seed_gives_the_same_bundle(rung):
    recipe = briefly(rung, "en")
    again = fit(recipe, data_of(rung, "en"))
    assert again.fingerprint == fitted(rung, "en").fingerprint
    if recipe.model.random:
        assert fit(recipe, data_of(rung, "en"), seed=1).fingerprint != again.fingerprint


@rungs
def test_the_number_of_threads_changes_neither_words_nor_counts(rung):
    bundle = fit(briefly(rung, "zh"), data_of(rung, "zh"), threads=3)
    assert bundle.model.words == fitted(rung, "zh").model.words
    np.testing.assert_array_equal(bundle.model.counts, fitted(rung, "zh").model.counts)


@rungs
def test_no_text_is_too_odd_to_be_answered(rung):
    for text in VERY_ODD:
        (prediction,) = fitted(rung, "en").predict(text)
        assert np.isfinite(prediction.vector).all(), text[:9]
        assert prediction.known == bool(np.any(prediction.vector)), text[:9]


@rungs
def test_a_text_without_a_frequent_word_is_a_failure_that_says_so(rung):
    recipe = with_settings(recipe_for(rung, "en"), ["model.min_count=100000"])
    with pytest.raises(FitError, match="min_count"):
        fit(recipe, data_of(rung, "en"))


@rungs
def test_a_spent_budget_is_a_failure_that_says_so(rung):
    with pytest.raises(FitError, match="budget was spent"):
        fit(recipe_for(rung, "en"), data_of(rung, "en"), budget=0)


@rungs
def test_labelled_rows_are_not_what_it_learns(rung):
    with pytest.raises(UsageError, match="does not learn 'classify'"):
        fit(recipe_for(rung, "en"), reviews("en"))

"""What every rung of the catalog that tags keeps to: each test runs over all of their presets."""

import json

import numpy as np
import pytest
from corpora import ODD, whereabouts
from fresh_process import assert_they_come_back
from given import fit

from wenmai.blocks.encoder import EncoderConfig
from wenmai.catalog import CATALOG
from wenmai.core.errors import ConfigError, FitError
from wenmai.data.dataset import Inputs
from wenmai.recipe import parse_recipe, recipe_for, with_settings

RUNGS = [
    f"{name}:{preset}" for name, entry in CATALOG.entries.items() if "tag" in entry.tasks for preset in entry.presets
]
rungs = pytest.mark.parametrize("rung", RUNGS)
languages = pytest.mark.parametrize("language", ["zh", "en"])


BRIEF = ["budget.epochs=8", "precision=float32", "learning_rate=0.01"]
SMALL = {
    "BiLSTMTaggerConfig": ["model.hidden_size=16", "model.dropout=0.1"],
    "EncoderTaggerConfig": ["model.dropout=0", "training.loop.budget.epochs=5"],
}


def briefly(rung, language):
    """The recipe of a rung; of a network a small one with few passes, in float32."""
    recipe = recipe_for(rung, language)
    if recipe.training.loop is None:
        return recipe
    settings = [*(f"training.loop.{one}" for one in BRIEF), *SMALL[type(recipe.model).__name__]]
    if isinstance(getattr(recipe.model, "encoder", None), EncoderConfig):
        settings += ["model.encoder.block.width=32", "model.encoder.block.heads=2", "model.encoder.layers=1"]
    return with_settings(recipe, settings)


_fitted = {}


def fitted(rung, language):
    """The bundle of a rung, fitted once and only read by the tests."""
    if (rung, language) not in _fitted:
        _fitted[rung, language] = fit(briefly(rung, language), whereabouts(language))
    return _fitted[rung, language]


@rungs
@languages
def test_it_finds_the_names_of_sentences_like_its_own(rung, language):
    bundle, data = fitted(rung, language), whereabouts(language, seed=1)
    assert bundle.task.scores(bundle.outputs(data), bundle.task.targets(data))["entity_f1"] > 0.9


@rungs
@languages
def test_a_sentence_alone_is_a_sentence_among_others(rung, language):
    bundle, inputs = fitted(rung, language), whereabouts(language, seed=1).inputs()
    together = bundle.outputs(inputs)
    assert [row.shape for row in together] == [(len(tokens), 2) for tokens in inputs.tokens]
    for row, found in enumerate(together):
        np.testing.assert_allclose(bundle.outputs(inputs[row : row + 1])[0], found, atol=1e-5)
        assert ((found[:, 1] >= 0) & (found[:, 1] <= 1)).all()


@rungs
@languages
def test_spans_stand_in_the_original_text(rung, language):
    bundle = fitted(rung, language)
    text = "昨天李芳从呼和浩特来了。" if language == "zh" else "yesterday Tom Stone came from Los Angeles ."
    (prediction,) = bundle.predict(text)
    named = {(piece.label, piece.text) for piece in prediction.pieces}
    expected = (
        {("PER", "李芳"), ("LOC", "呼和浩特")} if language == "zh" else {("PER", "Tom Stone"), ("LOC", "Los Angeles")}
    )
    assert named == expected
    assert all(text[piece.start : piece.end] == piece.text for piece in prediction.pieces)


@languages
def test_every_rung_comes_back_from_disk_in_a_fresh_process(language, tmp_path):
    bundles = {rung: fitted(rung, language) for rung in RUNGS}
    encoders = {rung: bundle for rung, bundle in bundles.items() if hasattr(bundle.recipe.model, "encoder")}
    inputs = Inputs(["Anna Berg is in 上海 .", "", "x"])
    assert_they_come_back({rung: bundles[rung] for rung in bundles if rung not in encoders}, inputs, tmp_path / "exact")
    # Several threads cut a product up, and round otherwise.
    assert_they_come_back(encoders, inputs, tmp_path / "encoders", threads=1)


@rungs
@languages
def test_no_text_is_too_odd_to_be_tagged(rung, language):
    for text in ODD:
        (prediction,) = fitted(rung, language).predict(text)
        assert all(0 <= piece.start < piece.end <= len(text) for piece in prediction.pieces), text[:9]


@rungs
def test_the_same_seed_gives_the_same_bundle(rung):
    again = fit(briefly(rung, "en"), whereabouts("en"), seed=0)
    assert again.fingerprint == fitted(rung, "en").fingerprint


@rungs
def test_the_number_of_threads_changes_no_tag(rung):
    several, inputs = fit(briefly(rung, "zh"), whereabouts("zh"), threads=3), whereabouts("zh", seed=1).inputs()
    for one, other in zip(fitted(rung, "zh").outputs(inputs), several.outputs(inputs), strict=True):
        np.testing.assert_array_equal(one[:, 0], other[:, 0])


@rungs
def test_its_recipe_comes_back_from_json_and_refuses_what_it_does_not_know(rung):
    recipe = recipe_for(rung, "zh")
    values = json.loads(recipe.to_json())
    assert parse_recipe(values) == recipe
    for known in values["model"]:
        with pytest.raises(ConfigError, match="unknown setting"):
            parse_recipe({**values, "model": {**values["model"], known[:-1] + "z": 1}})


@rungs
def test_what_cannot_be_learnt_is_said(rung):
    recipe, data = briefly(rung, "en"), whereabouts("en")
    with pytest.raises(FitError, match="budget was spent"):
        fit(recipe, data, budget=0)
    with pytest.raises(FitError, match="tags cannot be weighted"):
        fit(recipe.but(training=recipe.training.but(class_weight="balanced")), data)

"""What every rung of the catalog that tags keeps to: each test runs over all of their presets."""

import json

import numpy as np
import pyarrow as pa
import pytest
from fresh_process import assert_they_come_back
from given import fit

from wenmai.catalog import CATALOG
from wenmai.core.errors import ConfigError, FitError
from wenmai.core.schema import Schema, TagColumns
from wenmai.data.dataset import Dataset, Inputs
from wenmai.recipe import parse_recipe, recipe_for

RUNGS = [
    f"{name}:{preset}" for name, entry in CATALOG.entries.items() if "tag" in entry.tasks for preset in entry.presets
]
PEOPLE = {"en": ["Anna Berg", "Tom Stone", "Mary Lee Cook"], "zh": ["王小明", "李芳", "张伟"]}
PLACES = {"en": ["New York", "Oslo", "Los Angeles"], "zh": ["北京", "上海", "呼和浩特"]}
FRAMES = {"en": ["yesterday @ came from # .", "# is where @ lives"], "zh": ["昨天@从#来了。", "#是@住的地方"]}
ODD = ["", " \n\t ", "\ud800", "\u200b", "\x00", "😀", "好" * 3_000, "great " * 2_000]

rungs = pytest.mark.parametrize("rung", RUNGS)
languages = pytest.mark.parametrize("language", ["zh", "en"])


def sentences(language, rows=50, seed=0):
    """People and the places where they are: words in English, characters in Chinese; one sentence is empty."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(rows - 1):
        tokens, tags = [], []
        frame = FRAMES[language][generator.integers(2)]
        for part in frame.split() if language == "en" else frame:
            names, label = {"@": (PEOPLE, "PER"), "#": (PLACES, "LOC")}.get(part, (None, None))
            said = part if names is None else names[language][generator.integers(3)]
            pieces = said.split() if language == "en" else list(said)
            tokens += pieces
            tags += ["O"] * len(pieces) if label is None else [f"B-{label}", *[f"I-{label}"] * (len(pieces) - 1)]
        found.append((tokens, tags))
    return [*found, ([], [])]


def data_of(language, rows=50, seed=0):
    found = sentences(language, rows, seed)
    columns = {
        "tokens": pa.array([tokens for tokens, _ in found], pa.list_(pa.string())),
        "tags": pa.array([tags for _, tags in found], pa.list_(pa.string())),
    }
    return Dataset(pa.table(columns), Schema(columns=TagColumns(scheme="iob2"), language=language), "made up")


def briefly(rung, language):
    """The recipe of a rung; of a network a small one with few passes, in float32."""
    recipe = recipe_for(rung, language)
    loop = recipe.training.loop
    if loop is None:
        return recipe
    brief = loop.but(budget=loop.budget.but(epochs=8), precision="float32", learning_rate=0.01)
    model = recipe.model.but(hidden_size=16, dropout=0.1)
    return recipe.but(model=model, training=recipe.training.but(loop=brief))


_fitted = {}


def fitted(rung, language):
    """The bundle of a rung, fitted once and only read by the tests."""
    if (rung, language) not in _fitted:
        _fitted[rung, language] = fit(briefly(rung, language), data_of(language))
    return _fitted[rung, language]


@rungs
@languages
def test_it_finds_the_names_of_sentences_like_its_own(rung, language):
    bundle, data = fitted(rung, language), data_of(language, seed=1)
    assert bundle.task.scores(bundle.outputs(data), bundle.task.targets(data))["entity_f1"] > 0.9


@rungs
@languages
def test_a_sentence_alone_is_a_sentence_among_others(rung, language):
    bundle, inputs = fitted(rung, language), data_of(language, seed=1).inputs()
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
    assert_they_come_back(bundles, Inputs(["Anna Berg is in 上海 .", "", "x"]), tmp_path)


@rungs
@languages
@pytest.mark.parametrize("text", ODD)
def test_no_text_is_too_odd_to_be_tagged(rung, language, text):
    (prediction,) = fitted(rung, language).predict(text)
    assert all(0 <= piece.start < piece.end <= len(text) for piece in prediction.pieces)


@rungs
def test_the_same_seed_gives_the_same_bundle(rung):
    again = fit(briefly(rung, "en"), data_of("en"), seed=0)
    assert again.fingerprint == fitted(rung, "en").fingerprint


@rungs
def test_the_number_of_threads_changes_no_tag(rung):
    several, inputs = fit(briefly(rung, "zh"), data_of("zh"), threads=3), data_of("zh", seed=1).inputs()
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
    recipe, data = briefly(rung, "en"), data_of("en")
    with pytest.raises(FitError, match="budget was spent"):
        fit(recipe, data, budget=0)
    with pytest.raises(FitError, match="tags cannot be weighted"):
        fit(recipe.but(training=recipe.training.but(class_weight="balanced")), data)

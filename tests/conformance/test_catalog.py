"""What every rung of the catalog keeps to, a new one too: each test runs over all entries and presets."""

import itertools
import json

import numpy as np
import pytest
from corpora import VERY_ODD, reviews
from fresh_process import assert_they_come_back
from given import distinct, fit

from wenmai.catalog import CATALOG
from wenmai.core.errors import ConfigError, FitError, UnknownChoiceError
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Explains, Network, ShowsFeatures
from wenmai.recipe import input_names, parse_recipe, recipe_for

RUNGS = distinct(
    f"{name}:{preset}"
    for name, entry in CATALOG.entries.items()
    if "classify" in entry.tasks
    for preset in entry.presets
)
KINDS = {"one label": False, "several labels": True}

rungs = pytest.mark.parametrize("rung", RUNGS)
languages = pytest.mark.parametrize("language", ["zh", "en"])
kinds = pytest.mark.parametrize("kind", KINDS)


def data_of(language, kind, seed=0):
    return reviews(language, 3, rows=90, seed=seed, several=KINDS[kind])


EPOCHS = 10
"""A network learns these rows in fewer passes than its preset allows; the suite fits each a dozen times."""


def briefly(rung, language):
    """The recipe of a rung, and of a network with few passes."""
    recipe = recipe_for(rung, language)
    loop = recipe.training.loop
    if loop is None:
        return recipe
    # An encoder that was drawn, and not pretrained, learns at the rate of one.
    rate = loop.learning_rate if "encoder" not in input_names(recipe) else 1e-3
    brief = loop.but(budget=loop.budget.but(epochs=EPOCHS), learning_rate=rate)
    return recipe.but(training=recipe.training.but(loop=brief))


def exactly(recipe):
    """The recipe; of a network in float32, for in bfloat16 it shows in which order threads add up."""
    loop = recipe.training.loop
    if loop is None:
        return recipe
    return recipe.but(training=recipe.training.but(loop=loop.but(precision="float32")))


_fitted = {}


def fitted(rung, language, kind):
    """The bundle of a rung, fitted once and only read by the tests."""
    key = (rung, language, kind)
    if key not in _fitted:
        _fitted[key] = fit(briefly(rung, language), data_of(language, kind))
    return _fitted[key]


def said(bundle, texts):
    return [prediction.to_dict() for prediction in bundle.predict(texts)]


def weighted(recipe, class_weight):
    return recipe.but(training=recipe.training.but(class_weight=class_weight))


def assert_same(bundle, found, expected):
    """To the bit; for a network to 1e-5, as a product of matrices adds up in another order when it has other rows."""
    if any(isinstance(one.model, Network) for one in (bundle, *bundle.inputs.values())):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    else:
        np.testing.assert_array_equal(found, expected)


@rungs
@languages
@kinds
def test_a_text_is_answered_alone_as_in_a_batch(rung, language, kind):
    bundle, texts = fitted(rung, language, kind), list(data_of(language, kind, seed=1).inputs().text)
    together = bundle.outputs(Inputs(texts))
    alone = np.concatenate([bundle.outputs(Inputs([text])) for text in texts])
    assert_same(bundle, alone, together)


@rungs
@languages
@kinds
def test_the_length_of_other_rows_does_not_matter(rung, language, kind):
    bundle, texts = fitted(rung, language, kind), list(data_of(language, kind, seed=1).inputs().text[:20])
    among_long = [text for pair in zip(texts, [" ".join(texts)] * len(texts), strict=True) for text in pair]
    assert_same(bundle, bundle.outputs(Inputs(among_long))[::2], bundle.outputs(Inputs(texts)))


@rungs
@languages
@kinds
def test_it_learns_something_from_its_rows_or_says_the_most_frequent(rung, language, kind):
    bundle, data = fitted(rung, language, kind), data_of(language, kind, seed=1)
    task = bundle.task
    score = task.scores(bundle.outputs(data), task.targets(data))
    floor = fitted("majority:plain", language, kind)
    chance = task.scores(floor.outputs(data), task.targets(data))
    # After few passes a network may rank labels well before any of them passes the threshold.
    learnt = score["macro_f1"] > chance["macro_f1"] + 0.2 or score["auc"] > chance["auc"] + 0.2
    assert learnt or bundle.recipe.member == "majority"


@rungs
@languages
@kinds
def test_probabilities_are_probabilities(rung, language, kind):
    bundle = fitted(rung, language, kind)
    probabilities = bundle.task.probabilities(bundle.outputs(data_of(language, kind, seed=1)))
    assert probabilities.shape == (90, 3)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    if kind == "one label":
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)


@languages
@kinds
def test_every_rung_comes_back_from_disk_in_a_fresh_process(language, kind, tmp_path):
    texts = (*data_of(language, kind, seed=1).inputs().text[:20], "", "别的 anything else")
    assert_they_come_back({rung: fitted(rung, language, kind) for rung in RUNGS}, Inputs(texts), tmp_path)


@rungs
@languages
def test_its_recipe_comes_back_from_json(rung, language):
    recipe = recipe_for(rung, language)
    assert parse_recipe(json.loads(recipe.to_json())) == recipe
    for candidate in CATALOG.preset(rung, language).candidates:
        assert parse_recipe(json.loads(recipe.but(model=candidate).to_json())).model == candidate


@rungs
def test_an_unknown_setting_is_refused_naming_the_nearest(rung):
    values = json.loads(recipe_for(rung, "en").to_json())
    for known in values["model"]:
        misspelt = known[:-1] + "z"
        with pytest.raises(ConfigError, match=f"unknown setting 'model.{misspelt}'. Did you mean '{known}'"):
            parse_recipe({**values, "model": {**values["model"], misspelt: 1}})
    with pytest.raises(ConfigError, match="unknown setting 'model.no_such'"):
        parse_recipe({**values, "model": {"no_such": 1}})


@rungs
@kinds
def test_the_same_seed_gives_the_same_bundle(rung, kind):
    again = fit(briefly(rung, "en"), data_of("en", kind), seed=0)
    assert again.fingerprint == fitted(rung, "en", kind).fingerprint


@rungs
@kinds
def test_the_number_of_threads_changes_no_label(rung, kind):
    recipe, data, texts = exactly(briefly(rung, "zh")), data_of("zh", kind), data_of("zh", kind, seed=1).inputs()
    one, several = (fit(recipe, data, threads=threads) for threads in (1, 3))
    assert [row.labels for row in several.predict(texts)] == [row.labels for row in one.predict(texts)]


@rungs
@kinds
@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("zh", "ＨＥＬＬＯ，这个手机  <b>真的</b>好看！我们觉得非常满意。", {"真的", "好看", "满意"}),
        (
            "en",
            "  This PHONE is <i>really</i> great, we don't-miss it &amp; recommend.",
            {"great", "recommend", "really"},
        ),
    ],
)
def test_the_words_that_decided_stand_in_the_text(rung, kind, language, text, words):
    bundle = fitted(rung, language, kind)
    assert bundle.explains == isinstance(bundle.model, Explains)
    if not bundle.explains:
        return
    for output in range(3):
        found = bundle.explain(text, output)
        spans = list(found.spans)
        assert len(spans) == len(found.weights)
        assert np.isfinite(found.weights).all()
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
        assert words <= {text[start:end] for start, end in spans}
    chosen = int(np.argmax(bundle.outputs(Inputs([text]))[0]))
    assert bundle.explain(text).weights.tolist() == bundle.explain(text, chosen).weights.tolist()
    assert len(bundle.explain("").weights) == 0


@rungs
@kinds
def test_the_words_add_up_to_the_logit(rung, kind):
    bundle = fitted(rung, "en", kind)
    if not bundle.explains or isinstance(bundle.model, Network):  # in a network words do not act one by one
        return
    text, nothing = "this phone is great , really awful courier", ""
    for output in range(3):
        logits = bundle.outputs(Inputs([text, nothing]))
        gained = logits[0] - logits[1]
        against = np.delete(gained, output).mean() if kind == "one label" else 0.0
        assert bundle.explain(text, output).weights.sum() == pytest.approx(gained[output] - against, abs=1e-6)


@rungs
@kinds
def test_it_shows_what_it_looks_for(rung, kind):
    bundle = fitted(rung, "en", kind)
    for output in range(3):
        features = bundle.top_features(output, 8)
        weights = [weight for _, weight in features]
        assert weights == sorted(weights, reverse=True)
        assert np.isfinite(weights).all()
        if isinstance(bundle.model, ShowsFeatures):
            assert len(features) == 8
        else:
            assert features == []
    assert bundle.top_features(0, 0) == []


@rungs
@kinds
def test_classes_can_be_weighted(rung, kind):
    data, recipe = data_of("en", kind), briefly(rung, "en")
    plain = fitted(rung, "en", kind)
    favoured = fit(weighted(recipe, {"delivery": 50.0}), data)
    number = plain.task.labels.index("delivery")
    before, after = (one.task.probabilities(one.outputs(data))[:, number].mean() for one in (plain, favoured))
    assert after > before
    balanced = fit(weighted(recipe, "balanced"), data)
    assert np.isfinite(balanced.outputs(data)).all()
    with pytest.raises(UnknownChoiceError, match="unknown class 'deliveri'. Did you mean 'delivery'"):
        fit(weighted(recipe, {"deliveri": 2.0}), data)


@rungs
@languages
def test_no_text_is_too_odd_to_be_answered(rung, language):
    bundle = fitted(rung, language, "one label")
    for text in VERY_ODD:
        (prediction,) = bundle.predict(text)
        assert np.isfinite(list(prediction.probabilities.values())).all(), text[:9]
        assert (prediction.note == "the text is empty") == (not text.strip()), text[:9]
        if bundle.explains:
            assert np.isfinite(bundle.explain(text).weights).all(), text[:9]


@rungs
def test_a_spent_budget_is_a_failure_that_says_so(rung):
    with pytest.raises(FitError, match="budget was spent"):
        fit(recipe_for(rung, "en"), data_of("en", "one label"), budget=0)


@pytest.mark.parametrize("name", CATALOG.entries)
def test_an_entry_says_what_it_is(name):
    entry = CATALOG.entries[name]
    assert entry.name == name
    assert all([entry.title, entry.summary, entry.paper, entry.presets, entry.tasks])
    assert 1700 < entry.year < 2100
    assert set(entry.tasks) <= set(CATALOG.tasks)
    for preset in entry.presets:
        assert issubclass(type(recipe_for(f"{name}:{preset}", "zh").model), CATALOG.config(name))


@pytest.mark.parametrize("name", CATALOG.entries)
def test_the_ancestors_of_an_entry_lead_to_a_root(name):
    seen, at = [], name
    while at is not None:
        assert at not in seen, f"{at} is its own ancestor"
        seen.append(at)
        at = CATALOG.entry(at).ancestor
    years = [CATALOG.entry(one).year for one in seen]
    assert years == sorted(years, reverse=True)


@rungs
@pytest.mark.parametrize("language", ["zh", "en", "mixed"])
def test_a_preset_is_the_default_among_its_candidates(rung, language):
    preset = CATALOG.preset(rung, language)
    assert not preset.candidates or preset.model in preset.candidates
    assert len(set(preset.candidates)) == len(preset.candidates)


def test_every_ladder_leads_over_known_rungs_from_the_floor():
    for name, ladder in CATALOG.ladders.items():
        assert name not in CATALOG.entries
        assert CATALOG.rungs([name]) == ladder
        assert ladder[0] == "majority:plain"

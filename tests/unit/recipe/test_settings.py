import pytest

from wenmai.core.errors import ConfigError, UsageError
from wenmai.recipe import has_setting, recipe_for, with_settings

RECIPE = recipe_for("tfidf-lr:words", "en")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("model.learner.C=3", lambda recipe: recipe.model.learner.C == 3),
        ("model.features.ngrams=[1, 2]", lambda recipe: recipe.model.features.ngrams == (1, 2)),
        ("model.features.max_features=null", lambda recipe: recipe.model.features.max_features is None),
        ("model.features.weighting=counts", lambda recipe: recipe.model.features.weighting == "counts"),
        ('model.features.weighting="counts"', lambda recipe: recipe.model.features.weighting == "counts"),
        ("pipeline.clean.lowercase=false", lambda recipe: recipe.pipeline.clean.lowercase is False),
        ('training.class_weight={"a": 2}', lambda recipe: recipe.training.class_weight == {"a": 2.0}),
        ('pipeline.own_stop_words=["="]', lambda recipe: recipe.pipeline.own_stop_words == ("=",)),
    ],
)
def test_a_setting_is_read_as_json_or_as_text(setting, value):
    assert has_setting(RECIPE, setting)
    assert value(with_settings(RECIPE, [setting]))
    assert not value(RECIPE) or "null" in setting


def test_several_settings_add_up_and_the_last_of_the_same_counts():
    recipe = with_settings(RECIPE, ["model.learner.C=3", "model.learner.max_iterations=9", "model.learner.C=4"])
    assert (recipe.model.learner.C, recipe.model.learner.max_iterations) == (4, 9)
    assert with_settings(RECIPE, []) == RECIPE


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("model.lerner.C=3", "there is no setting 'model.lerner.C'. Did you mean 'model.learner.C'"),
        ("model.learner.D=3", "there is no setting 'model.learner.D'.* Settings: member, model.features"),
        ("C=3", "there is no setting 'C'"),
        ("model.learner.C.x=3", "there is no setting 'model.learner.C.x'"),
        ("=3", "there is no setting ''"),
        ("model.learner.C=much", "setting 'model.learner.C' is 'much'"),
        ("model.learner.C=NaN", "setting 'model.learner.C' is nan"),
        ("model.learner.C=" + "9" * 5000, "setting 'model.learner.C' is '999"),
        ("model.learner.C=" + "[" * 100_000, "setting 'model.learner.C' is '\\[\\["),
    ],
)
def test_a_setting_that_does_not_fit_is_named(setting, message):
    with pytest.raises(ConfigError, match=message):
        with_settings(RECIPE, [setting])


def test_a_setting_without_a_value_is_wrong_use():
    for ask in (lambda text: with_settings(RECIPE, [text]), lambda text: has_setting(RECIPE, text)):
        with pytest.raises(UsageError, match="setting 'model.learner.C' has no value. Write it as path=value"):
            ask("model.learner.C")


@pytest.mark.parametrize("setting", ["model.learner.alpha=1", "model=1=2", "model.features.ngrams.0=1", "x=1"])
def test_a_recipe_knows_which_settings_it_has(setting):
    assert has_setting(RECIPE, setting) == (setting == "model=1=2")

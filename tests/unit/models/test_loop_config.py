import pytest

from wenmai.core.errors import ConfigError
from wenmai.models.loop_config import LoopConfig
from wenmai.recipe import has_setting, parse_recipe, recipe_for, with_settings


def test_settings_of_the_loop_are_reached_by_their_paths():
    settings = [
        "training.loop.learning_rate=0.5",
        "training.loop.schedule.shape=cosine",
        "training.loop.budget.steps=9",
    ]
    loop = with_settings(recipe_for("textcnn", "en"), settings).training.loop
    assert (loop.learning_rate, loop.schedule.shape, loop.budget.steps) == (0.5, "cosine", 9)


def test_a_model_that_fits_itself_has_no_such_settings():
    recipe = recipe_for("tfidf-lr", "en")
    assert recipe.training.loop is None
    assert not has_setting(recipe, "training.loop.learning_rate=1")
    with pytest.raises(ConfigError, match="there is no setting 'training.loop.learning_rate'"):
        with_settings(recipe, ["training.loop.learning_rate=1"])


def test_a_recipe_with_a_loop_comes_back_from_json():
    recipe = with_settings(recipe_for("textcnn", "en"), ['training.loop.freeze=["embedding.*"]'])
    assert parse_recipe(recipe.model_dump(mode="json")) == recipe


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"freeze": ["*"]}, "nothing is left to be trained"),
        ({"learning_rate": 0}, "setting 'learning_rate' is 0"),
        ({"average": 1.0}, "setting 'average' is 1.0"),
        ({"precision": "float16"}, "setting 'precision' is 'float16'"),
        ({"budget": {"epochs": 0}}, "setting 'budget.epochs' is 0"),
        ({"schedule": {"warmup": 1}}, "setting 'schedule.warmup' is 1"),
        ({"learning_rat": 1}, "Did you mean 'learning_rate'"),
    ],
)
def test_settings_that_cannot_be_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        LoopConfig.parse(values)

import json

import pytest

from wenmai.core.errors import ConfigError, UnknownChoiceError
from wenmai.models.learners import Logistic
from wenmai.recipe import InputReference, TrainingConfig, parse_recipe, recipe_for

RECIPE = recipe_for("tfidf-lr:chars", "zh")


def values(**changes):
    return {**json.loads(RECIPE.to_json()), **changes}


def test_a_recipe_is_its_member_its_model_and_its_pipeline():
    assert RECIPE.member == "tfidf-lr"
    assert RECIPE.model.learner == Logistic()
    assert RECIPE.pipeline.segment.kind == "characters"
    assert (RECIPE.preset.model, RECIPE.preset.pipeline, RECIPE.preset.candidates) == (
        RECIPE.model,
        RECIPE.pipeline,
        (),
    )


def test_the_fingerprint_is_that_of_every_setting():
    changed = RECIPE.but(model=RECIPE.model.but(learner=Logistic(C=2)))
    weighted = RECIPE.but(training=TrainingConfig(class_weight={"a": 2.0}))
    assert len({RECIPE.fingerprint, changed.fingerprint, weighted.fingerprint}) == 3
    assert parse_recipe(values()).fingerprint == RECIPE.fingerprint
    assert parse_recipe(dict(reversed(values().items()))).fingerprint == RECIPE.fingerprint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"member": None}, "r.json: the recipe names no member. Give 'member'"),
        ({"model": [1]}, "r.json: the recipe's 'model' is no mapping of settings"),
        ({"model": {"learner": {"kind": "logistic", "c": 3}}}, "unknown setting 'model.learner.c'. Did you mean 'C'"),
        ({"model": {"learner": {"kind": "boosting"}}}, "r.json: setting 'model.learner' is .*'logistic'"),
        (
            {"model": {"learner": {"kind": "svm", "C": -1}}},
            "r.json: setting 'model.learner.C' is -1. Input should be greater",
        ),
        ({"pipline": {}}, "unknown setting 'pipline'. Did you mean 'pipeline'"),
        ({"training": {"class_weight": "ballanced"}}, "setting 'training.class_weight' is 'ballanced'. .*'balanced'"),
        ({"training": {"class_weight": {"a": 0}}}, "setting 'training.class_weight.a' is 0. Input should be greater"),
        ({"inputs": [{"name": "../x", "content": "0"}]}, "setting 'inputs.0.name' is '../x'"),
    ],
)
def test_what_does_not_fit_is_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        parse_recipe(values(**changes), where="r.json")


def test_an_unknown_member_is_answered_with_the_nearest():
    with pytest.raises(UnknownChoiceError, match="unknown model 'tfidf_lr'. Did you mean 'tfidf-lr'"):
        parse_recipe(values(member="tfidf_lr"))


def test_a_recipe_with_inputs_comes_back_from_json():
    recipe = RECIPE.but(inputs=(InputReference(name="vectors", content="0" * 16),))
    assert parse_recipe(json.loads(recipe.to_json())) == recipe

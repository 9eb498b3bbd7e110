"""Which inputs a recipe needs, wherever in it they are named."""

import pytest

from wenmai.recipe import InputReference, input_names, missing_inputs, recipe_for, with_inputs, with_settings
from wenmai.text.segment import BundleSegment


def test_a_field_called_input_names_one():
    assert input_names(recipe_for("averaged-vectors", "en")) == ("vectors",)
    assert input_names(recipe_for("tfidf-lr", "en")) == ()
    named = with_settings(recipe_for("averaged-vectors", "en"), ["model.input=mine"])
    assert input_names(named) == ("mine",)


def test_inputs_are_found_in_slots_and_in_the_pipeline():
    given = with_settings(recipe_for("textcnn", "en"), ['model.embedding={"kind": "given"}'])
    assert input_names(given) == ("vectors",)
    segmented = given.but(pipeline=given.pipeline.but(segment=BundleSegment(input="segmenter")))
    assert input_names(segmented) == ("vectors", "segmenter")


@pytest.mark.parametrize(
    ("rung", "names", "missing"), [("averaged-vectors", ["vectors"], ()), ("tfidf-lr", [], ()), ("majority", [], ())]
)
def test_a_recipe_gets_the_references_that_it_needs(rung, names, missing):
    offered = [InputReference(name=name, content="0" * 16) for name in ("vectors", "segmenter")]
    recipe = with_inputs(recipe_for(rung, "en"), offered)
    assert [reference.name for reference in recipe.inputs] == names
    assert missing_inputs(recipe) == missing


def test_what_is_missing_is_told():
    assert missing_inputs(recipe_for("averaged-vectors", "en")) == ("vectors",)

"""The typed recipe: the unit that is compared, resumed and shipped."""

from wenmai.recipe.inputs import input_names, kept_inputs, missing_inputs, with_inputs
from wenmai.recipe.recipe import InputReference, Recipe, TrainingConfig, parse_recipe, recipe_for
from wenmai.recipe.settings import has_setting, with_settings

__all__ = [
    "InputReference",
    "Recipe",
    "TrainingConfig",
    "has_setting",
    "input_names",
    "kept_inputs",
    "missing_inputs",
    "parse_recipe",
    "recipe_for",
    "with_inputs",
    "with_settings",
]

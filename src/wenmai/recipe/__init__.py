"""The typed recipe: the unit that is compared, resumed and shipped."""

from wenmai.recipe.recipe import InputReference, Recipe, TrainingConfig, parse_recipe, recipe_for
from wenmai.recipe.settings import has_setting, with_settings

__all__ = ["InputReference", "Recipe", "TrainingConfig", "has_setting", "parse_recipe", "recipe_for", "with_settings"]

"""The typed recipe: the unit that is compared, resumed and shipped."""

from wenmai.recipe.recipe import InputReference, Recipe, TrainingConfig, parse_recipe, recipe_for

__all__ = ["InputReference", "Recipe", "TrainingConfig", "parse_recipe", "recipe_for"]

"""The inputs of a recipe: the bundles that its model or its pipeline builds on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from wenmai.core.config import Config
from wenmai.recipe.recipe import InputReference, Recipe


def input_names(recipe: Recipe) -> tuple[str, ...]:
    """The inputs that a recipe needs, by their names; a config that takes one names it in its field ``input``."""
    return tuple(dict.fromkeys([*_named(recipe.model), *_named(recipe.pipeline)]))


def with_inputs(recipe: Recipe, given: Iterable[InputReference]) -> Recipe:
    """The recipe with references to those of the given inputs that it needs."""
    needed = input_names(recipe)
    return recipe.but(inputs=tuple(reference for reference in given if reference.name in needed))


def missing_inputs(recipe: Recipe) -> tuple[str, ...]:
    """The inputs that a recipe needs and has no reference to."""
    have = {reference.name for reference in recipe.inputs}
    return tuple(name for name in input_names(recipe) if name not in have)


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, Config):
        for name, inner in value:
            if name == "input" and isinstance(inner, str):
                yield inner
            yield from _named(inner)

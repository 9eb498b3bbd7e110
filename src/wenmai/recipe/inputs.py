"""The inputs of a recipe: the bundles that its model or its pipeline builds on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from wenmai.core.config import Config
from wenmai.recipe.recipe import InputReference, Recipe


def input_names(recipe: Recipe) -> tuple[str, ...]:
    """The inputs that a fit of the recipe needs, by their names.

    A config that takes one names it in its field ``input``, or ``start`` where the fitted model does without it.
    """
    return tuple(dict.fromkeys([*_named(recipe.model), *_named(recipe.pipeline)]))


def kept_inputs(recipe: Recipe) -> tuple[str, ...]:
    """Those of the recipe's inputs that the fitted model goes on to need, and its bundle therefore holds."""
    needed = {*_named(recipe.model, ("input",)), *_named(recipe.pipeline, ("input",))}
    started = set(input_names(recipe)) - needed
    return tuple(reference.name for reference in recipe.inputs if reference.name not in started)


def with_inputs(recipe: Recipe, given: Iterable[InputReference]) -> Recipe:
    """The recipe with references to those of the given inputs that it needs."""
    needed = input_names(recipe)
    return recipe.but(inputs=tuple(reference for reference in given if reference.name in needed))


def missing_inputs(recipe: Recipe) -> tuple[str, ...]:
    """The inputs that a recipe needs and has no reference to."""
    have = {reference.name for reference in recipe.inputs}
    return tuple(name for name in input_names(recipe) if name not in have)


def _named(value: Any, fields: tuple[str, ...] = ("input", "start")) -> Iterator[str]:
    if isinstance(value, Config):
        for name, inner in value:
            if name in fields and isinstance(inner, str):
                yield inner
            yield from _named(inner, fields)

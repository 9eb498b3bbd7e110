"""Settings of a recipe as a person writes them on the command line: ``path=value``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from wenmai.catalog import CATALOG, Catalog
from wenmai.core.config import EVERY_SETTING
from wenmai.core.errors import ConfigError, UsageError, nearest
from wenmai.recipe.recipe import Recipe, parse_recipe


def with_settings(recipe: Recipe, settings: Sequence[str], *, catalog: Catalog = CATALOG) -> Recipe:
    """A recipe with some settings changed, each written ``path=value`` (``model.learner.C=3``).

    A value is read as JSON, or as text where it is none.

    Raises:
        UsageError: for a setting without ``=``.
        ConfigError: for a path that is not there or a value that does not fit.
    """
    values = recipe.model_dump(mode="json", context=EVERY_SETTING)
    for setting in settings:
        path, value = _parsed(setting)
        place = values
        *parents, last = path.split(".")
        for parent in [*parents, None]:
            name = last if parent is None else parent
            if not isinstance(place, dict) or name not in place:
                raise _no_setting(path, values)
            if parent is not None:
                place = place[parent]
        place[last] = value
    return parse_recipe(values, catalog=catalog)


def has_setting(recipe: Recipe, setting: str) -> bool:
    """Whether the recipe has the setting that ``path=value`` names.

    Raises:
        UsageError: for a setting without ``=``.
    """
    place: Any = recipe.model_dump(mode="json", context=EVERY_SETTING)
    for name in _parsed(setting)[0].split("."):
        if not isinstance(place, dict) or name not in place:
            return False
        place = place[name]
    return True


def setting_paths(values: Any, path: str = "") -> list[str]:
    """The paths of all settings in nested values."""
    if not isinstance(values, dict) or not values:
        return [path]
    return [inner for key, value in values.items() for inner in setting_paths(value, f"{path}.{key}" if path else key)]


def _parsed(setting: str) -> tuple[str, Any]:
    path, equals, text = setting.partition("=")
    if not equals:
        raise UsageError(f"setting {setting!r} has no value", remedy="Write it as path=value: model.learner.C=3")
    try:
        return path, json.loads(text)
    except (ValueError, RecursionError):
        return path, text


def _no_setting(path: str, values: dict[str, Any]) -> ConfigError:
    paths = setting_paths(values)
    close = nearest(path, paths)
    meant = f"Did you mean {close[0]!r}? " if close else ""
    return ConfigError(f"there is no setting {path!r}", remedy=f"{meant}Settings: {', '.join(paths)}")

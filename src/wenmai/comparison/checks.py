"""What is refused before anything is trained: names, settings and classes that there are not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from wenmai.catalog import Catalog
from wenmai.comparison.division import Division
from wenmai.comparison.results import Cost
from wenmai.comparison.rung import Circumstances, candidate_recipes
from wenmai.comparison.study import AUTO, Study
from wenmai.core.errors import ConfigError, UnknownChoiceError, UsageError, nearest
from wenmai.core.schema import Kind
from wenmai.recipe import has_setting, input_names, missing_inputs
from wenmai.recipe.settings import setting_paths
from wenmai.tasks.thresholds import ThresholdSearch, settled

COSTS: tuple[str, ...] = get_args(Cost)


def rung_names(models: str | Sequence[str], catalog: Catalog, kind: Kind) -> tuple[str, ...]:
    """The rungs that are asked for, each once; of a ladder those that learn the kind of task.

    Raises:
        UsageError: when none is named, or one that there is not or that does not learn this kind of task.
    """
    names = models.split(",") if isinstance(models, str) else list(models)
    names = [name.strip() for name in names if name.strip()]
    if not names:
        raise UsageError("no model is named", remedy="Name rungs, models or ladders: --models quick,tfidf-lr:words")
    return catalog.rungs(names, kind)


def check_settings(names: Sequence[str], division: Division, circumstances: Circumstances, catalog: Catalog) -> None:
    """Refuse a setting that no rung has, before anything is trained; a value that does not fit is refused too."""
    language = division.train.schema.language
    plain = circumstances.but(settings=())
    recipes = [recipe for name in names for recipe in candidate_recipes(name, language, plain, catalog)]
    for setting in circumstances.settings:
        if not any(has_setting(recipe, setting) for recipe in recipes):
            path = setting.partition("=")[0]
            paths = {one for recipe in recipes for one in setting_paths(recipe.model_dump(mode="json"))}
            meant = f"Did you mean {' or '.join(map(repr, close))}? " if (close := nearest(path, sorted(paths))) else ""
            raise ConfigError(
                f"no rung has the setting {path!r}",
                remedy=f"{meant}`wenmai models RUNG` shows the settings of a rung",
            )
    for name in names:
        candidate_recipes(name, language, circumstances, catalog)


def check_inputs(names: Sequence[str], division: Division, circumstances: Circumstances, catalog: Catalog) -> None:
    """Refuse a rung that builds on a bundle that is not given, and a bundle that no rung builds on."""
    language = division.train.schema.language
    recipes = {name: candidate_recipes(name, language, circumstances, catalog) for name in names}
    for name, candidates in recipes.items():
        for missing in (missing for recipe in candidates for missing in missing_inputs(recipe)):
            raise UsageError(
                f"{name} builds on another bundle, its input {missing!r}, which is not given",
                remedy=f"Give the folder of a trained bundle: --input {missing}=FOLDER",
            )
    taken = {one for candidates in recipes.values() for recipe in candidates for one in input_names(recipe)}
    for given in circumstances.inputs:
        if given.name not in taken:
            raise UnknownChoiceError("input", given.name, sorted(taken))


def check_classes(division: Division, circumstances: Circumstances, catalog: Catalog) -> None:
    """Refuse weights of classes that there are not, before anything is trained."""
    weights = circumstances.training.class_weight
    if weights == "none":
        return
    classes = catalog.task(division.train.schema.kind).of(division.train).head().names
    if not classes:
        raise UsageError("the rows have no classes that could be weighted", remedy="Leave out --class-weight")
    if isinstance(weights, dict):
        for name in weights:
            if name not in classes:
                raise UnknownChoiceError("class in the class weights", name, classes)


def check_learning_curve(wanted: Sequence[str], names: Sequence[str], catalog: Catalog, kind: Kind) -> None:
    """Refuse a learning curve of a rung that is not compared."""
    if AUTO in wanted:
        if len(wanted) > 1:
            raise UsageError(
                f"{AUTO!r} is asked for beside other learning curves", remedy=f"Give {AUTO} alone, or names"
            )
        return
    for name in catalog.rungs(wanted, kind):
        if name not in names:
            raise UsageError(
                f"a learning curve of {name!r} is asked for, which is not compared",
                remedy=f"Compare it too, or choose from: {', '.join(names)}",
            )


def threshold_search(study: Study, division: Division, catalog: Catalog) -> ThresholdSearch | None:
    """What decision thresholds are searched for in the fits; None where they stay at 0.5.

    Raises:
        UsageError: when they are asked for and the task has none, or the positive class is none of its classes.
    """
    if study.thresholds == "fixed" and study.threshold_search == ThresholdSearch():
        return None
    task = catalog.task(division.train.schema.kind).of(division.train)
    search = settled(study.threshold_search, task, division.train)
    return search if study.thresholds == "dev" else None


def check_cost(cost: Cost, out: str | Path | None) -> None:
    """Refuse a cost that there is not, or that is measured only where a run folder is written."""
    if cost not in COSTS:
        raise UnknownChoiceError("cost", cost, COSTS)
    if cost in ("size", "memory") and out is None:
        raise UsageError(f"the {cost} of a rung is measured only with a run folder", remedy="Name one: out=…")

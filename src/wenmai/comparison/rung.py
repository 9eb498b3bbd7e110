"""One rung of a comparison: its candidates tried on dev, the chosen one trained, saved, scored and timed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenmai.bundle import Bundle
from wenmai.catalog import CATALOG, Catalog
from wenmai.comparison.division import Division
from wenmai.comparison.results import Candidate
from wenmai.core.config import Config
from wenmai.core.machine import peak_resident_bytes
from wenmai.core.progress import SILENT, Progress
from wenmai.core.schema import Language
from wenmai.data.dataset import Dataset
from wenmai.evaluation.costs import Costs, measure_costs
from wenmai.models.contract import ModelConfig, Outputs
from wenmai.recipe import Recipe, TrainingConfig, has_setting, recipe_for, with_settings
from wenmai.stats.bootstrap import Bootstrap
from wenmai.tasks.contract import Task, concatenate
from wenmai.training import fit


class Circumstances(Config):
    """What all rungs of a comparison share."""

    seed: int = 0
    threads: int = 1
    training: TrainingConfig = TrainingConfig()
    settings: tuple[str, ...] = ()
    """Settings changed in every rung that has them, each ``path=value``."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What came of one rung.

    Attributes:
        name: ``entry:preset``; bundle: the trained member; path: where it is saved.
        candidates: what was tried.
        chosen: how the chosen candidate scored on the rows that choices are made on; tested: on the test rows.
        chosen_outputs: the outputs on the rows that choices are made on; test_outputs: on the test rows.
        costs: of having and using it; seconds: wall time of everything, the trying included.
    """

    name: str
    bundle: Bundle
    path: Path | None
    candidates: tuple[Candidate, ...]
    chosen: Bootstrap
    tested: Bootstrap
    chosen_outputs: Outputs
    test_outputs: Outputs
    costs: Costs
    seconds: float


def run_rung(
    name: str,
    division: Division,
    circumstances: Circumstances,
    *,
    folder: Path | None = None,
    budget: float | None = None,
    memory_baseline: int | None = None,
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Rung:
    """Try, choose, train, save, score and time one rung.

    Args:
        folder: where its bundle is saved, under its name; None saves nothing.
        budget: seconds for all its fits together; None for no limit.
        memory_baseline: what this process held before it read anything, where it was started for this rung alone.

    Raises:
        WenmaiError: when it cannot be fitted; the comparison makes a row of it.
    """
    began = time.monotonic()
    schema = division.train.schema
    task = catalog.task(schema.kind).of(division.train)
    deadline = None if budget is None else began + budget
    work = _Work(division, circumstances, task, deadline, progress, catalog)
    recipes = candidate_recipes(name, schema.language, circumstances, catalog)
    attempts = [work.attempt(recipe) for recipe in recipes]
    metric, sign = task.metric, 1 if task.larger_is_better else -1
    best = max(attempts, key=lambda attempt: sign * attempt.bootstrap.points[metric])
    bundle = best.bundle if division.dev is not None else work.fit(best.recipe, division.train, None)
    peak = None if memory_baseline is None else max(peak_resident_bytes() - memory_baseline, 0)
    path = None if folder is None else bundle.save(folder / folder_name(name), replace=True)
    progress.begin("score the test rows", None)
    outputs = bundle.outputs(division.test)
    tested = task.bootstrap(outputs, task.targets(division.test), seed=circumstances.seed)
    costs = measure_costs(bundle, division.test, path=path, peak_memory_bytes=peak)
    progress.end()
    settings = differing_settings([attempt.recipe.model for attempt in attempts])
    candidates = tuple(
        Candidate(settings=changed, score=attempt.bootstrap.estimates()[metric], chosen=attempt is best)
        for attempt, changed in zip(attempts, settings, strict=True)
    )
    return Rung(
        name=name,
        bundle=bundle,
        path=path,
        candidates=candidates,
        chosen=best.bootstrap,
        tested=tested,
        chosen_outputs=best.outputs,
        test_outputs=outputs,
        costs=costs,
        seconds=round(time.monotonic() - began, 3),
    )


def folder_name(rung: str) -> str:
    """The name of a rung as the name of a folder."""
    return rung.replace(":", "-")


def candidate_recipes(
    name: str, language: Language, circumstances: Circumstances, catalog: Catalog = CATALOG
) -> list[Recipe]:
    """The recipes among which a rung chooses: its preset's candidates, or the one that settings leave."""
    recipe = recipe_for(name, language, catalog=catalog).but(training=circumstances.training)
    preset = catalog.preset(name, language)
    models = preset.candidates or (preset.model,)
    recipes = [recipe.but(model=model) for model in models]
    settings = [setting for setting in circumstances.settings if has_setting(recipe, setting)]
    recipes = [with_settings(one, settings, catalog=catalog) for one in recipes]
    return list({one.fingerprint: one for one in recipes}.values())


def differing_settings(models: Sequence[ModelConfig]) -> list[dict[str, Any]]:
    """For each config, the settings that are not the same in all of them, by their paths."""
    flat = [dict(_flat(model.model_dump(mode="json"))) for model in models]
    paths = [path for path in flat[0] if any(one.get(path) != flat[0][path] for one in flat)]
    return [{path: one.get(path) for path in paths} for one in flat]


@dataclass(frozen=True, slots=True)
class _Attempt:
    recipe: Recipe
    bundle: Bundle
    outputs: Outputs
    """On the rows that choices are made on."""
    bootstrap: Bootstrap
    """Of the scores on those rows."""


@dataclass(frozen=True, slots=True)
class _Work:
    division: Division
    circumstances: Circumstances
    task: Task
    deadline: float | None
    progress: Progress
    catalog: Catalog

    def attempt(self, recipe: Recipe) -> _Attempt:
        """Fit a recipe and score it on the rows that choices are made on."""
        division = self.division
        if division.dev is not None:
            bundle = self.fit(recipe, division.train, division.dev)
            outputs = bundle.outputs(division.dev)
        else:
            parts = []
            for learnt, held_out in division.folds:
                bundle = self.fit(recipe, division.train.select(learnt), None)
                parts.append(bundle.outputs(division.train.select(held_out)))
            outputs = concatenate(parts)
        targets = self.task.targets(division.choosing)
        return _Attempt(recipe, bundle, outputs, self.task.bootstrap(outputs, targets, seed=self.circumstances.seed))

    def fit(self, recipe: Recipe, train: Dataset, dev: Dataset | None) -> Bundle:
        return fit(
            recipe,
            train,
            dev,
            task=self.task,
            source_fingerprint=self.division.source_fingerprint,
            seed=self.circumstances.seed,
            threads=self.circumstances.threads,
            budget=None if self.deadline is None else self.deadline - time.monotonic(),
            progress=self.progress,
            catalog=self.catalog,
        )


def _flat(values: Any, path: str = "") -> list[tuple[str, Any]]:
    if not isinstance(values, dict):
        return [(path, values)]
    return [pair for key, value in values.items() for pair in _flat(value, f"{path}.{key}" if path else key)]

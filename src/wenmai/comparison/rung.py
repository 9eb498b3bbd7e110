"""One rung of a comparison: its candidates tried on dev, the chosen one trained, saved, scored and timed."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field

from wenmai.bundle import Bundle
from wenmai.catalog import CATALOG, Catalog
from wenmai.comparison.division import Division
from wenmai.comparison.given import other_family
from wenmai.comparison.results import Candidate
from wenmai.comparison.vector_memory import VectorMemory
from wenmai.comparison.wording import metric_name, score
from wenmai.core.config import Config, fingerprint_json
from wenmai.core.errors import FitError
from wenmai.core.machine import peak_resident_bytes
from wenmai.core.progress import SILENT, Progress
from wenmai.core.schema import Language
from wenmai.data.dataset import Dataset
from wenmai.evaluation.costs import Costs, measure_costs
from wenmai.models.contract import ModelConfig, Outputs
from wenmai.recipe import (
    InputReference,
    Recipe,
    TrainingConfig,
    has_setting,
    recipe_for,
    with_inputs,
    with_settings,
)
from wenmai.stats.bootstrap import Bootstrap
from wenmai.tasks.contract import Task, concatenate
from wenmai.tasks.thresholds import ThresholdSearch, with_thresholds
from wenmai.training import fit


class Circumstances(Config):
    """What all rungs of a comparison share."""

    seed: int = 0
    seeds: int = Field(default=1, ge=1)
    """How many fits a rung gets whose model is random, with ``seed`` and the seeds that follow it."""
    threads: int = 1
    training: TrainingConfig = TrainingConfig()
    settings: tuple[str, ...] = ()
    """Settings changed in every rung that has them, each ``path=value``."""
    inputs: tuple[InputReference, ...] = ()
    """The bundles that are given to the rungs that build on them."""
    thresholds: ThresholdSearch | None = None
    """What decision thresholds are searched for where choices are made; None gives labels from 0.5 on."""


@dataclass(frozen=True, slots=True)
class SeedFit:
    """The chosen recipe, fitted once.

    Attributes:
        seed: of this fit.
        chosen: how it scored on the rows that choices are made on; tested: on the test rows.
        chosen_outputs: its outputs on the rows that choices are made on; test_outputs: on the test rows.
    """

    seed: int
    chosen: Bootstrap
    tested: Bootstrap
    chosen_outputs: Outputs
    test_outputs: Outputs


@dataclass(frozen=True, slots=True)
class Rung:
    """What came of one rung.

    Attributes:
        name: ``entry:preset``; bundle: the trained member; path: where it is saved.
        candidates: what was tried.
        fits: one a seed; shipped: which of them the bundle is, the best where choices are made.
        costs: of having and using it; seconds: wall time of everything, the trying included.
        notes: what the person should know of how it ran.
    """

    name: str
    bundle: Bundle
    path: Path | None
    candidates: tuple[Candidate, ...]
    fits: tuple[SeedFit, ...]
    shipped: int
    costs: Costs
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> Bootstrap:
        """How the bundle scored on the rows that choices are made on."""
        return self.fits[self.shipped].chosen

    @property
    def tested(self) -> Bootstrap:
        """How the bundle scored on the test rows."""
        return self.fits[self.shipped].tested

    @property
    def chosen_outputs(self) -> Outputs:
        """The outputs of the bundle on the rows that choices are made on."""
        return self.fits[self.shipped].chosen_outputs

    @property
    def test_outputs(self) -> Outputs:
        """The outputs of the bundle on the test rows."""
        return self.fits[self.shipped].test_outputs


def run_rung(
    name: str,
    division: Division,
    circumstances: Circumstances,
    *,
    inputs: Mapping[str, Bundle] | None = None,
    folder: Path | None = None,
    checkpoints: Path | None = None,
    vectors: Path | None = None,
    budget: float | None = None,
    memory_baseline: int | None = None,
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Rung:
    """Try, choose, train with every seed, save the best, score and time one rung.

    Args:
        inputs: the bundles that the circumstances' inputs name.
        folder: where its bundle is saved, under its name; None saves nothing.
        checkpoints: a folder in which networks keep how far they came and go on from there; removed when the rung is
            done. None keeps nothing.
        vectors: a folder in which the vectors of texts are kept that encoders give, for other rungs and later runs;
            None keeps them in this process alone.
        budget: seconds for all its fits together; None for no limit.
        memory_baseline: what this process held before it read anything, where it was started for this rung alone.

    Raises:
        WenmaiError: when it cannot be fitted; the comparison makes a row of it.
    """
    began = time.monotonic()
    schema = division.train.schema
    task = catalog.task(schema.kind).of(division.train)
    deadline = None if budget is None else began + budget
    memory = VectorMemory(
        division,
        folder=vectors,
        threads=circumstances.threads,
        memory_baseline=memory_baseline or 0,
        deadline=deadline,
        progress=progress,
    )
    work = _Work(division, circumstances, task, inputs or {}, memory, deadline, progress, catalog, checkpoints)
    best, candidates = work.choose(candidate_recipes(name, schema.language, circumstances, catalog))
    if circumstances.thresholds is not None:
        work, best = work.deciding(best, circumstances.thresholds)
    bundle, fits, shipped, notes = work.every_seed(best)
    given = {reference.name: work.inputs[reference.name] for reference in best.recipe.inputs}
    bundle, notes = memory.without(bundle), (*notes, *other_family(best.recipe.member, given, catalog), *memory.notes())
    peak = None
    if memory_baseline is not None:
        peak = max(peak_resident_bytes() - memory_baseline, memory.peak_memory_bytes, 0)
    path = None if folder is None else bundle.save(folder / folder_name(name), replace=True)
    progress.begin("time predictions", None)
    costs = measure_costs(bundle, division.test, path=path, peak_memory_bytes=peak)
    progress.end()
    if checkpoints is not None:
        shutil.rmtree(checkpoints, ignore_errors=True)
    return Rung(
        name=name,
        bundle=bundle,
        path=path,
        candidates=candidates,
        fits=fits,
        shipped=shipped,
        costs=costs,
        seconds=round(time.monotonic() - began, 3),
        notes=notes,
    )


def folder_name(rung: str) -> str:
    """The name of a rung as the name of a folder."""
    return rung.replace(":", "-")


def checkpoint_folder(run: Path, rung: str) -> Path:
    """Where the networks of a rung keep how far they came."""
    return run / "checkpoints" / folder_name(rung)


def candidate_recipes(
    name: str, language: Language, circumstances: Circumstances, catalog: Catalog = CATALOG
) -> list[Recipe]:
    """The recipes among which a rung chooses: its preset's candidates, or the one that settings leave."""
    recipe = recipe_for(name, language, catalog=catalog)
    recipe = recipe.but(training=recipe.training.but(class_weight=circumstances.training.class_weight))
    preset = catalog.preset(name, language)
    models = preset.candidates or (preset.model,)
    recipes = [recipe.but(model=model) for model in models]
    settings = [setting for setting in circumstances.settings if has_setting(recipe, setting)]
    recipes = [with_settings(one, settings, catalog=catalog) for one in recipes]
    recipes = [with_inputs(one, circumstances.inputs) for one in recipes]
    return list({one.fingerprint: one for one in recipes}.values())


def differing_settings(models: Sequence[ModelConfig]) -> list[dict[str, Any]]:
    """For each config, the settings that are not the same in all of them, by their paths."""
    flat = [dict(_flat(model.model_dump(mode="json"))) for model in models]
    paths = [path for path in flat[0] if any(one.get(path) != flat[0][path] for one in flat)]
    return [{path: one.get(path) for path in paths} for one in flat]


@dataclass(frozen=True, slots=True)
class _Attempt:
    recipe: Recipe
    seed: int
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
    inputs: Mapping[str, Bundle]
    memory: VectorMemory
    deadline: float | None
    progress: Progress
    catalog: Catalog
    checkpoints: Path | None

    def choose(self, recipes: Sequence[Recipe]) -> tuple[_Attempt, tuple[Candidate, ...]]:
        """Try every recipe with the first seed: the best attempt, and what each scored."""
        best: _Attempt | None = None
        scores, chosen = [], 0
        for number, recipe in enumerate(recipes):
            with self._stage("candidate", number, len(recipes)):
                attempt = self.attempt(recipe, self.circumstances.seed)
            scores.append(attempt.bootstrap.estimates()[self.task.metric])
            if best is None or self._value(attempt.bootstrap) > self._value(best.bootstrap):
                best, chosen = attempt, number
            self._say(best)
        assert best is not None, "a rung has a recipe"
        settings = differing_settings([recipe.model for recipe in recipes])
        candidates = tuple(
            Candidate(settings=changed, score=score, chosen=number == chosen)
            for number, (changed, score) in enumerate(zip(settings, scores, strict=True))
        )
        return best, candidates

    def deciding(self, best: _Attempt, search: ThresholdSearch) -> tuple[_Work, _Attempt]:
        """The work and its best attempt with the decision thresholds that do best for that attempt.

        One set a rung, whatever its seeds: what is shipped and what the mean over seeds is of are decided alike.
        """
        targets = self.task.targets(self.division.choosing)
        task = with_thresholds(self.task, best.outputs, targets, search)
        scored = task.bootstrap(best.outputs, targets, seed=self.circumstances.seed)
        return replace(self, task=task), replace(best, bundle=replace(best.bundle, task=task), bootstrap=scored)

    def every_seed(self, best: _Attempt) -> tuple[Bundle, tuple[SeedFit, ...], int, tuple[str, ...]]:
        """Fit the chosen recipe with every seed: the best bundle, all fits, which one it is, and notes.

        When the budget is spent before the last seed, the fits that are done stand.
        """
        bundle, first = self._finished(best)
        fits, shipped = [first], 0
        notes: tuple[str, ...] = ()
        wanted = self.circumstances.seeds if best.recipe.model.random else 1
        for seed in range(best.seed + 1, best.seed + wanted):
            try:
                with self._stage("seed", seed - best.seed, wanted):
                    other, fit = self._finished(self.attempt(best.recipe, seed))
            except FitError:
                if self.deadline is None or time.monotonic() < self.deadline:
                    raise
                notes = (f"the budget was spent after {len(fits)} of {wanted} seeds",)
                break
            if self._value(fit.chosen) > self._value(fits[shipped].chosen):
                bundle, shipped = other, len(fits)
            fits.append(fit)
        return bundle, tuple(fits), shipped, notes

    def attempt(self, recipe: Recipe, seed: int) -> _Attempt:
        """Fit a recipe and score it on the rows that choices are made on."""
        division = self.division
        if division.dev is not None:
            bundle = self.fit(recipe, division.train, division.dev, seed)
            outputs = bundle.outputs(division.dev)
        else:
            parts = []
            for number, (learnt, held_out) in enumerate(division.folds):
                with self._stage("fold", number, len(division.folds)):
                    bundle = self.fit(recipe, division.train.select(learnt), None, seed)
                parts.append(bundle.outputs(division.train.select(held_out)))
            outputs = concatenate(parts)
        targets = self.task.targets(division.choosing)
        scored = self.task.bootstrap(outputs, targets, seed=self.circumstances.seed)
        return _Attempt(recipe, seed, bundle, outputs, scored)

    def _finished(self, attempt: _Attempt) -> tuple[Bundle, SeedFit]:
        """The bundle of an attempt, fitted on every row it may see, with its scores on the test rows."""
        division, bundle = self.division, attempt.bundle
        if division.dev is None:
            bundle = self.fit(attempt.recipe, division.train, None, attempt.seed)
        self.progress.begin("score the test rows", None)
        outputs = bundle.outputs(division.test)
        tested = self.task.bootstrap(outputs, self.task.targets(division.test), seed=self.circumstances.seed)
        self.progress.end()
        return bundle, SeedFit(attempt.seed, attempt.bootstrap, tested, attempt.outputs, outputs)

    @contextlib.contextmanager
    def _stage(self, what: str, number: int, count: int) -> Iterator[None]:
        """One of several fits as a stage of its own, so that whoever watches does not take them for one."""
        if count > 1:
            self.progress.begin(f"{what} {number + 1} of {count}", None)
        try:
            yield
        finally:
            if count > 1:
                self.progress.end()

    def _say(self, best: _Attempt) -> None:
        metric = self.task.metric
        where = "dev" if self.division.dev is not None else "cross-validation"
        self.progress.say(f"{metric_name(metric)} {score(metric, best.bootstrap.points[metric])} on {where}")

    def _value(self, scored: Bootstrap) -> float:
        """The task's metric, larger being better."""
        value = scored.points[self.task.metric]
        return value if self.task.larger_is_better else -value

    def fit(self, recipe: Recipe, train: Dataset, dev: Dataset | None, seed: int) -> Bundle:
        """One fit within what is left of the budget."""
        own = None
        if self.checkpoints is not None and recipe.training.loop is not None:
            own = self.checkpoints / fingerprint_json([recipe.fingerprint, train.fingerprint, seed])
        inputs = {reference.name: self.inputs[reference.name] for reference in recipe.inputs}
        with self.memory.counting() as count:
            bundle = fit(
                recipe,
                train,
                dev,
                task=self.task,
                source_fingerprint=self.division.source_fingerprint,
                seed=seed,
                threads=self.circumstances.threads,
                budget=None if self.deadline is None else self.deadline - time.monotonic(),
                inputs=self.memory.before(recipe, inputs),
                checkpoints=own,
                progress=self.progress,
                catalog=self.catalog,
            )
        return count.on(bundle)


def _flat(values: Any, path: str = "") -> list[tuple[str, Any]]:
    if not isinstance(values, dict):
        return [(path, values)]
    return [pair for key, value in values.items() for pair in _flat(value, f"{path}.{key}" if path else key)]

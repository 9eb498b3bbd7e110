"""fit: a recipe and rows in, a bundle out, whatever the member."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wenmai.bundle.bundle import Bundle, Provenance, begun, build_model, injected_segmenter
from wenmai.catalog import CATALOG, Catalog
from wenmai.core.errors import DataError, FitError, UnknownChoiceError, UsageError
from wenmai.core.machine import versions
from wenmai.core.progress import SILENT, Progress
from wenmai.data.dataset import Dataset
from wenmai.models.contract import Estimator, Examples, Network, Outputs, Run
from wenmai.recipe import Recipe, kept_inputs
from wenmai.tasks.contract import Task
from wenmai.text.pipeline import Pipeline
from wenmai.training.keeping import StepKeeper

if TYPE_CHECKING:
    from wenmai.training.listening import Listener
    from wenmai.training.loop import Trained

SEEDS = 1 << 32
"""Seeds are whole numbers below this, as numpy and scikit-learn take them."""


def fit(
    recipe: Recipe,
    train: Dataset,
    dev: Dataset | None = None,
    *,
    task: Task | None = None,
    source_fingerprint: str | None = None,
    seed: int = 0,
    threads: int = 1,
    budget: float | None = None,
    inputs: Mapping[str, Bundle] | None = None,
    checkpoints: Path | None = None,
    listeners: Sequence[Listener] = (),
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Bundle:
    """Train one member.

    Args:
        recipe: what to train; train: the rows it learns from.
        dev: rows for choices inside the fit (early stopping, calibration); never the test rows.
        task: what the outputs mean, where the rows at hand may not show every label; by default as they define it.
        source_fingerprint: of the data set of which ``train`` is a part, for the bundle's provenance.
        seed: decides everything random; threads: how many may compute at a time.
        budget: seconds after which the fit gives up, at the next step that it can leave off at; a network that has
            learnt something by then is kept, with a note. None for no limit.
        inputs: the bundles that the recipe's inputs name.
        checkpoints: a folder for this fit alone, in which what learns step by step keeps how far it came and goes on
            from there; the caller removes it when the bundle is safe.
        listeners: hear of every point of a network's curve.
        progress: hears how far the fit has come.

    Raises:
        DataError: when the rows define no task; FitError: when the model cannot be fitted or the budget is spent.
        UsageError: when an input is missing or not the one that the recipe names, the member does not learn this kind
            of task, a class weight names no class, the seed is none, or there is no thread.
    """
    if not 0 <= seed < SEEDS:
        raise UsageError(f"the seed is {seed}", remedy=f"Give a whole number from 0 to {SEEDS - 1}")
    if threads < 1:
        raise UsageError(f"{threads} threads can compute nothing", remedy="Give at least 1")
    if not len(train):
        raise DataError("there is no row to learn from", where=train.name)
    _check_kind(recipe, train, catalog)
    given = _checked_inputs(recipe, inputs or {})
    began = time.monotonic()
    deadline = None if budget is None else began + budget
    run = Run(seed, threads, recipe.training.class_weight, deadline, progress)
    task = task or catalog.task(train.schema.kind).of(train)
    _check_class_weight(recipe, task)
    _check_intents(recipe, task)
    recipe, pipeline = begun(recipe, given)
    if pipeline is None:
        texts = (text for batch in train.batches() for text in (batch.text, batch.second) if text is not None)
        pipeline = Pipeline.fit(recipe.pipeline, texts, segmenter=injected_segmenter(recipe, given))
    model = build_model(recipe, task, pipeline, given)
    examples = Examples(train, task.targets(train))
    held_out = Examples(dev, task.targets(dev)) if dev is not None and len(dev) else None
    run.check()
    history, earlier = None, 0.0
    if isinstance(model, Estimator):
        keeper = None
        if checkpoints is not None:
            # With other threads the steps of a fit cut the rows elsewhere.
            keeper = StepKeeper(checkpoints, {**_key(recipe, task, examples, held_out, seed), "threads": str(threads)})
        notes = model.fit(examples, held_out, replace(run, keeper=keeper))
        notes += () if keeper is None else tuple(keeper.notes)
    elif isinstance(model, Network):
        trained = _train(model, examples, held_out, run, recipe, task, checkpoints, listeners)
        notes, history, earlier = trained.notes, trained.history, trained.earlier
    else:
        raise FitError(f"{recipe.member} has no way to be fitted")
    seconds = time.monotonic() - began + earlier
    provenance = Provenance(
        data=train.name.rpartition("/")[2],
        data_fingerprint=train.fingerprint,
        source_fingerprint=source_fingerprint,
        rows=len(train),
        seed=seed,
        seconds=round(seconds, 3),
        versions=versions(),
        notes=notes,
    )
    needed = {name: given[name] for name in kept_inputs(recipe)}
    return Bundle(recipe, train.schema, task, pipeline, model, provenance, needed, history)


def _train(
    model: Network,
    train: Examples,
    dev: Examples | None,
    run: Run,
    recipe: Recipe,
    task: Task,
    checkpoints: Path | None,
    listeners: Sequence[Listener],
) -> Trained:
    """The training loop, which brings torch, over a network."""
    loop = recipe.training.loop
    if loop is None:
        raise FitError(f"{recipe.member} is trained by the loop, and the recipe has no training.loop")
    from wenmai.training.checkpoints import Checkpoints
    from wenmai.training.loop import Judge, train_network

    def score(outputs: Outputs) -> float:
        assert dev is not None, "nothing is scored without dev rows"
        value = task.scores(outputs, dev.targets)[task.metric]
        return value if task.larger_is_better else -value

    kept = None
    if checkpoints is not None:
        kept = Checkpoints(checkpoints, _key(recipe, task, train, dev, run.seed))
    judge = Judge(task.metric, score)
    return train_network(model, train, dev, run, loop, judge, checkpoints=kept, listeners=listeners)


def _key(recipe: Recipe, task: Task, train: Examples, dev: Examples | None, seed: int) -> dict[str, str]:
    """What must be the same for a fit to go on where an earlier one ended."""
    return {
        "recipe": recipe.fingerprint,
        "task": task.fingerprint,
        "training rows": train.data.fingerprint,
        "dev rows": "none" if dev is None else dev.data.fingerprint,
        "seed": str(seed),
    }


def _check_kind(recipe: Recipe, train: Dataset, catalog: Catalog) -> None:
    kind = train.schema.kind
    if kind not in catalog.entry(recipe.member).tasks:
        able = [name for name, entry in catalog.entries.items() if kind in entry.tasks]
        raise UsageError(
            f"{recipe.member} does not learn {kind!r}",
            where=train.name,
            remedy=f"Models that do: {', '.join(able) or 'none yet'}",
        )


def _check_class_weight(recipe: Recipe, task: Task) -> None:
    class_weight = recipe.training.class_weight
    names = task.head().names
    for name in class_weight if isinstance(class_weight, Mapping) else ():
        if name not in names:
            raise UnknownChoiceError("class", name, names, where="class_weight")


def _check_intents(recipe: Recipe, task: Task) -> None:
    if task.head().intents and not recipe.model.tells_intents:
        raise UsageError(
            f"{recipe.member} tags tokens and tells no intent",
            remedy="Take a network, such as bilstm-crf or bert-crf, or leave out --intent",
        )


def _checked_inputs(recipe: Recipe, inputs: Mapping[str, Bundle]) -> dict[str, Bundle]:
    wanted = {reference.name: reference.content for reference in recipe.inputs}
    for name in inputs:
        if name not in wanted:
            raise UsageError(f"the recipe has no input {name!r}", remedy=f"Its inputs: {', '.join(wanted) or 'none'}")
    for name, fingerprint in wanted.items():
        if name not in inputs:
            raise UsageError(f"the recipe's input {name!r} is not given")
        if inputs[name].fingerprint != fingerprint:
            raise UsageError(
                f"the input {name!r} has the fingerprint {inputs[name].fingerprint}, the recipe names {fingerprint}"
            )
    return {name: inputs[name] for name in wanted}

"""compare: the rungs of a ladder on one data set, by one protocol, into one run folder.

::

    OUT/results.json     everything that was found; docs/results.md describes it
    OUT/report.html      the same as an offline page
    OUT/report.md        the same as Markdown
    OUT/predictions.parquet   what every rung said of every row that it was scored on
    OUT/to_predict.csv   the texts of the dev and test rows, for predictions that are made elsewhere
    OUT/bundles/RUNG/    every trained member, each a bundle of its own
    OUT/rungs/RUNG.*     what `resume` needs: outputs and costs of finished rungs
    OUT/checkpoints/     and how far the networks of an unfinished one came
    OUT/curves/RUNG-*    the same for the fits of learning curves
    OUT/vectors/         the vectors of texts that encoders gave, so that none need give them again
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wenmai.bundle import Bundle
from wenmai.catalog import CATALOG, Catalog
from wenmai.comparison.analyses.curve_points import forget_points
from wenmai.comparison.assembly import Assembly
from wenmai.comparison.checks import (
    check_classes,
    check_cost,
    check_inputs,
    check_learning_curve,
    check_settings,
    rung_names,
    threshold_search,
)
from wenmai.comparison.comparison import Comparison
from wenmai.comparison.corrected import corrected_division
from wenmai.comparison.division import Division
from wenmai.comparison.folder import run_folder
from wenmai.comparison.given import opened_inputs, references
from wenmai.comparison.ladder import Ladder, seconds_of
from wenmai.comparison.outside_file import Asked, read_outside
from wenmai.comparison.predictions import RowNumbers, write_predictions, write_to_predict
from wenmai.comparison.results import Cost, Results
from wenmai.comparison.rung import Circumstances, Rung
from wenmai.comparison.study import USUAL, Study
from wenmai.comparison.vector_memory import forget_vectors
from wenmai.core.io import write_atomic
from wenmai.core.machine import available_cores
from wenmai.core.progress import SILENT, Progress
from wenmai.data.dataset import Dataset
from wenmai.data.health import inspect
from wenmai.data.loading import Loaded, check_loaded
from wenmai.models.contract import ClassWeight
from wenmai.recipe import TrainingConfig


def compare(
    data: Dataset | Loaded,
    *,
    models: str | Sequence[str] = "quick",
    seed: int = 0,
    seeds: int = 3,
    threads: int | None = None,
    budget: float | str | None = None,
    class_weight: ClassWeight = "none",
    settings: str | Sequence[str] = (),
    inputs: Mapping[str, Bundle | str | Path] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    redact: bool = False,
    cost: Cost = "latency",
    outside: Mapping[str, Any] | None = None,
    study: Study = USUAL,
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Comparison:
    """Train every rung on the same rows, choose on dev, score once on locked test rows, recommend one.

    With a run folder each rung runs in a process of its own: its memory is measured, and one that crashes or is stopped
    takes no other with it. Without one, or with a catalog of one's own, the rungs run in this process.

    Args:
        data: labelled rows; where they come divided into train, dev and test, that division is respected.
        models: names of rungs, models and ladders, as a list or parted by commas.
        seed: decides the division, everything random in a fit, and the resamples.
        seeds: how many fits a rung gets whose model is random, with ``seed`` and those that follow it.
        threads: how many may compute at a time; all processors by default.
        budget: for all rungs together, in seconds or as ``90s``, ``10m``, ``1h``; each gets an equal share of what is
            left. A rung that does not finish is a row that says so. None for no limit.
        class_weight: ``balanced`` gives every class the same weight; or a weight a class.
        settings: changed in every rung that has them, each ``path=value``; one, or several.
        inputs: bundles that rungs build on, by the names that those give them (``vectors``); each itself or its folder.
        out: the run folder; None writes nothing.
        resume: use the finished rungs of an earlier run in this folder, where data, recipes and circumstances are the
            same, and go on with a network that was ended; what is not the same is said and run again.
        redact: leave all texts out of the reports.
        cost: by what the cheapest of the tied rungs is recommended: ``latency`` of a prediction, ``size`` on disk, time
            to ``train``, or ``memory`` of the fit; size and memory are known only with a run folder.
        outside: predictions that were made elsewhere, each a row like any other: name → a file, a frame or a list of
            dicts with the columns ``row`` and ``label`` (`wenmai.comparison.outside_file`).
        study: what to find out besides scores and costs.
        progress: hears how far the comparison has come.

    Raises:
        UsageError: for data that is not loaded, unknown models or settings, or a folder that holds something else or is
            in use.
        DataError: when the rows cannot be divided or define no task.
    """
    check_loaded(data)
    kind = (data.dataset if isinstance(data, Loaded) else data).schema.kind
    names = rung_names(models, catalog, kind)
    given = opened_inputs(inputs or {})
    circumstances = Circumstances(
        seed=seed,
        seeds=seeds,
        threads=threads or available_cores(),
        training=TrainingConfig(class_weight=class_weight),
        settings=(settings,) if isinstance(settings, str) else tuple(settings),
        inputs=references(given),
    )
    check_cost(cost, out)
    check_learning_curve(study.learning_curve, names, catalog, kind)
    seconds = seconds_of(budget)
    deadline = None if seconds is None else time.monotonic() + seconds
    with contextlib.nullcontext() if out is None else run_folder(Path(out)) as folder:
        progress.begin("read and divide", None)
        division = corrected_division(data, seed=seed, corrections=study.corrections)
        numbers = RowNumbers.of(data, division)
        check_settings(names, division, circumstances, catalog)
        check_inputs(names, division, circumstances, catalog)
        check_classes(division, circumstances, catalog)
        circumstances = circumstances.but(thresholds=threshold_search(study, division, catalog))
        outsiders = read_outside(outside or {}, _asked(data, division, numbers), division, catalog, names)
        health = inspect(data)
        progress.end()
        if folder is not None:
            write_to_predict(division, numbers, folder, redact=redact)
        if folder is not None and not resume:
            forget_points(folder)
            forget_vectors(folder)
        ladder = Ladder(division, circumstances, folder, progress, catalog, given)
        outcomes = ladder.run(names, deadline=deadline, resume=resume)
        assembly = Assembly(
            data, division, health, circumstances, study, cost, folder, deadline, catalog, progress, outsiders
        )
        results = assembly.results(outcomes)
        done = [outcome for outcome in outcomes if isinstance(outcome, Rung)]
        if folder is not None:
            write_predictions(done, outsiders, division, numbers, folder)
            write_reports(results, folder, redact=redact)
    return Comparison(results, {rung.name: rung.bundle for rung in done}, folder)


def _asked(data: Dataset | Loaded, division: Division, numbers: RowNumbers) -> Asked:
    """The rows that outside predictions may be of."""
    dev = numbers.choosing if division.dev is not None else numbers.choosing[:0]
    return Asked(numbers.test, dev, data.label_separator if isinstance(data, Loaded) else None)


def write_reports(results: Results, folder: Path, *, redact: bool = False) -> None:
    """Write results.json, report.md and report.html into a run folder."""
    from wenmai.comparison.report_html import html
    from wenmai.comparison.report_markdown import markdown

    kept = results.redacted() if redact else results
    write_atomic(folder / "results.json", kept.to_json() + "\n")
    write_atomic(folder / "report.md", markdown(kept, redact=redact))
    write_atomic(folder / "report.html", html(kept, redact=redact))

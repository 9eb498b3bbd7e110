"""compare: the rungs of a ladder on one data set, by one protocol, into one run folder.

::

    OUT/results.json     everything that was found; docs/results.md describes it
    OUT/report.html      the same as an offline page
    OUT/report.md        the same as Markdown
    OUT/bundles/RUNG/    every trained member, each a bundle of its own
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wenmai.catalog import CATALOG, Catalog
from wenmai.comparison.comparison import Comparison
from wenmai.comparison.division import Division, division_of
from wenmai.comparison.duplicates import with_duplicates
from wenmai.comparison.environment import describe_command, describe_environment
from wenmai.comparison.recommendation import recommend
from wenmai.comparison.results import Choice, DataSummary, Protocol, Recommendation, Results, RungResult
from wenmai.comparison.rung import Circumstances, Rung, candidate_recipes, run_rung
from wenmai.comparison.summary import confident_errors, failed_result, rung_result
from wenmai.core.errors import ConfigError, UnknownChoiceError, UsageError, WenmaiError, nearest
from wenmai.core.io import write_atomic
from wenmai.core.machine import available_cores
from wenmai.core.progress import SILENT, Progress
from wenmai.data.dataset import Dataset
from wenmai.data.health import Health, inspect
from wenmai.data.loading import Loaded
from wenmai.models.contract import ClassWeight
from wenmai.recipe import TrainingConfig, has_setting
from wenmai.recipe.settings import setting_paths
from wenmai.stats.bootstrap import RESAMPLES
from wenmai.stats.ties import tied_set


def compare(
    data: Dataset | Loaded,
    *,
    models: str | Sequence[str] = "quick",
    seed: int = 0,
    threads: int | None = None,
    class_weight: ClassWeight = "none",
    settings: Sequence[str] = (),
    out: str | Path | None = None,
    redact: bool = False,
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Comparison:
    """Train every rung on the same rows, choose on dev, score once on locked test rows, recommend one.

    Args:
        data: labelled rows; where they come divided into train, dev and test, that division is respected.
        models: names of rungs, models and ladders, as a list or parted by commas.
        seed: decides the division, everything random in a fit, and the resamples.
        threads: how many may compute at a time; all processors by default.
        class_weight: ``balanced`` gives every class the same weight; or a weight a class.
        settings: changed in every rung that has them, each ``path=value``.
        out: the run folder; None writes nothing.
        redact: leave all texts out of the reports.
        progress: hears how far the comparison has come.

    Raises:
        UsageError: for unknown models or settings, or a folder that holds something else.
        DataError: when the rows cannot be divided or define no task.
    """
    names = catalog.rungs(_names(models))
    circumstances = Circumstances(
        seed=seed,
        threads=threads or available_cores(),
        training=TrainingConfig(class_weight=class_weight),
        settings=tuple(settings),
    )
    folder = None if out is None else _run_folder(Path(out))
    progress.begin("read and divide", None)
    division = division_of(data, seed=seed)
    _check_settings(names, division, circumstances, catalog)
    _check_classes(division, circumstances, catalog)
    health = inspect(data)
    progress.end()
    outcomes: list[Rung | tuple[str, WenmaiError]] = []
    progress.begin("rungs", len(names))
    for name in names:
        progress.begin(name, None)
        try:
            bundles = None if folder is None else folder / "bundles"
            outcomes.append(run_rung(name, division, circumstances, folder=bundles, progress=progress, catalog=catalog))
        except WenmaiError as error:
            outcomes.append((name, error))
        progress.end()
        progress.advance()
    progress.end()
    done = [outcome for outcome in outcomes if isinstance(outcome, Rung)]
    results = _Assembly(data, division, health, circumstances, catalog, progress).results(outcomes, done)
    if folder is not None:
        write_reports(results, folder, redact=redact)
    return Comparison(results, {rung.name: rung.bundle for rung in done}, folder)


def write_reports(results: Results, folder: Path, *, redact: bool = False) -> None:
    """Write results.json, report.md and report.html into a run folder."""
    from wenmai.comparison.report_html import html
    from wenmai.comparison.report_markdown import markdown

    kept = results.redacted() if redact else results
    write_atomic(folder / "results.json", kept.to_json() + "\n")
    write_atomic(folder / "report.md", markdown(kept, redact=redact))
    write_atomic(folder / "report.html", html(kept, redact=redact))


@dataclass(frozen=True, slots=True)
class _Assembly:
    data: Dataset | Loaded
    division: Division
    health: Health
    circumstances: Circumstances
    catalog: Catalog
    progress: Progress

    def results(self, outcomes: Sequence[Rung | tuple[str, WenmaiError]], done: Sequence[Rung]) -> Results:
        """Everything that was found."""
        rows = [
            rung_result(outcome, self.division, self.catalog)
            if isinstance(outcome, Rung)
            else failed_result(*outcome, self.catalog)
            for outcome in outcomes
        ]
        recommendation = self._recommendation(rows, done)
        rung = next((one for one in done if recommendation and one.name == recommendation.name), None)
        if rung is not None:
            self.progress.begin("what duplicates would have pretended", None)
            pretended = with_duplicates(self.data, rung, self.circumstances, self.catalog)
            rows = [row.but(with_duplicates=pretended) if row.name == rung.name else row for row in rows]
            self.progress.end()
        return Results(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            command=describe_command(sys.argv),
            environment=describe_environment(),
            seed=self.circumstances.seed,
            threads=self.circumstances.threads,
            data=self._data(done),
            protocol=self._protocol(done),
            rungs=tuple(rows),
            recommendation=recommendation,
            errors=() if rung is None else confident_errors(rung, self.division),
        )

    def _recommendation(self, rows: Sequence[RungResult], done: Sequence[Rung]) -> Recommendation | None:
        if not done:
            return None
        metric = done[0].bundle.task.metric
        ties = tied_set({rung.name: rung.chosen for rung in done}, metric)
        choice: Choice = "dev" if self.division.dev is not None else "cross-validation"
        return recommend([row for row in rows if row.status == "done"], ties, choice)

    def _data(self, done: Sequence[Rung]) -> DataSummary:
        train, dev, test = self.division.train, self.division.dev, self.division.test
        source = self.data.dataset if isinstance(self.data, Loaded) else self.data
        task = done[0].bundle.task if done else self.catalog.task(train.schema.kind).of(train)
        head = task.head()
        return DataSummary(
            name=source.name.rpartition("/")[2],
            data_fingerprint=source.fingerprint,
            language=train.schema.language,
            task=train.schema.kind,
            several_labels=head.kind == "labels",
            labels=head.names,
            rows={"train": len(train), "dev": 0 if dev is None else len(dev), "test": len(test)},
            health=self.health.model_dump(mode="json"),
        )

    def _protocol(self, done: Sequence[Rung]) -> Protocol:
        division = self.division
        task = self.catalog.task(division.train.schema.kind)
        return Protocol(
            metric=done[0].bundle.task.metric if done else task.metric,
            choice="dev" if division.dev is not None else "cross-validation",
            folds=len(division.folds) or None,
            resamples=RESAMPLES,
            sentences=division.sentences(),
        )


def _names(models: str | Sequence[str]) -> list[str]:
    names = models.split(",") if isinstance(models, str) else list(models)
    names = [name.strip() for name in names if name.strip()]
    if not names:
        raise UsageError("no model is named", remedy="Name rungs, models or ladders: --models quick,tfidf-lr:words")
    return names


def _run_folder(folder: Path) -> Path:
    """The folder, if it is new, empty, or holds an earlier run or the beginning of one."""
    if folder.is_file():
        raise UsageError(f"{folder} is a file", remedy="Name a folder with --out")
    held = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if held and "results.json" not in held and held != {"bundles"}:  # A run that was interrupted left bundles alone.
        raise UsageError(
            f"{folder} holds something that is no run of wenmai", remedy="Name a new or empty folder with --out"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _check_settings(names: Sequence[str], division: Division, circumstances: Circumstances, catalog: Catalog) -> None:
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


def _check_classes(division: Division, circumstances: Circumstances, catalog: Catalog) -> None:
    """Refuse weights of classes that there are not, before anything is trained."""
    weights = circumstances.training.class_weight
    if isinstance(weights, dict):
        classes = catalog.task(division.train.schema.kind).of(division.train).head().names
        for name in weights:
            if name not in classes:
                raise UnknownChoiceError("class in the class weights", name, classes)

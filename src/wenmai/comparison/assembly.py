"""The results of a comparison, put together from its rungs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from wenmai.catalog import Catalog
from wenmai.comparison.analyses import Ground, find_out
from wenmai.comparison.division import Division
from wenmai.comparison.duplicates import with_duplicates
from wenmai.comparison.environment import describe_command, describe_environment
from wenmai.comparison.estimates import rung_components
from wenmai.comparison.outside import Outsider, chosen_contributions, outsider_result
from wenmai.comparison.recommendation import recommend
from wenmai.comparison.results import Choice, Cost, DataSummary, Protocol, Recommendation, Results, RungResult
from wenmai.comparison.rung import Circumstances, Rung
from wenmai.comparison.study import Study
from wenmai.comparison.summary import confident_errors, cut_share, failed_result, rung_result
from wenmai.core.errors import WenmaiError
from wenmai.core.progress import Progress
from wenmai.data.dataset import Dataset
from wenmai.data.health import Health
from wenmai.data.loading import Loaded
from wenmai.stats.bootstrap import RESAMPLES
from wenmai.stats.confidence_set import ConfidenceSet, confidence_set
from wenmai.stats.ties import Ties, tied_set

Outcome = Rung | tuple[str, WenmaiError]
"""A rung that is done, or the name of one that is not and why."""


@dataclass(frozen=True, slots=True)
class Assembly:
    """From rungs to results."""

    data: Dataset | Loaded
    division: Division
    health: Health
    circumstances: Circumstances
    study: Study
    cost: Cost
    folder: Path | None
    deadline: float | None
    catalog: Catalog
    progress: Progress
    outsiders: Sequence[Outsider]

    def results(self, outcomes: Sequence[Outcome]) -> Results:
        """Everything that was found."""
        done = [outcome for outcome in outcomes if isinstance(outcome, Rung)]
        rows = [
            rung_result(outcome, self.division, self.catalog)
            if isinstance(outcome, Rung)
            else failed_result(*outcome, self.catalog)
            for outcome in outcomes
        ]
        seed = self.circumstances.seed
        rows += [outsider_result(outsider, self.division, seed=seed) for outsider in self.outsiders]
        recommendation = self._recommendation(rows, done)
        rung = next((one for one in done if recommendation and one.name == recommendation.name), None)
        # With corrected labels the pretended score would be one of other labels than the honest one.
        if rung is not None and self.study.duplicates and self.study.corrections is None:
            self.progress.begin("what duplicates would have pretended", None)
            inputs = self._ground(done, recommendation).memory().before(rung.bundle.recipe, rung.bundle.inputs)
            again = replace(rung, bundle=replace(rung.bundle, inputs=inputs))
            pretended = with_duplicates(self.data, again, self.circumstances, self.catalog, self.folder)
            rows = [row.but(with_duplicates=pretended) if row.name == rung.name else row for row in rows]
            self.progress.end()
        return Results(
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            command=describe_command(sys.argv),
            environment=describe_environment(),
            seed=self.circumstances.seed,
            threads=self.circumstances.threads,
            data=self._data(done, {rung.name: cut_share(rung, self.division) for rung in done}),
            protocol=self._protocol(done),
            rungs=tuple(rows),
            recommendation=recommendation,
            errors=() if rung is None else confident_errors(rung, self.division),
            findings=find_out(self._ground(done, recommendation)),
        )

    def _ground(self, done: Sequence[Rung], recommendation: Recommendation | None) -> Ground:
        return Ground(
            data=self.data,
            division=self.division,
            circumstances=self.circumstances,
            study=self.study,
            done=done,
            recommendation=recommendation,
            folder=self.folder,
            deadline=self.deadline,
            catalog=self.catalog,
            progress=self.progress,
            outsiders=self.outsiders,
        )

    def _recommendation(self, rows: Sequence[RungResult], done: Sequence[Rung]) -> Recommendation | None:
        if not done:
            return None
        metric = done[0].bundle.task.metric
        choice: Choice = "dev" if self.division.dev is not None else "cross-validation"
        outside = chosen_contributions(self.outsiders, self.division)
        finished = [row for row in rows if row.status == "done" or row.name in outside]
        parts = rung_components(done, self.division, "chosen", metric, outside)
        ties: Ties | ConfidenceSet = (
            tied_set({rung.name: rung.chosen for rung in done}, metric)
            if parts is None
            else confidence_set(parts, seed=self.circumstances.seed)
        )
        fitted = None
        if not {rung.name for rung in done} & set(ties.tied):
            alone = rung_components(done, self.division, "chosen", metric)
            assert alone is not None, "only labels can be predicted outside, and they have contributions"
            fitted = confidence_set(alone, seed=self.circumstances.seed)
        unit = done[0].bundle.task.unit
        return recommend(finished, ties, choice, parts, cost=self.cost, fitted=fitted, unit=unit)

    def _data(self, done: Sequence[Rung], truncation: dict[str, float]) -> DataSummary:
        train, dev, test = self.division.train, self.division.dev, self.division.test
        source = self.data.dataset if isinstance(self.data, Loaded) else self.data
        task = done[0].bundle.task if done else self.catalog.task(train.schema.kind).of(train)
        head = task.head()
        return DataSummary(
            name=self.data.name if isinstance(self.data, Loaded) else source.name.rpartition("/")[2],
            data_fingerprint=source.fingerprint,
            language=train.schema.language,
            task=train.schema.kind,
            several_labels=head.kind == "labels",
            labels=task.class_names(),
            rows={"train": len(train), "dev": 0 if dev is None else len(dev), "test": len(test)},
            health=self.health.but(truncation=truncation).model_dump(mode="json"),
        )

    def _protocol(self, done: Sequence[Rung]) -> Protocol:
        division = self.division
        task = done[0].bundle.task if done else self.catalog.task(division.train.schema.kind).of(division.train)
        remarks = task.remarks(task.targets(division.test)) if done else ()
        return Protocol(
            metric=task.metric,
            choice="dev" if division.dev is not None else "cross-validation",
            folds=len(division.folds) or None,
            resamples=RESAMPLES,
            seeds=self.circumstances.seeds,
            cost=self.cost,
            sentences=(*division.sentences(), *(f"{one[:1].upper()}{one[1:]}." for one in remarks)),
        )

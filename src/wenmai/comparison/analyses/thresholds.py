"""Decision thresholds found where choices are made, against 0.5, on the test rows.

Letters of the shapes: N rows, C labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wenmai.comparison.findings.thresholds import LabelThreshold, RungThresholds, Thresholds
from wenmai.comparison.rung import Rung
from wenmai.metrics.thresholds import DEFAULT
from wenmai.stats.bootstrap import Bootstrap, paired_difference
from wenmai.stats.components import critical_value
from wenmai.stats.intervals import Estimate
from wenmai.tasks.classify import Classify
from wenmai.tasks.thresholds import ThresholdSearch, enough, has_thresholds, settled, with_thresholds

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground

UNTOUCHED = frozenset({"auc", "log_loss"})
"""Metrics of the probabilities themselves, which no threshold changes."""
COST = "cost"


def thresholds(ground: Ground) -> Thresholds | None:
    """Of every rung that has a yes or no to decide on; None where none has."""
    rungs = [rung for rung in ground.done if has_thresholds(rung.bundle.task)]
    if not rungs:
        return None
    division, seed = ground.division, ground.circumstances.seed
    search = settled(ground.study.threshold_search, rungs[0].bundle.task, division.train)
    ground.progress.begin("decision thresholds", len(rungs))
    found = []
    for rung in rungs:
        task = rung.bundle.task
        chosen_on, tested_on = task.targets(division.choosing), task.targets(division.test)
        found.append(rung_thresholds(rung, chosen_on, tested_on, search, seed=seed))
        ground.progress.advance()
    ground.progress.end()
    return Thresholds(shipped=ground.study.thresholds, search=search, rungs=tuple(found))


def rung_thresholds(
    rung: Rung, chosen_on: NDArray[Any], tested_on: NDArray[Any], search: ThresholdSearch, *, seed: int
) -> RungThresholds:
    """One rung's thresholds, and what they change.

    Args:
        rung: with its outputs.
        chosen_on: targets of the rows that choices are made on; tested_on: of the test rows.
        search: what thresholds are searched for, settled.
        seed: decides the resamples.
    """
    found = with_thresholds(rung.bundle.task, rung.chosen_outputs, chosen_on, search)
    fixed = found.but(thresholds=None)
    # One of the two is what the bundle decides by, and resampled already.
    known = {rung.bundle.task: rung.tested}
    before, after = (
        known.get(task) or task.bootstrap(rung.test_outputs, tested_on, seed=seed) for task in (fixed, found)
    )
    metrics = [metric for metric in before.points if metric not in UNTOUCHED]
    values = [{metric: one.estimates()[metric] for metric in metrics} for one in (before, after)]
    differences = {metric: paired_difference(after, before, metric) for metric in metrics}
    if search.costs is not None:
        paid = [_paid(task, rung.test_outputs, tested_on, search) for task in (fixed, found)]
        values[0][COST], values[1][COST] = map(_mean, paid)
        differences[COST] = _mean(paid[1] - paid[0])
    return RungThresholds(
        name=rung.name,
        labels=_labels(found, chosen_on, before, after, search),
        fixed=values[0],
        found=values[1],
        difference=differences,
    )


def _labels(
    found: Classify, chosen_on: NDArray[Any], before: Bootstrap, after: Bootstrap, search: ThresholdSearch
) -> tuple[LabelThreshold, ...]:
    """Every label; of two classes the positive one."""
    each = found.thresholds or (DEFAULT,) * len(found.labels)
    shown = range(len(found.labels)) if found.several else [found.labels.index(str(search.positive))]
    rows = []
    for at in shown:
        carried = chosen_on[:, at] == 1 if found.several else chosen_on == at
        rows.append(
            LabelThreshold(
                label=found.labels[at],
                threshold=each[at],
                positives=int(carried.sum()),
                searched=enough(carried),
                fixed=before.classes[at].f1,
                found=after.classes[at].f1,
            )
        )
    return tuple(rows)


def _paid(task: Classify, outputs: Any, targets: NDArray[Any], search: ThresholdSearch) -> NDArray[np.float64]:
    """What the mistakes on each row [N] cost."""
    assert search.costs is not None
    said, truth = task.decided(task.probabilities(outputs)), targets
    if task.several:
        said, truth = said == 1, truth == 1
    else:
        positive = task.labels.index(str(search.positive))
        said, truth = (said == positive)[:, None], (truth == positive)[:, None]
    wrongly, missed = (said & ~truth).sum(axis=1), (~said & truth).sum(axis=1)
    return np.asarray(search.costs.false_positive * wrongly + search.costs.false_negative * missed, np.float64)


def _mean(paid: NDArray[np.float64]) -> Estimate:
    """With Student's interval."""
    rows, value = len(paid), float(paid.mean())
    if rows < 2:
        return Estimate(value=value, low=value, high=value)
    half = critical_value(rows - 1, 0.95) * float(paid.std(ddof=1)) / rows**0.5
    return Estimate(value=value, low=value - half, high=value + half)

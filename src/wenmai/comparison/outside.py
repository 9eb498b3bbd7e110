"""Outside predictions: what somebody else's model said of the same rows, scored as a rung is.

It has no bundle, so that it can be compared and not recommended. With the dev rows it stands among the rungs that may
be the best; without them it is compared on the test rows alone, which reports and chooses nothing.

Shapes: N rows, C labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.comparison.division import Division
from wenmai.comparison.results import Confusion, RungResult
from wenmai.evaluation.report import scores_of_classes
from wenmai.metrics.labels import confusion
from wenmai.stats.bootstrap import Bootstrap, bootstrap_label_sets, bootstrap_labels
from wenmai.stats.components import components
from wenmai.stats.contributions import label_contributions, label_set_contributions
from wenmai.stats.intervals import Estimate
from wenmai.tasks.classify import Classify

Floats = NDArray[np.float64]

PROBABILISTIC = ("auc", "log_loss")
"""Metrics of probabilities; all others are of labels."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was said of the rows of one part.

    Attributes:
        predicted: label numbers [N], or [N, C] of 0 and 1 where a row may carry several.
        probabilities: [N, C]; None where only labels were given.
    """

    predicted: NDArray[Any]
    probabilities: Floats | None = None


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody else's predictions.

    Attributes:
        name: what they are called; source: the name of the file they came in.
        fingerprint: of what was said.
        task: the labels that they speak of.
        test, dev: of the rows of these parts; dev is None where only the test rows were predicted.
        notes: what was assumed when they were read.
    """

    name: str
    source: str
    fingerprint: str
    task: Classify
    test: Answers
    dev: Answers | None
    notes: tuple[str, ...] = ()


def tested_contributions(outsider: Outsider, division: Division) -> dict[str, Floats]:
    """What each test row [N] contributes to each metric."""
    return _contributions(outsider.task, outsider.test, outsider.task.targets(division.test))


def chosen_contributions(outsiders: Sequence[Outsider], division: Division) -> dict[str, dict[str, Floats]]:
    """Of each outsider who predicted the dev rows, what each of them contributes to each metric."""
    dev = division.dev
    if dev is None:
        return {}
    return {
        one.name: _contributions(one.task, one.dev, one.task.targets(dev)) for one in outsiders if one.dev is not None
    }


def outsider_result(outsider: Outsider, division: Division, *, seed: int) -> RungResult:
    """The row of an outsider in the results.

    Args:
        seed: decides the resamples behind the intervals of the classes.
    """
    task, said = outsider.task, outsider.test
    gold = task.targets(division.test)
    tested = _bootstrap(task, said, gold, seed)
    counts = None if task.several else confusion(gold, said.predicted, len(task.labels))
    return RungResult(
        name=outsider.name,
        title=outsider.name,
        status="outside",
        dev=_estimates(chosen_contributions([outsider], division).get(outsider.name, {})),
        test=_estimates(_contributions(task, said, gold)),
        per_class=scores_of_classes(task.labels, tested),
        confusion=None if counts is None else Confusion(labels=task.labels, counts=counts.tolist()),
        notes=(f"outside predictions, from {outsider.source}", *outsider.notes),
    )


def _contributions(task: Classify, said: Answers, gold: NDArray[Any]) -> dict[str, Floats]:
    contribute: Callable[..., dict[str, Floats]] = label_set_contributions if task.several else label_contributions
    found = _of_labels(contribute(gold, _hard(task, said.predicted)))
    return found if said.probabilities is None else found | _of_probabilities(contribute(gold, said.probabilities))


def _bootstrap(task: Classify, said: Answers, gold: NDArray[Any], seed: int) -> Bootstrap:
    """Of the labels alone: the classes, with their intervals."""
    resample = bootstrap_label_sets if task.several else bootstrap_labels
    return resample(gold, _hard(task, said.predicted), seed=seed)


def _estimates(contributions: Mapping[str, Floats]) -> dict[str, Estimate]:
    return {metric: components({"it": [contributions]}, metric).estimate("it") for metric in contributions}


def _hard(task: Classify, predicted: NDArray[Any]) -> Floats:
    """Labels as probabilities [N, C] of 0 and 1, by which nothing but labels can be scored."""
    hard: Floats = predicted.astype(np.float64) if task.several else np.eye(len(task.labels))[predicted]
    return hard


def _of_labels(found: Mapping[str, Floats]) -> dict[str, Floats]:
    return {metric: values for metric, values in found.items() if metric not in PROBABILISTIC}


def _of_probabilities(found: Mapping[str, Floats]) -> dict[str, Floats]:
    return {metric: values for metric, values in found.items() if metric in PROBABILISTIC}

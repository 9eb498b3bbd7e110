"""Report: what one bundle scores on one data set, with intervals, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from wenmai.bundle.bundle import Bundle
from wenmai.core.config import Config
from wenmai.core.errors import DataError, UsageError
from wenmai.core.machine import versions
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded, check_loaded
from wenmai.evaluation.costs import Costs, measure_costs
from wenmai.metrics.spans import SpanErrors
from wenmai.stats.bootstrap import Bootstrap
from wenmai.stats.intervals import Estimate, wilson_interval
from wenmai.tasks.classify import Classify
from wenmai.tasks.tag import Tag


class ClassScores(Config):
    """How one class was treated."""

    label: str
    precision: Estimate
    recall: Estimate
    f1: Estimate
    support: int
    """Rows that are it."""
    predicted: int
    """Rows that were predicted as it."""


class SureRows(Config):
    """The rows of which a bundle is sure enough to answer."""

    unsure_below: float
    """The confidence from which on it is."""
    share: Estimate
    """Of all rows."""
    accuracy: Estimate | None
    """The share of them that is right, with several labels a row in all labels; None where there are none."""


class Report(Config):
    """Scores of one bundle on one data set."""

    bundle: str
    """The bundle's fingerprint."""
    member: str
    data: str
    data_fingerprint: str
    rows: int
    metric: str
    """The metric by which this task chooses."""
    metrics: dict[str, Estimate]
    classes: tuple[ClassScores, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None
    """Rows by true and by predicted label, in the order of the classes; None with several labels a row."""
    sure: SureRows | None = None
    """Where a confidence was given."""
    span_errors: SpanErrors | None = None
    """Of a tagger: what became of the gold spans."""
    costs: Costs
    versions: dict[str, str]
    notes: tuple[str, ...] = ()


def evaluate(bundle: Bundle, data: Dataset | Loaded, *, seed: int = 0, unsure_below: float | None = None) -> Report:
    """Score a bundle on labelled rows that it was not trained on.

    Args:
        data: the rows; of loaded data that is divided, the test part, or dev where it has no test part.
        seed: decides the resamples behind the intervals.
        unsure_below: a confidence; what share of the rows reaches it, and is right then, is told too.

    Raises:
        UsageError: for data that is not loaded, and for a confidence of what gives no labels.
        DataError: when there are no rows, or a label that was never learnt.
    """
    check_loaded(data)
    if isinstance(data, Loaded):
        data = data.scored
    if not len(data):
        raise DataError("there is no row to evaluate on", where=data.name)
    targets = bundle.task.targets(data)
    outputs = bundle.outputs(data)
    bootstrap = bundle.task.bootstrap(outputs, targets, seed=seed)
    return Report(
        bundle=bundle.fingerprint,
        member=bundle.recipe.member,
        data=data.name.rpartition("/")[2],
        data_fingerprint=data.fingerprint,
        rows=len(data),
        metric=bundle.task.metric,
        metrics=bootstrap.estimates(),
        classes=class_scores(bundle, bootstrap),
        confusion=confusion_counts(bundle, outputs, targets),
        sure=None if unsure_below is None else sure_rows(bundle, outputs, targets, unsure_below),
        costs=measure_costs(bundle, data),
        versions=versions(),
        notes=(*_seen_rows_note(bundle, data), *bundle.task.remarks(targets)),
        span_errors=bundle.task.errors(outputs, targets) if isinstance(bundle.task, Tag) else None,
    )


def class_scores(bundle: Bundle, bootstrap: Bootstrap) -> tuple[ClassScores, ...]:
    """Each class with its intervals, where the task has classes."""
    if not bootstrap.classes:
        return ()
    scores = scores_of_classes(bundle.task.class_names(), bootstrap)
    if isinstance(bundle.task, Tag):  # A type that these sentences do not have, and nobody finds, says nothing.
        return tuple(one for one in scores if one.support or one.predicted)
    return scores


def scores_of_classes(names: Sequence[str], bootstrap: Bootstrap) -> tuple[ClassScores, ...]:
    """Each class of a bootstrap by its name."""
    return tuple(
        ClassScores(
            label=name,
            precision=one.precision,
            recall=one.recall,
            f1=one.f1,
            support=one.support,
            predicted=one.predicted,
        )
        for name, one in zip(names, bootstrap.classes, strict=True)
    )


def confusion_counts(bundle: Bundle, outputs: Any, targets: NDArray[Any]) -> tuple[tuple[int, ...], ...] | None:
    """Rows by true and predicted label, for one label a row."""
    from wenmai.metrics.labels import confusion

    if not isinstance(bundle.task, Classify) or bundle.task.several:
        return None
    predicted = bundle.task.decided(bundle.task.probabilities(outputs))
    counts = confusion(targets, predicted, len(bundle.task.labels))
    return tuple(tuple(row) for row in counts.tolist())


def sure_rows(bundle: Bundle, outputs: Any, targets: NDArray[Any], unsure_below: float) -> SureRows:
    """What share of the rows is sure enough, and what share of these is right.

    Raises:
        UsageError: for a bundle that gives no labels.
    """
    if not isinstance(bundle.task, Classify):
        raise UsageError(
            f"what {bundle.recipe.member} says has no probability", remedy="Leave out unsure_below, --unsure-below"
        )
    probabilities = bundle.task.probabilities(outputs)
    right = bundle.task.decided(probabilities) == targets
    right = right.all(axis=1) if bundle.task.several else right
    sure = bundle.task.confidence(probabilities) >= unsure_below
    number, share = int(sure.sum()), float(sure.mean())
    accuracy = float(right[sure].mean()) if number else None
    return SureRows(
        unsure_below=unsure_below,
        share=Estimate.of(share, wilson_interval(share, len(sure))),
        accuracy=None if accuracy is None else Estimate.of(accuracy, wilson_interval(accuracy, number)),
    )


def _seen_rows_note(bundle: Bundle, data: Dataset) -> tuple[str, ...]:
    """What is to be said where the rows, or some of them, are those that the bundle learnt from."""
    if bundle.provenance.data_fingerprint == data.fingerprint:
        return ("these are the very rows that the bundle was trained on: the scores say nothing about new text",)
    if bundle.provenance.source_fingerprint == data.source_fingerprint:
        return (
            "the rows that the bundle was trained on were taken from this very data set: "
            "the scores are mostly of text that it has seen",
        )
    return ()

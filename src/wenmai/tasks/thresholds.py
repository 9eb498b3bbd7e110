"""Decision thresholds of a classifier: searched where choices are made, then a part of its task.

What is searched for is what the comparison goes by, macro F1. With several labels a row that is the mean of the F1 of
each label, so each label's threshold is found by itself. With two classes, one a row, it is the mean of the F1 of both,
which does not depend on which of them is called positive; the F1 of the rarer one alone would be paid for by the other.
Where mistakes have prices, the lowest cost is searched for instead.

- Lipton, Elkan and Naryanaswamy (2014). Optimal thresholding of classifiers to maximize F1 measure. ECML PKDD: a label
  that a model knows nothing of is best given to every row. Thresholds are therefore searched only with enough rows.

Letters of the shapes: N rows, C labels.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from wenmai.core.config import Config
from wenmai.core.errors import UnknownChoiceError, UsageError
from wenmai.data.dataset import Dataset
from wenmai.metrics.thresholds import DEFAULT, Costs, best_threshold
from wenmai.models.contract import Outputs
from wenmai.tasks.classify import Classify
from wenmai.tasks.contract import Task

FEWEST = 10
"""With fewer rows that carry a label, or that do not, its threshold stays at 0.5: the search would be a gamble."""


class MistakeCosts(Config):
    """What a mistake costs, in any unit: a label that is wrongly given, and one that is wrongly not."""

    false_positive: float = Field(ge=0)
    false_negative: float = Field(ge=0)

    @model_validator(mode="after")
    def _one_costs(self) -> Self:
        if not (self.false_positive or self.false_negative):
            raise ValueError("at least one of the two mistakes must cost something")
        return self


class ThresholdSearch(Config):
    """What thresholds are searched for."""

    costs: MistakeCosts | None = None
    """Of the two mistakes; None for macro F1."""
    positive: str | None = None
    """Of two classes, one a row: the one that is given or not; None for the rarer one of the training rows."""


def settled(search: ThresholdSearch, task: Task, train: Dataset) -> ThresholdSearch:
    """The search with the positive class named, where the task has one.

    Raises:
        UsageError: for a task that has no thresholds: no classification, or three classes and more with one label a
            row, or a positive class where rows carry several labels.
        UnknownChoiceError: for a positive class that there is not.
    """
    if not has_thresholds(task):
        raise UsageError(
            "thresholds are searched for two classes, or for several labels a row",
            remedy="Leave the thresholds fixed; of more classes the most probable one is predicted",
        )
    assert isinstance(task, Classify)
    if task.several:
        if search.positive is not None:
            raise UsageError(
                f"{search.positive!r} is named as the positive class, but rows carry several labels",
                remedy="Leave it out: every label has a threshold of its own",
            )
        return search
    if search.positive is None:
        counts = np.bincount(task.targets(train), minlength=2)
        return search.but(positive=task.labels[int(counts[1] <= counts[0])])
    if search.positive not in task.labels:
        raise UnknownChoiceError("positive class", search.positive, task.labels)
    return search


def has_thresholds(task: Task) -> bool:
    """Whether a task has a yes or no to decide on: several labels a row, or two classes."""
    return isinstance(task, Classify) and (task.several or len(task.labels) == 2)


def with_thresholds(task: Task, outputs: Outputs, targets: NDArray[Any], search: ThresholdSearch) -> Classify:
    """The task with the thresholds that do best on some rows; never give it test rows.

    Args:
        task: several labels a row, or two classes.
        outputs: [N, C] of a model on rows that it did not learn from.
        targets: as the task has them.
        search: what is searched for, `settled`.

    Returns:
        The task without thresholds where 0.5 does best for every label.

    Raises:
        UsageError: for a task that has no thresholds.
    """
    if not isinstance(task, Classify) or not has_thresholds(task):
        raise UsageError("thresholds are searched for two classes, or for several labels a row")
    probabilities = task.probabilities(outputs)
    costs = None if search.costs is None else Costs(search.costs.false_positive, search.costs.false_negative)
    if task.several:
        each = [_of_label(targets[:, at] == 1, probabilities[:, at], costs) for at in range(len(task.labels))]
        found = None if all(one == DEFAULT for one in each) else tuple(each)
    else:
        positive = task.labels.index(search.positive) if search.positive else 1
        threshold = _of_classes(targets == positive, probabilities[:, positive], costs)
        pair = (1 - threshold, threshold) if positive else (threshold, 1 - threshold)
        found = None if threshold == DEFAULT else pair
    return task.but(thresholds=found)


def enough(carried: NDArray[np.bool_]) -> bool:
    """Whether a threshold is searched for a label that these rows [N] carry or do not."""
    return min(int(carried.sum()), int((~carried).sum())) >= FEWEST


def _of_label(carried: NDArray[np.bool_], scores: NDArray[np.float64], costs: Costs | None) -> float:
    if not enough(carried):
        return DEFAULT
    return best_threshold(carried, scores, costs=costs).threshold


def _of_classes(carried: NDArray[np.bool_], scores: NDArray[np.float64], costs: Costs | None) -> float:
    if not enough(carried):
        return DEFAULT
    threshold = best_threshold(carried, scores, costs=costs, both_sides=True).threshold
    if threshold == DEFAULT or not (scores == threshold).any():
        return threshold
    # Both classes would exceed their thresholds by nothing: the row belongs to the positive one, clear of rounding.
    below = scores[scores < threshold].max(initial=0.0)
    return (threshold + float(below)) / 2

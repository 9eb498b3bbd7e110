"""Pairs of texts: a label between them, a number, or answers that are ranked by question.

Which of the three it is follows from the columns: `Pair` gives the task that fits, and finds it again in a bundle.
Labels are those of classification; entailment is an example, and whether two questions mean the same. A number is
predicted as it is. Where the second text may answer the first, a model gives every pair a score, and the answers to one
question are put in order by it.

Letters of the shapes: N rows, Q questions that have a right answer.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import PairColumns
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Head, Model, Outputs
from wenmai.stats.bootstrap import RESAMPLES, Bootstrap, resampled_rows
from wenmai.tasks.classify import Classify
from wenmai.tasks.contract import Task

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScorePrediction:
    """What is said of one pair.

    Attributes:
        score: the predicted number; where answers are ranked, higher for what is more likely right.
        note: what the person should know of this row, where there is something.
    """

    score: float
    note: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON and tables."""
        return {"score": self.score}


class Pair(Task, ABC):
    """Stands in the catalog for the three tasks of pairs and gives the one that fits; never made itself."""

    kind: Literal["pair"] = "pair"

    @classmethod
    def of(cls, train: Dataset) -> Task:
        """The task as the columns and the training rows define it."""
        return _kind_of(_pair_columns(train).answer).of(train)

    @classmethod
    def restored(cls, values: Mapping[str, Any], *, where: str | None = None) -> Task:
        """The task that was written into a bundle."""
        return _kind_of(values.get("answer", "label")).parse(values, where=where)


class _OfPairs(Task):
    """What the three have in common: nothing is said of single texts."""

    def outputs(self, model: Model, inputs: Inputs) -> Outputs:
        """What a model says of a batch of pairs; raises `UsageError` for single texts."""
        if inputs.second is None:
            raise UsageError(
                "this model reads pairs of texts, and was given single ones",
                remedy="Give two after each other, or a table with --file; in Python: wenmai.Inputs(first, second)",
            )
        return model.outputs(inputs)


class PairLabels(_OfPairs, Classify):
    """What stands between two texts: one of several labels."""

    kind: Literal["pair"] = "pair"


class PairScores(_OfPairs):
    """A number for each pair, such as how like the two texts are. Chosen by Spearman's correlation."""

    kind: Literal["pair"] = "pair"
    answer: Literal["score"] = "score"
    metric: ClassVar[str] = "spearman"

    @classmethod
    def of(cls, train: Dataset) -> Self:
        """The task; raises `DataError` where all numbers are the same."""
        values = _numbers(train)
        if not len(values) or values.min() == values.max():
            held = f"only the number {values[0]:g}" if len(values) else "no number"
            raise DataError(
                f"the column {_pair_columns(train).label!r} holds {held}",
                where=train.name,
                remedy="There must be two different ones to learn from; is this the score column? See --score",
            )
        return cls()

    def head(self) -> Head:
        """A number [N]."""
        return Head("value", 1)

    def targets(self, data: Dataset) -> Floats:
        """The numbers [N]."""
        return _numbers(data)

    def predictions(self, outputs: Outputs, inputs: Inputs) -> list[ScorePrediction]:
        """A number a row."""
        return [ScorePrediction(*one) for one in zip(_column(outputs).tolist(), _notes(inputs), strict=True)]

    def scores(self, outputs: Outputs, targets: Any) -> dict[str, float]:
        """``spearman``, ``pearson`` and ``rmse``."""
        from wenmai.stats.correlation import correlation_scores

        return correlation_scores(_column(outputs), targets)

    def contributions(self, outputs: Outputs, targets: Any) -> Mapping[str, Floats]:
        """What each row [N] contributes to each metric."""
        from wenmai.stats.correlation import correlation_contributions

        return correlation_contributions(_column(outputs), targets)

    def bootstrap(self, outputs: Outputs, targets: Any, *, seed: int = 0) -> Bootstrap:
        """The same scores with their resamples, many at a time."""
        from wenmai.stats.correlation import bootstrap_correlations

        return bootstrap_correlations(_column(outputs), targets, seed=seed)


class PairRanking(_OfPairs):
    """Answers to questions, the likely ones first. Chosen by mean average precision; intervals are over questions."""

    kind: Literal["pair"] = "pair"
    answer: Literal["relevance"] = "relevance"
    metric: ClassVar[str] = "map"
    unit: ClassVar[str] = "question"

    @classmethod
    def of(cls, train: Dataset) -> Self:
        """The task; raises `DataError` where all answers are right, or all wrong."""
        relevant = _numbers(train)
        if not len(relevant) or relevant.min() == relevant.max():
            what = "right" if len(relevant) and relevant[0] else "wrong"
            raise DataError(
                f"all answers are {what} by the column {_pair_columns(train).label!r}",
                where=train.name,
                remedy="There must be right answers (1) and wrong ones (0)",
            )
        return cls()

    def head(self) -> Head:
        """A score [N] by which the answers to a question are put in order."""
        return Head("ranks", 1)

    def targets(self, data: Dataset) -> NDArray[np.int64]:
        """[N, 2]: whether the answer is right, and the number of its question.

        Raises:
            DataError: when no question has a right answer.
        """
        relevant = _numbers(data).astype(np.int64)
        if not relevant.any():
            raise DataError("no answer is right, so nothing can be ranked", where=data.name, remedy="Mark some with 1")
        groups = data.groups()
        assert groups is not None, "the schema keeps the answers to a question together"
        numbers: dict[str, int] = {}
        names = (f"row {row}" if group is None else f"group {group}" for row, group in enumerate(groups))
        questions = np.fromiter((numbers.setdefault(name, len(numbers)) for name in names), np.int64, len(groups))
        return np.stack([relevant, questions], axis=1)

    def predictions(self, outputs: Outputs, inputs: Inputs) -> list[ScorePrediction]:
        """A score a row."""
        return [ScorePrediction(*one) for one in zip(_column(outputs).tolist(), _notes(inputs), strict=True)]

    def scores(self, outputs: Outputs, targets: Any) -> dict[str, float]:
        """``map`` and ``mrr`` over the questions that have a right answer."""
        return {name: float(values.mean()) for name, values in self.contributions(outputs, targets).items()}

    def contributions(self, outputs: Outputs, targets: Any) -> Mapping[str, Floats]:
        """The average precision and the reciprocal rank of each question [Q]."""
        from wenmai.metrics.ranking import ranking_of_questions

        return ranking_of_questions(_column(outputs), targets[:, 0] == 1, targets[:, 1])

    def bootstrap(self, outputs: Outputs, targets: Any, *, seed: int = 0) -> Bootstrap:
        """Resamples of the questions, since the answers to one are not independent."""
        values = self.contributions(outputs, targets)
        questions = len(values["map"])
        drawn: dict[str, list[Floats]] = {name: [] for name in values}
        for chosen in resampled_rows(questions, RESAMPLES, seed):
            for name, parts in drawn.items():
                parts.append(values[name][chosen].mean(axis=1))
        draws = {name: np.concatenate(parts) for name, parts in drawn.items()}
        return Bootstrap(questions, seed, 0.95, {name: float(one.mean()) for name, one in values.items()}, draws, ())

    def remarks(self, targets: Any) -> tuple[str, ...]:
        """How many questions the scores are of, and how many have no right answer."""
        questions = len(np.unique(targets[:, 1]))
        answered = len(np.unique(targets[targets[:, 0] == 1, 1]))
        found = (f"the scores are means over {answered:,} questions, and their intervals are over questions",)
        if answered == questions:
            return found
        return (*found, f"{questions - answered:,} of {questions:,} questions have no right answer and are left out")


def _kind_of(answer: str) -> type[PairLabels | PairScores | PairRanking]:
    kinds: dict[str, type[PairLabels | PairScores | PairRanking]] = {"score": PairScores, "relevance": PairRanking}
    return kinds.get(answer, PairLabels)


def _pair_columns(data: Dataset) -> PairColumns:
    columns = data.schema.columns
    if not isinstance(columns, PairColumns):
        raise DataError("the rows are no pairs of texts", where=data.name, remedy="Name them with --first and --second")
    return columns


def _numbers(data: Dataset) -> Floats:
    """The number of each row [N]; raises `DataError` for a row without one."""
    _pair_columns(data)
    answers = data.answers()
    for row, answer in enumerate(answers):
        if not isinstance(answer, int | float) or not np.isfinite(answer):
            raise DataError(
                "no number" if answer is None else f"the answer {answer!r} where a number is expected",
                where=data.where(row),
                remedy="Load the file with wenmai.load, which leaves rows without a number out",
            )
    if not answers and len(data):
        raise DataError("the rows have no answers", where=data.name, remedy="Name their column: --score or --relevance")
    return np.array(answers, np.float64)


def _column(outputs: Outputs) -> Floats:
    """Outputs [N] or [N, 1] as [N]."""
    return np.asarray(outputs, np.float64).reshape(len(outputs))


def _notes(inputs: Inputs) -> Sequence[str | None]:
    from wenmai.tasks.classify import empty_notes

    return empty_notes(inputs)

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wenmai.catalog import CATALOG
from wenmai.core.errors import ConfigError, DataError
from wenmai.core.schema import EmbedColumns, PairAnswer, PairColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.tasks.classify import Classify
from wenmai.tasks.contract import Task
from wenmai.tasks.pair import PairLabels, PairRanking, PairScores


def pairs(answers: list[Any], kind: PairAnswer, questions: list[str] | None = None) -> Dataset:
    first = questions or [f"first {at}" for at in range(len(answers))]
    table = pa.table({"first": first, "second": [f"second {at}" for at in range(len(answers))], "label": answers})
    return Dataset(table, Schema(columns=PairColumns(answer=kind)), "pairs.csv", np.arange(1, len(answers) + 1))


def made(answers: list[Any], kind: PairAnswer, questions: list[str] | None = None) -> Task:
    return CATALOG.task("pair").of(pairs(answers, kind, questions))


@pytest.mark.parametrize(
    ("task", "kind", "metric"),
    [
        (made(["no", "yes", "no"], "label"), "classes", "macro_f1"),
        (made([1.0, 2.5], "score"), "value", "spearman"),
        (made([0.0, 1.0], "relevance"), "ranks", "map"),
    ],
)
def test_the_columns_decide_and_a_bundle_finds_it_again(task: Task, kind: str, metric: str) -> None:
    assert (task.head().kind, task.metric, task.kind) == (kind, metric, "pair")
    written = json.loads(task.to_json())
    again = CATALOG.task("pair").restored(written)
    assert (again, type(again)) == (task, type(task))


def test_labels_are_those_of_classification() -> None:
    task = made(["2", "10", "1"], "label")
    assert isinstance(task, PairLabels)
    assert isinstance(task, Classify)
    assert task.labels == ("1", "2", "10")
    said = task.predictions(np.array([[0.0, 2.0, 0.0]] * 3), Inputs(["a", "", " "], ["b", "c", ""]))
    assert [one.label for one in said] == ["2"] * 3
    assert [one.note for one in said] == [None, "the first text is empty", "both texts are empty"]


def test_a_task_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="labels"):
        CATALOG.task("pair").restored({"kind": "pair"}, where="bundle.json")
    single = Dataset(pa.table({"text": ["a"]}), Schema(columns=EmbedColumns()), "a.txt")
    with pytest.raises(DataError, match="the rows are no pairs of texts"):
        CATALOG.task("pair").of(single)


def test_scores_are_numbers_and_their_predictions_too() -> None:
    task = made([1.0, 2.5, 4.0], "score")
    data = pairs([1.0, 2.5, 4.0], "score")
    outputs = np.array([[0.2], [0.3], [0.9]])
    assert task.targets(data).tolist() == [1.0, 2.5, 4.0]
    assert task.scores(outputs, task.targets(data))["spearman"] == pytest.approx(1)
    assert [one.to_dict() for one in task.predictions(outputs, data.inputs())] == [
        {"score": 0.2},
        {"score": 0.3},
        {"score": 0.9},
    ]


@pytest.mark.parametrize(
    ("answers", "kind", "message"),
    [
        ([2.0, 2.0], "score", "pairs.csv: the column 'label' holds only the number 2."),
        ([1.0, 1.0], "relevance", "pairs.csv: all answers are right by the column 'label'."),
        ([0.0, 0.0], "relevance", "pairs.csv: all answers are wrong by the column 'label'."),
        ([1.0, None], "score", "pairs.csv:2: no number."),
        ([1.0, float("nan")], "score", "pairs.csv:2: the answer nan where a number is expected."),
        (["a", "a"], "label", "pairs.csv: column 'label' holds only the label 'a'."),
    ],
)
def test_what_defines_no_task_is_told(answers: list[Any], kind: PairAnswer, message: str) -> None:
    with pytest.raises(DataError) as caught:
        made(answers, kind)
    assert str(caught.value).startswith(message)


def test_answers_are_ranked_within_their_question() -> None:
    questions = ["who", "who", "where", "where", "why"]
    data = pairs([0.0, 1.0, 1.0, 0.0, 0.0], "relevance", questions)
    task = CATALOG.task("pair").of(data)
    assert isinstance(task, PairRanking)
    targets = task.targets(data)
    assert targets.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1], [0, 2]]
    outputs = np.array([0.9, 0.1, 0.2, 0.05, 3.0])
    assert task.scores(outputs, targets) == {"map": 0.75, "mrr": 0.75}
    bootstrap = task.bootstrap(outputs, targets)
    assert (bootstrap.rows, set(np.unique(bootstrap.draws["map"]))) == (2, {0.5, 0.75, 1.0})
    assert task.remarks(targets) == (
        "the scores are means over 2 questions, and their intervals are over questions",
        "1 of 3 questions have no right answer and are left out",
    )
    assert task.unit == "question"
    with pytest.raises(DataError, match="no answer is right, so nothing can be ranked"):
        task.targets(data.select([0, 4]))


def test_a_group_may_be_the_question() -> None:
    table = pa.table({"first": ["a", "b"], "second": ["c", "d"], "label": [0.0, 1.0], "q": ["x", "x"]})
    data = Dataset(table, Schema(columns=PairColumns(answer="relevance"), group="q"))
    assert CATALOG.task("pair").of(data).targets(data)[:, 1].tolist() == [0, 0]


def test_one_score_for_all_is_what_chance_scores() -> None:
    data = pairs([1.0, 0.0, 0.0, 0.0], "relevance", ["same"] * 4)
    task = CATALOG.task("pair").of(data)
    found = task.scores(np.zeros(4), task.targets(data))
    assert found["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)


def test_scores_are_scored_by_all_three() -> None:
    assert set(PairScores().bootstrap(np.arange(5.0), np.arange(5.0)).estimates()) == {"spearman", "pearson", "rmse"}

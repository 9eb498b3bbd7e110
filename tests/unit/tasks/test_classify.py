import numpy as np
import pyarrow as pa
import pytest
from corpora import labelled
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax

from wenmai.core.errors import ConfigError, DataError
from wenmai.core.schema import ClassifyColumns, EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.tasks.classify import Classify
from wenmai.tasks.contract import concatenate


def task_of(answers, *, several=False):
    return Classify.of(labelled(["x"] * len(answers), answers, several=several, name="rows.csv"))


@pytest.mark.parametrize(
    ("answers", "labels"),
    [
        (["b", "a", "b"], ("a", "b")),
        (["10", "9", "-1", "2.5"], ("-1", "2.5", "9", "10")),
        (["10", "x", "9", ""], ("9", "10", "", "x")),
        (["nan", "2", "inf", "1"], ("1", "2", "inf", "nan")),
        (["1", "1.0", "01"], ("01", "1", "1.0")),
        (["差评", "好评"], ("好评", "差评")),
    ],
)
def test_labels_come_in_their_order_whatever_the_rows(answers, labels):
    assert task_of(answers).labels == labels
    assert task_of(answers[::-1]).labels == labels


def test_several_labels_a_row_give_the_labels_of_all_rows():
    task = task_of([["b"], [], ["a", "b"]], several=True)
    assert (task.labels, task.several) == (("a", "b"), True)
    assert task.head().kind == "labels"


@pytest.mark.parametrize(
    ("answers", "several", "message"),
    [
        (["a", "a"], False, "rows.csv: column 'label' holds only the label 'a'. There must be at least two classes"),
        ([[], []], True, "rows.csv: column 'label' holds no label at all"),
        ([["a"], []], True, "only the label 'a'"),
    ],
)
def test_a_single_class_is_no_task(answers, several, message):
    with pytest.raises(DataError, match=message):
        task_of(answers, several=several)


def test_a_label_that_is_missing_or_no_text_is_told_by_its_row():
    with pytest.raises(DataError, match="rows.csv row 2: no label where a text is expected"):
        task_of(["a", None, "b"])
    with pytest.raises(DataError, match="row 3: no label where a list of texts is expected"):
        task_of([["a"], ["b"], None], several=True)
    numbers = Dataset(pa.table({"text": ["x", "y"], "label": [1, 2]}), Schema(), "rows.csv")
    with pytest.raises(DataError, match="row 1: the label 1 where a text is expected. Load the file with wenmai.load"):
        Classify.of(numbers)


def test_data_without_labels_is_no_classification():
    with pytest.raises(DataError, match="texts: the data has no label column"):
        Classify.of(Dataset(pa.table({"text": ["x"]}), Schema(columns=EmbedColumns()), "texts"))


def test_targets_are_the_numbers_of_the_labels():
    task = task_of(["b", "a", "c"])
    assert task.targets(labelled(["x"] * 3, ["c", "a", "a"])).tolist() == [2, 0, 0]
    several = task_of([["b"], ["a", "c"]], several=True)
    assert several.targets(labelled(["x"] * 2, [[], ["c", "b"]], several=True)).tolist() == [[0, 0, 0], [0, 1, 1]]


@pytest.mark.parametrize("several", [False, True])
def test_a_label_that_was_not_learnt_is_told_by_its_line(several):
    wrap = (lambda label: [label]) if several else str
    task = task_of([wrap("a"), wrap("b")], several=several)
    data = labelled(["x", "y"], [wrap("a"), wrap("z")], several=several)
    data = Dataset(data.table, data.schema, "dev.csv", np.array([2, 7]))
    with pytest.raises(
        DataError, match="dev.csv:7: label 'z' does not occur in the training rows. Labels that were learnt: a, b"
    ):
        task.targets(data)


def test_rows_of_the_other_kind_are_refused():
    one, several = task_of(["a", "b"]), task_of([["a"], ["b"]], several=True)
    with pytest.raises(DataError, match="the rows carry several labels each, the model learnt one"):
        one.targets(labelled(["x"], [["a"]], several=True))
    with pytest.raises(DataError, match="the rows carry one label each, the model learnt several"):
        several.targets(labelled(["x"], ["a"]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"labels": ["a"]}, "setting 'labels' is"),
        ({"labels": ["a", "a"]}, "setting 'labels': each label may stand there once"),
        ({"labels": ["a", "b"], "sevral": True}, "unknown setting 'sevral'. Did you mean 'several'"),
    ],
)
def test_a_task_from_a_file_is_checked(values, message):
    with pytest.raises(ConfigError, match=message):
        Classify.parse(values)


logits = st.lists(st.lists(st.floats(-800, 800), min_size=3, max_size=3), min_size=1, max_size=5).map(np.array)


@given(logits)
def test_probabilities_are_softmax_or_logistic_without_overflow(outputs):
    one = Classify(labels=("a", "b", "c")).probabilities(outputs)
    np.testing.assert_allclose(one, softmax(outputs, axis=1), atol=1e-12)
    each = Classify(labels=("a", "b", "c"), several=True).probabilities(outputs)
    np.testing.assert_allclose(each, expit(outputs), atol=1e-12)


def test_a_prediction_has_its_label_score_and_probabilities():
    (row,) = Classify(labels=("a", "b")).predictions(np.log([[1.0, 3.0]]), Inputs(["x"]))
    assert (row.label, row.labels, row.note) == ("b", ("b",), None)
    assert row.to_dict() == {"label": "b", "score": row.score, "probabilities": {"a": 1 - row.score, "b": row.score}}
    assert row.score == pytest.approx(0.75)


def test_a_prediction_of_several_labels_lists_those_that_reach_a_half():
    task, outputs = Classify(labels=("a", "b", "c"), several=True), np.array([[0.0, 2.0, -1.0], [-1, -2, -3]])
    some, none = task.predictions(outputs, Inputs(["x", "y"]))
    assert (some.labels, some.label) == (("a", "b"), "b")
    assert some.to_dict()["labels"] == ["a", "b"]
    assert (none.labels, none.label) == ((), "")
    assert none.score == max(none.probabilities.values())


@pytest.mark.parametrize(("text", "empty"), [("", True), (" \t\n\u3000", True), ("x", False)])
def test_an_empty_text_is_noted(text, empty):
    (row,) = Classify(labels=("a", "b")).predictions(np.zeros((1, 2)), Inputs([text]))
    assert row.note == ("the text is empty" if empty else None)


@pytest.mark.parametrize("several", [False, True])
def test_scores_and_their_bootstrap_agree(several):
    generator = np.random.default_rng(0)
    task = Classify(labels=("a", "b", "c"), several=several)
    outputs = generator.normal(size=(80, 3))
    targets = generator.integers(0, 2, (80, 3)) if several else generator.integers(0, 3, 80)
    scores, bootstrap = task.scores(outputs, targets), task.bootstrap(outputs, targets, seed=1)
    assert task.metric in scores
    for name, estimate in bootstrap.estimates().items():
        assert estimate.value == pytest.approx(scores[name], abs=1e-9), name
        assert estimate.low <= estimate.value <= estimate.high


def test_outputs_of_batches_are_joined():
    assert concatenate([np.zeros((2, 3)), np.ones((1, 3))]).shape == (3, 3)
    assert [len(row) for row in concatenate([[np.zeros(2)], [np.zeros(5), np.zeros(1)]])] == [2, 5, 1]
    assert concatenate([]) == []


def test_the_task_comes_back_from_json():
    task = task_of(["10", "9", "好"])
    assert Classify.parse_json(task.to_json()) == task
    assert task.kind == Schema(columns=ClassifyColumns()).kind

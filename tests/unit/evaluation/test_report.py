import numpy as np
import pyarrow as pa
import pytest
from corpora import labelled, reviews
from sklearn import metrics as reference

from wenmai.core.errors import DataError, UsageError
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded
from wenmai.evaluation import Report, evaluate
from wenmai.recipe import recipe_for
from wenmai.training import fit

TEST = reviews("en", 3, rows=120, seed=1)


@pytest.fixture(scope="module")
def bundle():
    return fit(recipe_for("tfidf-lr:words", "en"), reviews("en", 3, rows=60))


@pytest.fixture(scope="module")
def report(bundle):
    return evaluate(bundle, TEST)


def test_the_metrics_are_those_of_scikit_learn(bundle, report):
    gold = np.array([bundle.task.labels.index(label) for label in TEST.answers()])
    probabilities = np.array([list(row.probabilities.values()) for row in bundle.predict(TEST)])
    predicted = probabilities.argmax(axis=1)
    expected = {
        "accuracy": reference.accuracy_score(gold, predicted),
        "macro_f1": reference.f1_score(gold, predicted, average="macro"),
        "micro_f1": reference.f1_score(gold, predicted, average="micro"),
        "weighted_f1": reference.f1_score(gold, predicted, average="weighted"),
        "auc": reference.roc_auc_score(gold, probabilities, multi_class="ovr"),
        "log_loss": reference.log_loss(gold, probabilities),
    }
    assert set(report.metrics) == set(expected)
    for name, value in expected.items():
        assert report.metrics[name].value == pytest.approx(value, abs=1e-9), name
        assert report.metrics[name].low <= value <= report.metrics[name].high
    assert 0.6 < expected["accuracy"] < 1


def test_every_class_and_the_confusion_are_those_of_scikit_learn(bundle, report):
    said = [row.label for row in bundle.predict(TEST)]
    labels = list(bundle.task.labels)
    assert report.confusion == tuple(
        map(tuple, reference.confusion_matrix(TEST.answers(), said, labels=labels).tolist())
    )
    expected = reference.precision_recall_fscore_support(TEST.answers(), said, labels=labels)
    for at, one in enumerate(report.classes):
        assert one.label == labels[at]
        found = (one.precision.value, one.recall.value, one.f1.value, one.support)
        assert found == pytest.approx([values[at] for values in expected])
        assert one.predicted == said.count(one.label)


def test_several_labels_a_row_have_their_own_metrics_and_no_confusion():
    train, test = (reviews("zh", 3, rows=80, seed=seed, several=True) for seed in range(2))
    bundle = fit(recipe_for("tfidf-lr:words", "zh"), train)
    report = evaluate(bundle, test)
    gold = bundle.task.targets(test)
    said = np.array([[label in row.labels for label in bundle.task.labels] for row in bundle.predict(test)])
    assert report.confusion is None
    assert report.metrics["exact_match"].value == pytest.approx(reference.accuracy_score(gold, said))
    assert report.metrics["micro_f1"].value == pytest.approx(reference.f1_score(gold, said, average="micro"))
    assert [one.support for one in report.classes] == gold.sum(axis=0).tolist()


def test_costs_are_measured(bundle, report):
    costs = report.costs
    assert costs.fit_seconds == bundle.provenance.seconds > 0
    assert 0 < costs.latency_ms_p50 <= costs.latency_ms_p95 < 1000
    assert costs.texts_per_second > 0
    assert costs.bytes_on_disk is None


def test_the_report_names_what_was_scored_on_what(bundle, report):
    assert (report.bundle, report.member, report.metric) == (bundle.fingerprint, "tfidf-lr", "macro_f1")
    assert (report.data, report.data_fingerprint, report.rows) == ("made up", TEST.fingerprint, 120)
    assert report.notes == ()
    assert Report.parse_json(report.to_json()) == report


def test_scores_on_the_training_rows_come_with_a_warning(bundle):
    report = evaluate(bundle, reviews("en", 3, rows=60))
    assert report.notes == (
        "these are the very rows that the bundle was trained on: the scores say nothing about new text",
    )


def test_scores_on_the_data_set_that_the_training_rows_were_taken_from_come_with_a_warning():
    whole = reviews("en", 3, rows=60)
    grouped = whole.schema.but(group="number")
    grouped_whole = Dataset(whole.table.append_column("number", pa.array(range(60))), grouped)
    bundle = fit(
        recipe_for("tfidf-lr:words", "en"),
        grouped_whole.select(range(40)),
        source_fingerprint=grouped_whole.source_fingerprint,
    )
    (note,) = evaluate(bundle, whole).notes  # where a bundle is used, nobody names the group column
    assert note.startswith("the rows that the bundle was trained on were taken from this very data set")
    assert evaluate(bundle, whole.select(range(40, 60))).notes == ()


def test_of_loaded_data_the_test_part_is_scored(bundle):
    train, dev = reviews("en", 3, rows=20), reviews("en", 3, rows=30, seed=2)
    assert evaluate(bundle, Loaded(TEST, None, ())).rows == 120
    assert evaluate(bundle, Loaded(train, {"train": train, "dev": dev, "test": TEST}, ())).rows == 120
    assert evaluate(bundle, Loaded(train, {"train": train, "dev": dev}, ())).rows == len(dev)
    with pytest.raises(UsageError, match=r"the data is of the type str\. Load it first, .*wenmai\.load"):
        evaluate(bundle, "reviews.csv")


def test_the_same_seed_gives_the_same_intervals(bundle, report):
    assert evaluate(bundle, TEST).metrics == report.metrics
    other = evaluate(bundle, TEST, seed=1).metrics["accuracy"]
    assert other.value == report.metrics["accuracy"].value
    assert (other.low, other.high) != (report.metrics["accuracy"].low, report.metrics["accuracy"].high)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (TEST.select([]), "made up: there is no row to evaluate on"),
        (labelled(["x", "y"], ["good", "fine"]), "made up row 2: label 'fine' does not occur in the training rows"),
        (reviews("en", 3, several=True), "the rows carry several labels each, the model learnt one"),
    ],
)
def test_what_cannot_be_scored_is_refused(bundle, data, message):
    with pytest.raises(DataError, match=message):
        evaluate(bundle, data)


def test_a_single_row_and_classes_without_rows_can_be_scored(bundle):
    report = evaluate(bundle, labelled(["great lovely phone"], ["good"]))
    assert report.metrics["accuracy"].value == 1
    assert [one.support for one in report.classes] == [0, 0, 1]
    assert "auc" not in report.metrics


def test_sure_rows_are_those_from_a_confidence_on(bundle, report):
    assert report.sure is None
    rows = bundle.predict(TEST)
    sure = [(row.label, gold) for row, gold in zip(rows, TEST.answers(), strict=True) if row.confidence >= 0.6]
    found = evaluate(bundle, TEST, unsure_below=0.6).sure
    assert found.share.value == pytest.approx(len(sure) / len(rows))
    assert found.accuracy.value == pytest.approx(np.mean([said == gold for said, gold in sure]))
    assert found.accuracy.low < found.accuracy.value < found.accuracy.high
    assert found.accuracy.value > report.metrics["accuracy"].value
    nobody = evaluate(bundle, TEST, unsure_below=1.0).sure
    assert (nobody.share.value, nobody.accuracy) == (0, None)

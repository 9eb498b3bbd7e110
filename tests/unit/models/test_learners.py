import numpy as np
import pytest
from corpora import labelled, reviews

from wenmai.core.errors import FitError
from wenmai.models.contract import Head, Run
from wenmai.models.features import CountConfig, CountFeatures
from wenmai.models.learners import LinearSVM, Logistic, NaiveBayes, label_row_weights, row_weights, solve
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment

HEAD = Head("classes", 3, ("a", "b", "c"))
LEARNERS = {"naive bayes": NaiveBayes(), "logistic": Logistic(), "svm": LinearSVM()}
learners = pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)


def rows_of(texts, weighting="counts"):
    features = CountFeatures(CountConfig(weighting=weighting), Pipeline(PipelineConfig(segment=GivenSegment())))
    return features.fit(labelled(texts, ["x"] * len(texts)), Run())


def test_rows_are_weighted_by_class():
    targets = np.array([0, 0, 0, 1, 2, 2])
    assert row_weights(targets, HEAD, "none") is None
    assert row_weights(targets, HEAD, {"b": 5.0}).tolist() == [1, 1, 1, 5, 1, 1]
    balanced = row_weights(targets, HEAD, "balanced")
    assert np.bincount(targets, balanced).tolist() == pytest.approx([2, 2, 2])


def test_rows_are_weighted_by_each_label_on_its_own():
    answers = np.array([1, 0, 0, 0])
    assert label_row_weights(answers, "a", "none") is None
    assert label_row_weights(answers, "a", {"a": 3.0, "no": 9.0}).tolist() == [3, 1, 1, 1]
    assert label_row_weights(answers, "b", {"a": 3.0}).tolist() == [1, 1, 1, 1]
    assert np.bincount(answers, label_row_weights(answers, "a", "balanced")).tolist() == pytest.approx([2, 2])


def test_naive_bayes_is_the_formula():
    solution = solve(NaiveBayes(alpha=0.5), rows_of(["u u v", "v w"]), np.array([0, 1]), Head("classes", 2), Run())
    smoothed = np.array([[2.5, 1.5, 0.5], [0.5, 1.5, 1.5]])
    logs = np.log(smoothed / smoothed.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(solution.weights[:, 0], logs[1] - logs[0], rtol=1e-6)
    assert solution.bias.tolist() == [0]


@learners
def test_two_classes_share_one_column_and_more_have_their_own(learner):
    rows = rows_of(["u v", "v w", "w x", "x u", "u w", "v x"])
    assert solve(learner, rows, np.array([0, 1] * 3), Head("classes", 2), Run()).weights.shape == (4, 1)
    assert solve(learner, rows, np.array([0, 1, 2] * 2), HEAD, Run()).weights.shape == (4, 3)


@learners
def test_a_class_that_no_row_has_is_never_said(learner):
    rows = rows_of(["u u", "v", "u", "v v"])
    solution = solve(learner, rows, np.array([0, 2, 0, 2]), HEAD, Run())
    logits = rows.times(solution.weights) + solution.bias
    assert logits.argmax(axis=1).tolist() == [0, 2, 0, 2]
    assert (logits[:, 1] < -1e8).all()


@learners
def test_a_single_class_cannot_be_learnt(learner):
    with pytest.raises(FitError, match="all rows have the same label. Give rows of at least two classes"):
        solve(learner, rows_of(["u", "v"]), np.array([1, 1]), HEAD, Run())


@learners
def test_a_label_that_all_rows_or_none_carry_has_only_a_bias(learner):
    targets = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 1]], np.int8)
    solution = solve(learner, rows_of(["u", "v", "u"]), targets, Head("labels", 3, ("a", "b", "c")), Run())
    assert not solution.weights[:, :2].any()
    assert solution.bias[0] > 0 > solution.bias[1]
    assert solution.weights[:, 2].any()


@pytest.mark.parametrize("learner", [Logistic(max_iterations=1, C=100), LinearSVM(max_iterations=1, C=100)])
def test_a_solver_that_was_cut_off_says_so(learner):
    data = reviews("en", 3)
    rows = rows_of(list(data.inputs().text), "tfidf")
    solution = solve(learner, rows, np.arange(len(data)) % 3, HEAD, Run())
    assert solution.notes == (f"{learner.kind} stopped at max_iterations before it had converged",)


@learners
def test_a_spent_budget_stops_the_solver(learner):
    if isinstance(learner, NaiveBayes):
        learner = NaiveBayes(alpha=2)  # in closed form: only several labels give it a place to stop at
    targets = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.int8)
    with pytest.raises(FitError, match="the budget was spent before the fit was done"):
        solve(learner, rows_of(["u", "v", "w"]), targets, Head("labels", 3, ("a", "b", "c")), Run(deadline=0.0))


@learners
def test_the_same_seed_gives_the_same_weights_with_any_number_of_threads(learner):
    data = reviews("en", 3)
    rows, targets = rows_of(list(data.inputs().text), "tfidf"), np.arange(len(data)) % 3
    one, same, many = (solve(learner, rows, targets, HEAD, Run(seed=4, threads=threads)) for threads in (1, 1, 3))
    np.testing.assert_array_equal(one.weights, same.weights)
    np.testing.assert_allclose(one.weights, many.weights, atol=1e-3)

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_matrix
from sklearn.exceptions import DataConversionWarning

from wenmai.sklearn.errors import InputError, InputTypeError
from wenmai.sklearn.labels import answers_of, holds_collections, names_of, weights_of

INDICATORS = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    ("y", "classes", "names"),
    [
        (["b", "a", "b"], ["a", "b"], ("a", "b")),
        ([10, 9, 10], [9, 10], ("9", "10")),
        (np.array([1.0, -1.0, 1.0]), [-1.0, 1.0], ("-1", "1")),
        ([True, False, True], [False, True], ("False", "True")),
        (np.array(["好", "", "好"]), ["", "好"], ("", "好")),
        (pd.Series(["b", "a", "b"], index=[5, 5, 1]), ["a", "b"], ("a", "b")),
        (pd.Series(["b", "a", "b"], dtype="category"), ["a", "b"], ("a", "b")),
        (pl.Series([2, 1, 2]), [1, 2], ("1", "2")),
    ],
)
def test_one_label_a_row(y, classes, names):
    answers = answers_of(y, 3)
    assert answers.classes.tolist() == classes
    assert answers.targets.tolist() == [1, 0, 1]
    assert names_of(answers.classes) == names
    assert answers.task().labels == names
    assert not answers.several
    data = answers.labelled(["x", "y", "z"], "en")
    assert answers.task().targets(data).tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("y", "classes", "sparse"),
    [
        (INDICATORS, [0, 1, 2], False),
        (INDICATORS.astype(bool), [0, 1, 2], False),
        (INDICATORS.astype(float), [0, 1, 2], False),
        (INDICATORS.tolist(), [0, 1, 2], False),
        (csr_matrix(INDICATORS), [0, 1, 2], True),
        (coo_array(INDICATORS), [0, 1, 2], True),
        (pd.DataFrame(INDICATORS, columns=["a", "b", "c"]), ["a", "b", "c"], False),
        ([["a", "c"], [], ["b"]], ["a", "b", "c"], False),
        ([("a", "c"), (), ("b",)], ["a", "b", "c"], False),
        ([{1, 3}, set(), {2}], [1, 2, 3], False),
        (pd.Series([["a", "c"], [], ["b"]]), ["a", "b", "c"], False),
    ],
)
def test_several_labels_a_row(y, classes, sparse):
    answers = answers_of(y, 3)
    assert answers.several
    assert answers.sparse == sparse
    assert answers.classes.tolist() == classes
    assert answers.targets.tolist() == INDICATORS.tolist()
    assert answers.task().targets(answers.labelled(["x", "y", "z"], "en")).tolist() == INDICATORS.tolist()


@given(st.lists(st.sets(st.sampled_from("abcd")), min_size=1), st.sampled_from([list, tuple, set]))
def test_collections_come_back_from_the_matrix(rows, kind):
    y = [kind(row) for row in [*rows, {"a"}, {"b"}]]
    answers = answers_of(y, len(y))
    assert [set(answers.classes[row == 1]) for row in answers.targets] == [set(row) for row in y]


def test_a_column_of_labels_is_taken_with_scikit_learn_s_warning():
    with pytest.warns(DataConversionWarning):
        assert answers_of(np.array([[1], [0], [1]]), 3).targets.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("y", "kind", "message"),
    [
        (None, InputError, "requires y to be passed, but the target y is None"),
        (["a", "b"], InputError, "inconsistent numbers of samples: X has 3 texts, y the labels of 2"),
        (["a"] * 3, InputError, r"1 class \('a'\) in 3 rows"),
        ([[], [], []], InputError, "y holds no label in 3 rows"),
        ([["a"], [], []], InputError, r"1 class \('a'\)"),
        (["a", None, "b"], InputError, r"y contains NaN: y\[1\] is None"),
        (["a", float("nan"), "b"], InputError, "NaN"),
        ([1.0, float("nan"), 0.0], InputError, r"Input y contains NaN: y\[1\]"),
        ([1.0, 0.0, float("inf")], InputError, r"Input y contains infinity: y\[2\]"),
        (pd.Series(["a", None, "b"], dtype="string"), InputError, r"y\[1\] is <NA>"),
        (np.array(["a", 1, "b"], object), InputTypeError, "mixes labels of the types int, str"),
        ([["a"], {"b"}, "c"], InputTypeError, r"y\[2\] is 'c' where a list of labels"),
        ([[1, 2], [2, 0], [1, 1]], InputError, "Unknown label type: multiclass-multioutput.*3 × 2"),
        ([[0.5, 2], [2, 0], [1, 1]], InputError, "Unknown label type: continuous-multioutput"),
        (np.array([[1.0, np.nan], [0, 1], [1, 0]]), InputError, "Unknown label type: unknown"),
    ],
)
def test_what_are_no_labels_is_refused_in_words(y, kind, message):
    with pytest.raises(kind, match=message):
        answers_of(y, 3)


def test_real_numbers_are_no_classes():
    with pytest.raises(ValueError, match="Unknown label type"):
        answers_of([0.1, 0.2, 0.3], 3)


def test_collections_are_told_from_matrices():
    assert not holds_collections("ab")
    assert not holds_collections([[1, 0], [0, 1]])
    assert not holds_collections(pd.DataFrame({"a": [1]}))
    assert holds_collections([[1], [1, 2]])


def test_weights_go_by_the_names_of_the_classes():
    assert weights_of({1: 2.0, 0: 1.0}, np.array([0, 1])) == {"1": 2.0, "0": 1.0}
    assert weights_of({1.0: 2.0}, np.array([0.0, 1.0])) == {"1": 2.0}
    assert weights_of("balanced", np.array([0, 1])) == "balanced"
    assert weights_of({7: 2.0}, np.array([0, 1])) == {"7": 2.0}

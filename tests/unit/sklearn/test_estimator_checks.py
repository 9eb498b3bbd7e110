"""scikit-learn's own checks of an estimator, as far as they apply to text.

They come as matrices of numbers, so scikit-learn runs nearly none of them on an estimator of texts. Here each row of
numbers is written as a text first, and the estimator sees nothing else. What does not apply even so stands in a table
of docs/sklearn.md with its reason; a check that stands there and passes fails the test.
"""

import re
from pathlib import Path

import numpy as np
import pytest
from sklearn.utils._testing import SkipTest
from sklearn.utils.estimator_checks import (
    check_do_not_raise_errors_in_init_or_set_params,
    check_estimator_cloneable,
    check_estimator_repr,
    check_estimator_tags_renamed,
    check_get_params_invariance,
    check_mixin_order,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    check_set_params,
    check_valid_tag_types,
    parametrize_with_checks,
)

from wenmai.sklearn import TextClassifier, TextVectorizer

PAGE = Path(__file__).parents[3] / "docs/sklearn.md"
THRESHOLDS = np.linspace(-10, 10, 81)


def written(rows):
    """Each row of numbers as a text: a word for each threshold that one of its numbers passes."""
    passed = rows[:, :, None] > THRESHOLDS
    words = [f"column{column}above{step}" for column in range(rows.shape[1]) for step in range(len(THRESHOLDS))]
    return [" ".join(np.array(words, object)[row]) for row in passed.reshape(len(rows), -1)]


class Numbers:
    """Writes matrices as texts and hands on everything else as it is."""

    def read(self, values, *, fitting=False):
        try:
            rows = np.asarray(values)
        except ValueError:
            return values
        if rows.ndim != 2 or rows.dtype.kind not in "biuf":
            return values
        if fitting:
            self.columns_ = rows.shape[1]
        elif hasattr(self, "columns_") and self.columns_ != rows.shape[1]:
            raise ValueError(f"{rows.shape[1]} columns where {self.columns_} were written as texts")
        return written(rows)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.one_d_array, tags.input_tags.two_d_array = False, False, True
        return tags


class NumberClassifier(Numbers, TextClassifier):
    def fit(self, X, y):  # noqa: N803
        return super().fit(self.read(X, fitting=True), y)

    def predict(self, X):  # noqa: N803
        return super().predict(self.read(X))

    def predict_proba(self, X):  # noqa: N803
        return super().predict_proba(self.read(X))

    def decision_function(self, X):  # noqa: N803
        return super().decision_function(self.read(X))


class NumberVectorizer(Numbers, TextVectorizer):
    def fit(self, X, y=None):  # noqa: N803
        return super().fit(self.read(X, fitting=True), y)

    def fit_transform(self, X, y=None):  # noqa: N803
        return super().fit_transform(self.read(X, fitting=True), y)

    def transform(self, X):  # noqa: N803
        return super().transform(self.read(X))


def not_applicable(estimator=None):
    """The table of the page: check → reason."""
    rows = re.findall(r"^\| `(check_\w+)` \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return dict(rows)


def test_the_page_gives_a_reason_for_each_check_that_does_not_apply():
    assert len(not_applicable()) >= 5
    assert all(len(reason.split()) > 3 for reason in not_applicable().values())


@parametrize_with_checks(
    [NumberClassifier(language="en"), NumberVectorizer(language="en")],
    expected_failed_checks=not_applicable,
    xfail_strict=True,
)
def test_rows_of_numbers_written_as_texts(estimator, check):
    try:
        check(estimator)
    except SkipTest as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize(
    "check",
    [
        check_do_not_raise_errors_in_init_or_set_params,
        check_estimator_cloneable,
        check_estimator_repr,
        check_estimator_tags_renamed,
        check_get_params_invariance,
        check_mixin_order,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
        check_set_params,
        check_valid_tag_types,
    ],
    ids=lambda check: check.__name__,
)
@pytest.mark.parametrize("estimator", [TextClassifier, TextVectorizer])
def test_checks_without_data_apply_as_they_are(estimator, check):
    check(estimator.__name__, estimator())

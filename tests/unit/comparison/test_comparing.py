from __future__ import annotations

import pytest
from corpora import reviews

from wenmai.comparison import compare
from wenmai.core.errors import UsageError


@pytest.mark.parametrize("data", ["reviews.csv", [{"text": "fine", "label": "good"}]])
def test_data_that_is_not_loaded_is_refused(data) -> None:
    with pytest.raises(UsageError, match=r"the data is of the type \w+\. Load it first, for example: "):
        compare(data, models="majority")


def test_one_setting_needs_no_list() -> None:
    board = compare(reviews("en", 2, rows=60), models="naive-bayes:words", settings="model.learner.alpha=3")
    assert board.recommended.recipe.model.learner.alpha == 3

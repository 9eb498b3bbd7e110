from __future__ import annotations

import pytest

from wenmai.cli.threshold_options import threshold_search
from wenmai.core.errors import UsageError
from wenmai.tasks.thresholds import MistakeCosts, ThresholdSearch


def test_costs_and_the_positive_class_are_read() -> None:
    assert threshold_search(None, None) == ThresholdSearch()
    assert threshold_search(None, "spam").positive == "spam"
    costs = MistakeCosts(false_positive=0, false_negative=2.5)
    assert threshold_search(" false_negative=2.5, false_positive=0", None).costs == costs


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "false_positive=1",
        "false_positive=1,false_positive=2",
        "false_positive=1,false_negative=x",
        "false_positive=1,false_negative=-1",
        "false_positive=1,false_negative=inf",
        "false_positive=1,false_negative=nan",
        "false_positive=0,false_negative=0",
        "false_positive=1,false_negative=2,other=3",
    ],
)
def test_what_is_no_cost_of_the_two_mistakes_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="does not say what the two mistakes cost. Write two numbers from 0 on"):
        threshold_search(text, None)

from __future__ import annotations

import numpy as np
import pytest

from wenmai.stats.bootstrap import Bootstrap, bootstrap_labels
from wenmai.stats.ties import tied_set


@pytest.fixture
def rungs() -> dict[str, Bootstrap]:
    """On 400 rows: good errs on 40, as_good on 41 others, poor on 160, each with the same certainty."""
    generator = np.random.default_rng(0)
    gold = generator.integers(0, 2, 400)
    found = {}
    for name, wrong in {"good": range(40), "as_good": range(30, 71), "poor": range(160)}.items():
        predicted = gold.copy()
        predicted[list(wrong)] = 1 - gold[list(wrong)]
        found[name] = bootstrap_labels(gold, np.eye(2)[predicted] * 0.6 + 0.2, resamples=300)
    return found


def test_rungs_within_the_noise_are_tied(rungs: dict[str, Bootstrap]) -> None:
    ties = tied_set(rungs, "accuracy")
    assert (ties.best, ties.tied) == ("good", ("good", "as_good"))
    assert ties.differences["poor"].high < 0
    assert set(ties.differences) == {"as_good", "poor"}


def test_a_loss_is_best_where_it_is_lowest(rungs: dict[str, Bootstrap]) -> None:
    ties = tied_set(rungs, "log_loss")
    assert ties.best == "good"
    assert ties.differences["poor"].low > 0


def test_rungs_without_the_metric_take_no_part(rungs: dict[str, Bootstrap]) -> None:
    gold = np.array([0, 1] * 200)
    margins = bootstrap_labels(gold, np.column_stack([-gold, gold]) * 3.0, resamples=300)
    assert "margins" not in tied_set({**rungs, "margins": margins}, "log_loss").tied
    with pytest.raises(ValueError, match="no rung has the metric 'bleu'"):
        tied_set(rungs, "bleu")

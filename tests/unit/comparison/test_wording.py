from __future__ import annotations

import pytest

from wenmai.comparison.wording import (
    count,
    difference,
    label_list,
    metric_name,
    milliseconds,
    plural,
    score_with_interval,
    seconds,
    size,
)
from wenmai.stats.intervals import Estimate


def test_scores_are_percentages_with_their_interval_and_losses_are_not() -> None:
    estimate = Estimate(value=0.9123, low=0.905, high=0.9194)
    assert score_with_interval("macro_f1", estimate) == "91.2% (90.5–91.9)"
    assert score_with_interval("log_loss", estimate) == "0.912 (0.905–0.919)"


def test_differences_carry_their_sign() -> None:
    assert difference("accuracy", Estimate(value=-0.012, low=-0.019, high=0.004)) == "−1.2 (−1.9 to +0.4)"
    assert difference("accuracy", Estimate(value=-0.0001, low=-0.0002, high=0)) == "0.0 (0.0 to 0.0)"
    assert difference("log_loss", Estimate(value=0.5, low=0.25, high=0.75)) == "+0.500 (+0.250 to +0.750)"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.004, "0.004 ms"),
        (0.31, "0.31 ms"),
        (9.96, "10 ms"),
        (3.14, "3.1 ms"),
        (42.4, "42 ms"),
        (712.3, "712 ms"),
        (1250, "1.2 s"),
    ],
)
def test_milliseconds(value: float, words: str) -> None:
    assert milliseconds(value) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.8, "0.80 s"), (42, "42 s"), (59.9, "1 min 0 s"), (185, "3 min 5 s"), (3840, "1 h 4 min")]
)
def test_seconds(value: float, words: str) -> None:
    assert seconds(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_600, "1.0 MB"),
        (21_400_000, "21 MB"),
        (5_100_000_000_000, "5,100 GB"),
    ],
)
def test_sizes(value: int, words: str) -> None:
    assert size(value) == words


def test_counts_nouns_labels_and_names() -> None:
    assert count(1234567) == "1,234,567"
    assert (plural(1, "rung"), plural(2, "rung"), plural(1200, "class", "classes")) == (
        "1 rung",
        "2 rungs",
        "1,200 classes",
    )
    assert (label_list(()), label_list(("a", "b"))) == ("none", "a, b")
    assert (metric_name("auc"), metric_name("top_5_accuracy")) == ("AUC", "Top 5 accuracy")

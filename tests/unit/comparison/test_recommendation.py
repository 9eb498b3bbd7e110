from __future__ import annotations

import numpy as np
import pytest

from wenmai.comparison.recommendation import recommend
from wenmai.comparison.results import Results, RungResult
from wenmai.stats.components import components
from wenmai.stats.confidence_set import confidence_set
from wenmai.stats.intervals import Estimate
from wenmai.stats.ties import Ties

NEAR = Estimate(value=-0.001, low=-0.004, high=0.002)


def as_slow(results: Results, times: dict[str, float]) -> list[RungResult]:
    """The rungs with other times of one prediction, in milliseconds."""
    rungs = []
    for rung in results.done:
        assert rung.costs is not None
        rungs.append(rung.but(costs=rung.costs.but(latency_ms_p50=times.get(rung.name, 90.0))))
    return rungs


def test_of_the_tied_the_fastest_is_recommended(results: Results) -> None:
    ties = Ties(
        "macro_f1", "tfidf-lr:chars", ("tfidf-lr:chars", "tfidf-svm:chars", "tfidf-lr:words"), {"tfidf-lr:words": NEAR}
    )
    found = recommend(as_slow(results, {"tfidf-lr:words": 31}), ties, "dev")
    assert found.name == "tfidf-lr:words"
    assert found.best == "tfidf-lr:chars"
    score = results.rung("tfidf-lr:words").test["macro_f1"]
    assert found.sentence == (
        "Use TF-IDF + logistic regression, words: "
        f"Macro F1 {score.value:.1%} ({score.low * 100:.1f}–{score.high * 100:.1f}) on the test set, "
        "31 ms a prediction. 3 rungs are tied on the dev rows; it predicts faster than the other 2."
    )


def test_of_rungs_about_as_fast_the_better_is_recommended(results: Results) -> None:
    rungs = []
    for rung, ms, dev in zip(results.done[-3:], (0.20, 0.9, 1.1), (0.82, 0.85, 0.86), strict=True):
        assert rung.costs is not None
        costs = rung.costs.but(latency_ms_p50=ms)
        rungs.append(rung.but(costs=costs, dev={"macro_f1": Estimate(value=dev, low=dev, high=dev)}))
    names = tuple(rung.name for rung in rungs)
    found = recommend(rungs, Ties("macro_f1", names[2], names, {}), "dev")
    assert found.name == names[1]
    assert found.sentence.endswith("3 rungs are tied on the dev rows; of the 2 quickest it scores best there.")
    found = recommend(rungs[:2], Ties("macro_f1", names[1], names[:2], {}), "dev")
    assert found.sentence.endswith("Two rungs are tied on the dev rows and cost about the same; it scores best there.")


def test_what_would_part_the_tied_is_said(results: Results) -> None:
    generator = np.random.default_rng(0)
    shared = generator.random(1000) < 0.8
    samples = {
        rung.name: shared ^ (generator.random(1000) < share)
        for rung, share in zip(results.done, (0.02,) * 9, strict=False)
    }
    parts = components({name: [{"accuracy": right.astype(float)}] for name, right in samples.items()}, "accuracy")
    found = recommend(results.done, confidence_set(parts), "dev", parts)
    assert "To part even the outermost two would take about" in found.sentence
    assert "labelled rows instead of 1,000." in found.sentence
    assert found.minimum_detectable is not None
    assert 0 < found.minimum_detectable < 0.1


def test_a_lone_best_says_so(results: Results) -> None:
    found = recommend(results.done, Ties("macro_f1", "tfidf-lr:chars", ("tfidf-lr:chars",), {}), "cross-validation")
    assert found.name == "tfidf-lr:chars"
    assert found.sentence.endswith("No other rung comes near it on cross-validation.")


def test_a_rung_that_was_compared_with_none_has_nothing_near_it(results: Results) -> None:
    alone = [results.rung("tfidf-lr:words")]
    found = recommend(alone, Ties("macro_f1", "tfidf-lr:words", ("tfidf-lr:words",), {}), "dev")
    assert found.sentence.endswith("on the test set, 0.31 ms a prediction.")


def test_a_tied_set_without_a_rung_that_is_done_is_refused(results: Results) -> None:
    with pytest.raises(ValueError, match="none of the tied rungs is done"):
        recommend(results.done, Ties("macro_f1", "bert", ("bert",), {}), "dev")

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wenmai.comparison.results import (
    Candidate,
    ConfidentError,
    Confusion,
    DataSummary,
    DecidingSpan,
    Environment,
    Feature,
    Protocol,
    Recommendation,
    Results,
    RungResult,
    read_results,
)
from wenmai.core.errors import BundleError, ConfigError
from wenmai.evaluation.costs import Costs
from wenmai.evaluation.report import ClassScores
from wenmai.stats.intervals import Estimate


def test_results_go_through_a_file(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(results.to_json(), encoding="utf-8")
    assert read_results(path) == results
    assert "商品评论" in path.read_text(encoding="utf-8")


def test_results_of_a_newer_wenmai_are_refused(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({**json.loads(results.to_json()), "schema_version": 2}))
    with pytest.raises(BundleError, match=r"results\.json: results of schema version 2, this wenmai reads up to 1"):
        read_results(path)


@pytest.mark.parametrize("content", ["[]", '{"schema_version": 1, "rungs": 3}', '{"schema_version": "one"}', "{}"])
def test_what_is_no_results_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(content)
    with pytest.raises(BundleError, match="not the results of a comparison"):
        read_results(path)


def test_rungs_say_how_they_ended() -> None:
    with pytest.raises(ConfigError, match="(?i)a failed rung says why"):
        RungResult.parse({"name": "a", "title": "A", "status": "failed"})
    with pytest.raises(ConfigError, match="(?i)has 'test' scores and 'costs'"):
        RungResult.parse({"name": "a", "title": "A"})


def test_a_confusion_is_square() -> None:
    with pytest.raises(ConfigError, match="(?i)not 2 rows of 2"):
        Confusion.parse({"labels": ("a", "b"), "counts": ((1, 2),)})


def test_a_recommendation_names_rungs_that_are_done(results: Results) -> None:
    assert results.recommendation is not None
    wrong = results.recommendation.but(tied=("tfidf-lr:chars", "textcnn"))
    with pytest.raises(ConfigError, match="(?i)not done: textcnn"):
        results.but(recommendation=wrong)


def test_rungs_are_found_by_name(results: Results) -> None:
    assert results.rung("textcnn").status == "failed"
    assert [rung.name for rung in results.failed] == ["textcnn"]
    assert results.rung("tfidf-lr:words").selected == {"C": 1.0}
    assert results.rung("majority").selected == {}
    with pytest.raises(KeyError):
        results.rung("bert")
    with pytest.raises(ConfigError, match="(?i)two rungs have the same name"):
        results.but(rungs=(results.rungs[0], results.rungs[0]))


def test_the_documentation_names_every_field() -> None:
    page = (Path(__file__).parents[3] / "docs" / "results.md").read_text(encoding="utf-8")
    missing = [
        f"{config.__name__}.{field}"
        for config in (
            Results,
            Environment,
            DataSummary,
            Protocol,
            Candidate,
            RungResult,
            ClassScores,
            Confusion,
            Costs,
            Feature,
            Recommendation,
            ConfidentError,
            DecidingSpan,
            Estimate,
        )
        for field in config.model_fields
        if f"`{field}`" not in page
    ]
    assert missing == []

from __future__ import annotations

from typing import Any

import pytest

from wenmai.comparison.findings import Findings
from wenmai.comparison.findings.thresholds import Decision, LabelThreshold, RungThresholds, Thresholds
from wenmai.comparison.page.thresholds import thresholds, thresholds_markdown
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.comparison.results import Results
from wenmai.stats.intervals import Estimate
from wenmai.tasks.thresholds import MistakeCosts, ThresholdSearch


def estimate(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def label(name: str = "差评 <b>", **changes: Any) -> LabelThreshold:
    values: dict[str, Any] = {"threshold": 0.3184, "positives": 449, "searched": True}
    return LabelThreshold(label=name, **{**values, **changes}, fixed=estimate(0.41), found=estimate(0.48))


def rung(name: str, gain: float = 0.04, *, found: float = 0.72, cost: float | None = None) -> RungThresholds:
    fixed = {"macro_f1": estimate(found - gain), "accuracy": estimate(0.92)}
    after = {"macro_f1": estimate(found), "accuracy": estimate(0.91)}
    difference = {"macro_f1": estimate(gain, 0.015), "accuracy": estimate(-0.01, 0.02)}
    if cost is not None:
        fixed["cost"], after["cost"], difference["cost"] = estimate(0.5), estimate(0.5 + cost), estimate(cost, 0.1)
    return RungThresholds(name=name, labels=(label(),), fixed=fixed, found=after, difference=difference)


def with_findings(results: Results, *rungs: RungThresholds, shipped: Decision = "fixed", **search: Any) -> Results:
    found = Thresholds(shipped=shipped, search=ThresholdSearch(positive="差评", **search), rungs=rungs)
    return results.but(findings=Findings(thresholds=found))


@pytest.fixture
def own(results: Results) -> str:
    assert results.recommendation is not None
    return results.recommendation.name


def test_without_findings_there_is_no_section(results: Results, own: str) -> None:
    none = results.but(findings=Findings())
    assert thresholds(none) == thresholds_markdown(none) == ""
    other = with_findings(results, rung("majority"))
    assert thresholds(other) == thresholds_markdown(other) == ""


def test_a_gain_is_told_with_the_way_to_it(results: Results, own: str) -> None:
    found = with_findings(results, rung(own), rung("majority", 0.0, found=0.48))
    page, text = html(found), markdown(found)
    assert page.index('id="classes"') < page.index('id="thresholds"') < page.index('id="confusion"')
    for said in (page, text):
        assert (
            "would be 72.0% (70.0–74.0) instead of 68.0% (66.0–70.0): +4.0 (+2.5 to +5.5) points, for the better."
            in said
        )
        assert "To ship thresholds, repeat the command with --thresholds dev." in said
    assert "0.318" in text
    assert "449" in text
    assert "差评 &lt;b&gt;" in page


def test_a_difference_that_cannot_be_told_is_called_that(results: Results, own: str) -> None:
    said = thresholds_markdown(with_findings(results, rung(own, 0.01)))
    assert "no difference that these rows can tell." in said
    assert "--thresholds dev" not in said
    assert "for the worse." in thresholds_markdown(with_findings(results, rung(own, -0.04)))


def test_a_rung_that_gains_more_is_named(results: Results, own: str) -> None:
    said = thresholds_markdown(with_findings(results, rung(own, 0.0), rung("naive-bayes:words", 0.3, found=0.9)))
    assert "Multinomial naive Bayes, words would reach 90.0% (88.0–92.0) with its own." in said
    assert "To ship thresholds, and to choose among rungs that have them, repeat" in said


def test_what_was_shipped_is_told_from_the_other_side(results: Results, own: str) -> None:
    said = thresholds_markdown(with_findings(results, rung(own), shipped="dev"))
    assert "'差评' is given from a probability of 0.318 on, searched on dev, and all scores go by it." in said
    assert "would have been 68.0% (66.0–70.0) instead of 72.0% (70.0–74.0)" in said
    assert "--thresholds dev" not in said
    many = rung(own).but(labels=tuple(label(str(number)) for number in range(5)))
    several = with_findings(results, many, shipped="dev")
    several = several.but(data=several.data.but(several_labels=True))
    assert "Labels are given from thresholds of their own, searched on dev, and all scores go by them." in thresholds(
        several
    )
    assert "<details>" in thresholds(several)


@pytest.mark.parametrize(
    ("few", "words"),
    [
        (1, "Too few of the dev rows carry rare0 to search for a threshold. It keeps 0.5."),
        (10, "rare6, rare7 and 2 more to search for a threshold. They keep 0.5."),
    ],
)
def test_labels_of_few_rows_are_named(results: Results, own: str, few: int, words: str) -> None:
    labels = tuple(label(f"rare{number}", searched=False, threshold=0.5) for number in range(few))
    said = thresholds_markdown(with_findings(results, rung(own).but(labels=(label(), *labels))))
    assert words in said
    assert "0.5, too few rows" in said


def test_a_cost_is_what_counts_where_there_is_one(results: Results, own: str) -> None:
    costs = MistakeCosts(false_positive=1, false_negative=5)
    found = with_findings(results, rung(own, cost=-0.2), rung("majority", cost=0.3), costs=costs)
    said = thresholds_markdown(found)
    assert "the cost of a row of " in said
    assert (
        "would be 0.300 (0.280–0.320) instead of 0.500 (0.480–0.520): −0.200 (−0.300 to −0.100), for the better."
        in said
    )
    assert "To ship thresholds, repeat" in said
    assert "Cost a row at 0.5" in thresholds(found)

from __future__ import annotations

from typing import Any

import pytest

from wenmai.comparison.findings import Findings
from wenmai.comparison.findings.calibration import Calibration, RungCalibration
from wenmai.comparison.page.calibration import (
    abstention,
    abstention_markdown,
    calibration,
    calibration_markdown,
)
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.comparison.results import Results
from wenmai.stats.intervals import Estimate


def chosen(calibrated: Results) -> RungCalibration:
    assert calibrated.recommendation is not None
    assert calibrated.findings.calibration is not None
    one = calibrated.findings.calibration.of(calibrated.recommendation.name)
    assert one is not None
    return one


def changed(calibrated: Results, several: bool = False, **changes: Any) -> Results:
    """The results with the recommended rung's calibration changed."""
    assert calibrated.findings.calibration is not None
    own = chosen(calibrated)
    rungs = [one.but(**changes) if one is own else one for one in calibrated.findings.calibration.rungs]
    return calibrated.but(
        findings=Findings(calibration=Calibration(rungs=tuple(rungs))), data=calibrated.data.but(several_labels=several)
    )


def test_without_findings_there_is_no_section(calibrated: Results) -> None:
    without = calibrated.but(findings=Findings())
    assert calibration(without) == abstention(without) == ""
    assert calibration_markdown(without) == abstention_markdown(without) == ""
    nothing = calibrated.but(recommendation=None)
    assert calibration(nothing) == abstention_markdown(nothing) == ""


def test_the_page_and_the_markdown_say_what_a_percentage_is_worth(calibrated: Results) -> None:
    spoken = min(chosen(calibrated).reliability, key=lambda one: abs(one.confidence - 0.9))
    words = f"says about {spoken.confidence:.0%}, it is right in {spoken.accuracy.value:.0%} ("
    page, text = html(calibrated), markdown(calibrated)
    assert words in page
    assert words in text
    assert page.index('id="confusion"') < page.index('id="calibration"') < page.index('id="abstention"')
    assert page.index('id="abstention"') < page.index('id="features"')
    assert 'href="#calibration"' in page
    assert "## How far its probabilities can be trusted" in text


def test_every_rung_has_a_row(calibrated: Results) -> None:
    page, text = calibration(calibrated), calibration_markdown(calibrated)
    for rung in calibrated.done:
        assert rung.title in page
        assert rung.title in text.replace("\\", "")
    assert page.count("<figure>") == abstention(calibrated).count("<figure>") == 1


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.02, 0.04, "promises too much, by 3.0 points (2.0–4.0)"),
        (-0.04, -0.02, "promises too little, by 3.0 points (2.0–4.0)"),
        (-0.01, 0.07, "promises neither too much nor too little, as far as these rows can tell"),
    ],
)
def test_what_it_promises(calibrated: Results, low: float, high: float, words: str) -> None:
    lean = Estimate(value=(low + high) / 2, low=low, high=high)
    assert words in calibration(changed(calibrated, too_sure=lean))


@pytest.mark.parametrize(
    ("low", "high", "advised"), [(-0.03, -0.01, True), (-0.002, -0.0005, False), (-0.03, 0.01, False)]
)
def test_a_temperature_is_advised_where_it_helps_for_certain_and_notably(
    calibrated: Results, low: float, high: float, advised: bool
) -> None:
    gain = Estimate(value=(low + high) / 2, low=low, high=high)
    said = calibration_markdown(changed(calibrated, temperature_gain=gain, temperature=1.31))
    assert ("Dividing its logits by a temperature of 1.31, fitted on dev, would better" in said) is advised
    assert ("would not notably better it" in said) is not advised
    assert ("The bundle is left as it was fitted" in said) is advised


def test_leaving_the_least_sure_to_a_person_is_said_with_the_command(calibrated: Results) -> None:
    one = chosen(calibrated)
    choice = one.coverages[1]
    assert choice.accuracy is not None
    words = (
        f"Letting a person read the least sure {1 - choice.coverage.value:.0%} raises the accuracy of the rest from "
    )
    page = abstention(calibrated)
    assert words in page
    assert f"to {choice.accuracy.value:.1%} (" in page
    assert f"--unsure-below {choice.threshold!r}</code>" in page
    assert words in abstention_markdown(calibrated)
    assert f"| {choice.threshold!r} |" in abstention_markdown(calibrated)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.03, -0.01, " lowers the accuracy"),
        (-0.01, 0.02, " hardly changes the accuracy of the rest from "),
    ],
)
def test_what_silence_gains_is_not_always_a_gain(calibrated: Results, low: float, high: float, words: str) -> None:
    gain = Estimate(value=(low + high) / 2, low=low, high=high)
    coverages = tuple(choice.but(gain=gain) for choice in chosen(calibrated).coverages)
    said = abstention_markdown(changed(calibrated, coverages=coverages))
    assert words in said
    assert ("as far as these rows can tell" in said) is (high > 0)


def test_confidences_that_do_not_part_rows_are_told(calibrated: Results) -> None:
    one = chosen(calibrated)
    whole = Estimate(value=1, low=0.99, high=1)
    none = tuple(choice.but(accuracy=None, gain=None, coverage=whole.but(value=0, low=0)) for choice in one.coverages)
    for coverages in (tuple(choice.but(coverage=whole) for choice in one.coverages), none):
        result = changed(calibrated, coverages=coverages, curve=one.curve[-1:], reliability=one.reliability[:1])
        assert "Its confidences do not tell a tenth of the rows from the others." in abstention(result)
        assert "<figure>" not in abstention(result) + calibration(result)
    assert "–" in abstention_markdown(changed(calibrated, coverages=none))


def test_several_labels_are_spoken_of_as_labels(calibrated: Results) -> None:
    several = changed(calibrated, several=True)
    assert "Of the labels to which " in calibration(several)
    assert "labels of rows that get 5% and more" in calibration(several)
    assert "the share of the rest that get all labels right" in abstention(several)

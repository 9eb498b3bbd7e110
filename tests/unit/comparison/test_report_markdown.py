from __future__ import annotations

import re

import pytest

from wenmai.comparison.report_markdown import markdown
from wenmai.comparison.results import Results


@pytest.fixture(scope="module")
def report(results: Results) -> str:
    return markdown(results)


def test_the_report_has_every_section(report: str, results: Results) -> None:
    headings = re.findall(r"^## (.*)$", report, re.MULTILINE)
    assert headings == [
        "Scores",
        "Costs",
        "Choice",
        "Classes",
        "What TF-IDF + logistic regression, characters 1–3 looks for",
        "Where it is sure and wrong",
        "The data",
        "What duplicates would have done",
        "Rungs that failed",
        "How to do it again",
    ]
    assert results.recommendation is not None
    assert f"**{results.recommendation.sentence}**" in report
    assert f"`{results.command}`" in report


def test_tables_are_rectangular(report: str) -> None:
    tables = re.findall(r"(?:^\|.*\|$\n?)+", report, re.MULTILINE)
    assert len(tables) == 6
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.strip().splitlines()}
        assert len(widths) == 1


def test_scores_stand_with_their_intervals(report: str) -> None:
    row = next(line for line in report.splitlines() if line.startswith("| Majority class |"))
    assert re.search(r"22\.\d% \(\d+\.\d–\d+\.\d\)", row)


def test_texts_cannot_become_markup(report: str, results: Results) -> None:
    assert r"\<script\>alert(1)\</script\>" in report
    hostile = results.but(data=results.data.but(name="a | b\n# c `d` <img>"))
    assert markdown(hostile).startswith("# a \\| b \\# c \\`d\\` \\<img\\>\n")


def test_a_redacted_report_holds_no_text_and_no_feature(results: Results) -> None:
    report = markdown(results, redact=True)
    assert "电池用了三天" not in report
    assert "物流很快" not in report
    assert "## Scores" in report


def test_when_every_rung_failed_the_report_says_so(results: Results) -> None:
    report = markdown(results.but(rungs=results.failed, recommendation=None, errors=()))
    assert "No rung could be fitted" in report
    assert "- TextCNN: the budget was spent" in report

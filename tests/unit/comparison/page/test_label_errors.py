from __future__ import annotations

import pytest

from wenmai.comparison.findings import Findings
from wenmai.comparison.findings.correction import CorrectedRows, CorrectedScores, Correction
from wenmai.comparison.findings.label_errors import LabelErrors, SuspectLabel, SuspectPair
from wenmai.comparison.page.correction import correction, correction_markdown
from wenmai.comparison.page.label_errors import label_errors, label_errors_markdown
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.comparison.results import Results
from wenmai.stats.intervals import Estimate

TEXT = "屏幕很好，<b>电池</b>不行 | 真的"


def estimate(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def found(**changes) -> LabelErrors:
    suspect = SuspectLabel(
        text=TEXT,
        part="test",
        row=1204,
        line=1311,
        given=("好评",),
        suggested=("差评",),
        probability_given=0.0213,
        probability_suggested=0.971,
    )
    values = {
        "rung": "tfidf-lr:chars",
        "folds": 5,
        "rows": 17_262,
        "flagged": {"train": 30, "dev": 0, "test": 2},
        "pairs": (SuspectPair(given=("好评",), suggested=("差评",), rows=32),),
        "shown": (suspect, suspect.but(line=None)),
        "file": "label_errors.csv",
    }
    return LabelErrors(**{**values, **changes})


def change(difference: Estimate, **rows: CorrectedRows) -> Correction:
    scores = CorrectedScores(
        before_on_old_labels=estimate(0.8),
        before=estimate(0.82),
        after=estimate(0.85),
        difference=difference,
        relabelling=estimate(0.02, 0.01),
    )
    return Correction(file="said.csv", rung="tfidf-lr:chars", rows=rows, unused=2, scores={"macro_f1": scores})


def having(results: Results, **findings) -> Results:
    return results.but(findings=Findings(**findings))


def test_without_findings_there_are_no_sections(results: Results) -> None:
    assert label_errors(results) == correction(results) == ""
    assert label_errors_markdown(results) == correction_markdown(results) == ""
    assert 'href="#label-errors"' not in html(results)


def test_a_page_says_what_looks_wrong_and_what_to_do(results: Results) -> None:
    page = html(having(results, label_errors=found()))
    assert 'href="#label-errors"' in page
    assert "Of the 17,262 rows examined, the labels of 32 look wrong (30 in train, 2 in test)" in page
    assert "These are candidates, not errors" in page
    assert "line 1,311, test" in page
    assert "row 1,204, test" in page
    assert "屏幕很好，&lt;b&gt;电池&lt;/b&gt;不行" in page
    assert "looks like <b><bdi>差评</bdi></b> (97.1%), line 1,311, test" in page
    assert "label_errors.csv in the run folder" in page
    report = markdown(having(results, label_errors=found()))
    assert "| 好评 → 差评 | 32 |" in report
    assert r"- labelled **好评** (2.1%), looks like **差评** (97.1%), line 1,311, test: 屏幕很好，\<b\>" in report


def test_a_redacted_report_keeps_the_counts_and_no_text(results: Results) -> None:
    whole = having(results, label_errors=found())
    for redacted in (html(whole, redact=True), markdown(whole, redact=True), whole.redacted().to_json()):
        assert "屏幕很好，" not in redacted
        assert "label_errors.csv" in redacted.replace("\\", "")
    assert "好评 → 差评" in html(whole, redact=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"flagged": {"test": 1}}, "the label of one looks wrong (1 in test)"),
        ({"flagged": {"train": 0}, "pairs": (), "shown": ()}, "no label looks wrong"),
        ({"settled": 3}, "3 rows more were looked at before"),
        ({"settled": 1}, "1 row more was looked at before"),
        ({"rows": 0, "notes": ("The budget was spent",)}, "<p>The budget was spent.</p>"),
        ({"pairs": (SuspectPair(given=(), suggested=("物流",), rows=1),)}, "物流 missing"),
        ({"pairs": (SuspectPair(given=("物流",), suggested=(), rows=1),)}, "物流 one too many"),
    ],
)
def test_sentences_fit_what_was_found(results: Results, changes: dict, said: str) -> None:
    assert said in label_errors(having(results, label_errors=found(**changes)))


def test_corrections_stand_before_and_after(results: Results) -> None:
    told = change(
        estimate(0.03), train=CorrectedRows(relabelled=10, confirmed=3), test=CorrectedRows(relabelled=2, removed=1)
    )
    page = html(having(results, correction=told))
    assert page.index('<section id="correction"') < page.index('<section id="scores"')
    assert "said.csv changed the label of 12 rows (10 in train, 2 in test), took out one row (1 in test), " in page
    assert "confirmed 3 rows (3 in train) and spoke of 2 whose text takes no part." in page
    assert "changed its Macro F1 by +3.0 (+1.0 to +5.0) points." in page
    assert "the corrected rows favour that model" in page
    report = markdown(having(results, correction=told))
    assert "| Macro F1 | 80.0% (78.0–82.0) | 82.0% (80.0–84.0) | 85.0% (83.0–87.0) | +3.0 (+1.0 to +5.0) |" in report


def test_a_difference_that_may_be_none_is_said_to_be_one(results: Results) -> None:
    page = correction(having(results, correction=change(estimate(0.01), train=CorrectedRows(relabelled=1))))
    assert "+1.0 (−1.0 to +3.0) points, which these rows cannot tell from none." in page
    assert "No test label was changed" in page
    assert "favour" not in page


def test_corrections_without_scores_say_why(results: Results) -> None:
    told = Correction(file="said.csv", rung="tfidf-lr:chars", rows={}, notes=("The budget was spent",))
    page = correction(having(results, correction=told))
    assert "said.csv changed nothing." in page
    assert "<p>The budget was spent.</p>" in page
    assert "<table" not in page

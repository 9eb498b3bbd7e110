from __future__ import annotations

import re

from wenmai.comparison.findings.curves import Curve, CurvePoint, LearningCurves
from wenmai.comparison.findings.factors import SegmentationPair, Segmentations
from wenmai.comparison.page.curves import learning_curves, learning_curves_markdown
from wenmai.comparison.page.factors import segmentations, segmentations_markdown
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.comparison.results import Results
from wenmai.stats.intervals import Estimate


def estimate(value: float, half: float = 0.02) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def point(rows: int, value: float, draws: int = 3) -> CurvePoint:
    return CurvePoint(rows=rows, draws=draws, score=estimate(value), fit_seconds=2.0)


SIZES = (1000, 2000, 4000)
CURVES = LearningCurves(
    metric="macro_f1",
    curves=(
        Curve(
            name="tfidf-lr:chars",
            points=tuple(point(rows, 0.7 + number / 20, 3 if rows < 4000 else 1) for number, rows in enumerate(SIZES)),
            doubled=estimate(0.021, 0.011),
        ),
        Curve(name="naive-bayes:words", points=(point(4000, 0.7, 1),), doubt="there is one size only"),
    ),
    sentences=("A is ahead of <B> | C.",),
    notes=("1/16 of the labels was left out: 3 rows are fewer than 50",),
)
PAIR = SegmentationPair(
    member="tfidf-lr",
    title="TF-IDF + <LR>",
    first="tfidf-lr:words",
    second="tfidf-lr:chars",
    first_kind="words",
    second_kind="characters",
    chosen=estimate(-0.03, 0.01),
    tested=estimate(0.0, 0.01),
    verdict="second",
)
SEGMENTATIONS = Segmentations(
    metric="macro_f1",
    pairs=(PAIR, PAIR.but(verdict="tie", chosen=estimate(0.0))),
    sentences=("Characters do better.",),
)


def with_findings(results: Results, **found) -> Results:
    return results.but(findings=results.findings.but(**found))


def plain(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", markup)).split())


def test_what_was_not_found_has_no_section(results: Results) -> None:
    assert learning_curves(results) == segmentations(results) == ""
    assert learning_curves_markdown(results) == segmentations_markdown(results) == ""
    assert 'href="#curves"' not in html(results)


def test_curves_have_a_chart_for_desk_and_phone_a_table_and_what_they_say(results: Results) -> None:
    said = learning_curves(with_findings(results, curves=CURVES))
    assert said.count("<svg") == 2
    assert 'class="wide"' in said
    assert 'class="narrow"' in said
    assert "1,000 labels 70.0%, 2,000 labels 75.0%, 4,000 labels 80.0%" in said
    words = plain(said)
    assert "A is ahead of &lt;B&gt; | C." in words
    assert "80.0% 78.0–82.0 +2.1 (+1.0 to +3.2)" in words
    assert "– – 70.0% 68.0–72.0 cannot be told" in words
    assert "1/16 of the labels was left out: 3 rows are fewer than 50." in words
    # Two points of three draws of two seconds.
    assert "each part drawn 3 times" in words
    assert "The fits on parts took 12 s." in words


def test_a_single_size_makes_no_chart(results: Results) -> None:
    said = learning_curves(with_findings(results, curves=CURVES.but(curves=CURVES.curves[1:], sentences=(), notes=())))
    assert "<svg" not in said
    assert "cannot be told" in said


def test_segmentations_have_a_forest_plot_a_table_and_what_they_say(results: Results) -> None:
    found = with_findings(results, segmentations=SEGMENTATIONS)
    said = segmentations(found)
    assert said.count("<svg") == 2
    assert "to the right the first is ahead" in said
    words = plain(said)
    assert "TF-IDF + &lt;LR&gt;: words − characters −3.0 (−4.0 to −2.0) characters 0.0 (−1.0 to +1.0)" in words
    assert "0.0 (−2.0 to +2.0) tied" in words
    assert "approximate" not in words
    validated = found.but(protocol=found.protocol.but(choice="cross-validation", folds=5))
    assert "these intervals are approximate" in segmentations(validated)
    losses = with_findings(results, segmentations=SEGMENTATIONS.but(metric="log_loss"))
    assert "to the left the first is ahead" in segmentations(losses)


def test_the_same_stands_in_markdown_and_on_the_page(results: Results) -> None:
    found = with_findings(results, curves=CURVES, segmentations=SEGMENTATIONS)
    page, text = html(found), markdown(found)
    assert '<a href="#curves">' in page
    assert '<a href="#segmentation">' in page
    assert "## More labels" in text
    assert "- A is ahead of \\<B\\> \\| C." in text
    assert "| – | – | 70.0% (68.0–72.0) | cannot be told |" in text
    assert "| TF-IDF + \\<LR\\>: words − characters | −3.0 (−4.0 to −2.0) | characters | 0.0 (−1.0 to +1.0) |" in text
    assert Results.parse_json(found.to_json()) == found

"""Corrections: what corrected labels changed, before and after on the same rows."""

from __future__ import annotations

from wenmai.comparison.findings.correction import CorrectedScores, Correction
from wenmai.comparison.page.markup import Markup, tag
from wenmai.comparison.page.scores import metrics_shown
from wenmai.comparison.page.tables import Row, estimate_cell, section, table
from wenmai.comparison.results import Results
from wenmai.comparison.wording import count, difference, metric_name, score_with_interval
from wenmai.core import markdown

TITLE = "What the corrections changed"
COLUMNS = ["Score", "Before, old labels", "Before, corrected", "After, corrected", "After − before"]


def correction(results: Results) -> Markup:
    """What was corrected, and the recommended rung before and after."""
    found = results.findings.correction
    if found is None:
        return Markup()
    rows = [
        Row(
            metric_name(metric),
            [
                estimate_cell(metric, scores.before_on_old_labels),
                estimate_cell(metric, scores.before),
                estimate_cell(metric, scores.after),
                difference(metric, scores.difference),
            ],
        )
        for metric, scores in _scores(results, found)
    ]
    caption = "Fitted before and after, scored on the same test rows, with their old and their corrected labels"
    return section(
        "correction",
        TITLE,
        *(tag("p", sentence) for sentence in _sentences(results, found)),
        table(caption, COLUMNS, rows, class_="numbers") if rows else None,
    )


def correction_markdown(results: Results) -> str:
    """The same as Markdown."""
    found = results.findings.correction
    if found is None:
        return ""
    said = " ".join(markdown.plain(sentence) for sentence in _sentences(results, found))
    rows = [
        [
            metric_name(metric),
            score_with_interval(metric, scores.before_on_old_labels),
            score_with_interval(metric, scores.before),
            score_with_interval(metric, scores.after),
            difference(metric, scores.difference),
        ]
        for metric, scores in _scores(results, found)
    ]
    return f"## {TITLE}\n\n{said}" + (f"\n\n{markdown.table(COLUMNS, rows)}" if rows else "")


def _scores(results: Results, found: Correction) -> list[tuple[str, CorrectedScores]]:
    order = [metric for metric in metrics_shown(results) if metric in found.scores]
    return [(metric, found.scores[metric]) for metric in order]


def _sentences(results: Results, found: Correction) -> list[str]:
    """What was corrected; what it brought; and whom it favours."""
    said = [f"{found.file} {_changes(found)}."]
    scores = found.scores.get(results.protocol.metric)
    if scores is not None:
        metric = metric_name(results.protocol.metric)
        title = results.rung(found.rung).title
        said.append(
            f"{title} was fitted on the labels as they were, too, and both fits were scored on the same corrected test "
            f"rows: learning from corrected labels changed its {metric} by {_points(results, scores)}."
        )
        if _touched(found):
            by_itself = difference(results.protocol.metric, scores.relabelling)
            said.append(
                f"Correcting the test labels alone changed the score of the earlier fit by {by_itself} points: that is "
                "a better measurement, not a better model. Where a model pointed at the test rows that were corrected, "
                "the corrected rows favour that model: its other mistakes were not looked at."
            )
        else:
            said.append("No test label was changed, so that the earlier fit scores the same as before.")
    return [*said, *(f"{note}." for note in found.notes)]


def _touched(found: Correction) -> bool:
    test = found.rows.get("test")
    return test is not None and test.relabelled + test.removed > 0


def _points(results: Results, scores: CorrectedScores) -> str:
    change = scores.difference
    found = f"{difference(results.protocol.metric, change)} points"
    return f"{found}, which these rows cannot tell from none" if change.low <= 0 <= change.high else found


def _changes(found: Correction) -> str:
    words = []
    for name, verb in (("relabelled", "changed the label of"), ("removed", "took out"), ("confirmed", "confirmed")):
        parts = {part: getattr(rows, name) for part, rows in found.rows.items()}
        if total := sum(parts.values()):
            listed = ", ".join(f"{count(rows)} in {part}" for part, rows in parts.items() if rows)
            words.append(f"{verb} {count(total)} rows ({listed})" if total > 1 else f"{verb} one row ({listed})")
    if found.unused:
        words.append(f"spoke of {count(found.unused)} whose text takes no part")
    if not words:
        return "changed nothing"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

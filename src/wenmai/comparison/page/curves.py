"""Learning curves on the page and in Markdown: a chart, what it says in words, and its numbers."""

from __future__ import annotations

import numpy as np

from wenmai.comparison.findings.curves import Curve, LearningCurves
from wenmai.comparison.page.figures import NARROW, WIDE, figure
from wenmai.comparison.page.markup import Child, Markup, join, tag
from wenmai.comparison.page.tables import Row, estimate_cell, section, table
from wenmai.comparison.results import Results
from wenmai.comparison.wording import LOSSES, count, difference, metric_name, score_with_interval, seconds
from wenmai.core import markdown
from wenmai.viz.curves import Drawn, learning_plot

TITLE = "More labels"


def learning_curves(results: Results) -> Markup:
    """What scores do with the number of labels."""
    found = results.findings.curves
    if found is None:
        return Markup()
    rows = [
        Row(
            _heading(results, curve),
            [_cell(curve, size, found.metric) for size in _sizes(found)] + [_doubled(curve, found.metric)],
            "chosen" if _chosen(results, curve) else None,
        )
        for curve in found.curves
    ]
    caption = f"{metric_name(found.metric)} on the test rows by the number of labels; small: the intervals"
    return section(
        "curves",
        TITLE,
        tag("ul", *(tag("li", sentence) for sentence in found.sentences), class_="said") if found.sentences else None,
        _figure(results, found),
        table(caption, _columns(found), rows, class_="numbers"),
        tag("ul", *(tag("li", f"{note}.") for note in found.notes), class_="remarks") if found.notes else None,
        tag("p", _how(results), class_="note"),
    )


def learning_curves_markdown(results: Results) -> str:
    """The same as Markdown."""
    found = results.findings.curves
    if found is None:
        return ""
    rows = [
        [
            markdown.plain(results.rung(curve.name).title),
            *(_written(curve, size, found.metric) for size in _sizes(found)),
            markdown.plain(_doubled(curve, found.metric)),
        ]
        for curve in found.curves
    ]
    said = "\n".join(f"- {markdown.plain(sentence)}" for sentence in found.sentences)
    notes = "\n".join(f"- {markdown.plain(note)}." for note in found.notes)
    parts = [f"## {TITLE}", said, markdown.table(_columns(found), rows), notes, markdown.plain(_how(results))]
    return "\n\n".join(part for part in parts if part)


def _figure(results: Results, found: LearningCurves) -> Markup | None:
    """The chart; nothing where no curve has two points."""
    curves = [curve for curve in found.curves if len(curve.points) > 1]
    if not curves:
        return None
    titles = [results.rung(curve.name).title for curve in curves]
    numbers = [str(number) for number in range(1, len(curves) + 1)]
    keys = "; ".join(f"{number} {title}" for number, title in zip(numbers, titles, strict=True))
    percent = found.metric not in LOSSES
    spoken = "; ".join(
        f"{title}: " + ", ".join(f"{count(one.rows)} labels {_said(one.score.value, percent)}" for one in curve.points)
        for title, curve in zip(titles, curves, strict=True)
    )
    return figure(
        lambda wide: learning_plot(
            [_drawn(results, curve, label) for curve, label in zip(curves, titles if wide else numbers, strict=True)],
            width=WIDE if wide else NARROW,
            height=360 if wide else 300,
            metric=metric_name(found.metric),
            percent=percent,
        ),
        label=f"Learning curves of {metric_name(found.metric)} on the test rows. {spoken}.",
        caption=join([f"Bands are {results.protocol.level:.0%} intervals. ", tag("span", f"{keys}.", class_="narrow")]),
    )


def _drawn(results: Results, curve: Curve, label: str) -> Drawn:
    scores = [point.score for point in curve.points]
    return Drawn(
        label=label,
        places=np.array([float(point.rows) for point in curve.points]),
        values=np.array([score.value for score in scores]),
        lows=np.array([score.low for score in scores]),
        highs=np.array([score.high for score in scores]),
        chosen=_chosen(results, curve),
    )


def _chosen(results: Results, curve: Curve) -> bool:
    return results.recommendation is not None and results.recommendation.name == curve.name


def _heading(results: Results, curve: Curve) -> Child:
    title = tag("span", results.rung(curve.name).title, class_="title")
    badge = tag("span", "recommended", class_="badge") if _chosen(results, curve) else None
    return join([title, " " if badge else None, badge])


def _sizes(found: LearningCurves) -> list[int]:
    return sorted({point.rows for curve in found.curves for point in curve.points})


def _columns(found: LearningCurves) -> list[str]:
    return ["Rung", *(count(size) for size in _sizes(found)), "Twice the labels"]


def _cell(curve: Curve, size: int, metric: str) -> Markup:
    return estimate_cell(metric, next((point.score for point in curve.points if point.rows == size), None))


def _written(curve: Curve, size: int, metric: str) -> str:
    point = next((point for point in curve.points if point.rows == size), None)
    return "–" if point is None else score_with_interval(metric, point.score)


def _doubled(curve: Curve, metric: str) -> str:
    return "cannot be told" if curve.doubled is None else difference(metric, curve.doubled)


def _said(value: float, percent: bool) -> str:
    return f"{value:.1%}" if percent else f"{value:.3f}"


def _how(results: Results) -> str:
    """How the curves came to be, and how long their fits took."""
    found = results.findings.curves
    spent = sum(one.fit_seconds * one.draws for curve in found.curves for one in curve.points[:-1]) if found else 0.0
    draws = max((one.draws for curve in found.curves for one in curve.points[:-1]), default=0) if found else 0
    drawn = f", each part drawn {draws} times" if draws > 1 else ""
    return (
        f"Each rung with the settings that were chosen with all labels, on nested parts of the training rows{drawn}; "
        "the intervals hold the draw and the test rows. The last column follows a power law through the points. These "
        f"scores only report; nothing was chosen by them. The fits on parts took {seconds(spent)}."
    )

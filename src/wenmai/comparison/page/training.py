"""How the networks were trained, on the page and in Markdown: loss and dev score pass by pass, and why each ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from wenmai.comparison.findings.training import TrainingCourse
from wenmai.comparison.page.figures import NARROW, WIDE, figure
from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.page.tables import Row, section, table
from wenmai.comparison.results import Results
from wenmai.comparison.wording import LOSSES, metric_name, score, seconds
from wenmai.core import markdown
from wenmai.viz.curves import Drawn, training_plot

TITLE = "How the networks were trained"
COLUMNS = (
    "Rung",
    "Loss at first",
    "Loss at last",
    "Passes",
    "Best on dev",
    "After",
    "Ended because",
    "Tokens a second",
)
ENDED = {"done": "everything was done", "no progress": "dev showed no progress", "time": "the time was spent"}

Points = tuple[list[float], list[float]]
"""Passes over the rows, and a value at each."""


def training(results: Results) -> Markup:
    """The courses as two charts and a table; nothing where no rung is a network."""
    courses = results.findings.training
    if not courses:
        return Markup()
    metric = courses[0].history.metric
    rows = [
        Row(results.rung(course.name).title, _cells(course), "chosen" if _chosen(results, course) else None)
        for course in courses
    ]
    scored = (
        None
        if metric is None
        else _figure(results, courses, f"{metric_name(metric)} on dev", metric not in LOSSES, _scores)
    )
    return section(
        "training",
        TITLE,
        _figure(results, courses, "loss of the training rows", False, _losses),
        scored,
        table("How each network was trained", COLUMNS, rows, class_="numbers"),
        tag("p", _how(results), class_="note"),
    )


def training_markdown(results: Results) -> str:
    """The same as Markdown, without charts."""
    courses = results.findings.training
    if not courses:
        return ""
    rows = [[markdown.plain(results.rung(course.name).title), *_cells(course)] for course in courses]
    return "\n\n".join([f"## {TITLE}", markdown.table(list(COLUMNS), rows), markdown.plain(_how(results))])


def _figure(
    results: Results,
    courses: Sequence[TrainingCourse],
    what: str,
    percent: bool,
    points: Callable[[TrainingCourse], Points],
) -> Markup | None:
    """The chart; nothing where no course has two points."""
    shown = [course for course in courses if len(points(course)[0]) > 1]
    if not shown:
        return None
    titles = [results.rung(course.name).title for course in shown]
    numbers = [str(number) for number in range(1, len(shown) + 1)]
    keys = "; ".join(f"{number} {title}" for number, title in zip(numbers, titles, strict=True))
    spoken = "; ".join(
        f"{title} from {_said(points(course)[1][0], percent)} to {_said(points(course)[1][-1], percent)}"
        for title, course in zip(titles, shown, strict=True)
    )
    return figure(
        lambda wide: training_plot(
            [
                _drawn(points(course), label, _chosen(results, course))
                for course, label in zip(shown, titles if wide else numbers, strict=True)
            ],
            width=WIDE if wide else NARROW,
            height=260,
            title=what,
            percent=percent,
        ),
        label=f"{what[:1].upper()}{what[1:]} over the passes of the training: {spoken}.",
        caption=join([f"{what[:1].upper()}{what[1:]}. ", tag("span", f"{keys}.", class_="narrow")]),
    )


def _losses(course: TrainingCourse) -> Points:
    return [point.epoch for point in course.history.points], [point.loss for point in course.history.points]


def _scores(course: TrainingCourse) -> Points:
    return [one.epoch for one in course.history.evaluations], [one.score for one in course.history.evaluations]


def _drawn(points: Points, label: str, chosen: bool) -> Drawn:
    places, values = np.array(points[0]), np.array(points[1])
    return Drawn(label=label, places=places, values=values, lows=values, highs=values, chosen=chosen)


def _cells(course: TrainingCourse) -> list[str]:
    history = course.history
    losses = [point.loss for point in history.points]
    best = next((one for one in reversed(history.evaluations) if one.best), None)
    known = best is not None and history.metric is not None
    return [
        f"{losses[0]:.3f}" if losses else "–",
        f"{losses[-1]:.3f}" if losses else "–",
        f"{history.epochs:.1f}",
        score(history.metric, best.score) if known and best and history.metric else "–",
        f"{best.epoch:.1f} passes" if best else "–",
        ENDED[history.stopped],
        f"{history.pace.tokens_per_second:,.0f}",
    ]


def _said(value: float, percent: bool) -> str:
    return f"{value:.1%}" if percent else f"{value:.3f}"


def _chosen(results: Results, course: TrainingCourse) -> bool:
    return results.recommendation is not None and results.recommendation.name == course.name


def _how(results: Results) -> str:
    """Whose courses these are, and how long they took."""
    spent = sum(course.history.pace.seconds for course in results.findings.training)
    whose = "Of several seeds the one whose bundle is saved. " if results.protocol.seeds > 1 else ""
    return (
        f"{whose}The saved weights are those that scored best on the rows that decide when the training ends. "
        f"These trainings took {seconds(spent)}."
    )

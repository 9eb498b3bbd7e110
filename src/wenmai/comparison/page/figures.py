"""The charts of the page, each drawn twice: wide for a desk and for paper, narrow for a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.recommendation import cost_of, cost_words
from wenmai.comparison.results import Cost, Results, RungResult
from wenmai.comparison.wording import LOSSES, metric_name, score_with_interval
from wenmai.core.errors import MissingExtraError
from wenmai.viz.charts import Emphasis, Scored, cost_plot, interval_plot

WIDE = 880
NARROW = 340
_SHORTEST = 1e-3
"""Of any unit: a log axis has no place for a time that was too short to measure."""
_COST_AXES: dict[Cost, tuple[str, float]] = {
    "latency": ("one prediction, milliseconds (log scale)", 1.0),
    "size": ("size on disk, megabytes (log scale)", 1e6),
    "train": ("time to train, seconds (log scale)", 1.0),
    "memory": ("memory to train, megabytes (log scale)", 1e6),
}
"""The title of the axis, and what one unit of it is."""


def ranked(results: Results) -> list[RungResult]:
    """The rungs that are done, and outside predictions, best first by the protocol's metric on the test rows."""
    metric = results.protocol.metric
    sign = 1 if metric in LOSSES else -1

    def place(rung: RungResult) -> tuple[bool, float]:
        return metric not in rung.test, sign * rung.test[metric].value if metric in rung.test else 0.0

    return sorted(results.scored, key=place)


def emphasis(results: Results, rung: RungResult) -> Emphasis:
    """Whether a rung is the recommended one, tied with the best, or neither."""
    recommendation = results.recommendation
    if recommendation is None:
        return "other"
    if rung.name == recommendation.name:
        return "chosen"
    return "tied" if rung.name in recommendation.tied else "other"


def interval_figure(results: Results) -> Markup:
    """Scores and intervals of all rungs; nothing when fewer than two have the metric."""
    rungs = _with_metric(results)
    if len(rungs) < 2:
        return Markup()
    metric = results.protocol.metric
    scored = _scored(results, rungs)
    spoken = "; ".join(f"{rung.title} {score_with_interval(metric, rung.test[metric])}" for rung in rungs)
    return figure(
        lambda wide: interval_plot(scored, width=WIDE if wide else NARROW, names_above=not wide),
        label=f"Dot plot of {metric_name(metric)} on the test rows with intervals, best first: {spoken}.",
        caption=join([f"Lines are {results.protocol.level:.0%} intervals on the test rows. ", _legend()]),
    )


def cost_figure(results: Results) -> Markup:
    """Scores against the cost that counts; nothing when fewer than two rungs have both."""
    cost = results.protocol.cost
    rungs = [rung for rung in _with_metric(results) if cost_of(rung, cost) < float("inf")]
    if len(rungs) < 2:
        return Markup()
    axis, unit = _COST_AXES[cost]
    amounts = np.array([max(_SHORTEST, cost_of(rung, cost) / unit) for rung in rungs])
    scored = _scored(results, rungs)
    titles = [rung.title for rung in rungs]
    numbers = [str(1 + ranked(results).index(rung)) for rung in rungs]
    spoken = "; ".join(f"{rung.title} {cost_words(rung, cost)}" for rung in rungs)
    numbered = "Numbers are the ranks of the table below. "
    return figure(
        lambda wide: cost_plot(
            scored, amounts, width=WIDE if wide else NARROW, labels=titles if wide else numbers, title=axis
        ),
        label=f"Scatter plot of {metric_name(results.protocol.metric)} against cost: {spoken}.",
        caption=join(["Up and to the left is better. ", tag("span", numbered, class_="narrow"), _legend()]),
    )


def _with_metric(results: Results) -> list[RungResult]:
    return [rung for rung in ranked(results) if results.protocol.metric in rung.test]


def _scored(results: Results, rungs: list[RungResult]) -> Scored:
    metric = results.protocol.metric
    estimates = [rung.test[metric] for rung in rungs]
    return Scored(
        names=[rung.title for rung in rungs],
        values=np.array([estimate.value for estimate in estimates]),
        lows=np.array([estimate.low for estimate in estimates]),
        highs=np.array([estimate.high for estimate in estimates]),
        emphasis=[emphasis(results, rung) for rung in rungs],
        metric=metric_name(metric),
        percent=metric not in LOSSES,
        lower_is_better=metric in LOSSES,
    )


def figure(draw: Callable[[bool], str], *, label: str, caption: Markup) -> Markup:
    """A chart drawn twice, and in words for those who do not see it; without the extra `report` a line that says so.

    Args:
        draw: from whether the wide one is wanted to SVG text.
        label: what the chart shows, in words.
        caption: below it.
    """
    try:
        wide, narrow = draw(True), draw(False)
    except MissingExtraError as error:
        return tag("p", f"Charts are left out: {error}", class_="note")
    picture = tag("div", _classed(wide, "wide"), _classed(narrow, "narrow"), role="img", aria_label=label)
    return tag("figure", picture, tag("figcaption", caption))


def _classed(svg: str, name: str) -> Markup:
    return Markup(re.sub(r"^<svg ", f'<svg class="{name}" ', svg))


def _legend() -> Markup:
    return tag(
        "span",
        *(
            tag("span", tag("i", class_=f"dot {kind}", aria_hidden="true"), f" {words}", class_="key")
            for kind, words in (("chosen", "recommended"), ("tied", "tied with the best"), ("other", "others"))
        ),
        class_="legend",
    )

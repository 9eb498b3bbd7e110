"""What learning curves say, in words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from wenmai.comparison.findings.curves import Curve, LearningCurves, Passing
from wenmai.comparison.wording import LOSSES, count, difference, metric_name
from wenmai.stats.intervals import Estimate


def sentences(found: LearningCurves, titles: Mapping[str, str]) -> tuple[str, ...]:
    """Where each pair of curves passes, then what twice the labels would bring each rung."""
    passings = {frozenset((one.before, one.after)): one for one in found.passings}
    said = []
    for one, other in combinations(found.curves, 2):
        passing = passings.get(frozenset((one.name, other.name)))
        said.append(_no_passing(one, other, titles, found.metric) if passing is None else _passing(passing, titles))
    return (*said, *(_doubled(curve, titles, found.metric) for curve in found.curves))


def _passing(passing: Passing, titles: Mapping[str, str]) -> str:
    before, after, rows = titles[passing.before], titles[passing.after], _rows(passing.rows)
    if passing.beyond:
        return f"Up to here {before} is ahead of {after}; with more than about {rows} labels it would be the other way."
    return f"With fewer than about {rows} labels {before} is ahead of {after}; with more it is the other way."


def _no_passing(one: Curve, other: Curve, titles: Mapping[str, str], metric: str) -> str:
    """Who scores higher at every size that both were measured at, or that it cannot be told."""
    scores = {point.rows: point.score.value for point in other.points}
    sign = -1 if metric in LOSSES else 1
    apart = [sign * (point.score.value - scores[point.rows]) for point in one.points if point.rows in scores]
    first, second = titles[one.name], titles[other.name]
    if min(apart) > 0 or max(apart) < 0:
        ahead, behind = (first, second) if apart[0] > 0 else (second, first)
        return f"{ahead} scores better than {behind} at every number of labels measured."
    return f"Where {first} and {second} pass each other, if they do, these scores cannot tell."


def _doubled(curve: Curve, titles: Mapping[str, str], metric: str) -> str:
    rows, name = curve.points[-1].rows, titles[curve.name]
    if curve.doubled is None:
        return f"What twice the {count(rows)} labels would bring {name} cannot be told: {curve.doubt}."
    unit = "" if metric in LOSSES else " points of"
    gained = difference(metric, curve.doubled)
    return f"Twice the {count(rows)} labels would change {name} by about {gained}{unit} {metric_name(metric)}."


def _rows(rows: Estimate) -> str:
    """A number of labels and its interval, to two digits: ``1,900 (1,200–3,100)``."""
    value, low, high = (count(float(f"{number:.1e}")) for number in (rows.value, rows.low, rows.high))
    return f"{value} ({low}–{high})"

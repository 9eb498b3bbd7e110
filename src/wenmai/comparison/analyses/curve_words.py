"""What learning curves say, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wenmai.comparison.findings.curves import Curve, CurvePair, LearningCurves, Passing
from wenmai.comparison.wording import LOSSES, count, difference, metric_name
from wenmai.stats.intervals import Estimate


def sentences(found: LearningCurves, titles: Mapping[str, str]) -> tuple[str, ...]:
    """How each two curves stand to each other, then what twice the labels would bring each rung."""
    pairs = [
        _standing(pair, titles, found.metric) if pair.passing is None else _passing(pair.passing, titles)
        for pair in found.pairs
    ]
    return (*pairs, *(_doubled(curve, titles, found.metric) for curve in found.curves))


def _passing(passing: Passing, titles: Mapping[str, str]) -> str:
    before, after, rows = titles[passing.before], titles[passing.after], _rows(passing.rows)
    if passing.beyond:
        return f"Up to here {before} is ahead of {after}; with more than about {rows} labels it would be the other way."
    return f"With fewer than about {rows} labels {before} is ahead of {after}; with more it is the other way."


def _standing(pair: CurvePair, titles: Mapping[str, str], metric: str) -> str:
    """Which of two rungs is ahead at which numbers of labels, and at which they are tied."""
    sign = -1 if metric in LOSSES else 1
    first, second = titles[pair.first], titles[pair.second]
    apart = {
        rows: sign * one.value
        for rows, one in zip(pair.rows, pair.differences, strict=True)
        if one.low > 0 or one.high < 0
    }
    ahead, behind = ([rows for rows, value in apart.items() if (value > 0) == is_first] for is_first in (True, False))
    if ahead and behind:
        where = f"{first} is ahead of {second} at {_listed(ahead)} labels, {second} at {_listed(behind)}"
        return f"{where}; where they pass each other these scores cannot tell."
    if not apart:
        return f"{first} and {second} are tied at every number of labels measured."
    better, other = (first, second) if ahead else (second, first)
    if len(apart) == len(pair.rows):
        return f"{better} is ahead of {other} at every number of labels measured."
    return f"{better} is ahead of {other} at {_listed([*apart])} labels; at the other numbers measured they are tied."


def _listed(numbers: Sequence[int]) -> str:
    *others, last = map(count, numbers)
    return f"{', '.join(others)} and {last}" if others else last


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

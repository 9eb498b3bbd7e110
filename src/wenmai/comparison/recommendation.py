"""From the tied set to the rung to use: of those that may be the best, the one that costs least."""

from __future__ import annotations

from collections.abc import Sequence

from wenmai.comparison.results import Choice, Cost, Recommendation, RungResult
from wenmai.comparison.wording import difference, metric_name, milliseconds, score_with_interval, seconds, size
from wenmai.stats.components import Components
from wenmai.stats.confidence_set import ConfidenceSet
from wenmai.stats.ties import LOWER_IS_BETTER, Ties

SAME_COST = 1.25
"""Costs within this factor count as the same: times may turn round on another day, and nobody minds a quarter."""
NEGLIGIBLE: dict[Cost, float] = {"latency": 1.0, "size": 1e6, "train": 1.0, "memory": 16e6}
"""Costs up to this count as the same: a millisecond, a megabyte, a second, 16 megabytes."""
CHEAPEST: dict[Cost, str] = {
    "latency": "predicts faster",
    "size": "is smaller",
    "train": "trains faster",
    "memory": "needs less memory to train",
}
CHEAP: dict[Cost, str] = {
    "latency": "quickest",
    "size": "smallest",
    "train": "quickest to train",
    "memory": "that need the least memory",
}


def recommend(
    rungs: Sequence[RungResult],
    ties: Ties | ConfidenceSet,
    measured_on: Choice,
    parts: Components | None = None,
    *,
    cost: Cost = "latency",
    fitted: ConfidenceSet | None = None,
    unit: str = "row",
) -> Recommendation:
    """The cheapest rung of the tied set, in a sentence that says what it scores and costs.

    Costs that nobody would notice, or within a quarter of the least, count as the same: of such rungs the best where
    choices are made is taken.

    Args:
        rungs: the rungs that are done, each with its costs; and outside predictions, which have none and are never
            recommended.
        ties: the tied set, measured where choices are made.
        measured_on: where that is.
        parts: the parts of the variance there, from which follows what it would take to separate the tied.
        cost: by what the cheapest is found.
        fitted: the tied set of the fitted rungs alone, where all of ``ties`` are outside predictions.
        unit: what the scores are means over.

    Raises:
        ValueError: when no tied rung is among the rungs that are done.
    """
    tied = [rung for rung in rungs if rung.name in (fitted or ties).tied and rung.costs is not None]
    if not tied:
        raise ValueError("none of the tied rungs is done")
    limit = max(SAME_COST * min(cost_of(rung, cost) for rung in tied), NEGLIGIBLE[cost])
    cheap = [rung for rung in tied if cost_of(rung, cost) <= limit]
    sign = -1 if ties.metric in LOWER_IS_BETTER else 1
    chosen = max(cheap, key=lambda rung: sign * rung.dev[ties.metric].value if ties.metric in rung.dev else 0.0)
    outside = [rung for rung in rungs if rung.name in ties.tied and rung.status == "outside"]
    others = sum(rung.status != "outside" for rung in rungs) - len(tied)
    return Recommendation(
        name=chosen.name,
        sentence=" ".join(
            part
            for part in (
                _sentence(chosen, tied, cheap, ties, measured_on, cost, others=others, outside=bool(outside)),
                _outside_words(chosen, outside, ties, measured_on),
                _separation(tied, ties, parts, unit),
            )
            if part
        ),
        metric=ties.metric,
        measured_on=measured_on,
        best=ties.best,
        tied=ties.tied,
        differences=dict(ties.differences),
        minimum_detectable=None if parts is None else _minimum_detectable(tied, rungs, ties, parts),
    )


def cost_of(rung: RungResult, cost: Cost) -> float:
    """A cost of a rung as a number; infinite where it was not measured."""
    if rung.costs is None:
        return float("inf")
    found = {
        "latency": rung.costs.latency_ms_p50,
        "size": rung.costs.bytes_on_disk,
        "train": rung.costs.fit_seconds,
        "memory": rung.costs.peak_memory_bytes,
    }[cost]
    return float("inf") if found is None else float(found)


def cost_words(rung: RungResult, cost: Cost) -> str:
    """A cost of a rung as it is written: ``0.3 ms a prediction``."""
    value = cost_of(rung, cost)
    if value == float("inf"):
        return "of unknown cost"
    return {
        "latency": lambda: f"{milliseconds(value)} a prediction",
        "size": lambda: f"{size(int(value))} on disk",
        "train": lambda: f"{seconds(value)} to train",
        "memory": lambda: f"{size(int(value))} of memory to train",
    }[cost]()


def _sentence(
    chosen: RungResult,
    tied: Sequence[RungResult],
    cheap: Sequence[RungResult],
    ties: Ties | ConfidenceSet,
    measured_on: Choice,
    cost: Cost,
    *,
    others: int,
    outside: bool,
) -> str:
    scored = ""
    if ties.metric in chosen.test:
        score = score_with_interval(ties.metric, chosen.test[ties.metric])
        scored = f" {metric_name(ties.metric)} {score} on the test set,"
    used = f"Use {chosen.title}:{scored} {cost_words(chosen, cost)}."
    where = _where(measured_on)
    if len(tied) == 1:
        rung = "rung with a bundle" if outside else "rung"
        return f"{used} No other {rung} comes near it on {where}." if others else used
    if len(cheap) == len(tied):
        number = "two" if len(tied) == 2 else str(len(tied))
        return f"{used} {number.capitalize()} rungs are tied on {where} and cost about the same; it scores best there."
    if len(cheap) > 1:
        return f"{used} {len(tied)} rungs are tied on {where}; of the {len(cheap)} {CHEAP[cost]} it scores best there."
    slower = "the other one" if len(tied) == 2 else f"the other {len(tied) - 1}"
    return f"{used} {len(tied)} rungs are tied on {where}; it {CHEAPEST[cost]} than {slower}."


def _where(measured_on: Choice) -> str:
    return "the dev rows" if measured_on == "dev" else "cross-validation"


def _outside_words(
    chosen: RungResult, outside: Sequence[RungResult], ties: Ties | ConfidenceSet, measured_on: Choice
) -> str:
    """What is to be said of outside predictions that may be the best, and cannot be recommended."""
    if not outside:
        return ""
    titles = [rung.title for rung in outside]
    names = " and ".join([", ".join(titles[:-1]), titles[-1]] if len(titles) > 1 else titles)
    if chosen.name not in ties.tied:
        best = next(rung.title for rung in outside if rung.name == ties.best)
        behind = difference(ties.metric, ties.differences[chosen.name])
        return (
            f"The outside predictions {names} score better on {_where(measured_on)}, where it differs from {best} by "
            f"{behind} points; they come without a bundle to ship."
        )
    first = ""
    if any(rung.name == ties.best for rung in outside):
        first = " and score best there" if len(outside) == 1 else " and one of them scores best there"
    return (
        f"The outside predictions {names} are tied with it on {_where(measured_on)}{first}; they come without a bundle "
        "to ship."
    )


def _separation(tied: Sequence[RungResult], ties: Ties | ConfidenceSet, parts: Components | None, unit: str) -> str:
    """About how many labelled rows would part the tied rungs, if the measured difference is the true one."""
    others = [rung.name for rung in tied if rung.name != ties.best]
    if parts is None or not others:
        return ""
    farthest = max(others, key=lambda name: abs(parts.difference(name, ties.best).value))
    needed = parts.rows_needed(ties.best, farthest)
    if needed is None or needed <= parts.rows:
        return ""
    rows = f"{_rounded(needed):,} labelled {unit}s instead of {parts.rows:,}"
    return f"To part even the outermost two would take about {rows}."


def _minimum_detectable(
    tied: Sequence[RungResult], rungs: Sequence[RungResult], ties: Ties | ConfidenceSet, parts: Components
) -> float | None:
    """The smallest true difference from the best that these rows would have found, four times in five."""
    near = [rung.name for rung in (tied if len(tied) > 1 else rungs) if rung.name != ties.best]
    return min((parts.minimum_detectable(ties.best, name) for name in near), default=None)


def _rounded(count: int) -> int:
    """Two significant digits: more would pretend."""
    return int(float(f"{count:.1e}"))

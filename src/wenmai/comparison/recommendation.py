"""From the tied set to the rung to use: of those that may be the best, the one that costs least."""

from __future__ import annotations

from collections.abc import Sequence

from wenmai.comparison.results import Choice, Recommendation, RungResult
from wenmai.comparison.wording import metric_name, milliseconds, score_with_interval
from wenmai.stats.components import Components
from wenmai.stats.confidence_set import ConfidenceSet
from wenmai.stats.ties import LOWER_IS_BETTER, Ties

SAME_COST = 1.25
"""Times of one prediction within this factor count as the same: a run on another day may turn them round."""
SAME_MILLISECONDS = 1.0
"""All times up to this count as the same: nobody waits for less."""


def recommend(
    rungs: Sequence[RungResult], ties: Ties | ConfidenceSet, measured_on: Choice, parts: Components | None = None
) -> Recommendation:
    """The fastest rung of the tied set, in a sentence that says what it scores and costs.

    Times up to a millisecond, or within a quarter of the fastest, count as the same: of such rungs the best where
    choices are made is taken.

    Args:
        rungs: the rungs that are done, each with its costs.
        ties: the tied set, measured where choices are made.
        measured_on: where that is.
        parts: the parts of the variance there, from which follows what it would take to separate the tied.

    Raises:
        ValueError: when no tied rung is among the rungs that are done.
    """
    tied = [rung for rung in rungs if rung.name in ties.tied and rung.costs is not None]
    if not tied:
        raise ValueError("none of the tied rungs is done")
    limit = max(SAME_COST * min(map(_latency, tied)), SAME_MILLISECONDS)
    quick = [rung for rung in tied if _latency(rung) <= limit]
    sign = -1 if ties.metric in LOWER_IS_BETTER else 1
    chosen = max(quick, key=lambda rung: sign * rung.dev[ties.metric].value if ties.metric in rung.dev else 0.0)
    return Recommendation(
        name=chosen.name,
        sentence=" ".join(
            part
            for part in (
                _sentence(chosen, tied, quick, ties, measured_on, others=len(rungs) - len(tied)),
                _separation(tied, ties, parts),
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


def _latency(rung: RungResult) -> float:
    return rung.costs.latency_ms_p50 if rung.costs is not None else float("inf")


def _sentence(
    chosen: RungResult,
    tied: Sequence[RungResult],
    quick: Sequence[RungResult],
    ties: Ties | ConfidenceSet,
    measured_on: Choice,
    *,
    others: int,
) -> str:
    scored = ""
    if ties.metric in chosen.test:
        score = score_with_interval(ties.metric, chosen.test[ties.metric])
        scored = f" {metric_name(ties.metric)} {score} on the test set,"
    used = f"Use {chosen.title}:{scored} {milliseconds(_latency(chosen))} a prediction."
    where = "the dev rows" if measured_on == "dev" else "cross-validation"
    if len(tied) == 1:
        return f"{used} No other rung comes near it on {where}." if others else used
    if len(quick) > 1:
        return f"{used} {len(tied)} rungs are tied on {where}; of the {len(quick)} quickest it scores best there."
    slower = "the other one" if len(tied) == 2 else f"the other {len(tied) - 1}"
    return f"{used} {len(tied)} rungs are tied on {where}; it predicts faster than {slower}."


def _separation(tied: Sequence[RungResult], ties: Ties | ConfidenceSet, parts: Components | None) -> str:
    """About how many labelled rows would part the tied rungs, if the measured difference is the true one."""
    others = [rung.name for rung in tied if rung.name != ties.best]
    if parts is None or not others:
        return ""
    farthest = max(others, key=lambda name: abs(parts.difference(name, ties.best).value))
    needed = parts.rows_needed(ties.best, farthest)
    if needed is None or needed <= parts.rows:
        return ""
    return (
        f"To part even the outermost two would take about {_rounded(needed):,} labelled rows instead of {parts.rows:,}."
    )


def _minimum_detectable(
    tied: Sequence[RungResult], rungs: Sequence[RungResult], ties: Ties | ConfidenceSet, parts: Components
) -> float | None:
    """The smallest true difference from the best that these rows would have found, four times in five."""
    near = [rung.name for rung in (tied if len(tied) > 1 else rungs) if rung.name != ties.best]
    return min((parts.minimum_detectable(ties.best, name) for name in near), default=None)


def _rounded(count: int) -> int:
    """Two significant digits: more would pretend."""
    return int(float(f"{count:.1e}"))

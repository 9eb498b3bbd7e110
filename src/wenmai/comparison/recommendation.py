"""From the tied set to the rung to use: of those that may be the best, the one that costs least."""

from __future__ import annotations

from collections.abc import Sequence

from wenmai.comparison.results import Choice, Recommendation, RungResult
from wenmai.comparison.wording import metric_name, milliseconds, score_with_interval
from wenmai.stats.ties import Ties


def recommend(rungs: Sequence[RungResult], ties: Ties, measured_on: Choice) -> Recommendation:
    """The fastest rung of the tied set, in a sentence that says what it scores and costs.

    Args:
        rungs: the rungs that are done, each with its costs.
        ties: the tied set, measured where choices are made.
        measured_on: where that is.

    Raises:
        ValueError: when no tied rung is among the rungs that are done.
    """
    tied = [rung for rung in rungs if rung.name in ties.tied and rung.costs is not None]
    if not tied:
        raise ValueError("none of the tied rungs is done")
    chosen = min(tied, key=_latency)
    return Recommendation(
        name=chosen.name,
        sentence=_sentence(chosen, tied, ties, measured_on, others=len(rungs) - len(tied)),
        metric=ties.metric,
        measured_on=measured_on,
        best=ties.best,
        tied=ties.tied,
        differences=dict(ties.differences),
    )


def _latency(rung: RungResult) -> float:
    return rung.costs.latency_ms_p50 if rung.costs is not None else float("inf")


def _sentence(chosen: RungResult, tied: Sequence[RungResult], ties: Ties, measured_on: Choice, *, others: int) -> str:
    scored = ""
    if ties.metric in chosen.test:
        scored = (
            f" {metric_name(ties.metric)} {score_with_interval(ties.metric, chosen.test[ties.metric])} on the test set,"
        )
    used = f"Use {chosen.title}:{scored} {milliseconds(_latency(chosen))} a prediction."
    where = "the dev rows" if measured_on == "dev" else "cross-validation"
    if len(tied) == 1:
        return f"{used} No other rung comes near it on {where}." if others else used
    slower = "the other one" if len(tied) == 2 else f"the other {len(tied) - 1}"
    return f"{used} {len(tied)} rungs are tied on {where}; it predicts faster than {slower}."

"""Which rungs the rows cannot tell from the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wenmai.stats.bootstrap import Bootstrap, paired_difference
from wenmai.stats.intervals import Estimate

LOWER_IS_BETTER = frozenset({"log_loss", "rmse"})


@dataclass(frozen=True, slots=True)
class Ties:
    """The best rung by one metric and those that may be as good.

    Attributes:
        metric: what was compared.
        best: the rung with the best value.
        tied: the rungs whose difference from the best has zero in its interval; the best itself among them.
        differences: every other rung → its value minus the best's.
    """

    metric: str
    best: str
    tied: tuple[str, ...]
    differences: Mapping[str, Estimate]


def tied_set(bootstraps: Mapping[str, Bootstrap], metric: str) -> Ties:
    """Compare every rung with the best by one metric, on the rows they all saw.

    Measure this on the rows that choices are made on (dev, or cross-validation), not on the locked test set.

    Raises:
        ValueError: when no rung has the metric, or they did not see the same rows.
    """
    having = {name: bootstrap for name, bootstrap in bootstraps.items() if metric in bootstrap.points}
    if not having:
        raise ValueError(f"no rung has the metric {metric!r}")
    sign = -1 if metric in LOWER_IS_BETTER else 1
    best = max(having, key=lambda name: sign * having[name].points[metric])
    differences = {
        name: paired_difference(bootstrap, having[best], metric) for name, bootstrap in having.items() if name != best
    }
    tied = tuple(name for name in having if name == best or 0.0 in differences[name].interval)
    return Ties(metric, best, tied, differences)

"""What a rung scores over all its seeds, with intervals from seeds and rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.comparison.division import Division
from wenmai.comparison.results import SeedScores
from wenmai.comparison.rung import Rung, SeedFit
from wenmai.models.contract import Outputs
from wenmai.stats.bootstrap import Bootstrap
from wenmai.stats.components import Components, components, out_of_fold_components, resampled_estimate
from wenmai.stats.intervals import Estimate

Part = Literal["chosen", "test"]
"""The rows that choices are made on, or the test rows."""


def rung_estimates(rung: Rung, division: Division, part: Part) -> dict[str, Estimate]:
    """Every metric of a rung: the mean over its seeds."""
    return _estimates(rung, rung.fits, division, part)


def seed_scores(rung: Rung, division: Division) -> tuple[SeedScores, ...]:
    """What each seed scored by itself; nothing for a rung with one seed."""
    if len(rung.fits) == 1:
        return ()
    return tuple(
        SeedScores(
            seed=fit.seed,
            dev=_estimates(rung, [fit], division, "chosen"),
            test=_estimates(rung, [fit], division, "test"),
            shipped=number == rung.shipped,
        )
        for number, fit in enumerate(rung.fits)
    )


def rung_components(
    rungs: Sequence[Rung],
    division: Division,
    part: Part,
    metric: str,
    outside: Mapping[str, Mapping[str, NDArray[np.float64]]] = MappingProxyType({}),
) -> Components | None:
    """The parts of the variance of a metric over several rungs; None for a task that cannot tell them.

    Args:
        outside: name → the contributions of outside predictions for the same rows.
    """
    targets = _targets(rungs[0], division, part)
    found = {
        rung.name: [rung.bundle.task.contributions(_outputs(fit, part)[0], targets) for fit in rung.fits]
        for rung in rungs
    } | {name: [contributions] for name, contributions in outside.items()}
    if not all(metric in fit for fits in found.values() for fit in fits):
        return None
    return (out_of_fold_components if _approximate(division, part) else components)(found, metric)


def _estimates(rung: Rung, fits: Sequence[SeedFit], division: Division, part: Part) -> dict[str, Estimate]:
    task, targets = rung.bundle.task, _targets(rung, division, part)
    found = [_outputs(fit, part) for fit in fits]
    contributions = [task.contributions(outputs, targets) for outputs, _ in found]
    approximate = _approximate(division, part)
    return {
        metric: (
            components({rung.name: contributions}, metric, approximate=approximate).estimate(rung.name)
            if all(metric in one for one in contributions)
            else resampled_estimate([bootstrap for _, bootstrap in found], metric, approximate=approximate)
        )
        for metric in found[0][1].points
    }


def _targets(rung: Rung, division: Division, part: Part) -> Any:
    return rung.bundle.task.targets(division.choosing if part == "chosen" else division.test)


def _outputs(fit: SeedFit, part: Part) -> tuple[Outputs, Bootstrap]:
    return (fit.chosen_outputs, fit.chosen) if part == "chosen" else (fit.test_outputs, fit.tested)


def _approximate(division: Division, part: Part) -> bool:
    return part == "chosen" and division.dev is None

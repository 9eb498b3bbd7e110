"""Outside predictions beside the recommended rung, paired on the test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wenmai.comparison.findings.outside import OutsideDifference
from wenmai.comparison.outside import tested_contributions
from wenmai.stats.components import components

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground


def outside(ground: Ground) -> tuple[OutsideDifference, ...]:
    """How each outsider differs from the recommended rung; nothing where none is recommended."""
    chosen = ground.recommended
    if chosen is None or not ground.outsiders:
        return ()
    task = chosen.bundle.task
    targets = task.targets(ground.division.test)
    fits = [task.contributions(fit.test_outputs, targets) for fit in chosen.fits]
    found = []
    for one in ground.outsiders:
        theirs = tested_contributions(one, ground.division)
        differences = {
            metric: components({one.name: [theirs], chosen.name: fits}, metric).difference(one.name, chosen.name)
            for metric in theirs
            if all(metric in fit for fit in fits)
        }
        found.append(
            OutsideDifference(
                name=one.name,
                source=one.source,
                predictions_fingerprint=one.fingerprint,
                on_dev=one.dev is not None,
                against=chosen.name,
                differences=differences,
            )
        )
    return tuple(found)

"""How the networks were trained: the curves that their bundles keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wenmai.comparison.findings.training import TrainingCourse

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground


def training(ground: Ground) -> tuple[TrainingCourse, ...]:
    """One course for each rung whose bundle was trained step by step."""
    return tuple(
        TrainingCourse(name=rung.name, seed=rung.bundle.provenance.seed, history=rung.bundle.history)
        for rung in ground.done
        if rung.bundle.history is not None
    )

"""Study: what a comparison shall find out besides the scores and costs of its rungs."""

from __future__ import annotations

from typing import Literal

from wenmai.core.config import Config
from wenmai.tasks.thresholds import ThresholdSearch

AUTO = "auto"
"""In `Study.learning_curve`: the recommended rung, and the best on dev of each other member, three at most."""


class Study(Config):
    """Which analyses follow the rungs. What is cheap is on; what costs further fits is asked for."""

    duplicates: bool = True
    """What the scores would have pretended with the duplicates left in: one more fit, where there are any and no labels
    are corrected."""
    label_errors: bool = False
    """Whose labels look wrong: the recommended recipe, cross-validated over all rows."""
    corrections: str | None = None
    """A table of corrected labels (`wenmai.data.corrections`): all rungs learn from them, and the recommended recipe is
    fitted on the labels as they were, too."""
    thresholds: Literal["fixed", "dev"] = "fixed"
    """Whether bundles give labels from 0.5 on, or from thresholds that are searched where choices are made; what those
    would give is told either way, for two classes and for several labels a row."""
    threshold_search: ThresholdSearch = ThresholdSearch()
    """What such thresholds are searched for."""
    learning_curve: tuple[str, ...] = ()
    """Rungs to fit on 1/16, 1/8, 1/4 and 1/2 of the training rows too, each on three draws; or `AUTO` alone."""


USUAL = Study()
"""What is found out unless something else is asked for."""

"""Options about decision thresholds, and how their values are read."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.cli.options import TRAINING
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from wenmai.tasks.thresholds import ThresholdSearch


class Decision(StrEnum):
    """By which thresholds labels are given."""

    FIXED = "fixed"
    DEV = "dev"


Thresholds = Annotated[
    Decision,
    typer.Option(
        "--thresholds",
        metavar="fixed|dev",
        help="Give labels from a probability of 0.5 on, or from thresholds that do best where choices are made; for "
        "two classes and for several labels a row.",
        rich_help_panel=TRAINING,
    ),
]
ThresholdCost = Annotated[
    str | None,
    typer.Option(
        "--threshold-cost",
        metavar="ERROR=COST,ERROR=COST",
        help="What the errors false_positive and false_negative, a label wrongly given and wrongly not, cost; "
        "thresholds are searched for the lowest cost.",
        show_default="the highest macro F1",
        rich_help_panel=TRAINING,
    ),
]
PositiveClass = Annotated[
    str | None,
    typer.Option(
        "--positive",
        metavar="LABEL",
        help="Of two classes the one that is given from its threshold on.",
        show_default="the rarer one",
        rich_help_panel=TRAINING,
    ),
]


def threshold_search(cost: str | None, positive: str | None) -> ThresholdSearch:
    """The values of ``--threshold-cost`` and ``--positive``.

    Raises:
        UsageError: for what is not the costs of the two mistakes.
    """
    from wenmai.tasks.thresholds import MistakeCosts, ThresholdSearch

    if cost is None:
        return ThresholdSearch(positive=positive)
    pairs = [part.partition("=") for part in cost.split(",")]
    named = {name.strip(): _not_negative(value) for name, _, value in pairs}
    given, missed = named.get("false_positive"), named.get("false_negative")
    if len(pairs) != 2 or given is None or missed is None or not given + missed:
        raise UsageError(
            f"--threshold-cost {cost!r} does not say what the two mistakes cost",
            remedy="Write two numbers from 0 on, one at least above it: false_positive=1,false_negative=5",
        )
    return ThresholdSearch(positive=positive, costs=MistakeCosts(false_positive=given, false_negative=missed))


def _not_negative(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None

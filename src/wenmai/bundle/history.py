"""History: how a training went, step by step, as curves that a report can draw.

What it says of steps is the same whenever the same recipe is trained on the same rows by the same machine; what it says
of time is not, and stands apart.
"""

from __future__ import annotations

from typing import Literal

from wenmai.core.config import Config

Stopped = Literal["done", "no progress", "time"]
"""Why a training ended: everything was done; the dev rows showed no progress; the time was spent."""


class TrainingPoint(Config):
    """The loop between two points of the curve."""

    step: int
    epoch: float
    """How many passes over the rows are done."""
    loss: float
    """Mean loss of the rows since the point before."""
    learning_rate: float
    gradient: float
    """The gradient's length at this step, before clipping."""


class Evaluation(Config):
    """The weights of a step on the dev rows."""

    step: int
    epoch: float
    score: float
    """By the task's metric."""
    best: bool
    """Whether no earlier evaluation was as good."""


class Pace(Config):
    """Where the time went, in seconds of wall time.

    ``tokens`` counts those of the texts, ``padding`` is the share of the batches that was none.
    """

    forward: float = 0.0
    backward: float = 0.0
    step: float = 0.0
    evaluation: float = 0.0
    checkpoints: float = 0.0
    batches: float = 0.0
    other: float = 0.0
    tokens: int = 0
    padding: float = 0.0

    @property
    def seconds(self) -> float:
        """All of it."""
        parts = (self.forward, self.backward, self.step, self.evaluation, self.checkpoints, self.batches, self.other)
        return sum(parts)

    @property
    def tokens_per_second(self) -> float:
        """Tokens learnt from a second, evaluations and checkpoints left out."""
        spent = self.seconds - self.evaluation - self.checkpoints
        return self.tokens / spent if spent > 0 else 0.0

    @property
    def overhead(self) -> float:
        """The loop's share of the time that goes neither into forward, backward and step nor into evaluations."""
        worked = self.forward + self.backward + self.step
        return 1 - worked / (self.seconds - self.evaluation) if worked else 0.0


class History(Config):
    """One training."""

    metric: str | None
    """By which the dev rows were scored; None where there were none."""
    steps: int
    epochs: float
    stopped: Stopped
    points: tuple[TrainingPoint, ...]
    evaluations: tuple[Evaluation, ...]
    pace: Pace = Pace()

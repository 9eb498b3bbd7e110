"""Who listens to a training besides the person at the terminal."""

from __future__ import annotations

from typing import Protocol

from wenmai.bundle.history import Evaluation, TrainingPoint


class Listener(Protocol):
    """Hears of a training while it runs."""

    def point(self, point: TrainingPoint) -> None:
        """The curve of the training has another point."""

    def evaluation(self, evaluation: Evaluation, metric: str) -> None:
        """The dev rows were scored."""

    def close(self) -> None:
        """The training is over, however it ended."""

"""TensorBoard as a listener: ``fit(…, listeners=[TensorBoard("runs/first")])``, then ``tensorboard --logdir runs``."""

from __future__ import annotations

from pathlib import Path

from wenmai.bundle.history import Evaluation, TrainingPoint
from wenmai.core.errors import MissingExtraError


class TensorBoard:
    """Writes the curves as TensorBoard reads them.

    Raises:
        MissingExtraError: when the package ``tensorboard`` is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise MissingExtraError("TensorBoard", "tensorboard") from None
        self._writer = SummaryWriter(str(folder))

    def point(self, point: TrainingPoint) -> None:
        """Loss, learning rate and the gradient's length."""
        self._writer.add_scalar("loss/train", point.loss, point.step)
        self._writer.add_scalar("learning_rate", point.learning_rate, point.step)
        self._writer.add_scalar("gradient", point.gradient, point.step)

    def evaluation(self, evaluation: Evaluation, metric: str) -> None:
        """The score on the dev rows."""
        self._writer.add_scalar(f"dev/{metric}", evaluation.score, evaluation.step)

    def close(self) -> None:
        """Write everything out."""
        self._writer.close()

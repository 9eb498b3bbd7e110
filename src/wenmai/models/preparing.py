"""What a network learns of its training rows before it has weights."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from wenmai.data.dataset import Dataset
from wenmai.models.contract import Run


@runtime_checkable
class Prepares(Protocol):
    """A network with a vocabulary of its own, which decides the shapes of its weights."""

    def prepare(self, train: Dataset, run: Run) -> None:
        """Learn it from the training rows; called before texts are encoded and weights are drawn."""

"""What training makes small: a loss for each kind of head, and what each row counts.

Letters of the shapes: N rows, B rows of a batch, C classes or labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from wenmai.batches.token_rows import Rows
from wenmai.core.errors import FitError
from wenmai.models.contract import ClassWeight, Head
from wenmai.models.learners import label_row_weights, row_weights

Loss = Callable[[Tensor, Tensor], Tensor]


def _classes(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy [B] of logits [B, C] with class numbers [B]."""
    return functional.cross_entropy(logits, targets, reduction="none")


def _labels(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy [B, C] of logits [B, C] with 0 and 1 [B, C]."""
    return functional.binary_cross_entropy_with_logits(logits, targets.to(logits.dtype), reduction="none")


def _value(values: Tensor, targets: Tensor) -> Tensor:
    """Squared error [B] of values [B, 1] with numbers [B]."""
    return functional.mse_loss(values[:, 0], targets.to(values.dtype), reduction="none")


def _ranks(values: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy [B] of logits [B, 1] with whether an answer is right; the question [B, 1] is not looked at."""
    return functional.binary_cross_entropy_with_logits(values[:, 0], targets[:, 0].to(values.dtype), reduction="none")


LOSSES: Mapping[str, Loss] = {"classes": _classes, "labels": _labels, "value": _value, "ranks": _ranks}
"""The kind of a head → the losses of a batch, one for each row or for each row and label."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What the rows shall be answered, and how much each answer counts.

    Attributes:
        loss: of outputs and targets, one number for each entry of ``targets``.
        targets: [N] or [N, C]; weights: the same shape.
    """

    loss: Loss
    targets: NDArray[Any]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, targets: Any, head: Head, class_weight: ClassWeight) -> Objective:
        """The objective of a head for the targets of its task.

        Raises:
            FitError: when the loop has no loss for this kind of head.
        """
        if head.kind not in LOSSES:
            raise FitError(f"the training loop has no loss for {head.kind!r}", remedy=f"It has: {', '.join(LOSSES)}")
        targets = np.asarray(targets)
        weights = np.ones(len(targets) if head.kind == "ranks" else targets.shape, np.float32)
        if head.kind == "classes" and (counted := row_weights(targets, head, class_weight)) is not None:
            weights[:] = counted
        for label in range(head.size) if head.kind == "labels" else ():
            counted = label_row_weights(targets[:, label].astype(np.int64), head.names[label], class_weight)
            if counted is not None:
                weights[:, label] = counted
        return cls(LOSSES[head.kind], targets, weights)

    def weight(self, rows: Rows) -> float:
        """How much some rows count together."""
        return float(self.weights[rows].sum(dtype=np.float64))

    def losses(self, outputs: Tensor, rows: Rows) -> Tensor:
        """The weighted losses of some rows, one for each of their answers."""
        targets = torch.from_numpy(self.targets[rows]).to(outputs.device)
        weights = torch.from_numpy(self.weights[rows]).to(outputs.device)
        return self.loss(outputs, targets) * weights

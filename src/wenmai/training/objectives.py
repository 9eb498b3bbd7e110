"""What training makes small: a loss for each kind of head, and what each row counts.

Letters of the shapes: N rows, B rows of a batch, C classes or labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from wenmai.batches.token_rows import Rows, TokenRows
from wenmai.blocks.crf import TagDecoder
from wenmai.core.errors import FitError
from wenmai.models.contract import ClassWeight, Head, Network
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
    """Binary cross-entropy [B] of logits [B, 1] with whether an answer is right; the question is not looked at."""
    return functional.binary_cross_entropy_with_logits(values[:, 0], targets[:, 0].to(values.dtype), reduction="none")


LOSSES: Mapping[str, Loss] = {"classes": _classes, "labels": _labels, "value": _value, "ranks": _ranks}
"""The kind of a head → the losses of a batch, one for each row or for each row and label."""


class Goal(Protocol):
    """What training makes small, whatever is learnt."""

    def weight(self, rows: Rows) -> float:
        """How much some rows count together."""
        ...

    def losses(self, outputs: Tensor, rows: Rows) -> Tensor:
        """The weighted losses of some rows: one for each row, or one for each of its answers."""
        ...


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


class TagObjective:
    """Sequences of tags: the loss is that of the network's decoder, and a row counts as many as it has tokens.

    Args:
        decoder: the network's submodule of that name.
        targets: [T] tag numbers a row.
    """

    def __init__(self, decoder: TagDecoder, targets: Sequence[NDArray[np.int64]]) -> None:
        self.decoder = decoder
        self._tags = TokenRows.of([row.tolist() for row in targets])

    def weight(self, rows: Rows) -> float:
        """How many tokens some rows have; 1 where none has any."""
        return max(float(self._tags.lengths[rows].sum()), 1.0)

    def losses(self, outputs: Tensor, rows: Rows) -> Tensor:
        """The losses [B] of some rows, summed over their tokens, from scores [B, T, K]."""
        targets, lengths = (torch.from_numpy(part).to(outputs.device) for part in self._tags.padded(rows, 0))
        return self.decoder.losses(outputs, lengths, targets)


def goal_of(targets: Any, model: Network, class_weight: ClassWeight) -> Goal:
    """What the training of a network makes small, for the targets of its task.

    Raises:
        FitError: when the loop has no loss for this kind of head, or tags are to be weighted.
    """
    if model.head.kind != "tags":
        return Objective.of(targets, model.head, class_weight)
    if class_weight != "none":
        raise FitError("tags cannot be weighted: a sequence is learnt as a whole", remedy="Leave class_weight 'none'")
    decoder = model.network().get_submodule("decoder")
    assert isinstance(decoder, TagDecoder), "a network for tags has a decoder"
    return TagObjective(decoder, targets)

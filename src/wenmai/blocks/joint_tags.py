"""Tags and the intent of a sentence at once: what a network says of both in one tensor, and the sum of both losses.

    P(intent, tags) = P(intent) · P(tags),   loss = −ln P(intent) − ln P(tags)

- Liu, B., Lane, I. (2016). Attention-based recurrent neural network models for joint intent detection and slot filling.
  Interspeech.
- Chen, Q., Zhuo, Z., Wang, W. (2019). BERT for joint intent classification and slot filling. arXiv:1902.10909.

Letters of the shapes: B sentences, T steps, K tags, I intents, W the larger of K and I.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from wenmai.blocks.crf import TagDecoder

if TYPE_CHECKING:
    from wenmai.kernels.crf import Chain


class JointDecoder(TagDecoder):
    """The decoder of tags, beside which an intent is learnt.

    Args:
        tags: decodes the tags; intents: I.
    """

    def __init__(self, tags: TagDecoder, intents: int) -> None:
        super().__init__(tags.rules)
        self.tags, self.intents = tags, intents

    def losses(self, emissions: Tensor, lengths: Tensor, targets: Tensor) -> Tensor:
        """Both losses [B] of each sentence.

        Args:
            emissions: [B, 1 + T, W] as `joint` gives; lengths: [B], the intent counted; targets: [B, 1 + T], the intent
                first.
        """
        intents, scores = parted(emissions, self.intents, len(self.rules.starts))
        tags = functional.pad(targets[:, 1:], (0, emissions.shape[1] - targets.shape[1]))
        return self.tags.losses(scores, lengths - 1, tags) + functional.cross_entropy(
            intents, targets[:, 0], reduction="none"
        )

    def chain(self) -> Chain:
        """That of the tags."""
        return self.tags.chain()


def with_intents(tags: TagDecoder, intents: int) -> TagDecoder:
    """The decoder itself, or one that learns so many intents beside the tags."""
    return JointDecoder(tags, intents) if intents else tags


def joint(intents: Tensor, emissions: Tensor) -> Tensor:
    """Logits of the intents [B, I] as a first step before the emissions [B, T, K]: [B, 1 + T, W]."""
    width = max(intents.shape[1], emissions.shape[2])
    parts = (intents[:, None], emissions)
    return torch.cat([functional.pad(part, (0, width - part.shape[2])) for part in parts], dim=1)


def parted(values: Tensor, intents: int, tags: int) -> tuple[Tensor, Tensor]:
    """What `joint` put together: logits of the intents [B, I] and emissions [B, T, K]."""
    return values[:, 0, :intents], values[:, 1:, :tags]

"""Self-attention: every step of a sequence takes from every other what it asks for.

- Vaswani, A., et al. (2017). Attention is all you need. NeurIPS. Sections 3.2.1 and 3.2.2.

Letters of the shapes: B texts, T steps, D width, A heads, d width of a head.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class AttentionMask:
    """Which steps may be looked at.

    Attributes:
        allowed: bool, of a shape that widens to [B, A, T steps that look, T steps that are looked at].
    """

    allowed: Tensor

    @classmethod
    def hiding_padding(cls, mask: Tensor) -> AttentionMask:
        """Every step looks at the tokens of its text, ``mask`` [B, T], and at nothing else.

        A text without a token looks at its padding, for a mean over nothing is no number; pooling then hides it.
        """
        return cls((mask | ~mask.any(dim=1, keepdim=True))[:, None, None, :])


def attention(query: Tensor, key: Tensor, value: Tensor, mask: AttentionMask, dropout: float = 0.0) -> Tensor:
    """softmax(Q Kᵀ / √d) V over the steps that the mask allows.

    Args:
        query, key, value: [B, A, T, d]; dropout: the share of looks that are dropped.
    """
    if query.dtype == torch.bfloat16 and query.device.type == "cpu" and query.requires_grad:
        # torch 2.13's fused kernel takes up to six times as long backwards on short texts (benchmarks/NOTES.md).
        bias = torch.zeros_like(mask.allowed, dtype=query.dtype).masked_fill(~mask.allowed, float("-inf"))
        scores = (query * query.shape[-1] ** -0.5) @ key.transpose(2, 3) + bias  # [B, A, T, T]
        return functional.dropout(scores.softmax(dim=-1), dropout) @ value
    return functional.scaled_dot_product_attention(query, key, value, attn_mask=mask.allowed, dropout_p=dropout)


class SelfAttention(nn.Module):
    """A few heads side by side, each of which compares and mixes the steps in its own part of the width.

    Args:
        width: D, a multiple of ``heads``.
        dropout: the share of looks that are dropped in training.
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, values: Tensor, mask: AttentionMask) -> Tensor:
        """What each step of ``values`` [B, T, D] takes from those that the mask allows [B, T, D]."""
        query, key, value = (self._by_head(part(values)) for part in (self.query, self.key, self.value))
        taken = attention(query, key, value, mask, self.dropout if self.training else 0.0)  # [B, A, T, D / A]
        mixed: Tensor = self.output(taken.transpose(1, 2).flatten(2))
        return mixed

    def _by_head(self, values: Tensor) -> Tensor:
        """[B, T, D] → [B, A, T, D / A]."""
        return values.view(*values.shape[:2], self.heads, -1).transpose(1, 2)

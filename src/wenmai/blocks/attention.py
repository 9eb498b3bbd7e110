"""Self-attention: every step of a sequence takes from every other what it asks for.

- Vaswani, A., et al. (2017). Attention is all you need. NeurIPS. Sections 3.2.1 and 3.2.2.
- Katharopoulos, A., et al. (2020). Transformers are RNNs. ICML: linear attention.

Letters of the shapes: B texts, T steps, D width, A heads, d width of a head.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from wenmai.blocks.dropout import dropped
from wenmai.blocks.masks import AttentionMask, Mask
from wenmai.blocks.positions import InnerPositions
from wenmai.core.config import Config

Scorer = Literal["dot", "scaled-dot", "cosine"]
Normaliser = Literal["softmax", "sparsemax"]

SMALLEST_SUM = 1e-6
"""What linear attention divides by is at least this."""


class SoftmaxAttention(Config):
    """softmax(Q Kᵀ / √d) V: every step compares itself with every other, T² comparisons."""

    kind: Literal["softmax"] = "softmax"

    def look(
        self, query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None, bias: Tensor | None, dropout: float
    ) -> Tensor:
        """[B, A, T, d] each → [B, A, T, d].

        Args:
            allowed: bool, widens to [B, A, T, T]; None allows everything.
            bias: what is added to the comparisons, widens to [B, A, T, T]; dropout: the share of looks dropped.
        """
        if query.dtype == torch.bfloat16 and query.device.type == "cpu" and query.requires_grad:
            # torch 2.13's fused kernel takes up to six times as long backwards on short texts (benchmarks/NOTES.md).
            scores = (query * query.shape[-1] ** -0.5) @ key.transpose(2, 3)
            added = _added(allowed, bias, scores.dtype)
            scores = scores if added is None else scores + added
            return dropped(scores.softmax(dim=-1), dropout) @ value
        added = allowed if bias is None else _added(allowed, bias, query.dtype)
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=added, dropout_p=dropout)


class LinearAttention(Config):
    """φ(Q)(φ(K)ᵀ V), divided by the sum of the weights, φ(x) = elu(x) + 1: sums instead of T² comparisons."""

    kind: Literal["linear"] = "linear"

    def look(
        self, query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None, bias: Tensor | None, dropout: float
    ) -> Tensor:
        """As `SoftmaxAttention.look`, of a mask that is the same for all steps that look, [B, 1, 1, T].

        Nothing is compared step by step, so that there is no bias, and no look to be dropped.
        """
        asked, offered = functional.elu(query) + 1, functional.elu(key) + 1
        if allowed is not None:
            offered = offered * allowed.transpose(2, 3).to(offered.dtype)
        mixed = asked @ (offered.transpose(2, 3) @ value)  # [B, A, T, d]
        weight = asked @ offered.sum(dim=2, keepdim=True).transpose(2, 3)  # [B, A, T, 1]
        return mixed / weight.clamp(min=SMALLEST_SUM)


class ScoredAttention(Config):
    """normalised(scores(Q, K)) V, both of one's choice.

    Attributes:
        scorer: how like a query and a key are; normaliser: scores to the shares of a mixture.
    """

    kind: Literal["scored"] = "scored"
    scorer: Scorer = "scaled-dot"
    normaliser: Normaliser = "softmax"

    def look(
        self, query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None, bias: Tensor | None, dropout: float
    ) -> Tensor:
        """As `SoftmaxAttention.look`."""
        scores = SCORERS[self.scorer](query, key)
        added = _added(allowed, bias, scores.dtype)
        shares = NORMALISERS[self.normaliser](scores if added is None else scores + added)
        return dropped(shares, dropout).to(value.dtype) @ value


def sparsemax(scores: Tensor) -> Tensor:
    """The point of the simplex that is nearest to the scores of the last axis: small ones have no share at all.

    Martins, A., Astudillo, R. (2016). From softmax to sparsemax. ICML, algorithm 1. -inf has no share.
    """
    wide = scores if scores.dtype == torch.float64 else scores.float()
    ordered: Tensor = wide.sort(dim=-1, descending=True).values
    sums = ordered.cumsum(dim=-1) - 1
    counts = torch.arange(1, scores.shape[-1] + 1, device=scores.device)
    size = (counts * ordered > sums).sum(dim=-1, keepdim=True)
    threshold = sums.gather(-1, size - 1) / size
    shares: Tensor = (wide - threshold).clamp(min=0).to(scores.dtype)
    return shares


def _dot(query: Tensor, key: Tensor) -> Tensor:
    return query @ key.transpose(-2, -1)


def _scaled_dot(query: Tensor, key: Tensor) -> Tensor:
    return _dot(query * query.shape[-1] ** -0.5, key)


def _cosine(query: Tensor, key: Tensor) -> Tensor:
    scale = float(query.shape[-1]) ** 0.5  # What products of vectors whose numbers are of size 1 vary by.
    return _dot(scale * functional.normalize(query, dim=-1), functional.normalize(key, dim=-1))


def _softmax(scores: Tensor) -> Tensor:
    return scores.softmax(dim=-1)


SCORERS: Mapping[Scorer, Callable[[Tensor, Tensor], Tensor]] = {
    "dot": _dot,
    "scaled-dot": _scaled_dot,
    "cosine": _cosine,
}
"""Name → queries and keys [B, A, T, d] to scores [B, A, T, T]; ``scaled-dot`` is divided by √d."""

NORMALISERS: Mapping[Normaliser, Callable[[Tensor], Tensor]] = {"softmax": _softmax, "sparsemax": sparsemax}
"""Name → scores to shares that add up to 1 along the last axis."""

AttentionKind = SoftmaxAttention | LinearAttention | ScoredAttention
AttentionConfig = Annotated[AttentionKind, Field(discriminator="kind")]


def attention(query: Tensor, key: Tensor, value: Tensor, mask: AttentionMask, dropout: float = 0.0) -> Tensor:
    """softmax(Q Kᵀ / √d) V over the steps that the mask allows.

    Args:
        query, key, value: [B, A, T, d]; dropout: the share of looks that are dropped.
    """
    return SoftmaxAttention().look(query, key, value, mask.allowed, None, dropout)


class SelfAttention(nn.Module):
    """A few heads side by side, each of which compares and mixes the steps in its own part of the width.

    Args:
        width: D, a multiple of ``heads``.
        dropout: the share of looks that are dropped in training.
        kind: how steps are compared and mixed.
        positions: what tells the heads how far steps are from each other; None where the vectors say it.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        dropout: float = 0.0,
        kind: AttentionKind | None = None,
        positions: InnerPositions | None = None,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = dropout
        self.kind = kind or SoftmaxAttention()
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.positions = positions

    def forward(self, values: Tensor, mask: Mask) -> Tensor:
        """What each step of ``values`` takes from those that the mask allows.

        Args:
            values: [B, T, D] with an `AttentionMask`, or [S, D] with a `Packing`; the result has the same shape.
        """
        query, key, value = (
            part(values).unflatten(-1, (self.heads, -1)) for part in (self.query, self.key, self.value)
        )
        mixed: Tensor = self.output(mask.attend(self.look, query, key, value))
        return mixed

    def first(self, values: Tensor, mask: Mask, firsts: Tensor) -> Tensor:
        """As `forward`, of each text's first step alone: packed ``values`` [S, D] → [B', D] for ``firsts`` [B']."""
        query = self.query(values.index_select(0, firsts)).unflatten(-1, (self.heads, -1))
        key, value = (part(values).unflatten(-1, (self.heads, -1)) for part in (self.key, self.value))
        mixed: Tensor = self.output(mask.attend(self.look, query, key, value))
        return mixed

    def look(self, query: Tensor, key: Tensor, value: Tensor, allowed: Tensor | None) -> Tensor:
        """[B, A, T, d] each → [B, A, T, d]."""
        bias = None
        if self.positions is not None:
            query, key, bias = self.positions(query, key)
        return self.kind.look(query, key, value, allowed, bias, self.dropout if self.training else 0.0)


def _added(allowed: Tensor | None, bias: Tensor | None, numbers: torch.dtype) -> Tensor | None:
    """Mask and bias as one thing to be added to the comparisons."""
    if allowed is None:
        return None if bias is None else bias.to(numbers)
    if bias is None:
        bias = torch.zeros_like(allowed, dtype=numbers)
    return bias.to(numbers).masked_fill(~allowed, float("-inf"))

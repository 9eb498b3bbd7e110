"""Dropout for sequences.

Letters of the shapes: B texts, T steps, D width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class VariationalDropout(nn.Module):
    """Drops the same columns at every step of a text, in training only.

    Noise that changes from step to step hinders what a recurrent layer carries along, and there are T times fewer
    random numbers to draw. Gal, Y., Ghahramani, Z. (2016). A theoretically grounded application of dropout in recurrent
    neural networks. NeurIPS.

    Args:
        share: of the columns that are dropped; the others grow so that the mean stays.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, values: Tensor) -> Tensor:
        """``values`` [B, T, D] with columns dropped."""
        if not self.training or not self.share:
            return values
        kept = torch.rand(len(values), 1, values.shape[2], device=values.device) >= self.share
        return values * (kept / (1 - self.share)).to(values.dtype)

"""Dropout, for any values and for sequences.

Letters of the shapes: B texts, T steps, D width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

FEW = 4096
"""So many values or fewer are left to torch: there is nothing to be won."""

_DRAWN, _PER_DRAW = 1 << 16, 4
"""Values of a random number, and how many of them one draw of 64 bits holds."""


def dropped(values: Tensor, share: float) -> Tensor:
    """``values`` with this share of them dropped, the others grown so that the mean stays.

    Srivastava, N., et al. (2014). Dropout: a simple way to prevent neural networks from overfitting. JMLR.

    On a processor, torch draws one number after the other for every value, a quarter of the time of tuning a small
    encoder. Here 64 random bits serve four values, so that shares are rounded to 1/65,536.
    """
    if not share:
        return values
    if values.device.type != "cpu" or values.numel() <= FEW:
        return functional.dropout(values, share)
    return values * _kept(values, share)


class Dropout(nn.Module):
    """`dropped` in training, nothing otherwise.

    Args:
        share: of the values that are dropped.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, values: Tensor) -> Tensor:
        """Values of any shape."""
        return dropped(values, self.share) if self.training else values


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


def _kept(values: Tensor, share: float) -> Tensor:
    """What values are multiplied with, of their shape and type: 0 for those that are dropped."""
    from wenmai.kernels.random_bits import random_bits

    seed = int(torch.empty((), dtype=torch.int64).random_())  # by torch's generator, on which all of a training hangs
    draws = torch.from_numpy(random_bits(seed, -(-values.numel() // _PER_DRAW)))
    numbers = draws.view(torch.int16)[: values.numel()].view(values.shape)
    least = round(share * _DRAWN)
    grown = torch.tensor(_DRAWN / (_DRAWN - least), dtype=values.dtype)
    kept = numbers.ge_(least - _DRAWN // 2)
    if values.dtype.itemsize == numbers.dtype.itemsize:  # The bits of the factor itself, or none of them.
        return kept.mul_(int(grown.view(torch.int16))).view(values.dtype)
    return kept.to(values.dtype).mul_(grown)

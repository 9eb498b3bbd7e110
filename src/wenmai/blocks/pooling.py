"""Pooling: a sequence as one vector, whatever its length and padding.

Letters of the shapes: B texts, T steps, H width.
"""

from __future__ import annotations

from torch import Tensor


def max_over_time(values: Tensor, mask: Tensor) -> Tensor:
    """The largest value [B, H] of each column of ``values`` [B, T, H] where ``mask`` [B, T] is true; 0 where nowhere.

    Collobert et al. (2011), Natural language processing (almost) from scratch.
    """
    hidden = ~mask[:, :, None]
    largest = values.masked_fill(hidden, float("-inf")).max(dim=1).values
    return largest.masked_fill(hidden.all(dim=1), 0.0)


def mean_over_time(values: Tensor, mask: Tensor) -> Tensor:
    """The mean [B, H] of ``values`` [B, T, H] where ``mask`` [B, T] is true; 0 where nowhere."""
    shown = mask[:, :, None].to(values.dtype)
    return (values * shown).sum(dim=1) / shown.sum(dim=1).clamp(min=1)

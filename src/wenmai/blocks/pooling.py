"""Pooling: a sequence as one vector, whatever its length and padding.

Letters of the shapes: B texts, T steps, H width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor

Pooling = Literal["mean", "max", "mean-max", "first"]
"""How a sequence becomes one vector: a name of `POOLINGS`."""


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


def mean_and_max_over_time(values: Tensor, mask: Tensor) -> Tensor:
    """Mean and largest value side by side [B, 2H] of ``values`` [B, T, H] where ``mask`` [B, T] is true.

    Howard and Ruder (2018), Universal language model fine-tuning for text classification, section 3.3.
    """
    return torch.cat([mean_over_time(values, mask), max_over_time(values, mask)], dim=1)


def first_step(values: Tensor, mask: Tensor) -> Tensor:
    """The first step [B, H] of ``values`` [B, T, H]; 0 where ``mask`` [B, T] hides it."""
    return values[:, 0] * mask[:, :1]


POOLINGS: Mapping[Pooling, Callable[[Tensor, Tensor], Tensor]] = {
    "mean": mean_over_time,
    "max": max_over_time,
    "mean-max": mean_and_max_over_time,
    "first": first_step,
}
"""Name → values [B, T, H] and mask [B, T] to one vector a text."""


def pooled_width(pooling: Pooling, width: int) -> int:
    """How wide a vector the pooling makes of steps of this width."""
    return 2 * width if pooling == "mean-max" else width

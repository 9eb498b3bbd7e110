"""Positions: what tells attention, which sees a set, in what order the tokens stand.

Letters of the shapes: B texts, T steps, D width.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from wenmai.core.config import Config
from wenmai.core.errors import UsageError

PERIOD = 10_000.0
"""The longest wave of the sinusoids takes this times 2π steps."""
DRAWN_SCALE = 0.1
"""Entries of learnt positions start as small as this, beside those of tokens of about 1: data must show the order."""


class SinusoidalPositions(Config):
    """Waves of different lengths, nothing learnt, texts of any length: Vaswani et al. (2017), section 3.5."""

    kind: Literal["sinusoidal"] = "sinusoidal"

    def module(self, width: int) -> Sinusoids:
        """What adds them."""
        return Sinusoids(width)


class LearnedPositions(Config):
    """A vector for each place up to a limit: Gehring et al. (2017), ICML; BERT."""

    kind: Literal["learned"] = "learned"
    limit: Annotated[int, Field(ge=1)] = 512

    def module(self, width: int) -> PositionVectors:
        """What adds them."""
        return PositionVectors(self.limit, width)


PositionConfig = Annotated[SinusoidalPositions | LearnedPositions, Field(discriminator="kind")]


class Sinusoids(nn.Module):
    """Adds to each step sines and cosines of its number."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, values: Tensor) -> Tensor:
        """``values`` [B, T, D] with the waves added."""
        steps = torch.arange(values.shape[1], device=values.device, dtype=torch.float32)
        pairs = torch.arange(0, self.width, 2, device=values.device, dtype=torch.float32)
        angles = steps[:, None] * torch.exp(pairs * (-math.log(PERIOD) / self.width))  # [T, ⌈D / 2⌉]
        waves = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, : self.width]  # [T, D]
        return values + waves


class PositionVectors(nn.Module):
    """Adds to each step a learnt vector of its number."""

    def __init__(self, limit: int, width: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.randn(limit, width) * DRAWN_SCALE)

    def forward(self, values: Tensor) -> Tensor:
        """``values`` [B, T, D] with the vectors added.

        Raises:
            UsageError: when there are more steps than vectors.
        """
        steps = values.shape[1]
        if steps > len(self.vectors):
            raise UsageError(
                f"a text has {steps} tokens and positions are learnt up to {len(self.vectors)}",
                remedy=f"Set pipeline.max_pieces to {len(self.vectors)} or less, raise the limit of the positions, or "
                "take sinusoidal ones",
            )
        return values + self.vectors[:steps]

"""Positions: what tells attention, which sees a set, in what order the tokens stand.

Some are added to the tokens' vectors, others turn or weigh what attention compares.
Letters of the shapes: B texts, T steps, S steps of texts that are packed, D width, A heads, d width of a head.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Protocol

import torch
from pydantic import Field
from torch import Tensor, nn

from wenmai.core.config import Config
from wenmai.core.errors import UsageError

PERIOD = 10_000.0
"""The longest wave of the sinusoids takes this times 2π steps."""
DRAWN_SCALE = 0.1
"""Entries of learnt positions start as small as this, beside those of tokens of about 1: data must show the order."""


class AddedPositions(Protocol):
    """Adds to each step what tells its number."""

    def __call__(self, values: Tensor, steps: Tensor | None = None) -> Tensor:
        """``values`` [B, T, D], or [S, D] with the number of each step [S], with the positions added."""


class InnerPositions(Protocol):
    """Tells attention how far steps are from each other."""

    def __call__(self, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Query and key [B, A, T, d] as they are compared, and what is added to the comparisons [A, T, T]."""


class SinusoidalPositions(Config):
    """Waves of different lengths, nothing learnt, texts of any length: Vaswani et al. (2017), section 3.5."""

    kind: Literal["sinusoidal"] = "sinusoidal"

    def module(self, width: int) -> Sinusoids:
        """What adds them."""
        return Sinusoids(width)


class LearnedPositions(Config):
    """A vector for each place up to a limit: Gehring et al. (2017), ICML; BERT.

    Attributes:
        limit: how many places; offset: rows before the first place, 2 in RoBERTa, that no token has.
    """

    kind: Literal["learned"] = "learned"
    limit: Annotated[int, Field(ge=1)] = 512
    offset: Annotated[int, Field(ge=0)] = 0

    def module(self, width: int) -> PositionVectors:
        """What adds them."""
        return PositionVectors(self.limit, width, self.offset)


class RotaryPositions(Config):
    """Queries and keys turned by angles that grow with the step: Su et al. (2021), RoFormer. Nothing is learnt."""

    kind: Literal["rotary"] = "rotary"

    def inner(self, width: int, heads: int) -> Rotation:
        """What turns them, in one layer.

        Raises:
            UsageError: when a head's width is odd.
        """
        return Rotation(width // heads)


class RelativePositions(Config):
    """A number for each head and distance, added to the comparison: after Raffel et al. (2020), JMLR, without buckets.

    Attributes:
        reach: distances beyond it count as it.
    """

    kind: Literal["relative"] = "relative"
    reach: Annotated[int, Field(ge=1)] = 64

    def inner(self, width: int, heads: int) -> DistanceBias:
        """What adds them, in one layer."""
        return DistanceBias(heads, self.reach)


PositionConfig = Annotated[SinusoidalPositions | LearnedPositions, Field(discriminator="kind")]
EncoderPositionConfig = Annotated[
    SinusoidalPositions | LearnedPositions | RotaryPositions | RelativePositions, Field(discriminator="kind")
]


class Sinusoids(nn.Module):
    """Adds to each step sines and cosines of its number."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, values: Tensor, steps: Tensor | None = None) -> Tensor:
        """``values`` [B, T, D] with the waves added; or [S, D], with the number of each step [S]."""
        if steps is None:
            steps = torch.arange(values.shape[1], device=values.device)
        pairs = torch.arange(0, self.width, 2, device=values.device, dtype=torch.float32)
        angles = steps[:, None].float() * torch.exp(pairs * (-math.log(PERIOD) / self.width))  # [T, ⌈D / 2⌉]
        waves = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)[:, : self.width]  # [T, D]
        return values + waves.to(values.dtype)


class PositionVectors(nn.Module):
    """Adds to each step a learnt vector of its number."""

    def __init__(self, limit: int, width: int, offset: int = 0) -> None:
        super().__init__()
        self.offset = offset
        self.vectors = nn.Parameter(torch.randn(limit + offset, width) * DRAWN_SCALE)

    def forward(self, values: Tensor, steps: Tensor | None = None) -> Tensor:
        """``values`` [B, T, D] with the vectors added; or [S, D], with the number of each step [S].

        Raises:
            UsageError: when there are more steps than vectors.
        """
        limit = len(self.vectors) - self.offset
        needed = values.shape[1] if steps is None else int(steps.max()) + 1 if len(steps) else 0
        if needed > limit:
            raise UsageError(
                f"a text has {needed} tokens and positions are learnt up to {limit}",
                remedy=f"Set pipeline.max_pieces to {limit} or less, raise the limit of the positions, or "
                "take sinusoidal ones",
            )
        if steps is None:
            return values + self.vectors[self.offset : self.offset + needed]
        return values + nn.functional.embedding(steps + self.offset, self.vectors)


class Rotation(nn.Module):
    """Turns queries and keys, so that their product depends on how far their steps are apart."""

    def __init__(self, width: int) -> None:
        super().__init__()
        if width % 2:
            raise UsageError(
                f"rotary positions turn pairs of numbers, and a head is {width} wide", remedy="Give it an even width"
            )
        self.width = width

    def forward(self, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor, None]:
        """Both [B, A, T, d] turned by the angles of their steps."""
        return self._turned(query), self._turned(key), None

    def _turned(self, values: Tensor) -> Tensor:
        pairs = torch.arange(0, self.width, 2, device=values.device, dtype=torch.float32)
        steps = torch.arange(values.shape[2], device=values.device, dtype=torch.float32)
        angles = steps[:, None] * torch.exp(pairs * (-math.log(PERIOD) / self.width))  # [T, d / 2]
        cosines, sines = (wave.repeat(1, 2).to(values.dtype) for wave in (angles.cos(), angles.sin()))
        first, second = values.chunk(2, dim=-1)
        return values * cosines + torch.cat([-second, first], dim=-1) * sines


class DistanceBias(nn.Module):
    """A learnt number for each head and distance."""

    def __init__(self, heads: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        self.bias = nn.Parameter(torch.zeros(heads, 2 * reach + 1))

    def forward(self, query: Tensor, key: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Both as they are, and the numbers of their distances [A, T, T]; the first steps look where fewer do."""
        looking, seen = (torch.arange(one.shape[2], device=query.device) for one in (query, key))
        distances = (seen[None, :] - looking[:, None]).clamp(-self.reach, self.reach) + self.reach
        return query, key, self.bias[:, distances]

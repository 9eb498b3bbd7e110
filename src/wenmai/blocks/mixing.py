"""A learnt mix of what several layers say.

Letters of the shapes: L layers, S steps, D width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class LayerMix(nn.Module):
    """scale · Σ softmax(weights)_l · x_l, as in ELMo: Peters et al. (2018), NAACL, equation 1.

    Args:
        layers: L, what is mixed.
    """

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(layers))
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, states: Sequence[Tensor]) -> Tensor:
        """L times [S, D] → [S, D]."""
        mixed = torch.zeros_like(states[0])
        for share, state in zip(self.weights.softmax(dim=0), states, strict=True):
            mixed = mixed + share * state
        return self.scale * mixed

"""The heads that encoders are pretrained with: which token was hidden, and whether two texts belong together.

- Devlin, J., et al. (2019). BERT. NAACL, section 3.1.
- Lan, Z., et al. (2020). ALBERT. ICLR, section 3.1: the order of two texts.

Letters of the shapes: B texts, S tokens that are asked for, D width, E width of a token's vector, V tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from wenmai.blocks.transformer import ACTIVATIONS, Activation


class MaskedTokenHead(nn.Module):
    """Logits of every token of the vocabulary: a layer, a norm, and the tokens' own vectors as weights.

    Args:
        width: D; token_width: E; tokens: V.
        activation: after the layer; norm_epsilon: added to the variance.
    """

    def __init__(
        self, width: int, token_width: int, tokens: int, activation: Activation = "gelu", norm_epsilon: float = 1e-12
    ) -> None:
        super().__init__()
        self.dense = nn.Linear(width, token_width)
        self.norm = nn.LayerNorm(token_width, eps=norm_epsilon)
        self.bias = nn.Parameter(torch.zeros(tokens))
        self.activation = ACTIVATIONS[activation]

    def forward(self, values: Tensor, token_vectors: Tensor) -> Tensor:
        """``values`` [S, D] of the tokens that are asked for, and all tokens' vectors [V, E] → logits [S, V]."""
        return functional.linear(self.norm(self.activation(self.dense(values))), token_vectors, self.bias)


class TextRelationHead(nn.Module):
    """Whether the second text of a pair follows the first (BERT), or stands in its order (ALBERT)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.output = nn.Linear(width, 2)

    def forward(self, pooled: Tensor) -> Tensor:
        """The pooler's vectors [B, D] → logits [B, 2]; 0 is yes."""
        logits: Tensor = self.output(pooled)
        return logits

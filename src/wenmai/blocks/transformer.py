"""The Transformer layer: attention between the steps, then a small network for each step alone.

- Vaswani, A., et al. (2017). Attention is all you need. NeurIPS: norms after each part.
- Xiong, R., et al. (2020). On layer normalization in the Transformer architecture. ICML: norms before each part.

Letters of the shapes: B texts, T steps, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from wenmai.blocks.attention import AttentionMask, SelfAttention
from wenmai.core.config import Config

Activation = Literal["relu", "gelu", "gelu-tanh"]
ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "gelu-tanh": partial(functional.gelu, approximate="tanh"),
}
"""Name → what the feed-forward part does between its two products; ``gelu-tanh`` is GPT-2's quicker GELU."""

Dropout = Annotated[float, Field(ge=0, lt=1)]


class TransformerLayerConfig(Config):
    """One layer.

    Attributes:
        width: D; heads: into how many parts attention cuts it.
        feed_forward: width of the feed-forward part's inside; None for four times D.
        activation: of the feed-forward part.
        norm: ``pre`` normalises what each part reads, ``post`` what it leaves, as in 2017 and in BERT.
        norm_epsilon: added to the variance.
        dropout: of what each part adds; attention_dropout: of the looks themselves.
    """

    width: Annotated[int, Field(ge=1)] = 128
    heads: Annotated[int, Field(ge=1)] = 4
    feed_forward: Annotated[int, Field(ge=1)] | None = None
    activation: Activation = "gelu"
    norm: Literal["pre", "post"] = "pre"
    norm_epsilon: Annotated[float, Field(gt=0)] = 1e-5
    dropout: Dropout = 0.1
    attention_dropout: Dropout = 0.0

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads cannot share a width of {self.width} evenly")
        return self

    def layer_norm(self) -> nn.LayerNorm:
        """A fresh norm over the width."""
        return nn.LayerNorm(self.width, eps=self.norm_epsilon)


class FeedForward(nn.Module):
    """The same small network for each step: wider, bent, narrow again."""

    def __init__(self, config: TransformerLayerConfig) -> None:
        super().__init__()
        inside = config.feed_forward or 4 * config.width
        self.inner = nn.Linear(config.width, inside)
        self.outer = nn.Linear(inside, config.width)
        self.activation = ACTIVATIONS[config.activation]

    def forward(self, values: Tensor) -> Tensor:
        """[B, T, D] → [B, T, D]."""
        narrow: Tensor = self.outer(self.activation(self.inner(values)))
        return narrow


class TransformerLayer(nn.Module):
    """Attention and feed-forward, each of which adds to what it was given."""

    def __init__(self, config: TransformerLayerConfig) -> None:
        super().__init__()
        self.before = config.norm == "pre"
        self.attention = SelfAttention(config.width, config.heads, config.attention_dropout)
        self.attention_norm = config.layer_norm()
        self.feed_forward = FeedForward(config)
        self.feed_forward_norm = config.layer_norm()
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, values: Tensor, mask: AttentionMask) -> Tensor:
        """[B, T, D] → [B, T, D]; no step takes anything from one that the mask hides."""
        if self.before:
            values = values + self.dropout(self.attention(self.attention_norm(values), mask))
            values = values + self.dropout(self.feed_forward(self.feed_forward_norm(values)))
        else:
            values = self.attention_norm(values + self.dropout(self.attention(values, mask)))
            values = self.feed_forward_norm(values + self.dropout(self.feed_forward(values)))
        return values


class TransformerLayers(nn.Module):
    """Layers one after the other; where norms come before each part, one more at the end."""

    def __init__(self, config: TransformerLayerConfig, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(config) for _ in range(layers))
        self.norm = config.layer_norm() if config.norm == "pre" else nn.Identity()

    def forward(self, values: Tensor, mask: AttentionMask) -> Tensor:
        """[B, T, D] → [B, T, D]."""
        for layer in self.layers:
            values = layer(values, mask)
        normed: Tensor = self.norm(values)
        return normed

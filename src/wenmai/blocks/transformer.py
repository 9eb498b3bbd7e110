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

from wenmai.blocks.attention import AttentionConfig, LinearAttention, SelfAttention, SoftmaxAttention
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.masks import Mask
from wenmai.blocks.positions import InnerPositions
from wenmai.core.config import Config

Activation = Literal["relu", "gelu", "gelu-tanh"]
ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "gelu-tanh": partial(functional.gelu, approximate="tanh"),
}
"""Name → what the feed-forward part does between its two products; ``gelu-tanh`` is GPT-2's quicker GELU."""

Share = Annotated[float, Field(ge=0, lt=1)]


class TransformerLayerConfig(Config):
    """One layer.

    Attributes:
        width: D; heads: into how many parts attention cuts it.
        feed_forward: width of the feed-forward part's inside; None for four times D.
        activation: of the feed-forward part.
        norm: ``pre`` normalises what each part reads, ``post`` what it leaves, as in 2017 and in BERT.
        norm_epsilon: added to the variance.
        dropout: of what each part adds; attention_dropout: of the looks themselves.
        attention: how steps are compared and mixed.
    """

    width: Annotated[int, Field(ge=1)] = 128
    heads: Annotated[int, Field(ge=1)] = 4
    feed_forward: Annotated[int, Field(ge=1)] | None = None
    activation: Activation = "gelu"
    norm: Literal["pre", "post"] = "pre"
    norm_epsilon: Annotated[float, Field(gt=0)] = 1e-5
    dropout: Share = 0.1
    attention_dropout: Share = 0.0
    attention: AttentionConfig = SoftmaxAttention()

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads cannot share a width of {self.width} evenly")
        if isinstance(self.attention, LinearAttention) and self.attention_dropout:
            raise ValueError("linear attention has no looks to be dropped: set attention_dropout to 0")
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
    """Attention and feed-forward, each of which adds to what it was given.

    Args:
        positions: what tells attention how far steps are from each other; None where the vectors say it.
        without: a part that another layer lends, so that this one has no weights of it.
    """

    def __init__(
        self,
        config: TransformerLayerConfig,
        positions: InnerPositions | None = None,
        without: Literal["attention", "feed_forward"] | None = None,
    ) -> None:
        super().__init__()
        self.before = config.norm == "pre"
        if without != "attention":
            self.attention = SelfAttention(
                config.width, config.heads, config.attention_dropout, config.attention, positions
            )
            self.attention_norm = config.layer_norm()
        if without != "feed_forward":
            self.feed_forward = FeedForward(config)
            self.feed_forward_norm = config.layer_norm()
        self.dropout = Dropout(config.dropout)

    def forward(self, values: Tensor, mask: Mask) -> Tensor:
        """[B, T, D] → [B, T, D], or [S, D] packed; no step takes anything from one that the mask hides."""
        return self.feed(self.attend(values, mask))

    def attend(self, values: Tensor, mask: Mask, firsts: Tensor | None = None) -> Tensor:
        """The half of the layer in which steps look at each other.

        Args:
            firsts: [B'] where each text's first step stands among packed ones: only these look, [S, D] → [B', D].
        """
        seen = self.attention_norm(values) if self.before else values
        taken = self.attention(seen, mask) if firsts is None else self.attention.first(seen, mask, firsts)
        values = values if firsts is None else values.index_select(0, firsts)
        added: Tensor = values + self.dropout(taken)
        if not self.before:
            added = self.attention_norm(added)
        return added

    def feed(self, values: Tensor) -> Tensor:
        """The half of the layer in which each step is alone."""
        seen = self.feed_forward_norm(values) if self.before else values
        added: Tensor = values + self.dropout(self.feed_forward(seen))
        if not self.before:
            added = self.feed_forward_norm(added)
        return added


class TransformerLayers(nn.Module):
    """Layers one after the other; where norms come before each part, one more at the end."""

    def __init__(self, config: TransformerLayerConfig, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(config) for _ in range(layers))
        self.norm = config.layer_norm() if config.norm == "pre" else nn.Identity()

    def forward(self, values: Tensor, mask: Mask) -> Tensor:
        """[B, T, D] → [B, T, D]."""
        for layer in self.layers:
            values = layer(values, mask)
        normed: Tensor = self.norm(values)
        return normed

"""The Transformer encoder behind BERT and its relatives, over texts that are packed without padding.

- Devlin, J., et al. (2019). BERT. NAACL: token, segment and position vectors, a norm, layers.
- Lan, Z., et al. (2020). ALBERT. ICLR: token vectors narrower than the layers, and layers that share their weights.

Letters of the shapes: B texts, S steps of all texts together, V tokens, E width of a token's vector, D width.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.attention import LinearAttention
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.masks import Packing
from wenmai.blocks.positions import EncoderPositionConfig, LearnedPositions, RelativePositions, RotaryPositions
from wenmai.blocks.transformer import TransformerLayer, TransformerLayerConfig
from wenmai.core.config import Config

DRAWN_DEVIATION = 0.02
"""Of the normal distribution from which BERT draws its weights (Devlin et al. 2019, appendix A.2 and code)."""

BERT_BLOCK = TransformerLayerConfig(width=768, heads=12, norm="post", norm_epsilon=1e-12, attention_dropout=0.1)
"""The layer of BERT-base."""


class EncoderConfig(Config):
    """The shape of an encoder.

    Attributes:
        block: what a layer is; layers: how many of them.
        positions: how order is told.
        segments: how many kinds of text a token can belong to; 0 for an encoder that does not tell them apart.
        embedding_size: width of a token's vector, None for the layers' own width; another is projected.
        shared: what all layers share the weights of.
        pooler: whether it has a layer over the first step that was learnt with it.
    """

    kind: Literal["shaped"] = "shaped"
    block: TransformerLayerConfig = BERT_BLOCK
    layers: Annotated[int, Field(ge=1)] = 12
    positions: EncoderPositionConfig = LearnedPositions()
    segments: Annotated[int, Field(ge=0)] = 2
    embedding_size: Annotated[int, Field(ge=1)] | None = None
    shared: Literal["none", "attention", "feed_forward", "both"] = "none"
    pooler: bool = True

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if isinstance(self.positions, RelativePositions) and isinstance(self.block.attention, LinearAttention):
            raise ValueError("linear attention compares no two steps: take other than relative positions")
        return self

    @property
    def token_width(self) -> int:
        """E."""
        return self.embedding_size or self.block.width


class TokenVectors(nn.Module):
    """A vector for each token, learnt: what comes before everything else.

    Args:
        tokens: V; width: E.
    """

    def __init__(self, tokens: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(tokens, width) * DRAWN_DEVIATION)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Vectors [B, T, E] of the tokens."""
        return functional.embedding(batch.token_ids, self.weight)


class Encoder(nn.Module):
    """Vectors of tokens in, vectors that have seen their text out."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        width, narrow = config.block.width, config.token_width
        inner = config.positions if isinstance(config.positions, RotaryPositions | RelativePositions) else None
        added = None if isinstance(config.positions, RotaryPositions | RelativePositions) else config.positions
        self.positions = None if added is None else added.module(narrow)
        self.segments = nn.Embedding(config.segments, narrow) if config.segments else None
        self.embedding_norm = nn.LayerNorm(narrow, eps=config.block.norm_epsilon)
        self.projection = nn.Linear(narrow, width) if narrow != width else None
        self.dropout = Dropout(config.block.dropout)
        self.shared, self.count, self.width = config.shared, config.layers, width
        self.numbers: torch.dtype | None = None
        """The type in which the layers compute, where it is not that of the weights before them."""
        lacking: Literal["attention", "feed_forward"] | None = None
        if config.shared in ("attention", "feed_forward"):
            lacking = "attention" if config.shared == "attention" else "feed_forward"
        self.layers = nn.ModuleList(
            TransformerLayer(
                config.block,
                None if inner is None else inner.inner(width, config.block.heads),
                lacking if number else None,
            )
            for number in range(1 if config.shared == "both" else config.layers)
        )
        self.norm = config.block.layer_norm() if config.block.norm == "pre" else None
        self.apply(_draw)

    def states(self, vectors: Tensor, packing: Packing, segment_ids: Tensor | None) -> Iterator[Tensor]:
        """What goes into the first layer, then what each layer leaves; the next is computed when it is asked for.

        Args:
            vectors: [S, E] of the tokens; segment_ids: [S], None for texts that stand alone.

        Yields:
            [S, D].
        """
        values = self.embedded(vectors, packing, segment_ids)
        yield values
        for number in range(self.count):
            attending, feeding = self.parts(number)
            values = feeding.feed(attending.attend(values, packing))
            yield self.last_norm(values, number)

    def embedded(self, vectors: Tensor, packing: Packing, segment_ids: Tensor | None) -> Tensor:
        """What the first layer reads [S, D]."""
        if self.segments is not None:
            if segment_ids is None:
                vectors = vectors + self.segments.weight[0]
            else:  # An encoder that knows one kind of text takes every text for it.
                vectors = vectors + self.segments(segment_ids.clamp(max=self.segments.num_embeddings - 1))
        if self.positions is not None:
            vectors = self.positions(vectors, packing.steps)
        values: Tensor = self.dropout(self.embedding_norm(vectors))
        if self.projection is not None:
            values = self.projection(values)
        kind = values.device.type
        if torch.is_autocast_enabled(kind):  # Sums between the layers are then as small as the products beside them.
            return values.to(torch.get_autocast_dtype(kind))
        return values if self.numbers is None else values.to(self.numbers)

    def parts(self, number: int) -> tuple[TransformerLayer, TransformerLayer]:
        """The layers whose attention and whose feed-forward part serve as those of one layer."""
        attending = self.layers[0 if self.shared in ("attention", "both") else number]
        feeding = self.layers[0 if self.shared in ("feed_forward", "both") else number]
        assert isinstance(attending, TransformerLayer)
        assert isinstance(feeding, TransformerLayer)
        return attending, feeding

    def last_norm(self, values: Tensor, number: int) -> Tensor:
        """The norm after the last layer, where norms stand before each part."""
        if self.norm is None or number + 1 < self.count:
            return values
        normed: Tensor = self.norm(values)
        return normed


def _draw(module: nn.Module) -> None:
    """BERT's first weights."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=DRAWN_DEVIATION)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)

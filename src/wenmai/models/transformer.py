"""Transformer encoder: every word looks at every other, a few times over.

    attention(Q, K, V) = softmax(Q Kᵀ / √d) V
    x ← x + attention(norm(x)),  x ← x + W₂ · GELU(W₁ · norm(x)),    logits = W · dropout(pooled x) + bias

- Vaswani, A., et al. (2017). Attention is all you need. NeurIPS.
- Xiong, R., et al. (2020). On layer normalization in the Transformer architecture. ICML.

Letters of the shapes: B texts, T tokens of the longest, E width of a token's vector, D width, C classes or labels.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.embeddings import EmbeddingConfig, Lexicon, RandomVectors, WordEmbedding
from wenmai.blocks.masks import AttentionMask
from wenmai.blocks.pooling import POOLINGS, Pooling, pooled_width
from wenmai.blocks.positions import LearnedPositions, PositionConfig, SinusoidalPositions
from wenmai.blocks.transformer import TransformerLayerConfig, TransformerLayers
from wenmai.core.errors import UsageError
from wenmai.core.schema import Language
from wenmai.models.contract import Parts, Preset
from wenmai.models.loop_config import BudgetConfig, LoopConfig
from wenmai.models.network import NetworkConfig, NetworkModel
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment
from wenmai.text.vocabulary import VocabularyConfig


class TransformerEncoderConfig(NetworkConfig):
    """Where the vectors come from, how order is told, what the layers are, how the steps become one vector.

    Attributes:
        block: what a layer is; layers: how many of them.
        dropout: of vectors and features; a block has its own.
    """

    embedding: EmbeddingConfig = RandomVectors(width=128)
    positions: PositionConfig = SinusoidalPositions()
    block: TransformerLayerConfig = TransformerLayerConfig()
    layers: Annotated[int, Field(ge=1)] = 2
    pooling: Pooling = "mean"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3

    def build(self, parts: Parts) -> NetworkModel:
        """The model with weights that are not drawn yet.

        Raises:
            UsageError: when texts may be longer than the positions that are learnt.
        """
        most = parts.pipeline.config.max_pieces
        if isinstance(self.positions, LearnedPositions) and (most is None or most > self.positions.limit):
            raise UsageError(
                f"positions are learnt up to {self.positions.limit} tokens and pipeline.max_pieces is {most}",
                remedy=f"Set it to {self.positions.limit} or less, raise model.positions.limit, or use sinusoids",
            )
        return super().build(parts)

    def module(self, lexicon: Lexicon, outputs: int) -> TransformerEncoder:
        """The network with freshly drawn weights."""
        return TransformerEncoder(self, lexicon, outputs)


class TransformerEncoder(nn.Module):
    """Vectors with positions, layers of attention, one vector of all steps, one linear layer."""

    def __init__(self, config: TransformerEncoderConfig, lexicon: Lexicon, outputs: int) -> None:
        super().__init__()
        width = config.block.width
        self.embedding = WordEmbedding(config.embedding, lexicon)
        given = self.embedding.width
        self.projection = nn.Identity() if given == width else nn.Linear(given, width, bias=False)
        # Vectors of length 1 become as long as what positions and layers add (Vaswani et al. 2017, section 3.4).
        self.scale = given**0.5
        self.positions = config.positions.module(width)
        self.layers = TransformerLayers(config.block, config.layers)
        self.pool = POOLINGS[config.pooling]
        self.dropout = Dropout(config.dropout)
        self.output = nn.Linear(pooled_width(config.pooling, width), outputs)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Logits [B, C]."""
        vectors = self.projection(self.embedding(batch) * self.scale)  # [B, T, E] → [B, T, D]
        placed = self.dropout(self.positions(vectors))
        read = self.layers(placed, AttentionMask.hiding_padding(batch.mask))  # [B, T, D]
        features = self.pool(read, batch.mask)  # [B, D]
        logits: Tensor = self.output(self.dropout(features))
        return logits


def words(language: Language) -> Preset:
    """Words that occur at least twice."""
    return _preset(PipelineConfig(segment=WordSegment(language=language), vocabulary=_vocabulary(), max_pieces=400))


def characters(language: Language) -> Preset:
    """Characters."""
    return _preset(PipelineConfig(segment=CharacterSegment(), vocabulary=_vocabulary(), max_pieces=800))


def _preset(pipeline: PipelineConfig) -> Preset:
    loop = LoopConfig(budget=BudgetConfig(epochs=6, patience=2), word_dropout=0.1)
    return Preset(TransformerEncoderConfig(), pipeline, loop=loop)


def _vocabulary() -> VocabularyConfig:
    return VocabularyConfig(min_count=2, max_size=50_000)

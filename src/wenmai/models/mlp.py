"""MLP over averaged vectors: a text is the mean of its words, bent a few times.

    z_0 = √D · mean_t x_t,    z_i = ReLU(W_i · z_{i-1} + b_i),    logits = W · dropout(z_n) + bias

- Iyyer, M., et al. (2015). Deep unordered composition rivals syntactic methods for text classification. ACL: the deep
  averaging network.

Letters of the shapes: B texts, T tokens of the longest, D width of a vector, H width of a hidden layer, C classes or
labels.
"""

from __future__ import annotations

import itertools
from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.embeddings import EmbeddingConfig, Lexicon, RandomVectors, WordEmbedding
from wenmai.blocks.pooling import mean_over_time
from wenmai.core.schema import Language
from wenmai.models.contract import Preset
from wenmai.models.loop_config import BudgetConfig, LoopConfig
from wenmai.models.network import NetworkConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment
from wenmai.text.vocabulary import VocabularyConfig

Size = Annotated[int, Field(ge=1)]


class AveragedVectorsConfig(NetworkConfig):
    """Where the vectors come from, how wide the hidden layers are; without one it is a linear model of the mean."""

    embedding: EmbeddingConfig = RandomVectors(width=300)
    hidden_sizes: tuple[Size, ...] = (300,)
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5

    def module(self, lexicon: Lexicon, outputs: int) -> AveragedVectors:
        """The network with freshly drawn weights."""
        return AveragedVectors(self, lexicon, outputs)


class AveragedVectors(nn.Module):
    """The mean of the vectors, hidden layers, one linear layer."""

    def __init__(self, config: AveragedVectorsConfig, lexicon: Lexicon, outputs: int) -> None:
        super().__init__()
        self.embedding = WordEmbedding(config.embedding, lexicon)
        # Vectors have length 1: entries of about 1 let the layers learn from the first step on.
        self.scale = self.embedding.width**0.5
        sizes = (self.embedding.width, *config.hidden_sizes)
        self.hidden = nn.ModuleList(nn.Linear(narrow, wide) for narrow, wide in itertools.pairwise(sizes))
        self.dropout = Dropout(config.dropout)
        self.output = nn.Linear(sizes[-1], outputs)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Logits [B, C]."""
        features = self.scale * mean_over_time(self.embedding(batch), batch.mask)  # [B, D]
        for layer in self.hidden:
            features = layer(self.dropout(features)).relu()  # [B, H]
        logits: Tensor = self.output(self.dropout(features))
        return logits


def words(language: Language) -> Preset:
    """Words that occur at least twice."""
    return _preset(PipelineConfig(segment=WordSegment(language=language), vocabulary=_vocabulary(), max_pieces=400))


def characters(language: Language) -> Preset:
    """Characters."""
    return _preset(PipelineConfig(segment=CharacterSegment(), vocabulary=_vocabulary(), max_pieces=800))


def _preset(pipeline: PipelineConfig) -> Preset:
    loop = LoopConfig(budget=BudgetConfig(epochs=8, patience=2), word_dropout=0.1)
    return Preset(AveragedVectorsConfig(), pipeline, loop=loop)


def _vocabulary() -> VocabularyConfig:
    return VocabularyConfig(min_count=2, max_size=50_000)

"""BiLSTM: the text read from both ends with a memory, and the strongest trace of each kind that the reading left.

    i, f, o = σ(W x_t + U h_{t-1} + b),  c_t = f ∘ c_{t-1} + i ∘ tanh(W_c x_t + U_c h_{t-1} + b_c),  h_t = o ∘ tanh(c_t)
    features = max_t [h_t → ; h_t ←],    logits = W · dropout(features) + bias

- Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9(8).
- Graves, A., Schmidhuber, J. (2005). Framewise phoneme classification with bidirectional LSTM. IJCNN.
- Conneau, A., et al. (2017). Supervised learning of universal sentence representations. EMNLP: pooling by the maximum.

Letters of the shapes: B texts, T tokens of the longest, D width of a vector, H hidden size, C classes or labels.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.embeddings import EmbeddingConfig, Lexicon, RandomVectors, WordEmbedding
from wenmai.blocks.pooling import POOLINGS, pooled_width
from wenmai.blocks.recurrent import BidirectionalLSTM
from wenmai.core.schema import Language
from wenmai.models.contract import Preset
from wenmai.models.loop_config import BudgetConfig, LoopConfig
from wenmai.models.network import NetworkConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment
from wenmai.text.vocabulary import VocabularyConfig


class BiLSTMConfig(NetworkConfig):
    """Where the vectors come from, how much is remembered, how the steps become one vector.

    Attributes:
        hidden_size: H of each direction; layers: how many read one after the other.
        dropout: of what each layer reads, and of the features.
    """

    embedding: EmbeddingConfig = RandomVectors(width=128)
    hidden_size: Annotated[int, Field(ge=1)] = 128
    layers: Annotated[int, Field(ge=1)] = 1
    pooling: Literal["max", "mean", "mean-max"] = "max"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3

    def module(self, lexicon: Lexicon, outputs: int) -> BiLSTM:
        """The network with freshly drawn weights."""
        return BiLSTM(self, lexicon, outputs)


class BiLSTM(nn.Module):
    """Vectors, LSTMs in both directions, one vector of all steps, one linear layer."""

    def __init__(self, config: BiLSTMConfig, lexicon: Lexicon, outputs: int) -> None:
        super().__init__()
        self.embedding = WordEmbedding(config.embedding, lexicon)
        self.lstm = BidirectionalLSTM(self.embedding.width, config.hidden_size, config.layers, config.dropout)
        self.pool = POOLINGS[config.pooling]
        self.dropout = Dropout(config.dropout)
        self.output = nn.Linear(pooled_width(config.pooling, 2 * config.hidden_size), outputs)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Logits [B, C]."""
        vectors = self.embedding(batch)  # [B, T, D]
        read = self.lstm(vectors, batch.lengths)  # [B, T, 2H]
        features = self.pool(read, batch.mask)  # [B, 2H]
        logits: Tensor = self.output(self.dropout(features))
        return logits


def words(language: Language) -> Preset:
    """Words that occur at least twice."""
    return _preset(PipelineConfig(segment=WordSegment(language=language), vocabulary=_vocabulary(), max_pieces=400))


def characters(language: Language) -> Preset:
    """Characters."""
    return _preset(PipelineConfig(segment=CharacterSegment(), vocabulary=_vocabulary(), max_pieces=800))


def _preset(pipeline: PipelineConfig) -> Preset:
    loop = LoopConfig(learning_rate=2e-3, budget=BudgetConfig(epochs=8, patience=2), word_dropout=0.05)
    return Preset(BiLSTMConfig(), pipeline, loop=loop)


def _vocabulary() -> VocabularyConfig:
    return VocabularyConfig(min_count=2, max_size=50_000)

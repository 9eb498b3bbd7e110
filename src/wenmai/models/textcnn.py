"""TextCNN: filters that look for short phrases anywhere in the text.

    c_t = ReLU(w · [x_t, …, x_{t+k-1}] + b),  feature = max_t c_t,  logits = W · dropout(features) + bias

- Kim, Y. (2014). Convolutional neural networks for sentence classification. EMNLP: random, static, non-static and
  multichannel vectors.
- Zhang, Y., Wallace, B. (2017). A sensitivity analysis of convolutional neural networks for sentence classification.

Letters of the shapes: B texts, T tokens of the longest, D width of a vector, F filters a window, C classes or labels.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.embeddings import (
    EmbeddingConfig,
    GivenVectors,
    Lexicon,
    MultichannelVectors,
    RandomVectors,
    WordEmbedding,
)
from wenmai.blocks.pooling import max_over_time
from wenmai.core.schema import Language
from wenmai.models.contract import Preset
from wenmai.models.loop_config import BudgetConfig, LoopConfig, OptimiserConfig
from wenmai.models.network import NetworkConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment
from wenmai.text.vocabulary import VocabularyConfig

Window = Annotated[int, Field(ge=1)]


class TextCNNConfig(NetworkConfig):
    """Where the vectors come from, how many tokens the filters see, how many filters there are of each."""

    embedding: EmbeddingConfig = RandomVectors()
    windows: Annotated[tuple[Window, ...], Field(min_length=1)] = (3, 4, 5)
    filters: Annotated[int, Field(ge=1)] = 100
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5

    def module(self, lexicon: Lexicon, outputs: int) -> TextCNN:
        """The network with freshly drawn weights."""
        return TextCNN(self, lexicon, outputs)


class TextCNN(nn.Module):
    """One layer of convolutions over time, the strongest answer of each filter, one linear layer."""

    def __init__(self, config: TextCNNConfig, lexicon: Lexicon, outputs: int) -> None:
        super().__init__()
        self.embedding = WordEmbedding(config.embedding, lexicon)
        self.convolutions = nn.ModuleList(
            # Zeros on both sides, so that a filter also meets the first and the last words of a text alone.
            nn.Conv1d(self.embedding.width, config.filters, window, padding=window - 1)
            for window in config.windows
        )
        self.dropout = Dropout(config.dropout)
        self.output = nn.Linear(config.filters * len(config.windows), outputs)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Logits [B, C]."""
        vectors = self.embedding(batch).transpose(1, 2)  # [B, D, T]
        found = []
        for convolution in self.convolutions:
            answers = convolution(vectors).transpose(1, 2)  # [B, T + window - 1, F]
            found.append(max_over_time(answers, _reached(batch, answers.shape[1])))  # [B, F]
        # The largest of what ReLU leaves is what ReLU leaves of the largest.
        features = torch.relu(torch.cat(found, dim=1))  # [B, F · windows]
        logits: Tensor = self.output(self.dropout(features))
        return logits


def _reached(batch: TokenBatch, places: int) -> Tensor:
    """The places of a window [B, places] at which it sees a token of the text."""
    wider = places - batch.token_ids.shape[1]
    steps = torch.arange(places, device=batch.lengths.device)
    return steps < (batch.lengths + wider)[:, None]


def words(language: Language) -> Preset:
    """Words that occur at least twice, with vectors as wide as the paper's."""
    pipeline = PipelineConfig(segment=WordSegment(language=language), vocabulary=_vocabulary(), max_pieces=400)
    return Preset(TextCNNConfig(embedding=RandomVectors(width=300)), pipeline, loop=LOOP)


def characters(language: Language) -> Preset:
    """Characters, of which there are fewer and which mean less, with narrower vectors."""
    pipeline = PipelineConfig(segment=CharacterSegment(), vocabulary=_vocabulary(), max_pieces=800)
    return Preset(TextCNNConfig(), pipeline, loop=LOOP)


def static(language: Language) -> Preset:
    """Words with the vectors of another bundle, which stay as they are (CNN-static)."""
    return _with_vectors(language, GivenVectors())


def non_static(language: Language) -> Preset:
    """Words whose given vectors are learnt on (CNN-non-static)."""
    return _with_vectors(language, GivenVectors(tuned=True))


def multichannel(language: Language) -> Preset:
    """Words with given vectors twice, as they are and learnt on (CNN-multichannel)."""
    return _with_vectors(language, MultichannelVectors())


def _with_vectors(language: Language, embedding: EmbeddingConfig) -> Preset:
    """As `words`; words that occur once have a vector too, so they are read."""
    vocabulary = VocabularyConfig(max_size=50_000)
    pipeline = PipelineConfig(segment=WordSegment(language=language), vocabulary=vocabulary, max_pieces=400)
    return Preset(TextCNNConfig(embedding=embedding), pipeline, loop=LOOP)


LOOP = LoopConfig(
    optimiser=OptimiserConfig(weight_decay=0.1),
    budget=BudgetConfig(epochs=8, patience=2),
    batch_tokens=1024,
    word_dropout=0.05,
    average=0.99,
)


def _vocabulary() -> VocabularyConfig:
    return VocabularyConfig(min_count=2, max_size=50_000)

"""BiLSTM taggers: each token read in the light of the whole sentence, its tags decoded one by one or by a CRF.

    x_t = [vector(token_t); characters(token_t); pair(t-1, t); pair(t, t+1)]
    h = BiLSTM(dropout(x)),   e_t = W · dropout(h_t) + bias
    tokens: P(tag_t) = softmax(e_t)[tag_t],   CRF: P(tags) = exp(Σ_t e_t[tag_t] + transition[tag_t, tag_t+1]) / Z

- Graves, A., Schmidhuber, J. (2005). Framewise phoneme classification with bidirectional LSTM. IJCNN.
- Huang, Z., Xu, W., Yu, K. (2015). Bidirectional LSTM-CRF models for sequence tagging. arXiv:1508.01991.
- Lample, G., et al. (2016). Neural architectures for named entity recognition. NAACL.
- Chen, X., et al. (2015). Long short-term memory neural networks for Chinese word segmentation. EMNLP: pairs.
- Liu, B., Lane, I. (2016). Attention-based recurrent neural network models for joint intent detection and slot filling.
  Interspeech: the intent of the sentence beside its tags.

Letters of the shapes: B rows, T tokens of the longest, E further numbers of a token, D width of what is read of a
token, H hidden size, K tags.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.characters import CharacterCNN, CharactersConfig, NoCharacters, character_reader
from wenmai.blocks.crf import CRF, TokensByThemselves, decoder_for
from wenmai.blocks.dropout import VariationalDropout
from wenmai.blocks.embeddings import EmbeddingConfig, GivenVectors, Lexicon, RandomVectors, WordEmbedding
from wenmai.blocks.joint_tags import joint, with_intents
from wenmai.blocks.pooling import mean_over_time
from wenmai.blocks.recurrent import BidirectionalLSTM
from wenmai.core.schema import Language
from wenmai.core.tags import TagRules
from wenmai.models.contract import Preset
from wenmai.models.loop_config import BudgetConfig, LoopConfig, OptimiserConfig
from wenmai.models.tagger_network import TaggerConfig
from wenmai.models.tagging import token_pipeline
from wenmai.models.token_tables import TokenTables

DecoderConfig = Annotated[TokensByThemselves | CRF, Field(discriminator="kind")]


class BiLSTMTaggerConfig(TaggerConfig):
    """What is read of a token, how much is remembered, how tags are decoded.

    Attributes:
        embedding: where the vectors of tokens come from.
        characters: what is read of their characters.
        pairs: width of the vectors of neighbouring tokens, read with both; 0 for none.
        hidden_size: H of each direction; layers: how many read one after the other.
        dropout: of what is read, by column, and of what was made of it.
        decoder: each token by itself, or a CRF.
        min_count: tokens and pairs seen less often share a vector.
        lowercase: whether tokens have a vector without regard to case.
    """

    embedding: EmbeddingConfig = RandomVectors(width=100)
    characters: CharactersConfig = CharacterCNN()
    pairs: Annotated[int, Field(ge=0)] = 0
    hidden_size: Annotated[int, Field(ge=1)] = 200
    layers: Annotated[int, Field(ge=1)] = 1
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.5
    decoder: DecoderConfig = CRF()
    min_count: Annotated[int, Field(ge=1)] = 2
    lowercase: bool = True

    def tables(self) -> TokenTables:
        """The empty tables of what is numbered."""
        longest = 0 if isinstance(self.characters, NoCharacters) else self.characters.longest
        return TokenTables(self.min_count, lowercase=self.lowercase, longest=longest, pairs=self.pairs > 0)

    def module(self, tables: TokenTables, lexicon: Lexicon, rules: TagRules, intents: int = 0) -> BiLSTMTagger:
        """The network with freshly drawn weights."""
        return BiLSTMTagger(self, tables, lexicon, rules, intents)


class BiLSTMTagger(nn.Module):
    """Vectors of tokens, characters and pairs; LSTMs in both directions; a linear layer; a decoder.

    The intent of a sentence, where there are some to be told, is read off the mean of its steps (Liu and Lane 2016).
    """

    def __init__(
        self, config: BiLSTMTaggerConfig, tables: TokenTables, lexicon: Lexicon, rules: TagRules, intents: int = 0
    ) -> None:
        super().__init__()
        self.embedding = WordEmbedding(config.embedding, lexicon)
        width, self.spelt = self.embedding.width, tables.longest
        self.characters = self.pairs = None
        if not isinstance(config.characters, NoCharacters):
            self.characters = character_reader(config.characters, len(tables.characters) + 2)
            width += self.characters.width
        if config.pairs:
            self.pairs = nn.Parameter(torch.randn(len(tables.pairs) + 2, config.pairs) / config.pairs**0.5)
            width += 2 * config.pairs
        self.lstm = BidirectionalLSTM(width, config.hidden_size, config.layers, config.dropout)
        self.dropout = VariationalDropout(config.dropout)
        self.output = nn.Linear(2 * config.hidden_size, len(rules.starts))
        self.intents = nn.Linear(2 * config.hidden_size, intents) if intents else None
        self.decoder = with_intents(decoder_for(config.decoder, rules), intents)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Emissions [B, T, K]; with intents `joint`."""
        read = self.dropout(self.lstm(self._read(batch), batch.lengths))  # [B, T, 2H]
        emissions: Tensor = self.output(read)
        if self.intents is None:
            return emissions
        return joint(self.intents(mean_over_time(read, batch.mask)), emissions)

    def _read(self, batch: TokenBatch) -> Tensor:
        """All that is read of each token [B, T, D]."""
        parts = [self.embedding(batch)]
        if batch.columns is not None and self.characters is not None:
            spelt = batch.columns[:, :, : self.spelt]  # [B, T, L]
            longest = max(int((spelt > 0).sum(dim=2).max()), 1)
            told = self.characters(spelt[:, :, :longest][batch.mask])  # [S, F]
            whole = told.new_zeros(*batch.token_ids.shape, told.shape[1])
            whole[batch.mask] = told
            parts.append(whole)
        if batch.columns is not None and self.pairs is not None:
            pairs = nn.functional.embedding(batch.columns[:, :, self.spelt :], self.pairs)  # [B, T, 2, W]
            parts.append(pairs.flatten(2) * batch.mask[:, :, None])
        return torch.cat(parts, dim=2)


def tokens_words(language: Language) -> Preset:
    """Words and their characters; each tag by itself."""
    return _preset(BiLSTMTaggerConfig(decoder=TokensByThemselves()), language)


def tokens_characters(language: Language) -> Preset:
    """Characters and pairs of them; each tag by itself."""
    return _preset(_by_character().but(decoder=TokensByThemselves()), language)


def crf_words(language: Language) -> Preset:
    """Words and their characters; a CRF."""
    return _preset(BiLSTMTaggerConfig(), language)


def crf_characters(language: Language) -> Preset:
    """Characters and pairs of them; a CRF."""
    return _preset(_by_character(), language)


def crf_given(language: Language) -> Preset:
    """Words with the vectors of another bundle, tuned, and their characters; a CRF."""
    return _preset(BiLSTMTaggerConfig(embedding=GivenVectors(tuned=True)), language)


def _by_character() -> BiLSTMTaggerConfig:
    return BiLSTMTaggerConfig(characters=NoCharacters(), pairs=50, min_count=2)


def _preset(model: BiLSTMTaggerConfig, language: Language) -> Preset:
    loop = LoopConfig(
        learning_rate=2e-3,
        optimiser=OptimiserConfig(clip=5.0),
        budget=BudgetConfig(epochs=30, patience=5),
        batch_tokens=2048,
        word_dropout=0.05,
    )
    return Preset(model, token_pipeline(language), loop=loop)

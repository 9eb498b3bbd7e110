"""Taggers on encoders: BERT reads the sentence, and the tags of its tokens are decoded one by one or by a CRF.

    x = BERT(pieces of the tokens),   h_t = x at the first piece of token t
    e_t = W · dropout(h_t) + bias
    tokens: P(tag_t) = softmax(e_t)[tag_t],   CRF: P(tags) = exp(Σ_t e_t[tag_t] + transition[tag_t, tag_t+1]) / Z

- Devlin, J., et al. (2019). BERT. NAACL: section 5.3, the first piece of a token speaks for it.
- Souza, F., Nogueira, R., Lotufo, R. (2019). Portuguese named entity recognition using BERT-CRF. arXiv:1909.10649.
- Chen, Q., Zhuo, Z., Wang, W. (2019). BERT for joint intent classification and slot filling. arXiv:1902.10909.

Letters of the shapes: B rows, P pieces of the longest, T tokens of the longest, S pieces of all rows, V windows of all
rows, D width, K tags.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import Reading, TokenRows
from wenmai.blocks.crf import CRF, TokensByThemselves, decoder_for
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.embeddings import Lexicon
from wenmai.blocks.encoder import DRAWN_DEVIATION, EncoderConfig
from wenmai.blocks.inference import InferencePrecision, prepared
from wenmai.blocks.joint_tags import joint, with_intents
from wenmai.blocks.text_encoder import TextEncoder
from wenmai.core.tags import TagRules
from wenmai.data.dataset import Inputs
from wenmai.models import tagging
from wenmai.models.bert import BertConfig, GivenEncoder
from wenmai.models.contract import Beginning, ModelConfig, Parts, Source
from wenmai.models.lexicon import lexicon_of
from wenmai.models.network import INFERENCE_TOKENS
from wenmai.models.tagger_network import Floats, TaggerNetwork
from wenmai.models.token_pieces import BEGINS, TOKEN, token_counts, token_pieces

DecoderConfig = Annotated[TokensByThemselves | CRF, Field(discriminator="kind")]


class EncoderTaggerConfig(ModelConfig):
    """Which encoder, what is read off it for a token, how tags are decoded.

    Attributes:
        encoder: its shape, or where it comes from.
        layer: the layer that is read, 1 the first, -1 the last; ``mix`` learns how much of each.
        pieces: what speaks for a token that the tokenizer cuts: its ``first`` piece, or the ``mean`` of all.
        dropout: of a token's vector.
        decoder: each token by itself, or a CRF.
    """

    random: ClassVar[bool] = True
    stops_by_dev: ClassVar[bool] = True
    tells_intents: ClassVar[bool] = True

    encoder: Annotated[EncoderConfig | GivenEncoder, Field(discriminator="kind")] = EncoderConfig()
    layer: Annotated[int, Field(ge=1)] | Literal[-1, "mix"] = -1
    pieces: Literal["first", "mean"] = "first"
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    decoder: DecoderConfig = TokensByThemselves()

    @property
    def reader(self) -> BertConfig:
        """The encoder as a network of its own."""
        return BertConfig(encoder=self.encoder, layer=self.layer, pooling="mean")

    def beginning(self, inputs: Mapping[str, Source]) -> Beginning | None:
        """The config with the given encoder's shape written down, and the encoder's own pipeline.

        Raises:
            UsageError: when the input is no encoder, or has fewer layers than shall be kept.
        """
        found = self.reader.beginning(inputs)
        if found is None:
            return None
        assert isinstance(found.config, BertConfig)
        return Beginning(self.but(encoder=found.config.encoder), found.pipeline)

    def build(self, parts: Parts) -> EncoderTaggerNetwork:
        """The model with weights that are not drawn yet.

        Raises:
            UsageError: when windows are longer than the positions that are learnt, or a layer is read that is not
                there.
        """
        self.reader.check(parts.pipeline)
        return EncoderTaggerNetwork(self, parts)

    def module(self, lexicon: Lexicon, rules: TagRules, intents: int = 0) -> EncoderTagger:
        """The network with freshly drawn weights."""
        # The layer over the first step was learnt to speak for a whole text: no tag needs it.
        shape = self.reader.shape.but(pooler=False)
        return EncoderTagger(self, self.reader.but(encoder=shape).module(lexicon, 0), rules, intents)

    def begin(self, module: EncoderTagger, inputs: Mapping[str, Source]) -> None:
        """Take over the weights of the given encoder."""
        self.reader.begin(module.reader, inputs)


class EncoderTagger(nn.Module):
    """The encoder, one vector a token, a linear layer, a decoder.

    The intent of a sentence, where there are some to be told, is read off its first piece (Chen et al. 2019), of a
    sentence in windows off the mean of theirs.
    """

    def __init__(self, config: EncoderTaggerConfig, reader: TextEncoder, rules: TagRules, intents: int = 0) -> None:
        super().__init__()
        self.reader = reader
        self.dropout = Dropout(config.dropout)
        self.output = nn.Linear(reader.width, len(rules.starts))
        self.intents = nn.Linear(reader.width, intents) if intents else None
        self.decoder = with_intents(decoder_for(config.decoder, rules), intents)
        for layer in (self.output, self.intents):
            if layer is not None:
                nn.init.normal_(layer.weight, std=DRAWN_DEVIATION)
                nn.init.zeros_(layer.bias)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Emissions [B, T, K] of the tokens of a batch of `wenmai.models.token_pieces`; with intents `joint`."""
        tokens, sentences = self.vectors(batch)
        emissions: Tensor = self.output(self.dropout(tokens))
        return emissions if self.intents is None else joint(self.intents(self.dropout(sentences)), emissions)

    def vectors(self, batch: TokenBatch) -> tuple[Tensor, Tensor]:
        """The vector of each token [B, T, D], the mean of the pieces that have a part in it, and of each row [B, D]."""
        assert batch.columns is not None, "the rows say which pieces are whose"
        inside = batch.mask
        rows = inside.nonzero()[:, 0]  # [S]
        tokens, begins = (batch.columns[:, :, column][inside] for column in (TOKEN, BEGINS))  # [S]
        longest = max(int(tokens.max()), 1) if len(tokens) else 1
        steps = self._steps(batch.token_ids[inside], begins)  # [S, D]
        told, first = tokens > 0, begins > 0
        found = _means(steps[told], (rows * longest + tokens - 1)[told], len(batch) * longest)
        return found.view(len(batch), longest, -1), _means(steps[first], rows[first], len(batch))

    def blocks(self) -> list[tuple[str, ...]]:
        """As those of the encoder."""
        return [tuple(f"reader.{start}" for start in starts) for starts in self.reader.blocks()]

    def _steps(self, token_ids: Tensor, begins: Tensor) -> Tensor:
        """What the encoder leaves at each piece [S, D], of windows one after the other; some of them at a time."""
        starts = begins.nonzero()[:, 0]
        lengths = torch.diff(starts, append=starts.new_tensor([len(token_ids)]))  # [V]
        if not len(lengths):
            return self.reader.embedding.weight.new_zeros(0, self.reader.width)
        several = max(INFERENCE_TOKENS // int(lengths.max()), 1)
        parts = torch.split(lengths, several)
        pieces = torch.split(token_ids, [int(part.sum()) for part in parts])
        return torch.cat([self._read(ids, part) for ids, part in zip(pieces, parts, strict=True)])

    def _read(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        """What the encoder leaves at each piece of some windows, in their order."""
        windows = TokenBatch(token_ids.new_zeros(len(lengths), int(lengths.max())), lengths)
        inside = windows.mask
        windows.token_ids[inside] = token_ids
        steps, packing = self.reader.read(windows)
        places = inside.flatten().cumsum(0)[packing.places] - 1
        return steps.new_zeros(steps.shape, dtype=torch.float32).index_copy(0, places, steps.float())


def _means(values: Tensor, places: Tensor, count: int) -> Tensor:
    """The mean of the values [S, D] of each place [count, D]; zeros where none is."""
    shares = torch.bincount(places, minlength=count).clamp(min=1)
    return values.new_zeros(count, values.shape[1]).index_add(0, places, values) / shares[:, None]


class EncoderTaggerNetwork(TaggerNetwork):
    """An encoder and a decoder of tags as a member of the lineage."""

    def __init__(self, config: EncoderTaggerConfig, parts: Parts) -> None:
        super().__init__(parts)
        self.config = config
        self.reading = Reading()
        """How much of the texts was read that were given to `outputs` so far."""

    @property
    def lexicon(self) -> Lexicon:
        """The tokenizer's pieces."""
        return lexicon_of(self.pipeline, {})

    def encode(self, inputs: Inputs) -> TokenRows:
        """The pieces of the tokens, long rows in windows."""
        tokens = tagging.tokens_of(inputs)
        return token_pieces(self.pipeline, inputs.text, tokens, every=self.config.pieces == "mean")

    def tokens(self, texts: TokenRows) -> NDArray[np.int64]:
        """How many tokens each row has [N]."""
        return token_counts(texts)

    def drawn(self) -> EncoderTagger:
        """The module with freshly drawn weights."""
        return self.config.module(self.lexicon, self.rules, len(self.head.intents))

    def draw(self, seed: int) -> None:
        """Take fresh weights, which the seed decides, and those of the given encoder."""
        super().draw(seed)
        module = self.network()
        assert isinstance(module, EncoderTagger)
        self.config.begin(module, self._inputs)

    def outputs(self, inputs: Inputs) -> list[Floats]:
        """[T, 2] a row: the tag of each token, and how sure its span is; [1 + T, 2] with the intent before them."""
        texts = self.encode(inputs)
        self.reading += texts.read
        return self.outputs_of(texts)

    def prepared(self, precision: InferencePrecision) -> EncoderTaggerNetwork:
        """The same model, which answers in another precision and has the same state."""
        model = copy.copy(self)
        model.reading, model._prepared = Reading(), prepared(self.network(), precision)
        return model

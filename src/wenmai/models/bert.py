"""BERT and its relatives: an encoder that reads the whole text at once, pretrained or from the beginning.

    x₀ = norm(token + position + segment),   x ← norm(x + attention(x)),   x ← norm(x + W₂ · GELU(W₁ · x))
    logits = W · dropout(pooled x) + bias

- Devlin, J., et al. (2019). BERT: pre-training of deep bidirectional transformers. NAACL.
- Peters, M., et al. (2018). Deep contextualized word representations. NAACL: a learnt mix of layers.

Letters of the shapes: B texts, T tokens of the longest, S tokens of all texts, E width of a token's vector, D width,
W width of a text's vector, C classes or labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.embeddings import Lexicon
from wenmai.blocks.encoder import Encoder, EncoderConfig, TokenVectors
from wenmai.blocks.masks import Packing
from wenmai.blocks.mixing import LayerMix
from wenmai.blocks.positions import LearnedPositions
from wenmai.core.config import Config
from wenmai.core.errors import UsageError
from wenmai.models.contract import Beginning, Parts, Source
from wenmai.models.network import NetworkConfig, NetworkModel

TextPooling = Literal["pooler", "first", "mean", "max", "mean-max"]
Share = Annotated[float, Field(ge=0, lt=1)]

SHORTEST = 1e-12
"""A vector that is made as long as 1 is divided by its length, and at least by this."""


class GivenEncoder(Config):
    """The encoder of another bundle, whose weights the training starts from and changes.

    Attributes:
        start: the recipe's input that has it; only a fit needs that.
        keep_layers: so many of its first layers are taken; None for all.
        dropout: of what each part of a layer adds, and of the looks; None for what the encoder was learnt with.
        shape: what the input was found to be; a fit writes it down.
    """

    kind: Literal["given"] = "given"
    start: str = "encoder"
    keep_layers: Annotated[int, Field(ge=1)] | None = None
    dropout: Share | None = None
    shape: EncoderConfig | None = None


class BertConfig(NetworkConfig):
    """Which encoder, what is read off it, how steps become one vector.

    Attributes:
        encoder: its shape, or where it comes from.
        pooling: ``pooler`` is the first step through a layer of its own, as in BERT.
        layer: the layer that is read, 1 the first, -1 the last; ``mix`` learns how much of each.
        dropout: of the vector that is classified.
        normalise: whether vectors are made as long as 1; for a network that gives vectors.
    """

    encoder: Annotated[EncoderConfig | GivenEncoder, Field(discriminator="kind")] = EncoderConfig()
    pooling: TextPooling = "pooler"
    layer: Annotated[int, Field(ge=1)] | Literal[-1, "mix"] = -1
    dropout: Share = 0.1
    normalise: bool = False

    @property
    def shape(self) -> EncoderConfig:
        """What the encoder looks like.

        Raises:
            UsageError: when another bundle shall tell, and was not asked yet.
        """
        if isinstance(self.encoder, EncoderConfig):
            return self.encoder
        if self.encoder.shape is None:
            raise _no_encoder(self.encoder.start)
        return self.encoder.shape

    def beginning(self, inputs: Mapping[str, Source]) -> Beginning | None:
        """The config with the given encoder's shape written down, and the encoder's own pipeline.

        Raises:
            UsageError: when the input is no encoder, or has fewer layers than shall be kept.
        """
        if isinstance(self.encoder, EncoderConfig):
            return None
        model, config = _encoder_of(inputs, self.encoder.start)
        shape, keep, dropout = config.shape, self.encoder.keep_layers, self.encoder.dropout
        if keep is not None and keep > shape.layers:
            raise UsageError(
                f"model.encoder.keep_layers is {keep} and the encoder has {shape.layers} layers",
                remedy="Keep fewer, or leave it out",
            )
        block = shape.block if dropout is None else shape.block.but(dropout=dropout, attention_dropout=dropout)
        shape = shape.but(layers=keep or shape.layers, block=block)
        return Beginning(self.but(encoder=self.encoder.but(shape=shape)), model.pipeline)

    def build(self, parts: Parts) -> NetworkModel:
        """The model with weights that are not drawn yet.

        Raises:
            UsageError: when texts may be longer than the positions that are learnt, or a layer is read that is not
                there.
        """
        shape, most = self.shape, parts.pipeline.config.max_pieces
        positions = shape.positions
        if isinstance(positions, LearnedPositions) and (most is None or most > positions.limit):
            raise UsageError(
                f"positions are learnt up to {positions.limit} tokens and pipeline.max_pieces is {most}",
                remedy=f"Set it to {positions.limit} or less",
            )
        if isinstance(self.layer, int) and self.layer > shape.layers:
            raise UsageError(f"model.layer is {self.layer} and the encoder has {shape.layers} layers")
        return super().build(parts)

    def module(self, lexicon: Lexicon, outputs: int) -> BertNetwork:
        """The network with freshly drawn weights; without outputs it gives the texts' vectors."""
        return BertNetwork(self, lexicon, outputs)

    def begin(self, module: nn.Module, inputs: Mapping[str, Source]) -> None:
        """Take over the weights of the given encoder, all but what it never had: the output, a mix, a pooler."""
        if isinstance(self.encoder, EncoderConfig) or self.encoder.start not in inputs:
            return
        given = _encoder_of(inputs, self.encoder.start)[0].network().state_dict()
        own = module.state_dict()
        new = ("output.", "mix.") if "pooler.weight" in given else ("output.", "mix.", "pooler.")
        taken = {name: given[name] for name in own if name in given and not name.startswith(("output.", "mix."))}
        lacking = [name for name in own if name not in taken and not name.startswith(new)]
        if lacking or any(taken[name].shape != own[name].shape for name in taken):
            raise UsageError(f"the input {self.encoder.start!r} does not fit the recipe's shape", remedy="Fit it anew")
        module.load_state_dict(taken, strict=False)


class BertNetwork(nn.Module):
    """Vectors of tokens, the encoder, one vector a text, and one linear layer where something is to be told."""

    def __init__(self, config: BertConfig, lexicon: Lexicon, outputs: int) -> None:
        super().__init__()
        shape = config.shape
        if isinstance(config.layer, int) and config.layer > 0:
            shape = shape.but(layers=config.layer)
        width = shape.block.width
        self.pooling, self.normalise = config.pooling, config.normalise
        self.embedding = TokenVectors(lexicon.size, shape.token_width)
        self.encoder = Encoder(shape)
        self.mix = LayerMix(shape.layers + 1) if config.layer == "mix" else None
        # A network that gives vectors keeps the pooler for whoever builds on it.
        pools = config.pooling == "pooler" or (not outputs and shape.pooler)
        self.pooler = nn.Linear(width, width) if pools else None
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(self.width, outputs) if outputs else None
        for layer in (self.pooler, self.output):
            if layer is not None:
                nn.init.normal_(layer.weight, std=0.02)
                nn.init.zeros_(layer.bias)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Logits [B, C]; where nothing is to be told, the texts' vectors [B, W]."""
        vectors = self.pooled(batch)
        if self.output is not None:
            logits: Tensor = self.output(self.dropout(vectors))
            return logits
        if not self.normalise:
            return vectors
        whole = vectors.float()
        unit: Tensor = whole / torch.linalg.vector_norm(whole, dim=1, keepdim=True).clamp(min=SHORTEST)
        return unit

    def pooled(self, batch: TokenBatch) -> Tensor:
        """One vector a text [B, W]; zeros for a text without a token."""
        packing, texts = Packing.of(batch.lengths, batch.token_ids.shape[1]), len(batch)
        if not packing.groups:
            return self.embedding.weight.new_zeros(texts, self.width)
        if self.mix is None and self.pooling in ("first", "pooler"):
            found = packing.spread(self._first(batch, packing), texts)
        else:
            found = packing.by_text(POOLED[self.pooling], self._read(batch, packing), texts)
        if self.pooling != "pooler":
            return found
        assert self.pooler is not None
        pooled: Tensor = torch.tanh(self.pooler(found)) * (batch.lengths > 0)[:, None]
        return pooled

    def blocks(self) -> list[tuple[str, ...]]:
        """The vectors that the first layer reads, then each layer; layers that share their weights are one block."""
        below = ("embedding.", "encoder.positions.", "encoder.segments.", "encoder.embedding_norm.")
        layers = [(f"encoder.layers.{number}.",) for number in range(len(self.encoder.layers))]
        return [(*below, "encoder.projection."), *layers]

    def states(self, batch: TokenBatch) -> tuple[list[Tensor], Packing]:
        """What every layer leaves [S, D], that of the vectors before the first included, and where it stands."""
        packing = Packing.of(batch.lengths, batch.token_ids.shape[1])
        return list(self.encoder.states(*self._packed(batch, packing))), packing

    @property
    def width(self) -> int:
        """W."""
        width = self.encoder.width
        return 2 * width if self.pooling == "mean-max" else width

    def _packed(self, batch: TokenBatch, packing: Packing) -> tuple[Tensor, Packing, Tensor | None]:
        """What the encoder reads: vectors [S, E], and the segments [S]."""
        segments = None if batch.segment_ids is None else packing.packed(batch.segment_ids)
        return packing.packed(self.embedding(batch)), packing, segments

    def _read(self, batch: TokenBatch, packing: Packing) -> Tensor:
        """What is read off the encoder [S, D]."""
        states = self.encoder.states(*self._packed(batch, packing))
        if self.mix is not None:
            mixed: Tensor = self.mix(list(states))
            return mixed
        *_, last = states
        return last

    def _first(self, batch: TokenBatch, packing: Packing) -> Tensor:
        """The first step of each text [B', D]: in the last layer nothing else is computed."""
        encoder, firsts = self.encoder, packing.firsts
        values = encoder.embedded(*self._packed(batch, packing))
        for number in range(encoder.count - 1):
            attending, feeding = encoder.parts(number)
            values = feeding.feed(attending.attend(values, packing))
        attending, feeding = encoder.parts(encoder.count - 1)
        return encoder.last_norm(feeding.feed(attending.attend(values, packing, firsts)), encoder.count - 1)


def _first(values: Tensor) -> Tensor:
    """[b, t, D] → [b, D]."""
    return values[:, 0]


def _mean(values: Tensor) -> Tensor:
    """[b, t, D] → [b, D]."""
    return values.float().mean(dim=1)


def _largest(values: Tensor) -> Tensor:
    """[b, t, D] → [b, D]."""
    return values.amax(dim=1)


def _mean_and_largest(values: Tensor) -> Tensor:
    """[b, t, D] → [b, 2D]."""
    return torch.cat([_mean(values), _largest(values)], dim=1)


POOLED = {"pooler": _first, "first": _first, "mean": _mean, "max": _largest, "mean-max": _mean_and_largest}
"""Name → the steps of texts of one length to one vector each."""


def _encoder_of(inputs: Mapping[str, Source], name: str) -> tuple[NetworkModel, BertConfig]:
    model = getattr(inputs.get(name), "model", None)
    if model is None:
        raise _no_encoder(name)
    if not isinstance(model, NetworkModel) or not isinstance(model.config, BertConfig):
        raise UsageError(
            f"the input {name!r} is no encoder", remedy="Give a Hugging Face folder of a BERT, or a bundle of one"
        )
    return model, model.config


def _no_encoder(name: str) -> UsageError:
    return UsageError(
        f"the model builds on the encoder of the input {name!r}, which is not given",
        remedy=f"Give a Hugging Face folder or a bundle: --input {name}=FOLDER",
    )

"""BERT and its relatives: an encoder that reads the whole text at once, pretrained or from the beginning.

    x₀ = norm(token + position + segment),   x ← norm(x + attention(x)),   x ← norm(x + W₂ · GELU(W₁ · x))
    logits = W · dropout(pooled x) + bias

- Devlin, J., et al. (2019). BERT: pre-training of deep bidirectional transformers. NAACL.
- Peters, M., et al. (2018). Deep contextualized word representations. NAACL: a learnt mix of layers.

Letters of the formula: W matrices, x the steps of a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from wenmai.blocks.embeddings import Lexicon
from wenmai.blocks.encoder import EncoderConfig
from wenmai.blocks.positions import LearnedPositions
from wenmai.blocks.text_encoder import TextEncoder, TextPooling
from wenmai.core.config import Config
from wenmai.core.errors import UsageError
from wenmai.models.contract import Beginning, Parts, Source
from wenmai.models.network import NetworkConfig, NetworkModel
from wenmai.text.pipeline import Pipeline

Share = Annotated[float, Field(ge=0, lt=1)]


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
            UsageError: as `check`.
        """
        self.check(parts.pipeline)
        return super().build(parts)

    def check(self, pipeline: Pipeline) -> None:
        """See that the encoder can read what the pipeline gives it.

        Raises:
            UsageError: when texts may be longer than the positions that are learnt, or a layer is read that is not
                there.
        """
        shape, most = self.shape, pipeline.config.max_pieces
        positions = shape.positions
        if isinstance(positions, LearnedPositions) and (most is None or most > positions.limit):
            raise UsageError(
                f"positions are learnt up to {positions.limit} tokens and pipeline.max_pieces is {most}",
                remedy=f"Set it to {positions.limit} or less",
            )
        if isinstance(self.layer, int) and self.layer > shape.layers:
            raise UsageError(f"model.layer is {self.layer} and the encoder has {shape.layers} layers")

    def module(self, lexicon: Lexicon, outputs: int) -> TextEncoder:
        """The network with freshly drawn weights; without outputs it gives the texts' vectors."""
        shape = self.shape
        if isinstance(self.layer, int) and self.layer > 0:
            shape = shape.but(layers=self.layer)
        return TextEncoder(
            shape,
            lexicon.size,
            outputs,
            pooling=self.pooling,
            mixed=self.layer == "mix",
            dropout=self.dropout,
            normalise=self.normalise,
        )

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

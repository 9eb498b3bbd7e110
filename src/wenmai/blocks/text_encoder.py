"""An encoder of texts: what BERT and its relatives are as one network.

Letters of the shapes: B texts, T tokens of the longest, S tokens of all texts, E width of a token's vector, D width,
W width of a text's vector, C classes or labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.dropout import Dropout
from wenmai.blocks.encoder import DRAWN_DEVIATION, Encoder, EncoderConfig, TokenVectors
from wenmai.blocks.masks import Packing
from wenmai.blocks.mixing import LayerMix

TextPooling = Literal["pooler", "first", "mean", "max", "mean-max"]
"""How the steps of a text become one vector; ``pooler`` is the first step through a layer of its own, as in BERT."""

SHORTEST = 1e-12
"""A vector that is made as long as 1 is divided by its length, and at least by this."""


class TextEncoder(nn.Module):
    """Vectors of tokens, the encoder, one vector a text, and one linear layer where something is to be told.

    Args:
        shape: of the encoder; tokens: how many there are; outputs: C, 0 for a network that gives the texts' vectors.
        pooling, dropout, normalise: as `wenmai.models.bert.BertConfig` has them.
        mixed: whether a mix of all layers is read.
    """

    def __init__(
        self,
        shape: EncoderConfig,
        tokens: int,
        outputs: int,
        *,
        pooling: TextPooling,
        mixed: bool,
        dropout: float,
        normalise: bool,
    ) -> None:
        super().__init__()
        width = shape.block.width
        self.pooling, self.normalise = pooling, normalise
        self.embedding = TokenVectors(tokens, shape.token_width)
        self.encoder = Encoder(shape)
        self.mix = LayerMix(shape.layers + 1) if mixed else None
        # A network that gives vectors keeps the pooler for whoever builds on it.
        pools = pooling == "pooler" or (not outputs and shape.pooler)
        self.pooler = nn.Linear(width, width) if pools else None
        self.dropout = Dropout(dropout)
        self.output = nn.Linear(self.width, outputs) if outputs else None
        for layer in (self.pooler, self.output):
            if layer is not None:
                nn.init.normal_(layer.weight, std=DRAWN_DEVIATION)
                nn.init.zeros_(layer.bias)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Logits [B, C]; where nothing is to be told, the texts' vectors [B, W]."""
        vectors = self.pooled(batch)
        if self.output is not None:
            logits: Tensor = self.output(self.dropout(vectors.float()))
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
        pooled: Tensor = torch.tanh(self.pooler(found.float())) * (batch.lengths > 0)[:, None]
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

    def read(self, batch: TokenBatch) -> tuple[Tensor, Packing]:
        """What is read off the encoder at every step [S, D], and where each stands."""
        packing = Packing.of(batch.lengths, batch.token_ids.shape[1])
        return self._read(batch, packing), packing

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


POOLED: Mapping[TextPooling, Callable[[Tensor], Tensor]] = {
    "pooler": _first,
    "first": _first,
    "mean": _mean,
    "max": _largest,
    "mean-max": _mean_and_largest,
}
"""Name → the steps of texts of one length to one vector each."""

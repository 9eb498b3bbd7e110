"""Word embeddings: a vector for every token of a vocabulary, learnt or given.

Letters of the shapes: V tokens of the vocabulary, B texts, T tokens, D width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.core.config import Config

UNKNOWN_RANGE = 0.25
"""Tokens without a given vector get one drawn between minus and plus this (Kim 2014)."""


class RandomVectors(Config):
    """Vectors that start at random and are learnt."""

    kind: Literal["random"] = "random"
    width: Annotated[int, Field(ge=1)] = 128


class GivenVectors(Config):
    """Vectors of another bundle, an input of the recipe under this name; kept as they are, or tuned."""

    kind: Literal["given"] = "given"
    input: str = "vectors"
    tuned: bool = False


class MultichannelVectors(Config):
    """Given vectors twice side by side: once kept, once tuned."""

    kind: Literal["multichannel"] = "multichannel"
    input: str = "vectors"


EmbeddingConfig = Annotated[RandomVectors | GivenVectors | MultichannelVectors, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The tokens that a network reads.

    Attributes:
        size: how many numbers there are; padding_id: the number that fills a batch; unknown_id: that of a token
            without one, None where every text can be written.
        vectors: the name of an input → a vector for each token [V, D]; zeros where the input knows none.
    """

    size: int
    padding_id: int
    unknown_id: int | None
    vectors: Callable[[str], NDArray[np.float32]]


class WordEmbedding(nn.Module):
    """Tokens → vectors [B, T, D], zero at padding."""

    def __init__(self, config: RandomVectors | GivenVectors | MultichannelVectors, lexicon: Lexicon) -> None:
        super().__init__()
        tuned: Tensor | None
        kept: Tensor | None
        match config:
            case RandomVectors(width=width):
                # Length 1 on average, whatever the width.
                tuned, kept = torch.randn(lexicon.size, width) / width**0.5, None
            case GivenVectors(input=name, tuned=True):
                tuned, kept = _given(lexicon, name), None
            case GivenVectors(input=name):
                tuned, kept = None, _given(lexicon, name)
            case MultichannelVectors(input=name):
                kept = _given(lexicon, name)
                tuned = kept.clone()
        self.tuned = None if tuned is None else nn.Parameter(tuned)
        self.kept: Tensor | None
        self.register_buffer("kept", kept)
        self.width = sum(table.shape[1] for table in (tuned, kept) if table is not None)

    def forward(self, batch: TokenBatch) -> Tensor:
        """Vectors [B, T, D]; kept ones before tuned ones where there are both."""
        tables = [table for table in (self.kept, self.tuned) if table is not None]
        vectors = [nn.functional.embedding(batch.token_ids, table) for table in tables]
        joined = vectors[0] if len(vectors) == 1 else torch.cat(vectors, dim=-1)
        return joined * batch.mask[:, :, None]


def _given(lexicon: Lexicon, name: str) -> Tensor:
    """The given vectors [V, D], with drawn ones for tokens that have none."""
    table = torch.from_numpy(np.ascontiguousarray(lexicon.vectors(name), np.float32))
    drawn = torch.empty_like(table).uniform_(-UNKNOWN_RANGE, UNKNOWN_RANGE)
    return torch.where((table == 0).all(dim=1, keepdim=True), drawn, table)

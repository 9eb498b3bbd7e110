"""The tokens that a network reads, and where given vectors of theirs come from.

Letters of the shapes: V tokens, D width.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.blocks.embeddings import Lexicon
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Source
from wenmai.text.pipeline import Pipeline


def lexicon_of(pipeline: Pipeline, inputs: Mapping[str, Source]) -> Lexicon:
    """The tokens that a pipeline numbers.

    Raises:
        UsageError: when it numbers nothing.
    """
    if pipeline.tokenizer is not None:
        padding = pipeline.tokenizer.token_id(pipeline.tokenizer.config.padding)
        unknown = pipeline.tokenizer.token_id(pipeline.tokenizer.config.unknown)
        return Lexicon(len(pipeline.tokenizer), padding or 0, unknown, TokenVectors((), inputs).of)
    vocabulary = pipeline.vocabulary
    if vocabulary is None:
        raise UsageError("a network reads numbers of a vocabulary", remedy="Set pipeline.vocabulary")
    special = set(pipeline.config.vocabulary.special_tokens) if pipeline.config.vocabulary is not None else set()
    words = tuple("" if token in special else token for token in vocabulary.tokens)
    return Lexicon(len(vocabulary), 0, vocabulary.unknown_id, TokenVectors(words, inputs).of)


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """Where the vectors of a vocabulary's tokens come from; "" stands for a token that is no word."""

    tokens: tuple[str, ...]
    inputs: Mapping[str, Source]

    def of(self, name: str) -> NDArray[np.float32]:
        """What an input says of each token as a text of its own [V, D]."""
        if name not in self.inputs:
            raise UsageError(
                f"the network takes its vectors from the input {name!r}, which the recipe does not have",
                remedy="Give a bundle of word vectors under that name",
            )
        if not self.tokens:
            raise UsageError("given vectors are of words", remedy="Segment by words or characters, not by subwords")
        vectors = np.asarray(self.inputs[name].outputs(Inputs(self.tokens)), np.float32)
        if vectors.ndim != 2:
            raise UsageError(f"the input {name!r} gives no vector for a word", remedy="Give a bundle of word vectors")
        vectors[[not token for token in self.tokens]] = 0.0
        return vectors

"""Word vectors that fastText's rows begin with, as the official program's ``-pretrainedVectors``.

Letters of the shapes: R rows of the table, V words of the vectors, D width.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.fasttext_dictionary import FastTextDictionary
from wenmai.core.config import Config
from wenmai.core.errors import UsageError
from wenmai.models.contract import Source
from wenmai.models.word_table import HoldsWordVectors


class PretrainedVectors(Config):
    """Word vectors of another bundle that training starts from, an input of the recipe under this name.

    Every word of the bundle gets a row, in the training texts or not.
    """

    start: str = "vectors"


def starting_vectors(
    config: PretrainedVectors | None, inputs: Mapping[str, Source], dim: int
) -> HoldsWordVectors | None:
    """The vectors [V, D] that words begin with, where there are any.

    Raises:
        UsageError: when they are not given, are no word vectors, or have another width than ``dim``.
    """
    if config is None:
        return None
    source = inputs.get(config.start)
    model = getattr(source, "model", source)
    if not isinstance(model, HoldsWordVectors):
        raise UsageError(
            f"the input {config.start!r} holds no word vectors",
            remedy=f"Give a bundle of word vectors: --input {config.start}=FOLDER",
        )
    width = model.vectors.shape[1]
    if width != dim:
        raise UsageError(
            f"the input {config.start!r} has vectors of {width} numbers, and model.dim is {dim}",
            remedy=f"Set model.dim={width}",
        )
    return model


def begin(table: NDArray[np.float32], dictionary: FastTextDictionary, start: HoldsWordVectors) -> tuple[str, ...]:
    """Write the vectors over the rows [R, D] of their words, in place; notes for how many words there were any."""
    rows = dictionary.words.arena([start.words]).symbols.astype(np.int64) - 1
    known = rows >= 0
    table[rows[known]] = start.vectors[known]
    inside = int((dictionary.counts[rows[known]] > 0).sum())
    words = int((dictionary.counts > 0).sum()) - 1  # The end of a text is no word.
    return (
        f"{inside:,} of {words:,} words of the texts begin with a vector of the input; "
        f"{int(known.sum()) - inside:,} more words come from it",
    )

"""The vectors that another bundle has for the texts of a data set, each text asked for once however often it stands.

Letters of the shapes: M distinct texts, D numbers in a vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import UsageError
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Run, Source

Floats = NDArray[np.float64]

BLOCK = 1024
"""Texts whose vectors are asked for at a time."""


def distinct_texts(data: Dataset) -> dict[str, int]:
    """The texts of a data set, of pairs both, each with its number in the order in which they first stand there."""
    numbers: dict[str, int] = {}
    for batch in data.batches():
        for texts in (batch.text, batch.second or ()):
            for text in texts:
                numbers.setdefault(text, len(numbers))
    return numbers


def vectors_of(source: Source, texts: Sequence[str], run: Run) -> Floats:
    """The vectors [M, D] of texts, in blocks.

    Raises:
        UsageError: when the source gives something else than a vector for a text.
        FitError: when the budget is spent.
    """
    blocks = []
    with run.stage("read texts", -(-len(texts) // BLOCK)):
        for start in range(0, len(texts), BLOCK):
            run.check()
            blocks.append(asked(source, texts[start : start + BLOCK]))
            run.progress.advance()
    return np.concatenate(blocks)


def asked(source: Source, texts: Sequence[str]) -> Floats:
    """The vectors [M, D] of some texts.

    Raises:
        UsageError: when the source gives something else than a vector for a text.
    """
    vectors = np.asarray(source.outputs(Inputs(texts)), np.float64)
    if vectors.ndim != 2:
        raise UsageError("the given bundle has no vector for a text", remedy="Give an encoder, or word vectors")
    return vectors

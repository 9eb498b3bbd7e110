"""Product-quantised models of fastText: a byte for every few numbers of a row, and only the rows that weigh most.

- Joulin, A., et al. (2016). FastText.zip: compressing text classification models. arXiv:1612.03651.

Letters of the shapes: V words, H buckets with a row, R = V + H rows, D width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.batches.word_index import WordIndex
from wenmai.bundle import Bundle
from wenmai.bundle.bundle import build_model
from wenmai.core.config import Config
from wenmai.interop.fasttext_binary import FastTextFile
from wenmai.interop.fasttext_bundles import classifier_of, described, hashes
from wenmai.interop.fasttext_matrices import Matrix, PlainMatrix, quantised_matrix
from wenmai.models.fasttext import FastTextClassifier

_OUTPUT_PART = 2
"""Numbers a code of the output stands for, as in the official program."""


class FastTextQuantisation(Config):
    """How a model is quantised, under the official program's names.

    Attributes:
        cutoff: so many rows of words and hashed runs stay, those of the greatest lengths and that of the end of a text;
            None keeps all.
        dsub: numbers that one byte stands for.
        qnorm: whether the lengths of rows have a byte of their own.
        qout: whether the rows of labels are quantised too, which is worth it with many labels.
    """

    cutoff: Annotated[int, Field(ge=1)] | None = None
    dsub: Annotated[int, Field(ge=1, le=1024)] = 2
    qnorm: bool = False
    qout: bool = False


def quantised_fasttext(
    bundle: Bundle, settings: FastTextQuantisation, *, seed: int = 0, check: Callable[[], object] = bool
) -> tuple[FastTextFile, Bundle]:
    """A bundle of fastText as a quantised file, and as the bundle that says what the file says.

    Hashed runs without a row count in a text's mean in most bundles and never in such a file.

    Args:
        bundle: what is quantised; it stays as it is.
        settings: how; seed: decides where k-means begins, and the rows it learns from.
        check: called now and then, and may raise to end the work.

    Raises:
        UsageError: for a bundle of another member.
    """
    from threadpoolctl import threadpool_limits

    model = classifier_of(bundle)
    rows = _heaviest(model, settings.cutoff)
    words = rows[rows < len(model.dictionary.words)]
    buckets = model.dictionary.buckets[rows[len(words) :] - len(model.dictionary.words)].astype(np.int64)
    pruned = hashes(model.config) and len(buckets) < model.config.bucket
    kept = (buckets, len(words) + np.arange(len(buckets))) if pruned else None
    with threadpool_limits(1):  # With several threads the order of sums, and so the codes, could change.
        size = min(settings.dsub, model.config.dim)
        matrix = quantised_matrix(model.input[rows], size, lengths_apart=settings.qnorm, seed=seed, check=check)
        output: Matrix = PlainMatrix(model.output)
        if settings.qout:
            size = min(_OUTPUT_PART, model.config.dim)
            output = quantised_matrix(model.output, size, lengths_apart=settings.qnorm, seed=seed, check=check)
    file = described(bundle, words, kept, matrix, output)
    return file, _decoded(bundle, words, buckets, file, output)


def _heaviest(model: FastTextClassifier, cutoff: int | None) -> NDArray[np.int64]:
    """The rows that stay, ascending: the end of a text, then those of the greatest lengths, of equal ones the first."""
    lengths = np.square(model.input, dtype=np.float64).sum(axis=1)
    lengths[model.dictionary.end_row] = np.inf
    return np.sort(np.argsort(-lengths, kind="stable")[:cutoff])


def _decoded(
    bundle: Bundle, words: NDArray[np.int64], buckets: NDArray[np.int64], file: FastTextFile, output: Matrix
) -> Bundle:
    """The bundle with what the codes stand for."""
    model = classifier_of(bundle)
    recipe = bundle.recipe.but(model=model.config.but(unseen="counted" if file.kept is None else "left_out"))
    made = build_model(recipe, bundle.task, bundle.pipeline, bundle.inputs)
    made.restore(
        {
            "input": file.input.rows(np.arange(file.input.shape[0])),
            "output": output.rows(np.arange(output.shape[0])),
            "words": WordIndex(file.words).to_bytes(),
            "word_counts": model.dictionary.counts[words],
            "label_counts": model.loss.counts,
            "buckets": buckets.astype(np.int32),
        }
    )
    return replace(bundle, recipe=recipe, model=made)

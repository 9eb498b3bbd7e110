"""Supervised models of fastText as bundles, and bundles of fastText as files of the official program.

The probabilities of such a bundle are those of the official program without the 0.00001 that it adds to each, and
without its table of the logistic function.

Letters of the shapes: V words, C labels, D width, H buckets.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.fasttext_dictionary import END
from wenmai.bundle import Bundle, Provenance
from wenmai.bundle.bundle import build_model
from wenmai.core.errors import DataError, UsageError
from wenmai.core.io import sha256_file
from wenmai.core.machine import versions
from wenmai.core.schema import ClassifyColumns, Language, Schema
from wenmai.interop.fasttext_binary import LABEL_PREFIX, FastTextFile, FastTextSettings, LossName, read_fasttext
from wenmai.interop.fasttext_matrices import Matrix, PlainMatrix
from wenmai.interop.vector_table import VectorTable
from wenmai.models.fasttext import FastTextClassifier, FastTextConfig
from wenmai.recipe import Recipe
from wenmai.tasks.classify import Classify
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment

_WINDOW, _NEGATIVES, _RATE_UPDATE, _SUBSAMPLE = 5, 5, 100, 1e-4
"""Settings that a file must have and a trained model does not use, as the official program has them by default."""


def bundle_from_fasttext(path: Path, *, language: Language = "mixed") -> Bundle:
    """The bundle of a supervised ``.bin`` or ``.ftz``, whose texts are words parted by white space.

    A quantised model is unpacked: its rows take 4 bytes a number instead of a byte for two or more.

    Raises:
        UsageError: for a model of vectors; DataError: for a damaged file, and for one without the end of a text among
            its words or with fewer than two labels.
    """
    file = read_fasttext(path)
    if file.settings.model != "supervised":
        raise UsageError(
            f"a {file.settings.model} model has vectors of words and no labels",
            where=str(path),
            remedy="Convert it to a file of vectors: --to word2vec, --to fasttext-vec",
        )
    if END not in file.numbers:
        raise DataError(f"the words lack {END!r}, which ends every text", where=str(path))
    labels = _without_prefix(file.labels)
    if len(set(labels)) < 2 or len(set(labels)) < len(labels):
        raise DataError(f"the labels are {', '.join(map(repr, labels)) or 'none'}", where=str(path))
    several = file.settings.loss == "ova"
    task = Classify(labels=labels, several=several)
    recipe = Recipe(
        member="fasttext",
        model=_config(file),
        pipeline=PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment()),
    )
    pipeline = Pipeline(recipe.pipeline)
    model = build_model(recipe, task, pipeline, {})
    model.restore(_arrays(file))
    provenance = Provenance(
        data=file.name,
        data_fingerprint="unknown",
        rows=int(file.label_counts.sum()),
        seed=0,
        seconds=0.0,
        versions=versions(),
        notes=(
            f"Converted from a model of fastText's own program, {file.name}, SHA-256 {sha256_file(path)}",
            "The file tells neither its training rows nor its learning rate; rows are counted by their labels",
        ),
    )
    schema = Schema(columns=ClassifyColumns(several_labels=several), language=language)
    return Bundle(recipe, schema, task, pipeline, model, provenance)


def fasttext_from_bundle(bundle: Bundle) -> FastTextFile:
    """A bundle of fastText as the official program's file, which says the same of texts that are segmented alike.

    Raises:
        UsageError: for a bundle of another member.
        DataError: where buckets without a row are left out, which only a quantised file can say.
    """
    model = classifier_of(bundle)
    config, buckets = model.config, model.dictionary.buckets
    bucket = config.bucket if hashes(config) else 0
    if config.unseen == "left_out" and len(buckets) < bucket:
        raise DataError(
            "buckets without a row are left out, which only a quantised file of fastText can say",
            remedy="Use the .ftz file that the bundle was converted from, or write one: wenmai embed quantize",
        )
    words = len(model.dictionary.words)
    rows = np.zeros((words + bucket, config.dim), np.float32)
    rows[:words] = model.input[:words]
    rows[words + buckets.astype(np.int64)] = model.input[words:]
    return described(bundle, np.arange(words), None, PlainMatrix(rows), PlainMatrix(model.output))


def classifier_of(bundle: Bundle) -> FastTextClassifier:
    """The model of a bundle of fastText; raises `UsageError` for a bundle of another member."""
    if not isinstance(bundle.model, FastTextClassifier):
        raise UsageError(f"{bundle.recipe.member} is not fastText", remedy="Give a bundle of fasttext")
    return bundle.model


def hashes(config: FastTextConfig) -> bool:
    """Whether a model has rows for hashed runs."""
    return config.word_ngrams > 1 or config.maxn > 0


def described(
    bundle: Bundle,
    words: NDArray[np.int64],
    kept: tuple[NDArray[np.int64], NDArray[np.int64]] | None,
    matrix: Matrix,
    output: Matrix,
) -> FastTextFile:
    """A file of a bundle's model with these of its words, buckets and matrices; ``output`` in the bundle's order."""
    model = classifier_of(bundle)
    config, counts = model.config, model.loss.counts
    # The official program takes labels for sorted by falling count, and builds its tree so.
    order = np.argsort(-counts, kind="stable")
    # A file of a tree has one row more than there are nodes, which nothing reads.
    places = np.append(np.arange(output.shape[0]), 0) if model.loss.name == "hs" else order
    word_counts = model.dictionary.counts
    return FastTextFile(
        bundle.recipe.member,
        _settings(config, model.loss.name, config.bucket if hashes(config) else 0),
        tuple(model.dictionary.words.word(row + 1) for row in words.tolist()),
        word_counts[words],
        tuple(_label(model.head.names[label]) for label in order.tolist()),
        counts[order],
        int(word_counts.sum() + counts.sum()),
        kept,
        matrix,
        output.picked(places),
    )


def fasttext_from_vectors(table: VectorTable, *, name: str) -> FastTextFile:
    """Word vectors as an unsupervised model without characters, from which the official program gives the same ones.

    Raises:
        DataError: for vectors that are not finite.
    """
    words, width = len(table.words), table.vectors.shape[1]
    if not np.isfinite(table.vectors).all():
        raise DataError("a vector is not finite", where=name)
    settings = FastTextSettings(
        dim=width,
        window=_WINDOW,
        epochs=1,
        min_count=1,
        negatives=_NEGATIVES,
        word_ngrams=1,
        loss="softmax",  # The one loss for which the official program makes no table of its own when it reads.
        model="skipgram",
        bucket=0,
        minn=0,
        maxn=0,
        rate_update=_RATE_UPDATE,
        subsample=_SUBSAMPLE,
    )
    # Without counts each word occurred once as far as the program must know: it divides by their sum.
    counts = np.ones(words, np.int64) if table.counts is None else np.maximum(table.counts, 1)
    none = np.zeros(0, np.int64)
    vectors, output = PlainMatrix(table.vectors), PlainMatrix(np.zeros((words, width), np.float32))
    return FastTextFile(name, settings, table.words, counts, (), none, int(counts.sum()), None, vectors, output)


def _config(file: FastTextFile) -> FastTextConfig:
    settings = file.settings
    characters = settings.maxn > 0 and settings.maxn >= max(settings.minn, 1)
    return FastTextConfig.parse(
        {
            "dim": settings.dim,
            "epochs": max(settings.epochs, 1),
            "word_ngrams": max(settings.word_ngrams, 1),
            "minn": max(settings.minn, 1) if characters else 0,
            "maxn": settings.maxn if characters else 0,
            "bucket": max(settings.bucket, 1),
            "min_count": max(settings.min_count, 1),
            "loss": settings.loss,
            "negatives": max(settings.negatives, 1),
            "unseen": "counted" if file.kept is None else "left_out",
        },
        where=file.name,
    )


def _settings(config: FastTextConfig, loss: LossName, bucket: int) -> FastTextSettings:
    return FastTextSettings(
        dim=config.dim,
        window=_WINDOW,
        epochs=config.epochs,
        min_count=config.min_count,
        negatives=config.negatives,
        word_ngrams=config.word_ngrams,
        loss=loss,
        model="supervised",
        bucket=bucket,
        minn=config.minn,
        maxn=config.maxn,
        rate_update=_RATE_UPDATE,
        subsample=_SUBSAMPLE,
    )


def _arrays(file: FastTextFile) -> dict[str, NDArray[np.generic]]:
    """The state of the classifier that a file holds; buckets in ascending order."""
    words, hashed = len(file.words), file.settings.maxn > 0 or file.settings.word_ngrams > 1
    if file.kept is not None:
        buckets, rows = file.kept
    else:
        buckets = np.arange(file.settings.bucket if hashed else 0)
        rows = buckets + words
    output = file.output.rows(np.arange(file.output.shape[0]))
    return {
        "input": file.input.rows(np.concatenate([np.arange(words), rows])),
        "output": np.ascontiguousarray(output[:-1] if file.settings.loss == "hs" else output),
        "words": np.frombuffer("\n".join(file.words).encode("utf-8", "surrogatepass"), np.uint8),
        "word_counts": file.word_counts,
        "label_counts": file.label_counts,
        "buckets": buckets.astype(np.int32),
    }


def _without_prefix(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Labels as people write them; the prefix stays where some label lacks it."""
    if all(label.startswith(LABEL_PREFIX) and label != LABEL_PREFIX for label in labels):
        return tuple(label.removeprefix(LABEL_PREFIX) for label in labels)
    return labels


def _label(name: str) -> str:
    return name if name.startswith(LABEL_PREFIX) else f"{LABEL_PREFIX}{name}"

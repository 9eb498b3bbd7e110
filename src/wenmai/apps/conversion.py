"""Word vectors, fastText models and encoders from one format to another.

Letters of the shapes: V words, D width of a vector.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from wenmai.apps.conversion_target import Target
from wenmai.apps.word_vectors import WordVectors
from wenmai.bundle import load_bundle, save_bundle
from wenmai.core.errors import UsageError
from wenmai.interop.encoders import is_huggingface_folder, load_encoder
from wenmai.interop.fasttext_binary import read_fasttext, write_fasttext
from wenmai.interop.fasttext_bundles import bundle_from_fasttext, fasttext_from_bundle, fasttext_from_vectors
from wenmai.interop.recognition import recognise
from wenmai.interop.vector_bundles import bundle_from_subwords, bundle_from_vectors, fasttext_from_subwords
from wenmai.interop.vector_table import VectorFormat, VectorTable
from wenmai.interop.vector_writing import write_vectors
from wenmai.models.fasttext import FastTextClassifier
from wenmai.models.subword_vectors import SubwordVectors

UNSEEN_LOST = "Vectors of unseen words, which are composed of their characters, are not in the new form"
_SHOWN = 3
_UNWRITABLE = re.compile("[ \t\n\r\v\f\0\ud800-\udfff]|^$")


def convert(source: Path, target: Path, to: Target) -> tuple[str, ...]:
    """Convert word vectors, a supervised model of fastText, or an encoder.

    Args:
        source: a bundle's folder or a file, told by its content; target: where the other is written.
        to: what is written. A supervised model becomes a classifier where that is a bundle, and elsewhere the vectors
            of its words. Runs of characters stay where that is a bundle or fastText's own format.

    Returns:
        notes on what the new form lacks.

    Raises:
        UsageError: when both are the same place, or the source is none of these things.
        DataError, BundleError: for a damaged source.
    """
    if source.exists() and target.exists() and source.samefile(target):
        raise UsageError("the new file would take the place of the old one", where=str(target), remedy="Name another")
    if source.is_dir() and is_huggingface_folder(source):
        return _from_huggingface(source, target, to)
    if source.is_dir():
        return _from_bundle(source, target, to)
    if to is Target.HUGGINGFACE:
        raise UsageError(
            "word vectors are no encoder", where=str(source), remedy="Give the folder of an encoder's bundle"
        )
    form = recognise(source)
    if form is VectorFormat.FASTTEXT_BIN:
        return _from_fasttext(source, target, to)
    return _write(WordVectors.load(source), target, to, "glove" if form is VectorFormat.GLOVE else "word2vec")


def _from_bundle(source: Path, target: Path, to: Target) -> tuple[str, ...]:
    bundle = load_bundle(source)
    if to is Target.BUNDLE:
        raise UsageError("it is a bundle already", where=str(source), remedy="Copy its folder")
    if to is Target.HUGGINGFACE:
        from wenmai.interop.huggingface_writing import write_huggingface

        return write_huggingface(bundle, target)
    if isinstance(bundle.model, FastTextClassifier):
        if to is not Target.FASTTEXT_BIN:
            raise UsageError(
                "a bundle of fasttext is a classifier", where=str(source), remedy="Convert it with --to fasttext-bin"
            )
        write_fasttext(target, fasttext_from_bundle(bundle))
        return (
            "The official program does not clean or segment texts: give it words as the bundle's pipeline cuts them",
        )
    if not isinstance(bundle.model, SubwordVectors):
        return _write(WordVectors.of(bundle), target, to, bundle.recipe.member)
    if to is Target.FASTTEXT_BIN:
        write_fasttext(target, fasttext_from_subwords(bundle))
        return ()
    return (*_write(WordVectors.of(bundle), target, to, bundle.recipe.member), UNSEEN_LOST)


def _from_huggingface(source: Path, target: Path, to: Target) -> tuple[str, ...]:
    if to is not Target.BUNDLE:
        raise UsageError(
            "a Hugging Face folder holds an encoder, and no table of word vectors",
            where=str(source),
            remedy="Convert it with --to bundle",
        )
    bundle = load_encoder(source)
    save_bundle(bundle, target)
    return bundle.provenance.notes


def _from_fasttext(source: Path, target: Path, to: Target) -> tuple[str, ...]:
    file = read_fasttext(source)
    supervised, composed = file.settings.model == "supervised", file.settings.maxn > 0
    if to is Target.FASTTEXT_BIN:
        raise UsageError("it is a model of fastText already", where=str(source), remedy="Copy the file")
    if to is Target.BUNDLE and (supervised or composed):
        bundle = bundle_from_fasttext(source) if supervised else bundle_from_subwords(source)
        save_bundle(bundle, target)
        return bundle.provenance.notes
    notes = _write(WordVectors.load(source), target, to, "word2vec")
    return (*notes, UNSEEN_LOST) if composed else notes


def _write(vectors: WordVectors, target: Path, to: Target, member: str) -> tuple[str, ...]:
    table, notes = _writable(vectors)
    match to:
        case Target.BUNDLE:
            save_bundle(bundle_from_vectors(table, member, name=vectors.name), target)
        case Target.FASTTEXT_BIN:
            write_fasttext(target, fasttext_from_vectors(table, name=vectors.name))
        case _:
            write_vectors(target, table, VectorFormat(to.value))
    return (*vectors.notes, *notes)


def _writable(vectors: WordVectors) -> tuple[VectorTable, tuple[str, ...]]:
    """The words that every format can hold, and what is said of the others."""
    lost = [row for row, word in enumerate(vectors.words) if _UNWRITABLE.search(word)]
    if not lost:
        return VectorTable(vectors.words, vectors.vectors, vectors.counts), ()
    kept = np.delete(np.arange(len(vectors)), lost)
    if not len(kept):
        raise UsageError("no word can be written: all hold white space", where=vectors.name)
    counts = None if vectors.counts is None else vectors.counts[kept]
    table = VectorTable(tuple(vectors.words[row] for row in kept.tolist()), vectors.vectors[kept], counts)
    shown = ", ".join(repr(vectors.words[row]) for row in lost[:_SHOWN])
    rest = ", …" if len(lost) > _SHOWN else ""
    return table, (f"{len(lost):,} words with white space or broken characters are left out: {shown}{rest}",)
